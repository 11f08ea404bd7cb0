"""The one kind of failure that is the caller's of a command, and not of what it does."""

from slm.errors import SlmError


class WrongUsage(SlmError):
    """An option, an argument or a setting is wrong; nothing was done."""
