"""The rows of both ends compared: checksums by ranges of keys, made inside each server, both sides at once.

Consumed by verification, through :mod:`pilotage.verify.checks.contents`. What differs is handed on as
:class:`~pilotage.verify.rows.relation.DifferingRelation`, in which single rows are found elsewhere.
"""
