"""How much of a regular expression may be left out: what makes a grammar of it slow.

llama.cpp follows every way through a grammar at once. Parts that may be empty, one behind the
other, are as many ways, and each token costs their square: 500 of them hold a core, and with it
all requests, for half a minute; ``((a?){0,100}){0,100}`` for minutes.
"""

import re
from typing import Final

_TOKEN: Final = re.compile(
    r"\\."  # an escaped character
    r"|\((?:\?[:=!<]{0,2})?"  # the beginning of a group
    r"|\{(?P<least>\d{1,9})(?P<comma>,?)(?P<most>\d{0,9})\}"
    r"|.",
    re.DOTALL,
)


def optional_parts(pattern: str) -> int:
    """How many parts may be empty, those that are repeated as often as they may come."""
    groups = [0]  # of each group that is open, the whole pattern being the first
    last = 0  # of the item that a quantifier would stand behind
    in_class = False
    for token in _TOKEN.finditer(pattern):
        text = token[0]
        if in_class:
            in_class = text != "]"
        elif text[0] == "(":
            groups.append(0)
        elif text == ")" and len(groups) > 1:
            last = groups.pop()
            groups[-1] += last
        elif text in {"?", "*", "+"} or token["least"]:
            more = _added(last, token)
            groups[-1] += more
            last += more
        else:
            in_class = text == "["
            last = 0
    return sum(groups)


def _added(parts: int, quantifier: re.Match[str]) -> int:
    """What a quantifier adds to its item, which has so many parts: a copy for each time."""
    if quantifier[0] in {"?", "*"}:
        return 1
    if quantifier[0] == "+":
        return parts
    least = int(quantifier["least"])
    most = int(quantifier["most"] or least + bool(quantifier["comma"]))
    return parts * max(most - 1, 0) + (most > least)
