"""Notifications: what is declared is checked, what is due is sent, and what cannot be sent is a line and no more."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import flyte
from flyte import notify
from flyte.models import ActionPhase
from flyte.notifying import rendered

ENDS = (ActionPhase.SUCCEEDED, ActionPhase.FAILED)
env = flyte.TaskEnvironment("notified")


@env.task
def work(fail: bool = False) -> int:
    if fail:
        raise ValueError("as asked")
    return 1


@dataclass
class Server:
    """A loopback server that remembers what it was sent."""

    port: int
    status: int = 200
    requests: list[tuple[str, str, Any, dict[str, str]]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"


@pytest.fixture
def web() -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            server.requests.append(
                (self.command, self.path, json.loads(body) if body else None, dict(self.headers.items()))
            )
            self.send_response(server.status)
            self.end_headers()

        do_POST = do_PUT = do_GET = handle_any

        def log_message(self, *args: Any) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        server = Server(http.server_port)
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield server
        http.shutdown()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLYTE_HOME", str(tmp_path))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    for name in ("HOST", "PORT", "USER", "PASSWORD", "FROM"):
        monkeypatch.delenv(f"FLYTE_SMTP_{name}", raising=False)


def ran(notifications: Any, *, fail: bool = False, executor: Any = "inline") -> str:
    """Run with these; the run's name."""
    runner = flyte.with_runcontext(notifications=notifications, executor=executor)
    if not fail:
        return runner.run(work).name
    with pytest.raises(ValueError, match="as asked") as failure:
        runner.run(work, fail=True)
    run: Any = failure.value
    return str(run.run.name)


@pytest.mark.parametrize("executor", ["inline", "process"])
def test_a_webhook_is_told_of_each_phase_it_asked_for(web: Server, executor: str) -> None:
    phases = (ActionPhase.RUNNING, ActionPhase.FAILED)
    name = ran(notify.Webhook(on_phase=phases, url=web.url, headers={"X-Run": "{{.Run.Name}}"}), fail=True)
    assert sorted((body["phase"], body["error"]) for _, _, body, _ in web.requests) == [
        ("failed", "ValueError: as asked"),
        ("running", None),
    ]
    method, path, body, headers = web.requests[-1]
    assert (method, path, body["run"], body["task"], headers["X-Run"]) == ("POST", "/hook", name, "notified.work", name)


def test_phases_that_nobody_asked_for_are_not_sent(web: Server) -> None:
    ran(notify.Webhook(on_phase=ActionPhase.FAILED, url=web.url))
    assert web.requests == []


def test_bodies_are_templates(web: Server) -> None:
    body = {"what": "{{.Run.Name}} {{ .Phase }} {{.Unknown}}", "deep": [{"n": 1, "project": "{{.Run.Project}}"}]}
    name = ran([notify.Webhook(on_phase=ENDS, url=web.url, method="PUT", body=body)])
    assert [request[:3] for request in web.requests] == [
        ("PUT", "/hook", {"what": f"{name} succeeded {{{{.Unknown}}}}", "deep": [{"n": 1, "project": ""}]})
    ]


def test_a_get_has_no_body(web: Server) -> None:
    ran(notify.Webhook(on_phase=ENDS, url=web.url + "?run={{.Run.Name}}", method="GET"))
    ((method, path, body, _),) = web.requests
    assert (method, path.startswith("/hook?run=r"), body) == ("GET", True, None)


def test_slack_gets_text_and_blocks(web: Server) -> None:
    plain = notify.Slack(on_phase=ENDS, webhook_url=web.url)
    blocks = notify.Slack(on_phase=ENDS, webhook_url=web.url, message="{{.Error}}", blocks=({"t": "{{.Phase}}"},))
    name = ran((plain, blocks), fail=True)
    sent = sorted((body for _, _, body, _ in web.requests), key=lambda body: len(body))
    assert sent == [
        {"text": f"Run {name} (notified.work) failed\nValueError: as asked"},
        {"text": "ValueError: as asked", "blocks": [{"t": "failed"}]},
    ]


