"""What a screen looks like, as text that can be compared: its lines, and beside each the colours of its parts."""

from textual.app import App


def lines_of(app: App[None]) -> list[str]:
    """The text of the screen."""
    return [strip.text.rstrip() for strip in app.screen._compositor.render_strips()]


def text_of(app: App[None]) -> str:
    """The text of the screen, in one piece."""
    return "\n".join(lines_of(app))


def picture_of(app: App[None]) -> str:
    """Each line of the screen, and below it the style of each column, by letters that are told at the end."""
    letters: dict[str, str] = {}
    drawn = []
    for strip in app.screen._compositor.render_strips():
        styles = ""
        for segment in strip:
            name = str(segment.style or "none")
            letter = letters.setdefault(name, LETTERS[len(letters)])
            styles += letter * segment.cell_length
        drawn += [strip.text.rstrip(), "  " + _short(styles)]
    return "\n".join([*drawn, "", *(f"{letter} {name}" for name, letter in letters.items())])


LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&*+,-./:;<=>?@^_~"


def _short(styles: str) -> str:
    """`aaab` as `a3b1`: columns count, and lines stay readable."""
    parts, start = [], 0
    for index in range(1, len(styles) + 1):
        if index == len(styles) or styles[index] != styles[start]:
            parts.append(f"{styles[start]}{index - start}")
            start = index
    return " ".join(parts)
