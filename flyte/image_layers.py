"""What images are put together from: one value for each `with_...` of an image. They are hashed here, not built."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from flyte.image_content import Digest, files_of, found


@dataclass(frozen=True)
class Layer:
    """One step of an image. Two layers that put the same into an image are equal in `digest`."""

    def digest(self, into: Digest) -> None:
        """Take what the layer puts into the image into a hash; raises FileNotFoundError for files that are not there.

        A path counts by what is in it, and a secret not at all: it opens doors, and stays outside.
        """
        into.part("layer", type(self).__name__)
        for each in fields(self):
            value = getattr(self, each.name)
            if each.name == "secret_mounts" or value is None:
                continue
            if isinstance(value, Path):
                _digest_path(into, each.name, value)
            elif isinstance(value, tuple) and value and all(isinstance(item, Path) for item in value):
                for path in value:
                    into.part("name", path.name)
                    _digest_path(into, each.name, path)
            else:
                into.part(each.name, repr(value))

    def paths(self) -> tuple[Path, ...]:
        """The files and folders the layer reads."""
        values = (getattr(self, each.name) for each in fields(self))
        listed = [value if isinstance(value, tuple) else (value,) for value in values]
        return tuple(path for value in listed for path in value if isinstance(path, Path))


@dataclass(frozen=True)
class PipOptions(Layer):
    """How packages are fetched: what all layers that run pip, or uv, take."""

    index_url: str | None = field(default=None, kw_only=True)
    extra_index_urls: tuple[str, ...] = field(default=(), kw_only=True)
    pre: bool = field(default=False, kw_only=True)
    extra_args: str | None = field(default=None, kw_only=True)
    secret_mounts: Any = field(default=None, kw_only=True, compare=False)


@dataclass(frozen=True)
class PipPackages(PipOptions):
    """Python packages, as pip takes them."""

    packages: tuple[str, ...]


@dataclass(frozen=True)
class Requirements(PipOptions):
    """The packages a requirements file lists."""

    file: Path


@dataclass(frozen=True)
class Project(PipOptions):
    """A project with a manifest and a lock file; all of its folder counts when it is installed itself."""

    project_install_mode: str = field(default="dependencies_only", kw_only=True)

    def digest(self, into: Digest) -> None:
        """Take in the manifest and the lock file, and the sources where they go into the image."""
        super().digest(into)
        if self.project_install_mode == "install_project":
            into.folder("project", self.paths()[0].parent)


@dataclass(frozen=True)
class UVProject(Project):
    """The dependencies of a project that uv manages, and the project itself when it is to be installed."""

    pyproject_file: Path
    uvlock: Path


@dataclass(frozen=True)
class PoetryProject(Project):
    """The dependencies of a project that poetry manages, and the project itself when it is to be installed."""

    pyproject_file: Path
    poetry_lock: Path


@dataclass(frozen=True)
class PixiProject(Project):
    """The dependencies of a project that pixi manages, and the project itself when it is to be installed."""

    manifest_file: Path
    pixi_lock: Path
    environment: str = "default"


@dataclass(frozen=True)
class UVScript(PipOptions):
    """The dependencies that the head of a script declares, read by uv."""

    script: Path


@dataclass(frozen=True)
class PixiScript(PipOptions):
    """The dependencies that the head of a script declares, read by pixi."""

    script: Path
    environment: str = "default"


@dataclass(frozen=True)
class AptPackages(Layer):
    """Debian packages."""

    packages: tuple[str, ...]
    secret_mounts: Any = field(default=None, compare=False)


@dataclass(frozen=True)
class Commands(Layer):
    """Commands for a shell, one after the other."""

    commands: tuple[str, ...]
    secret_mounts: Any = field(default=None, compare=False)


@dataclass(frozen=True)
class Env(Layer):
    """Environment variables, in the order of their names."""

    env_vars: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class WorkDir(Layer):
    """The folder that commands and tasks start in."""

    workdir: str


@dataclass(frozen=True)
class SourceFiles(Layer):
    """Files copied into a folder of the image."""

    files: tuple[Path, ...]
    destination: str = "."


@dataclass(frozen=True)
class SourceFolder(Layer):
    """A folder copied into one of the image: itself, or only what is in it."""

    folder: Path
    destination: str = "."
    contents_only: bool = False


@dataclass(frozen=True)
class DockerIgnore(Layer):
    """A file that says what is left out of copied folders."""

    file: Path


def _digest_path(into: Digest, name: str, path: Path) -> None:
    if path.is_dir():
        into.folder(name, path)
    else:
        into.file(name, path)


def check_paths(layers: tuple[Layer, ...]) -> list[str]:
    """Say for each file or folder the layers read whether something is wrong with it."""
    problems = []
    for path in (path for layer in layers for path in layer.paths()):
        try:
            if path.is_dir():
                next(files_of(path), None)
            else:
                found(path)
        except OSError as error:
            problems.append(str(error))
    return problems