def test_teams_gets_a_card(web: Server) -> None:
    name = ran(notify.Teams(on_phase=ENDS, webhook_url=web.url, message="see {{.Run.Task}}"))
    ((_, _, body, _),) = web.requests
    (attachment,) = body["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert [part["text"] for part in attachment["content"]["body"]] == [f"Run {name} succeeded", "see notified.work"]


async def test_awaited_runs_notify_too(web: Server) -> None:
    runner = flyte.with_runcontext(notifications=notify.Webhook(on_phase="succeeded", url=web.url), executor="inline")  # type: ignore[arg-type]
    await runner.run.aio(work)
    assert [body["phase"] for _, _, body, _ in web.requests] == ["succeeded"]


def test_what_cannot_be_sent_is_one_line_and_the_run_goes_on(web: Server, capsys: pytest.CaptureFixture[str]) -> None:
    web.status = 500
    closed = f"http://127.0.0.1:1/secret-{web.port}"
    unsent = [
        notify.Webhook(on_phase=ENDS, url=web.url),
        notify.Slack(on_phase=ENDS, webhook_url=closed),
        notify.Email(on_phase=ENDS, recipients=("ada@example.com",)),
        notify.NamedDelivery(on_phase=ENDS, name="night-shift"),
        notify.NamedRule("on-call"),
    ]
    assert ran(unsent)
    told = sorted(line.split(" flyte  ")[1] for line in capsys.readouterr().err.splitlines())
    assert [line.partition(" ")[0] for line in told] == ["Email", "Slack", "Webhook", "`night-shift`", "`on-call`"]
    assert "FLYTE_SMTP_HOST" in told[0]
    assert "HTTP 500" in told[2]
    assert not any("secret" in line for line in told)


class MailHandler(socketserver.StreamRequestHandler):
    """As much of a mail server as takes one message."""

    def handle(self) -> None:
        said: list[str] = self.server.said  # type: ignore[attr-defined]
        self.wfile.write(b"220 ready\r\n")
        while line := self.rfile.readline():
            text = line.decode().rstrip()
            said.append(text)
            if text.upper() == "DATA":
                self.wfile.write(b"354 go on\r\n")
                while (line := self.rfile.readline()) != b".\r\n":
                    said.append(line.decode().rstrip())
            self.wfile.write(b"221 bye\r\n" if text.lower() == "quit" else b"250 ok\r\n")
            if text.lower() == "quit":
                return


def test_mail_goes_to_the_server_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), MailHandler) as server:
        said: list[str] = []
        server.said = said  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("FLYTE_SMTP_HOST", "127.0.0.1")
        monkeypatch.setenv("FLYTE_SMTP_PORT", str(server.server_address[1]))
        monkeypatch.setenv("FLYTE_SMTP_FROM", "runs@example.com")
        mail = notify.Email(
            on_phase=ENDS, recipients=("ada@example.com",), bcc=("bob@example.com",), html_body="<p>{{.Phase}}</p>"
        )
        name = ran(mail, fail=True)
        server.shutdown()
    assert {"rcpt TO:<ada@example.com>", "rcpt TO:<bob@example.com>"} <= set(said)
    assert f"Subject: Run {name} failed" in said
    assert "Error: ValueError: as asked" in said
    assert "<p>failed</p>" in said
    assert not any(line.startswith("Bcc") for line in said)


@pytest.mark.parametrize(
    ("declare", "told"),
    [
        (lambda: notify.Slack(on_phase=ENDS, webhook_url="hooks.slack.com/x"), "must begin with http:// or https://"),
        (lambda: notify.Webhook(on_phase=ENDS, url="file:///etc/passwd"), "must begin with http:// or https://"),
        (lambda: notify.Webhook(on_phase=(), url="http://x"), "on_phase is empty"),
        (lambda: notify.Webhook(on_phase="done", url="http://x"), "on_phase must be of ActionPhase"),  # type: ignore[arg-type]
        (lambda: notify.Webhook(on_phase=ENDS, url="http://x", method="SEND"), "method must be one of"),  # type: ignore[arg-type]
        (lambda: notify.Email(on_phase=ENDS, recipients=()), "recipients is empty"),
        (lambda: notify.Email(on_phase=ENDS, recipients=("ada",)), "addresses like"),
    ],
)
def test_what_could_not_work_is_refused_when_declared(declare: Any, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        declare()


@pytest.mark.parametrize("value", ["x", [1], 5])
def test_only_notifications_notify(value: Any) -> None:
    with pytest.raises(TypeError, match=r"flyte\.notify"):
        flyte.with_runcontext(notifications=value)


def test_unknown_placeholders_and_other_values_stay() -> None:
    assert rendered({"a": ("{{.X}}", 1, None)}, {"Phase": "p"}) == {"a": ["{{.X}}", 1, None]}
