"""`flyte.Image`: what a task's container holds, as a value that is named by its content.

It only declares: it starts no docker and asks no registry. Building is somebody else's business.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import InitVar, dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypeAlias

from flyte.errors import ImageBuildError
from flyte.image_content import Digest, needs_context
from flyte.image_layers import (
    AptPackages,
    Commands,
    DockerIgnore,
    Env,
    Layer,
    PipPackages,
    PixiProject,
    PixiScript,
    PoetryProject,
    Requirements,
    SourceFiles,
    SourceFolder,
    UVProject,
    UVScript,
    WorkDir,
    check_paths,
)

Architecture: TypeAlias = Literal["linux/amd64", "linux/arm64"]
InstallMode: TypeAlias = Literal["dependencies_only", "install_project"]
Texts: TypeAlias = str | Iterable[str]

_PLATFORMS = ("linux/amd64", "linux/arm64")
_INSTALL_MODES = ("dependencies_only", "install_project")
_PUBLISHED = "ghcr.io/flyteorg/flyte"
_NAME = "flyte"
_MAKER = object()  # what the constructors show, so that nobody else can


@dataclass(frozen=True)
class Image:
    """A container image: something to start from, and layers on top. Every `with_...` gives a new one.

    Made by `Image.from_debian_base()`, `.from_base(uri)`, `.from_dockerfile(...)`, `.from_uv_script(...)`,
    `.from_pixi_script(...)` or `.from_ref_name(name)`; `Image()` itself raises TypeError.
    """

    base_image: str | None = None
    dockerfile: Path | None = None
    registry: str | None = None
    name: str | None = None
    platform: tuple[str, ...] = ("linux/amd64",)
    python_version: tuple[int, int] = (sys.version_info[0], sys.version_info[1])
    extendable: bool = False
    context: Path | None = None
    ref_name: str | None = None
    layers: tuple[Layer, ...] = ()
    registry_secret: Any = None
    _made: InitVar[object] = None

    def __post_init__(self, _made: object) -> None:
        if _made is not _MAKER:
            raise TypeError("an Image is made by Image.from_debian_base(), Image.from_base(uri) or another from_...()")
        for name in ("registry", "name", "base_image"):
            _check_text(name, getattr(self, name))
        unknown = [platform for platform in self.platform if platform not in _PLATFORMS]
        if unknown or not self.platform:
            raise ValueError(f"platform must be of {', '.join(_PLATFORMS)}, got {self.platform!r}")

    # --- making one

    @classmethod
    def from_debian_base(
        cls,
        python_version: tuple[int, int] | str | None = None,
        flyte_version: str | None = None,
        install_flyte: bool = True,
        registry: str | None = None,
        registry_secret: Any = None,
        name: str | None = None,
        platform: Architecture | tuple[Architecture, ...] | None = None,
        *,
        python: tuple[int, int] | str | None = None,
    ) -> Image:
        """Debian with Python, and with this library unless `install_flyte` is false.

        The Python is that of this process, or `python_version=(3, 12)`; `python="3.12"` is another way to say it.
        """
        from flyte import __version__

        chosen = _python_version(python_version if python is None else python)
        dotted = f"{chosen[0]}.{chosen[1]}"
        published = f"{_PUBLISHED}:py{dotted}-v{flyte_version or __version__}"
        return cls(
            base_image=published if install_flyte else f"python:{dotted}-slim-bookworm",
            registry=registry,
            name=name,
            platform=_platforms(platform) or _PLATFORMS,
            python_version=chosen,
            extendable=True,
            registry_secret=registry_secret,
            _made=_MAKER,
        )

    @classmethod
    def from_base(cls, image_uri: str) -> Image:
        """An image that is in a registry already. `.clone(name=..., extendable=True)` before adding layers."""
        if not _says_something(image_uri):
            raise ValueError(f"from_base takes the uri of an image, e.g. 'python:3.12-slim', got {image_uri!r}")
        return cls(base_image=image_uri, _made=_MAKER)

    @classmethod
    def from_dockerfile(
        cls,
        file: str | Path | None = None,
        registry: str | None = None,
        name: str | None = None,
        platform: Architecture | tuple[Architecture, ...] | None = None,
        *,
        dockerfile: str | Path | None = None,
        context: str | Path | None = None,
    ) -> Image:
        """What a Dockerfile says; `dockerfile=` is another word for `file=`.

        `context` is the folder it copies from, that of the Dockerfile unless given. The file is read when the uri is
        asked for, and not before.
        """
        if (file is None) == (dockerfile is None):
            raise TypeError("from_dockerfile takes the path of one Dockerfile: file=, or dockerfile=")
        if not name:
            raise ValueError("from_dockerfile needs a name for the image: name='my-image'")
        return cls(
            dockerfile=Path(file or dockerfile or ""),
            context=None if context is None else Path(context),
            registry=registry,
            name=name,
            platform=_platforms(platform) or ("linux/amd64",),
            _made=_MAKER,
        )

    @classmethod
    def from_uv_script(
        cls,
        script: str | Path,
        *,
        name: str,
        registry: str | None = None,
        registry_secret: Any = None,
        python_version: tuple[int, int] | str | None = None,
        index_url: str | None = None,
        extra_index_urls: Texts | None = None,
        pre: bool = False,
        extra_args: str | None = None,
        platform: Architecture | tuple[Architecture, ...] | None = None,
        secret_mounts: Any = None,
    ) -> Image:
        """Debian with the dependencies that the head of a script declares (PEP 723); raises FileNotFoundError."""
        layer = UVScript(
            _script(script),
            **_pip_options(index_url, extra_index_urls, pre, extra_args, secret_mounts),
        )
        base = cls.from_debian_base(python_version, None, True, registry, registry_secret, name, platform)
        return base._with(layer)

    @classmethod
    def from_pixi_script(
        cls,
        script: str | Path,
        *,
        name: str,
        registry: str | None = None,
        registry_secret: Any = None,
        environment: str = "default",
        extra_args: str | None = None,
        platform: Architecture | tuple[Architecture, ...] | None = None,
        secret_mounts: Any = None,
    ) -> Image:
        """Debian with the pixi environment that the head of a script declares; raises FileNotFoundError."""
        layer = PixiScript(_script(script), environment, extra_args=extra_args, secret_mounts=secret_mounts)
        base = cls.from_debian_base(None, None, True, registry, registry_secret, name, platform)
        return base._with(layer)

    @classmethod
    def from_ref_name(cls, name: str = "default") -> Image:
        """The image that `flyte.init(images={name: uri})` names; a whole uri, `registry/image:tag`, is taken as it is.

        The name is looked up when the uri is asked for.
        """
        _check_text("name", name)
        if "/" in name or ":" in name:
            return cls.from_base(name)
        return cls(ref_name=name, _made=_MAKER)

    def clone(
        self,
        registry: str | None = None,
        registry_secret: Any = None,
        name: str | None = None,
        base_image: str | None = None,
        python_version: tuple[int, int] | str | None = None,
        addl_layer: Layer | None = None,
        extendable: bool | None = None,
        platform: Architecture | tuple[Architecture, ...] | None = None,
    ) -> Image:
        """The same image with some settings changed; None keeps one. `extendable=True` is for adding layers."""
        changes = {
            "registry": registry,
            "registry_secret": registry_secret,
            "name": name,
            "base_image": base_image,
            "python_version": None if python_version is None else _python_version(python_version),
            "extendable": extendable,
            "platform": _platforms(platform),
        }
        wanted = {setting: value for setting, value in changes.items() if value is not None}
        changed = replace(self, **wanted, _made=_MAKER)
        return changed if addl_layer is None else changed._with(addl_layer)

    # --- layers

    def with_pip_packages(
        self,
        *packages: Texts,
        index_url: str | None = None,
        extra_index_urls: Texts | None = None,
        pre: bool = False,
        extra_args: str | None = None,
        secret_mounts: Any = None,
    ) -> Image:
        """Add Python packages: `.with_pip_packages("torch", "pandas>=2")`; a list is fine, too."""
        options = _pip_options(index_url, extra_index_urls, pre, extra_args, secret_mounts)
        return self._with(PipPackages(_texts("with_pip_packages", packages), **options))

    def with_apt_packages(self, *packages: Texts, secret_mounts: Any = None) -> Image:
        """Add Debian packages: `.with_apt_packages("git", "vim")`; a list is fine, too."""
        return self._with(AptPackages(_texts("with_apt_packages", packages), secret_mounts))

    def with_requirements(
        self,
        file: str | Path,
        index_url: str | None = None,
        extra_index_urls: Texts | None = None,
        pre: bool = False,
        extra_args: str | None = None,
        secret_mounts: Any = None,
    ) -> Image:
        """Add the packages a requirements file lists."""
        options = _pip_options(index_url, extra_index_urls, pre, extra_args, secret_mounts)
        return self._with(Requirements(Path(file), **options))

    def with_uv_project(
        self,
        pyproject_file: str | Path,
        uvlock: Path | None = None,
        index_url: str | None = None,
        extra_index_urls: Texts | None = None,
        pre: bool = False,
        extra_args: str | None = None,
        secret_mounts: Any = None,
        project_install_mode: InstallMode = "dependencies_only",
    ) -> Image:
        """Add the dependencies of a project that uv manages; the lock file is `uv.lock` beside it unless given."""
        project = Path(pyproject_file)
        lock = Path(uvlock) if uvlock else project.parent / "uv.lock"
        options = _pip_options(index_url, extra_index_urls, pre, extra_args, secret_mounts)
        return self._with(UVProject(project, lock, project_install_mode=_install_mode(project_install_mode), **options))

    def with_poetry_project(
        self,
        pyproject_file: str | Path,
        poetry_lock: Path | None = None,
        extra_args: str | None = None,
        secret_mounts: Any = None,
        project_install_mode: InstallMode = "dependencies_only",
    ) -> Image:
        """Add the dependencies of a project that poetry manages; the lock file is `poetry.lock` unless given."""
        project = Path(pyproject_file)
        lock = Path(poetry_lock) if poetry_lock else project.parent / "poetry.lock"
        options = {"extra_args": extra_args, "secret_mounts": secret_mounts}
        layer = PoetryProject(project, lock, project_install_mode=_install_mode(project_install_mode), **options)
        return self._with(layer)

    def with_pixi_project(
        self,
        manifest_file: str | Path,
        pixi_lock: Path | None = None,
        environment: str = "default",
        extra_args: str | None = None,
        secret_mounts: Any = None,
        project_install_mode: InstallMode = "dependencies_only",
    ) -> Image:
        """Add the dependencies of a project that pixi manages; the lock file is `pixi.lock` unless given."""
        manifest = Path(manifest_file)
        lock = Path(pixi_lock) if pixi_lock else manifest.parent / "pixi.lock"
        mode = _install_mode(project_install_mode)
        options = {"extra_args": extra_args, "secret_mounts": secret_mounts}
        return self._with(PixiProject(manifest, lock, environment, project_install_mode=mode, **options))

    def with_commands(self, commands: Texts, secret_mounts: Any = None) -> Image:
        """Run shell commands: `.with_commands(["make", "make install"])`."""
        return self._with(Commands(_texts("with_commands", (commands,)), secret_mounts))

    def with_env_vars(self, env_vars: Mapping[str, str]) -> Image:
        """Set environment variables: `.with_env_vars({"NAME": "value"})`."""
        return self._with(Env(tuple(sorted(_env_vars(env_vars).items()))))

    with_env = with_env_vars

    def with_workdir(self, workdir: str) -> Image:
        """Change the folder that commands and tasks start in."""
        _check_text("workdir", workdir)
        return self._with(WorkDir(workdir))

    def with_source_file(self, src: str | Path | list[Path], dst: str = ".") -> Image:
        """Copy a file, or several, into a folder of the image."""
        files = src if isinstance(src, (list, tuple)) else [src]
        return self._with(SourceFiles(tuple(Path(file) for file in files), dst))

    def with_source_folder(self, src: str | Path, dst: str = ".", copy_contents_only: bool = False) -> Image:
        """Copy a folder into one of the image, without what its .dockerignore leaves out."""
        return self._with(SourceFolder(Path(src), dst, copy_contents_only))

    def with_dockerignore(self, path: str | Path) -> Image:
        """Leave out of copied folders what this file lists."""
        return self._with(DockerIgnore(Path(path)))

    # --- looking at one

    @property
    def uri(self) -> str:
        """Where the image is or will be: its own uri, or `[registry/]name:<hash of its content>`.

        Equal content gives equal uris, in every process. Raises FileNotFoundError when a file it needs is missing, and
        ImageBuildError for a reference that nobody resolved.
        """
        if self.ref_name is not None:
            return self._referenced(self.ref_name)
        if self.base_image is not None and not self._is_changed():
            return self.base_image
        prefix = f"{self.registry}/" if self.registry else ""
        return f"{prefix}{self.name or _NAME}:{self._digest()}"

    def validate(self) -> None:
        """Check that every file and folder is there; raises ImageBuildError that names all that are not."""
        problems = check_paths(self.layers)
        if self.dockerfile is not None and not self.dockerfile.is_file():
            problems.append(f"the image needs the file {self.dockerfile}, which is not there (in {Path.cwd()})")
        if problems:
            raise ImageBuildError("; ".join(problems))

    def _is_changed(self) -> bool:
        return bool(self.layers or self.registry or self.name)

    def _digest(self) -> str:
        digest = Digest()
        digest.part("platform", ",".join(sorted(self.platform)))
        digest.part("base", self.base_image or "")
        if self.dockerfile is not None:
            digest.file("dockerfile", self.dockerfile)
            if needs_context(self.dockerfile.read_text(encoding="utf-8", errors="replace")):
                digest.folder("context", self.context or self.dockerfile.parent)
        for layer in self.layers:
            layer.digest(digest)
        return digest.text()

    def _referenced(self, name: str) -> str:
        from flyte.initialize import settings  # deferred: most images need nobody's settings
        from flyte.overrides import images

        known = {**images(), **dict(settings().images)}
        if name not in known:
            listed = f"; known: {', '.join(known)}" if known else ""
            raise ImageBuildError(
                f"no image is named {name!r}{listed}: say which in flyte.init(images={{{name!r}: uri}}), "
                "or use Image.from_base(uri)"
            )
        return known[name]

    def _with(self, layer: Layer) -> Image:
        if not isinstance(layer, Layer):
            raise TypeError(f"a layer is made by one of the with_...() methods, got {layer!r}")
        if not self.extendable:
            raise ValueError(
                f"layers cannot be added to {self._origin()}: clone(name='my-image', extendable=True) gives one that "
                "takes them"
            )
        return replace(self, layers=(*self.layers, layer), _made=_MAKER)

    def _origin(self) -> str:
        if self.dockerfile is not None:
            return f"the image of {self.dockerfile}"
        return f"the image {self.base_image or self.ref_name}"


# --- reading what people write ------------------------------------------------------------------------------------


def _says_something(value: object) -> bool:
    return isinstance(value, str) and value.strip() != ""


def _check_text(name: str, value: object) -> None:
    if value is not None and not _says_something(value):
        raise TypeError(f"{name} of an image must be a string that says something, got {value!r}")


def _texts(method: str, values: tuple[Texts, ...]) -> tuple[str, ...]:
    """The strings that were given one by one, or in lists."""
    texts = tuple(text for value in values for text in _listed(method, value))
    for text in texts:
        if not _says_something(text):
            raise TypeError(f"{method} takes strings, got {text!r}")
    if not texts:
        raise ValueError(f"{method} was given nothing to add")
    return texts


def _listed(method: str, value: Any) -> Iterable[Any]:
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, Iterable):
        raise TypeError(f"{method} takes strings, got {value!r}")
    return value


def _env_vars(value: Any) -> Mapping[str, str]:
    if not isinstance(value, Mapping) or not all(isinstance(text, str) for pair in value.items() for text in pair):
        raise TypeError(f"with_env_vars takes a dict of strings, got {value!r}")
    return value


def _pip_options(
    index_url: str | None, extra_index_urls: Texts | None, pre: bool, extra_args: str | None, secret_mounts: Any
) -> dict[str, Any]:
    urls = () if extra_index_urls is None else _texts("extra_index_urls", (extra_index_urls,))
    return {
        "index_url": index_url,
        "extra_index_urls": urls,
        "pre": pre,
        "extra_args": extra_args,
        "secret_mounts": secret_mounts,
    }


def _python_version(value: tuple[int, int] | str | None) -> tuple[int, int]:
    if value is None:
        return (sys.version_info[0], sys.version_info[1])
    dotted = value if isinstance(value, str) else ".".join(map(str, value))
    if not re.fullmatch(r"[0-9]+\.[0-9]+", dotted):
        raise ValueError(f"python_version must be like (3, 12) or '3.12', got {value!r}")
    major, minor = dotted.split(".")
    return (int(major), int(minor))


def _platforms(value: str | tuple[str, ...] | None) -> tuple[str, ...] | None:
    return (value,) if isinstance(value, str) else value


def _install_mode(mode: str) -> str:
    if mode not in _INSTALL_MODES:
        raise ValueError(f"project_install_mode must be of {', '.join(_INSTALL_MODES)}, got {mode!r}")
    return mode


def _script(script: str | Path) -> Path:
    file = Path(script)
    if not file.is_file():
        raise FileNotFoundError(f"there is no script {file} (in {Path.cwd()})")
    return file
