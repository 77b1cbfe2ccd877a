"""What a task asks of a machine is recorded for people to see."""

import json
from typing import Any

import pytest

import flyte
from flyte.runtime.references import details_of


@pytest.mark.parametrize(
    ("resources", "said"),
    [
        (flyte.Resources(cpu=2, memory="4Gi"), {"cpu": 2, "memory": "4Gi"}),
        (flyte.Resources(cpu=(1, "2"), memory="auto", disk="1Gi"), {"cpu": [1, "2"], "memory": "auto", "disk": "1Gi"}),
        (flyte.Resources(gpu="T4:2"), {"gpu": "T4:2"}),
        (flyte.Resources(gpu=1), {"gpu": "GPU:1"}),
    ],
)
def test_details_have_the_resources_as_they_were_written(resources: flyte.Resources, said: dict[str, Any]) -> None:
    env = flyte.TaskEnvironment("declared", resources=resources)

    @env.task
    async def hungry() -> None: ...

    assert json.loads(details_of(hungry)) == {"resources": said}


def test_a_task_that_asks_for_nothing_has_no_details() -> None:
    @flyte.TaskEnvironment("modest", resources=flyte.Resources()).task
    async def modest() -> None: ...

    assert details_of(modest) == ""
