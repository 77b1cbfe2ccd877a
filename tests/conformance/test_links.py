"""Links are asked for where an action starts, recorded, and shown."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import flyte

PROGRAM = """
import flyte

class Board:
    icon_uri = ""

    def __init__(self, name, fails=False):
        self.name, self.fails = name, fails

    def get_link(self, run_name, project, domain, context, parent_action_name, action_name, pod_name, **kwargs):
        if self.fails:
            raise RuntimeError("no board")
        return f"http://boards/{run_name}/{action_name}?team={context.get('team')}"

env = flyte.TaskEnvironment("linked")

@env.task(links=Board("board"))
def sync() -> int:
    return 1

@env.task(links=[Board("metrics"), Board("broken", fails=True)])
async def main() -> int:
    return await sync.aio()

if __name__ == "__main__":
    import sys
    run = flyte.with_runcontext(executor=sys.argv[1], custom_context={"team": "red"}).run(main)
    print(run.name, run.result)
"""


@pytest.mark.parametrize("executor", ["process", "inline"])
def test_links_are_recorded_and_shown(tmp_path: Path, executor: str) -> None:
    (tmp_path / "linked.py").write_text(PROGRAM)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FLYTE", "PYTEST", "CI"))}
    environment = kept | {"FLYTE_HOME": str(tmp_path / "home"), "COLUMNS": "120"}

    def say(*command: str) -> tuple[str, str]:
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
        return done.stdout, done.stderr

    stdout, stderr = say(sys.executable, "linked.py", executor)
    name, result = stdout.split()
    assert result == "1"
    assert "link 'broken' has no address: RuntimeError: no board" in stderr
    flyte_command = str(Path(sys.executable).with_name("flyte"))
    links = json.loads(say(flyte_command, "get", "run", name, "--json")[0])["links"]
    assert [(each["action"], each["name"]) for each in links] == [("main", "metrics"), ("sync.0", "board")]
    assert links[0]["uri"] == f"http://boards/{name}/a0?team=red"
    page = say(flyte_command, "get", "run", name)[0]
    assert f"link  main    metrics  {links[0]['uri']}" in page
    assert f"link  sync.0  board    {links[1]['uri']}" in page


@pytest.mark.parametrize("links", ["http://x", [1], {"a": 1}])
def test_what_is_no_link_is_refused_when_declared(links: Any) -> None:
    env = flyte.TaskEnvironment("nolinks")
    with pytest.raises(TypeError, match="links must be"):
        env.task(links=links)(lambda: None)


def test_what_has_a_name_and_an_address_is_a_link() -> None:
    class Board:
        name = "board"
        icon_uri = ""

        def get_link(self, **kwargs: Any) -> str:
            return ""

    assert isinstance(Board(), flyte.Link)
    assert not isinstance("http://x", flyte.Link)
