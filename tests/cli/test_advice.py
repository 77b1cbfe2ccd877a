"""Failures of kinds that everybody meets come with one line of help."""

import pytest

from flyte_cli.output.advice import advice_for
from flyte_cli.output.failure import report
from flyte_cli.output.look import Look
from tests.cli.drawing import text
from tests.cli.fakes import Action, Error, Tree


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (Error("ModuleNotFoundError", "No module named 'sklearn.svm'"), "pip install scikit-learn"),
        (Error("ModuleNotFoundError", "No module named 'my_models'"), "`.with_pip_packages('my-models')`"),
        (Error("TypeError", "cannot pickle '_thread.lock' object"), "pass what they are made from"),
        (Error("OSError", "[Errno 98] Address already in use"), "port 0 takes one that is free"),
        (Error("OOMError", "peak 812 MiB, limit 512 MiB"), 'memory="4Gi"'),
        (Error("MAX_RUNTIME_EXCEEDED", "ran longer than 2s"), "max_runtime"),
        (Error("WorkerLost", "its worker died 3 times"), "flyte explain"),
        (Error("WorkerKilled", "the process running it was killed"), "OOMError"),
    ],
)
def test_known_kinds_of_failure_come_with_help(error: Error, said: str) -> None:
    assert said in advice_for(error, "shop")


def test_a_missing_module_names_the_environment_whose_image_lacks_it() -> None:
    assert "image of environment `shop`" in advice_for(Error("ModuleNotFoundError", "No module named 'yaml'"), "shop")


@pytest.mark.parametrize("error", [Error("ValueError", "No module named 'x'"), Error("TypeError", "bad operand")])
def test_what_nobody_can_know_comes_without(error: Error) -> None:
    assert advice_for(error, "shop") == ""


@pytest.mark.parametrize("width", [40, 80, 120])
def test_long_inputs_leave_room_for_the_attempts(width: int) -> None:
    action = Action(
        "flaky", "failed", None, error=Error("ValueError", "no"), inputs=[("i", "9" * 300)], attempts=3, max_attempts=3
    )
    head = text(report(Tree(action), Look(width=width), "/here")).splitlines()[0]
    assert len(head) < width
    assert "3 of 3 attempts" in head
