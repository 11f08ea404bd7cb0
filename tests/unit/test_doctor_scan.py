"""One pass in bounded memory: how much of a line is looked at."""

from slm.doctor.scan import Scanner
from slm.doctor.sources import Source

BUS = b" SIGBUS "
DISK = b" ENOSPC "
FILLER = b"x model " * 1_000


def scanned(*blocks: bytes) -> Scanner:
    scanner = Scanner()
    scanner.read(blocks, Source.TEXT)
    return scanner


def names(scanner: Scanner) -> set[str]:
    return {hit.line[hit.column :].split()[0] for hit in scanner.hits.values()}


def test_of_a_line_without_end_the_beginning_and_the_end_are_looked_at() -> None:
    many = [FILLER * 10] * 60
    assert names(scanned(BUS, *many, DISK)) == {"SIGBUS", "ENOSPC"}
    assert names(scanned(*many, BUS, *many)) == set()


def test_a_line_without_end_is_one_line() -> None:
    assert scanned(*[FILLER * 10] * 60).lines == 1
    assert scanned(*[FILLER * 10] * 3, b"\nnext\n").lines == 2


def test_lines_that_json_has_written_into_one_are_lines() -> None:
    events = [b'{"message": "' + FILLER + b'\\n"}'] * 600
    assert names(scanned(*events, BUS, *events)) == {"SIGBUS"}


def test_a_users_prompt_is_no_sign() -> None:
    line = b"INFO Received request cmpl-1: prompt: 'why ENOSPC and SIGBUS?', params: x\n"
    assert names(scanned(line)) == set()


def prose(words: str, start: int, count: int) -> list[bytes]:
    """Lines no two of which are of a kind."""
    numbers = range(start, start + count)
    return [f"{'x' * (n % 499)} {words} {'y' * (n % 503)}\n".encode() for n in numbers]


def test_after_much_prose_its_end_is_looked_at() -> None:
    much = prose("error", 0, 12_000) + prose("model", 12_000, 5_000)
    assert names(scanned(*much, DISK, *prose("talk", 20_000, 1_000))) == {"ENOSPC"}
    assert names(scanned(*much, DISK, *prose("model", 20_000, 50))) == {"ENOSPC"}
    assert names(scanned(*much, DISK, *prose("talk", 20_000, 9_000))) == set()
