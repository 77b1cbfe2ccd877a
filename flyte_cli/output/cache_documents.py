"""The cache, and plans made with it, as JSON documents; `schemas/` describes them."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from flyte_cli.quantities import moment

if TYPE_CHECKING:
    from flyte_cli.ops.cache import Answer, Dropped, Held, Usage
    from flyte_cli.ops.cache_reasons import Reason
    from flyte_cli.ops.plan import Plan


def entry_document(each: Held) -> dict[str, Any]:
    """One entry in a list."""
    from base64 import b64encode

    entry = each.entry
    return {
        "key": b64encode(entry.key).decode(),
        "task": entry.task,
        "version": entry.version,
        "run": entry.run,
        "created_at": moment(entry.created),
        "size": entry.size,
        "inputs": json.loads(entry.inputs),
        "data": list(entry.data),
        "missing": each.missing or None,
    }


def usage_document(usage: Usage) -> dict[str, Any]:
    """What the cache takes, `cache-usage/1`."""
    tasks = [asdict(share) for share in usage.shares]
    return {"schema": "cache-usage/1", "path": usage.path, "size": usage.size, "tasks": tasks}


def dropped_document(dropped: Dropped) -> dict[str, Any]:
    """What was dropped, `cache-gc/1`."""
    return {"schema": "cache-gc/1", **asdict(dropped)}


def answer_document(answer: Answer) -> dict[str, Any]:
    """Why an action was computed or not, `cache-why/1`."""
    reason = reason_document(answer.reason)
    return {"schema": "cache-why/1", "run": answer.run, "action": answer.action, "phase": answer.phase, **reason}


def reason_document(reason: Reason) -> dict[str, Any]:
    """One reason, with the run it is about."""
    return {"reason": reason.kind, "text": reason.text, "earlier_run": reason.run}


def plan_document(plan: Plan) -> dict[str, Any]:
    """What would run, `plan/1`."""
    steps = [
        {
            "depth": step.depth,
            "name": step.name,
            "task": step.task,
            "count": step.count,
            "verdict": step.verdict,
            **reason_document(step.reason),
        }
        for step in plan.steps
    ]
    return {"schema": "plan/1", "steps": steps, "like": plan.like, "unknown": list(plan.unknown)}
