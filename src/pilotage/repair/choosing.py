"""Which tables a script can repair, in what order, and by which statements.

Pure: what was found and the target's catalog in, decisions out. No SQL here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

from pilotage.files.records import data_of
from pilotage.model.catalog import Catalog, ForeignKey, Generated, Identity, LeftOut, Table, TableKind
from pilotage.model.names import QualifiedName
from pilotage.model.row_differences import RowKind
from pilotage.model.visible import visible_identifier, visible_identifiers, visible_name
from pilotage.plan.order import order_tables, partition_root
from pilotage.verify.drilldown import FoundRows, LocatedRow

_WAITS = "no action"
"""What a foreign key may do on DELETE and UPDATE that can wait for the end of the transaction."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ChosenTable:
    """A table, and how its rows are repaired.

    Attributes:
        number: its place among all, by which its temporary tables are called.
        ancestors: the partitioned tables that it is a partition of.
        columns: those that hold data of their own.
        by_key: whether rows are told by ``key``; otherwise by all that they hold.
        rows: all that differ.
        changed: columns of which any changed row has another value, in the table's order.
        early: those of ``changed`` that are set before any row is deleted.
        late: those that are set after it.
        parked: those of ``late`` that are NULL for a moment before, so that rows may exchange unique values.
        again: whether changed rows are deleted and inserted again, so that none stands in another's way.
    """

    number: int
    table: Table
    ancestors: tuple[QualifiedName, ...]
    columns: tuple[str, ...]
    key: tuple[str, ...]
    by_key: bool
    found: FoundRows
    changed: tuple[str, ...] = ()
    early: tuple[str, ...] = ()
    late: tuple[str, ...] = ()
    parked: tuple[str, ...] = ()
    again: bool = False

    @property
    def name(self) -> QualifiedName:
        """The table's name."""
        return self.table.name

    @property
    def rows(self) -> tuple[LocatedRow, ...]:
        """All rows that differ."""
        return self.found.rows

    @property
    def deletes(self) -> bool:
        """Whether any row of the target is deleted."""
        kinds = {row.kind for row in self.rows}
        return RowKind.EXTRA in kinds or (RowKind.CHANGED in kinds and (self.again or not self.by_key))


def choose_tables(
    found: Iterable[FoundRows], source: Catalog, target: Catalog
) -> tuple[tuple[ChosenTable, ...], tuple[LeftOut, ...]]:
    """Return the tables that can be repaired, referenced ones first, and all others with the reason.

    What changed rows differ in is not known yet, see :func:`with_changes`.
    """
    tables = {table.name: table for table in target.tables}
    expected = {table.name: table for table in source.tables}
    root = partition_root(target)
    depths = order_tables(target).depths
    chosen: list[FoundRows] = []
    left_out: list[LeftOut] = []
    for each in found:
        if each.unread_because:
            table = f"table {visible_name(each.relation.name)}"
            left_out.append(LeftOut(object=table, because=each.unread_because))
        elif each.difference.differing:
            because = _obstacle(each, expected, tables, target)
            if because:
                left_out.append(LeftOut(object=f"table {visible_name(each.relation.name)}", because=because))
            else:
                chosen.append(each)
    chosen.sort(key=lambda each: (depths[root[each.relation.name]], each.relation.name))
    return (
        tuple(
            _chosen(number, each, tables[each.relation.name], target)
            for number, each in enumerate(chosen, start=1)
        ),
        tuple(left_out),
    )


def _obstacle(
    found: FoundRows,
    source: Mapping[QualifiedName, Table],
    target: Mapping[QualifiedName, Table],
    catalog: Catalog,
) -> str:
    """Return why a table's rows cannot be repaired one by one; empty where they can."""
    name = found.relation.name
    extension = next((each.extension for each in catalog.extension_tables if each.table.name == name), "")
    if extension:
        owner = visible_identifier(extension)
        return f"it belongs to extension {owner}, which may keep its rows in step with others"
    if any(view.name == name for view in catalog.views):
        return "it is a materialized view; run REFRESH MATERIALIZED VIEW after the repair"
    if name not in source or name not in target or target[name].kind is not TableKind.TABLE:
        return "it is not a table that stores rows at both ends"
    ours, theirs = set(_data_columns(source[name])), set(_data_columns(target[name]))
    if unlike := sorted(ours ^ theirs):
        return f"the two ends do not have the same columns: {visible_identifiers(tuple(unlike))}"
    if not found.complete:
        return f"{found.difference.differing:,} rows differ, too many for a script; migrate it again"
    return ""


def _data_columns(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.columns if column.generated is Generated.NO)


def _chosen(number: int, found: FoundRows, table: Table, target: Catalog) -> ChosenTable:
    data = data_of(target, table.name)
    key = found.relation.key
    certain = {column.name for column in table.columns if column.not_null}
    return ChosenTable(
        number=number,
        table=table,
        ancestors=data.ancestors,
        columns=data.columns,
        key=key,
        # A generated column cannot be a file's; where a key may be NULL, it does not tell every row.
        by_key=found.by_key and set(key) <= certain & set(data.columns),
        found=found,
    )


