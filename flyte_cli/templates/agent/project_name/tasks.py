"""An agent: a model chooses tools until it knows the answer. Its steps are traces, its tools are tasks.

There are two models: one that follows rules and needs no key, and one behind an API.
"""

import ast
import json
import operator
import os
import re
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import flyte

env = flyte.TaskEnvironment(name="project_name")
with_key = flyte.TaskEnvironment(name="project_name_api", secrets=["MODEL_KEY"], depends_on=[env])

PRICES = {"apples": 0.5, "pears": 0.75, "melons": 3.2}
OPERATORS: dict[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}


@dataclass
class Step:
    """What the model wants: a tool to be called, or the answer."""

    tool: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)
    answer: str = ""


@dataclass
class Seen:
    """A tool that was called, and what it said."""

    tool: str
    arguments: dict[str, Any]
    result: str


@dataclass
class Answer:
    """What the agent says, and how it came to it."""

    text: str
    seen: list[Seen]


@env.task
async def price(product: str) -> str:
    """A tool: what one of a product costs."""
    return str(PRICES.get(product.lower(), "unknown"))


@env.task
async def calculate(expression: str) -> str:
    """A tool: work out a sum. It knows numbers and + - * /, and runs no code."""
    return f"{evaluate(ast.parse(expression, mode='eval').body):.2f}"


TOOLS: dict[str, Any] = {"price": price, "calculate": calculate}


@flyte.trace
async def think(question: str, seen: list[Seen]) -> Step:
    """Ask the model for the next step. It is recorded: after a crash or an error nobody pays for it again."""
    return model().next_step(question, seen)


@env.task
async def main(question: str = "What do 3 apples and 2 pears cost?", steps: int = 8) -> Answer:
    """Answer a question about prices with the model that needs no key.

    Args:
        question: what somebody wants to know
        steps: give up after so many
    """
    return await agent(question, steps)


@with_key.task
async def ask(question: str = "What do 3 apples and 2 pears cost?", steps: int = 8) -> Answer:
    """Answer a question about prices with a model behind an API, which needs the secret MODEL_KEY.

    Args:
        question: what somebody wants to know
        steps: give up after so many
    """
    return await agent(question, steps)


async def agent(question: str, steps: int) -> Answer:
    """Think, call what was chosen, and look at what it said, until there is an answer."""
    seen: list[Seen] = []
    for _ in range(steps):
        step = await think(question, seen)
        if not step.tool:
            print(step.answer)
            return Answer(step.answer, seen)
        seen.append(Seen(step.tool, step.arguments, await call(step)))
    raise RuntimeError(f"no answer after {steps} steps")


async def call(step: Step) -> str:
    """What the tool says; its mistakes are for the model to read."""
    tool = TOOLS.get(step.tool)
    if tool is None:
        return f"there is no tool {step.tool}, only {', '.join(TOOLS)}"
    try:
        result: str = await tool(**step.arguments)
    except (ArithmeticError, SyntaxError, TypeError, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    return result


def evaluate(node: ast.expr) -> float:
    """The value of a sum."""
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        return node.value
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
        return OPERATORS[type(node.op)](evaluate(node.left), evaluate(node.right))
    raise ValueError(f"cannot work out {ast.unparse(node)}")


class Model(Protocol):
    """Chooses the next step from a question and what was seen so far."""

    def next_step(self, question: str, seen: list[Seen]) -> Step: ...


class RuleModel:
    """Looks up the price of everything it is asked about, then adds up: the same answer each time, for nothing."""

    def next_step(self, question: str, seen: list[Seen]) -> Step:
        wanted = re.findall(r"(\d+)\s+(\w+)", question)
        if not wanted:
            return Step(answer="I can add up what things cost. Ask for example: What do 3 apples and 2 pears cost?")
        asked = {each.arguments.get("product") for each in seen}
        for _, product in wanted:
            if product not in asked:
                return Step("price", {"product": product})
        prices = {each.arguments["product"]: each.result for each in seen if each.tool == "price"}
        unknown = [product for _, product in wanted if prices[product] == "unknown"]
        if unknown:
            return Step(answer=f"I do not know what {' and '.join(unknown)} cost.")
        sums = [each.result for each in seen if each.tool == "calculate"]
        if not sums:
            return Step("calculate", {"expression": " + ".join(f"{count} * {prices[name]}" for count, name in wanted)})
        return Step(answer=f"They cost {sums[-1]}.")


class ApiModel:
    """A model behind an API that speaks the chat completions protocol."""

    def __init__(self, key: str, url: str, name: str) -> None:
        self.key, self.url, self.name = key, url, name

    def next_step(self, question: str, seen: list[Seen]) -> Step:
        told = "\n".join(f"{each.tool}({json.dumps(each.arguments)}) said {each.result}" for each in seen)
        body = {
            "model": self.name,
            "response_format": {"type": "json_object"},
            "messages": [
                {"role": "system", "content": INSTRUCTIONS},
                {"role": "user", "content": f"{question}\n\n{told}"},
            ],
        }
        request = urllib.request.Request(
            f"{self.url}/chat/completions",
            json.dumps(body).encode(),
            {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as response:
            said = json.load(response)["choices"][0]["message"]["content"]
        step = json.loads(said)
        return Step(step.get("tool", ""), step.get("arguments", {}), step.get("answer", ""))


INSTRUCTIONS = """\
You answer questions about what things cost. Reply with one JSON object, and nothing else.
To call a tool: {"tool": "price", "arguments": {"product": "apples"}}
             or {"tool": "calculate", "arguments": {"expression": "3 * 0.5 + 2"}}
To answer: {"answer": "..."}
"""


def model() -> Model:
    """The model behind the API when there is a key, else the one that follows rules."""
    key = os.environ.get("MODEL_KEY")
    if not key:
        return RuleModel()
    url = os.environ.get("MODEL_URL", "https://api.openai.com/v1").rstrip("/")
    return ApiModel(key, url, os.environ.get("MODEL_NAME", "gpt-4o-mini"))
