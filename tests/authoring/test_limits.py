"""Resources, retries, timeouts, reuse and caching check themselves and say what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

import flyte
from flyte.cache import VersionParameters
from flyte.durations import duration
from flyte.resources import Device


@pytest.mark.parametrize(
    "resources",
    [
        {"cpu": 0},
        {"cpu": 0.5},
        {"cpu": "500m"},
        {"cpu": (1, "2")},
        {"memory": "1Gi"},
        {"memory": ("512Mi", "2G")},
        {"gpu": 0},
        {"gpu": "A100:2"},
        {"gpu": "AppleSilicon"},
        {"gpu": "L40S shared:1"},
        {"disk": "10Gi"},
        {"shm": "auto"},
    ],
)
def test_resources_take_numbers_quantities_and_pairs(resources: dict[str, Any]) -> None:
    flyte.Resources(**resources)


@pytest.mark.parametrize(
    ("resources", "message"),
    [
        ({"cpu": -1}, "cpu must be greater than or equal to 0, got -1"),
        ({"cpu": "lots"}, "cpu must be a Kubernetes quantity string such as '500m' or '2', got str: 'lots'"),
        ({"cpu": float("nan")}, "cpu must be greater than or equal to 0, got nan"),
        ({"cpu": True}, "cpu must be a number"),
        ({"cpu": (1, 2, 3)}, "cpu tuple must have exactly two elements"),
        ({"memory": 3}, "memory must be a Kubernetes quantity string such as '1Gi', '512Mi' or '2G', got int: 3"),
        ({"memory": "16 GB"}, "got str: '16 GB'"),
        ({"gpu": -1}, "gpu must be greater than or equal to 0, got -1"),
        ({"gpu": "A1OO:1"}, "there is no device 'A1OO'"),
        ({"gpu": "a100:1"}, "did you mean `A100`?"),
        ({"gpu": "A100:9"}, "a machine has 1, 2, 3, 4, 5, 6, 7, 8 of A100"),
        ({"gpu": "A100"}, "write e.g. 'A100:8'"),
        ({"disk": 3}, "disk must be a Kubernetes quantity string"),
        ({"shm": 3}, "shm must be a Kubernetes quantity string"),
    ],
)
def test_wrong_resources_are_named(resources: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011  # the message is compared below, as it is
        flyte.Resources(**resources)
    assert message in str(caught.value)


def test_mem_is_memory() -> None:
    assert flyte.Resources(mem="4Gi") == flyte.Resources(memory="4Gi")
    with pytest.raises(TypeError, match="the same setting"):
        flyte.Resources(mem="4Gi", memory="4Gi")


@pytest.mark.parametrize(
    ("gpu", "device"),
    [
        (2, flyte.Device(2)),
        ("2", flyte.Device(2)),
        ("A100:2", flyte.Device(2, device="A100")),
        ("Trn1:16", flyte.Device(16, "NEURON", device="Trn1")),
        (flyte.Device(1, "TPU", device="v5"), flyte.Device(1, "TPU", device="v5")),
        (None, None),
    ],
)
def test_a_gpu_stands_for_a_device(gpu: Any, device: flyte.Device | None) -> None:
    assert flyte.Resources(gpu=gpu).get_device() == device


def test_shared_memory_can_be_all_there_is() -> None:
    assert flyte.Resources(shm="auto").get_shared_memory() == ""
    assert flyte.Resources(shm="1Gi").get_shared_memory() == "1Gi"


def test_backoff_waits_grow_up_to_the_cap() -> None:
    backoff = flyte.Backoff(timedelta(seconds=1), factor=2, cap=timedelta(seconds=5))
    assert [backoff.compute_delay(n).total_seconds() for n in (0, 1, 2, 3, 5000)] == [1, 2, 4, 5, 5]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: flyte.Backoff(timedelta(seconds=-1)), "Backoff.base must be >= 0"),
        (lambda: flyte.Backoff(timedelta(seconds=1), factor=2), "Backoff.cap is required when factor > 1.0"),
        (lambda: flyte.Backoff(timedelta(seconds=1), factor=0.5), "Backoff.factor must be >= 1.0, got 0.5"),
        (lambda: flyte.Backoff(timedelta(seconds=1), factor=float("nan")), "Backoff.factor must be >= 1.0, got nan"),
        (lambda: flyte.Backoff(1), "Backoff.base must be a timedelta"),  # type: ignore[arg-type]
        (lambda: flyte.RetryStrategy(-1), "RetryStrategy.count must be greater than or equal to 0, got -1"),
        (lambda: flyte.RetryStrategy(1.5), "RetryStrategy.count must be an int"),  # type: ignore[arg-type]
        (lambda: flyte.Timeout(-3), "Timeout.max_runtime must not be negative, got -3"),
        (lambda: flyte.Timeout(deadline="soon"), "Timeout.deadline is not a length of time: 'soon'"),
        (lambda: flyte.Timeout(max_queued_time=True), "Timeout.max_queued_time must be seconds"),
        (lambda: flyte.ReusePolicy(replicas=-1), "replicas min must be greater than or equal to 0, got -1"),
        (lambda: flyte.ReusePolicy(replicas=(3, 1)), "replicas min (3) must be less than or equal to max (1)"),
        (lambda: flyte.ReusePolicy(replicas="2"), "replicas must be an int"),  # type: ignore[arg-type]
        (lambda: flyte.ReusePolicy(idle_ttl=10), "idle_ttl must be at least 30 seconds, got 10"),
        (lambda: flyte.ReusePolicy(scaledown_ttl="9"), "scaledown_ttl must be an int"),  # type: ignore[arg-type]
        (lambda: flyte.ReusePolicy(concurrency=0), "concurrency must be at least 1, got 0"),
        (lambda: flyte.ReusePolicy(scope="x"), "scope must be 'global' or 'run', got 'x'"),  # type: ignore[arg-type]
        (lambda: flyte.Cache("atuo"), "did you mean `auto`?"),  # type: ignore[arg-type]
        (lambda: flyte.Cache("auto", policies=[]), "policies is empty"),
        (lambda: flyte.Cache("auto", max_age=-1), "Cache.max_age must not be negative, got -1"),
        (lambda: flyte.Cache("auto", ignored_inputs=(1,)), "a tuple of names"),  # type: ignore[arg-type]
    ],
)
def test_a_wrong_value_says_what_is_wrong(make: Callable[[], object], message: str) -> None:
    with pytest.raises((ValueError, TypeError)) as caught:
        make()
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        (90, 90),
        ("90", 90),
        ("90s", 90),
        ("1h", 3600),
        ("1h30m", 5400),
        ("1.5h", 5400),
        ("2d", 172800),
        ("250ms", 0.25),
        ("1h 5s", 3605),
        (timedelta(minutes=1), 60),
    ],
)
def test_lengths_of_time_are_read(written: Any, seconds: float) -> None:
    assert duration(written, "timeout").total_seconds() == seconds


@pytest.mark.parametrize("written", ["", "h", "1x", "1h-5m", "one hour", float("inf"), float("nan"), -1, "-5"])
def test_other_lengths_of_time_are_refused(written: Any) -> None:
    with pytest.raises(ValueError, match=r"^timeout "):
        duration(written, "timeout")


def test_a_limit_that_is_not_there_is_none_and_zero_is_refused() -> None:
    assert flyte.Timeout("1m", None, 5).seconds() == (60, None, 5)
    with pytest.raises(ValueError, match=r"Timeout\.deadline must be more than 0, got 0: leave it out"):
        flyte.Timeout(deadline=0)


def test_reuse_takes_a_number_or_bounds() -> None:
    assert (flyte.ReusePolicy(3).min_replicas, flyte.ReusePolicy(3).max_replicas) == (3, 3)
    assert (flyte.ReusePolicy((0, 4)).min_replicas, flyte.ReusePolicy((0, 4)).max_replicas) == (0, 4)
    assert flyte.ReusePolicy().get_scaledown_ttl() == timedelta(seconds=30)


def test_ignored_inputs_may_be_one_name() -> None:
    assert flyte.Cache("auto", ignored_inputs="x").get_ignored_inputs() == ("x",)


def test_a_cache_names_its_version() -> None:
    class Weekly:
        def get_version(self, salt: str, params: VersionParameters) -> str:
            return f"{params.func.__name__}-{salt}"

    params = VersionParameters(func=len)
    assert flyte.Cache("auto", version_override="v1").get_version() == "v1"
    first = flyte.Cache("auto", policies=Weekly(), salt="a")
    assert first.get_version(params) == flyte.Cache("auto", policies=[Weekly()], salt="a").get_version(params)
    assert first.get_version(params) != flyte.Cache("auto", policies=Weekly(), salt="b").get_version(params)


def test_values_are_frozen_and_compared() -> None:
    assert flyte.Resources(cpu=1) == flyte.Resources(cpu=1)
    with pytest.raises(AttributeError):
        flyte.Resources(cpu=1).cpu = 2  # type: ignore[misc]


@pytest.mark.parametrize(
    ("device", "expected"),
    [
        (lambda: flyte.GPU("A100", 2), Device(2, "GPU", "A100")),
        (lambda: flyte.GPU("A100", 1, "1g.5gb"), Device(1, "GPU", "A100", "1g.5gb")),
        (lambda: flyte.GPU("T4 shared", 1), Device(1, "GPU", "T4 shared")),
        (lambda: flyte.TPU("V5P", "2x2x1"), Device(1, "TPU", "V5P", "2x2x1")),
        (lambda: flyte.Neuron("Trn1"), Device(1, "NEURON", "Trn1")),
        (lambda: flyte.AMD_GPU("MI300X"), Device(1, "AMD_GPU", "MI300X")),
        (lambda: flyte.HABANA_GAUDI("Gaudi1"), Device(1, "HABANA_GAUDI", "Gaudi1")),
        (lambda: flyte.APPLE_SILICON(), Device(1, "APPLE_SILICON", "AppleSilicon")),
    ],
)
def test_accelerators_have_names(device: Callable[[], Device], expected: Device) -> None:
    assert device() == expected == flyte.Resources(gpu=device()).get_device()


@pytest.mark.parametrize(
    ("device", "message"),
    [
        (lambda: flyte.GPU("A1000", 1), "there is no GPU 'A1000' (did you mean `A100`?)"),
        (lambda: flyte.GPU("A100", 9), "a machine has 1, 2, 3, 4, 5, 6, 7, 8 of A100, got 9"),
        (lambda: flyte.GPU("A100", 1, "9g.99gb"), "there is no partition of A100 '9g.99gb'"),
        (lambda: flyte.TPU("V5P", "2x2"), "there is no partition of V5P '2x2'"),
        (lambda: flyte.TPU("V9"), "there is no TPU 'V9'"),
        (lambda: flyte.Neuron("Trn9"), "there is no Neuron 'Trn9'"),
    ],
)
def test_accelerators_there_are_not_are_refused(device: Callable[[], Device], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        device()
