"""Draws results as a Markdown table, for people, and as JSON. It measures nothing and decides nothing."""

import statistics
from typing import Any

from figures import Figure, Result

HEAD = ("what", "ours", "peer", "factor", "budget", "")


def document(results: list[Result], machine: dict[str, Any]) -> dict[str, Any]:
    """Everything there is to know about one `make bench`, ready for JSON."""
    return {"schema": "bench/1", "machine": machine, "measures": [_measure(result) for result in results]}


def draw(document: dict[str, Any]) -> str:
    """The table of a document, one line per figure, and one note per measure."""
    rows = [_row(figure) for measure in document["measures"] for figure in measure["figures"]]
    widths = [max(map(len, column)) for column in zip(HEAD, *rows, strict=True)]
    lines = [_line(HEAD, widths), "|" + "|".join("-" * (width + 2) for width in widths) + "|"]
    lines += [_line(row, widths) for row in rows]
    notes = [f"- {measure['name']}: {measure['caveat']}{_trouble(measure)}" for measure in document["measures"]]
    if document["machine"]["quick"]:
        notes.append("- quick: one round at a tenth of the sizes named above. Good for finding out whether it works.")
    return "\n".join([*lines, "", *notes])


def _measure(result: Result) -> dict[str, Any]:
    measure = result.measure
    return {
        "name": measure.name,
        "caveat": measure.caveat,
        "trouble": result.trouble,
        "figures": [_figure(figure, result) for figure in measure.figures],
    }


def _figure(figure: Figure, result: Result) -> dict[str, Any]:
    rounds = {side: [values[figure.key] for values in found] for side, found in result.rounds.items()}
    medians = {side: statistics.median(values) for side, values in rounds.items() if values}
    ours, peer = medians.get("ours"), medians.get("peer")
    factor = _factor(ours, peer, figure.higher_is_better)
    return {
        "key": figure.key,
        "title": figure.title,
        "unit": figure.unit,
        "ours": ours,
        "peer": peer,
        "factor": factor,
        "budget": str(figure.budget) if figure.budget else None,
        "met": figure.budget.met(ours, factor) if figure.budget else None,
        "trouble": {side: why.partition(":")[0] for side, why in result.trouble.items()},
        "rounds": rounds,
    }


def _factor(ours: float | None, peer: float | None, higher_is_better: bool) -> float | None:
    """How many times better ours is."""
    better, worse = (ours, peer) if higher_is_better else (peer, ours)
    return better / worse if better is not None and worse is not None and better > 0 and worse > 0 else None


def _row(figure: dict[str, Any]) -> tuple[str, ...]:
    met = figure["met"]
    return (
        figure["title"],
        _value(figure, "ours"),
        _value(figure, "peer"),
        f"{_digits(figure['factor'])}×" if figure["factor"] is not None else "",
        figure["budget"] or "",
        "" if met is None else "met" if met else "missed",
    )


def _value(figure: dict[str, Any], side: str) -> str:
    value = figure[side]
    if value is None:
        return str(figure["trouble"].get(side, "–"))
    return f"{_digits(value)} {figure['unit']}".strip()


def _digits(value: float) -> str:
    """Three significant digits, thousands separated."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"


def _trouble(measure: dict[str, Any]) -> str:
    return "".join(f" {side} {why.rstrip('.')}." for side, why in measure["trouble"].items())
