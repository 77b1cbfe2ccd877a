"""Projects of `flyte new`, installed as their README says: from nothing, with uv and with pip, tests and all.

This tree takes the place of the published package; what it depends on comes from the index. That takes a minute, so it
is for the pipeline, and for whoever sets $FLYTE_TEST_INSTALL.
"""

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest

import flyte
from flyte_cli.ops.new import TEMPLATES
from tests.cli.test_new import RESULTS

pytestmark = pytest.mark.skipif(
    not (os.environ.get("CI") or os.environ.get("FLYTE_TEST_INSTALL")),
    reason="installs from the index: set FLYTE_TEST_INSTALL=1",
)
ROOT = Path(flyte.__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This tree, with its built core, as a wheel: what a release would be, without building it again."""
    installed = distribution("flyte")
    (tag,) = re.findall(r"^Tag: (.*)$", installed.read_text("WHEEL") or "", re.MULTILINE)
    about = f"flyte-{installed.version}.dist-info"
    files = [path for name in ("flyte", "flyte_cli") for path in sorted((ROOT / name).rglob("*"))]
    kept = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in files if _belongs(path)}
    kept |= {f"{about}/{name}": (installed.read_text(name) or "").encode() for name in ("METADATA", "WHEEL")}
    kept[f"{about}/entry_points.txt"] = (installed.read_text("entry_points.txt") or "").encode()
    kept[f"{about}/RECORD"] = "".join([*map(_recorded, kept.items()), f"{about}/RECORD,,\n"]).encode()
    made = tmp_path_factory.mktemp("wheel") / f"flyte-{installed.version}-{tag}.whl"
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in kept.items():
            archive.writestr(name, content)
    return made


def _belongs(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts


def _recorded(file: tuple[str, bytes]) -> str:
    name, content = file
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(content)}\n"


@pytest.fixture(scope="module")
def uv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """uv from the index."""
    there = tmp_path_factory.mktemp("uv")
    words = ["install", "--quiet", "--disable-pip-version-check", "--no-deps", "--target", there, "uv"]
    subprocess.run([sys.executable, "-m", "pip", *words], check=True)
    return there / "bin"


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("installer", ["uv", "pip"])
def test_a_project_is_installed_and_passes_its_tests_as_its_readme_says(
    wheel: Path, uv: Path, tmp_path: Path, installer: str, template: str
) -> None:
    constraints = tmp_path / "constraints.txt"
    constraints.write_text(f"flyte @ {wheel.as_uri()}\n")
    # Nothing may lead an installer to the environment that these tests run in.
    steering = (
        "FLYTE",
        "PYTEST",
        "PYTHON",
        "VIRTUAL_ENV",
        "CONDA",
        "UV_P",
        "UV_SYSTEM",
        "PIP_P",
        "PIP_TARGET",
        "PIP_USER",
    )
    kept = {name: each for name, each in os.environ.items() if not name.startswith(steering)}
    environment = kept | {
        "PATH": os.pathsep.join([str(uv), str(Path(sys.executable).parent), kept["PATH"]]),
        "FLYTE_HOME": str(tmp_path / "state"),
        "PIP_CONSTRAINT": str(constraints),
        "UV_CONSTRAINT": str(constraints),
        "PIP_QUIET": "1",
    }

    def shell(script: str) -> str:
        done = subprocess.run(
            ["bash", "-e", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    shell(f"flyte new {template} shop")
    ways = blocks((tmp_path / "shop" / "README.md").read_text())
    assert list(ways["Set up"]) == ["uv", "pip"]
    setting_up = f"cd shop\n{ways['Set up'][installer]}"
    (testing,) = ways["Test"].values()
    assert " passed" in shell(f"{setting_up}\n{testing}")
    found, _, run = shell("cd shop\n. .venv/bin/activate\ncommand -v flyte\nflyte run -of json").partition("\n")
    assert found == str(tmp_path / "shop/.venv/bin/flyte")
    assert RESULTS[template](json.loads(run)["outputs"])


def blocks(readme: str) -> dict[str, dict[str, str]]:
    """The commands of each section of a README, by the installer that the line before them names, or nothing."""
    found: dict[str, dict[str, str]] = {}
    for section in readme.split("\n## ")[1:]:
        title, _, text = section.partition("\n")
        rows = re.findall(r"(?:^.*?\b(uv|pip)\b.*:\n)?\n((?: {4}.*\n)+)", text, re.MULTILINE)
        found[title] = dict(rows)
    return found
