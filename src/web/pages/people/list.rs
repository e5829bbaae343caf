//! The people of the hub, and those of a school.

use askama::Template;

use super::choices::{self, Choices};
use super::shown::here;
use crate::base::clock::london_date;
use crate::base::db::Tx;
use crate::base::ids::{PersonId, SchoolId};
use crate::base::text::Line;
use crate::members::people::{self, Filter, Order, Person, Role, Standing};
use crate::members::schools::{self, School};
use crate::web::call::{Call, Caller};
use crate::web::pages::form::{Filled, written};
use crate::web::pages::labels::{Labelled, labelled, options};
use crate::web::pages::list_query::{asked_for, place_after};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::sorting::{self, Sort};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Limit, next_page};
use crate::web::roles::{HUB, HUB_AND_LEADS};
use crate::web::seen;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/people", HUB, of_hub);
    pages.get("/schools/{id}/people", HUB_AND_LEADS, of_school);
}

labelled!(Standing {
    SignsIn => "Signs in", "good";
    NotSignedIn => "Has not signed in", "warn";
    Disabled => "Disabled";
});

/// Who is looked for, as it stands in the address.
#[derive(Default, eserde::Deserialize)]
struct Query {
    school_id: Option<SchoolId>,
    role: Option<Role>,
    text: Option<Line>,
    standing: Option<Standing>,
    sort: Option<Order>,
    after: Option<String>,
}

struct Row {
    path: String,
    name: String,
    email: String,
    role: &'static str,
    school: String,
    standing: Standing,
    /// Until when the invitation works of somebody who has not signed in.
    invited: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/people/list.html")]
struct List {
    shell: Shell,
    /// The school whose people they are.
    school: Option<(String, String)>,
    path: String,
    filled: Filled,
    schools: Choices,
    roles: Vec<(&'static str, &'static str)>,
    standings: Vec<(&'static str, &'static str)>,
    rows: Vec<Row>,
    files: String,
    filtered: bool,
    may_add: bool,
    /// By their names; and by their roles, where there are several and they are of the whole hub.
    by_name: Sort,
    by_role: Option<Sort>,
    next: Option<String>,
}

async fn of_hub(call: Call) -> Answer {
    let caller = call.allow()?;
    shown(&caller, None).await
}

async fn of_school(call: Call) -> Answer {
    let caller = call.allow()?;
    let school = seen::school(&caller, &mut caller.read().await?).await?;
    shown(&caller, Some(school)).await
}

async fn shown(caller: &Caller, school: Option<School>) -> Answer {
    let query: Query = asked_for(caller)?;
    let (after, limit) = (place_after(caller, query.after.as_deref()), Limit::default());
    let filter = Filter {
        school: school.as_ref().map(|school| school.id).or(query.school_id),
        role: query.role,
        text: query.text.clone(),
        email: None,
        standing: query.standing,
    };
    let mut tx = caller.read().await?;
    let order = query.sort.unwrap_or(Order::Name);
    let mut found = people::ordered(&mut tx, caller.hub(), &filter, order, after, limit.and_one()).await?;
    let next = next_page(&mut found, limit, caller.uri(), Person::place);
    let rows = rows(caller, &mut tx, found).await?;
    let today = london_date(caller.now());
    let schools = match school {
        Some(_) => Vec::new(),
        None => choices::schools(&mut tx, caller.hub(), today, "All").await?,
    };
    drop(tx);
    let several = filter.school.is_none() && filter.role.is_none();
    let title = school.as_ref().map_or("People".to_owned(), |school| format!("People of {}", school.details.name));
    let mut roles = options::<Role>();
    // A school has nobody of the hub or of a partner.
    roles.retain(|(role, _)| {
        school.is_none() || [Role::SchoolLead, Role::Teacher].iter().any(|own| own.as_str() == *role)
    });
    let list = List {
        shell: Shell::of(caller, title, here(caller)).await?,
        path: school.as_ref().map_or("/people".to_owned(), |school| format!("/schools/{}/people", school.id)),
        files: files(&filter, query.sort),
        filtered: filter.role.is_some()
            || filter.text.is_some()
            || filter.standing.is_some()
            || query.school_id.is_some(),
        filled: filled(&query),
        school: school.map(|school| (format!("/schools/{}", school.id), school.details.name.to_string())),
        schools,
        roles,
        standings: options::<Standing>(),
        rows,
        may_add: caller.role() != Role::HubViewer,
        by_name: sorting::by(caller.uri(), "name", order.as_str()),
        by_role: several.then(|| sorting::by(caller.uri(), "role", order.as_str())),
        next,
    };
    page(caller, &list).await
}

async fn rows(caller: &Caller, tx: &mut Tx, found: Vec<Person>) -> Result<Vec<Row>, Problem> {
    let ids: Vec<PersonId> = found.iter().map(|person| person.id).collect();
    let of: Vec<SchoolId> = found.iter().filter_map(|person| person.school_id).collect();
    let signing_in = people::signing_in(tx, caller.hub(), &ids).await?;
    let invited = people::invited(tx, caller.hub(), &ids, caller.now()).await?;
    let names = schools::names(tx, caller.hub(), &of).await?;
    let row = |person: Person| {
        let standing = match (person.disabled_at, signing_in.contains(&person.id)) {
            (Some(_), _) => Standing::Disabled,
            (None, true) => Standing::SignsIn,
            (None, false) => Standing::NotSignedIn,
        };
        let school = person.school_id.and_then(|school| names.get(&school));
        Row {
            path: format!("/people/{}", person.id),
            name: person.name.to_string(),
            email: person.email.to_string(),
            role: person.role.label(),
            school: school.map(|(_, name)| name.to_string()).unwrap_or_default(),
            standing,
            invited: invited
                .get(&person.id)
                .filter(|_| standing == Standing::NotSignedIn)
                .map(|until| words::short_day_of(*until)),
        }
    };
    Ok(found.into_iter().map(row).collect())
}

fn filled(query: &Query) -> Filled {
    Filled::with([
        ("text", query.text.as_ref().map(Line::to_string).unwrap_or_default()),
        ("role", query.role.map_or("", Role::as_str).to_owned()),
        ("standing", query.standing.map_or("", Standing::as_str).to_owned()),
        ("school_id", query.school_id.map(|school| school.to_string()).unwrap_or_default()),
        ("sort", query.sort.map_or("", Order::as_str).to_owned()),
    ])
}

/// The filter and the order, for the files of the same list.
fn files(filter: &Filter, order: Option<Order>) -> String {
    written([
        ("school_id", filter.school.map(|school| school.to_string())),
        ("role", filter.role.map(|role| role.to_string())),
        ("text", filter.text.as_ref().map(Line::to_string)),
        ("standing", filter.standing.map(|standing| standing.to_string())),
        ("sort", order.map(|order| order.to_string())),
    ])
}
