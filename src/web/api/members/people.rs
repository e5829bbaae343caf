//! `/v1/people`: everyone with a login in the hub.

use std::convert::identity;

use actix_web::{get, patch, post};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::base::ids::{PartnerId, PersonId, SchoolId};
use crate::base::text::{Email, Line};
use crate::booking::certificates;
use crate::lifecycle::leaving;
use crate::members::people::{self, Filter, NewPerson, Order, Person, Role, Standing};
use crate::web::body::Body;
use crate::web::call::Call;
use crate::web::links;
use crate::web::openapi::Changes;
use crate::web::operations::Operations;
use crate::web::posts;
use crate::web::problem::Answer;
use crate::web::reply::{Limit, Page, Reply, Table, read_cursor};
use crate::web::roles::{HUB_AND_LEADS, MANAGER, MANAGER_AND_LEADS};
use crate::web::secret::Secret;
use crate::web::seen;

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config
        .service(list)
        .service(create)
        .service(get_one)
        .service(rename)
        .service(disable)
        .service(enable)
        .service(invite);
}

impl Table for Person {
    const COLUMNS: &'static [&'static str] =
        &["id", "name", "email", "role", "school_id", "partner_id", "disabled", "created_at"];
}

/// A person to be added. A lead adds leads and teachers of their own school.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewPerson)]
struct NewPersonBody {
    /// The person's name.
    name: Line,
    /// The person's e-mail address, unique in the hub; capitals and Unicode forms make no difference.
    email: Email,
    /// The role, which decides what they may do.
    role: Role,
    /// Their school, for leads and teachers.
    school_id: Option<SchoolId>,
    /// Their organisation, for partners.
    partner_id: Option<PartnerId>,
}

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Query {
    /// Of this school.
    school_id: Option<SchoolId>,
    /// With this role.
    role: Option<Role>,
    /// With this in their name; capitals, accents, apostrophes and full stops make no difference.
    text: Option<Line>,
    /// With this address, in any of its forms.
    email: Option<Email>,
    /// Whether they sign in.
    standing: Option<Standing>,
    /// In this order: by name where it is not sent.
    sort: Option<Order>,
    /// The most items on a page.
    limit: Option<Limit>,
    /// The `next` of the page before, in the same order.
    after: Option<String>,
}

/// The people of the hub by name; for a lead, of their school
#[utoipa::path(tag = "people", params(Query), responses((status = 200, body = Page<Person>)), extensions(("x-roles" = json!(HUB_AND_LEADS))))]
#[get("/people")]
async fn list(call: Call) -> Answer {
    call.pages(list_page).await
}

async fn list_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { school_id, role, text, email, standing, sort, limit, after } = caller.query()?;
    let (after, limit) = (read_cursor(after.as_deref())?, limit.unwrap_or_default());
    let filter = Filter { school: caller.own_school().or(school_id), role, text, email, standing };
    let order = sort.unwrap_or(Order::Name);
    let mut tx = caller.read().await?;
    let rows = people::ordered(&mut tx, caller.hub(), &filter, order, after, limit.and_one()).await?;
    caller.list(rows, limit, Person::place, identity)
}

/// Adds a person to the hub
#[utoipa::path(tag = "people", request_body = NewPersonBody, responses((status = 201, body = Person)), extensions(("x-roles" = json!(MANAGER_AND_LEADS))))]
#[post("/people")]
async fn create(call: Call, body: Body<NewPersonBody>) -> Answer {
    let caller = call.allow()?;
    let NewPersonBody { name, email, role, school_id, partner_id } = body.parse()?;
    if role == Role::HubManager {
        caller.in_person("make a hub manager")?;
    }
    let post = posts::of_new(&caller, role, school_id, partner_id)?;
    caller
        .write(body.bytes(), async |journal| {
            let person = people::create(journal, NewPerson { name: name.clone(), email: email.clone(), post }).await?;
            Ok(Reply::created(format!("/v1/people/{}", person.id), &person)?.with_version(person.version))
        })
        .await
}

