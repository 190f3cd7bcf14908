"""Hypothesis strategies of the whole project, by room.

Consumed by property tests. What a strategy yields is valid input; how it is built is nobody's concern.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec
from hypothesis import settings
from hypothesis import strategies as st

from pilotage.config.records import Configuration, GroupRequest, Position, TablePattern, Unlisted
from pilotage.graph.feedback import WeightedEdge
from pilotage.model.archive import Archive, ArchiveEntry
from pilotage.model.catalog import Catalog, ForeignKey, MatchType, TableKind, ViewKind
from pilotage.model.choices import DataFormat, Layout
from pilotage.model.fixes import ChosenFix
from pilotage.model.large_objects import LargeObjects
from pilotage.model.locks import LockMode, TableLock
from pilotage.model.names import QualifiedName, quote_identifier, quote_literal
from pilotage.model.plan import BuildIndex, CopyFormat, Cost, LoadTable, RefreshView, RunDdl, Stage, Step
from pilotage.model.review import LoadStrategy, SelfReferenceShape
from pilotage.plan.strategies import ROWS_PER_INSERT
from tests import archives, catalogs
from tests import random_schemas as schemas

# How long an example takes says something about the machine, not about the product.
settings.register_profile("pilotage", deadline=None)
settings.load_profile("pilotage")

# --- graph ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DrawnGraph:
    """Nodes in no order, and (referencing, referenced) edges, some repeated, some from a node to itself."""

    nodes: tuple[str, ...]
    edges: tuple[tuple[str, str], ...]


def _edges_among(nodes: tuple[str, ...], most: int) -> st.SearchStrategy[list[tuple[str, str]]]:
    if not nodes:
        return st.just([])
    node = st.sampled_from(nodes)
    return st.lists(st.tuples(node, node), max_size=most)


@st.composite
def graphs(draw: st.DrawFn, max_nodes: int = 9, max_edges: int = 24) -> DrawnGraph:
    """Any directed graph."""
    names = "abcdefghijklmnopqrstuvwxyz"[: draw(st.integers(0, max_nodes))]
    nodes = tuple(draw(st.permutations(names)))
    return DrawnGraph(nodes, tuple(draw(_edges_among(nodes, max_edges))))


@st.composite
def acyclic_graphs(draw: st.DrawFn, max_nodes: int = 9, max_edges: int = 24) -> DrawnGraph:
    """A graph without cycles of two or more nodes; ``nodes`` is one of its topological orders."""
    graph = draw(graphs(max_nodes, max_edges))
    place = {node: number for number, node in enumerate(graph.nodes)}
    edges = tuple(
        (max(edge, key=place.__getitem__), min(edge, key=place.__getitem__)) for edge in graph.edges
    )
    return DrawnGraph(graph.nodes, edges)


def weighted_edges(
    max_nodes: int = 6, min_edges: int = 0, max_edges: int = 11
) -> st.SearchStrategy[list[WeightedEdge[str]]]:
    """The edges of any graph, with small weights, so that equals are common."""
    node = st.sampled_from("abcdefghijklmnopqrstuvwxyz"[:max_nodes])
    # An eighth of the edges unbreakable: with more, dense graphs could hardly ever be broken.
    edge = st.builds(
        WeightedEdge[str],
        referencing=node,
        referenced=node,
        weight=st.integers(0, 4),
        breakable=st.integers(0, 7).map(bool),
    )
    return st.lists(edge, min_size=min_edges, max_size=max_edges)


# --- execution -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DrawnWork:
    """Steps in an order in which they may run one after another, and (before, after) edges."""

    steps: tuple[Step, ...]
    edges: tuple[tuple[str, str], ...]


@st.composite
def work(draw: st.DrawFn, max_steps: int = 12, max_edges: int = 24) -> DrawnWork:
    """Work for several hands; some edges come from elsewhere, and tables are few, so that many share one."""
    graph = draw(acyclic_graphs(max_steps, max_edges))
    edges = tuple((after, before) for before, after in graph.edges if before != after)
    if graph.nodes:
        edges += tuple(
            ("elsewhere", node) for node in draw(st.lists(st.sampled_from(graph.nodes), max_size=2))
        )
    return DrawnWork(steps=tuple(draw(_steps(node)) for node in graph.nodes), edges=edges)


@st.composite
def _steps(draw: st.DrawFn, name: str) -> Step:
    """A step of one of several kinds: small or large, alone or for batches."""
    table = catalogs.named(name)
    about: dict[str, Any] = {
        "id": name,
        "group": "",
        "reason": "",
        "cost": Cost(weight=draw(st.sampled_from([0, 20_000, 300_000, 800_000, 5_000_000]))),
        "locks": tuple(draw(st.lists(table_locks(), max_size=2))),
    }
    match draw(st.sampled_from(["load", "index", "definition", "refresh"])):
        case "load":
            return LoadTable(
                **about,
                table=table,
                columns=(),
                strategy=LoadStrategy.PLAIN,
                format=CopyFormat.BINARY,
                format_reason="",
            )
        case "index":
            return BuildIndex(**about, index=table, table=table, method="btree", sql="")
        case "refresh":
            return RefreshView(**about, view=table, sql="")
        case _:
            return RunDdl(**about, stage=Stage.DATA, kind="FUNCTION", object=name, sql="")


def table_locks() -> st.SearchStrategy[TableLock]:
    """Locks of a plain table, of a partitioned one with and without its partitions, and of a partition."""
    modes = st.sampled_from(LockMode)
    root = catalogs.named("P")
    return st.one_of(
        st.builds(TableLock, table=st.sampled_from([catalogs.named("X"), root]), mode=modes),
        st.builds(TableLock, table=st.just(root), mode=modes, with_partitions=st.just(True)),
        st.builds(
            TableLock,
            table=st.sampled_from([catalogs.named("P1"), catalogs.named("P2")]),
            mode=modes,
            partition_of=st.just(root),
        ),
    )


# --- plan ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DrawnLoad:
    """A few tables with keys among them, and how their rows are written."""

    catalog: Catalog
    data_format: DataFormat
    split_bytes: int
    shapes: dict[QualifiedName, SelfReferenceShape]


@st.composite
def loads(draw: st.DrawFn, max_tables: int = 5, max_keys: int = 9) -> DrawnLoad:
    """Tables ``a``, ``b``…; keys of one or two columns, no two of which share a column."""
    names = "abcdefghij"[: draw(st.integers(1, max_tables))]
    keys = [draw(_keys_among(names, number)) for number in range(draw(st.integers(0, max_keys)))]
    tables = []
    for name in names:
        mine = [key for key in keys if key.table.name == name]
        columns = [
            catalogs.column(column, not_null=column not in key.nullable_columns)
            for key in mine
            for column in key.columns
        ]
        tables.append(
            catalogs.table(
                name,
                rows=draw(st.sampled_from([0, 10, 1_000, 1_001, 50_000])),
                bytes=draw(st.sampled_from([0, 1_000, 10_000])),
                columns=(catalogs.column("id", not_null=True), *columns),
            )
        )
    with_key = draw(st.sets(st.sampled_from(names))) if draw(st.booleans()) else set(names)
    shaped = draw(st.sets(st.sampled_from(names)))
    depth = st.one_of(st.none(), st.integers(0, 20))
    return DrawnLoad(
        catalog=catalogs.catalog(
            tables,
            keys,
            indexes=[
                catalogs.index(name, f"{name}_pkey", unique=True, primary=True) for name in sorted(with_key)
            ],
        ),
        data_format=draw(st.sampled_from(DataFormat)),
        split_bytes=draw(st.sampled_from([500, 5_000, 50_000])),
        shapes={
            catalogs.named(name): SelfReferenceShape(
                table=catalogs.named(name), roots=1, linked=9, depth=draw(depth)
            )
            for name in sorted(shaped)
        },
    )


@st.composite
def _keys_among(draw: st.DrawFn, names: str, number: int) -> ForeignKey:
    table = st.sampled_from(names)
    columns = tuple(f"k{number}{end}" for end in "xy"[: draw(st.integers(1, 2))])
    nullable = draw(st.sampled_from([(), columns, columns[-1:], columns]))
    key = catalogs.foreign_key(
        draw(table),
        draw(table),
        columns=columns,
        referenced_columns=("id", "id")[: len(columns)],
        name=f"fk{number}",
        match=draw(st.sampled_from([MatchType.SIMPLE, MatchType.FULL])),
        deferrable=draw(st.booleans()),
        enforced=draw(st.integers(0, 9)) > 0,
    )
    return msgspec.structs.replace(key, nullable_columns=nullable)


@dataclass(frozen=True)
class DrawnReview:
    """A catalog, an archive that defines it, a configuration to plan it with, and fixes to take in."""

    catalog: Catalog
    archive: Archive
    configuration: Configuration
    fixes: tuple[ChosenFix, ...]


@st.composite
def large_objects(draw: st.DrawFn) -> list[LargeObjects]:
    """Batches of large objects, by OID; often none."""
    ends = sorted(draw(st.sets(st.integers(1, 2**32 - 1), max_size=6)))
    return [
        catalogs.large_objects(first, last, number=2)
        for first, last in zip(ends[::2], ends[1::2], strict=False)
    ]


@st.composite
def reviews(draw: st.DrawFn, max_tables: int = 7) -> DrawnReview:
    """Tables ``a``, ``b``…, some partitioned, with whatever else an archive holds between and on them."""
    return _ReviewDrawing(draw, "abcdefghij"[: draw(st.integers(1, max_tables))]).review()


class _ReviewDrawing:
    """Draws an archive entry by entry, each of which needs only earlier ones."""

    def __init__(self, draw: st.DrawFn, names: str) -> None:
        self._draw = draw
        self._names = names
        self._entries: list[ArchiveEntry] = []
        self._tables: dict[str, int] = {}
        self._alone: list[int] = []
        self._primary: dict[str, int] = {}
        self._catalog: dict[str, list[Any]] = {  # by the parameters of catalogs.catalog
            "tables": [],
            "foreign_keys": [],
            "constraints": [],
            "indexes": [],
            "sequences": [],
            "views": [],
        }

    def review(self) -> DrawnReview:
        for name in self._draw(st.permutations(self._names)):
            self._stand_alone()
            self._table(name)
        self._stand_alone()
        for name in self._tables:
            self._primary[name] = self._constraint(name, f"{name}_pkey", validated=True)
            self._on_table(name)
        for number in range(self._draw(st.integers(0, 12))):
            self._foreign_key(number)
        for kind in ("DEFAULT ACL", "PUBLICATION", "EVENT TRIGGER"):
            if self._draw(st.booleans()):
                self._add(kind, "x", schema="")
        return DrawnReview(
            catalog=catalogs.catalog(
                self._catalog["tables"],
                self._catalog["foreign_keys"],
                large_objects=self._draw(large_objects()),
                constraints=self._catalog["constraints"],
                indexes=self._catalog["indexes"],
                sequences=self._catalog["sequences"],
                views=self._catalog["views"],
            ),
            archive=archives.archive(*self._entries),
            configuration=self._configuration(),
            fixes=tuple(
                catalogs.index_fix(name)
                for name in sorted(self._tables)
                if self._draw(st.integers(0, 5)) == 0
            ),
        )

    def _add(
        self, kind: str, tag: str, *needs: int, schema: str = "public", definition: str | None = None
    ) -> int:
        number = len(self._entries) + 1
        self._entries.append(
            archives.entry(number, kind, tag, needs=needs, schema=schema, definition=definition)
        )
        # pg_dump writes no comments on what is done to an object, such as attaching it.
        if not kind.endswith(("ATTACH", "DATA", "ACL")) and self._draw(st.integers(0, 5)) == 0:
            self._entries.append(archives.entry(number + 1, "COMMENT", f"{kind} {tag}", needs=(number,)))
        return number

    def _some(self, numbers: Iterable[int], most: int = 2) -> list[int]:
        numbers = sorted(numbers)
        return sorted(self._draw(st.sets(st.sampled_from(numbers), max_size=most))) if numbers else []

    def _stand_alone(self) -> None:
        """Draw a type, function, view or sequence that may need what is there so far."""
        kind = self._draw(st.sampled_from(["", "TYPE", "FUNCTION", "VIEW", "SEQUENCE", "MATERIALIZED VIEW"]))
        if not kind:
            return
        name = f"{kind[0].lower()}_{len(self._entries)}"
        tables = self._some(self._tables.values()) if self._draw(st.booleans()) else []
        if kind == "SEQUENCE":
            owner = self._draw(st.sampled_from([None, *self._tables]))
            tables = [] if owner is None else [self._tables[owner]]
            owned_by = None if owner is None else (owner, "id")
            self._catalog["sequences"].append(catalogs.sequence(name, owned_by=owned_by))
        number = self._add(kind, name, *tables, *self._some(self._alone))
        if kind == "MATERIALIZED VIEW":
            self._catalog["views"].append(catalogs.view(name, kind=ViewKind.MATERIALIZED))
            self._catalog["indexes"].append(catalogs.index(name, f"{name}_index"))
            self._add("INDEX", f"{name}_index", number)
            self._add("MATERIALIZED VIEW DATA", name, number)
        self._alone.append(number)

    def _table(self, name: str) -> None:
        rows = self._draw(st.sampled_from([0, 1, 5_000]))
        partitioned = self._draw(st.integers(0, 4)) == 0
        needs = self._some(self._alone, 1) if self._draw(st.integers(0, 2)) == 0 else []
        self._tables[name] = self._add("TABLE", name, *needs)
        if not partitioned:
            self._catalog["tables"].append(catalogs.table(name, rows=rows))
            return
        self._catalog["tables"].append(catalogs.table(name, rows=0, kind=TableKind.PARTITIONED))
        part = f"{name}_1"
        self._catalog["tables"].append(catalogs.table(part, rows=rows, partition_of=name))
        self._add("TABLE ATTACH", part, self._add("TABLE", part), self._tables[name])

    def _constraint(self, table: str, name: str, *, validated: bool) -> int:
        self._catalog["constraints"].append(catalogs.constraint(table, name, validated=validated))
        definition = f"ALTER TABLE ONLY public.{table}\n    ADD CONSTRAINT {name} …;\n"
        return self._add("CONSTRAINT", f"{table} {name}", self._tables[table], definition=definition)

    def _on_table(self, name: str) -> None:
        """Draw what is on a table, some of which needs other things besides."""
        table = self._tables[name]
        kinds = ["INDEX", "POLICY", "TRIGGER", "DEFAULT", "ACL", "LATE"]
        for kind in sorted(self._draw(st.sets(st.sampled_from(kinds)))):
            others = self._some([*self._alone, *self._tables.values()], 1)
            match kind:
                case "INDEX":
                    self._catalog["indexes"].append(catalogs.index(name, f"{name}_index"))
                    self._add(kind, f"{name}_index", table, *self._some(self._alone, 1))
                case "LATE":
                    self._constraint(name, f"{name}_late", validated=False)
                case "ACL":
                    self._add(kind, f"TABLE {name}", table)
                case _:
                    self._add(kind, f"{name} x", table, *others)

    def _foreign_key(self, number: int) -> None:
        table, referenced = (self._draw(st.sampled_from(sorted(self._tables))) for _ in "ab")
        key = catalogs.foreign_key(
            table,
            referenced,
            name=f"fk{number}",
            columns=(f"c{number}",),
            validated=self._draw(st.integers(0, 5)) > 0,
        )
        self._catalog["foreign_keys"].append(key)
        self._add(
            "FK CONSTRAINT",
            f"{table} {key.name}",
            self._tables[table],
            self._tables[referenced],
            self._primary[referenced],
            definition=f"ALTER TABLE ONLY {key.table}\n    ADD CONSTRAINT {key.name} …;\n",
        )

    def _configuration(self) -> Configuration:
        """Draw groups for all tables, for some of them, or none."""
        position = Position("drawn.toml", 1)
        wanted = self._draw(st.sampled_from([0, 2, 3, 4]))
        members: dict[int, list[str]] = {}
        for name in self._names if wanted else "":
            members.setdefault(self._draw(st.integers(0, wanted)), []).append(name)
        members.pop(wanted, None)  # these are left to inference
        order = self._draw(st.permutations(sorted(members)))
        return Configuration(
            layout=self._draw(st.sampled_from(Layout)),
            unlisted=Unlisted.INFER,
            groups=tuple(
                GroupRequest(
                    name=f"g{number}",
                    title=f"Group {number}",
                    purpose="",
                    tables=tuple(TablePattern(text=name, position=position) for name in members[number]),
                    schema_number=None,
                    data_number=None,
                    position=position,
                )
                for number in order
            ),
            split_bytes=self._draw(st.sampled_from([1 << 26, 700])),
        )


# --- files ---------------------------------------------------------------------------------------------


def _one_in(number: int) -> st.SearchStrategy[bool]:
    """True once in so many times; False is simpler."""
    return st.integers(0, number - 1).map(lambda drawn: drawn == number - 1)


class _SchemaDrawing:
    """Draws one schema, table by table and then key by key; keys bring their own columns."""

    def __init__(self, draw: st.DrawFn, max_tables: int, max_rows: int) -> None:
        self._draw = draw
        self._max_rows = max_rows
        self._hostile = list(schemas.HOSTILE_NAMES)
        self._count = draw(st.integers(2, max_tables))
        self._names = [self._table_name(number) for number in range(self._count)]
        self._tables = [self._table(number) for number in range(self._count)]
        self._keys: list[schemas.RandomKey] = []
        self._columns: list[list[schemas.RandomColumn]] = [[] for _ in self._tables]

    def schema(self) -> schemas.RandomSchema:
        draw = self._draw
        for table, referenced in self._key_ends():
            self._add_key(table, referenced)
        tables = [self._finished(number) for number in range(self._count)]
        columns = [
            (number, column.name)
            for number, table in enumerate(tables)
            for column in table.columns
            if column.type == "integer" and table.name.schema == schemas.SHARED_SEQUENCE.schema
        ]
        return schemas.RandomSchema(
            tables=tuple(tables),
            keys=tuple(self._keys),
            views=tuple(self._views()),
            sequence_owner=draw(st.sampled_from(columns)) if draw(st.booleans()) and columns else None,
            sequence_value=draw(st.integers(1, 100)),
            seed=draw(st.integers(0, 1 << 16)),
            configuration=self._configuration(),
            crowded=draw(st.booleans()),
            apart=draw(_one_in(10)),
            dumped=draw(_one_in(20)),
        )

    # --- tables ----------------------------------------------------------------------------------------

    def _name(self, plain: str, one_in: int = 4) -> str:
        return self._draw(st.sampled_from(schemas.HOSTILE_NAMES)) if self._draw(_one_in(one_in)) else plain

    def _table_name(self, number: int) -> QualifiedName:
        name = f"{'crew' if number % 3 else 'ship'}_{number}"
        if self._draw(_one_in(3)):
            name = self._hostile.pop(self._draw(st.integers(0, len(self._hostile) - 1)))
        return QualifiedName(schemas.SCHEMAS[self._draw(_one_in(4))], name)

    def _table(self, number: int) -> schemas.RandomTable:
        draw = self._draw
        kind = draw(st.sampled_from([schemas.KeyKind.PRIMARY] * 5 + list(schemas.KeyKind)))
        not_null = kind is not schemas.KeyKind.NULLABLE
        key: list[schemas.RandomColumn] = []
        if kind is not schemas.KeyKind.NONE:
            type_ = draw(st.sampled_from(["integer", "composite", "integer", "bigint", "text"]))
            name = self._name("id", 8)
            identity = ""
            if type_ in {"integer", "bigint"} and not_null:
                identity = draw(
                    st.sampled_from(
                        [
                            "",
                            "GENERATED ALWAYS AS IDENTITY",
                            "GENERATED BY DEFAULT AS IDENTITY (START WITH 1000)",
                            f"DEFAULT nextval({quote_literal(str(schemas.SHARED_SEQUENCE))})",
                        ]
                    )
                )
            if type_ == "composite":
                key = [schemas.RandomColumn("tenant", "integer", not_null=not_null)]
                type_ = "integer"
            key.append(schemas.RandomColumn(name, type_, not_null=not_null, clause=identity))
        partitioning = schemas.Partitioning.NONE
        if draw(_one_in(6)) and key:
            hash_only = key[0].type == "text"
            partitioning = draw(st.sampled_from(list(schemas.Partitioning)[2 if hash_only else 1 :]))
        return schemas.RandomTable(
            name=self._names[number],
            columns=(*key, *self._plain_columns()),
            key=kind,
            key_columns=tuple(column.name for column in key),
            partitioning=partitioning,
            # More than one INSERT brings, once in a while.
            rows=ROWS_PER_INSERT + 50 if draw(_one_in(100)) else draw(st.integers(0, self._max_rows)),
            forest=draw(st.booleans()),
            checks=(),
            one_root="",
            triggers=tuple(self._triggers()),
            rules=tuple(self._rules()),
            row_security=draw(st.sampled_from(["", "", "", "quiet", "\\! touch pwned"])),
            privileges=draw(
                st.sampled_from(
                    [
                        "",
                        "",
                        "GRANT SELECT, TRIGGER ON {table} TO PUBLIC",
                        "REVOKE ALL ON {table} FROM CURRENT_USER",
                    ]
                )
            ),
            dropped_column=draw(_one_in(6)),
        )

    def _plain_columns(self) -> list[schemas.RandomColumn]:
        draw = self._draw
        columns = [
            schemas.RandomColumn(f"c{number}", draw(st.sampled_from(list(schemas.POOLS))), draw(_one_in(4)))
            for number in range(draw(st.integers(0, 4)))
        ]
        if draw(st.booleans()):
            columns.append(schemas.RandomColumn("note", "text", clause="DEFAULT E'\\\\! touch pwned'"))
            kept = draw(st.sampled_from(["", "STORED", "VIRTUAL"]))
            if kept:
                clause = f"GENERATED ALWAYS AS (upper(note)) {kept}"
                # No name that the key's column may have too.
                name = draw(st.sampled_from(["shout", '"!\n\\q']))
                columns.append(schemas.RandomColumn(name, "text", clause=clause, generated=True))
        return columns

    def _triggers(self) -> list[schemas.RandomTrigger]:
        draw = self._draw
        when = st.sampled_from(
            [
                "BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW",
                "AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW",
                "BEFORE INSERT OR UPDATE OR TRUNCATE ON {table} FOR EACH STATEMENT",
                "AFTER INSERT OR UPDATE ON {table} DEFERRABLE INITIALLY DEFERRED FOR EACH ROW",
            ]
        )
        names = draw(st.lists(st.sampled_from(["t", "\\! touch pwned", 'T"']), max_size=2, unique=True))
        return [
            schemas.RandomTrigger(
                name=name,
                when=draw(when),
                does=draw(st.sampled_from(["raise", "lose", "spoil"])),
                firing=draw(st.sampled_from(schemas.Firing)),
            )
            for name in names
        ]

    def _rules(self) -> list[schemas.RandomRule]:
        draw = self._draw
        if not draw(_one_in(6)):
            return []
        event = draw(st.sampled_from(["INSERT", "UPDATE"]))
        return [schemas.RandomRule(self._name("r"), event, draw(st.sampled_from(schemas.Firing)))]

    def _finished(self, number: int) -> schemas.RandomTable:
        """Return a table with the columns of its foreign keys, and what is said of those columns."""
        draw, table, added = self._draw, self._tables[number], self._columns[number]
        columns = (*added, *table.columns) if draw(st.booleans()) else (*table.columns, *added)
        own = [key for key in self._keys if key.table == number]
        checks = tuple(
            (
                f"check{place}",
                f"({schemas.TIDY}({quote_identifier(column)}))"
                if type_of[column] == "integer" and draw(st.booleans())
                else f"({quote_identifier(column)} IS NOT NULL)",
            )
            for type_of in [{column.name: column.type for column in columns}]
            for place, column in enumerate(sorted({column for key in own for column in key.needed}))
            if type_of[column] != str(schemas.KNOWN)
        )
        roots = [
            key.columns[-1]
            for key in own
            if key.referenced == number
            and key.columns[-1] not in {column for each in own for column in each.needed}
            and key.columns[-1] not in table.key_columns
            and not any(column.name == key.columns[-1] and column.not_null for column in added)
        ]
        one_root = (
            draw(st.sampled_from(roots)) if roots and not table.partitioning and draw(_one_in(6)) else ""
        )
        return dataclasses.replace(table, columns=columns, checks=checks, one_root=one_root)

    # --- keys ------------------------------------------------------------------------------------------

    def _key_ends(self) -> list[tuple[int, int]]:
        """Draw pairs of referencing and referenced tables: anything, self-references, and cycles."""
        draw = self._draw
        table = st.integers(0, self._count - 1)
        count = draw(st.integers(0, 2 * self._count))
        ends = draw(st.lists(st.tuples(table, table), min_size=count, max_size=count))
        ends += [(each, each) for each in draw(st.lists(table, max_size=3))]
        for _ in range(draw(st.integers(0, 2))):
            round_trip = draw(st.lists(table, min_size=2, max_size=4, unique=True))
            ends += zip(round_trip, [*round_trip[1:], round_trip[0]], strict=True)
        return ends

    def _add_key(self, number: int, referenced_number: int) -> None:
        draw, table, referenced = self._draw, self._tables[number], self._tables[referenced_number]
        if not referenced.key_columns:
            return
        wanted = [column for column in referenced.columns if column.name in referenced.key_columns]
        key_types = [column.type for column in table.columns if column.name in table.key_columns]
        actions, needed = "", frozenset[str]()
        if (
            referenced_number < number
            and len(wanted) == 1
            and [wanted[0].type] == key_types
            and table.key in {schemas.KeyKind.PRIMARY, schemas.KeyKind.UNIQUE}
            and not any(key.table == number and key.columns == table.key_columns for key in self._keys)
            and draw(_one_in(3))
        ):
            columns = table.key_columns
        else:
            columns, needed = self._key_columns(number, wanted)
            actions = draw(
                st.sampled_from(
                    [
                        "",
                        "",
                        " ON DELETE CASCADE",
                        " ON DELETE SET NULL",
                        " ON UPDATE CASCADE ON DELETE SET DEFAULT",
                    ]
                )
            )
        name = draw(st.sampled_from(["fk", f"fk{len(self._keys)}", "\\! touch pwned\n"]))
        if any(key.table == number and key.name == name for key in self._keys):
            name = f"fk{len(self._keys)}"
        validity = draw(
            st.sampled_from(
                [schemas.Validity.VALID] * 8 + [schemas.Validity.NOT_VALID, schemas.Validity.NOT_ENFORCED]
            )
        )
        ends = (number, columns, referenced_number, referenced.key_columns)
        for key in self._keys:
            # PostgreSQL refuses an enforced key beside its unenforced double on a partitioned table.
            if (key.table, key.columns, key.referenced, key.referenced_columns) == ends:
                validity = key.validity
        self._keys.append(
            schemas.RandomKey(
                table=number,
                name=name,
                columns=columns,
                referenced=referenced_number,
                referenced_columns=referenced.key_columns,
                full=draw(_one_in(3)),
                actions=actions,
                deferral=draw(st.sampled_from([schemas.Deferral.NEVER] * 3 + list(schemas.Deferral))),
                validity=validity,
                commented=draw(_one_in(4)),
                needed=needed,
            )
        )

    def _key_columns(
        self, number: int, wanted: list[schemas.RandomColumn]
    ) -> tuple[tuple[str, ...], frozenset[str]]:
        """Draw a key's columns, some shared with other keys, and those that may not be NULL all the same."""
        draw, table = self._draw, self._tables[number]
        columns: list[str] = []
        needed: set[str] = set()
        for place, column in enumerate(wanted):
            shared = [
                each.name for each in table.columns if each.name in table.key_columns[:1] == ("tenant",)
            ]
            shared = shared if place == 0 and len(wanted) == 2 else []
            shared += [
                each.name
                for each in self._columns[number]
                if each.type == column.type and each.name not in columns and draw(_one_in(8))
            ]
            if draw(st.booleans()) and shared:
                columns.append(draw(st.sampled_from(shared)))
                continue
            name = f"fk{len(self._keys)}{'ab'[place]}"
            type_, not_null = column.type, draw(st.booleans())
            if not not_null and draw(_one_in(6)):
                needed.add(name)
                if column.type == "integer" and draw(_one_in(3)):
                    type_ = str(schemas.KNOWN)
            self._columns[number].append(schemas.RandomColumn(name, type_, not_null))
            columns.append(name)
        return tuple(columns), frozenset(needed)

    # --- the whole -------------------------------------------------------------------------------------

    def _views(self) -> list[schemas.RandomView]:
        draw = self._draw
        table = st.integers(0, self._count - 1)
        return [
            schemas.RandomView(
                QualifiedName("public", f"view {number}"), draw(st.booleans()), draw(st.tuples(table, table))
            )
            for number in range(draw(st.integers(0, 2)))
        ]

    def _configuration(self) -> Configuration:
        draw = self._draw
        position = Position("drawn.toml", 1)
        # Few are commoner than many: keys between groups that wait for each other come after the rows, and
        # only what is left inside of a group needs a load strategy.
        wanted = draw(st.sampled_from([0, 1, 1, 2, 3, 5]))
        members: dict[int, list[TablePattern]] = {}
        leave_out = draw(_one_in(3))
        for name in self._names if wanted else ():
            # Every name in double quotes: within them nothing has a meaning of its own, and no line breaks
            # are lost.
            text = ".".join('"' + part.replace('"', '""') + '"' for part in (name.schema, name.name))
            members.setdefault(draw(st.integers(0, wanted if leave_out else wanted - 1)), []).append(
                TablePattern(text=text, position=position)
            )
        members.pop(wanted, None)  # these are left to inference
        return Configuration(
            layout=draw(st.sampled_from(Layout)),
            unlisted=Unlisted.INFER,
            groups=tuple(
                GroupRequest(
                    name=f"g{number}",
                    title=f"Group {number}\n\\! touch pwned",
                    purpose="*/ ' --",
                    tables=tuple(patterns),
                    schema_number=None,
                    data_number=None,
                    position=position,
                )
                for number, patterns in sorted(members.items())
            ),
            data_format=draw(st.sampled_from(DataFormat)),
            # Each further file takes psql 10 ms.
            split_bytes=1 if draw(_one_in(30)) else draw(st.sampled_from([1 << 26, 1 << 26, 5000, 1500])),
        )


@st.composite
def random_schemas(draw: st.DrawFn, max_tables: int = 25, max_rows: int = 40) -> schemas.RandomSchema:
    """Tables with keys of every kind among them, bystanders that must not act, and a grouping."""
    return _SchemaDrawing(draw, max_tables, max_rows).schema()
