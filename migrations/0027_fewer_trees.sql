-- A booking tells people something: a notice and its letter, written in its commit. Each index in which such a row lies among
-- those of other people costs as much to write as the row itself, so there are as few of these as can be.

-- Somebody's unread notices are among their notices.
DROP INDEX notices_unread;

-- Letters are looked for by their person once somebody has tried to send them: what nobody has tried yet is in letters_due.
DROP INDEX letters_of_person;
CREATE INDEX letters_of_person ON letters (hub_id, person_id, state, id) WHERE state <> 'waiting' OR tries > 0;
-- The last invitation of somebody.
CREATE INDEX letters_of_invitations ON letters (hub_id, person_id) WHERE kind = 'invitation';
