-- Row level security of reservations, conversations and integrations; enabled in the file before this one.

CREATE POLICY "Tenant isolation" ON public.guest_reservations FOR ALL
    USING (tenant_id = current_setting('app.tenant_id', true)::uuid);
CREATE POLICY "Staff can view reservations" ON public.guest_reservations FOR SELECT TO authenticated
    USING (public.is_staff_of(tenant_id));
CREATE POLICY "Guests can view their own reservation" ON public.guest_reservations FOR SELECT TO authenticated
    USING (guest_email = auth.jwt() ->> 'email');
CREATE POLICY "Staff can insert reservations" ON public.guest_reservations FOR INSERT TO authenticated
    WITH CHECK (public.is_staff_of(tenant_id) AND status = 'pending');
CREATE POLICY "Writers can insert reservations" ON public.guest_reservations FOR INSERT TO authenticated
    WITH CHECK (public.has_tenant_access(tenant_id, 'write'));
CREATE POLICY "Cancelled ones can be deleted" ON public.guest_reservations FOR DELETE TO authenticated
    USING (public.has_tenant_access(tenant_id, 'admin') AND status = 'cancelled');
CREATE POLICY "No deletion of guests in house" ON public.guest_reservations AS RESTRICTIVE FOR DELETE
    USING (status <> 'checked_in');

CREATE POLICY "Rooms follow their reservation" ON public.reservation_accommodations FOR ALL
    USING (EXISTS (
        SELECT FROM public.guest_reservations AS reservation
        WHERE reservation.id = reservation_accommodations.reservation_id
            AND reservation.tenant_id = current_setting('app.tenant_id', true)::uuid
    ));
CREATE POLICY "Visitors start sessions" ON public.prospective_sessions FOR INSERT TO anon
    WITH CHECK (converted_to_reservation_id IS NULL);
CREATE POLICY "Tenant isolation" ON public.prospective_sessions FOR ALL
    USING (tenant_id = current_setting('app.tenant_id', true)::uuid);
CREATE POLICY "Staff can view sessions" ON public.prospective_sessions FOR SELECT TO authenticated
    USING (public.is_staff_of(tenant_id));
CREATE POLICY "Conversations follow their guest" ON public.guest_conversations FOR ALL
    USING (EXISTS (
        SELECT FROM public.guest_reservations AS reservation
        WHERE reservation.id = guest_conversations.guest_id
            AND reservation.tenant_id = current_setting('app.tenant_id', true)::uuid
    ));
CREATE POLICY "Guests can view their conversations" ON public.guest_conversations FOR SELECT TO authenticated
    USING (guest_id IN (
        SELECT reservation.id FROM public.guest_reservations AS reservation
        WHERE reservation.guest_email = auth.jwt() ->> 'email'
    ));
CREATE POLICY "Tenant isolation" ON public.chat_conversations FOR ALL
    USING (tenant_id = current_setting('app.tenant_id', true)::uuid);
CREATE POLICY "Guests read by token" ON public.chat_conversations FOR SELECT TO anon
    USING (guest_token = current_setting('request.headers', true)::json ->> 'x-guest-token');
CREATE POLICY "Messages follow their conversation" ON public.chat_messages FOR SELECT
    USING (EXISTS (
        SELECT FROM public.guest_conversations AS talk WHERE talk.id = chat_messages.conversation_id
    ));
CREATE POLICY "Messages of the assistant are readable" ON public.chat_messages FOR SELECT TO authenticated
    USING (role = 'assistant' AND auth.uid() IS NOT NULL);
CREATE POLICY "Signed-in users write as guests" ON public.chat_messages FOR INSERT TO authenticated
    WITH CHECK (role = 'guest' AND auth.uid() IS NOT NULL);
CREATE POLICY "Attachments follow their conversation" ON public.conversation_attachments
    USING (EXISTS (
        SELECT FROM public.guest_conversations AS talk
        WHERE talk.id = conversation_attachments.conversation_id
    ));
CREATE POLICY "Tenant isolation" ON public.conversation_memory
    USING (tenant_id = current_setting('app.tenant_id', true)::uuid);

CREATE POLICY "Tenant isolation" ON public.calendar_events FOR ALL
    USING (tenant_id = current_setting('app.tenant_id', true)::uuid)
    WITH CHECK (tenant_id = current_setting('app.tenant_id', true)::uuid AND source <> 'legacy');
CREATE POLICY "Staff can view the calendar" ON public.calendar_events FOR SELECT TO authenticated
    USING (public.is_staff_of(tenant_id));
CREATE POLICY "Free and busy is public" ON public.calendar_events FOR SELECT TO anon, authenticated
    USING (merged_into_id IS NULL);
CREATE POLICY "Tenant isolation" ON public.ics_feed_configurations
    USING (tenant_id = current_setting('app.tenant_id', true)::uuid);
CREATE POLICY "Admins see feeds" ON public.ics_feed_configurations FOR SELECT TO authenticated
    USING (public.has_tenant_access(tenant_id, 'admin'));
CREATE POLICY "Tenant isolation" ON public.airbnb_motopress_comparison
    USING (tenant_id = current_setting('app.tenant_id', true)::uuid);
CREATE POLICY "Tenant isolation" ON public.compliance_submissions
    USING (tenant_id = current_setting('app.tenant_id', true)::uuid);

CREATE POLICY "Tenant isolation" ON public.integration_configs FOR ALL
    USING (tenant_id = current_setting('app.tenant_id', true)::uuid);
CREATE POLICY "Admins manage integrations 🔑" ON public.integration_configs FOR ALL TO authenticated
    USING (public.has_tenant_access(tenant_id, 'admin'));
CREATE POLICY "From the office's network only; no ""exceptions""" ON public.integration_configs
    AS RESTRICTIVE FOR ALL TO authenticated
    USING (
        allowed_networks = '{}'
        OR coalesce(inet_client_addr(), '127.0.0.1'::inet) <<= ANY (allowed_networks)
    );
CREATE POLICY "Tenant isolation" ON public.job_logs FOR SELECT
    USING (tenant_id = current_setting('app.tenant_id', true)::uuid OR tenant_id IS NULL);
CREATE POLICY "Service writes" ON public.job_logs FOR INSERT TO service_role WITH CHECK (true);
CREATE POLICY "Tenant isolation" ON public.policies
    USING (tenant_id = current_setting('app.tenant_id', true)::uuid);
CREATE POLICY "House rules are public" ON public.policies FOR SELECT TO anon
    USING (in_force @> CURRENT_DATE);
CREATE POLICY "Tenant isolation" ON public.tenant_knowledge_embeddings
    USING (tenant_id = current_setting('app.tenant_id', true)::uuid);
CREATE POLICY "Tenant isolation" ON public.tenant_muva_content
    USING (tenant_id = current_setting('app.tenant_id', true)::uuid);
CREATE POLICY "Signed in" ON hotels.guest_information FOR SELECT
    USING (auth.uid() IS NOT NULL);

COMMENT ON POLICY "No deletion of guests in house" ON public.guest_reservations IS
    'Restrictive: it only takes away';
