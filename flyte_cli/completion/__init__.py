"""Answers TAB: no parser, no pydantic, no dataclasses, and the user's file is read, not run. Budget: 50 ms of CPU."""
