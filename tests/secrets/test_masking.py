"""A value is found in every spelling that programs print it in. Each test runs in a process of its own."""

import base64
import json
import subprocess
import sys
from urllib.parse import quote

import pytest

from flyte.runtime.masking import Masks

SECRET = 'p@ss "word"/ü'
LINES = "first line\n  second+line\nend"


def after(value: str, text: str) -> str:
    return Masks([value]).text.sub("***", text)


@pytest.mark.parametrize(
    "text",
    [
        SECRET,
        repr(SECRET)[1:-1],
        repr(SECRET.encode())[2:-1],
        json.dumps(SECRET)[1:-1],
        json.dumps(SECRET, ensure_ascii=False)[1:-1],
        quote(SECRET),
        quote(SECRET, safe=""),
        SECRET.encode().hex(),
        base64.b64encode(SECRET.encode()).decode(),
        base64.urlsafe_b64encode(SECRET.encode()).decode(),
    ],
)
def test_every_spelling_of_a_value_is_masked(text: str) -> None:
    assert after(SECRET, f"<{text}>") == "<***>"
    data = Masks([SECRET]).data.sub(b"***", f"<{text}>".encode())
    assert data == b"<***>"


@pytest.mark.parametrize("before", ["", "u:", "us:", "user:"])
def test_a_value_inside_something_in_base64_is_masked(before: str) -> None:
    text = base64.b64encode(f"{before}{SECRET} and more".encode()).decode()
    shown = after(SECRET, text)
    assert "***" in shown
    assert len(shown) < len(text) - len(SECRET)


def test_each_line_of_a_value_is_masked() -> None:
    assert after(LINES, LINES) == "***"
    assert after(LINES, "x first line y\nsecond+line\nend") == "x *** y\n***\nend"


@pytest.mark.parametrize("value", ["", "a", "abc"])
def test_what_is_too_short_is_not_masked(value: str) -> None:
    assert not Masks([value])


def test_of_two_values_the_longer_one_is_masked_whole() -> None:
    assert Masks(["abcd", "abcdef"]).text.sub("***", "abcdef abcd") == "*** ***"


def test_a_value_of_patterns_is_a_text() -> None:
    assert after("a.*[b", "aXX[b a.*[b") == "aXX[b ***"


def fresh(code: str) -> str:
    program = f"from flyte.runtime.masking import *\n{code}"
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip()


def test_without_secrets_everything_passes() -> None:
    assert fresh("print(masked('abcd'), masked_bytes(b'abcd'), gives_away(b'abcd'), held_back(b'abcd'))") == (
        "abcd b'abcd' False (b'abcd', b'')"
    )


def test_values_are_hidden_one_after_the_other() -> None:
    assert fresh("hide(['abcd']); hide(['efgh']); print(masked('abcd efgh'), gives_away(b'xefghx'))") == "*** *** True"


def test_the_beginning_of_a_value_is_held_back_until_the_rest_comes() -> None:
    code = "hide(['abcdefgh']); head, rest = held_back(b'x' * 50 + b'abcdef'); print(b'ab' in head, b'abcdef' in rest)"
    assert fresh(code) == "False True"
