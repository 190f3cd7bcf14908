-- What is done, parts of a table in the order of its blocks.
SELECT
    step, first_block, end_block, rows, bytes, left_out, filenode, seconds, attempt,
    to_char(finished AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"') AS finished
FROM pilotage.done
ORDER BY step COLLATE "C", first_block
