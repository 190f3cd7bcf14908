"""Move a PostgreSQL database from a source to a target, in an order people can review, with proof at the end.

The pipeline is one-way: inspect → plan → migrate → verify. Each arrow is a frozen record of
:mod:`pilotage.model` that can be written to disk, read back and looked at.
"""

__version__ = "0.1.0"
