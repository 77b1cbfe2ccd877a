"""What needs a backend, which this version cannot talk to: calls that say so, so that programs import and declare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from flyte.dual import dual

if TYPE_CHECKING:
    from flyte.app import AppEnvironment
    from flyte.environment import Environment


def refuse(what: str) -> NoReturn:
    """Raise NotImplementedError for a call that only a backend could answer."""
    raise NotImplementedError(
        f"{what} needs a backend, which this version cannot talk to; flyte.run runs tasks on this machine"
    )


async def _deploy_aio(*envs: Environment, **options: Any) -> NoReturn:
    refuse("flyte.deploy")


@dual(aio=_deploy_aio)
def deploy(*envs: Environment, **options: Any) -> NoReturn:
    """Register environments with a backend. Raises NotImplementedError: this version cannot talk to one."""
    refuse("flyte.deploy")


async def _serve_aio(app_env: AppEnvironment) -> NoReturn:
    refuse("flyte.serve")


@dual(aio=_serve_aio)
def serve(app_env: AppEnvironment) -> NoReturn:
    """Serve an app. Raises NotImplementedError: this version can only declare apps."""
    refuse("flyte.serve")
