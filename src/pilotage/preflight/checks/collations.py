"""Collations: those that the target lacks, and those that may sort text in another order there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from pilotage.model.names import QualifiedName, quote_identifier, quote_literal
from pilotage.model.preflight import End, Problem
from pilotage.preflight.check import Check, Situation, query

_PROVIDERS = {"c": "libc", "i": "icu", "b": "builtin"}


class _Collation(msgspec.Struct, frozen=True, kw_only=True):
    """A row of ``collations_used.sql`` or ``collations_there.sql``."""

    schema: str
    name: str
    provider: str
    locale: str
    version: str

    @property
    def is_the_systems(self) -> bool:
        return self.schema == "pg_catalog"

    def __str__(self) -> str:
        return str(QualifiedName(self.schema, self.name))


class _Locale(msgspec.Struct, frozen=True, kw_only=True):
    """The row of ``database_locale.sql``."""

    provider: str
    locale: str
    lc_collate: str
    lc_ctype: str
    version: str

    def __str__(self) -> str:
        own = f", locale {self.locale}" if self.locale else ""
        return f"{_PROVIDERS.get(self.provider, self.provider)}{own}, {self.lc_collate}/{self.lc_ctype}"


async def _look(situation: Situation) -> Sequence[Problem]:
    source, target = situation.source, situation.target
    used = await source.records(query("collations_used"), _Collation, list(situation.catalog.scope))
    there = await target.records(query("collations_there"), _Collation)
    (expected,) = await source.records(query("database_locale"), _Locale)
    (found,) = await target.records(query("database_locale"), _Locale)
    return [
        *_database(expected, found, quote_identifier(target.parameters.database)),
        *_missing(used, there),
        *_versions(used, {str(each): each for each in there}),
    ]


def _database(expected: _Locale, found: _Locale, database: str) -> Iterator[Problem]:
    if str(expected) != str(found):
        provider = _PROVIDERS.get(expected.provider, expected.provider)
        locale = {"i": "ICU_LOCALE", "b": "BUILTIN_LOCALE"}.get(expected.provider)
        own = f" {locale} {quote_literal(expected.locale)}" if locale else ""
        yield CHECK.warning(
            object=f"database {database}",
            found=f"sorts and classifies text by {found}, the source by {expected}: ORDER BY, comparisons "
            "and upper() may give other results there",
            wanted="the same locale",
            remedy=f"CREATE DATABASE {database} TEMPLATE template0 LOCALE_PROVIDER {provider}{own} "
            f"LC_COLLATE {quote_literal(expected.lc_collate)} LC_CTYPE {quote_literal(expected.lc_ctype)}; "
            "-- instead of this one",
        )
    elif expected.version and found.version and expected.version != found.version:
        yield CHECK.warning(
            object=f"database {database}",
            found=f"sorts text by version {found.version} of its locale, the source by {expected.version}: "
            "some text may come in another order there",
            wanted="the same version of the system's library, where the order of text matters",
            remedy="none is needed for indexes, which are built there; look at range partitions and CHECK "
            "constraints that compare text",
        )


def _missing(used: Iterable[_Collation], there: Sequence[_Collation]) -> Iterator[Problem]:
    names = {str(each) for each in there}
    providers = {each.provider for each in there}
    locales = {_alike(each.locale) for each in there if each.provider == "c"}
    for each in used:
        if each.provider == "i" and "i" not in providers:
            yield CHECK.stop(
                object=f"collation {each}",
                found="is of ICU, and the target's server was built without ICU",
                wanted="a server with ICU",
                remedy="name a target whose server has ICU collations: SELECT count(*) FROM pg_collation "
                "WHERE collprovider = 'i';",
            )
        elif each.is_the_systems and str(each) not in names:
            yield CHECK.stop(
                object=f"collation {each}",
                found="is used on the source, and the target does not have it",
                wanted=f"the locale {each.locale} in the operating system of the target's server",
                remedy="install the locale there, then as a superuser: "
                "SELECT pg_import_system_collations('pg_catalog');",
            )
        elif not each.is_the_systems and each.provider == "c" and _alike(each.locale) not in locales:
            yield CHECK.warning(
                object=f"collation {each}",
                found=f"is defined by the locale {each.locale}, which no collation of the target's knows",
                wanted="that locale in the operating system of the target's server; without it, creating the "
                "collation fails",
                remedy="install the locale there; locale -a lists those that it has",
            )


def _versions(used: Iterable[_Collation], there: Mapping[str, _Collation]) -> Iterator[Problem]:
    for each in used:
        found = there.get(str(each))
        if found is not None and each.version and found.version and each.version != found.version:
            yield CHECK.warning(
                object=f"collation {each}",
                found=f"is of version {found.version} there and {each.version} on the source: some text "
                "may come in another order",
                wanted="the same version of the library, where the order of text matters",
                remedy="none is needed for indexes, which are built there; look at range partitions and "
                "CHECK constraints that compare text",
            )


def _alike(locale: str) -> str:
    """Return a locale's name as libc compares them: de_DE.UTF-8 and de_DE.utf8 are one."""
    return locale.lower().replace("-", "")


CHECK = Check(
    name="collations",
    title="text sorts alike at both ends, by collations that both have",
    end=End.BOTH,
    look=_look,
)
