"""A twin's database for a test, gone with it."""

import tempfile
import weakref
from pathlib import Path

from slm.local.database import Database


def temporary_database() -> Database:
    """A new one in a folder of its own, closed and removed when nobody holds it any more."""
    folder = tempfile.TemporaryDirectory()
    database = Database(Path(folder.name) / "slm.sqlite")
    weakref.finalize(database, folder.cleanup)
    return database
