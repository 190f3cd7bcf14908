-- Sequences stand where the rows say. Those of tables without rows have never been called, nor has
-- voucher_code_seq.

SELECT pg_catalog.setval('public.muva_content_id_seq', (SELECT max(id) FROM public.muva_content));
SELECT pg_catalog.setval('public.sire_content_id_seq', (SELECT max(id) FROM public.sire_content));
SELECT pg_catalog.setval('public.sire_cities_id_seq', (SELECT max(id) FROM public.sire_cities));
SELECT pg_catalog.setval('public.accommodation_units_manual_chunks_id_seq',
    (SELECT max(id) FROM public.accommodation_units_manual_chunks));
SELECT pg_catalog.setval('public.hotel_operations_id_seq', (SELECT max(id) FROM public.hotel_operations));
SELECT pg_catalog.setval('public.sync_history_id_seq', (SELECT max(id) FROM public.sync_history));
SELECT pg_catalog.setval('public.reservation_accommodations_id_seq',
    (SELECT max(id) FROM public.reservation_accommodations));
SELECT pg_catalog.setval('public.conversation_memory_id_seq',
    (SELECT max(id) FROM public.conversation_memory));
SELECT pg_catalog.setval('public.ics_feed_configurations_id_seq',
    (SELECT max(id) FROM public.ics_feed_configurations));
SELECT pg_catalog.setval('public.job_logs_id_seq', (SELECT max(id) FROM public.job_logs));
SELECT pg_catalog.setval('public.message_number_seq', (SELECT max(message_number) FROM public.chat_messages));
-- Far ahead of the bookings: numbers were given to invoices, too.
SELECT pg_catalog.setval('public.invoice_number_seq', 184467);
SELECT pg_catalog.setval('hotels.clients_id_seq', (SELECT max(id) FROM hotels.clients));
-- Set by hand to the next value rather than the last one.
SELECT pg_catalog.setval('hotels.properties_id_seq', (SELECT max(id) + 1 FROM hotels.properties), false);
SELECT pg_catalog.setval('hotels.guest_information_id_seq', (SELECT max(id) FROM hotels.guest_information));
SELECT pg_catalog.setval('hotels.policies_id_seq', (SELECT max(id) FROM hotels.policies));