/// One person
#[utoipa::path(tag = "people", params(("id" = PersonId, Path)), responses((status = 200, body = Person)), extensions(("x-roles" = json!(HUB_AND_LEADS))))]
#[get("/people/{id}")]
async fn get_one(call: Call) -> Answer {
    let caller = call.allow()?;
    let person = seen::person(&caller, &mut caller.read().await?).await?;
    Ok(Reply::ok(&person)?.with_version(person.version).into_response())
}

/// What may be changed of a person.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PersonChange)]
struct PersonChange {
    /// The person's new name.
    name: Line,
}

/// Renames a person, and reissues their certificates in the new name
///
/// Each certificate keeps its number. Whoever checks it is told the day on which it was reissued: older prints are not
/// valid any more.
#[utoipa::path(tag = "people", params(("id" = PersonId, Path), Changes), request_body = PersonChange, responses((status = 200, body = Person)), extensions(("x-roles" = json!(MANAGER_AND_LEADS))))]
#[patch("/people/{id}")]
async fn rename(call: Call, body: Body<PersonChange>) -> Answer {
    let caller = call.allow()?;
    let (change, version) = (body.parse()?, caller.if_match()?);
    caller
        .write(body.bytes(), async |journal| {
            let person = seen::person(&caller, journal.tx()).await?;
            let person = certificates::rename(journal, person.id, version, change.name.clone()).await?;
            Ok(Reply::ok(&person)?.with_version(person.version))
        })
        .await
}

/// Disables a person: every request of theirs is refused from now on
///
/// Their requests and waiting-list entries end with a full refund. A place that they have stays with their school,
/// whose lead and deputies are told to let somebody else take it over or to cancel it. A hub must keep an active
/// manager.
#[utoipa::path(tag = "people", params(("id" = PersonId, Path)), responses((status = 200, body = Person)), extensions(("x-roles" = json!(MANAGER_AND_LEADS))))]
#[post("/people/{id}/disable")]
async fn disable(call: Call) -> Answer {
    let caller = call.allow()?;
    caller
        .write(&[], async |journal| {
            let person = seen::person(&caller, journal.tx()).await?;
            let person = leaving::disable(journal, person.id, None).await?;
            Ok(Reply::ok(&person)?.with_version(person.version))
        })
        .await
}

/// Enables a person who was disabled
#[utoipa::path(tag = "people", params(("id" = PersonId, Path)), responses((status = 200, body = Person)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/people/{id}/enable")]
async fn enable(call: Call) -> Answer {
    let caller = call.allow()?;
    caller
        .write(&[], async |journal| {
            let person = seen::person(&caller, journal.tx()).await?;
            let person = people::enable(journal, person.id).await?;
            Ok(Reply::ok(&person)?.with_version(person.version))
        })
        .await
}

/// A link that lets its holder in once.
#[derive(Serialize, ToSchema)]
#[schema(as = InvitationLink)]
struct InvitationLink {
    /// Give it to the person; it works once, for seven days. Where the service sends e-mail, it goes to them as well.
    link: Secret,
}

/// Makes a single-use link for a person who has not signed in yet
///
/// Earlier links for them stop working, and this one is void once they sign in. Somebody who already signs in has their
/// own way in, or is helped by the operator.
#[utoipa::path(tag = "people", params(("id" = PersonId, Path)), responses((status = 201, body = InvitationLink)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/people/{id}/invite")]
async fn invite(call: Call) -> Answer {
    let caller = call.allow()?;
    caller
        .write(&[], async |journal| {
            let person = seen::person(&caller, journal.tx()).await?;
            let secret = people::invite(journal, person.id).await?;
            caller.post_invitations(journal, &[(person.id, secret.as_str())]).await?;
            let link = links::invitation(caller.public_url(), &secret);
            Reply::created(link.clone(), &InvitationLink { link: Secret(link) })
        })
        .await
}
