"""Whether a target keeps what its catalogs promise, whatever wrote its rows: looked at, not believed.

:func:`~pilotage.verify.soundness.every_check.check_soundness` makes all the checks of this room and is what
verification calls; what each of them says is in :mod:`pilotage.verify.checks`. Orphans of foreign keys are
:mod:`pilotage.catalog.orphans`.
"""
