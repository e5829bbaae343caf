-- What only PostgreSQL can say of the audit: no statement changes it, and none removes a row but after a purge that was
-- told of, a quarter later at the soonest.
CREATE TRIGGER audit_append_only BEFORE UPDATE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION refuse_untold_purge() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM audit told WHERE told.hub_id = OLD.hub_id AND told.act = 'audit_purged'
               AND told.at >= OLD.at + INTERVAL '90 days') THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'audit is append-only';
END $$;

CREATE TRIGGER audit_purged_as_told BEFORE DELETE ON audit FOR EACH ROW EXECUTE FUNCTION refuse_untold_purge();
