-- What the last attempt planned, in the plan's order.
SELECT place, id, stage, kind, "group", "table", rows, bytes, weight
FROM pilotage.step
ORDER BY place
