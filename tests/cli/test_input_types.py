"""Every type has its spellings on the command line, and says what is wrong with others. Pure."""

# ruff: noqa: UP007, UP045, E501  (both spellings of unions are inputs here; tables are easier to read in long lines)

from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, NewType, Optional, Union
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from flyte_cli.errors import WrongInputs
from tests.cli.input_types import (
    NOW,
    Cfg,
    Colour,
    Level,
    Model,
    Movie,
    Nested,
    Numbers,
    Optimizer,
    Partly,
    Point,
    around,
    given,
    of,
)

Age = NewType("Age", int)
ID = "7a5ab2e5-6c4e-4c0e-9c5b-1f2d3e4a5b6c"
UTC = timezone.utc
OSLO = ZoneInfo("Europe/Oslo")


def refused(hint: Any, *words: str, **settings: Any) -> str:
    with pytest.raises(WrongInputs) as caught:
        given(of(hint), *words, **settings)
    ((option, message),) = caught.value.details
    assert option == "--x"
    return message


@pytest.mark.parametrize(
    ("hint", "text", "value"),
    [
        (datetime, "2025-01-31", datetime(2025, 1, 31)),
        (datetime, "2025-01-31T09:05:07", datetime(2025, 1, 31, 9, 5, 7)),
        (datetime, "2025-01-31 09:05:07", datetime(2025, 1, 31, 9, 5, 7)),
        (datetime, "2025-01-31T09:05:07.25", datetime(2025, 1, 31, 9, 5, 7, 250000)),
        (datetime, "2025-01-31T09:05Z", datetime(2025, 1, 31, 9, 5, tzinfo=UTC)),
        (datetime, "2025-01-31T09:05-0330", datetime(2025, 1, 31, 9, 5, tzinfo=timezone(-timedelta(hours=3.5)))),
        (datetime, "2025-01-31 09:05 Europe/Oslo", datetime(2025, 1, 31, 9, 5, tzinfo=OSLO)),
        (datetime, "now", NOW),
        (datetime, "today", datetime(2025, 3, 1)),
        (datetime, "tomorrow", datetime(2025, 3, 2)),
        (datetime, "now - 1 day", NOW - timedelta(days=1)),
        (datetime, "now-1d", NOW - timedelta(days=1)),
        (datetime, "today + 9h30m - 1 minute", datetime(2025, 3, 1, 9, 29)),
        (datetime, "2025-03-01 - 1 day", datetime(2025, 2, 28)),
        (datetime, "2025-03-01T10:00Z + PT90S", datetime(2025, 3, 1, 10, 1, 30, tzinfo=UTC)),
        (date, "2025-01-31", date(2025, 1, 31)),
        (date, "2025-01-31T09:00", date(2025, 1, 31)),
        (date, "today - 1 week", date(2025, 2, 22)),
        (time, "9:30", time(9, 30)),
        (time, "09:30:15.5", time(9, 30, 15, 500000)),
        (time, "09:30+02:00", time(9, 30, tzinfo=timezone(timedelta(hours=2)))),
        (timedelta, "90s", timedelta(seconds=90)),
        (timedelta, "1h30m", timedelta(minutes=90)),
        (timedelta, "1h 30m", timedelta(minutes=90)),
        (timedelta, "1.5h", timedelta(minutes=90)),
        (timedelta, "250ms", timedelta(milliseconds=250)),
        (timedelta, "10 days", timedelta(days=10)),
        (timedelta, "1 day and 2 hours", timedelta(hours=26)),
        (timedelta, "1:24", timedelta(seconds=84)),
        (timedelta, ":22", timedelta(seconds=22)),
        (timedelta, "1:02:03", timedelta(hours=1, minutes=2, seconds=3)),
        (timedelta, "-1 day, 23:59:59", timedelta(seconds=-1)),
        (timedelta, "P1DT2H", timedelta(hours=26)),
        (timedelta, "pt0.5s", timedelta(milliseconds=500)),
        (timedelta, "-90s", timedelta(seconds=-90)),
        (timedelta, "90", timedelta(seconds=90)),
        (Decimal, "1.50", Decimal("1.50")),
        (UUID, ID, UUID(ID)),
        (Path, "a/b", Path("a/b")),
        (complex, "1+2j", 1 + 2j),
        (range, "10", range(10)),
        (range, "0:10:2", range(0, 10, 2)),
        (range, "range(5, 1, -1)", range(5, 1, -1)),
        (bytes, "é", "é".encode()),
        (bytes, "base64:AAH/", b"\x00\x01\xff"),
        (Colour, "red", Colour.RED),
        (Colour, "R", Colour.RED),
        (Colour, "2", Colour.BLUE),
        (Level, "high", Level.HIGH),
        (Level, "1", Level.LOW),
        (Literal["Fast", 3, None, True], "fast", "Fast"),
        (Literal["Fast", 3, None, True], "3", 3),
        (Literal["Fast", 3, None, True], "none", None),
        (Literal["Fast", 3, None, True], "true", True),
        (Literal["a", "A"], "A", "A"),
        (Optional[bool], "none", None),
        (Optional[str], "none", None),
        (Optional[str], "nothing", "nothing"),
        (Optional[date], "2025-01-31", date(2025, 1, 31)),
        (Union[str, int, None], "5", 5),
        (Union[bytes, int], "5", 5),
        (Union[int, list[int]], "5", 5),
        (Union[int, list[int]], "[5]", [5]),
        (Union[int, Cfg], '{"lr": 2}', Cfg(lr=2.0)),
        (Annotated[int, "anything"], "5", 5),
        (list[Annotated[int, "anything"]], "[5]", [5]),
        (Age, "5", 5),
        (list, "[1, 2]", [1, 2]),
        (dict, '{"a": [1]}', {"a": [1]}),
        (dict[str, list[int]], '{"a": [1]}', {"a": [1]}),
        (dict[Colour, int], '{"red": 1}', {Colour.RED: 1}),
        (dict[date, int], '{"2025-01-31": 1}', {date(2025, 1, 31): 1}),
        (dict[tuple[int, int], str], '{"[1, 2]": "a"}', {(1, 2): "a"}),
        (frozenset[str], '["a", "a"]', frozenset({"a"})),
        (tuple, '[1, "a"]', (1, "a")),
        (tuple[()], "[]", ()),
        (tuple[int, date], '[1, "2025-01-31"]', (1, date(2025, 1, 31))),
        (list[timedelta], '["90s", 5]', [timedelta(seconds=90), timedelta(seconds=5)]),
        (list[Decimal], '["1.10", 2]', [Decimal("1.10"), Decimal(2)]),
        (list[range], '[[0, 4], "3"]', [range(4), range(3)]),
        (Point, '{"x": 1}', Point(1)),
        (Point, "[1, 2]", Point(1, 2)),
        (Movie, '{"title": "Alien", "year": 1979}', {"title": "Alien", "year": 1979}),
        (Partly, "{}", {}),
        (Model, '{"name": "a", "when": "2025-01-31T09:00:00Z"}', Model(name="a", when=datetime(2025, 1, 31, 9, tzinfo=UTC))),
        (Model, '{"name": "a", "inner": {"kind": "sgd"}}', Model(name="a", inner=Optimizer("sgd"))),
        (Nested, '{"models": [{"name": "a"}]}', Nested(models=[Model(name="a")])),
        (Numbers, "[1, 2]", Numbers([1, 2])),
        (Cfg, '{"since": "today"}', Cfg(since=date(2025, 3, 1))),
    ],
    ids=repr,
)  # fmt: skip
def test_each_type_has_its_spellings(hint: Any, text: str, value: Any) -> None:
    got = given(of(hint), f"--x={text}")
    assert got == {"x": value}
    assert type(got["x"]) is type(value)


