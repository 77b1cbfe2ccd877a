"""Types that others add are carried like our own."""

import importlib.metadata
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from flyte._core import Signature, read_literal, write_literal, write_literal_type
from flyte.types import Extension, FlytePickle, Misfit, TypeEngine, TypeTransformer, register
from flyte.types.plan import Pickled, signature_of, spec_of
from flyte.types.single import decode, encode, literal_type

TEXT = write_literal_type({"simple": "STRING"})


@dataclass(eq=True)
class Celsius:
    degrees: float


class Fahrenheit:
    def __init__(self, degrees: float) -> None:
        self.degrees = degrees


class Warm(Fahrenheit):
    pass


class Route:
    """No dataclass, and so a pickle for those who do not know it."""

    def __init__(self, *stops: str) -> None:
        self.stops = stops

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Route) and other.stops == self.stops

    __hash__ = None  # type: ignore[assignment]


def route_text(value: Any) -> str:
    if not isinstance(value, Route):
        raise Misfit(f"expected Route, got {value!r}")
    for index, stop in enumerate(value.stops):
        if "-" in stop:
            raise Misfit(f"a stop has no dash, got {stop!r}", ("stops", index))
    return "-".join(value.stops)


def route_of(text: Any) -> Route:
    if not isinstance(text, str):
        raise ValueError(f"expected a route, found {text!r}")
    return Route(*text.split("-"))


ROUTE = Extension(
    "Route",
    TEXT,
    encode=lambda value: write_literal({"primitive": route_text(value)}),
    decode=lambda literal: route_of(read_literal(literal).get("primitive")),
    pack=route_text,
    unpack=route_of,
    instances=Route,
    json_schema={"type": "string"},
)
register(lambda annotation: ROUTE if annotation is Route else None)


class FahrenheitTransformer(TypeTransformer[Fahrenheit]):
    """Written as plugins are, with a coroutine that waits and one that does not."""

    def __init__(self) -> None:
        super().__init__("Fahrenheit", Fahrenheit)

    def get_literal_type(self, t: type[Fahrenheit]) -> Any:
        return {"simple": "FLOAT"}

    async def to_literal(self, python_val: Fahrenheit, python_type: type[Fahrenheit], expected: Any) -> Any:
        import asyncio

        await asyncio.sleep(0)
        return {"primitive": float(python_val.degrees)}

    async def to_python_value(self, lv: Any, expected_python_type: type[Fahrenheit]) -> Fahrenheit:
        return expected_python_type(lv["primitive"])


TypeEngine.register(FahrenheitTransformer())


@dataclass
class Trip:
    route: Route
    others: list[Route]
    maybe: str | Route | None = None


def test_a_registered_type_travels_by_itself_and_inside_others() -> None:
    route = Route("a", "b")
    trip = Trip(route, [Route("c")], Route("d"))
    for value, annotation in [
        (route, Route),
        ([route], list[Route]),
        ({"x": route}, dict[str, Route]),
        (route, Route | None),
        ((route, 1), tuple[Route, int]),
        (trip, Trip),
        (Trip(route, [], "a-b"), Trip),
    ]:
        assert decode(encode(value, annotation), annotation) == value
    assert encode(route, Route) == write_literal({"primitive": "a-b"})
    assert literal_type(Route) == TEXT


def test_what_an_extension_refuses_is_told_with_the_place() -> None:
    signature = Signature([("trip", spec_of(Trip))], [], {}, "env.task")
    with pytest.raises(TypeError, match=r"env.task: `trip.others\[0\].stops\[1\]`: a stop has no dash, got 'x-y'"):
        signature.bind((Trip(Route(), [Route("a", "x-y")]),), {})
    with pytest.raises(TypeError, match=r"env.task: `trip.route`: expected Route, got 5"):
        signature.bind((Trip(5, []),), {})  # type: ignore[arg-type]


def test_what_an_extension_cannot_read_is_told_with_the_name() -> None:
    with pytest.raises(ValueError, match="the recorded `x` cannot be read: expected a route, found 5"):
        decode(write_literal({"primitive": 5}), Route)


def test_a_transformer_carries_its_class_and_those_that_inherit_from_it() -> None:
    for cls in (Fahrenheit, Warm):
        back = decode(encode(cls(70), cls), cls)
        assert (type(back), back.degrees) == (cls, 70.0)
    assert TypeEngine.get_transformer(Warm).name == "Fahrenheit"
    assert Fahrenheit in TypeEngine.get_available_transformers()
    with pytest.raises(TypeError, match="expected Fahrenheit, got int 5"):
        encode(5, Fahrenheit)


def test_a_type_has_one_transformer() -> None:
    with pytest.raises(ValueError, match=r"is carried by FahrenheitTransformer.* already; pass override=True"):
        TypeEngine.register(FahrenheitTransformer())
    with pytest.raises(ValueError, match="no transformer is registered for <class 'int'>"):
        TypeEngine.get_transformer(int)


async def test_the_engine_converts_single_values() -> None:
    literal = await TypeEngine.to_literal([Celsius(1.5)], list[Celsius])
    assert await TypeEngine.to_python_value(literal, list[Celsius]) == [Celsius(1.5)]
    assert TypeEngine.to_literal_type(int) == write_literal_type({"simple": "INTEGER"})
    assert TypeEngine.to_html("<b>", str) == "&#x27;&lt;b&gt;&#x27;"


