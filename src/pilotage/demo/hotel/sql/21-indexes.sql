-- Indexes, and what is told to the planner and to storage.
--
-- Thirteen foreign keys lack an index on purpose, those that the hand-written migration order names:
--   public: accommodation_units (tenant_id, hotel_id); airbnb_motopress_comparison (ics_event_id);
--           airbnb_mphb_imported_reservations (accommodation_unit_id);
--           calendar_event_conflicts (winning_event_id); calendar_events (merged_into_id);
--           hotel_operations (created_by);
--           prospective_sessions (converted_to_reservation_id); sire_export_logs (user_id);
--           staff_users (created_by); user_tenant_permissions (granted_by)
--   hotels: guest_information (property_id); policies (property_id); properties (client_id)
-- Every other foreign key has an index that begins with its columns, here or behind a unique constraint.

-- For foreign keys.
CREATE INDEX accommodation_units_tenant_idx ON public.accommodation_units (tenant_id);
CREATE INDEX manual_chunks_unit_idx ON public.accommodation_units_manual_chunks (accommodation_unit_id);
CREATE INDEX manual_chunks_tenant_idx
    ON public.accommodation_units_manual_chunks (tenant_id, created_at DESC);
CREATE INDEX airbnb_motopress_comparison_unit_idx
    ON public.airbnb_motopress_comparison (accommodation_unit_id);
CREATE INDEX airbnb_motopress_comparison_tenant_idx ON public.airbnb_motopress_comparison (tenant_id);
CREATE INDEX calendar_event_conflicts_event_2_idx ON public.calendar_event_conflicts (event_2_id);
CREATE INDEX calendar_events_unit_idx ON public.calendar_events (accommodation_unit_id, created_at);
-- Partial, and enough all the same: the rows it leaves out reference nothing.
CREATE INDEX calendar_events_parent_idx
    ON public.calendar_events (parent_event_id) WHERE parent_event_id IS NOT NULL;
CREATE INDEX calendar_sync_logs_feed_idx
    ON public.calendar_sync_logs (feed_config_id, synced_at DESC NULLS LAST);
CREATE INDEX chat_conversations_reservation_idx ON public.chat_conversations (reservation_id);
CREATE INDEX chat_messages_conversation_idx
    ON public.chat_messages (conversation_id, message_number) INCLUDE (role);
CREATE INDEX compliance_submissions_guest_idx ON public.compliance_submissions (guest_id);
CREATE INDEX conversation_attachments_conversation_idx ON public.conversation_attachments (conversation_id);
CREATE INDEX conversation_memory_session_idx ON public.conversation_memory (session_id);
CREATE INDEX conversation_memory_tenant_idx ON public.conversation_memory USING btree (tenant_id);
CREATE INDEX guest_conversations_guest_idx ON public.guest_conversations (guest_id);
CREATE INDEX guest_reservations_unit_idx ON public.guest_reservations (accommodation_unit_id, check_in);
CREATE INDEX hotel_operations_tenant_idx ON public.hotel_operations (tenant_id);
CREATE INDEX job_logs_tenant_idx ON public.job_logs (tenant_id, started_at);
CREATE INDEX policies_tenant_idx ON public.policies (tenant_id);
CREATE INDEX prospective_sessions_tenant_idx ON public.prospective_sessions (tenant_id);
CREATE UNIQUE INDEX reservation_accommodations_reservation_idx
    ON public.reservation_accommodations (reservation_id, accommodation_unit_id, room_number);
CREATE INDEX reservation_accommodations_unit_idx ON public.reservation_accommodations (accommodation_unit_id);
CREATE INDEX staff_conversations_staff_idx ON public.staff_conversations (staff_id);
CREATE INDEX staff_messages_conversation_idx ON public.staff_messages (conversation_id, created_at);
CREATE INDEX staff_users_tenant_idx ON public.staff_users (tenant_id) INCLUDE (full_name, role);
CREATE INDEX sync_history_tenant_idx ON public.sync_history (tenant_id, started_at DESC);
CREATE INDEX tenant_knowledge_embeddings_tenant_idx ON public.tenant_knowledge_embeddings (tenant_id);
CREATE INDEX tenant_muva_content_tenant_idx ON public.tenant_muva_content (tenant_id);
CREATE INDEX user_tenant_permissions_tenant_idx ON public.user_tenant_permissions (tenant_id);

-- For queries: partial, expression, covering, GIN, BRIN, GiST and hash.
CREATE INDEX guest_reservations_arrivals_idx ON public.guest_reservations (tenant_id, check_in)
    WHERE status = ANY (ARRAY['confirmed'::public.reservation_status, 'pending'::public.reservation_status]);
CREATE INDEX guest_reservations_name_idx
    ON public.guest_reservations (public.search_key(guest_name) text_pattern_ops);
CREATE UNIQUE INDEX ics_feed_configurations_url_key ON public.ics_feed_configurations (md5(lower(feed_url)));
CREATE UNIQUE INDEX calendar_events_ics_uid_key
    ON public.calendar_events (source, ics_uid) WHERE ics_uid IS NOT NULL;
CREATE INDEX calendar_events_busy_idx ON public.calendar_events USING gist (busy);
CREATE INDEX sire_export_logs_tenant_idx ON public.sire_export_logs (tenant_id, created_at DESC);
CREATE INDEX prospective_sessions_utm_idx ON public.prospective_sessions USING gin (utm jsonb_path_ops);
CREATE INDEX prospective_sessions_interests_idx ON public.prospective_sessions USING gin (interests);
CREATE INDEX prospective_sessions_ip_idx ON public.prospective_sessions USING gist (ip_address inet_ops);
CREATE INDEX code_embeddings_metadata_idx ON public.code_embeddings USING gin (metadata);
CREATE INDEX code_embeddings_path_idx ON public.code_embeddings USING hash (file_path);
CREATE INDEX muva_content_search_idx ON public.muva_content USING gin (search);
CREATE INDEX muva_content_tags_idx ON public.muva_content USING gin (tags) WITH (fastupdate = off);
CREATE INDEX muva_content_category_idx
    ON public.muva_content (category, rating DESC NULLS LAST) INCLUDE (title);
CREATE INDEX chat_messages_search_idx ON public.chat_messages USING gin (search);
CREATE INDEX sire_content_search_idx ON public.sire_content
    USING gin (to_tsvector('spanish'::regconfig, COALESCE(legal_basis, ''::text)));
CREATE INDEX accommodation_units_public_photos_idx ON public.accommodation_units_public USING gin (photos);
CREATE INDEX job_logs_started_idx ON public.job_logs USING brin (started_at) WITH (pages_per_range = 16);
CREATE INDEX sync_history_failed_idx
    ON public.sync_history ((error IS NULL), source COLLATE "C")
    WHERE status = 'failed'::public.sync_status;

-- For the planner, the storage and CLUSTER.
ALTER TABLE public.job_logs CLUSTER ON job_logs_tenant_idx;
ALTER TABLE public.chat_messages ALTER COLUMN content SET STATISTICS 500;
ALTER TABLE public.guest_reservations ALTER COLUMN guest_name SET (n_distinct = -0.9);
CREATE STATISTICS public.guest_reservations_tenant_status (dependencies, ndistinct)
    ON tenant_id, status FROM public.guest_reservations;
CREATE STATISTICS public.sync_history_source_lower ON (lower(source)) FROM public.sync_history;
COMMENT ON STATISTICS public.guest_reservations_tenant_status IS
    'A tenant''s reservations are mostly of one status';