def test_a_zone_is_kept_and_not_only_the_instant() -> None:
    assert given(of(datetime), "--x", "2025-01-31T09:05-03:30")["x"].utcoffset() == -timedelta(hours=3.5)
    assert given(of(datetime), "--x", "2025-07-31 09:05 Europe/Oslo")["x"].tzinfo == OSLO


@pytest.mark.parametrize(
    ("hint", "words", "value"),
    [
        (deque[int], ["--x", "1", "--x", "2"], deque([1, 2])),
        (deque[Level], ["--x", '["HIGH"]'], deque([Level.HIGH])),
        (OrderedDict[str, int], ["--x", '{"b": 1, "a": 2}'], OrderedDict(b=1, a=2)),
        (defaultdict[str, list[int]], ["--x", '{"a": [1]}'], defaultdict(list, a=[1])),
        (Counter[str], ["--x", '{"a": 2}'], Counter("aa")),
        (Sequence[float], ["--x", "1", "--x", "2.5"], [1.0, 2.5]),
        (Iterable[int], ["--x", "[1]"], [1]),
        (AbstractSet[int], ["--x", "[1, 1]"], {1}),
        (Mapping[int, str], ["--x", '{"1": "a"}'], {1: "a"}),
    ],
    ids=str,
)
def test_containers_beside_the_built_in_ones_are_written_as_those(hint: Any, words: list[str], value: Any) -> None:
    given_value = given(of(hint), *words)["x"]
    assert (type(given_value), given_value) == (type(value), value)
    assert getattr(given_value, "default_factory", None) is getattr(value, "default_factory", None)


