-- The lists of commissions read no more of a range than a page, whichever state is asked for.
DROP INDEX commissions_by_buyer;
DROP INDEX commissions_by_provider_school;
DROP INDEX commissions_by_provider_partner;
CREATE INDEX commissions_by_buyer ON commissions (hub_id, buyer_id, id, state);
CREATE INDEX commissions_by_provider_school ON commissions (hub_id, provider_school_id, id, state);
CREATE INDEX commissions_by_provider_partner ON commissions (hub_id, provider_partner_id, id, state);
CREATE INDEX commissions_by_state ON commissions (hub_id, state, id);
