-- A page of the people of one role, without reading past everybody else.
CREATE INDEX people_of_role ON people (hub_id, role, id);
