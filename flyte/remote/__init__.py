"""What is on a backend: references to it can be declared, and using one says that this version cannot reach it."""

import sys
from types import ModuleType
from typing import NoReturn

from flyte.backend import refuse
from flyte.remote.task import Task

__all__ = ["Task"]


class _Remote(ModuleType):
    """This module, which may also be called: `flyte.remote()`."""

    def __call__(self) -> NoReturn:
        """Raise NotImplementedError: there is nothing to connect to."""
        refuse("flyte.remote()")


sys.modules[__name__].__class__ = _Remote
