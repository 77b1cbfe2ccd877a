"""Promises about settings that contradict themselves: refused when declared or before the run, with task and line."""

from __future__ import annotations

from tests.conformance.promises.promise import HEAD, Promise, Says, Sees

LINE = HEAD.count("\n") + 2
"""Where the decorator of a program's first task stands."""


def refused(name: str, says: str, documented: str, settings: str, *told: str, broken: str = "") -> Promise:
    """A row for a task that is declared with these settings: nothing of it runs."""
    return Promise(
        f"refused-{name}",
        f"{says} is refused before the run, naming the task and its line",
        documented,
        f"""
        @env.task({settings})
        async def main(label: str = "") -> None:
            note("ran")
        """,
        (
            Says("run program.py main", status=2, told=(f"program.py:{LINE}", "main", *told)),
            Sees(lambda scene: (scene.trees(), scene.file("notes").exists()), ([], False)),
        ),
        broken=broken,
    )


BAD_INPUT = (
    refused(
        "cache",
        "a cache with no source of its version",
        "cache.md",
        'cache=flyte.Cache("auto", policies=[])',
        "no version_override",
    ),
    refused(
        "ignored-inputs",
        "an unknown ignored input",
        "cache.md",
        'cache=flyte.Cache("auto", ignored_inputs=("lable",))',
        "did you mean `label`?",
    ),
    refused("timeout", "a timeout below zero", "limits.md", "timeout=-1", "timeout must not be negative"),
    refused(
        "timeout-of-zero",
        "a timeout of zero",
        "limits.md",
        "timeout=0",
        "timeout",
    ),
    refused(
        "backoff",
        "a backoff that grows without a cap",
        "surface.md 2.6",
        "retries=flyte.RetryStrategy(3, flyte.Backoff(timedelta(seconds=1), 2.0))",
        "Backoff.cap is required",
    ),
    refused(
        "secret",
        "an unknown secret",
        "secrets.md",
        'secrets="NOPE"',
        "a secret is missing: `NOPE`",
        "flyte create secret NOPE",
    ),
    refused(
        "gpu",
        "a GPU that does not exist",
        "slots.md",
        'resources=flyte.Resources(gpu="A1000:1")',
        "there is no device 'A1000'",
        "did you mean `A100`?",
    ),
    refused(
        "cron",
        "a cron that never fires",
        "surface.md 2.14",
        'triggers=flyte.Trigger("t", flyte.Cron("0 0 30 2 *"))',
        "never",
    ),
)
