"""Every file of the comparison's queries is one that is run."""

from __future__ import annotations

from importlib import resources

import pytest

from pilotage.catalog.queries import Queries
from pilotage.compare.catalogs import NEWEST_KNOWN


@pytest.mark.parametrize("folder", ["objects", "additions"])
def test_every_file_is_a_query(folder: str) -> None:
    files = resources.files("pilotage.compare") / "queries" / folder
    names = {file.name.partition(".")[0] for file in files.iterdir()}

    assert set(Queries(files).names(NEWEST_KNOWN)) == names
