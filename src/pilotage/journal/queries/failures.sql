-- What failed, the first first.
SELECT
    number, attempt, step, message,
    to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"') AS at
FROM pilotage.failure
ORDER BY number
