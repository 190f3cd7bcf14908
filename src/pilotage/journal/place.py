"""Where journals lie on a target; consumed by whoever makes, finds or passes over one."""

from __future__ import annotations

SCHEMA = "pilotage"

SCHEMA_COMMENT = "what pilotage notes while it works; gone when it is done"
"""By this comment the schema is known as ours; ``catalog/queries/schemas.sql`` passes over it."""

# Event triggers that the migration brought are not for what is ours. PostgreSQL 17 knows the first setting;
# under the second, only those fire that are enabled ALWAYS or for REPLICA. Most managed services grant
# neither.
WITHOUT_EVENT_TRIGGERS = """
    SELECT pg_catalog.set_config(name, CASE name WHEN 'event_triggers' THEN 'off' ELSE 'replica' END, true)
    FROM pg_catalog.pg_settings
    WHERE name IN ('event_triggers', 'session_replication_role')
        AND pg_catalog.has_parameter_privilege(name, 'SET');
"""
