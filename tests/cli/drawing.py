"""Drawings as plain text, so that a test can show what a person would see."""

from collections.abc import Iterable

from flyte_cli.output.spans import Line, painted


def text(lines: Iterable[Line]) -> str:
    """The lines without colour."""
    return "\n".join(painted(spans, colour=False) for spans in lines)


def marked(spans: Line) -> str:
    """One line with its styles in angle brackets."""
    return "".join(f"<{span.style}>{span.text}</>" if span.style else span.text for span in spans)
