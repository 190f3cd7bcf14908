"""What a policy or view may do outside the transaction in which it is probed; pure.

Consumed by the probes, which leave such a relation alone and say so. A READ ONLY transaction refuses to write
and to advance a sequence, and a notification is sent with a commit only; but it can call another server,
read or write a file, stop a session, or take on another role. Found by name, in the text of the expression
and of the functions that it calls, down to those that they call; what a function makes up as it runs is not
seen (EXECUTE), so that one that does is left alone where it could use a superuser's rights.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

from pilotage.model.names import QualifiedName
from pilotage.security.records import Routine

_SERVERS_OWN = re.compile(
    r"""(?<![\w"$])(?:pg_catalog\s*\.\s*)?(
        dblink\w* | lo_(?:import|export|create|creat|from_bytea|put|unlink)
        | pg_read_\w+ | pg_ls_\w+ | pg_stat_file | pg_file_\w+
        | pg_(?:terminate|cancel)_backend | pg_reload_conf | pg_rotate_logfile | pg_switch_wal | pg_promote
        | pg_logical_\w+ | pg_replication_\w+ | pg_(?:try_)?advisory_lock\w* | pg_create_\w+
        | pg_wal_replay_\w+ | pg_log_backend_memory_contexts | pg_stat_reset\w* | pg_backup_\w+
        | http_(?:get|post|put|delete|patch|head)
    )"?\s*\(""",
    re.IGNORECASE | re.VERBOSE,
)
_STATEMENT = re.compile(r"\b(COPY)\b[^;]*\b(?:PROGRAM|TO|FROM)\b", re.IGNORECASE)
_ROLE = re.compile(
    r"""
    \b(SET \s+ (?:(?:LOCAL|SESSION) \s+)? (?:ROLE|SESSION \s+ AUTHORIZATION)) \b
    | \b(RESET \s+ (?:ROLE|SESSION \s+ AUTHORIZATION|ALL)) \b
    # of settings, those of applications have a dot in their names
    | \b(set_config)"? \s* \( (?! \s* '[\w$]+ (?: \. [\w$]+ )+ ' )
    """,
    re.IGNORECASE | re.VERBOSE,
)
MADE_UP = re.compile(
    r"""\bEXECUTE\b | \bDO\s+(?:LANGUAGE\b|E?'|U&'|\$) | (?<![\w$])(?:
        (?:query|table|schema|database|cursor)_to_xml\w* | ts_stat | ts_rewrite
        | crosstab\w* | connectby | xpath_table
    )\b | \bU&"
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""What runs a statement that is put together as it runs, or hides a name."""
_WORD = re.compile(r"[^\W\d][\w$]*")
_CALL = re.compile(r'((?:[A-Za-z_][\w$]*|"(?:[^"]|"")+"))\s*\(')


class Calls:
    """The functions of a database, and what each of them leads to."""

    def __init__(self, routines: Iterable[Routine]) -> None:
        self._named: dict[str, list[Routine]] = {}
        for routine in routines:
            self._named.setdefault(routine.name.name, []).append(routine)
        self._known: dict[str, tuple[Routine, ...]] = {}
        self._distrusted = frozenset(
            name for name, of in self._named.items() if any(each.distrusted for each in of)
        )

    def named(self, name: str) -> tuple[Routine, ...]:
        """Return the functions of that name, in whatever schema."""
        return tuple(self._named.get(name, ()))

    def reached(self, text: str) -> tuple[Routine, ...]:
        """Return every function whose name an expression calls, directly or through other functions."""
        if text not in self._known:
            found: dict[str, tuple[Routine, ...]] = {}
            waiting = [text]
            while waiting:
                for called in called_names(waiting.pop()):
                    if called in self._named and called not in found:
                        found[called] = tuple(self._named[called])
                        waiting += [routine.body for routine in found[called]]
            self._known[text] = tuple(each for name in sorted(found) for each in found[name])
        return self._known[text]

    def outside(self, text: str, within: Routine | None = None, *, distrusted: bool = False) -> str | None:
        """Return what in an expression, or below it, acts outside; None where nothing does.

        Args:
            text: the expression, or the body of a function.
            within: this function.
            distrusted: whether we are a superuser and who wrote it is none.
        """
        reached = self._led_to(text)
        texts = [
            ("" if within is None else f" in {within.name}", text),
            *((f" in {each.name}", each.body) for each in reached),
        ]
        for where, body in texts:
            found = _SERVERS_OWN.search(body) or (_STATEMENT.search(body) if where else None)
            if found:
                return f"{found[1].split()[0]}{where}"
            taken = _ROLE.search(body)
            if taken:
                return f"{' '.join(next(filter(None, taken.groups())).split())}{where}"
        if distrusted or any(routine.distrusted for routine in reached):
            for where, body in texts:
                made_up = MADE_UP.search(body)
                if made_up:
                    return f"{made_up[0]}{where}, where not every owner is a superuser as we are"
        for routine in reached:
            if routine.extension is not None:
                return f"{routine.name} of the extension {routine.extension}"
            if not routine.trusted:
                return f"{routine.name}, written in {routine.language}"
        return None

    def _led_to(self, text: str) -> tuple[Routine, ...]:
        """Return what a text calls, and of functions not to be trusted what it may call like a column."""
        found = dict.fromkeys(self.reached(text))
        waiting = [text, *(each.body for each in found)] if self._distrusted else []
        while waiting:
            body = waiting.pop()
            words = {form for word in _WORD.findall(body) for form in (word, word.lower())}
            for name in self._distrusted:
                if name not in words and (_WORD.fullmatch(name) or name.replace('"', '""') not in body):
                    continue
                new = [each for each in self._named[name] if each not in found]
                new += [each for one in new for each in self.reached(one.body) if each not in found]
                found |= dict.fromkeys(new)
                waiting += [each.body for each in new]
        return tuple(found)

    def hidden(self) -> str | None:
        """Return what acts outside though no text names it: operators or casts may call it."""
        for routine in (each for named in self._named.values() for each in named):
            if routine.hidden and routine.distrusted:
                found = self.outside(routine.body, routine, distrusted=True)
                if found is not None:
                    return found
        return None


def called_names(text: str) -> frozenset[str]:
    """Return the names before parentheses, as the catalog holds them."""
    return frozenset(
        name[1:-1].replace('""', '"') if name.startswith('"') else name.lower()
        for name in _CALL.findall(text)
    )


def leading_outside(
    expressions: Mapping[QualifiedName, Sequence[str]],
    calls: Calls,
    distrusted: Collection[QualifiedName] = (),
) -> Mapping[QualifiedName, str]:
    """Return the relations that must not be read, and what in them acts outside.

    Args:
        expressions: of each relation what runs when it is read or written: its policies, its definition.
        calls: the functions of the database.
        distrusted: relations whose owners are no superusers, where we are one.
    """
    found = {
        relation: what
        for relation, texts in expressions.items()
        for what in [
            next(
                filter(None, (calls.outside(text, distrusted=relation in distrusted) for text in texts)), None
            )
        ]
        if what is not None
    }
    everything = {
        relation: "\n".join((*texts, *(each.body for text in texts for each in calls.reached(text))))
        for relation, texts in expressions.items()
    }
    waiting = list(found)
    while waiting:  # and whatever reads such a relation
        cause = waiting.pop()
        named = re.compile(rf"(?<![\w$]){re.escape(cause.name)}(?![\w$])")
        for relation, text in everything.items():
            if relation not in found and named.search(text):
                found[relation] = f"{found[cause]} through {cause}"
                waiting.append(relation)
    return found
