"""What is wrong with a value is said in one line: which, where in it, what was expected, what it is."""

# ruff: noqa: UP007, UP045  (both spellings of unions must work)

import threading
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, Optional, Union

import pytest

from flyte._core import Signature
from flyte.types.plan import signature_of, spec_of
from tests.values.peer_table import Color, Movie, Pair, Zoo
from tests.values.peer_table import Point as Model
from tests.values.records import Inner, Point, Tree, Twin

MISFITS = [
    ("abc", int, "`x`: expected int, got str 'abc'"),
    (True, int, "`x`: expected int, got bool True"),
    (1.0, int, "`x`: expected int, got float 1.0; write 1"),
    (True, float, "`x`: expected float, got bool True"),
    (1, bool, "`x`: expected bool, got int 1; write True"),
    (1, str, "`x`: expected str, got int 1; write '1'"),
    (None, int, "`x`: expected int, got None; annotate `int | None` if None is meant"),
    ("a", bytes, "`x`: expected bytes, got str 'a'; write 'a'.encode()"),
    (1, None, "`x`: expected None, got int 1"),
    ((1, 2), list[int], "`x`: expected list[int], got tuple (1, 2); write list((1, 2))"),
    ([1], list[str], "`x[0]`: expected str, got int 1; write '1'"),
    ({"a": [0, "b"]}, dict[str, list[int]], "`x['a'][1]`: expected int, got str 'b'"),
    ({1: 2}, dict[str, int], "`x`: expected str keys, got int 1"),
    ({"a": 2}, dict[int, int], "`x`: expected int keys, got str 'a'"),
    ((1,), tuple[int, str], "`x`: expected tuple[int, str], got tuple (1,)"),
    ((1, 2), tuple[int, str], "`x[1]`: expected str, got int 2; write '2'"),
    ([1], tuple[int, ...], "`x`: expected tuple[int, ...], got list [1]; write tuple([1])"),
    (1.5, Union[int, str, None], "`x`: expected int | str | None, got float 1.5"),
    ([1, "a"], Optional[list[int]], "`x[1]`: expected int, got str 'a'"),
    ([1.5], Union[list[int], list[str]], "`x`: expected list[int] | list[str], got list [1.5]"),
    (Twin(1), Inner, "`x`: expected Inner, got Twin(a=1, b='z')"),
    (Inner("a"), Inner, "`x.a`: expected int, got str 'a'"),
    (Tree(1, [Tree(2), Tree("a")]), Tree, "`x.kids[1].v`: expected int, got str 'a'"),
    ([Point(1.0, 2.0, {"k": [None, "a"]})], list[Point], "`x[0].weights['k'][1]`: expected float | None, got str 'a'"),
    ({"b": "c"}, Inner, "`x`: Inner needs `a`"),
    ({"a": 1, "bb": "c"}, Inner, "`x`: Inner has no field 'bb' (did you mean `b`?); its fields are `a`, `b`"),
    ("c", Literal["a", 1], "`x`: expected 'a' | 1, got str 'c'"),
    (True, Literal["a", 1], "`x`: expected 'a' | 1, got bool True"),
    ("a", Path, "`x`: expected Path, got str 'a'; write Path('a')"),
    (threading.Lock(), Any, "`x`: a lock cannot travel between tasks: cannot pickle '_thread.lock' object"),
    ("5", int, "`x`: expected int, got str '5'; write 5"),
    ("1.5", float, "`x`: expected float, got str '1.5'; write 1.5"),
    ([1], set[int], "`x`: expected set[int], got list [1]; write set([1])"),
    ({1, "a"}, set[int], "`x{…}`: expected int, got str 'a'"),
    ("2026-01-02", date, "`x`: expected date, got str '2026-01-02'; write date.fromisoformat('2026-01-02')"),
    ("x", datetime, "`x`: expected datetime, got str 'x'"),
    (
        date(2026, 1, 2),
        datetime,
        "`x`: expected datetime, got datetime.date(2026, 1, 2); write datetime.combine(…, time())",
    ),
    (5, timedelta, "`x`: expected timedelta, got int 5; write timedelta(seconds=5)"),
    ("REd", Color, "`x`: expected Color, got str 'REd'; write Color.RED"),
    ("r", Color, "`x`: expected Color, got str 'r'; write Color.RED"),
    ("nothing", Color, "`x`: expected Color, got str 'nothing'; its members are RED, BLUE"),
    (5, Color, "`x`: expected Color, got int 5"),
    ("trian", Literal["train", "test"], "`x`: expected 'train' | 'test', got str 'trian'; write 'train'"),
    ("1.5", Decimal, "`x`: expected Decimal, got str '1.5'; write Decimal('1.5')"),
    ([Pair("a")], list[Pair], "`x[0].count`: expected int, got str 'a'"),
    (
        {"count": 1, "nam": "b"},
        Pair,
        "`x`: Pair has no field 'nam' (did you mean `name`?); its fields are `count`, `name`",
    ),
    ({"title": 1, "year": 2}, Movie, "`x['title']`: expected str, got int 1; write '1'"),
    ({"year": 2}, Movie, "`x`: Movie needs `title`"),
    ({"x": "a"}, Model, "`x.x`: input should be a valid integer, unable to parse string as an integer, got str 'a'"),
    ({"pets": [], "home": {}}, Zoo, "`x.home.x`: field required, got dict {}"),
    (1, Optional[Path], "`x`: expected Path | None, got int 1"),
    ("a", Optional[Path], "`x`: expected Path | None, got str 'a'; write Path('a')"),
    ([1], Optional[int], "`x`: expected int | None, got list [1]"),
    (["a"], list[Optional[Path]], "`x[0]`: expected Path | None, got str 'a'; write Path('a')"),
    ([1], Optional[list[Path]], "`x[0]`: expected Path, got int 1"),
    ("x" * 200, int, f"`x`: expected int, got str '{'x' * 78}…"),
]

