-- Every foreign key: 46 among the tables of public, two into auth.users and three within hotels. They come
-- after the rows here; a project that grew over years added them at any time.

ALTER TABLE public.accommodation_units
    ADD CONSTRAINT accommodation_units_tenant_id_hotel_id_fkey FOREIGN KEY (tenant_id, hotel_id)
        REFERENCES public.hotels (tenant_id, id) MATCH SIMPLE ON UPDATE CASCADE ON DELETE SET NULL (hotel_id),
    ADD CONSTRAINT accommodation_units_tenant_id_fkey FOREIGN KEY (tenant_id)
        REFERENCES public.tenant_registry (tenant_id) ON DELETE CASCADE;
ALTER TABLE public.accommodation_units_manual
    ADD CONSTRAINT accommodation_units_manual_unit_id_fkey FOREIGN KEY (unit_id)
        REFERENCES public.accommodation_units_public (unit_id);
ALTER TABLE public.accommodation_units_manual_chunks
    ADD CONSTRAINT accommodation_units_manual_chunks_accommodation_unit_id_fkey
        FOREIGN KEY (accommodation_unit_id)
        REFERENCES public.accommodation_units (id),
    ADD CONSTRAINT accommodation_units_manual_chunks_manual_id_fkey FOREIGN KEY (manual_id)
        REFERENCES public.accommodation_units_manual (unit_id),
    ADD CONSTRAINT accommodation_units_manual_chunks_tenant_id_fkey FOREIGN KEY (tenant_id)
        REFERENCES public.tenant_registry (tenant_id) ON DELETE CASCADE;
ALTER TABLE public.accommodation_units_public
    ADD CONSTRAINT accommodation_units_public_tenant_id_fkey FOREIGN KEY (tenant_id)
        REFERENCES public.tenant_registry (tenant_id) ON DELETE CASCADE;
ALTER TABLE public.airbnb_motopress_comparison
    ADD CONSTRAINT airbnb_motopress_comparison_accommodation_unit_id_fkey FOREIGN KEY (accommodation_unit_id)
        REFERENCES public.accommodation_units_public (unit_id),
    ADD CONSTRAINT airbnb_motopress_comparison_ics_event_id_fkey FOREIGN KEY (ics_event_id)
        REFERENCES public.calendar_events (id),
    ADD CONSTRAINT airbnb_motopress_comparison_tenant_id_fkey FOREIGN KEY (tenant_id)
        REFERENCES public.tenant_registry (tenant_id) ON DELETE CASCADE;
ALTER TABLE public.airbnb_mphb_imported_reservations
    ADD CONSTRAINT airbnb_mphb_imported_reservations_accommodation_unit_id_fkey
        FOREIGN KEY (accommodation_unit_id)
        REFERENCES public.accommodation_units (id);
ALTER TABLE public.calendar_event_conflicts
    ADD CONSTRAINT calendar_event_conflicts_event_1_id_fkey FOREIGN KEY (event_1_id)
        REFERENCES public.calendar_events (id) ON DELETE CASCADE DEFERRABLE,
    ADD CONSTRAINT calendar_event_conflicts_event_2_id_fkey FOREIGN KEY (event_2_id)
        REFERENCES public.calendar_events (id) ON DELETE CASCADE DEFERRABLE,
    ADD CONSTRAINT calendar_event_conflicts_winning_event_id_fkey FOREIGN KEY (winning_event_id)
        REFERENCES public.calendar_events (id) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE public.calendar_events
    ADD CONSTRAINT calendar_events_accommodation_unit_id_fkey FOREIGN KEY (accommodation_unit_id)
        REFERENCES public.accommodation_units (id),
    ADD CONSTRAINT calendar_events_merged_into_id_fkey FOREIGN KEY (merged_into_id)
        REFERENCES public.calendar_events (id) ON DELETE SET NULL,
    ADD CONSTRAINT calendar_events_parent_event_id_fkey FOREIGN KEY (parent_event_id)
        REFERENCES public.calendar_events (id) ON DELETE SET NULL;
