"""From the words of a command line to the keyword arguments of a task."""