REFUSED = [
    (2**63, int, "`x`: 9223372036854775808 does not fit into 64 bits; pass it as text, or annotate `object`"),
    (
        [2**63],
        list[int],
        "`x[0]`: 9223372036854775808 does not fit into 64 bits; pass it as text, or annotate `object`",
    ),
    ("\ud800", str, "`x`: '\\ud800' is not valid Unicode (a lone surrogate)"),
]


def score(k: int, fold: int, learning_rate: float = 0.1, seed: int = None) -> None: ...  # type: ignore[assignment]  # noqa: RUF013


SCORE = signature_of(score, "wine.score")
INPUTS = "its inputs are `k`, `fold`, `learning_rate`, `seed`"

UNBOUND = [
    ((), {}, "missing inputs `k`, `fold`"),
    ((1,), {}, "missing input `fold`"),
    ((1,), {"flod": 2}, f"missing input `fold`\n  no input `flod` (did you mean `fold`?); {INPUTS}"),
    ((1, 2), {"q": 1, "r": 2}, f"no inputs `q`, `r`; {INPUTS}"),
    ((1, 2), {"k": 3}, "given twice, by position and by name: `k`"),
    ((1, 2, 3.0, 4, 5), {}, "takes 4 inputs, got 5 by position"),
    (("a",), {}, "missing input `fold`\n  `k`: expected int, got str 'a'"),
]


def refusal(call: Callable[[], object], kind: type[Exception]) -> str:
    with pytest.raises(kind) as raised:
        call()
    assert type(raised.value) is kind
    return str(raised.value)


def returning(annotation: Any) -> Signature:
    def task(): ...  # type: ignore[no-untyped-def]

    task.__annotations__["return"] = annotation
    return signature_of(task, "env.task")


@pytest.mark.parametrize(("value", "annotation", "text"), MISFITS, ids=lambda value: str(value)[:30])
def test_a_value_of_the_wrong_type_is_a_type_error(value: Any, annotation: Any, text: str) -> None:
    signature = Signature([("x", spec_of(annotation))], [], {}, "env.task")
    assert refusal(lambda: signature.bind((value,), {}), TypeError) == f"env.task: {text}"


@pytest.mark.parametrize(("value", "annotation", "text"), REFUSED, ids=["number", "in a list", "text"])
def test_a_value_that_cannot_be_written_is_a_value_error(value: Any, annotation: Any, text: str) -> None:
    signature = Signature([("x", spec_of(annotation))], [], {}, "env.task")
    assert refusal(lambda: signature.bind((value,), {}), ValueError) == f"env.task: {text}"


