"""One value of a YAML text changes, and nothing else."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from flyte_cli.settings.yaml_text import Unchangeable, with_value, without

ENDPOINT = [("admin", "endpoint"), ("endpoint",)]
TEXT = """\
# ours
admin:
  endpoint: dns:///a   # the staging one
  # secure it later
  insecure: true

task: {project: p, domain: d}  # flow
"""


@pytest.mark.parametrize(
    ("text", "places", "value", "after"),
    [
        (TEXT, ENDPOINT, "dns:///b", TEXT.replace("dns:///a ", "dns:///b ")),
        (TEXT, [("admin", "insecure")], False, TEXT.replace("true", "false")),
        (TEXT, [("admin", "authType")], "Pkce", TEXT.replace("true\n", "true\n  authType: Pkce\n")),
        (TEXT, [("task", "project")], "on", TEXT.replace("project: p", "project: 'on'")),
        (TEXT, [("task", "org")], "o", TEXT.replace("d}", "d, org: o}")),
        (TEXT, [("image", "builder")], "local", TEXT + "image:\n  builder: local\n"),
        ("", ENDPOINT, "e", "admin:\n  endpoint: e\n"),
        ("# only this", ENDPOINT, "e", "# only this\nadmin:\n  endpoint: e\n"),
        ("endpoint: a", ENDPOINT, "b", "endpoint: b"),
        ("a: 1", ENDPOINT, "b", "a: 1\nadmin:\n  endpoint: b\n"),
        ("{}", ENDPOINT, "b", "{admin: {endpoint: b}}"),
        ("admin:\n", ENDPOINT, "b", "admin:\n  endpoint: b\n"),
        ("admin:  # later\nx: 1\n", ENDPOINT, "b", "admin:  # later\n  endpoint: b\nx: 1\n"),
        ("admin:\n  endpoint:\n  x: 1\n", ENDPOINT, "b", "admin:\n  endpoint: b\n  x: 1\n"),
        ("admin:\n  Endpoint: |\n    a\n\nx: 1\n", ENDPOINT, "b", "admin:\n  Endpoint: b\n\nx: 1\n"),
        ("image:\n  image_refs:\n    a: b\n  # c\nx: 1\n", [("image", "image_refs")], {"c": "d"},
         "image:\n  image_refs: {c: d}\n  # c\nx: 1\n"),
        ("admin:\n  scopes:\n  - a\n  - b\nx: 1\n", [("admin", "scopes")], ("c",),
         "admin:\n  scopes: [c]\nx: 1\n"),
        ("profiles:\n  a:\n    x: 1\ny: 1\n", [("profiles", "b", "task", "org")], "o",
         "profiles:\n  a:\n    x: 1\n  b:\n    task:\n      org: o\ny: 1\n"),
    ],
)  # fmt: skip
def test_a_value_is_set(text: str, places: list[tuple[str, ...]], value: object, after: str) -> None:
    assert with_value(text, places, value) == after


@pytest.mark.parametrize(
    ("text", "places", "after"),
    [
        (TEXT, ENDPOINT, TEXT.replace("  endpoint: dns:///a   # the staging one\n", "")),
        (TEXT, [("task", "project")], TEXT.replace("project: p, ", "")),
        (TEXT, [("task", "domain")], TEXT.replace(", domain: d", "")),
        ("admin:\n  endpoint: e\nx: 1\n", ENDPOINT, "x: 1\n"),
        ("admin: {endpoint: e}\nendpoint: f\nx: 1", ENDPOINT, "x: 1"),
        ("x: 1\nendpoint: f", ENDPOINT, "x: 1\n"),
        (TEXT, [("task", "org")], None),
        ("", ENDPOINT, None),
    ],
)
def test_a_value_is_removed(text: str, places: list[tuple[str, ...]], after: str | None) -> None:
    assert without(text, places) == after


@pytest.mark.parametrize(
    "text", ["- 1\n", "admin: x\n", "a: &here {endpoint: b}\nadmin: *here\n"], ids=["list", "text", "alias"]
)
def test_a_text_that_cannot_be_changed_alone_is_refused(text: str) -> None:
    with pytest.raises(Unchangeable):
        with_value(text, ENDPOINT, "c")


NAMES = st.sampled_from(["admin", "task", "endpoint", "org", "x"])
TEXTS = st.text(st.sampled_from("ab:#-'\" {}[],\n7"), min_size=1, max_size=8)
DOCUMENTS = st.dictionaries(NAMES, st.one_of(TEXTS, st.booleans(), st.dictionaries(NAMES, TEXTS)))


@given(DOCUMENTS, st.tuples(NAMES, NAMES), TEXTS, st.sampled_from([None, True, False]))
def test_any_document_is_changed_in_one_place_or_refused(
    document: dict[str, object], path: tuple[str, str], value: str, flow: bool | None
) -> None:
    text = yaml.safe_dump(document, default_flow_style=flow)
    try:
        after = yaml.safe_load(with_value(text, [path], value))
    except Unchangeable:
        assert not isinstance(document.get(path[0], {}), dict)
        return
    section = document.get(path[0], {})
    assert isinstance(section, dict)
    assert after == document | {path[0]: section | {path[1]: value}}
    gone = without(text, [path])
    assert (gone is None) == (path[1] not in section)
