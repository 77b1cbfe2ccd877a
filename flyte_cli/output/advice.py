"""One line of help for failures of kinds that everybody meets. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from flyte_cli.output.visible import visible

if TYPE_CHECKING:
    from flyte._core import ErrorView

MODULE = re.compile(r"No module named '([\w.]+)'")
DISTRIBUTIONS = {
    "PIL": "pillow",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python",
    "dotenv": "python-dotenv",
    "sklearn": "scikit-learn",
    "yaml": "PyYAML",
}
"""Modules that are installed under another name, of those that data and model code imports most."""

BY_CODE = {
    "OOMError": 'give it more: `.override(resources=flyte.Resources(memory="4Gi"))`, or `memory="auto"` to find out',
    "MAX_RUNTIME_EXCEEDED": "raise the limit of one attempt: `timeout=flyte.Timeout(max_runtime=...)`",
    "QUEUED_TIMEOUT_EXCEEDED": "raise `max_queued_time`, or run less at the same time",
    "DEADLINE_EXCEEDED": "raise the limit of all attempts together: `timeout=flyte.Timeout(deadline=...)`",
    "InlineIOMaxBytesBreached": "pass large values as a `flyte.io.File`, a `Dir` or a `DataFrame`",
    "WorkerKilled": "somebody, or the system when memory ran out, killed it: `dmesg` tells; a limit of its own, "
    '`flyte.Resources(memory="2Gi")`, makes it an OOMError that says how much it took',
    "WorkerCrashed": "compiled code crashed: `PYTHONFAULTHANDLER=1 flyte run --executor inline ...` shows where",
    "WorkerExited": "something called `os._exit`, or `exit` in compiled code: raise an exception instead",
    "WorkerLost": "its process died again and again: `flyte explain` tells of each time",
    "WorkerStartFailed": 'does the file do work when it is imported? put that under `if __name__ == "__main__":`',
    "PicklingError": "functions, locks, connections and open files cannot travel: pass what they are made from",
    "RuntimeDataValidationError": "`flyte get io` shows what the action was given",
}


def advice_for(error: ErrorView, environment: str = "") -> str:
    """What to do about an error; empty where nobody can know. `environment` is that of the task."""
    if error.code in BY_CODE:
        return BY_CODE[error.code]
    return next((said for kind in KINDS if (said := kind(error, environment))), "")


def _missing_module(error: ErrorView, environment: str) -> str:
    found = MODULE.search(error.message) if error.code in ("ModuleNotFoundError", "ImportError") else None
    if found is None:
        return ""
    module = found[1].partition(".")[0]
    package = DISTRIBUTIONS.get(module, module.replace("_", "-"))
    of = f" of environment `{visible(environment)}`" if environment else ""
    return f"here: `pip install {package}`; on a cluster, in the image{of}: `.with_pip_packages({package!r})`"


def _cannot_travel(error: ErrorView, environment: str) -> str:
    if error.code in ("TypeError", "AttributeError") and re.search(r"\bcan(no|')t pickle\b", error.message, re.I):
        return BY_CODE["PicklingError"]
    return ""


def _port_in_use(error: ErrorView, environment: str) -> str:
    if "Address already in use" not in error.message:
        return ""
    return "something listens on that port: `ss -ltnp` names it; port 0 takes one that is free"


KINDS: tuple[Callable[[ErrorView, str], str], ...] = (_missing_module, _cannot_travel, _port_in_use)
