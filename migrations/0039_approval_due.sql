-- Which requests somebody was reminded of, a day before they lapse.
CREATE INDEX notices_approval_due ON notices (hub_id, booking_id) WHERE kind = 'approval_due';
