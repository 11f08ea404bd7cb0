"""Lines that others wrote: made harmless, and without secrets."""

import re
from typing import Final

MAX_SHOWN_CHARS: Final = 400
"""Of a line, when it is quoted."""

_ESCAPES: Final = re.compile(
    rb"(?:\x1b|#033|\\u001b|\\x1b|\\033)(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]{0,200}(?:\x07|"
    rb"\x1b\\))"
)
_ESCAPE_STARTS: Final = (b"\x1b", b"#033", b"\\u001b", b"\\x1b", b"\\033")
_COLOUR: Final = re.compile(rb"\[\d{1,3}(;\d{1,3}){0,4}m")
"""What is left of a colour where its first character was lost in a console or a web page."""
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")

_MASK: Final = "[masked]"
_SECRETS: Final = (
    # Hugging Face tokens; keys of OpenAI and its like; GitHub tokens
    (re.compile(r"\b(?:hf|api_org)_[A-Za-z0-9]{8,}"), _MASK),
    (re.compile(r"\b(?:sk|pk|rk)-[A-Za-z0-9_-]{12,}"), _MASK),
    (re.compile(r"\b(?:gh[pousr]|github_pat)_[A-Za-z0-9_]{20,}"), _MASK),
    # AWS: access key ids, then what is named as a secret, and signed URLs
    (re.compile(r"\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{12,}\b"), _MASK),
    (
        re.compile(r"(?i)\b(x-amz-(?:signature|credential|security-token)=)[^&\s\"']+"),
        rf"\1{_MASK}",
    ),
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{6,}"), rf"\1 {_MASK}"),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]+)?"), _MASK),
    (
        re.compile(
            r"(?i)([\w.-]*(?:x-api-key|api[_-]?key|apikey|secret[_-]?(?:access[_-]?)?key|"
            r"session[_-]?token|hf[_-]?token|hub[_-]?token|access[_-]?token|auth[_-]?token|"
            r"\btoken|\bsecret|"
            r"password|passwd|client[_-]?secret)[\w.-]*[\"']?\s*(?:[:=]|=>)\s*[\"']?)"
            r"(?!(?:none|null|true|false|unset|missing|not|is|must)\b)[^\s\"',;}&]{6,}"
        ),
        rf"\1{_MASK}",
    ),
    # A secret access key alone: forty characters of base64, with digits and both cases
    (
        re.compile(
            r"(?<![\w/+])(?=[A-Za-z0-9/+]*\d)(?=[a-z0-9/+]*[A-Z])(?=[A-Z0-9/+]*[a-z])"
            r"(?![0-9a-fA-F]{40}\b)[A-Za-z0-9/+]{40}(?![\w/+=.-])"
        ),
        _MASK,
    ),
)


def without_escapes(data: bytes) -> bytes:
    """Without terminal sequences, also those that a log service has written out."""
    if any(start in data for start in _ESCAPE_STARTS):
        data = _ESCAPES.sub(b"", data)
    return _COLOUR.sub(b"", data) if b"[0m" in data else data


def harmless(text: str) -> str:
    """One line without control characters, nor those that turn the direction of writing."""
    return _CONTROL.sub(" ", text).strip()


def plain(text: str) -> str:
    """One line without terminal sequences and control characters."""
    return harmless(without_escapes(text.encode("utf-8", "replace")).decode("utf-8", "replace"))


def masked(text: str) -> str:
    """Without tokens, keys and passwords."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


def shown(text: str, around: int = 0) -> str:
    """A line as it may be quoted: harmless, masked and short.

    Args:
        text: The line.
        around: The character that must stay to be seen, in a line that is too long.
    """
    # Masked whole, so that a cut cannot hide the name before a secret; a line is bounded already.
    start = max(0, around - MAX_SHOWN_CHARS // 2) if len(text) > MAX_SHOWN_CHARS else 0
    clean = masked(harmless(text))
    piece = clean[start : start + MAX_SHOWN_CHARS] if start < len(clean) else clean
    before = "… " if start and start < len(clean) else ""
    after = " …" if len(clean) > start + MAX_SHOWN_CHARS else ""
    return f"{before}{piece.strip()}{after}"
