"""Runs and events as JSON documents; `schemas/` describes them. Times are ISO with their zone, keys snake_case."""

from __future__ import annotations

import base64
import dataclasses
import enum
import math
from collections.abc import Mapping
from datetime import date, time, timedelta
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from flyte.run_attributes import attributes_of
from flyte_cli.quantities import moment

if TYPE_CHECKING:
    from flyte._core import ActionView, ErrorView, Event, RunRow, RunTree

MOST_FAILURES = 100
MOST_LINKED = 1_000


def run_document(tree: RunTree, outputs: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """One run, `run/1`; `outputs` are the values when they are at hand."""
    root = tree.action(0)
    return {
        "schema": "run/1",
        "name": tree.name,
        "task": tree.task,
        "phase": tree.phase,
        "file": tree.file,
        "folder": tree.folder,
        "recovered_from": tree.recovered_from,
        **attributes_document(tree.attributes),
        "started_at": moment(tree.started_at),
        "ended_at": moment(tree.ended_at) if tree.ended_at is not None else None,
        "seconds": round(tree.ended_at - tree.started_at, 6) if tree.ended_at is not None else None,
        "counts": dict(tree.counts()),
        "retries": tree.retries,
        "cached_from": root.cached_from,
        "cpu_time": tree.cpu_time,
        "peak_memory": tree.peak_memory,
        "inputs": dict(root.inputs),
        "outputs": {name: plain_value(value) for name, value in outputs.items()} if outputs is not None else None,
        "outputs_text": dict(root.outputs),
        "error": error_document(root.error) if root.error and tree.phase != "succeeded" else None,
        "links": [link for ordinal in tree.linked()[:MOST_LINKED] for link in link_documents(tree.action(ordinal))],
        "failures": [action_document(tree.action(ordinal)) for ordinal in tree.failures()[:MOST_FAILURES] if ordinal],
    }


def attributes_document(attributes: str | None) -> dict[str, Any]:
    """What was said about a run when it was started."""
    said = attributes_of(attributes)
    belongs_to = {"project": said.project, "domain": said.domain}
    return {"labels": dict(said.labels), "version": said.version, "belongs_to": belongs_to}


def link_documents(action: ActionView) -> list[dict[str, str]]:
    """Where to look at an action from outside."""
    return [{"action": action.path, "name": name, "uri": uri} for name, uri in action.links]


def action_document(action: ActionView) -> dict[str, Any]:
    """One action of a run."""
    return {
        "name": action.name,
        "path": action.path,
        "task": action.task,
        "group": action.group,
        "phase": action.phase,
        "attempts": action.attempts,
        "max_attempts": action.max_attempts,
        "queued_at": moment(action.queued_at),
        "started_at": moment(action.started_at) if action.started_at is not None else None,
        "ended_at": moment(action.ended_at) if action.ended_at is not None else None,
        "cpu_time": action.cpu_time,
        "peak_memory": action.peak_memory,
        "inputs": dict(action.inputs),
        "cached_from": action.cached_from,
        "error": error_document(action.error) if action.error else None,
    }


def error_document(error: ErrorView) -> dict[str, Any]:
    """What went wrong, with the frames."""
    return {
        "code": error.code,
        "kind": error.kind,
        "type": error.type,
        "message": error.message,
        "frames": [
            {"file": file, "line": line, "function": function, "source": source, "own": own}
            for file, line, function, source, own in error.frames
        ],
        "causes": [{"type": kind, "message": message} for kind, message in error.causes],
    }


def row_document(row: RunRow) -> dict[str, Any]:
    """One run in a list."""
    return {
        "name": row.name,
        "task": row.task,
        "phase": row.phase,
        "file": row.file,
        "project": row.project,
        "folder": row.folder,
        "recovered_from": row.recovered_from,
        **attributes_document(row.attributes),
        "started_at": moment(row.started_at),
        "ended_at": moment(row.ended_at) if row.ended_at is not None else None,
        "counts": dict(row.counts),
        "note": row.note,
    }


def event_document(kind: str, at: float | None, tree: RunTree, event: Event | None = None) -> dict[str, Any]:
    """One thing that happened, `event/1`."""
    document: dict[str, Any] = {"schema": "event/1", "event": kind, "run": tree.name}
    if at is not None:
        document["at"] = moment(at)
    if event is None:
        return document
    action = tree.action(event.ordinal)
    document["action"] = action.path
    if kind == "log":
        document |= {"stream": event.stream, "text": event.text.decode("utf-8", "replace")}
    elif kind == "retry":
        document |= {"attempt": event.attempt, "delay": event.delay}
    elif event.text:
        document["text"] = event.text.decode("utf-8", "replace")
    if kind in ("retry", "failed") and action.error is not None:
        document["error"] = {"type": action.error.type, "message": action.error.message}
    return document


def plain_value(value: Any) -> Any:
    """The value as JSON can hold it; what it cannot becomes text."""
    if isinstance(value, enum.Enum):
        return plain_value(value.value)
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else repr(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain_value(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, (timedelta, PurePath, complex)) or type(value).__name__ in ("Decimal", "UUID"):
        return str(value)
    if hasattr(value, "model_dump") and not isinstance(value, type):
        return plain_value(value.model_dump())
    if hasattr(value, "_asdict"):
        return plain_value(value._asdict())
    if isinstance(value, Mapping):
        return {key if isinstance(key, str) else str(key): plain_value(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain_value(item) for item in value]
    return repr(value)
