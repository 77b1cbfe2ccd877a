"""What a task asks of a machine: a declaration, shared out and enforced by the engine. It never measures anything."""

from __future__ import annotations

import re
from dataclasses import InitVar, dataclass, field, replace
from typing import Any, TypeAlias

from flyte.near_miss import hint_for

CPU: TypeAlias = int | float | str
_QUANTITY = re.compile(r"\d+(\.\d+)?([eE][+-]?\d+|[numkKMGTPE]|[KMGTPE]i)?")

# How many of each device one machine can have; names as people write them in `gpu="A100:2"`.
_ONE_TO_EIGHT = tuple(range(1, 9))
DEVICES: dict[str, tuple[str, tuple[int, ...]]] = {
    name: (device_class, counts)
    for device_class, counts, names in (
        ("GPU", _ONE_TO_EIGHT, ("A10", "A10G", "A100", "A100_80G", "B200", "H100", "H200", "L4", "L40s", "T4", "V100")),
        ("GPU", (1,), ("A2", "RTX_PRO_4500", "GB10")),
        ("GPU", (1, 2), ("RTX_PRO_6000",)),
        ("GPU", (1,), ("T4 shared", "L4 shared", "A10G shared", "A10 shared", "L40S shared")),
        ("NEURON", (1, 4, 8, 16), ("Trn1", "Trn1n", "Trn2", "Trn2u")),
        ("NEURON", tuple(range(1, 17)), ("Inf1",)),
        ("NEURON", tuple(range(1, 13)), ("Inf2",)),
        ("AMD_GPU", (1,), ("MI100", "MI210", "MI250", "MI250X", "MI300A", "MI300X", "MI325X", "MI350X", "MI355X")),
        ("HABANA_GAUDI", (1,), ("Gaudi1",)),
        ("APPLE_SILICON", (1,), ("AppleSilicon",)),
    )
    for name in names
}


@dataclass(frozen=True)
class Device:
    """An accelerator, and how many of it."""

    quantity: int
    device_class: str = "GPU"
    device: str | None = None
    partition: str | None = None

    def __post_init__(self) -> None:
        if self.quantity < 0:
            raise ValueError(f"Device.quantity must not be negative, got {self.quantity!r}")


@dataclass(frozen=True)
class Resources:
    """Processors, memory, accelerators and disk; a pair is (request, limit). `mem` is another word for `memory`."""

    cpu: CPU | tuple[CPU, CPU] | None = None
    memory: str | tuple[str, str] | None = None
    gpu: str | int | Device | None = None
    disk: str | None = None
    shm: str | None = None
    mem: InitVar[str | tuple[str, str] | None] = field(default=None, kw_only=True)

    def __post_init__(self, mem: str | tuple[str, str] | None) -> None:
        if mem is not None:
            if self.memory is not None:
                raise TypeError("memory and mem are the same setting: give one of them")
            object.__setattr__(self, "memory", mem)
        _check_pair("cpu", self.cpu, _check_cpu)
        if self.memory != "auto":
            _check_pair("memory", self.memory, _check_quantity)
        _check_quantity("disk", self.disk)
        if self.shm != "auto":
            _check_quantity("shm", self.shm)
        object.__setattr__(self, "gpu", _accelerator(self.gpu))

    def get_device(self) -> Device | None:
        """The accelerator that `gpu` stands for."""
        if self.gpu is None or isinstance(self.gpu, Device):
            return self.gpu
        if isinstance(self.gpu, int):
            return Device(self.gpu)
        name, quantity = _split(self.gpu)
        return Device(quantity, DEVICES[name][0], device=name)

    def get_shared_memory(self) -> str | None:
        """The size of shared memory; empty for as much as there is."""
        return "" if self.shm == "auto" else self.shm


_SUFFIXES = {"m": 1e-3, "": 1.0} | {
    letter + "i" * is_binary: float((1024 if is_binary else 1000) ** power)
    for power, letter in enumerate("kMGTPE", 1)
    for is_binary in (False, True)
}
_SUFFIXES |= {"K": 1e3, "Ki": 1024.0}


