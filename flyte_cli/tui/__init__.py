"""Watching runs: a viewer of what the journal tells, and a sender of commands. Textual is imported here only."""
