-- One row that is written to find out whether the database takes writes. It belongs to the deployment, not to a hub.
CREATE TABLE readiness (
    one BOOLEAN PRIMARY KEY CHECK (one),
    asked BIGINT NOT NULL
);
INSERT INTO readiness (one, asked) VALUES (TRUE, 0);
