-- What only SQLite can say of the audit: no statement changes it, and none removes a row but after a purge that was told
-- of, a quarter later at the soonest.
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
CREATE TRIGGER audit_purged_as_told BEFORE DELETE ON audit
WHEN NOT EXISTS (SELECT 1 FROM audit told WHERE told.hub_id = OLD.hub_id AND told.act = 'audit_purged'
                 AND julianday(told.at) >= julianday(OLD.at) + 90)
BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
