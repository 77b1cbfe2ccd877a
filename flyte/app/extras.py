"""Apps of frameworks that people already use. The frameworks are theirs: none is imported here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flyte.app.environment import AppEnvironment
from flyte.app.settings import Link
from flyte.resources import Resources


@dataclass(eq=False, repr=False)
class FastAPIAppEnvironment(AppEnvironment):
    """An app that FastAPI answers: `FastAPIAppEnvironment(name="my-api", app=FastAPI())`.

    `uvicorn_config` is a `uvicorn.Config` for serving it otherwise than with the defaults.
    """

    type: str | None = field(default="FastAPI", kw_only=True)
    app: Any = field(kw_only=True)
    uvicorn_config: Any = field(default=None, kw_only=True)

    def __post_init__(self, requests: Resources | None, limits: Resources | None) -> None:
        super().__post_init__(requests, limits)
        if not callable(self.app):
            raise TypeError(f"app must be a FastAPI(), got {self.app!r}")
        if self.command is not None or self.args is not None:
            raise ValueError(f"app `{self.name}`: FastAPI is what it starts, so it takes no args and no command")
        if not any(link.path == "/docs" for link in self.links):
            self.links = [Link("/docs", "FastAPI OpenAPI Docs", is_relative=True), *self.links]