def _quantity(text: str) -> float:
    """A Kubernetes quantity (Kubernetes API reference, "Quantity") as a number."""
    number = text.strip().rstrip("".join(set("".join(_SUFFIXES))))
    return float(number) * _SUFFIXES[text.strip()[len(number) :]]


def thousandths_of(cpu: CPU | None) -> int:
    """A number of processors, or a quantity of them, in thousandths."""
    if cpu is None:
        return 0
    return round(1000 * (_quantity(cpu) if isinstance(cpu, str) else float(cpu)))


def bytes_of(memory: str | None) -> int:
    """A quantity of memory in bytes; zero for none."""
    return 0 if memory is None else round(_quantity(memory))


def joined_resources(
    resources: Resources | None, requests: Resources | None, limits: Resources | None
) -> Resources | None:
    """Read `requests=` and `limits=` as the pairs of one Resources."""
    if requests is None and limits is None:
        return resources
    if resources is not None:
        raise TypeError("resources says what requests and limits say: give resources, or the other two")
    for name, value in (("requests", requests), ("limits", limits)):
        if value is not None and not isinstance(value, Resources):
            raise TypeError(f"{name} must be a flyte.Resources, got {value!r}")
    if requests is None or limits is None:
        return requests or limits
    return replace(
        limits,
        cpu=_joined("cpu", requests.cpu, limits.cpu),
        memory=_joined("memory", requests.memory, limits.memory),
        gpu=requests.gpu if limits.gpu is None else limits.gpu,
        disk=requests.disk if limits.disk is None else limits.disk,
        shm=requests.shm if limits.shm is None else limits.shm,
        mem=None,
    )


def _joined(name: str, request: Any, limit: Any) -> Any:
    if isinstance(request, tuple) or isinstance(limit, tuple):
        raise TypeError(f"{name} in requests and limits must be single values, not pairs")
    if request is None or limit is None:
        return request if limit is None else limit
    return request, limit


def _check_pair(name: str, value: Any, check: Any) -> None:
    if not isinstance(value, tuple):
        check(name, value)
        return
    if len(value) != 2:
        raise ValueError(f"{name} tuple must have exactly two elements, (request, limit), got {value!r}")
    for part in value:
        check(name, part)


def _check_cpu(name: str, value: object) -> None:
    if value is None:
        return
    if isinstance(value, str):
        _check_quantity(name, value)
    elif isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"{name} must be a number or a quantity string such as '500m', got {value!r}")
    elif not value >= 0:
        raise ValueError(f"{name} must be greater than or equal to 0, got {value}")


def _check_quantity(name: str, value: object) -> None:
    if value is not None and not (isinstance(value, str) and _QUANTITY.fullmatch(value.strip())):
        example = "'500m' or '2'" if name == "cpu" else "'1Gi', '512Mi' or '2G'"
        raise ValueError(
            f"{name} must be a Kubernetes quantity string such as {example}, got {type(value).__name__}: {value!r}"
        )


def _accelerator(value: Any) -> str | int | Device | None:
    if value is None or isinstance(value, Device):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        if value < 0:
            raise ValueError(f"gpu must be greater than or equal to 0, got {value}")
        return value
    if not isinstance(value, str):
        raise ValueError(f"gpu must be a count, a string like 'A100:2' or a Device, got {value!r}")
    if value.isdecimal():
        return int(value)
    _check_device(value)
    return value


def _check_device(text: str) -> None:
    name, quantity = _split(text)
    if name not in DEVICES:
        hint = hint_for(name, DEVICES) or f"known: {', '.join(DEVICES)}"
        raise ValueError(f"gpu={text!r}: there is no device {name!r} ({hint})")
    if quantity not in DEVICES[name][1]:
        counts = ", ".join(map(str, DEVICES[name][1]))
        raise ValueError(f"gpu={text!r}: a machine has {counts} of {name}; write e.g. '{name}:{DEVICES[name][1][-1]}'")


def _split(text: str) -> tuple[str, int]:
    name, _, quantity = text.partition(":")
    if name == "AppleSilicon" and not quantity:
        return name, 1
    return name, int(quantity) if quantity.isdecimal() else 0
