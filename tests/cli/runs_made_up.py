"""A few runs to draw."""

from tests.cli.fakes import Action, Error, Tree


def fan_out() -> Tree:
    """Twenty children, sixteen done, beside a finished one and one with a child."""
    tree = Tree(Action("main", "waiting", inputs=[("n", "20")]), Action("prepare", start=0.1, end=1.1))
    for i in range(20):
        phase = "succeeded" if i < 16 else "retrying" if i == 16 else "running" if i < 19 else "queued"
        tree.add(
            Action(
                "flaky",
                phase,
                start=1.0 + i / 100 if i < 19 else None,
                end=3.0 + i / 10 if i < 16 else None,
                attempts=2 if i == 16 else 1,
                max_attempts=3,
                inputs=[("i", str(i))],
                error=Error("RuntimeError", "transient failure") if i == 16 else None,
            )
        )
    train = tree.add(Action("train", "waiting", start=6.0, inputs=[("lr", "0.1")]))
    tree.add(Action("epoch", "running", parent=train.ordinal, start=6.5))
    return tree


def ended(tree: Tree, phase: str = "succeeded") -> Tree:
    """The same run with everything over."""
    for each in tree.actions:
        if each.end is None:
            each.phase, each.start, each.end, each.error = "succeeded", each.start or 8.0, 9.0, None
    tree.actions[0].phase, tree.actions[0].end = phase, 9.8
    return tree


def failed() -> Tree:
    """`flaky.3` failed for good and took the root with it; two others failed in another way."""
    tree = ended(fan_out(), "failed")
    message = "item 3 is poisoned: expected a positive number, got -3"
    library = ("/usr/lib/python3.11/asyncio/runners.py", 7, "run", "loop.run()", False)
    poisoned = tree.actions[5]
    poisoned.phase, poisoned.attempts = "failed", 3
    poisoned.error = Error("ValueError", message, [library, ("/here/fan.py", 18, "flaky", "raise ValueError(i)", True)])
    raised_again = [library, ("/here/fan.py", 26, "main", "rs = await asyncio.gather(*calls)", True)]
    tree.actions[0].error = Error("ValueError", message, raised_again)
    for ordinal in (7, 8):
        tree.actions[ordinal].phase = "failed"
        tree.actions[ordinal].error = Error("TimeoutError", "took longer than 1s")
    return tree
