import flyte

from project_name.tasks import Settings, main, make_examples, train


def test_the_same_seed_makes_the_same_examples() -> None:
    assert make_examples(5, seed=3) == make_examples(5, seed=3)
    assert make_examples(5, seed=3) != make_examples(5, seed=4)


def test_training_beats_guessing() -> None:
    trained = train.forward(Settings(rate=0.03, penalty=0.0, epochs=20), 200, 1)
    assert trained.accuracy > 0.8


def test_the_sweep_keeps_the_best() -> None:
    best = flyte.run(main, rates=[0.0, 0.03], penalties=[0.0], epochs=10, examples=200).outputs()[0]
    assert best.settings.rate == 0.03
