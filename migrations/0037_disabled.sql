-- Those who are disabled, whose requests and entries in waiting lists end with it.
CREATE INDEX people_disabled ON people (hub_id, disabled_at, id) WHERE disabled_at IS NOT NULL;
