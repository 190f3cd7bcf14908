-- Tables without row level security that have columns with telling names which a role of the HTTP interface may read.
WITH named AS MATERIALIZED (
    SELECT
        c.oid,
        c.relname,
        n.nspname,
        n.oid AS namespace,
        a.attnum,
        a.attname,
        p.pattern
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    -- capitals begin a new word, as underscores do
    CROSS JOIN LATERAL (
        SELECT replace(lower(regexp_replace(a.attname, '([a-z0-9])([A-Z])', '\1_\2', 'g')), '-', '_') AS words
    ) AS w
    CROSS JOIN LATERAL (
        SELECT coalesce(
            -- whole names: those of Supabase's linter
            substring(w.words FROM (
                '^(token|jwt|auth_key|oauth_token|bearer_token|auth_code|session_id|session_key|backup_code|'
                || 'verification_code|two_factor|2fa_code|drivers?_license|license_number|swift_code|bic|cvn|'
                || 'health_record|patient_id|insurance_number|health_insurance|treatment|mac_address|macaddr|imei|'
                || 'device_uuid|pgp_key|gpg_key|ssh_key|certificate|license_key|activation_key|facial_recognition)$'
            )),
            -- words within a name, so that "passwordHash" counts and "compass" does not
            substring('_' || w.words || '_' FROM (
                '_(password|passwd|pwd|passphrase|secret|api_?key|private_key|access_token|refresh_token|auth_token|'
                || 'session_token|reset_token|otp|totp|mfa|recovery_code|ssn|social_security|tax_id|passport|'
                || 'national_id|credit_card|card_number|cvv|cvc|iban|bank_account|account_number|routing_number|'
                || 'date_of_birth|dob|salary|medical)(?:s|_|[0-9])'
            ))
        ) AS pattern
    ) AS p
    WHERE
        n.nspname = ANY ($1::text[])
        AND n.nspname = ANY ($2::text[])
        AND c.relkind IN ('r', 'p')
        AND NOT c.relrowsecurity
        AND a.attnum > 0
        AND NOT a.attisdropped
        AND p.pattern IS NOT NULL
)
SELECT
    'pg_class'::regclass AS classid,
    k.oid AS objid,
    0 AS objsubid,
    format(
        'Table %I.%I has no row level security, and columns that %s may read have telling names: %s',
        k.nspname, k.relname, string_agg(DISTINCT r.role, ' or ' ORDER BY r.role),
        string_agg(DISTINCT quote_ident(k.attname), ', ' ORDER BY quote_ident(k.attname))
    ) AS detail,
    json_build_object(
        'schema', k.nspname, 'name', k.relname, 'type', 'table',
        'sensitive_columns', json_agg(DISTINCT k.attname::text ORDER BY k.attname::text),
        'matched_patterns', json_agg(DISTINCT k.pattern ORDER BY k.pattern)
    ) AS metadata,
    ARRAY[k.nspname, k.relname]::text[] AS key
FROM named k
CROSS JOIN unnest($3::text[]) AS r (role)
WHERE
    has_schema_privilege(r.role::name, k.namespace, 'USAGE')
    AND has_column_privilege(r.role::name, k.oid, k.attnum, 'SELECT')
GROUP BY k.oid, k.nspname, k.relname
