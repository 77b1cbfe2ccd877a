"""The snippets are tried with the shell that the contracts use."""

from tests.contracts.conftest import shell

__all__ = ["shell"]
