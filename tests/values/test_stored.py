"""Values that a literal only points to are read from where another client stored them."""

import pickle
from pathlib import Path
from typing import Any

import pytest

from flyte._core import write_literal
from flyte.types.single import decode, encode
from tests.values.records import Inner
from tests.values.test_peer_values import sized


def pickled_at(uri: str) -> bytes:
    return write_literal({"blob": {"uri": uri, "format": "PythonPickle", "multipart": False}})


@pytest.mark.parametrize("scheme", ["", "file://"])
@pytest.mark.parametrize(("value", "annotation"), [({"a": 1}, Any), ({1, 2}, set[int]), (b"raw", bytes)], ids=str)
def test_a_large_pickle_is_read(tmp_path: Path, value: Any, annotation: Any, scheme: str) -> None:
    (tmp_path / "large value").write_bytes(pickle.dumps(value))
    place = str(tmp_path / "large value")
    uri = f"{scheme}{place.replace(' ', '%20')}" if scheme else place
    assert decode(pickled_at(uri), annotation) == value


def test_a_literal_stored_elsewhere_is_read(tmp_path: Path) -> None:
    (tmp_path / "literal").write_bytes(encode([Inner(1)], list[Inner]))
    offloaded = sized(8, sized(1, str(tmp_path / "literal").encode()))
    assert decode(offloaded, list[Inner]) == [Inner(1)]


def test_what_is_gone_is_named() -> None:
    with pytest.raises(ValueError, match="a value is stored at /no/such/place, which cannot be read"):
        decode(pickled_at("/no/such/place"), Any)


def test_a_literal_that_points_to_itself_comes_to_an_end(tmp_path: Path) -> None:
    offloaded = sized(8, sized(1, str(tmp_path / "loop").encode()))
    (tmp_path / "loop").write_bytes(offloaded)
    with pytest.raises(ValueError, match="nested too deeply"):
        decode(offloaded, int)


@pytest.mark.parametrize("kind", [int, list[int], dict[str, int], Inner], ids=str)
def test_a_pickle_that_is_none_says_so(tmp_path: Path, kind: Any) -> None:
    (tmp_path / "broken").write_bytes(b"no pickle")
    with pytest.raises(ValueError, match="cannot unpickle a value"):
        decode(pickled_at(str(tmp_path / "broken")), kind)
