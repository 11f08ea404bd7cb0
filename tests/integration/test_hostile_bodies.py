"""Bodies that are no requests: each gets a 4xx that says why, and the next good one works."""

import json
from typing import Any, Final

import pytest

from slm.limits import MAX_BODY_BYTES
from tests.integration.hostile import (
    GOOD,
    INVOKE,
    Front,
    Hostile,
    check_refused,
    posted,
    request,
)

CHAT: Final = "POST /v1/chat/completions"
COMPLETIONS: Final = "POST /v1/completions"
HI: Final = [{"role": "user", "content": "Hi"}]


def invoke_field(name: str, value: Any) -> Hostile:
    return posted(f"{name}={value!r:.30}", json.dumps({"prompt": "Hi", name: value}).encode())


def parameter(name: str, value: Any) -> Hostile:
    body = json.dumps({"prompt": "Hi", "parameters": {name: value}}).encode()
    return posted(f"{name}={value!r:.30}", body)


def chat(name: str, **fields: Any) -> Hostile:
    return posted(name, json.dumps({"messages": HI, "max_tokens": 1} | fields).encode(), to=CHAT)


NOT_JSON = [
    posted("no body", b""),
    posted("blanks", b" \r\n\t "),
    posted("cut off", b'{"prompt": "Hi"'),
    posted("more behind", GOOD + b"}"),
    posted("two documents", GOOD + GOOD),
    posted("single quotes", b"{'prompt': 'Hi'}"),
    posted("trailing comma", b'{"prompt": "Hi",}'),
    posted("comment", b'{"prompt": "Hi" /* hello */}'),
    posted("bare word", b"prompt"),
    posted("form", b"prompt=Hi&stream=true"),
    posted("XML", b"<?xml version='1.0'?><prompt>Hi</prompt>"),
    posted("NaN", b'{"prompt": "Hi", "parameters": {"temperature": NaN}}'),
    posted("Infinity", b'{"prompt": "Hi", "parameters": {"temperature": Infinity}}'),
    posted("-Infinity", b'{"prompt": "Hi", "parameters": {"temperature": -Infinity}}'),
    posted("1e999", b'{"prompt": "Hi", "parameters": {"temperature": 1e999}}'),
    posted("NUL byte", b'{"prompt": "a\x00b"}'),
    posted("NUL escaped", b'{"prompt": "a\\u0000b"}'),
    posted("NUL escaped in a key", b'{"prompt": "Hi", "a\\u0000b": 1}'),
    posted("only NULs", b"\x00" * 1000),
    posted("high surrogate alone", b'{"prompt": "\\ud800"}'),
    posted("low surrogate alone", b'{"prompt": "\\udc00"}'),
    posted("surrogates the wrong way round", b'{"prompt": "\\udc00\\ud800"}'),
    posted("surrogate in UTF-8", b'{"prompt": "\xed\xa0\x80"}'),
    posted("no UTF-8", b'{"prompt": "\xff\xfe"}'),
    posted("overlong UTF-8", b'{"prompt": "\xc0\x80"}'),
    posted("Latin-1", '{"prompt": "é"}'.encode("latin-1")),
    posted("BOM", b"\xef\xbb\xbf" + GOOD),
    posted("UTF-16", GOOD.decode().encode("utf-16")),
    posted("UTF-32", GOOD.decode().encode("utf-32-le")),
    posted("nested lists", b"[" * 100_000 + b"]" * 100_000),
    posted("nested lists without end", b"[" * 1_000_000),
    posted("nested objects", b'{"prompt":' * 50_000 + b"1" + b"}" * 50_000),
    posted("nested in a field", b'{"prompt": "Hi", "stop": ' + b"[" * 65 + b"]" * 65 + b"}"),
    posted("5 MB", b'{"prompt": "' + b"a" * 5_000_000 + b'"}', status=413),
    posted("11 MB", b'{"prompt": "' + b"a" * 11_000_000 + b'"}', status=413),
    posted("11 MB of blanks", b" " * 11_000_000, status=413),
    posted("over the context", b'{"prompt": "' + b"word " * 100_000 + b'"}'),
    posted("seed of 1e400", b'{"prompt": "Hi", "parameters": {"seed": 1e400}}'),
    posted("seed of 5000 digits", b'{"prompt": "Hi", "parameters": {"seed": %s}}' % (b"9" * 5000)),
    posted("one byte over 4 MiB", GOOD + b" " * (MAX_BODY_BYTES + 1 - len(GOOD)), status=413),
    posted("list", b"[]"),
    posted("string", b'"Hi"'),
    posted("number", b"1"),
    posted("null", b"null"),
]

