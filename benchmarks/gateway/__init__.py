"""The local gateway measured from outside: as a process of its own, between real ports."""
