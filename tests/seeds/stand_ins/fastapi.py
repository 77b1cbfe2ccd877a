"""As much of FastAPI as declaring an app needs, so that the tests do not install a web framework."""

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])


class FastAPI:
    """Something callable that collects routes."""

    def __init__(self) -> None:
        self.routes: dict[str, Callable[..., Any]] = {}

    def get(self, path: str) -> Callable[[F], F]:
        """Note a route."""

        def note(function: F) -> F:
            self.routes[path] = function
            return function

        return note

    post = get

    def __call__(self, *args: Any) -> None:
        raise AssertionError("nobody serves it here")