@pytest.mark.parametrize(
    ("hint", "words", "value"),
    [
        (Point, ["--x.x", "1", "--x.y", "2"], Point(1, 2)),
        (Movie, ["--x.title", "Alien", "--x.year", "1979"], {"title": "Alien", "year": 1979}),
        (Model, ["--x.name", "a", "--x.size", "4"], Model(name="a", size=4)),
        (Model, ["--x.name", "a", "--x.inner.kind", "sgd"], Model(name="a", inner=Optimizer("sgd"))),
        (Model, ["--x", '{"name": "a", "size": 1}', "--x.size=9"], Model(name="a", size=9)),
        (Nested, ["--x.best.name", "a"], Nested(best=Model(name="a"))),
        (Cfg, ["--x.since", "today"], Cfg(since=date(2025, 3, 1))),
        (Cfg, ["--x.options.a", "1", "--x.options.b", "2"], Cfg(options={"a": 1, "b": 2})),
        (Cfg, ["--x.debug"], Cfg(debug=True)),
        (Cfg, ["--x.debug", "--x.lr", "1"], Cfg(debug=True, lr=1.0)),
        (Cfg, ["--x", '{"debug": true}', "--no-x.debug"], Cfg(debug=False)),
        (dict[str, Cfg], ["--x.a.lr", "1", "--x.b.lr", "2"], {"a": Cfg(lr=1.0), "b": Cfg(lr=2.0)}),
        (dict[str, list[int]], ["--x.a", "1", "--x.a", "2"], {"a": [1, 2]}),
        (list[datetime], ["--x", "today", "--x", "now"], [datetime(2025, 3, 1), NOW]),
        (Optional[bool], ["--x"], True),
        (Optional[bool], ["--no-x"], False),
        (list[str], ["--x", "[]"], []),
    ],
    ids=repr,
)
def test_fields_and_flags_and_repetition(hint: Any, words: list[str], value: Any) -> None:
    assert given(of(hint), *words) == {"x": value}


@pytest.mark.parametrize(
    ("default", "words", "value"),
    [
        (Cfg(lr=1.0, epochs=9), ["--x", '{"lr": 2}'], Cfg(lr=2.0, epochs=9)),
        (Cfg(optimizer=Optimizer("sgd", 0.5)), ["--x.optimizer.kind", "adam"], Cfg(optimizer=Optimizer("adam", 0.5))),
        (Point(1, 2), ["--x.y", "3"], Point(1, 3)),
        (Model(name="a", size=4), ["--x", '{"size": 5}'], Model(name="a", size=5)),
        ({"a": 1}, ["--x", '{"b": 2}'], {"a": 1, "b": 2}),
        ({"a": 1}, ["--x.b", "2"], {"a": 1, "b": 2}),
        ([1], ["--x", "2"], [2]),
    ],
    ids=repr,
)
def test_what_is_given_of_a_record_is_laid_over_the_default(default: Any, words: list[str], value: Any) -> None:
    hint = {dict: dict[str, int], list: list[int]}.get(type(default), type(default))
    before = repr(default)
    assert given(of(hint, default), *words) == {"x": value}
    assert repr(default) == before