ALTER TABLE public.calendar_sync_logs
    ADD CONSTRAINT calendar_sync_logs_feed_config_id_fkey FOREIGN KEY (feed_config_id)
        REFERENCES public.ics_feed_configurations (id) ON DELETE CASCADE;
ALTER TABLE public.chat_conversations
    ADD CONSTRAINT chat_conversations_reservation_id_fkey FOREIGN KEY (reservation_id)
        REFERENCES public.guest_reservations (id) ON DELETE SET NULL;
ALTER TABLE public.chat_messages
    ADD CONSTRAINT chat_messages_conversation_id_fkey FOREIGN KEY (conversation_id)
        REFERENCES public.guest_conversations (id) ON DELETE CASCADE;
ALTER TABLE public.compliance_submissions
    ADD CONSTRAINT compliance_submissions_guest_id_fkey FOREIGN KEY (guest_id)
        REFERENCES public.guest_reservations (id);
ALTER TABLE public.conversation_attachments
    ADD CONSTRAINT conversation_attachments_conversation_id_fkey FOREIGN KEY (conversation_id)
        REFERENCES public.guest_conversations (id) ON DELETE CASCADE;
ALTER TABLE public.conversation_memory
    ADD CONSTRAINT conversation_memory_session_id_fkey FOREIGN KEY (session_id)
        REFERENCES public.prospective_sessions (session_id) ON DELETE CASCADE,
    ADD CONSTRAINT conversation_memory_tenant_id_fkey FOREIGN KEY (tenant_id)
        REFERENCES public.tenant_registry (tenant_id) ON DELETE CASCADE;
ALTER TABLE public.guest_conversations
    ADD CONSTRAINT guest_conversations_guest_id_fkey FOREIGN KEY (guest_id)
        REFERENCES public.guest_reservations (id) ON DELETE CASCADE;
ALTER TABLE public.guest_reservations
    ADD CONSTRAINT guest_reservations_accommodation_unit_id_fkey FOREIGN KEY (accommodation_unit_id)
        REFERENCES public.accommodation_units (id) ON DELETE SET NULL;
ALTER TABLE public.hotel_operations
    ADD CONSTRAINT hotel_operations_created_by_fkey FOREIGN KEY (created_by)
        REFERENCES public.staff_users (staff_id) ON UPDATE CASCADE ON DELETE SET NULL,
    ADD CONSTRAINT hotel_operations_tenant_id_fkey FOREIGN KEY (tenant_id)
        REFERENCES public.tenant_registry (tenant_id) ON DELETE CASCADE;
ALTER TABLE public.hotels
    ADD CONSTRAINT hotels_tenant_id_fkey FOREIGN KEY (tenant_id)
        REFERENCES public.tenant_registry (tenant_id);
ALTER TABLE public.ics_feed_configurations
    ADD CONSTRAINT ics_feed_configurations_accommodation_unit_id_fkey FOREIGN KEY (accommodation_unit_id)
        REFERENCES public.accommodation_units (id);
ALTER TABLE public.integration_configs
    ADD CONSTRAINT integration_configs_tenant_id_fkey FOREIGN KEY (tenant_id)
        REFERENCES public.tenant_registry (tenant_id) ON DELETE CASCADE;
ALTER TABLE public.job_logs
    ADD CONSTRAINT job_logs_tenant_id_fkey FOREIGN KEY (tenant_id)
        REFERENCES public.tenant_registry (tenant_id);
ALTER TABLE public.policies
    ADD CONSTRAINT policies_tenant_id_fkey FOREIGN KEY (tenant_id)
        REFERENCES public.tenant_registry (tenant_id) ON DELETE CASCADE;
