"""How a function's signature becomes a task's inputs and outputs."""

# ruff: noqa: UP007, UP045  (both spellings of unions must work)

import functools
from collections.abc import Callable, Iterator
from typing import Annotated, Any, NamedTuple, NewType, Optional, TypeVar, Union

import pytest

from flyte._core import Signature
from flyte.types.plan import signature_of, spec_of
from flyte.types.unannotated import returns_a_value
from tests.values.records import Inner

Metres = NewType("Metres", float)
Number = TypeVar("Number", bound=int)


class Pair(NamedTuple):
    count: int
    name: str = "q"


def returning(annotation: Any) -> Signature:
    def task(): ...  # type: ignore[no-untyped-def]

    task.__annotations__["return"] = annotation
    return signature_of(task, "env.task")


def test_arguments_are_bound_by_position_and_by_name_and_defaults_fill_the_rest() -> None:
    def task(a: int, b: str = "b", *, c: float = 0.5, d: Optional[int] = None) -> None: ...

    signature = signature_of(task, "env.task")
    full = {"a": 1, "b": "x", "c": 2.0, "d": 3}
    assert signature.decode_inputs(signature.bind((), full)) == full
    assert signature.decode_inputs(signature.bind((1, "x"), {"d": 3, "c": 2.0})) == full
    assert signature.decode_inputs(signature.bind((1, "x", 2.0, 3), {})) == full
    assert signature.decode_inputs(signature.bind((1,), {})) == {"a": 1, "b": "b", "c": 0.5, "d": None}


def test_defaults_fill_what_a_message_leaves_out() -> None:
    def old(a: int) -> None: ...

    def new(a: int, b: str = "b") -> None: ...

    message = signature_of(old, "env.task").bind((1,), {})
    assert signature_of(new, "env.task").decode_inputs(message) == {"a": 1, "b": "b"}
    with pytest.raises(ValueError, match="recorded `a` cannot be read: missing, and without a default"):
        signature_of(new, "env.task").decode_inputs(b"")


def test_inputs_without_an_annotation_take_anything() -> None:
    def task(a, b=None): ...  # type: ignore[no-untyped-def]

    signature = signature_of(task, "env.task")
    assert signature.decode_inputs(signature.bind(({1: {2}},), {})) == {"a": {1: {2}}, "b": None}


def test_results_without_an_annotation_are_whatever_it_returns() -> None:
    def task(x: int):  # type: ignore[no-untyped-def]
        return {x, "any"}, x

    signature = signature_of(task, "env.task")
    assert signature.decode_outputs(signature.encode_outputs(({1, "any"}, 1))) == ({1, "any"}, 1)
    assert signature.decode_outputs(signature.encode_outputs(None)) is None


def ends():  # type: ignore[no-untyped-def]
    ...


def leaves(x):  # type: ignore[no-untyped-def]
    if x:
        return
    return None


def gives(x):  # type: ignore[no-untyped-def]
    if x:
        return None
    return 5


def gives_what_it_got(x):  # type: ignore[no-untyped-def]
    return x


async def gives_later(x):  # type: ignore[no-untyped-def]
    return [x]


async def ends_later(x):  # type: ignore[no-untyped-def]
    def inner():  # type: ignore[no-untyped-def]
        return x

    inner()


def yields():  # type: ignore[no-untyped-def]
    yield 1


@functools.wraps(ends)
def wrapped(*args):  # type: ignore[no-untyped-def]
    return ends()


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (ends, False),
        (leaves, False),
        (ends_later, False),
        (wrapped, False),
        (gives, True),
        (gives_what_it_got, True),
        (gives_later, True),
        (yields, True),
        (lambda x: x, True),
        (len, True),
    ],
)
def test_the_code_says_whether_a_function_returns_anything(function: Callable[..., Any], expected: bool) -> None:
    assert returns_a_value(function) is expected


def test_a_function_that_only_ends_has_no_output() -> None:
    with pytest.raises(TypeError, match="declared to return nothing"):
        signature_of(ends, "env.task").encode_outputs(5)


