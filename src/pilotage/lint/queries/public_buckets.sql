-- The buckets of Supabase's storage whose files are served to everybody.
SELECT b.id::text AS id, b.name::text AS name
FROM storage.buckets b
WHERE b.public
ORDER BY b.id::text COLLATE "C"
