"""Choose the k of a k-nearest-neighbours classifier for 178 wines, one task per k and fold, on all cores.

Try it: flyte run examples/wine/wine.py main --folds 5
"""

import asyncio
import csv
import math
import random
import statistics
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import flyte

env = flyte.TaskEnvironment(name="wine")


@dataclass(frozen=True)
class Wine:
    """One bottle: its cultivar and its 13 measurements."""

    cultivar: str
    measured: tuple[float, ...]


@dataclass(frozen=True)
class Scale:
    """What makes the measurements comparable: zero mean and unit deviation over the known wines."""

    means: tuple[float, ...]
    deviations: tuple[float, ...]

    @classmethod
    def of(cls, wines: list[Wine]) -> "Scale":
        columns = list(zip(*(wine.measured for wine in wines), strict=True))
        return cls(tuple(map(statistics.fmean, columns)), tuple(map(statistics.pstdev, columns)))

    def __call__(self, wine: Wine) -> tuple[float, ...]:
        scaled = zip(wine.measured, self.means, self.deviations, strict=True)
        return tuple((value - mean) / deviation for value, mean, deviation in scaled)


@dataclass(frozen=True)
class Score:
    """How one k did on one fold, over all shuffles."""

    k: int
    right: int
    asked: int


@dataclass(frozen=True)
class Choice:
    """The k to use, and what to expect of it."""

    k: int
    accuracy: float
    candidates: int
    questions: int


@env.task
def score(k: int, fold: int, folds: int, shuffles: int) -> Score:
    """Ask k neighbours about every wine of one fold, for several ways to deal the wines into folds."""
    right = asked = 0
    for shuffle in range(shuffles):
        wines = read_wines()
        random.Random(shuffle).shuffle(wines)
        held_out = wines[fold::folds]
        known = [wine for number, wine in enumerate(wines) if number % folds != fold]
        right += count_right(k, known, held_out)
        asked += len(held_out)
    return Score(k, right, asked)


@env.task
async def choose(scores: list[Score]) -> Choice:
    """The most accurate k; of equals, the smallest."""
    right: Counter[int] = Counter()
    asked: Counter[int] = Counter()
    for one in scores:
        right[one.k] += one.right
        asked[one.k] += one.asked
    best = max(sorted(right), key=lambda k: right[k] / asked[k])
    return Choice(best, round(right[best] / asked[best], 4), len(right), sum(asked.values()))


@env.task
async def main(folds: int = 10, largest_k: int = 31, shuffles: int = 10) -> Choice:
    """Find the number of neighbours that tells the wines apart best.

    Args:
        folds: parts the wines are dealt into; one is asked about, the others answer
        largest_k: try 1, 3, 5, ... up to this
        shuffles: how often to deal anew
    """
    pairs = [(k, fold) for k in range(1, largest_k + 1, 2) for fold in range(folds)]
    print(f"scoring {len(pairs)} pairs of k and fold")
    scores = await asyncio.gather(*[score.aio(k, fold, folds, shuffles) for k, fold in pairs])
    choice = await choose(list(scores))
    print(f"ask {choice.k} neighbours: right {choice.accuracy:.1%} of the time")
    return choice


def read_wines() -> list[Wine]:
    """The wines of the file beside this one."""
    with Path(__file__).with_name("wine.csv").open(newline="") as file:
        rows = list(csv.reader(file))[1:]
    return [Wine(row[0], tuple(map(float, row[1:]))) for row in rows]


def count_right(k: int, known: list[Wine], held_out: list[Wine]) -> int:
    """How many of the held-out wines the majority of their k nearest known ones names rightly."""
    scale = Scale.of(known)
    points = [(scale(wine), wine.cultivar) for wine in known]
    right = 0
    for wine in held_out:
        here = scale(wine)
        nearest = sorted((math.dist(here, there), cultivar) for there, cultivar in points)[:k]
        votes = Counter(cultivar for _, cultivar in nearest)
        right += votes.most_common(1)[0][0] == wine.cultivar
    return right


if __name__ == "__main__":
    print(flyte.run(main).outputs()[0])
