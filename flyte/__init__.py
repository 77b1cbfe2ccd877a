"""Write Python tasks, run them anywhere.

This file binds every public name on first use, so that `import flyte` costs next to nothing. It imports nothing
itself, the standard library included.
"""

TYPE_CHECKING = False  # the name alone tells type checkers; importing it from typing would cost 6 ms
if TYPE_CHECKING:
    from flyte import app, config, durable, errors, io, models, notify, remote, report, storage, types
    from flyte.backend import deploy, serve
    from flyte.cache import Cache, CachePolicy, CacheRequest
    from flyte.checkpoint import BaseCheckpoint, Checkpoint, latest_checkpoint
    from flyte.condition import ConditionWebhook, new_condition
    from flyte.devices import AMD_GPU, APPLE_SILICON, GPU, HABANA_GAUDI, TPU, Neuron
    from flyte.docstring import Documentation
    from flyte.environment import Environment, TaskEnvironment
    from flyte.grouping import group
    from flyte.image import Image
    from flyte.initialize import current_domain, current_project, init, init_from_config
    from flyte.io.directory import Dir
    from flyte.io.file import File
    from flyte.io.frame import DataFrame
    from flyte.link import Link
    from flyte.logs import logger, system_logger
    from flyte.mapping import map
    from flyte.pod_template import PodTemplate
    from flyte.rerunning import rerun
    from flyte.resources import Device, Resources
    from flyte.retry import Backoff, RetryStrategy
    from flyte.reuse import ReusePolicy
    from flyte.reuse import container_reuse as ContainerReuse
    from flyte.run_handle import Run
    from flyte.running import run, with_runcontext
    from flyte.secret import Secret, SecretRequest
    from flyte.task import AsyncFunctionTaskTemplate, TaskTemplate
    from flyte.task_context import ctx, custom_context, get_custom_context
    from flyte.throttle import Throttle
    from flyte.timeout import Timeout, TimeoutType
    from flyte.traces import trace
    from flyte.trigger import (
        Cron,
        FixedRate,
        OnArtifact,
        Trigger,
        TriggeredArtifact,
        TriggeredPartition,
        TriggerTime,
    )

__version__ = "2.13.0"

_HOMES = {
    "AMD_GPU": "devices",
    "APPLE_SILICON": "devices",
    "AsyncFunctionTaskTemplate": "task",
    "Backoff": "retry",
    "BaseCheckpoint": "checkpoint",
    "Cache": "cache",
    "CachePolicy": "cache",
    "CacheRequest": "cache",
    "Checkpoint": "checkpoint",
    "ConditionWebhook": "condition",
    "ContainerReuse": "reuse:container_reuse",
    "Cron": "trigger",
    "DataFrame": "io.frame",
    "Device": "resources",
    "Dir": "io.directory",
    "Documentation": "docstring",
    "Environment": "environment",
    "File": "io.file",
    "FixedRate": "trigger",
    "GPU": "devices",
    "HABANA_GAUDI": "devices",
    "Image": "image",
    "Neuron": "devices",
    "OnArtifact": "trigger",
    "PodTemplate": "pod_template",
    "Link": "link",
    "Resources": "resources",
    "RetryStrategy": "retry",
    "ReusePolicy": "reuse",
    "Run": "run_handle",
    "Secret": "secret",
    "SecretRequest": "secret",
    "TPU": "devices",
    "TaskEnvironment": "environment",
    "TaskTemplate": "task",
    "Throttle": "throttle",
    "Timeout": "timeout",
    "TimeoutType": "timeout",
    "Trigger": "trigger",
    "TriggerTime": "trigger",
    "TriggeredArtifact": "trigger",
    "TriggeredPartition": "trigger",
    "ctx": "task_context",
    "current_domain": "initialize",
    "current_project": "initialize",
    "custom_context": "task_context",
    "deploy": "backend",
    "get_custom_context": "task_context",
    "group": "grouping",
    "init": "initialize",
    "init_from_config": "initialize",
    "latest_checkpoint": "checkpoint",
    "logger": "logs",
    "map": "mapping",
    "rerun": "rerunning",
    "new_condition": "condition",
    "run": "running",
    "serve": "backend",
    "system_logger": "logs",
    "trace": "traces",
    "with_runcontext": "running",
}
_MODULES = ("app", "config", "durable", "errors", "io", "models", "notify", "remote", "report", "storage", "types")

__all__ = [
    "AMD_GPU",
    "APPLE_SILICON",
    "GPU",
    "HABANA_GAUDI",
    "TPU",
    "AsyncFunctionTaskTemplate",
    "Backoff",
    "BaseCheckpoint",
    "Cache",
    "CachePolicy",
    "CacheRequest",
    "Checkpoint",
    "ConditionWebhook",
    "ContainerReuse",
    "Cron",
    "DataFrame",
    "Device",
    "Dir",
    "Documentation",
    "Environment",
    "File",
    "FixedRate",
    "Image",
    "Link",
    "Neuron",
    "OnArtifact",
    "PodTemplate",
    "Resources",
    "RetryStrategy",
    "ReusePolicy",
    "Run",
    "Secret",
    "SecretRequest",
    "TaskEnvironment",
    "TaskTemplate",
    "Throttle",
    "Timeout",
    "TimeoutType",
    "Trigger",
    "TriggerTime",
    "TriggeredArtifact",
    "TriggeredPartition",
    "__version__",
    "app",
    "config",
    "ctx",
    "current_domain",
    "current_project",
    "custom_context",
    "deploy",
    "durable",
    "errors",
    "get_custom_context",
    "group",
    "init",
    "init_from_config",
    "io",
    "latest_checkpoint",
    "logger",
    "map",
    "models",
    "new_condition",
    "notify",
    "remote",
    "report",
    "rerun",
    "run",
    "serve",
    "storage",
    "system_logger",
    "trace",
    "types",
    "version",
    "with_runcontext",
]


def version() -> str:
    """The version of this library."""
    return __version__


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name in _MODULES:
        return import_module(f"flyte.{name}")  # importing binds it
    if name not in _HOMES:
        raise AttributeError(f"module 'flyte' has no attribute {name!r}{_hint(name)}")
    module, _, attribute = _HOMES[name].partition(":")
    value = getattr(import_module(f"flyte.{module}"), attribute or name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)


def _hint(name: str) -> str:
    if name.startswith("_"):
        return ""
    from flyte.near_miss import hint_for

    hint = hint_for(name, __all__)
    return f" ({hint})" if hint else ""
