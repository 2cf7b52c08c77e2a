"""Pure functions over numpy arrays and activities: no I/O, no clock, no network.

Whatever depends on "now" or on the athlete's zone is passed in, so that every number is reproducible.
"""