def with_changes(
    chosen: Sequence[ChosenTable], changed: Mapping[QualifiedName, Iterable[str]], target: Catalog
) -> tuple[tuple[ChosenTable, ...], tuple[LeftOut, ...]]:
    """Decide by which statements changed rows become what they are at the source.

    All foreign keys wait for the end of the transaction, so that the order of statements does not matter to
    them. What cannot wait is what a key does with referencing rows when a referenced one is deleted
    (CASCADE, SET NULL, SET DEFAULT, RESTRICT). So rows first cease to reference what is to be deleted: that
    is ``early``. Unique columns are set ``late``, when rows that are in the way have gone; where changed rows
    may be in each other's way, they go and come ``again``. That is not possible where a key would act on it;
    then those columns that may are NULL for a moment.

    Args:
        changed: columns in which any changed row differs, generated ones included.

    Returns:
        The tables, and those that cannot be repaired after all.
    """
    decided: list[ChosenTable] = []
    left_out: list[LeftOut] = []
    for each in chosen:
        columns = _columns_to_set(each, set(changed.get(each.name, ())))
        unique = set(columns) & _unique_columns(each, target)
        fixed = set(columns) & {
            column.name for column in each.table.columns if column.identity is Identity.ALWAYS
        }
        acted_on = any(
            _acts(key) and key.referenced in {each.name, *each.ancestors} for key in target.foreign_keys
        )
        if fixed and acted_on:
            left_out.append(
                LeftOut(
                    object=f"table {visible_name(each.name)}",
                    because=f"column {visible_identifiers(tuple(sorted(fixed)))} is GENERATED ALWAYS AS "
                    "IDENTITY and cannot be set, and foreign keys would act on rows that are deleted and "
                    "inserted again",
                )
            )
            continue
        again = bool(unique or fixed) and not acted_on
        if not again and (passing_on := _passes_on(each, columns, target)):
            left_out.append(LeftOut(object=f"table {visible_name(each.name)}", because=passing_on))
            continue
        early = _early_columns(each, chosen, columns, unique, target) if not again else ()
        decided.append(
            dataclasses.replace(
                each,
                changed=columns,
                early=early,
                late=tuple(column for column in columns if column not in early),
                parked=() if again else _parked_columns(each, unique, target),
                again=again,
            )
        )
    return tuple(decided), tuple(left_out)


def _columns_to_set(each: ChosenTable, changed: set[str]) -> tuple[str, ...]:
    if changed - set(each.columns):
        # A generated column is computed anew where any of those that it is made of is set.
        fixed = {column.name for column in each.table.columns if column.identity is Identity.ALWAYS}
        changed |= set(each.columns) - set(each.key) - fixed
    return tuple(column for column in each.columns if column in changed)


def _unique_columns(each: ChosenTable, target: Catalog) -> set[str]:
    """Return the columns by which one row may be in another's way."""
    return {
        column
        for index in target.indexes
        if index.table == each.name and (index.unique or index.exclusion)
        for column in (*index.columns, *index.expression_columns)
        if column is not None
    }


def _parked_columns(each: ChosenTable, unique: set[str], target: Catalog) -> tuple[str, ...]:
    """Return those of the unique columns that may be NULL meanwhile, and that no foreign key looks at."""
    referenced = {
        column
        for key in target.foreign_keys
        if key.referenced in {each.name, *each.ancestors}
        for column in key.referenced_columns
    }
    return tuple(
        column.name
        for column in each.table.columns
        if column.name in unique - referenced - set(each.key) and not column.not_null
    )


def _early_columns(
    each: ChosenTable,
    chosen: Sequence[ChosenTable],
    columns: Sequence[str],
    unique: set[str],
    target: Catalog,
) -> tuple[str, ...]:
    """Return what is set before rows are deleted: all that may be, where a row may cease to reference one."""
    emptied = {name for table in chosen if table.deletes for name in (table.name, *table.ancestors)}
    acting = {
        column
        for key in target.foreign_keys
        if _acts(key) and key.table in {each.name, *each.ancestors} and key.referenced in emptied
        for column in key.columns
    }
    return tuple(column for column in columns if column not in unique) if acting & set(columns) else ()


def _passes_on(each: ChosenTable, columns: Sequence[str], target: Catalog) -> str:
    """Return why rows of other tables would change with these columns (ON UPDATE); empty where none would."""
    for key in target.foreign_keys:
        if (
            key.enforced
            and key.on_update != _WAITS
            and key.referenced in {each.name, *each.ancestors}
            and set(key.referenced_columns) & set(columns)
        ):
            return (
                f"foreign key {visible_identifier(key.name)} on {visible_name(key.table)} does ON UPDATE "
                f"{key.on_update.upper()} when column {visible_identifiers(tuple(columns))} is set"
            )
    return ""


def _acts(key: ForeignKey) -> bool:
    return key.enforced and key.on_delete != _WAITS
