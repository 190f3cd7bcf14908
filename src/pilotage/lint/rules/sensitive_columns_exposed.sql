-- Columns with telling names in tables without row level security that a role of the HTTP interface may read. A name
-- is taken apart at underscores and where capitals begin, so that "passwordHash" counts and "compass" does not.
SELECT
    'pg_class'::regclass AS classid,
    c.oid AS objid,
    a.attnum AS objsubid,
    format('Column %I of %I.%I can be read by %s', a.attname, n.nspname, c.relname, x.roles) AS detail,
    json_build_object('schema', n.nspname, 'name', c.relname, 'type', 'table', 'column', a.attname) AS metadata,
    ARRAY[n.nspname, c.relname, a.attname]::text[] AS key
FROM pg_attribute a
JOIN pg_class c ON c.oid = a.attrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
    SELECT string_agg(r.role, ', ' ORDER BY r.role) AS roles
    FROM unnest($3::text[]) AS r (role)
    WHERE
        has_schema_privilege(r.role::name, n.oid, 'USAGE')
        AND has_column_privilege(r.role::name, c.oid, a.attnum, 'SELECT')
) AS x
WHERE
    n.nspname = ANY ($1::text[])
    AND n.nspname = ANY ($2::text[])
    AND c.relkind IN ('r', 'p')
    AND NOT c.relrowsecurity
    AND a.attnum > 0
    AND NOT a.attisdropped
    AND x.roles IS NOT NULL
    AND (
        '_' || lower(regexp_replace(a.attname, '([a-z0-9])([A-Z])', '\1_\2', 'g')) || '_'
    ) ~ (
        '_(password|passwd|pwd|passphrase|secret|api_?key|private_key|access_token|refresh_token|auth_token|'
        || 'session_token|reset_token|otp|totp|mfa|recovery_code|ssn|social_security|tax_id|passport|'
        || 'national_id|credit_card|card_number|cvv|cvc|iban|bank_account|account_number|routing_number|'
        || 'date_of_birth|dob|salary|medical)(s|_|[0-9])'
    )
