"""What is in a report: tabs, and pieces of HTML in each. It knows neither actions nor files."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flyte.report.drawing import html_of

MAIN = "main"


@dataclass
class Tab:
    """One page of a report. Safe to add to from several threads, and by what is just being drawn for it."""

    name: str
    content: list[str] = field(default_factory=list)
    _lock: Any = field(default_factory=threading.RLock, init=False, repr=False, compare=False)
    _libraries: set[str] = field(default_factory=set, init=False, repr=False, compare=False)

    def log(self, content: Any) -> None:
        """Add HTML, a figure, a data frame or anything that shows itself as HTML."""
        with self._lock:
            self.content.append(html_of(content, self._libraries))

    def replace(self, content: Any) -> None:
        """Have this in place of all there is."""
        with self._lock:
            libraries: set[str] = set()
            self.content = [html_of(content, libraries)]
            self._libraries = libraries

    def get_html(self) -> str:
        """Everything that was added, in order."""
        with self._lock:
            return "\n".join(map(str, self.content))  # the list is public, and may hold anything


@dataclass
class Report:
    """The tabs of one attempt."""

    name: str
    tabs: dict[str, Tab] = field(default_factory=dict)
    template_path: Path | None = None
    """A page of one's own, with `$NAV_HTML` where a list item per tab goes and `$BODY_HTML` where the tabs go."""

    def __post_init__(self) -> None:
        self.tabs.setdefault(MAIN, Tab(MAIN))

    def get_tab(self, name: str, create_if_missing: bool = True) -> Tab:
        """The tab with that name."""
        if name not in self.tabs and not create_if_missing:
            raise ValueError(f"the report has no tab `{name}`; it has {', '.join(f'`{each}`' for each in self.tabs)}")
        return self.tabs.setdefault(name, Tab(name))  # one step, so that two threads get the same tab

    def has_content(self) -> bool:
        """Whether anything was added."""
        return any(tab.content for tab in list(self.tabs.values()))

    def get_final_report(self) -> str:
        """The whole report as one page.

        Raises OSError when the template cannot be read, ValueError naming what it has that a report does not fill in.
        """
        from flyte.report.page import filled, page

        tabs = [(tab.name, tab.get_html()) for tab in list(self.tabs.values())]
        return page(self.name, tabs) if self.template_path is None else filled(Path(self.template_path), tabs)
