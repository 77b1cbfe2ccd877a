"""The inputs of an earlier run, for a task that takes the same. It starts nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flyte_cli.errors import CliError
from flyte_cli.ops.host import Host
from flyte_cli.ops.runs import find_run, open_tree

if TYPE_CHECKING:
    from flyte_cli.ops.loading import Target


def earlier_inputs(run: str, target: Target, host: Host) -> dict[str, Any]:
    """The values by name."""
    tree = open_tree(find_run(run, host), host)
    try:
        return target.task.signature.decode_inputs(tree.inputs())
    except (TypeError, ValueError) as error:
        raise CliError(
            f"the inputs of run `{tree.name}`, of {tree.task}, do not fit {target.task.name}: {error}",
            help=[target.help_command],
        ) from error
