-- One index says who has a live booking on what, keeps it to one a person and event, and finds a person's bookings.
-- The two that it replaces were each written at a page of their own by every booking.
ALTER TABLE bookings DROP CONSTRAINT bookings_hub_id_event_id_person_id_live_key;
DROP INDEX bookings_by_person;
CREATE UNIQUE INDEX bookings_by_person ON bookings (hub_id, person_id, live, event_id);
