-- What was missing of what the sides of support, and the hub, tell each other.

-- A milestone of days whose visits are to be recorded: the day from which five working days are counted. Null once its
-- visits are recorded, its provider was told, or it is over without them.
ALTER TABLE commission_milestones ADD COLUMN visit_due_on DATE;
UPDATE commission_milestones SET visit_due_on = due_on WHERE half_days IS NOT NULL AND state IN ('open', 'delivered');
CREATE INDEX commission_milestones_to_visit ON commission_milestones (hub_id, visit_due_on)
    WHERE visit_due_on IS NOT NULL;

-- What the hub answered to a complaint of a conversation: with it the complaint is closed.
ALTER TABLE conversations ADD COLUMN answer TEXT;
ALTER TABLE conversations ADD COLUMN answered_at TIMESTAMPTZ;

-- Why the hub sent a partner's draft back; null until then, and once it is changed.
ALTER TABLE programmes ADD COLUMN returned_because TEXT;
