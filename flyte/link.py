"""Links: where to look at an action from outside, as a dashboard or an experiment. They are declared on tasks."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable


@runtime_checkable
class Link(Protocol):
    """Something that knows an address for an action: `@env.task(links=(Dashboard(),))`.

    It is asked when an attempt of the action starts. Shown by `flyte get run RUN`.
    """

    name: str
    """What people see."""
    icon_uri: str = ""

    def get_link(
        self,
        run_name: str,
        project: str,
        domain: str,
        context: dict[str, str],
        parent_action_name: str,
        action_name: str,
        pod_name: str,
        **kwargs: Any,
    ) -> str:
        """The address. `context` is the custom context; project, domain and pod are empty on one machine."""
