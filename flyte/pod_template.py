"""What a Kubernetes pod of a task looks like beyond resources and image: a declaration for a backend."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class PodTemplate:
    """A pod to start from. `pod_spec` is a `V1PodSpec` of the kubernetes package, which is not looked into here.

    The task runs in the container called `primary_container_name`.
    """

    pod_spec: Any = None
    primary_container_name: str = "primary"
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None

    def __post_init__(self) -> None:
        if not _is_name(self.primary_container_name):
            raise ValueError(f"PodTemplate.primary_container_name must be a name, got {self.primary_container_name!r}")
        for name in ("labels", "annotations"):
            value = getattr(self, name)
            if value is not None and not (isinstance(value, Mapping) and _are_strings(value)):
                raise TypeError(f"PodTemplate.{name} must be a dict of strings, got {value!r}")

    @classmethod
    def from_spec(
        cls,
        pod_spec: Any,
        *,
        primary_container_name: str | None = None,
        labels: dict[str, str] | None = None,
        annotations: dict[str, str] | None = None,
    ) -> PodTemplate:
        """A template of a `V1PodSpec`; its first container is the primary one unless another is named."""
        containers = getattr(pod_spec, "containers", None) or []
        first = getattr(containers[0], "name", None) if containers else None
        return cls(pod_spec, primary_container_name or first or "primary", labels, annotations)

    def __hash__(self) -> int:
        return hash((id(self.pod_spec), self.primary_container_name))


def _is_name(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _are_strings(value: Mapping[Any, Any]) -> bool:
    return all(isinstance(text, str) for pair in value.items() for text in pair)
