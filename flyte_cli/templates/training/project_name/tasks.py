"""Train the same model with many settings at once, keep the best: logistic regression in plain Python."""

import asyncio
import math
import random
from dataclasses import dataclass

import flyte

env = flyte.TaskEnvironment(name="project_name")


@dataclass
class Example:
    """A point of the plane, and whether it is one of those to be found."""

    x: float
    y: float
    wanted: bool


@dataclass
class Settings:
    """How to train."""

    rate: float
    """How far each step goes."""
    penalty: float
    """How much large weights cost."""
    epochs: int


@dataclass
class Model:
    """The weights of x, y, their squares and their product, and the bias."""

    weights: list[float]

    def probability(self, example: Example) -> float:
        total = sum(weight * value for weight, value in zip(self.weights, features(example), strict=True))
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


@dataclass
class Trained:
    """A model, and how often it is right about examples it never saw."""

    settings: Settings
    accuracy: float
    model: Model


@env.task(cache="auto")
def train(settings: Settings, examples: int, seed: int) -> Trained:
    """Train on three quarters of the examples, and measure on the rest."""
    every = make_examples(examples, seed)
    known, held_out = every[examples // 4 :], every[: examples // 4]
    model = fit(settings, known, seed)
    right = sum((model.probability(each) > 0.5) == each.wanted for each in held_out)
    print(f"rate {settings.rate}, penalty {settings.penalty}: {right} of {len(held_out)} right")
    return Trained(settings, round(right / max(1, len(held_out)), 4), model)


@env.task
async def main(
    rates: list[float] = [0.003, 0.03, 0.3],  # noqa: B006  # shown as the default in help
    penalties: list[float] = [0.0, 0.01],  # noqa: B006
    epochs: int = 40,
    examples: int = 400,
    seed: int = 1,
) -> Trained:
    """Train with every combination of settings, and keep the one that is right most often.

    Args:
        rates: how far each step goes
        penalties: how much large weights cost
        epochs: how often each example is seen
        examples: how many there are; a quarter is only for measuring
        seed: where random numbers start
    """
    sweep = [Settings(rate, penalty, epochs) for rate in rates for penalty in penalties]
    trained = await asyncio.gather(*[train.aio(settings, examples, seed) for settings in sweep])
    best = max(trained, key=lambda each: each.accuracy)
    print(f"best of {len(trained)}: {best.accuracy:.1%} with rate {best.settings.rate}")
    return best


def make_examples(count: int, seed: int) -> list[Example]:
    """Points in a square; those inside of an ellipse are wanted."""
    dice = random.Random(seed)
    points = [(dice.uniform(-2, 2), dice.uniform(-2, 2)) for _ in range(count)]
    return [Example(x, y, x * x + 2 * y * y + x * y < 2) for x, y in points]


def features(example: Example) -> tuple[float, ...]:
    """What the model sees of an example."""
    return (example.x, example.y, example.x**2, example.y**2, example.x * example.y, 1.0)


def fit(settings: Settings, examples: list[Example], seed: int) -> Model:
    """Stochastic gradient descent."""
    dice = random.Random(seed)
    model = Model([0.0] * 6)
    for _ in range(settings.epochs):
        for each in dice.sample(examples, len(examples)):
            wrong = model.probability(each) - each.wanted
            model.weights = [
                weight - settings.rate * (wrong * value + settings.penalty * weight)
                for weight, value in zip(model.weights, features(each), strict=True)
            ]
    return model
