//! The names of things that a list only has the ids of.

use std::collections::HashMap;

use uuid::Uuid;

use crate::base::db::{Result, Tx};
use crate::base::ids::{HubId, SchoolId};

/// A kind of thing that has names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// Schools, by their names.
    School,
    /// Schools, by their URNs.
    SchoolUrn,
    /// People, by their names.
    Person,
    /// Partners, by their names.
    Partner,
    /// Events, by their titles.
    Event,
    /// Programmes, by their titles.
    Programme,
    /// Priorities, by their names.
    Priority,
}

/// Whose names a reader may see, among people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// Everybody's in the hub.
    Hub,
    /// Only those of the people of a school.
    School(SchoolId),
    /// Nobody's.
    Nobody,
}

/// The names of those of `ids` that are in the hub; names of people only as far as `sight` allows.
pub async fn names(
    tx: &mut Tx,
    hub: HubId,
    what: Named,
    ids: Vec<Uuid>,
    sight: Sight,
) -> Result<HashMap<Uuid, String>> {
    let statement = match what {
        Named::School => SCHOOLS,
        Named::SchoolUrn => SCHOOL_URNS,
        Named::Person => PEOPLE,
        Named::Partner => PARTNERS,
        Named::Event => EVENTS,
        Named::Programme => PROGRAMMES,
        Named::Priority => PRIORITIES,
    };
    let rows: Vec<(Uuid, String, Option<SchoolId>)> =
        tx.rows_all::<2, _, _>(statement, &ids, |query, id| query.bind(hub).bind(*id)).await?;
    let told = |school: Option<SchoolId>| match (what, sight) {
        (Named::Person, Sight::School(own)) => school == Some(own),
        (Named::Person, Sight::Nobody) => false,
        _ => true,
    };
    Ok(rows.into_iter().filter(|(.., school)| told(*school)).map(|(id, name, _)| (id, name)).collect())
}

const SCHOOLS: &str = "WITH wanted (hub_id, id) AS (VALUES $rows)
     SELECT s.id, s.name, s.id FROM wanted w JOIN schools s ON s.hub_id = w.hub_id AND s.id = w.id";

const SCHOOL_URNS: &str = "WITH wanted (hub_id, id) AS (VALUES $rows)
     SELECT s.id, s.urn, s.id FROM wanted w JOIN schools s ON s.hub_id = w.hub_id AND s.id = w.id";

const PEOPLE: &str = "WITH wanted (hub_id, id) AS (VALUES $rows)
     SELECT w.id, p.name, p.school_id FROM wanted w
     LEFT JOIN merged_people m ON m.hub_id = w.hub_id AND m.old_id = w.id
     JOIN people p ON p.hub_id = w.hub_id AND p.id = COALESCE(m.person_id, w.id)";

const PARTNERS: &str = "WITH wanted (hub_id, id) AS (VALUES $rows)
     SELECT p.id, p.name, NULLIF(p.id, p.id) FROM wanted w JOIN partners p ON p.hub_id = w.hub_id AND p.id = w.id";

const EVENTS: &str = "WITH wanted (hub_id, id) AS (VALUES $rows)
     SELECT e.id, e.title, NULLIF(e.id, e.id) FROM wanted w JOIN events e ON e.hub_id = w.hub_id AND e.id = w.id";

const PROGRAMMES: &str = "WITH wanted (hub_id, id) AS (VALUES $rows)
     SELECT p.id, p.title, NULLIF(p.id, p.id) FROM wanted w JOIN programmes p ON p.hub_id = w.hub_id AND p.id = w.id";

const PRIORITIES: &str = "WITH wanted (hub_id, id) AS (VALUES $rows)
     SELECT p.id, p.name, NULLIF(p.id, p.id) FROM wanted w JOIN priorities p ON p.hub_id = w.hub_id AND p.id = w.id";
