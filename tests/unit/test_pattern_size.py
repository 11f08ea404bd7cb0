"""Which parts of a regular expression count as optional, and how often."""

import pytest

from slm.gateway.pattern_size import optional_parts


@pytest.mark.parametrize(
    ("pattern", "parts"),
    [
        ("", 0),
        ("abc", 0),
        ("a?b*c+", 2),
        ("(ab)?", 1),
        ("(a?b)?", 2),
        ("(a?)+", 2),
        ("a{5}", 0),
        ("a{2,5}", 1),
        ("a{2,}", 1),
        ("(a?){5}", 5),
        ("(a?){0,500}", 501),
        ("(a?b?){2,}", 7),
        ("((a?){0,100}){0,100}", 10_101),
        ("(?:a)(?=b)(?<!c)", 0),
        (r"a\?\*\+\{1,2}\(\)", 0),
        ("[a?*+(){1,2}]", 0),
        (r"[\]?]?", 1),
        ("a{,5}", 0),
        ("a{x}", 0),
        ("(((a?", 1),
        ("a?)))", 1),
        ("[a?", 0),
        ("\\", 0),
        ("^(0|[1-9][0-9]{0,2}(,[0-9]{3})*)([.][0-9]+)?$", 3),
    ],
)
def test_counts(pattern: str, parts: int) -> None:
    assert optional_parts(pattern) == parts
