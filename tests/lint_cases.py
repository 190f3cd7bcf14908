"""The cases of the linter's rules: SQL that must be found, and SQL that must not be.

They stand in ``src/pilotage/lint/rules/*.toml``. Consumed by the tests of the linter.
"""

from __future__ import annotations

import tomllib
from importlib import resources

import msgspec

from pilotage.lint import RULES
from pilotage.model.names import quote_identifier, quote_literal

ROLES = """
-- As the hotel database has them: tests share their servers.
DO $$
DECLARE role text;
BEGIN
    FOREACH role IN ARRAY ARRAY[
        'anon', 'authenticated', 'service_role BYPASSRLS', 'supabase_storage_admin'
    ] LOOP
        BEGIN
            EXECUTE 'CREATE ROLE ' || role || ' NOINHERIT';
        EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
        END;
    END LOOP;
END $$;
"""

AUTH = """
CREATE SCHEMA auth;
CREATE TABLE auth.users (id uuid PRIMARY KEY, email text UNIQUE, raw_user_meta_data jsonb, is_anonymous bool);
CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql STABLE
    AS $$ SELECT nullif(current_setting('request.jwt.claim.sub', true), '')::uuid $$;
CREATE FUNCTION auth.jwt() RETURNS jsonb LANGUAGE sql STABLE
    AS $$ SELECT nullif(current_setting('request.jwt.claims', true), '')::jsonb $$;
CREATE FUNCTION auth.role() RETURNS text LANGUAGE sql STABLE
    AS $$ SELECT nullif(current_setting('request.jwt.claim.role', true), '') $$;
"""


class Case(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """SQL that runs in a schema of its own, for which ``{}`` stands.

    Attributes:
        objects: what the rule must find there; none in those that must not be found.
        fixed: of the objects, those that SQL is written for.
        keys: all cache keys, where a rule finds an object several times.
        since: the first major version that knows the SQL.
        extension: that the case needs.
        alone: whether it needs a database of its own.
        after: what puts the server right again, after a case that is alone.
        hidden: whether an HTTP interface does not show the schema.
    """

    title: str
    sql: str
    objects: tuple[str, ...] = ()
    fixed: tuple[str, ...] = ()
    keys: tuple[str, ...] | None = None
    since: int = 15
    extension: str | None = None
    alone: bool = False
    after: str = ""
    hidden: bool = False


class Cases(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    found: tuple[Case, ...]
    not_found: tuple[Case, ...]


class Placed(msgspec.Struct, frozen=True, kw_only=True):
    """A case of a rule and the schema that it runs in."""

    rule: str
    kind: str
    case: Case
    schema: str

    @property
    def name(self) -> str:
        return f"{self.rule}: {self.case.title}"

    @property
    def script(self) -> str:
        return f"SET search_path = {self.schema}, extensions;\n{self._filled(self.case.sql)};\n"

    @property
    def objects(self) -> set[str]:
        return {self._filled(each) for each in self.case.objects}

    @property
    def fixed(self) -> set[str]:
        return {self._filled(each) for each in self.case.fixed}

    @property
    def keys(self) -> set[str] | None:
        return None if self.case.keys is None else {self._filled(each) for each in self.case.keys}

    def _filled(self, text: str) -> str:
        return text.replace("{}", self.schema)


def all_cases() -> tuple[Placed, ...]:
    """Return every case of every rule."""
    placed = []
    for rule in RULES:
        text = (resources.files("pilotage.lint.rules") / f"{rule.name}.toml").read_text("utf-8")
        cases = msgspec.convert(tomllib.loads(text), Cases)
        every = [("found", case) for case in cases.found] + [("not_found", case) for case in cases.not_found]
        placed += [
            Placed(rule=rule.name, kind=kind, case=case, schema=f"case_{rule.name[:30]}_{number}")
            for number, (kind, case) in enumerate(every)
        ]
    return tuple(placed)


def script(cases: tuple[Placed, ...], database: str) -> str:
    """Return a script that makes what is around the cases, then each one's schema and objects."""
    shown = ", ".join(placed.schema for placed in cases if not placed.case.hidden)
    extensions = sorted(
        {placed.case.extension for placed in cases if placed.case.extension and not placed.case.alone}
    )
    return "\n".join(
        (
            ROLES,
            AUTH,
            "CREATE SCHEMA IF NOT EXISTS extensions;",
            *(f"CREATE EXTENSION {extension} SCHEMA extensions;" for extension in extensions),
            f"ALTER DATABASE {database} SET pgrst.db_schemas = 'public, {shown}';",
            *(
                f"CREATE SCHEMA {placed.schema};\n"
                f"GRANT USAGE ON SCHEMA {placed.schema} TO anon, authenticated;\n"
                f"{placed.script}"
                for placed in cases
            ),
        )
    )


def look_alike(extension: str) -> str:
    """Return SQL that creates an extension of this name with nothing in it.

    The server writes its files into its own data directory, where PostgreSQL 18 and later look if told so.
    """
    files = quote_literal(
        f"mkdir -p extension && : > extension/{extension}--1.0.sql && cat > extension/{extension}.control"
    )
    folders = "current_setting('data_directory') || ':$system'"
    return (
        f"COPY (SELECT $$default_version = '1.0'$$) TO PROGRAM {files};\n"
        f"SELECT set_config('extension_control_path', {folders}, false);\n"
        f"CREATE EXTENSION {quote_identifier(extension)};\n"
    )
