-- Whether a school asks for a second person where a lead books for themselves.
ALTER TABLE schools ADD COLUMN second_person BOOLEAN NOT NULL DEFAULT FALSE;

-- Rules that two people relax: who asked for it, until another agrees.
ALTER TABLE schools ADD COLUMN own_approval_asked_by UUID;
ALTER TABLE schools ADD COLUMN one_person_asked_by UUID;
ALTER TABLE hubs ADD COLUMN four_eyes_off_asked_by UUID;

-- Who added somebody; null where the operator did, who vouches for them. And since when somebody signs in: a colleague's
-- link for them is void from then on.
ALTER TABLE people ADD COLUMN created_by UUID;
ALTER TABLE people ADD COLUMN signed_in_at TIMESTAMPTZ;
UPDATE people SET signed_in_at = (
    SELECT MIN(i.used_at) FROM invitations i WHERE i.hub_id = people.hub_id AND i.person_id = people.id);

-- Who made a link; null where the operator did.
ALTER TABLE invitations ADD COLUMN created_by UUID;