def test_a_signature_says_whether_conversions_wait_for_files() -> None:
    assert Signature([("x", spec_of(list[Fahrenheit]))], [], {}, "env.task").does_io
    assert not Signature([("x", spec_of(Trip))], [], {}, "env.task").does_io


@pytest.mark.parametrize(
    ("given", "problem"), [({"name": ""}, "an extension has a name"), ({"encode": 5}, "are callables, got 5")]
)
def test_an_extension_checks_itself(given: dict[str, Any], problem: str) -> None:
    parts = {"encode": str, "decode": str, "pack": str, "unpack": str}
    with pytest.raises((ValueError, TypeError), match=problem):
        Extension(**{"name": "x", "literal_type": b"", **parts, **given})


def test_pickling_is_told_to_whoever_is_first_and_only_where_nobody_asked_for_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Model:
        pass

    def asked(a: Any, b: object, c, d: FlytePickle[Model], e: Route) -> None: ...  # type: ignore[no-untyped-def]

    def unasked(model: Model, many: list[Model | None], number: int) -> Model: ...  # type: ignore[empty-body]

    import logging

    logger = logging.getLogger("flyte")
    logger.addHandler(caplog.handler)
    asked_of: list[str] = []
    try:
        for function in (asked, unasked):
            signature_of(function, f"env.{function.__name__}", pickled := Pickled(f"env.{function.__name__}"))
            pickled.warn(lambda name: not asked_of.append(name))
            pickled.warn(lambda name: name not in asked_of)
    finally:
        logger.removeHandler(caplog.handler)
    assert asked_of == ["env.unasked"]
    (message,) = caplog.messages
    shown = Model.__qualname__
    assert message.startswith(f"env.unasked: `model` ({shown}), `many` ({shown}), what it returns ({shown}) without")


def test_plugins_are_loaded_when_a_type_would_be_pickled(tmp_path: Path) -> None:
    (tmp_path / "thermo.py").write_text(
        "from flyte.types import Extension, register\n"
        "class Kelvin: pass\n"
        "def install():\n"
        "    kinds = dict(encode=str, decode=str, pack=str, unpack=str)\n"
        "    extension = Extension('Kelvin', b'', **kinds)\n"
        "    register(lambda annotation: extension if annotation is Kelvin else None)\n"
        "def broken():\n"
        "    raise LookupError('no sensor')\n"
    )
    package = tmp_path / "thermo-1.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: thermo\nVersion: 1\n")
    entry_points = "[flyte.plugins.types]\nbroken = thermo:broken\nthermo = thermo:install\n"
    (package / "entry_points.txt").write_text(entry_points)
    program = (
        "import thermo\nfrom flyte.types.plan import spec_of\n"
        "assert spec_of(int) == ('int',)\n"
        "assert spec_of(thermo.Kelvin)[0] == 'extension'\n"
    )
    environment = {"PYTHONPATH": f"{tmp_path}:{Path(__file__).parents[2]}"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
    assert (done.returncode, "`broken` (thermo:broken) failed: LookupError('no sensor')" in done.stderr) == (0, True)
    assert importlib.metadata.entry_points(group="flyte.plugins.types") is not None


TREES = [
    {"primitive": 5},
    {"primitive": "a", "hash": "h"},
    {"none": True},
    {"binary": {"value": b"\x00", "tag": "t"}},
    {"blob": {"uri": "s3://b/k", "format": "png", "multipart": False}},
    {"blob": {"uri": "s3://b/k/", "format": "", "multipart": True}},
    {"structured_dataset": {"uri": "u", "format": "parquet", "columns": [("a", "INTEGER"), ("b", "STRING")]}},
    {"union": {"value": {"primitive": True}, "type": TEXT}},
    {"collection": [{"primitive": 1}, {"map": {"a": {"none": True}}}]},
]


@pytest.mark.parametrize("tree", TREES, ids=lambda tree: next(iter(tree)))
def test_a_literal_is_the_tree_it_was_made_of(tree: dict[str, Any]) -> None:
    assert read_literal(write_literal(tree)) == tree


@pytest.mark.parametrize(
    ("tree", "problem"),
    [
        ({}, "a literal is one of primitive, none"),
        ({"blob": {}}, "`format` is missing"),
        ({"primitive": []}, "not a primitive"),
    ],
)
def test_no_literal_is_made_of_other_trees(tree: dict[str, Any], problem: str) -> None:
    with pytest.raises((ValueError, TypeError), match=problem):
        write_literal(tree)


@pytest.mark.parametrize("data", [b"\xff", b"", b"\x12\x02\x0a\x00"], ids=bytes.hex)
def test_no_tree_is_read_from_other_bytes(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"literal|early|tag|field"):
        read_literal(data)


def test_a_simple_type_is_one_of_those_known() -> None:
    with pytest.raises(ValueError, match=r"a simple type is one of NONE, INTEGER.*, got NUMBER"):
        write_literal_type({"simple": "NUMBER"})
