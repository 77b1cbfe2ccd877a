"""HTML as blocks of text, for a terminal: headings, paragraphs, lists, tables, links; a picture is its size.

Pure. Nothing is run or fetched, markup may be as broken as it likes, and what it does not know it reads as text.
"""

from __future__ import annotations

import base64
import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser

from flyte_cli.output.look import Look
from flyte_cli.output.spans import Line, Span, bold, clipped, columns, dim, line
from flyte_cli.output.visible import visible, width_of
from flyte_cli.quantities import number
from flyte_cli.tui.details.wrapping import flowed

SKIPPED = frozenset({"script", "style", "head", "template", "noscript", "svg", "canvas", "math", "object", "select"})
BLOCKS = frozenset(
    {"p", "div", "section", "article", "main", "nav", "header", "footer", "blockquote", "figure", "figcaption", "form"}
    | {"address", "dl", "dt", "dd", "fieldset", "details", "summary", "body", "html", "aside", "center"}
)
STYLES = {"b": "bold", "strong": "bold", "em": "italic", "i": "italic", "code": "cyan", "kbd": "cyan", "mark": "yellow"}
VOID = frozenset({"br", "hr", "img", "input", "meta", "link", "base", "col", "area", "source", "wbr"})
MOST_ROWS = 500
"""Rows of a table that are shown."""
DEEPEST = 40


@dataclass(frozen=True)
class Page:
    """One tab of a report."""

    name: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Paragraph:
    """Text that flows."""

    spans: Sequence[Span]
    indent: int = 0
    sign: str = ""
    """What stands before it: the bullet or number of a list item."""


@dataclass(frozen=True)
class Heading:
    """A title of some level."""

    text: str
    level: int


@dataclass(frozen=True)
class Kept:
    """Text whose lines are kept."""

    lines: Sequence[str]


@dataclass(frozen=True)
class Table:
    """Rows of cells."""

    rows: Sequence[Sequence[str]]
    has_head: bool


@dataclass(frozen=True)
class Rule:
    """A line across."""


Block = Paragraph | Heading | Kept | Table | Rule


