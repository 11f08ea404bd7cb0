"""botocore's decoder of event streams, spared from parsing the same headers at each token."""

from typing import Any

from botocore.eventstream import EventStreamBuffer, EventStreamHeaderParser


class Buffer(EventStreamBuffer):
    """A buffer that cuts bytes into messages; see botocore's."""

    def __init__(self) -> None:
        super().__init__()
        # Should another botocore not look here, it is only slower.
        self._header_parser = _RememberingParser()


class _RememberingParser(EventStreamHeaderParser):
    """All parts of an answer carry the same headers, and parsing them took a fifth of the
    gateway's processor time.
    """

    def __init__(self) -> None:
        super().__init__()
        self._bytes = b""
        self._headers: dict[str, Any] = {}

    def parse(self, data: bytes) -> dict[str, Any]:
        """The headers in ``data``."""
        if data != self._bytes:
            self._headers = super().parse(data)
            self._bytes = data
        return self._headers
