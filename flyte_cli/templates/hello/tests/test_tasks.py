import asyncio

import flyte

from project_name.tasks import main, square


def test_a_task_is_a_function() -> None:
    assert asyncio.run(square.forward(7)) == 49


def test_a_run_gives_the_squares_in_order() -> None:
    run = flyte.run(main, n=4)
    assert run.outputs()[0] == [0, 1, 4, 9]


def test_no_numbers_give_no_squares() -> None:
    assert flyte.run(main, n=0).outputs()[0] == []
