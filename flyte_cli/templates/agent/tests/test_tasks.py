import ast

import flyte
import pytest

from project_name.tasks import RuleModel, Seen, Step, evaluate, main


@pytest.fixture(autouse=True)
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MODEL_KEY", raising=False)


def test_the_model_asks_for_prices_first() -> None:
    assert RuleModel().next_step("3 apples and 2 pears?", []) == Step("price", {"product": "apples"})


def test_the_model_says_what_it_does_not_know() -> None:
    seen = [Seen("price", {"product": "cars"}, "unknown")]
    assert RuleModel().next_step("2 cars?", seen).answer == "I do not know what cars cost."


def test_sums_are_worked_out_without_running_code() -> None:
    assert evaluate(ast.parse("3 * 0.5 + 2 * 0.75", mode="eval").body) == 3.0
    with pytest.raises(ValueError, match="cannot work out"):
        evaluate(ast.parse("print(1)", mode="eval").body)


def test_the_agent_calls_tools_until_it_knows() -> None:
    answer = flyte.run(main, question="What do 3 apples and 2 pears cost?").outputs()[0]
    assert answer.text == "They cost 3.00."
    assert [each.tool for each in answer.seen] == ["price", "price", "calculate"]


def test_a_question_about_something_else_gets_a_hint() -> None:
    answer = flyte.run(main, question="Who are you?").outputs()[0]
    assert answer.text.startswith("I can add up")
