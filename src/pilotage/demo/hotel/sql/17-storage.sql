-- How columns are stored; it matters only to rows that come later, so it comes before all rows.

ALTER TABLE public.accommodation_units_manual ALTER COLUMN body SET STORAGE EXTERNAL;
ALTER TABLE public.muva_content ALTER COLUMN content SET STORAGE MAIN;
ALTER TABLE public.chat_messages ALTER COLUMN content SET COMPRESSION pglz;
ALTER TABLE public.guest_conversations
    SET (autovacuum_enabled = true, toast.autovacuum_vacuum_threshold = 100);