ALTER TABLE public.prospective_sessions
    ADD CONSTRAINT prospective_sessions_converted_to_reservation_id_fkey
        FOREIGN KEY (converted_to_reservation_id)
        REFERENCES public.guest_reservations (id) ON DELETE SET NULL,
    ADD CONSTRAINT prospective_sessions_tenant_id_fkey FOREIGN KEY (tenant_id)
        REFERENCES public.tenant_registry (tenant_id) ON DELETE CASCADE;
ALTER TABLE public.reservation_accommodations
    ADD CONSTRAINT reservation_accommodations_accommodation_unit_id_fkey FOREIGN KEY (accommodation_unit_id)
        REFERENCES public.accommodation_units (id),
    ADD CONSTRAINT reservation_accommodations_reservation_id_fkey FOREIGN KEY (reservation_id)
        REFERENCES public.guest_reservations (id) ON DELETE CASCADE;
ALTER TABLE public.staff_conversations
    ADD CONSTRAINT staff_conversations_staff_id_fkey FOREIGN KEY (staff_id)
        REFERENCES public.staff_users (staff_id);
ALTER TABLE public.staff_messages
    ADD CONSTRAINT staff_messages_conversation_id_fkey FOREIGN KEY (conversation_id)
        REFERENCES public.staff_conversations (conversation_id) ON DELETE CASCADE;
ALTER TABLE public.staff_users
    ADD CONSTRAINT staff_users_created_by_fkey FOREIGN KEY (created_by)
        REFERENCES public.staff_users (staff_id) ON DELETE RESTRICT,
    ADD CONSTRAINT staff_users_tenant_id_fkey FOREIGN KEY (tenant_id)
        REFERENCES public.tenant_registry (tenant_id) ON DELETE CASCADE;
ALTER TABLE public.sync_history
    ADD CONSTRAINT sync_history_tenant_id_fkey FOREIGN KEY (tenant_id)
        REFERENCES public.tenant_registry (tenant_id) ON DELETE CASCADE;
ALTER TABLE public.tenant_compliance_credentials
    ADD CONSTRAINT tenant_compliance_credentials_tenant_id_fkey FOREIGN KEY (tenant_id)
        REFERENCES public.tenant_registry (tenant_id) ON DELETE CASCADE;
ALTER TABLE public.tenant_knowledge_embeddings
    ADD CONSTRAINT tenant_knowledge_embeddings_tenant_id_fkey FOREIGN KEY (tenant_id)
        REFERENCES public.tenant_registry (tenant_id) ON DELETE CASCADE;
ALTER TABLE public.tenant_muva_content
    ADD CONSTRAINT tenant_muva_content_tenant_id_fkey FOREIGN KEY (tenant_id)
        REFERENCES public.tenant_registry (tenant_id) ON DELETE CASCADE;
ALTER TABLE public.user_tenant_permissions
    ADD CONSTRAINT user_tenant_permissions_tenant_id_fkey FOREIGN KEY (tenant_id)
        REFERENCES public.tenant_registry (tenant_id) ON DELETE CASCADE;

-- Into the platform's schema.
ALTER TABLE public.sire_export_logs
    ADD CONSTRAINT sire_export_logs_user_id_fkey FOREIGN KEY (user_id)
        REFERENCES auth.users (id) ON DELETE SET NULL;
ALTER TABLE public.user_tenant_permissions
    ADD CONSTRAINT user_tenant_permissions_granted_by_fkey FOREIGN KEY (granted_by)
        REFERENCES auth.users (id);

-- Within hotels.
ALTER TABLE hotels.properties
    ADD CONSTRAINT properties_client_id_fkey FOREIGN KEY (client_id) REFERENCES hotels.clients (id);
ALTER TABLE hotels.guest_information
    ADD CONSTRAINT guest_information_property_id_fkey FOREIGN KEY (property_id)
        REFERENCES hotels.properties (id) ON DELETE CASCADE;
ALTER TABLE hotels.policies
    ADD CONSTRAINT policies_property_id_fkey FOREIGN KEY (property_id) REFERENCES hotels.properties (id);
