"""A line below the header for what somebody has to know of the run they look at; mostly there is nothing."""

from __future__ import annotations

from textual.widgets import Static

from flyte_cli.output.visible import visible


class Notice(Static):
    """Hidden while there is nothing to say."""

    DEFAULT_CSS = """
    Notice { height: auto; max-height: 2; display: none; padding: 0 1; color: $warning; background: $panel; }
    Notice.told { display: block; }
    """

    def __init__(self) -> None:
        super().__init__(markup=False)
        self._told: str | None = None

    def tell(self, text: str | None) -> None:
        """Say this; None for nothing."""
        if text != self._told:
            self._told = text
            self.set_class(text is not None, "told")
            self.update(visible(text or ""))
