-- A change that is not chained yet is chained by the upgrade, and stays as it is then.
DROP TRIGGER changes_append_only ON changes;
CREATE TRIGGER changes_append_only BEFORE DELETE OR TRUNCATE ON changes
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER changes_no_update BEFORE UPDATE ON changes FOR EACH ROW
    WHEN (OLD.hash IS NOT NULL OR NEW.hash IS NULL OR NEW.hub_id <> OLD.hub_id OR NEW.sequence <> OLD.sequence
        OR NEW.recorded_at <> OLD.recorded_at OR NEW.actor_id IS DISTINCT FROM OLD.actor_id OR NEW.kind <> OLD.kind
        OR NEW.subject_id <> OLD.subject_id OR NEW.data <> OLD.data OR NEW.grounds IS DISTINCT FROM OLD.grounds)
    EXECUTE FUNCTION refuse_change();
