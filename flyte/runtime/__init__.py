"""Running tasks on this machine: the driver's session, the processes that work for it, and what an action lives in."""
