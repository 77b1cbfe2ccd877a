"""Content is stored once, read-only, whole, and independent of where it came from."""

import os
import stat
from pathlib import Path

import pytest

from flyte.io.content import ContentFolder, Origin, Stored, origin_in


@pytest.fixture
def store(tmp_path: Path) -> ContentFolder:
    return ContentFolder(tmp_path / "store")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    file = tmp_path / "report.txt"
    file.write_text("first")
    return file


def add(store: ContentFolder, source: Path, *, may_move: bool = False) -> Stored:
    return store.add_file(str(source), source.name, may_move=may_move)


def blobs(store: ContentFolder) -> list[Path]:
    return [path for path in (store.folder / "blobs").rglob("*") if path.is_file()]


def test_later_changes_of_the_source_do_not_change_what_was_stored(store: ContentFolder, source: Path) -> None:
    stored = add(store, source)
    with source.open("r+") as file:
        file.write("LATER")
    assert Path(stored.path).read_text() == "first"


def test_a_stored_file_keeps_its_name(store: ContentFolder, source: Path) -> None:
    assert Path(add(store, source).path).name == "report.txt"


def test_a_source_is_never_linked_to(store: ContentFolder, source: Path) -> None:
    stored = add(store, source)
    assert source.stat().st_ino != os.stat(stored.path).st_ino
    assert source.stat().st_nlink == 1


def test_what_may_be_moved_is_moved_without_a_copy_and_its_path_still_leads_to_it(
    store: ContentFolder, source: Path
) -> None:
    before = source.stat().st_ino
    stored = add(store, source, may_move=True)
    assert os.stat(stored.path).st_ino == before
    assert source.is_symlink()
    assert source.read_text() == "first"


def test_a_file_with_another_name_is_not_moved_since_that_name_may_be_written_to(
    store: ContentFolder, source: Path
) -> None:
    other = source.with_name("other")
    os.link(source, other)
    stored = add(store, source, may_move=True)
    other.write_text("changed")
    assert Path(stored.path).read_text() == "first"


def test_equal_content_is_stored_once_under_all_its_names(store: ContentFolder, source: Path) -> None:
    twin = source.with_name("twin.txt")
    twin.write_text("first")
    one, two = add(store, source), add(store, twin)
    assert one.hash == two.hash
    assert Path(two.path).name == "twin.txt"
    assert len(blobs(store)) == 1
    assert os.stat(one.path).st_ino == os.stat(two.path).st_ino


def test_what_is_stored_cannot_be_written(store: ContentFolder, source: Path) -> None:
    assert stat.S_IMODE(os.stat(add(store, source).path).st_mode) == 0o444


def test_a_program_stays_one(store: ContentFolder, source: Path) -> None:
    source.chmod(0o755)
    assert os.access(add(store, source).path, os.X_OK)


def test_nothing_half_written_is_left_when_the_source_cannot_be_read(store: ContentFolder, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(OSError, match=r"[Dd]irectory"):
        store.add_file(str(folder), "folder", may_move=False)
    assert blobs(store) == []


@pytest.mark.parametrize("name", ["../../escaped", "/escaped", "a/../../../escaped"])
def test_names_cannot_leave_the_store(store: ContentFolder, source: Path, name: str) -> None:
    stored = store.add_file(str(source), name, may_move=False)
    assert Path(stored.path).resolve().is_relative_to(store.folder.resolve())


def test_a_file_that_changed_is_stored_again(store: ContentFolder, source: Path) -> None:
    os.utime(source, (1, 1))
    first = add(store, source)
    source.write_text("other")
    os.utime(source, (1, 1))
    second = add(store, source)
    assert (Path(first.path).read_text(), Path(second.path).read_text()) == ("first", "other")


def test_the_origin_is_that_of_the_first_who_stored_it(store: ContentFolder, source: Path) -> None:
    store.add_file(str(source), "a", may_move=False, origin=Origin("make.0", "/tmp/a"))
    stored = store.add_file(str(source), "b", may_move=False, origin=Origin("make.1", "/tmp/b"))
    assert origin_in(store.folder, stored.path) == Origin("make.0", "/tmp/a")


def test_an_unknown_origin_is_none(store: ContentFolder, source: Path) -> None:
    assert origin_in(store.folder, add(store, source).path) is None
    assert origin_in(store.folder, "/somewhere/else") is None


# --- folders ------------------------------------------------------------------------------------------------------


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "tree"
    (root / "sub").mkdir(parents=True)
    (root / "empty").mkdir()
    (root / "a.txt").write_text("a")
    (root / "sub" / "b.txt").write_text("b")
    return root


def listed(root: str | Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in Path(root).rglob("*"))


def test_a_folder_is_stored_with_everything_in_it(store: ContentFolder, tree: Path) -> None:
    stored = store.add_tree(str(tree), "tree", may_move=False)
    assert listed(stored.path) == ["a.txt", "empty", "sub", "sub/b.txt"]
    assert listed(tree) == listed(stored.path)


def test_a_folder_that_is_moved_leaves_a_link(store: ContentFolder, tree: Path) -> None:
    inode = (tree / "a.txt").stat().st_ino
    stored = store.add_tree(str(tree), "tree", may_move=True)
    assert (Path(stored.path) / "a.txt").stat().st_ino == inode
    assert tree.is_symlink()
    assert (tree / "sub" / "b.txt").read_text() == "b"


def test_equal_folders_are_stored_once(store: ContentFolder, tree: Path, tmp_path: Path) -> None:
    import shutil

    twin = shutil.copytree(tree, tmp_path / "twin" / "tree")
    one = store.add_tree(str(tree), "tree", may_move=False)
    assert store.add_tree(str(twin), "tree", may_move=False) == one
    assert len(blobs(store)) == 2


@pytest.mark.parametrize("change", ["content", "name", "more", "empty folder"])
def test_folders_that_differ_have_different_hashes(store: ContentFolder, tree: Path, change: str) -> None:
    before = store.add_tree(str(tree), "tree", may_move=False)
    if change == "content":
        (tree / "a.txt").write_text("A")
    elif change == "name":
        (tree / "a.txt").rename(tree / "c.txt")
    elif change == "more":
        (tree / "c.txt").write_text("")
    else:
        (tree / "empty").rmdir()
    assert store.add_tree(str(tree), "tree", may_move=False).hash != before.hash


def test_links_in_a_folder_are_followed_but_not_in_circles(store: ContentFolder, tree: Path) -> None:
    (tree / "sub" / "up").symlink_to(tree)
    (tree / "link.txt").symlink_to(tree / "a.txt")
    stored = store.add_tree(str(tree), "tree", may_move=False)
    assert (Path(stored.path) / "link.txt").read_text() == "a"
    assert not (Path(stored.path) / "link.txt").is_symlink()


def test_the_fingerprint_is_that_of_the_content(store: ContentFolder, source: Path) -> None:
    from flyte._core import fingerprint

    assert fingerprint(source).startswith(add(store, source).hash)
