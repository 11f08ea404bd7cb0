"""Where a line of evidence comes from."""

from enum import Enum


class Source(Enum):
    """Where a line of evidence comes from."""

    LOG = "container log"
    EVENT = "CloudFormation event"
    ENDPOINT = "endpoint"
    HTTP = "answer"
    FUNCTION = "function log"
    STATUS = "what was seen"
    TWIN = "log of the local twin"
    TEXT = "text"
    """Pasted: it may be a log, an event or the output of a deploy."""
    MESSAGE = "message"
    """A few pasted lines: they may also be what a client was answered."""
