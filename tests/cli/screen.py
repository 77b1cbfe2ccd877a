"""A terminal that remembers what is on it: just the movements that the live region makes."""

import io
import re

_PIECE = re.compile(r"\x1b\[(\d*)([A-Za-z])|(\n)|([^\x1b\n]+)")


class Screen(io.StringIO):
    """Lines of text, a cursor at a row, no width and no end."""

    def __init__(self) -> None:
        super().__init__()
        self.lines = [""]
        self.row = 0
        self.frames = 0

    def write(self, text: str) -> int:
        for match in _PIECE.finditer(text):
            count, command, newline, plain = match.groups()
            if newline:
                self.row += 1
                self.lines += [""] * (self.row + 1 - len(self.lines))
            elif plain:
                self.lines[self.row] = plain if not self.lines[self.row] else self.lines[self.row] + plain
            elif command == "A":
                self.row -= int(count or 1)
                assert self.row >= 0, "moved above what was drawn"
            elif command == "J":
                self.frames += 1
                del self.lines[self.row :]
                self.lines.append("")
            else:
                assert command == "m", f"unexpected movement {match[0]!r}"
        return len(text)

    def text(self) -> str:
        """What is to be seen."""
        return "\n".join(self.lines).rstrip("\n")
