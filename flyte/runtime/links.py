"""The links of an action: asked of its task's declarations where it starts, and recorded."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flyte._core import Link
    from flyte.context import ActionContext
    from flyte.task import TaskTemplate


def tell_links(link: Link, action: ActionContext, task: TaskTemplate[..., Any]) -> None:
    """Record where to look at this action. A declaration that fails is a line in the action's log, and no more."""
    for each in task.links:
        try:
            address = each.get_link(
                run_name=action.run_name,
                project=action.project or "",
                domain=action.domain or "",
                context=action.visible_context,
                parent_action_name="",
                action_name=action.action_name,
                pod_name="",
            )
        except Exception as error:  # it is the user's, and what it is for goes on without it
            sys.stderr.write(f"warning: link {_name(each)!r} has no address: {type(error).__name__}: {error}\n")
            continue
        link.tell_link(action.number, _name(each), str(address))


def _name(link: object) -> str:
    return str(getattr(link, "name", "") or type(link).__name__)
