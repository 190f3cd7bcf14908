-- Comments, which are documentation to some and the place where code generators look to others.

COMMENT ON SCHEMA public IS 'What the API serves';
COMMENT ON TABLE public.tenant_registry IS
    'One row per hotel company; everything with a tenant_id hangs on it';
COMMENT ON TABLE public.guest_reservations IS
    E'Bookings of every channel.\n@omit create\n"quoted", it''s \\ escaped; -- not a comment';
COMMENT ON TABLE public.code_embeddings IS 'Pieces of our own source code, for the support assistant 🤖';
COMMENT ON TABLE public.sire_countries IS 'Países según el catálogo del SIRE; las tildes importan';
COMMENT ON TABLE public.airbnb_motopress_comparison IS '</script><!-- a table nobody has filled yet -->';
COMMENT ON COLUMN public.guest_reservations.nights IS 'Computed; never insert it';
COMMENT ON COLUMN public.guest_reservations.document IS 'As printed, upper case; sent to Migración Colombia';
COMMENT ON COLUMN public.calendar_events.merged_into_id IS
    'The event that stands for this one; may itself be merged';
COMMENT ON COLUMN public.prospective_sessions."userAgent" IS 'Named by the front end';
COMMENT ON CONSTRAINT guest_reservations_dates ON public.guest_reservations IS 'At least one night';
COMMENT ON CONSTRAINT accommodation_units_tenant_id_hotel_id_fkey ON public.accommodation_units IS
    'A unit and its hotel belong to the same tenant';
COMMENT ON CONSTRAINT reservation_accommodations_no_double_booking ON public.reservation_accommodations IS
    'The reason why nobody finds a stranger in their room';
COMMENT ON CONSTRAINT email_address_shape ON DOMAIN public.email_address IS
    'Shape only; whether it exists is another matter';
COMMENT ON INDEX public.guest_reservations_arrivals_idx IS 'The front desk''s morning list';
COMMENT ON SEQUENCE public.message_number_seq IS 'Tens, so that late messages find a place';
COMMENT ON TYPE public.permission IS 'What a user may do for a tenant';
COMMENT ON TYPE public.postal_address IS 'Composite: street, neighbourhood, city, postcode';
COMMENT ON COLUMN public.postal_address.postcode IS 'Six digits in Colombia';