def pages_of(html: str) -> list[Page]:
    """The tabs of a report; a page without tabs is one."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.finish()
    if reader.frames:  # around them are only the names of the tabs
        return [Page(name, _inner(document)) for name, document in reader.frames]
    return [Page("", reader.blocks)] if reader.blocks else []


def _inner(document: str) -> list[Block]:
    reader = _Reader()
    reader.feed(document)
    reader.close()
    reader.finish()
    return reader.blocks


@dataclass
class _Rows:
    rows: list[list[str]] = field(default_factory=list)
    has_head: bool = False


class _Reader(HTMLParser):
    """Turns tags into blocks as they come."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[Block] = []
        self.frames: list[tuple[str, str]] = []
        self._spans: list[Span] = []
        self._styles: list[tuple[str, str]] = []
        self._skipping: list[str] = []
        self._lists: list[int | None] = []
        self._sign = ""
        self._kept = 0
        self._heading = 0
        self._links: list[str] = []
        self._tables: list[_Rows] = []

    def parse_html_declaration(self, i: int) -> int:
        """The parser gives up on `<![` without a name; then it is text."""
        try:
            return super().parse_html_declaration(i)
        except AssertionError:
            self.handle_data("<!")
            return i + 2

    # --- tags

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "svg" and not self._skipping:
            self._spans.append(Span(_picture("drawing", said), "magenta"))
        if self._skipping or (tag in SKIPPED):
            if tag not in VOID and len(self._skipping) < DEEPEST and (not self._skipping or tag == self._skipping[-1]):
                self._skipping.append(tag)
            return
        if tag == "iframe" and said.get("srcdoc"):
            self._end_block()
            self.frames.append((said.get("title", ""), said["srcdoc"]))
        elif tag == "img":
            self._spans.append(Span(_picture("picture", said), "magenta"))
        elif tag == "br":
            self._spans.append(Span("\n"))
            if not self._kept and not self._tables:
                self._end_block()
        elif tag == "hr":
            self._end_block()
            self.blocks.append(Rule())
        elif tag in ("ul", "ol"):
            self._end_block()
            self._lists.append(0 if tag == "ol" else None)
        elif tag == "li":
            self._end_block()
            self._sign = self._next_sign()
        elif tag == "pre":
            self._end_block()
            self._kept += 1
        elif tag in ("h1", "h2", "h3", "h4", "h5", "h6"):
            self._end_block()
            self._heading = int(tag[1])
        elif tag == "a":
            self._links.append(said.get("href", ""))
            self._styles.append((tag, "blue"))
        elif tag in STYLES:
            self._styles.append((tag, STYLES[tag]))
        elif tag in ("table", "tr", "td", "th"):
            self._table_tag(tag)
        elif tag in BLOCKS:
            self._end_block()

    def _next_sign(self) -> str:
        if not self._lists or self._lists[-1] is None:
            return "- "
        self._lists[-1] += 1
        return f"{self._lists[-1]}. "

    def _table_tag(self, tag: str) -> None:
        if tag == "table":
            self._end_block()
            self._tables.append(_Rows())
        elif not self._tables:
            self._end_block()
        elif tag == "tr":
            self._end_cell()
            self._tables[-1].rows.append([])
        else:
            self._end_cell()
            table = self._tables[-1]
            if not table.rows:
                table.rows.append([])
            if tag == "th" and len(table.rows) == 1:
                table.has_head = True
            table.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        if self._skipping:
            if tag == self._skipping[-1]:
                self._skipping.pop()
            return
        if tag in ("ul", "ol"):
            self._end_block()
            if self._lists:
                self._lists.pop()
        elif tag == "pre":
            self._end_block()
            self._kept = max(self._kept - 1, 0)
        elif tag in ("h1", "h2", "h3", "h4", "h5", "h6"):
            self._end_block()
            self._heading = 0
        elif tag == "a":
            self._end_style(tag)
            address = self._links.pop() if self._links else ""
            if address and not address.startswith("#"):
                self._spans.append(Span(f" ({address})", "dim"))
        elif tag in STYLES:
            self._end_style(tag)
        elif tag == "table" and self._tables:
            self._end_cell()
            table = self._tables.pop()
            if any(any(row) for row in table.rows):
                self._place(Table([row for row in table.rows if row], table.has_head))
        elif tag in ("td", "th", "tr"):
            self._end_cell()
        elif tag in BLOCKS or tag == "li":
            self._end_block()

    def handle_data(self, data: str) -> None:
        if self._skipping:
            return
        style = " ".join(dict.fromkeys(style for _, style in self._styles))
        self._spans.append(Span(data, style))

    # ---

    def finish(self) -> None:
        """Markup may end anywhere."""
        while self._tables:
            self.handle_endtag("table")
        self._end_block()

    def _end_style(self, tag: str) -> None:
        for place in range(len(self._styles) - 1, -1, -1):
            if self._styles[place][0] == tag:
                del self._styles[place]
                return

    def _end_cell(self) -> None:
        spans, self._spans = self._spans, []
        if self._tables and self._tables[-1].rows and self._tables[-1].rows[-1]:
            text = " ".join("".join(span.text for span in spans).split())
            row = self._tables[-1].rows[-1]
            row[-1] = f"{row[-1]} {text}".strip()

    def _end_block(self) -> None:
        if self._tables:
            return  # blocks in cells flow
        spans, self._spans = self._spans, []
        text = "".join(span.text for span in spans)
        if self._kept:
            if text.strip():
                self.blocks.append(Kept(text.strip("\n").split("\n")))
        elif text.strip():
            if self._heading:
                self.blocks.append(Heading(" ".join(text.split()), self._heading))
            else:
                indent = 2 * max(len(self._lists) - 1, 0) if self._lists else 0
                self.blocks.append(Paragraph(tuple(spans), min(indent, DEEPEST), self._sign))
                self._sign = ""

    def _place(self, block: Block) -> None:
        """A table in a cell of another one is text there."""
        if self._tables and isinstance(block, Table):
            text = "  ".join(" ".join(row) for row in block.rows)
            self._spans.append(Span(text))
        else:
            self.blocks.append(block)


# --- pictures


