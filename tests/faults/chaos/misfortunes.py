"""What can go wrong: each class one thing, at a moment and with details that its seed decides."""

from __future__ import annotations

import contextlib
import os
import random
import resource
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from tests.faults.scene import family

if TYPE_CHECKING:
    from tests.faults.chaos.campaign import Round


@dataclass(frozen=True)
class Moment:
    """A place in the progress of a round, counted from its start.

    `begun`: that many bodies have begun, and the last of them waits until the misfortune is over. `finished`: the
    journal reports that many actions done, and nobody waits.
    """

    kind: str
    count: int

    def __str__(self) -> str:
        return f"{self.count} {self.kind}"


@dataclass(frozen=True)
class Misfortune:
    """One of them. `needs_shim`: whether it is done by the preloaded library."""

    moment: Moment
    needs_shim: ClassVar[bool] = False
    needs_sync: ClassVar[bool] = False
    """Whether it has an effect on a run that syncs every commit only."""
    is_mortal: ClassVar[bool] = False
    """Whether the driver ends of it, so that nothing else can befall it."""

    @classmethod
    def of(cls, moment: Moment, chance: random.Random) -> Misfortune:
        """One with random details."""
        return cls(moment)

    def strike(self, round: Round) -> bool:
        """Do it; False when there was nobody left to do it to."""
        raise NotImplementedError

    def struck(self, round: Round) -> bool:
        """Whether it had an effect, asked when the round is over."""
        return True

    def __str__(self) -> str:
        details = [str(value) for name, value in vars(self).items() if name != "moment"]
        return " ".join([type(self).__name__, *details, "at", str(self.moment)])


