-- What all attempts have in common: one row.
SELECT
    format, pilotage, fingerprint, source, source_identity, choices,
    to_char(started AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"') AS started
FROM pilotage.migration