def _picture(what: str, said: dict[str, str]) -> str:
    width, height = (_pixels(said.get(name, "")) for name in ("width", "height"))
    if not (width and height):
        width, height = _size_of(said.get("src", ""))
    alt = f": {said['alt']}" if said.get("alt") else ""
    return f"[{what} {width}x{height}{alt}]" if width and height else f"[{what}{alt}]"


def _pixels(text: str) -> int:
    found = re.match(r"\d{1,6}", text.strip())
    return int(found[0]) if found and "%" not in text else 0


def _size_of(source: str) -> tuple[int, int]:
    """Width and height of a picture that is in the page, from its first bytes."""
    head, _, data = source[:4096].partition("base64,")
    if not head.startswith("data:image/"):
        return 0, 0
    data = re.sub(r"[^A-Za-z0-9+/]", "", data)
    bytes = base64.b64decode(data[: len(data) // 4 * 4])
    if bytes.startswith(b"\x89PNG") and len(bytes) >= 24:
        width, height = struct.unpack(">II", bytes[16:24])
        return width, height
    if bytes.startswith(b"GIF8") and len(bytes) >= 10:
        width, height = struct.unpack("<HH", bytes[6:10])
        return width, height
    return 0, 0


# --- drawing


def page_lines(blocks: Sequence[Block], look: Look, width: int) -> Iterator[Line]:
    """The blocks of one tab."""
    for place, block in enumerate(blocks):
        tight = isinstance(block, Paragraph) and block.sign and place and _is_item(blocks[place - 1])
        if place and not tight:
            yield ()
        yield from _drawn(block, look, width)


def _is_item(block: Block) -> bool:
    return isinstance(block, Paragraph) and bool(block.sign)


def _drawn(block: Block, look: Look, width: int) -> Iterator[Line]:
    if isinstance(block, Heading):
        style = "bold accent" if block.level <= 2 else "bold"
        yield from flowed([Span(block.text, style)], width)
        if block.level == 1:
            yield line(dim(look.glyph("─") * min(width_of(block.text), width)))
    elif isinstance(block, Paragraph):
        lead: Line = (Span(" " * block.indent + block.sign, "dim"),) if block.sign or block.indent else ()
        yield from flowed(block.spans, width, lead, columns(lead))
    elif isinstance(block, Kept):
        for text in block.lines:
            yield clipped(line(Span(visible(text.expandtabs(4)), "cyan")), width, look.glyph("…"))
    elif isinstance(block, Table):
        yield from table_lines(block, look, width)
    else:
        yield line(dim(look.glyph("─") * width))


def table_lines(table: Table, look: Look, width: int) -> Iterator[Line]:
    """A table, its columns as wide as they need, the widest cut first."""
    rows = [[visible(cell) for cell in row] for row in table.rows[: MOST_ROWS + 1]]
    count = max(len(row) for row in rows)
    widths = [max((width_of(row[at]) for row in rows if at < len(row)), default=0) for at in range(count)]
    fitted = _fitted(widths, width)
    for place, row in enumerate(rows):
        is_head = table.has_head and place == 0
        spans: list[Span] = []
        for cell, room in zip(row, fitted, strict=False):
            piece = clipped((bold(cell) if is_head else Span(cell),), room, look.glyph("…"))
            spans += [*piece, Span(" " * (room - columns(piece) + 2))]
        if spans:
            spans.pop()
        hidden = dim(f" +{count - len(fitted)}") if is_head and len(fitted) < count else Span("")
        yield clipped(line(spans, hidden), width, look.glyph("…"))
        if is_head:
            yield line(dim(look.glyph("─") * min(sum(fitted) + 2 * len(fitted) - 2, width)))
    more = len(table.rows) - len(rows)
    if more > 0:
        yield line(dim(f"{look.glyph('…')} {number(more)} more rows"))


def _fitted(widths: Sequence[int], width: int) -> list[int]:
    """The widths that columns get; the last ones none where even narrow ones do not fit."""
    fitted = list(widths)
    while fitted and sum(fitted) + 2 * len(fitted) - 2 > width:
        widest = max(fitted)
        if widest <= 6:
            fitted.pop()
        else:
            fitted[fitted.index(widest)] = widest - 1
    return fitted
