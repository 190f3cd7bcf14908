-- Every attempt, in order.
SELECT
    number, snapshot, moment,
    to_char(started AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"') AS started,
    coalesce(to_char(ended AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"'), '') AS ended,
    coalesce(outcome, '') AS outcome,
    coalesce(message, '') AS message
FROM pilotage.attempt
ORDER BY number
