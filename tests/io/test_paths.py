"""Paths and URIs as text."""

import pytest

from flyte.io import paths


@pytest.mark.parametrize(
    ("parts", "joined"),
    [
        (("s3://bucket", "x"), "s3://bucket/x"),
        (("s3://bucket/", "x"), "s3://bucket/x"),
        (("s3://bucket/a", "/y"), "s3://bucket/a/y"),
        (("s3://bucket", "a", "b/", "/c"), "s3://bucket/a/b/c"),
        (("s3://bucket/a", "gs://other/b"), "gs://other/b"),
        (("a", "b", "c"), "a/b/c"),
        (("a/", "b"), "a/b"),
        (("a", "/b"), "/b"),
        ((), ""),
    ],
)
def test_join_never_loses_a_bucket(parts: tuple[str, ...], joined: str) -> None:
    assert paths.join(*parts) == joined


@pytest.mark.parametrize(
    ("path", "remote"),
    [
        ("s3://b/x", True),
        ("http://host/x", True),
        ("memory://x", True),
        ("file:///a", False),
        ("/a", False),
        ("a", False),
        ("C:\\x", False),
        ("C://x", False),
    ],
)
def test_only_uris_of_other_places_are_remote(path: str, remote: bool) -> None:
    assert paths.is_remote(path) is remote


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("s3://b/x/y.csv", "y.csv"),
        ("s3://b/x/", "x"),
        ("s3://b", "b"),
        ("/a/b.txt", "b.txt"),
        ("/a/b/", "b"),
        (".", ""),
    ],
)
def test_the_name_is_the_last_part(path: str, name: str) -> None:
    assert paths.last_part(path) == name


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        ("a/./b//c", "a/b/c"),
        ("..\\..\\x", "x"),
        ("..", "data"),
        ("", "data"),
        ("s3://bucket/../x", "bucket/x"),
        ("plain name.txt", "plain name.txt"),
    ],
)
def test_names_stay_inside_the_folder_they_are_put_in(name: str, kept: str) -> None:
    assert paths.inside(name) == kept


@pytest.mark.parametrize("name", ["../x", "/x", "a/../../x", "a\\..\\x"])
def test_a_name_that_leads_out_of_a_folder_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="leads out of"):
        paths.below("/folder", name)


def test_a_name_with_a_nul_is_refused() -> None:
    with pytest.raises(ValueError, match="NUL"):
        paths.inside("a\0b")
