"""Whether two sessions are in the same database, whatever names and addresses led there.

Consumed by what must not write to the database that it reads. What a database holds does not belong here.
"""

from __future__ import annotations

from pilotage.connection.session import Session

# Everybody may read both. The control file's system identifier is not enough: copies of a cluster share it.
_IDENTITY = """
SELECT EXTRACT(epoch FROM pg_catalog.pg_postmaster_start_time())::pg_catalog.text || ' ' || oid
FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()
"""


async def is_same_database(one: Session, other: Session) -> bool:
    """Return whether both are in one database of one running server."""
    return await one.text(_IDENTITY) == await other.text(_IDENTITY)


_SYSTEM = """
SELECT (SELECT system_identifier::pg_catalog.text FROM pg_catalog.pg_control_system()) || ' ' || oid
FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()
"""


async def lasting_identity(session: Session) -> str:
    """Return what tells a session's database from all others, and stays when its server is started again.

    A copy of a cluster, such as a standby that takes over, has the same. Where the role may not know, it is
    the name by which the database was reached.
    """
    allowed = "SELECT pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE')"
    if not await session.value(allowed):
        return session.parameters.describe()
    return str(await session.value(_SYSTEM))