@pytest.mark.parametrize(
    ("hint", "text", "message"),
    [
        (datetime, "2025-02-30", "no date or time: `2025-02-30`: day is out of range for month"),
        (datetime, "soon", "no date or time: `soon`; write it like 2025-01-31T09:00, now, or now - 1 day"),
        (datetime, "now - 5", "no date or time: `now - 5`; write it like 2025-01-31T09:00, now, or now - 1 day"),
        (datetime, "now + 9999999 days", "`now + 9999999 days` is before the year 1 or after 9999"),
        (datetime, "2025-01-31 09:00 Europe/Olso", "no date or time: `2025-01-31 09:00 Europe/Olso`: no time zone `Europe/Olso`"),
        (time, "25:00", "no time of day: `25:00`: hour must be in 0..23"),
        (timedelta, "P1M", "no length of time: `P1M`; write it like 90s, 1h30m, 1:24 or P1DT2H; months and years have no fixed length"),
        (timedelta, "5 parsecs", "no length of time: `5 parsecs`; write it like 90s, 1h30m, 1:24 or P1DT2H"),
        (timedelta, "9999999999 days", "too long a time: `9999999999 days`"),
        (Decimal, "1,5", "a decimal number is needed, got `1,5`"),
        (UUID, "7a", "a UUID is needed, got `7a`"),
        (complex, "one", "a complex number like `1+2j` is needed, got `one`"),
        (range, "a:b", "a range like `10`, `0:10` or `0:10:2` is needed, got `a:b`"),
        (range, "0:1:0", "no range: range() arg 3 must not be zero"),
        (bytes, "base64:%", "not base64: Only base64 data is allowed"),
        (bytes, "@nosuch", "no file `nosuch`"),
        (Literal["a", "A"], "Á", "`Á` is not one of a, A"),
        (Literal["aa", "aA"], "AA", "`AA` is not one of aa, aA; several differ only in case"),
        (Colour, "gren", "`gren` is not one of RED, BLUE"),
        (Colour, "blu", "`blu` is not one of RED, BLUE; did you mean `BLUE`?"),
        (set[list[int]], "[[1]]", "cannot be in a set: unhashable type: 'list'"),
        (list[Cfg], '[{}, {"layers": [1, "a"]}]', "at `[1].layers[1]`: an int is needed, got `\"a\"`"),
        (dict[str, Cfg], '{"a": {"lr": "x"}}', 'at `a.lr`: a number is needed, got `"x"`'),
        (list[datetime], "[true]", "at `[0]`: a datetime is needed, got `true`"),
        (list[datetime], "[5]", "at `[0]`: no date or time: `5`; write it like 2025-01-31T09:00, now, or now - 1 day"),
        (Point, "[1, 2, 3]", "2 values are needed, got 3"),
        (Point, '{"z": 1}', "no field `z` in Point, its fields: x, y"),
        (Movie, '{"title": "Alien"}', "Movie needs `year`"),
        (Movie, '{"title": "Alien", "yaer": 1}', "no field `yaer` in Movie, did you mean `year`?"),
        (Model, "{}", "Model needs `name`"),
        (Model, '{"nmae": "a"}', "no field `nmae` in Model, did you mean `name`?"),
        (Nested, '{"models": [{"nmae": "a"}]}', "no field `nmae` in Model, did you mean `name`?"),
        (Model, '{"name": "a", "size": -1}', "Model refuses: `size`: Input should be greater than or equal to 0"),
        (int, "9" * 5000, f"an int is needed, got `{'9' * 57}...`"),
        (list[int], "[" * 100_000, "nested too deeply"),
        (dict[str, int], "cfg.yaml", "no file `cfg.yaml`"),
    ],
    ids=lambda each: repr(each)[:60],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_the_reason(hint: Any, text: str, message: str) -> None:
    assert refused(hint, f"--x={text}") == message


def test_a_file_can_stand_for_a_value(tmp_path: Path) -> None:
    (tmp_path / "cfg.yaml").write_text("lr: 1e-3\nsince: 2025-01-31\nlayers: [1]\n")
    (tmp_path / "cfg.json").write_text('{"epochs": 5}')
    (tmp_path / "cfg.toml").write_text("lr = 2\nsince = 2025-01-31\n[optimizer]\nkind = 'sgd'\n")
    (tmp_path / "numbers.json").write_text("[1, 2]")
    (tmp_path / "texts.json").write_text('["a", "b"]')
    (tmp_path / "odd").write_text('{"epochs": 6}')
    (tmp_path / "raw").write_bytes(b"\x00\xff")
    here = around(tmp_path)
    assert given(of(Cfg), "--x", "cfg.yaml", where=here) == {"x": Cfg(lr=0.001, since=date(2025, 1, 31), layers=[1])}
    assert given(of(Cfg), "--x", "cfg.json", "--x.lr", "2", where=here) == {"x": Cfg(lr=2.0, epochs=5)}
    assert given(of(Cfg), "--x", "cfg.toml", where=here) == {
        "x": Cfg(lr=2.0, since=date(2025, 1, 31), optimizer=Optimizer("sgd"))
    }
    assert given(of(Cfg), "--x", "@odd", where=here) == {"x": Cfg(epochs=6)}
    assert given(of(list[int]), "--x", "numbers.json", where=here) == {"x": [1, 2]}
    assert given(of(list[int]), "--x", "@numbers.json", where=here) == {"x": [1, 2]}
    assert given(of(tuple[int, int]), "--x", "numbers.json", where=here) == {"x": (1, 2)}
    assert given(of(dict[str, int]), "--x", "odd.json", "--x", "@odd", where=here) == {"x": {"epochs": 6}}
    assert given(of(bytes), "--x", "@raw", where=here) == {"x": b"\x00\xff"}


def test_the_name_of_a_file_is_a_text_unless_a_list_of_texts_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "texts.json").write_text('["a", "b"]')
    (tmp_path / "cfg.json").write_text("{}")
    here = around(tmp_path)
    assert given(of(list[str]), "--x", "texts.json", where=here) == {"x": ["a", "b"]}
    assert given(of(list[str]), "--x", "cfg.json", where=here) == {"x": ["cfg.json"]}
    assert given(of(list[str]), "--x", "nosuch.json", where=here) == {"x": ["nosuch.json"]}
    assert given(of(list[Path]), "--x", "texts.json", where=here) == {"x": [Path("texts.json")]}
    assert given(of(list[str]), "--x", "@ada", where=here) == {"x": ["@ada"]}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("cfg.json", "{", "`cfg.json` is not JSON: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
        ("cfg.toml", "lr", "`cfg.toml` is not TOML: Expected '=' after a key in a key/value pair (at end of document)"),
        ("cfg.json", b"\xff", "`cfg.json` is not text: 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"),
        ("cfg.yaml", "- 1", "a JSON object is needed for Cfg, got `[1]`"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str, content: Any, message: str) -> None:
    (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    assert refused(Cfg, "--x", name, where=around(tmp_path)) == message


def test_a_broken_yaml_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "cfg.yaml").write_text("a: [1\nb: 2021-99-99\n")
    assert refused(Cfg, "--x", "cfg.yaml", where=around(tmp_path)).startswith("`cfg.yaml` is not YAML: while parsing")


def test_the_near_miss_of_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "cfg.yaml").write_text("")
    assert refused(Cfg, "--x", "cfgg.yaml", where=around(tmp_path)) == "no file `cfgg.yaml`, did you mean `cfg.yaml`?"


