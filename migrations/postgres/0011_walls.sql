-- The second wall: a transaction of one hub sees and writes that hub's rows alone, whatever its statements say.
--
-- It names the hub in hub_credits.hub and acts as a role of this database that owns nothing and can't log in. Who owns
-- the tables is not held by the wall: migrations, backups, and what finds out which hub it is.

-- The hub of the transaction; none where it names none.
CREATE FUNCTION current_hub() RETURNS UUID LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CAST(NULLIF(current_setting('hub_credits.hub', TRUE), '') AS UUID);

-- Makes the role where it may, and gives every table that lacks it its policy and the role its rights, also those of
-- migrations to come: the service calls this whenever it has migrated. Returns the name of the role, quoted.
CREATE FUNCTION raise_walls() RETURNS TEXT LANGUAGE plpgsql AS $$
DECLARE
    walled NAME;
    lacking RECORD;
BEGIN
    PERFORM pg_advisory_xact_lock(4723);
    SELECT r.rolname INTO walled FROM pg_policy p JOIN pg_roles r ON r.oid = p.polroles[1]
    WHERE p.polrelid = CAST('hubs' AS REGCLASS) AND p.polname = 'of_its_hub';
    -- Of this database alone: who may act as the role of another database of the server gets nothing here.
    walled := COALESCE(walled, left(current_database(), 56) || '_walled');
    BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = walled) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', walled);
        END IF;
        IF NOT EXISTS (SELECT FROM pg_auth_members m WHERE m.roleid = CAST(quote_ident(walled) AS REGROLE)
                       AND m.member = CAST(quote_ident(current_user) AS REGROLE)) THEN
            EXECUTE format('GRANT %I TO CURRENT_USER', walled);
        END IF;
    EXCEPTION
        WHEN insufficient_privilege THEN RETURN quote_ident(walled);
        -- Another database's migration was quicker with a role of this name.
        WHEN duplicate_object OR unique_violation THEN NULL;
    END;
    FOR lacking IN
        SELECT c.oid, CASE c.relname WHEN 'hubs' THEN 'id' ELSE 'hub_id' END AS hub
        FROM pg_class c
        WHERE c.relnamespace = CAST(quote_ident(current_schema()) AS REGNAMESPACE) AND c.relkind IN ('r', 'p')
          AND (c.relname = 'hubs' OR EXISTS (SELECT FROM pg_attribute a
               WHERE a.attrelid = c.oid AND a.attname = 'hub_id' AND a.attnotnull AND NOT a.attisdropped))
          AND NOT (c.relrowsecurity AND EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'of_its_hub'))
        ORDER BY c.relname
    LOOP
        -- Not a plain equation: the planner would put its hub in place of those of a list of rows that is looked up, and
        -- no longer look each of them up by its key. Nor a query within the query, which would be planned anew for each
        -- table of a statement.
        EXECUTE format('CREATE POLICY of_its_hub ON %s TO %I USING (COALESCE(%I = current_hub(), FALSE))',
                       CAST(lacking.oid AS REGCLASS), walled, lacking.hub);
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', CAST(lacking.oid AS REGCLASS));
    END LOOP;
    IF NOT has_schema_privilege(walled, current_schema(), 'USAGE') THEN
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), walled);
    END IF;
    FOR lacking IN
        SELECT c.oid FROM pg_class c
        WHERE c.relnamespace = CAST(quote_ident(current_schema()) AS REGNAMESPACE) AND c.relkind IN ('r', 'p')
          AND c.relname <> '_sqlx_migrations' AND NOT has_table_privilege(walled, c.oid, 'DELETE')
        ORDER BY c.relname
    LOOP
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %I', CAST(lacking.oid AS REGCLASS), walled);
    END LOOP;
    RETURN quote_ident(walled);
END $$;
