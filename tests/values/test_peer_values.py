"""Values have the bytes that PyPI `flyte` gives them, and what it writes is read.

Its bytes were written down by `record_peer_values.py`; with $FLYTE_PEER_PYTHON they are made again and compared.
"""

import json
import os
import subprocess
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from flyte._core import Signature
from flyte.types.plan import spec_of
from tests.values.peer_table import CASES, PICKLED

HERE = Path(__file__).parent
RECORDED: dict[str, list[dict[str, str]]] = json.loads((HERE / "peer_values.json").read_text())
EVERY = list(zip(CASES + PICKLED, RECORDED["cases"] + RECORDED["pickled"], strict=True))


def signature(annotation: Any) -> Signature:
    return Signature([("x", spec_of(annotation))], [], {}, "env.task")


def sized(number: int, content: bytes) -> bytes:
    """A length-delimited field."""
    size, digits = len(content), b""
    while size >= 0x80:
        digits += bytes([size & 0x7F | 0x80])
        size >>= 7
    return bytes([number << 3 | 2]) + digits + bytes([size]) + content


def message(literal: bytes) -> bytes:
    """A task.Inputs of one input."""
    return sized(1, sized(1, b"x") + sized(2, literal))


def interface(literal_type: bytes) -> bytes:
    """A TypedInterface of one input."""
    return sized(1, sized(1, sized(1, b"x") + sized(2, sized(1, literal_type)))) + sized(2, b"")


def in_utc(value: Any) -> Any:
    return value.replace(tzinfo=timezone.utc) if isinstance(value, datetime) and value.tzinfo is None else value


@pytest.mark.parametrize(("case", "recorded"), EVERY, ids=lambda each: str(each)[:40])
def test_a_type_is_described_as_there(case: tuple[Any, Any], recorded: dict[str, str]) -> None:
    assert signature(case[1]).interface == interface(bytes.fromhex(recorded["type"]))


@pytest.mark.parametrize(
    ("case", "recorded"), EVERY[: len(CASES)], ids=[f"{each['value']:.40}" for each in RECORDED["cases"]]
)
def test_a_value_has_the_bytes_it_has_there(case: tuple[Any, Any], recorded: dict[str, str]) -> None:
    value, annotation = case
    assert signature(annotation).bind((value,), {}) == message(bytes.fromhex(recorded["literal"]))


@pytest.mark.parametrize(("case", "recorded"), EVERY, ids=lambda each: str(each)[:40])
def test_what_was_written_there_is_read_here(case: tuple[Any, Any], recorded: dict[str, str]) -> None:
    value, annotation = case
    read = signature(annotation).decode_inputs(message(bytes.fromhex(recorded["literal"])))["x"]
    assert read == in_utc(value)


@pytest.mark.parametrize(("value", "annotation"), PICKLED, ids=str)
def test_what_is_pickled_there_is_no_pickle_here(value: Any, annotation: Any) -> None:
    literal = signature(annotation).bind((value,), {})
    assert b"\x80\x05" not in literal
    assert signature(annotation).decode_inputs(literal)["x"] == value


@pytest.mark.skipif("FLYTE_PEER_PYTHON" not in os.environ, reason="no interpreter with PyPI flyte: $FLYTE_PEER_PYTHON")
def test_the_recording_is_what_that_client_writes_today(tmp_path: Path) -> None:
    command = [os.environ["FLYTE_PEER_PYTHON"], str(HERE / "record_peer_values.py")]
    environment = {**os.environ, "DO_NOT_TRACK": "1", "HOME": str(tmp_path)}
    made = subprocess.run(command, env=environment, cwd=tmp_path, check=True, stdout=subprocess.PIPE, timeout=120)
    if sys.version_info[:2] == (3, 11):
        assert json.loads(made.stdout)["cases"] == RECORDED["cases"]
