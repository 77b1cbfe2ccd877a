"""Find the report an action wrote. It looks at names of files, never into them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from flyte.report.files import actions_with_reports, attempts_with_reports, report_file
from flyte_cli.action_names import find_action
from flyte_cli.errors import MachineTrouble, Misuse, NoSuchReport
from flyte_cli.near_miss import listed
from flyte_cli.ops.host import Host
from flyte_cli.ops.runs import find_run, open_tree

if TYPE_CHECKING:
    from flyte._core import ActionView, RunTree

HOW = "`@env.task(report=True)` writes one at the end of a task, `flyte.report.flush()` at once"


@dataclass(frozen=True)
class FoundReport:
    """The report of one attempt, counted from 1 as people see attempts."""

    run: str
    action: str
    attempt: int
    path: str

    def __post_init__(self) -> None:
        if self.attempt < 1:
            raise ValueError(f"attempts are counted from 1, got {self.attempt}")


def find_report(run: str, action: str | None, attempt: int | None, host: Host) -> FoundReport:
    """The report that was asked for: of the last attempt, unless another one is wanted."""
    if attempt is not None and attempt < 1:
        raise Misuse(f"`--attempt` is counted from 1 up, got `{attempt}`")
    tree = open_tree(find_run(run, host), host)
    chosen = find_action(tree, action) if action is not None else _only(tree)
    home = where_it_ran(tree, chosen)
    written = attempts_with_reports(home, chosen.name)
    if not written:
        raise NoSuchReport(f"`{chosen.path}` in run `{tree.name}` has no report", help=_which(tree))
    number = written[-1] if attempt is None else attempt - 1
    if number not in written:
        have = ", ".join(str(each + 1) for each in written)
        raise NoSuchReport(
            f"attempt {number + 1} of `{chosen.path}` in run `{tree.name}` has no report",
            help=[f"attempts with one: {have}"],
        )
    return FoundReport(tree.name, chosen.path, number + 1, str(report_file(home, chosen.name, number)))


def open_report(report: FoundReport, host: Host) -> None:
    """Show it in the browser."""
    if not host.browse(Path(report.path).resolve().as_uri()):
        raise MachineTrouble("there is no browser to open", help=["the report is a file, whose path is printed"])


def _only(tree: RunTree) -> ActionView:
    """The root, or the only action with a report when the root has none."""
    root = tree.action(0)
    if attempts_with_reports(where_it_ran(tree, root), root.name):
        return root
    having = _having(tree)
    if len(having) == 1:
        return having[0]
    if having:
        paths = [each.path for each in having]
        raise NoSuchReport(
            f"{len(paths)} actions of run `{tree.name}` have a report, `{root.path}` has none",
            help=[f"which one? {listed(paths)}", f"flyte get report {tree.name} {paths[0]}"],
        )
    raise NoSuchReport(f"run `{tree.name}` has no report", help=_which(tree))


def where_it_ran(tree: RunTree, action: ActionView) -> Path:
    """The folder of the run that did the work: what was recovered or cached wrote its report in an earlier one."""
    here = Path(tree.folder)
    earlier = {"recovered": tree.recovered_from, "cached": action.cached_from}.get(action.phase)
    if earlier is None or attempts_with_reports(here, action.name):
        return here
    return here.with_name(earlier)


def _having(tree: RunTree) -> list[ActionView]:
    names = actions_with_reports(Path(tree.folder))
    return [each for each in map(tree.action, range(len(tree))) if each.name in names] if names else []


def _which(tree: RunTree) -> list[str]:
    """What to do about a report that is missing."""
    having = _having(tree)
    if having:
        return [f"those with one: {listed([each.path for each in having])}"]
    tasks = dict.fromkeys(tree.action(ordinal).task for ordinal in range(len(tree)))
    return [HOW, f"tasks of this run: {listed(list(tasks))}"]
