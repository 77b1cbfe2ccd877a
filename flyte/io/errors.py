"""What goes wrong with files: sentences that name the file, who made it, and the cause."""

from __future__ import annotations


class MissingFileError(FileNotFoundError, ValueError):
    """A file or folder is not there."""


class ReadOnlyError(PermissionError):
    """Something that a run recorded cannot be changed."""


class UnreadableDataError(ValueError):
    """A file does not hold what its format says: it is cut short, or of another format."""


class MissingExtraError(ImportError):
    """A package is needed that is not installed."""
