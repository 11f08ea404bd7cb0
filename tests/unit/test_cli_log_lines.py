import errno
import io
import logging

from slm.cli.log_lines import log_lines, request_line
from slm.cli.render import Output
from slm.gateway.request_log import RequestRecord


def record(**values: object) -> RequestRecord:
    line = RequestRecord("id", "key", "POST", "/invoke", status=200)
    for name, value in values.items():
        setattr(line, name, value)
    return line


def test_a_request_in_short() -> None:
    line = record(generated_tokens=7).line() | {"duration_ms": 420}
    assert request_line(line) == "POST /invoke  200  7 tokens  0.42 s"


def test_a_refused_request_in_short() -> None:
    line = record(status=400, error="invalid_request").line() | {"duration_ms": 1}
    assert request_line(line) == "POST /invoke  400  invalid_request  0.00 s"


def test_what_is_logged_is_shown_while_the_context_lasts() -> None:
    stdout = io.StringIO()
    gateway = logging.getLogger("slm.gateway")
    before = (gateway.level, list(logging.getLogger().handlers))
    with log_lines(Output(as_json=False, stdout=stdout), "INFO"):
        gateway.info("request", extra={"line": record().line()})
        logging.getLogger("elsewhere").warning("a warning")
        logging.getLogger("elsewhere").info("chatter")
    gateway.warning("afterwards")
    first, second = stdout.getvalue().splitlines()
    assert first.endswith(" s")
    assert "POST /invoke  200" in first
    assert second.endswith("WARNING a warning")
    assert (gateway.level, logging.getLogger().handlers) == before


class FullDisk(io.StringIO):
    """A file that has no room for a while."""

    full = True

    def write(self, text: str, /) -> int:
        if self.full:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(text)


def test_a_log_that_cannot_be_written_stops_no_request() -> None:
    disk = FullDisk()
    with log_lines(Output(as_json=False, stdout=disk), "INFO"):
        logging.getLogger("slm.gateway").warning("one")
        disk.full = False
        logging.getLogger("slm.gateway").warning("two")
    assert [line.split()[-1] for line in disk.getvalue().splitlines()] == ["one", "two"]


def test_the_level_of_the_settings_holds() -> None:
    stdout = io.StringIO()
    with log_lines(Output(as_json=False, stdout=stdout), "WARNING"):
        logging.getLogger("slm.gateway").info("request", extra={"line": record().line()})
    assert stdout.getvalue() == ""
