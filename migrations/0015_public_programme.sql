-- Whether anyone may look at the events to come of a hub, without signing in.
ALTER TABLE hubs ADD COLUMN public_programme BOOLEAN NOT NULL DEFAULT FALSE;
