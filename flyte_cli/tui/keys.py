"""Every key, in one table: what screens bind, the footer shows, the help explains and the palette offers."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Key:
    """A thing to do, and how to ask for it."""

    action: str
    """Name of the `action_` method."""
    keys: str
    """As Textual spells them, with commas between."""
    label: str
    """One or two words for the footer; nothing for keys that only the help names."""
    about: str
    """A sentence for help and palette."""
    shown: str = ""
    """How people see the key; else the first one."""
    command: str = ""
    """The command line that does the same, with `{run}`, `{action}` and `{attempt}`."""
    where: str = "run"
    """`everywhere`, or the screen: `run`, `runs`, `compare`, `tasks`, `launch`."""

    @property
    def sign(self) -> str:
        """The key for a footer."""
        return self.shown or sign_of(self.keys.split(",")[0])

    def with_keys(self, keys: str | None) -> Key:
        """The same with other keys, where somebody chose them."""
        return self if keys is None else replace(self, keys=keys, shown="")


SIGNS = {
    "slash": "/",
    "ampersand": "&",
    "question_mark": "?",
    "colon": ":",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "plus": "+",
    "minus": "-",
    "comma": ",",
    "full_stop": ".",
    "space": "Space",
    "ctrl+p": "^p",
    "ctrl+w": "^w",
    "equals_sign": "=",
    "enter": "Enter",
    "escape": "Esc",
    "ctrl+s": "^s",
    "ctrl+y": "^y",
    "ctrl+r": "^r",
    "less_than_sign": "<",
    "greater_than_sign": ">",
}


def sign_of(key: str) -> str:
    """A key as people see it."""
    return SIGNS.get(key, key)


EVERYWHERE = (
    Key("palette", "p,ctrl+p", "", "everything there is to do, with its command line", "^p", where="everywhere"),
    Key("keys", "question_mark", "keys", "the keys, the marks, the filter language", where="everywhere"),
    Key("goto", "colon", "", "go to: runs, tasks, or a run by its name", where="everywhere"),
    Key("leave", "q", "leave", "leave; asks first when the run lives here", where="everywhere"),
    Key("back", "escape", "back", "back to the screen before", "Esc", where="everywhere"),
)

RUNS = (
    Key("open_run", "enter", "open", "open the run", "Enter", "flyte tui {run}", "runs"),
    Key("filter_runs", "slash", "filter", "filter the list", command="flyte get run --where FILTER", where="runs"),
    Key("again", "r", "re-run", "run it again, with these or other inputs", command="flyte rerun {run}", where="runs"),
    Key("recover", "R", "", "run it again from where it failed", command="flyte rerun {run} --recover", where="runs"),
    Key("new_run", "n", "new", "start a task of this folder", command="flyte run", where="runs"),
    Key("abort", "x", "abort", "abort the run", command="flyte abort {run}", where="runs"),
    Key("mark", "space", "mark", "mark the run, for what is done with several", "Space", where="runs"),
    Key("compare", "d", "compare", "compare two runs", command="flyte diff {run} {other}", where="runs"),
    Key("delete", "D", "delete", "delete runs, with all their data", command="flyte delete run {run}", where="runs"),
    Key("copy", "y", "copy", "copy the name of the run", where="runs"),
    Key(
        "everywhere",
        "a",
        "all",
        "runs of all folders, and back to those of this one",
        command="flyte get run --all",
        where="runs",
    ),
    Key("sort_before", "less_than_sign", "", "sort by the column before", where="runs"),
    Key("sort_next", "greater_than_sign", "", "sort by the next column", where="runs"),
    Key("turn", "equals_sign", "", "the other way round", where="runs"),
)

COMPARE = (
    Key("open_side", "enter", "open", "open the run at this action", "Enter", where="compare"),
    Key("same", "s", "all", "also what is the same, and back", where="compare"),
    Key("swap", "x", "swap", "the other one first", command="flyte diff {run} {other}", where="compare"),
)

TASKS = (
    Key("launch", "enter", "start", "fill in the inputs and start it", "Enter", "flyte run {file} {task}", "tasks"),
    Key("narrow", "slash", "find", "only tasks with these words", where="tasks"),
    Key("look_again", "r", "", "look at the files again", where="tasks"),
)

LAUNCH = (
    Key("start", "ctrl+s,f5", "start", "start it", "Enter ^s", where="launch"),
    Key("copy_command", "ctrl+y", "copy", "copy the command line", "^y", where="launch"),
    Key("reset", "ctrl+r", "", "forget what was typed", "^r", where="launch"),
)

RUN = (
    Key("find", "slash", "find", "find: everything else is dimmed"),
    Key("filter", "ampersand", "", "filter: everything else is hidden"),
    Key("follow", "f", "follow", "follow the newest running action"),
    Key("next_failure", "e", "next ✗", "the next failure"),
    Key("again", "r", "re-run", "run this action again", command="flyte rerun {run} --action-name {action}"),
    Key("recover", "R", "recover", "run it again from where it failed", command="flyte rerun {run} --recover"),
    Key("abort_action", "x", "abort", "abort this action", command="flyte abort {run} {action}"),
    Key("abort_run", "X", "", "abort the run", command="flyte abort {run}"),
    Key("signal", "s", "answer", "answer what a paused action waits for", command="flyte signal {run} {action} VALUE"),
    Key("copy", "y", "copy", "copy: i id, c command line, e traceback, o outputs, u address"),
    Key("edit", "E", "", "open the source in $EDITOR at the line"),
    Key(
        "browse",
        "o",
        "open",
        "open the report or a link in the browser",
        command="flyte get report {run} {action} --open",
    ),
    Key("compare", "d", "", "compare with another run", command="flyte diff {run} OTHER"),
    Key("timeline", "t", "", "timeline, and back to the tree"),
    Key("critical", "c", "", "light the critical path"),
    Key("fold", "space", "", "fold or unfold", "Space"),
    Key("fold_others", "z", "", "fold all but failures"),
    Key("unfold_all", "Z", "", "unfold all"),
    Key("into", "right,l", "", "unfold, or go to what is below"),
    Key("out", "left,h", "", "fold, or go to what it is part of"),
    Key("full", "enter", "", "full width, Esc back"),
    Key("previous_attempt", "left_square_bracket", "", "the attempt before"),
    Key("next_attempt", "right_square_bracket", "", "the attempt after"),
    Key("next_hit", "n", "", "next find hit"),
    Key("previous_hit", "N", "", "previous find hit"),
    Key("library", "v", "", "frames of libraries on and off"),
    Key("wider", "ctrl+w", "", "this pane wider"),
    Key("even", "equals_sign", "", "panes even"),
    Key("maximise", "m", "", "this pane alone"),
    Key("next_pane", "tab", "", "the next pane", "Tab"),
    Key("previous_pane", "shift+tab", "", "the pane before", "⇧Tab"),
    Key("tab_1", "1", "", "overview: state, times, where it waits and why"),
    Key("tab_2", "2", "", "logs", command="flyte logs {run} {action}"),
    Key("tab_3", "3", "", "inputs and outputs", command="flyte get io {run} {action}"),
    Key("tab_4", "4", "", "error"),
    Key("tab_5", "5", "", "source"),
    Key("tab_6", "6", "", "report", command="flyte get report {run} {action}"),
    Key("tab_7", "7", "", "events: all that happened to it"),
    Key("zoom_in", "plus", "", "less of the time axis"),
    Key("zoom_out", "minus", "", "more of the time axis"),
    Key("zoom_fit", "0", "", "all of the time axis"),
    Key("pan_earlier", "shift+left", "", "an earlier part of the time axis", "⇧←"),
    Key("pan_later", "shift+right", "", "a later part of the time axis", "⇧→"),
    Key("earlier", "comma", "", "the run as it was a little earlier; Esc back to now"),
    Key("later", "full_stop", "", "the run as it was a little later"),
)

ALL = (*EVERYWHERE, *RUN, *RUNS, *COMPARE, *TASKS, *LAUNCH)
