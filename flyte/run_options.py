"""How one run is to be done: the options of `flyte.with_runcontext`, checked together, as one value.

On one machine `name`, `custom_context`, `env_vars`, `raw_data_path`, `max_action_concurrency`, `notifications`,
`executor`, `overwrite_cache` and `disable_run_cache` have an effect; `labels`, `version`, `project` and `domain` are
recorded with the run; the rest is checked and kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from flyte.near_miss import hint_for
from flyte.task_settings import env_vars_of

MODES = ("local", "remote", "hybrid")
_CHOICES: dict[str, tuple[str, ...]] = {
    "copy_style": ("loaded_modules", "all", "none", "custom"),
    "log_format": ("console", "json"),
    "executor": ("auto", "process", "inline"),
}


@dataclass(frozen=True)
class RunOptions:
    """Everything about a run besides the task and its inputs; what only a backend reads is kept as it is."""

    mode: str | None = None
    name: str | None = None
    service_account: str | None = None
    version: str | None = None
    copy_style: str = "loaded_modules"
    dry_run: bool = False
    copy_bundle_to: Path | None = None
    interactive_mode: bool | None = None
    raw_data_path: str | None = None
    run_base_dir: str | None = None
    run_start_time: datetime | None = None
    overwrite_cache: bool = False
    project: str | None = None
    domain: str | None = None
    env_vars: dict[str, str] | None = None
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
    interruptible: bool | None = None
    log_level: int | None = None
    log_format: str = "console"
    user_log_level: int | None = None
    reset_root_logger: bool = False
    disable_run_cache: bool = False
    queue: str | None = None
    max_action_concurrency: int | None = None
    notifications: Any = None
    custom_context: dict[str, str] | None = None
    cache_lookup_scope: str = "global"
    preserve_original_types: bool = False
    debug: bool = False
    tracked: bool = False
    tracked_strict: bool = False
    executor: str = "auto"

    def __post_init__(self) -> None:
        _check_mode(self.mode)
        for name, choices in _CHOICES.items():
            _check_choice(name, getattr(self, name), choices)
        for name in ("labels", "annotations", "custom_context"):
            _check_strings(name, getattr(self, name))
        env_vars_of(self.env_vars)
        if self.notifications is not None:
            from flyte.notify import as_tuple  # deferred: few runs notify anybody

            object.__setattr__(self, "notifications", as_tuple(self.notifications))
        self._check_bundle()
        if self.max_action_concurrency is not None and (
            self.max_action_concurrency < 0 or self.max_action_concurrency == 1
        ):
            raise ValueError(
                f"max_action_concurrency must be 0 (no limit of its own) or at least 2, got "
                f"{self.max_action_concurrency}: a parent that waits for its only child would wait for ever"
            )

    def _check_bundle(self) -> None:
        if self.copy_style == "none" and not self.version:
            raise ValueError("copy_style='none' copies no code, so it needs a version: with_runcontext(version=...)")
        if self.copy_style == "custom":
            raise ValueError("copy_style='custom' cannot be used here; use 'loaded_modules', 'all' or 'none'")


def _check_mode(mode: str | None) -> None:
    if mode is None or mode == "local":
        return
    if mode in MODES:
        raise NotImplementedError(f"mode={mode!r} needs a backend, which this version cannot talk to; use mode='local'")
    _check_choice("mode", mode, MODES)


def _check_choice(name: str, value: object, choices: tuple[str, ...]) -> None:
    if value not in choices:
        hint = hint_for(str(value), choices)
        known = ", ".join(map(repr, choices))
        raise ValueError(f"{name} must be one of {known}, got {value!r}" + (f": {hint}" if hint else ""))


def _check_strings(name: str, value: object) -> None:
    if value is None:
        return
    if not isinstance(value, Mapping) or not all(isinstance(text, str) for pair in value.items() for text in pair):
        raise TypeError(f"{name} must be a dict of strings, got {value!r}")
