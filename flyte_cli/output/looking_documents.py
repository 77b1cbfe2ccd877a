"""Logs, actions, values, comparisons and explanations as JSON documents; `schemas/` describes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from flyte_cli.output.documents import action_document
from flyte_cli.output.values_tree import plain
from flyte_cli.quantities import moment

if TYPE_CHECKING:
    from flyte._core import RunTree
    from flyte_cli.ops.comparing import Comparison, Difference
    from flyte_cli.ops.explaining import Explanation
    from flyte_cli.ops.logs import LogEntry
    from flyte_cli.ops.looking import ActionPage, Value, Values


def entry_document(run: str, entry: LogEntry) -> dict[str, Any]:
    """One printed line, `log/1`."""
    return {
        "schema": "log/1",
        "run": run,
        "action": entry.path,
        "attempt": entry.attempt,
        "stream": entry.stream,
        "at": moment(entry.at),
        "text": entry.raw.decode("utf-8", "replace"),
    }


def action_page_document(page: ActionPage) -> dict[str, Any]:
    """One action, `action/1`."""
    action = page.action
    return {
        "schema": "action/1",
        "run": page.tree.name,
        **action_document(action),
        "file": action.file,
        "line": action.line,
        "children": action.child_count,
        "outputs_text": dict(action.outputs),
        "links": [{"name": name, "uri": uri} for name, uri in action.links],
        "tries": [
            {
                "attempt": each.number,
                "started_at": moment(each.started_at),
                "ended_at": moment(each.ended_at) if each.ended_at is not None else None,
                "outcome": each.outcome,
                "reason": each.reason,
                "delay": each.delay,
            }
            for each in page.attempts
        ],
    }


def values_document(values: Values) -> dict[str, Any]:
    """What an action took and gave, `io/1`."""
    document: dict[str, Any] = {"schema": "io/1", "run": values.run, "action": values.action, "phase": values.phase}
    if values.wanted[0]:
        document["inputs"] = _values(values.inputs)
    if values.wanted[1]:
        document["outputs"] = _values(values.outputs)
    return document


def _values(values: Sequence[Value] | None) -> dict[str, Any] | None:
    if values is None:
        return None
    return {
        each.name: {"type": each.type, "size": each.size, "value": plain((each.type, each.value))} for each in values
    }


def comparison_document(comparison: Comparison) -> dict[str, Any]:
    """Two runs, `diff/1`."""
    return {
        "schema": "diff/1",
        "left": _side(comparison.left),
        "right": _side(comparison.right),
        "same": comparison.is_same,
        "run": _differences(comparison.facts),
        "inputs": _differences(comparison.inputs),
        "outputs": _differences(comparison.outputs),
        "code": list(comparison.code),
        "outcomes": _differences(comparison.outcomes),
        "times": [
            {"action": each.path, "left": round(each.left, 6), "right": round(each.right, 6)}
            for each in comparison.times
        ],
        "gone": list(comparison.gone),
        "added": list(comparison.added),
    }


def _side(tree: RunTree) -> dict[str, Any]:
    seconds = round(tree.ended_at - tree.started_at, 6) if tree.ended_at is not None else None
    return {
        "name": tree.name,
        "task": tree.task,
        "phase": tree.phase,
        "started_at": moment(tree.started_at),
        "seconds": seconds,
    }


def _differences(differences: Sequence[Difference]) -> list[dict[str, str | None]]:
    return [{"what": each.what, "left": each.left, "right": each.right} for each in differences if not each.is_same]


def explanation_document(explanation: Explanation) -> dict[str, Any]:
    """Why, `explanation/1`."""
    return {
        "schema": "explanation/1",
        "run": explanation.tree.name,
        "phase": explanation.tree.phase,
        "actions": [
            {"action": each.action.path, "phase": each.action.phase, "reasons": [asdict(why) for why in each.reasons]}
            for each in explanation.actions
        ],
        "more": explanation.more,
    }
