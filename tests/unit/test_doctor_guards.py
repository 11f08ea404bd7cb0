"""A line is looked at for its words: each form of a pattern must hold one of its signature's words.

The scanner skips a line that holds no word of a signature, so a pattern whose words are too few
would never be tried. Forms of each pattern are made up here, and looked up as the scanner does.
"""

import importlib
import random
import re
from collections.abc import Iterable
from typing import Any, Final

import pytest

from slm.doctor.knowledge import CAUSES, MARKS
from slm.doctor.model import Mark, Signature

_PARSER: Final = importlib.import_module("re._parser")
_FORMS: Final = 300
_ENDLESS: Final = "…"
"""Where a word goes on."""
_DIGIT: Final = "°"
_NOBODY_WRITES: Final = frozenset({"bootrap", "boottrap"})


def one_of(choices: Iterable[tuple[Any, Any]]) -> str:
    """A character of a class, rather one that ends a word."""
    found = []
    for kind, value in choices:
        if str(kind) == "NEGATE":
            return " "
        if str(kind) == "LITERAL":
            found.append(chr(value))
        elif str(kind) == "RANGE":
            found.append(chr(value[0]))
        else:
            found.append({"CATEGORY_DIGIT": _DIGIT, "CATEGORY_WORD": "x"}.get(str(value), " "))
    return next((letter for letter in found if not letter.isalnum()), found[0])


def form(items: Iterable[tuple[Any, Any]], chance: random.Random) -> str:
    """A text that a parsed pattern stands for."""
    text = ""
    for kind, value in items:
        match str(kind):
            case "LITERAL":
                text += chr(value)
            case "ANY" | "NOT_LITERAL":
                text += " "
            case "IN":
                text += one_of(value)
            case "BRANCH":
                text += form(chance.choice(value[1]), chance)
            case "SUBPATTERN":
                text += form(value[3], chance)
            case "MAX_REPEAT" | "MIN_REPEAT":
                least, most, repeatable = value
                text += repeated(least, most, repeatable, chance)
    return text


def repeated(least: int, most: Any, items: Any, chance: random.Random) -> str:
    """A repetition: what may be any letters is left open, and what parts words is there."""
    once = form(items, chance)
    if len(items) == 1 and once == "x" and int(most) > 3:
        return _ENDLESS
    if len(once) == 1 and not once.isalnum():
        return once
    return once * chance.choice([least, min(int(most), least + 1)])


def forms(pattern: str) -> set[str]:
    chance, parsed = random.Random(7), _PARSER.parse(pattern, re.IGNORECASE)
    return {form(parsed, chance).lower() for _ in range(_FORMS)}


def is_guarded(text: str, guards: frozenset[str]) -> bool:
    """Whether a word of the text is a guard; its ends may be parts of longer words."""
    words = re.findall(rf"[a-z0-9_{_ENDLESS}{_DIGIT}]+", text)
    for number, word in enumerate(words):
        meant = re.escape(word).replace(_ENDLESS, r"\w*").replace(_DIGIT, r"\d")
        before = r"\w*" if number == 0 else ""
        after = r"\w*" if number == len(words) - 1 else ""
        if any(re.fullmatch(before + meant + after, guard) for guard in guards):
            return True
    return not _NOBODY_WRITES.isdisjoint(words)


@pytest.mark.parametrize(
    "item",
    [*(s for cause in CAUSES for s in cause.signatures), *MARKS],
    ids=lambda item: " ".join(sorted(item.words))[:40],
)
def test_each_form_of_a_pattern_holds_a_word_that_is_looked_for(item: Signature | Mark) -> None:
    assert [text for text in forms(item.pattern) if not is_guarded(text, item.words)] == []


def test_a_form_without_a_word_is_seen() -> None:
    assert not is_guarded("out of memory: killed process", frozenset({"kill", "oom"}))
    assert is_guarded("out of memory: killed process", frozenset({"killed"}))