@dataclass(frozen=True)
class Kill(Misfortune):
    """SIGKILL, as from a crash, or from the kernel when memory is short."""

    def strike(self, round: Round) -> bool:
        hit = False
        for process in self.victims(round, family(round.driver.pid)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
                hit = True
        return hit

    def victims(self, round: Round, processes: list[int]) -> list[int]:
        """Whom to kill among the driver and its descendants."""
        raise NotImplementedError


@dataclass(frozen=True)
class KillDriver(Kill):
    """The driver alone: everybody else is to notice."""

    is_mortal = True

    def victims(self, round: Round, processes: list[int]) -> list[int]:
        return processes[:1]


@dataclass(frozen=True)
class KillZygote(Kill):
    """The process that makes workers."""

    def victims(self, round: Round, processes: list[int]) -> list[int]:
        return processes[1:2]


@dataclass(frozen=True)
class KillWorker(Kill):
    """One worker."""

    pick: int = 0

    @classmethod
    def of(cls, moment: Moment, chance: random.Random) -> Misfortune:
        return cls(moment, chance.randrange(1000))

    def victims(self, round: Round, processes: list[int]) -> list[int]:
        workers = processes[2:]
        return [workers[self.pick % len(workers)]] if workers else []


@dataclass(frozen=True)
class KillEverybody(Kill):
    """As when the machine is switched off."""

    is_mortal = True

    def victims(self, round: Round, processes: list[int]) -> list[int]:
        return processes


@dataclass(frozen=True)
class Interrupt(Misfortune):
    """ctrl-C, or SIGTERM, to the driver; perhaps once more."""

    is_mortal = True
    number: signal.Signals = signal.SIGINT
    times: int = 1

    @classmethod
    def of(cls, moment: Moment, chance: random.Random) -> Misfortune:
        return cls(moment, chance.choice([signal.SIGINT, signal.SIGTERM]), chance.choice([1, 1, 2]))

    def strike(self, round: Round) -> bool:
        hit = False
        for _ in range(self.times):
            if round.driver.poll() is None:
                round.driver.send_signal(self.number)
                hit = True
        return hit


@dataclass(frozen=True)
class Abort(Misfortune):
    """`flyte abort RUN` in another terminal."""

    is_mortal = True

    def strike(self, round: Round) -> bool:
        command = round.scene.flyte("abort", round.name, "--reason", "misfortune", **round.environment)
        command.communicate()
        return command.returncode == 0


@dataclass(frozen=True)
class FullDisk(Misfortune):
    """So many bytes of room are left, then none, until the driver ends."""

    needs_shim = True
    is_mortal = True
    room: int = 0

    @classmethod
    def of(cls, moment: Moment, chance: random.Random) -> Misfortune:
        return cls(moment, chance.choice([0, 0, chance.randrange(4096), chance.randrange(200_000)]))

    def strike(self, round: Round) -> bool:
        round.machine["room"] = self.room
        return True

    def struck(self, round: Round) -> bool:
        return round.machine["refused"] > 0


@dataclass(frozen=True)
class FullDiskForAMoment(FullDisk):
    """The same, and somebody makes room while the run goes on."""

    is_mortal = False

    def strike(self, round: Round) -> bool:
        round.machine["room"] = self.room
        round.release(1)
        round.wait(lambda: round.machine["refused"] > 0)
        round.machine["room"] = -1
        return True


@dataclass(frozen=True)
class FileSizeLimit(Misfortune):
    """No file of the driver may grow beyond a size: another way for writes to fail."""

    is_mortal = True
    size: int = 0

    @classmethod
    def of(cls, moment: Moment, chance: random.Random) -> Misfortune:
        return cls(moment, chance.randrange(20_000, 80_000))

    def strike(self, round: Round) -> bool:
        try:
            resource.prlimit(round.driver.pid, resource.RLIMIT_FSIZE, (self.size, resource.RLIM_INFINITY))
        except ProcessLookupError:
            return False
        return round.driver.poll() is None


@dataclass(frozen=True)
class ClockJump(Misfortune):
    """The clock of the day is set forwards, or back, while everything runs."""

    needs_shim = True
    seconds: int = 0

    @classmethod
    def of(cls, moment: Moment, chance: random.Random) -> Misfortune:
        return cls(moment, chance.choice([-1, 1]) * chance.choice([1, 60, 3600, 86_400, 400 * 86_400]))

    def strike(self, round: Round) -> bool:
        round.machine["clock"] += self.seconds * 1_000_000
        return True

    def struck(self, round: Round) -> bool:
        return round.machine["shifted"] > 0


@dataclass(frozen=True)
class SlowSync(Misfortune):
    """A disk that takes its time over every sync, under a run that syncs every commit."""

    needs_shim = True
    needs_sync = True
    milliseconds: int = 0

    @classmethod
    def of(cls, moment: Moment, chance: random.Random) -> Misfortune:
        return cls(moment, chance.choice([2, 10, 40]))

    def strike(self, round: Round) -> bool:
        round.machine["sync"] = self.milliseconds * 1000
        return True

    def struck(self, round: Round) -> bool:
        return round.machine["delayed"] > 0


@dataclass(frozen=True)
class Pause(Misfortune):
    """The driver, or a worker, stands still while the others go on; then it wakes up."""

    whom: int = 0

    @classmethod
    def of(cls, moment: Moment, chance: random.Random) -> Misfortune:
        return cls(moment, chance.choice([0, chance.randrange(2, 8)]))

    def strike(self, round: Round) -> bool:
        processes = family(round.driver.pid)
        if self.whom >= len(processes):
            return False
        with contextlib.suppress(ProcessLookupError):
            os.kill(processes[self.whom], signal.SIGSTOP)
            round.release(3)
            round.wait_a_little()
            os.kill(processes[self.whom], signal.SIGCONT)
        return True


KINDS: tuple[type[Misfortune], ...] = (
    KillDriver,
    KillZygote,
    KillWorker,
    KillEverybody,
    Interrupt,
    Abort,
    FullDisk,
    FullDiskForAMoment,
    FileSizeLimit,
    ClockJump,
    SlowSync,
    Pause,
)
WEIGHTS = (4, 2, 5, 3, 3, 3, 4, 2, 2, 3, 2, 2)


def misfortunes(bodies: int, chance: random.Random, has_shim: bool) -> tuple[Misfortune, ...]:
    """One to three of them for a round of about so many bodies, in the order of their moments.

    What ends the driver comes last, and there is one such thing at most.
    """
    kinds = list(dict.fromkeys(chance.choices(KINDS, WEIGHTS, k=chance.choice([1, 2, 2, 3]))))
    mortal = [kind for kind in kinds if kind.is_mortal][:1]
    kinds = [kind for kind in kinds if not kind.is_mortal] + mortal
    counts = sorted(chance.randrange(bodies + 1) for _ in kinds)
    chosen = [
        kind.of(Moment(chance.choice(["begun", "begun", "finished"]), count), chance)
        for kind, count in zip(kinds, counts, strict=True)
    ]
    return tuple(each for each in chosen if has_shim or not each.needs_shim)
