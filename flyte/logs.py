"""The loggers: one for the user's messages, one for ours. The root logger is touched only when somebody asks for it."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    _StreamHandler = logging.StreamHandler[TextIO]
else:
    _StreamHandler = logging.StreamHandler  # cannot be subscripted before Python 3.11


class _ToStderr(_StreamHandler):
    """Writes to whatever `sys.stderr` is at the moment, as a worker puts its own in place for each action."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]  # a fixed stream would miss the change
        return sys.stderr


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": self.formatTime(record),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            entry["exception"] = self.formatException(record.exc_info)
        return json.dumps(entry)


def level_of(name: str, otherwise: int, environment: Mapping[str, str] = os.environ) -> int:
    """The level that an environment variable says, as a number or a name."""
    text = environment.get(name, "").strip()
    if text.isdecimal():
        return int(text)
    named = logging.getLevelName(text.upper()) if text else otherwise
    return named if isinstance(named, int) else otherwise


def configure(log_level: int | None = None, user_log_level: int | None = None, log_format: str | None = None) -> None:
    """Change what the two loggers show and how; None leaves a setting."""
    if log_level is not None:
        system_logger.setLevel(log_level)
    if user_log_level is not None:
        logger.setLevel(user_log_level)
    if log_format is not None:
        for handler in (*system_logger.handlers, *logger.handlers):
            handler.setFormatter(_formatter(log_format))


def reset_root() -> None:
    """Have the root logger, and so those of other libraries, write as ours do and from the user's level on."""
    root = logging.getLogger()
    handler = _ToStderr()
    handler.setFormatter(logger.handlers[0].formatter if logger.handlers else _formatter("console"))
    root.handlers[:] = [handler]
    root.setLevel(logger.level)


def read_variables(environment: Mapping[str, str]) -> None:
    """Do what the variables say, that were set after the loggers were made."""
    if "USER_LOG_LEVEL" in environment:
        logger.setLevel(level_of("USER_LOG_LEVEL", logging.INFO, environment))
    if "LOG_FORMAT" in environment:
        configure(log_format=environment["LOG_FORMAT"])
    if resets_root(environment):
        reset_root()


def resets_root(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether a variable asks for it."""
    return environment.get("FLYTE_RESET_ROOT_LOGGER", "").lower() in ("1", "true", "yes", "on")


def _formatter(log_format: str) -> logging.Formatter:
    if log_format not in ("console", "json"):
        raise ValueError(f"log_format must be 'console' or 'json', got {log_format!r}")
    if log_format == "json":
        return _JsonFormatter()
    return logging.Formatter("%(asctime)s %(levelname)-7s %(name)s  %(message)s", "%H:%M:%S")


def _logger(name: str, level: int) -> logging.Logger:
    made = logging.getLogger(name)
    made.setLevel(level)
    made.propagate = False
    if not made.handlers:
        handler = _ToStderr()
        handler.setFormatter(_formatter(os.environ.get("LOG_FORMAT", "console")))
        made.addHandler(handler)
    return made


system_logger = _logger("flyte", level_of("LOG_LEVEL", logging.WARNING))
logger = _logger("flyte.user", level_of("USER_LOG_LEVEL", logging.INFO))
if resets_root():
    reset_root()