def test_annotations_given_as_text_are_resolved() -> None:
    class Local:
        pass

    def task(a: "int", b: "list[Inner]", c: "Local") -> "tuple[int, Optional[Inner]]":
        return 1, Local  # type: ignore[return-value]

    signature = signature_of(task, "env.task")
    assert signature.decode_outputs(signature.encode_outputs((1, None))) == (1, None)
    with pytest.raises(TypeError, match="`b`: expected list"):
        signature.bind((1, 2, Local()), {})


def test_an_annotation_that_cannot_be_resolved_says_what_to_do() -> None:
    def task(a: "Nowhere") -> None: ...  # type: ignore[name-defined]  # noqa: F821

    with pytest.raises(
        TypeError, match="name 'Nowhere' is not defined; import or define it where the task is declared"
    ):
        signature_of(task, "env.task")


def test_parameters_that_are_no_inputs_are_refused() -> None:
    def many(*values: int) -> None: ...

    def named(**values: int) -> None: ...

    def positional(a: int, /) -> None: ...

    for function, text in [(many, r"`\*values: int`"), (named, r"`\*\*values: int`"), (positional, "remove the `/`")]:
        with pytest.raises(ValueError, match=text):
            signature_of(function, "env.task")


@pytest.mark.parametrize(
    ("annotation", "plain"),
    [
        (Annotated[int, "metres"], int),
        (Metres, float),
        (Number, int),
        (list[Metres], list[float]),
        (dict[Annotated[str, "name"], int], dict[str, int]),
        (Union[Metres, None], Optional[float]),
    ],
    ids=str,
)
def test_aliases_are_what_they_stand_for(annotation: Any, plain: Any) -> None:
    assert spec_of(annotation) == spec_of(plain)


def test_a_tuple_as_result_is_as_many_outputs() -> None:
    signature = returning(tuple[int, str])
    message = signature.encode_outputs((1, "a"))
    assert signature.preview_outputs(message) == [("o0", "1"), ("o1", "'a'")]
    assert signature.decode_outputs(message) == signature.decode_output_tuple(message) == (1, "a")


@pytest.mark.parametrize(
    ("annotation", "value"),
    [(tuple[int], (1,)), (tuple[int, ...], (1, 2)), (tuple, (1, 2)), (Optional[tuple[int, str]], (1, "a"))],
    ids=str,
)
def test_other_tuples_as_result_are_one_output(annotation: Any, value: Any) -> None:
    signature = returning(annotation)
    message = signature.encode_outputs(value)
    assert [name for name, _ in signature.preview_outputs(message)] == ["o0"]
    assert signature.decode_outputs(message) == value
    assert signature.decode_output_tuple(message) == (value,)


def test_a_named_tuple_as_result_is_as_many_outputs() -> None:
    signature = returning(Pair)
    assert signature.decode_outputs(signature.encode_outputs(Pair(1))) == (1, "q")


def test_no_result_is_no_output() -> None:
    signature = returning(None)
    assert signature.encode_outputs(None) == b""
    assert signature.decode_outputs(b"") is None
    assert signature.decode_output_tuple(b"") == (None,)


def test_a_list_may_be_returned_as_an_iterator() -> None:
    def numbers() -> Iterator[int]:
        yield from range(3)

    for annotation in (list[int], list):
        signature = returning(annotation)
        assert signature.decode_outputs(signature.encode_outputs(numbers())) == [0, 1, 2]
    both = returning(tuple[list[str], int])
    assert both.decode_outputs(both.encode_outputs((map(str, [1]), 2))) == (["1"], 2)


def test_only_results_may_be_iterators() -> None:
    signature = Signature([("x", spec_of(list[int]))], [], {}, "env.task")
    with pytest.raises(TypeError, match=r"expected list\[int\], got"):
        signature.bind((iter([1]),), {})


def test_values_are_shown_in_short() -> None:
    def task(
        n: int, rate: float, name: str, inner: Inner, maybe: Optional[int], anything: Callable[[], None]
    ) -> None: ...

    signature = signature_of(task, "env.task")
    shown = dict(signature.preview_inputs(signature.bind((1, 1e16, "it's" * 50, Inner(1), None, len), {})))
    assert shown.pop("name") == '"' + ("it's" * 50)[:78] + "…"
    assert shown.pop("anything").startswith("<pickle ")
    assert shown == {"n": "1", "rate": "1e+16", "inner": "{'a': 1, 'b': 'z'}", "maybe": "None"}