@pytest.mark.parametrize(
    ("hint", "stdin", "value"),
    [
        (str, b"a\nb\n", "a\nb"),
        (int, b"5\n", 5),
        (bytes, b"@\xff\n", b"@\xff\n"),
        (list[int], b"[1, 2]\n", [1, 2]),
        (list[int], b"- 1\n- 2\n", [1, 2]),
        (Cfg, b"lr: 2\n", Cfg(lr=2.0)),
        (dict[str, int], b'{"a": 1}', {"a": 1}),
        (Optional[int], b"none", None),
    ],
    ids=repr,
)
def test_a_dash_reads_standard_input(hint: Any, stdin: bytes, value: Any) -> None:
    assert given(of(hint), "--x", "-", where=around(stdin=stdin)) == {"x": value}


def test_only_one_input_has_standard_input() -> None:
    def task(x: int, y: int) -> None: ...

    from flyte_cli.inputs.interface import interface_of

    with pytest.raises(WrongInputs) as caught:
        given(interface_of(task, "task"), "--x", "-", "--y", "-", where=around(stdin=b"5"))
    assert caught.value.details == (("--y", "standard input went to --x already"),)


def test_an_attribute_of_a_module_can_stand_for_any_object() -> None:
    assert given(of(object), "--x", "math:pi")["x"] == __import__("math").pi
    assert refused(Exception, "--x", "math:pie") == "cannot get `math:pie`: module 'math' has no attribute 'pie'"
    assert refused(Exception, "--x", "math:pi") == "`math:pi` is a float, not a Exception"
