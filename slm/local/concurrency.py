"""How many requests the gateway has in work at once, as a function's concurrency counts them."""

from collections.abc import Iterator
from contextlib import contextmanager


class ConcurrencyLimit:
    """Places for requests in work. None waits for a place: Lambda has no queue either.

    Args:
        places: Requests at once; 0 for no limit.
    """

    def __init__(self, places: int) -> None:
        self._places = places
        self._taken = 0

    @contextmanager
    def place(self) -> Iterator[bool]:
        """A place for as long as the context lasts; False if all are taken."""
        if self._places and self._taken >= self._places:
            yield False
            return
        self._taken += 1
        try:
            yield True
        finally:
            self._taken -= 1
