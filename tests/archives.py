"""Archives for tests, built from few words as pg_dump would; consumed by unit tests that need no server.

Every function fills in what its test does not care about. Nothing here is random or reads anything.
"""

from __future__ import annotations

from collections.abc import Iterable

from pilotage.model.archive import Archive, ArchiveEntry, Section
from pilotage.model.catalog import Catalog, TableKind
from pilotage.model.names import QualifiedName, quote_identifier

_SECTIONS = {
    "ENCODING": Section.PRE_DATA,
    "INDEX": Section.POST_DATA,
    "INDEX ATTACH": Section.POST_DATA,
    "CONSTRAINT": Section.POST_DATA,
    "FK CONSTRAINT": Section.POST_DATA,
    "CHECK CONSTRAINT": Section.POST_DATA,
    "TRIGGER": Section.POST_DATA,
    "RULE": Section.POST_DATA,
    "POLICY": Section.POST_DATA,
    "ROW SECURITY": Section.POST_DATA,
    "EVENT TRIGGER": Section.POST_DATA,
    "MATERIALIZED VIEW DATA": Section.POST_DATA,
    "ACL": Section.NONE,
    "COMMENT": Section.NONE,
}


def entry(
    dump_id: int,
    kind: str,
    tag: str,
    *,
    schema: str = "public",
    needs: Iterable[int] = (),
    section: Section | None = None,
    definition: str | None = None,
    owner: str = "",
    oid: int = 0,
    tablespace: str = "",
) -> ArchiveEntry:
    """An entry; pre-data unless its kind says otherwise."""
    return ArchiveEntry(
        dump_id=dump_id,
        catalog_oid=0,
        oid=oid,
        kind=kind,
        tag=tag,
        schema=schema,
        owner=owner,
        section=section or _SECTIONS.get(kind, Section.PRE_DATA),
        definition=f"-- {kind} {schema} {tag}\n" if definition is None else definition,
        drop_statement="",
        tablespace=tablespace,
        access_method="",
        relkind="",
        dependencies=tuple(needs),
    )


def constraint_entry(
    dump_id: int, on: str, name: str, *, kind: str = "CONSTRAINT", needs: Iterable[int] = (), what: str = "…"
) -> ArchiveEntry:
    """A constraint of a table in ``public``, written as pg_dump does."""
    return entry(
        dump_id,
        kind,
        f"{on} {name}",
        needs=needs,
        definition=f"ALTER TABLE ONLY {QualifiedName('public', on)}\n"
        f"    ADD CONSTRAINT {quote_identifier(name)} {what};\n",
    )


def archive(*entries: ArchiveEntry) -> Archive:
    """An archive of these entries, in this order."""
    return Archive(
        format_version=(1, 16, 0),
        database="hotel",
        server_version="18.1",
        pg_dump_version="18.1",
        entries=entries,
    )


def archive_of(catalog: Catalog, *further: ArchiveEntry) -> Archive:
    """An archive that defines a catalog's tables and sequences, numbered from 1001, and holds ``further``."""
    kinds = {
        table.name: "FOREIGN TABLE" if table.kind is TableKind.FOREIGN else "TABLE"
        for table in catalog.tables
    } | {sequence.name: "SEQUENCE" for sequence in catalog.sequences}
    return archive(
        *(
            entry(number, kind, name.name, schema=name.schema)
            for number, (name, kind) in enumerate(kinds.items(), start=1001)
        ),
        *further,
    )