@pytest.mark.parametrize(("args", "kwargs", "text"), UNBOUND)
def test_arguments_that_do_not_fit_are_all_named_at_once(args: Any, kwargs: Any, text: str) -> None:
    assert refusal(lambda: SCORE.bind(args, kwargs), ValueError) == f"wine.score: {text}"


def test_every_value_of_the_wrong_type_is_told() -> None:
    text = refusal(lambda: SCORE.bind(("a",), {"fold": None}), TypeError)
    first, second = text.split("\n  ")
    assert first == "wine.score: `k`: expected int, got str 'a'"
    assert second == "`fold`: expected int, got None; annotate `int | None` if None is meant"


def test_none_is_let_through_where_it_is_the_default() -> None:
    for arguments in ({}, {"seed": None}):
        assert SCORE.decode_inputs(SCORE.bind((1, 2), arguments))["seed"] is None
    assert "`seed`: expected int, got str 'a'" in refusal(lambda: SCORE.bind((1, 2), {"seed": "a"}), TypeError)


def test_a_task_without_inputs_says_so() -> None:
    signature = Signature([], [], {}, "env.task")
    assert refusal(lambda: signature.bind((), {"x": 1}), ValueError) == "env.task: no input `x`; it has none"


def test_what_failed_to_pickle_is_the_cause() -> None:
    signature = Signature([("x", spec_of(Any))], [], {}, "env.task")
    with pytest.raises(TypeError) as raised:
        signature.bind((threading.Lock(),), {})
    assert "cannot pickle" in str(raised.value.__cause__)


def test_a_class_of_the_same_name_is_named_with_its_module() -> None:
    namesake = type("Inner", (), {"__module__": "elsewhere"})
    signature = Signature([("x", spec_of(Inner))], [], {}, "env.task")
    text = refusal(lambda: signature.bind((namesake(),), {}), TypeError)
    assert text == "env.task: `x`: expected Inner, got elsewhere.Inner"


def test_what_a_value_raises_by_itself_is_passed_on() -> None:
    class Locked:
        def __reduce__(self) -> Any:
            raise KeyboardInterrupt

    signature = Signature([("x", spec_of(Any)), ("y", spec_of(int))], [], {}, "env.task")
    with pytest.raises(KeyboardInterrupt):
        signature.bind((Locked(), "a"), {})


def test_a_repr_that_fails_hides_nothing() -> None:
    class Shy:
        def __repr__(self) -> str:
            raise RuntimeError

    signature = Signature([("x", spec_of(int))], [], {}, "env.task")
    assert "expected int, got" in refusal(lambda: signature.bind((Shy(),), {}), TypeError)


def test_a_value_without_a_declared_return_type_asks_for_the_annotation() -> None:
    text = refusal(lambda: returning(None).encode_outputs(5), TypeError)
    assert text == ("env.task: returned int 5, but is declared to return nothing; annotate the return type (`-> int`)")


@pytest.mark.parametrize(
    ("annotation", "value", "text"),
    [
        (int, "a", "`return value`: expected int, got str 'a'"),
        (int, None, "`return value`: expected int, got None; annotate `int | None` if None is meant"),
        (list[int], [1, "a"], "`return value[1]`: expected int, got str 'a'"),
        (tuple[int, str], (1, 2), "`return value[1]`: expected str, got int 2; write '2'"),
        (tuple[int, str], (1,), "`return value`: expected a tuple of 2 (int, str), got tuple (1,)"),
        (tuple[int, str], None, "`return value`: expected a tuple of 2 (int, str), got None"),
    ],
)
def test_a_result_of_the_wrong_type_is_a_type_error(annotation: Any, value: Any, text: str) -> None:
    assert refusal(lambda: returning(annotation).encode_outputs(value), TypeError) == f"env.task: {text}"


def test_an_error_in_an_iterator_of_results_is_passed_on() -> None:
    def results() -> Iterator[int]:
        yield 1
        raise KeyError("third")

    with pytest.raises(KeyError, match="third"):
        returning(list[int]).encode_outputs(results())
