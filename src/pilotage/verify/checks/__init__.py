"""One file per kind of check: what there is to compare, and what is left out and why.

Every check of the catalogs is a pure function of two catalogs; those that ask a server say so. A new kind of
check is a file here and a line in :mod:`pilotage.verify.catalogs` or :mod:`pilotage.verify.verification`.
"""
