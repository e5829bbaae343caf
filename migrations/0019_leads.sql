-- The leads of schools, who are told what becomes of their credits, without reading everybody of the schools.
CREATE INDEX people_by_role ON people (hub_id, role, school_id, id);