WRONG_FIELDS = [
    posted("empty object", b"{}"),
    *(invoke_field("prompt", value) for value in (None, 1, True, "", [], ["Hi"], {})),
    *(invoke_field("parameters", value) for value in (1, "x", [], [1])),
    *(invoke_field("stream", value) for value in ("true", 1, 0, [])),
    *(invoke_field("apply_chat_template", value) for value in ("false", 1)),
    *(invoke_field(name, 1) for name in ("inputs", "model", "Prompt", "__proto__", "")),
    *(parameter("max_new_tokens", value) for value in (0, -1, 1.5, "5", None, True, 10**9, 10**30)),
    *(parameter("temperature", value) for value in (-0.1, 2.1, "hot", None, True, 1e308)),
    *(parameter("top_p", value) for value in (0, -1, 1.1, "x", None)),
    *(parameter("do_sample", value) for value in ("yes", 1, None)),
    *(parameter("top_k", value) for value in (-1, 1.5, "x")),
    *(parameter("stop", value) for value in (1, [1], [""], "", ["a"] * 100, ["a" * 10_000], {})),
    *(parameter("seed", value) for value in (-1, 1.5, "x", 2**64)),
    *(parameter("repetition_penalty", value) for value in (0, -1, "x", 1e9)),
    *(parameter("frequency_penalty", value) for value in (3, -3, "x")),
    *(parameter("presence_penalty", value) for value in (3, -3, "x")),
    *(parameter(name, 1) for name in ("max_tokens", "return_full_text", "details", "watermark")),
    posted(
        "sampling without temperature",
        b'{"prompt": "Hi", "parameters": {"do_sample": true, "temperature": 0}}',
    ),
    chat("no messages", messages=[]),
    chat("messages a string", messages="Hi"),
    chat("message a string", messages=["Hi"]),
    chat("message without a role", messages=[{"content": "Hi"}]),
    chat("unknown role", messages=[{"role": "root", "content": "Hi"}]),
    chat("content a number", messages=[{"role": "user", "content": 1}]),
    chat("image", messages=[{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]),
    chat("unknown field", frobnicate=1),
    chat("n of 0", n=0),
    chat("n of a thousand", n=1000),
    chat("model a number", model=1),
    chat("max_tokens of 0", max_tokens=0),
    chat("stream a string", stream="true"),
    chat("stream_options without stream", stream_options={"include_usage": True}),
    chat("response_format a string", response_format="json"),
    chat("stop too many", stop=["a"] * 100),
    chat("logit_bias a list", logit_bias=[1]),
    chat("tools a string", tools="x"),
    Hostile(
        "/v1/chat/completions unknown model",
        request(CHAT, body=json.dumps({"messages": HI, "model": "gpt-4o"}).encode()),
        404,
    ),
    posted("prompt a list of tokens", b'{"prompt": [1, 2, 3]}', to=COMPLETIONS),
    posted("several prompts", b'{"prompt": ["a", "b"]}', to=COMPLETIONS),
    posted("no prompt", b'{"max_tokens": 1}', to=COMPLETIONS),
]


@pytest.mark.parametrize("hostile", [*NOT_JSON, *WRONG_FIELDS], ids=lambda hostile: hostile.name)
def test_what_is_no_request_is_refused(hostile: Hostile, front: Front) -> None:
    check_refused(front, hostile)


def test_a_body_of_just_the_limit_is_read(front: Front) -> None:
    answer, body = front.ask(request(INVOKE, body=GOOD + b" " * (MAX_BODY_BYTES - len(GOOD))))
    assert answer.status == 200, body


def test_the_last_of_two_equal_fields_counts(front: Front) -> None:
    """RFC 8259, 4, leaves it open: what is checked and what is sent on must be the same."""
    asked = b'{"prompt": "a", "prompt": "Hi", "parameters": {"max_new_tokens": 1}}'
    answer, body = front.ask(request(INVOKE, body=asked))
    assert (answer.status, json.loads(body)["prompt"]) == (200, "Hi")
