"""One file per command: options in, one op, one output."""
