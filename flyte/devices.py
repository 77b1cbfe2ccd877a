"""Accelerators by name: `flyte.Resources(gpu=flyte.GPU("A100", 1, "1g.5gb"))`. Names and sizes are those of Flyte 2."""

from __future__ import annotations

from flyte.near_miss import hint_for
from flyte.resources import DEVICES, Device

_SLICES_OF_A100 = ("1g.5gb", "2g.10gb", "3g.20gb", "4g.20gb", "7g.40gb")
_SLICES_OF_A100_80G = ("1g.10gb", "2g.20gb", "3g.40gb", "4g.40gb", "7g.80gb")
_PARTITIONS: dict[str, tuple[str, ...]] = {
    "A100": _SLICES_OF_A100,
    "A100_80G": _SLICES_OF_A100_80G,
    "H100": ("1g.10gb", "1g.20gb", "2g.20gb", "3g.40gb", "4g.40gb", "7g.80gb"),
    "H200": ("1g.18gb", "1g.35gb", "2g.35gb", "3g.71gb", "4g.71gb", "7g.141gb"),
    "RTX_PRO_6000": ("1g.24gb", "2g.48gb", "4g.96gb"),
}
"""Slices of one GPU, as NVIDIA names them; those of other GPUs are not checked."""

_FLAT = ("1x1", "2x2", "2x4", "4x4", "4x8", "8x8", "8x16", "16x16")
_CUBES = ("2x2x1", "2x2x2", "2x4x4", "4x4x4", "4x4x8", "4x8x8", "8x8x8", "8x8x16", "8x16x16", "16x16x16", "16x16x24")
_TOPOLOGIES: dict[str, tuple[str, ...]] = {"V5E": _FLAT, "V5P": _CUBES, "V6E": _FLAT}
"""How the chips of a TPU slice are connected, as Google names it."""


def GPU(device: str, quantity: int, partition: str | None = None) -> Device:
    """So many GPUs of a kind, or a slice of one; raises ValueError for what there is not."""
    _check_member("GPU", device, _of_class("GPU"))
    counts = DEVICES[device][1]
    if quantity not in counts:
        raise ValueError(f"a machine has {', '.join(map(str, counts))} of {device}, got {quantity!r}")
    if partition is not None and device in _PARTITIONS:
        _check_member(f"partition of {device}", partition, _PARTITIONS[device])
    return Device(quantity, "GPU", device=device, partition=partition)


def TPU(device: str, partition: str | None = None) -> Device:
    """A TPU slice, with its topology; raises ValueError for what there is not."""
    _check_member("TPU", device, _TOPOLOGIES)
    if partition is not None:
        _check_member(f"partition of {device}", partition, _TOPOLOGIES[device])
    return Device(1, "TPU", device=device, partition=partition)


def Neuron(device: str) -> Device:
    """An accelerator of AWS: `flyte.Neuron("Trn1")`; raises ValueError for what there is not."""
    return _single("NEURON", "Neuron", device)


def AMD_GPU(device: str) -> Device:
    """A GPU of AMD: `flyte.AMD_GPU("MI300X")`; raises ValueError for what there is not."""
    return _single("AMD_GPU", "AMD GPU", device)


def HABANA_GAUDI(device: str = "Gaudi1") -> Device:
    """An accelerator of Habana; raises ValueError for what there is not."""
    return _single("HABANA_GAUDI", "Habana Gaudi", device)


def APPLE_SILICON() -> Device:
    """The processor of a Mac with its GPU."""
    return _single("APPLE_SILICON", "Apple silicon", "AppleSilicon")


def _single(device_class: str, shown: str, device: str) -> Device:
    _check_member(shown, device, _of_class(device_class))
    return Device(1, device_class, device=device)


def _of_class(device_class: str) -> list[str]:
    return [name for name, (of_class, _) in DEVICES.items() if of_class == device_class]


def _check_member(what: str, name: object, known: tuple[str, ...] | list[str] | dict[str, tuple[str, ...]]) -> None:
    if name not in known:
        hint = hint_for(name, known) if isinstance(name, str) else ""
        raise ValueError(f"there is no {what} {name!r} ({hint or 'known: ' + ', '.join(known)})")
