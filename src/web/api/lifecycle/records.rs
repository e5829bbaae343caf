//! `/v1/people/{id}/move`, `/role`, `/merge` and `/erase`: what becomes of a person's record, previewed and done.

use actix_web::{get, post};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::base::clock::london_date;
use crate::base::credits::Credits;
use crate::base::ids::{PartnerId, PersonId, SchoolId};
use crate::booking::bookings::OpenBooking;
use crate::lifecycle::merging::{self, Counts};
use crate::lifecycle::moving;
use crate::lifecycle::quote::Quote;
use crate::members::people::{Person, Role};
use crate::web::body::Body;
use crate::web::call::Call;
use crate::web::operations::Operations;
use crate::web::posts;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::Reply;
use crate::web::roles::{MANAGER, MANAGER_AND_LEADS};
use crate::web::seen;

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(show_move).service(go).service(show_role).service(appoint).service(show_merge).service(merge);
}

/// What giving a person another school or role would do.
#[derive(Serialize, ToSchema)]
#[schema(as = MovePreview)]
struct PreviewBody {
    /// The person.
    person_id: PersonId,
    /// The role that they would have.
    role: Role,
    /// The school that they would be at.
    school_id: Option<SchoolId>,
    /// The partner that they would be of.
    partner_id: Option<PartnerId>,
    /// Their requests and waiting-list entries that would end, with all that is held for them going back.
    ends: Vec<OpenBooking>,
    /// What would go back to the wallets of schools.
    returned: Credits,
    /// Their places, which would stay with the schools that paid; the leads of these are told.
    stays: Vec<OpenBooking>,
    /// Send it with the change: if anything of this is different by then, nothing is done.
    #[schema(value_type = String, example = "9992f34bd8e970fd0f94098e504ac525b52759e438b65b295d5f66114e5785ea")]
    quote: Quote,
}

impl From<moving::Preview> for PreviewBody {
    fn from(preview: moving::Preview) -> Self {
        let (role, school_id, partner_id) = preview.post.parts();
        PreviewBody {
            person_id: preview.person.id,
            role,
            school_id,
            partner_id,
            returned: preview.returned(),
            quote: preview.quote(),
            ends: preview.ends,
            stays: preview.stays,
        }
    }
}

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct MoveQuery {
    /// The school that they would go to.
    school_id: SchoolId,
    /// The role that they would have there: lead or teacher; the one that they have where it is not sent.
    role: Option<Role>,
}

/// What moving a person to another school would do; nothing is changed
#[utoipa::path(tag = "people", params(("id" = PersonId, Path), MoveQuery), responses((status = 200, body = PreviewBody), (status = 409, description = "It can't be done as things stand")), extensions(("x-roles" = json!(MANAGER))))]
#[get("/people/{id}/move")]
async fn show_move(call: Call) -> Answer {
    let caller = call.allow()?;
    let MoveQuery { school_id, role } = caller.query()?;
    let mut tx = caller.read().await?;
    let person = seen::person(&caller, &mut tx).await?;
    let post = posts::at_school(&person, school_id, role).map_err(|problem| problem.of_query())?;
    let preview = moving::preview(&mut tx, caller.hub(), person.id, post, london_date(caller.now())).await?;
    Ok(Reply::ok(&PreviewBody::from(preview))?.into_response())
}

/// A person's way to another school.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Move)]
struct MoveBody {
    /// The school that they go to.
    school_id: SchoolId,
    /// The role that they have there: lead or teacher; the one that they have where it is not sent.
    role: Option<Role>,
    /// The quote of a preview: if anything is different by now, nothing is done.
    #[schema(value_type = Option<String>)]
    quote: Option<Quote>,
}

/// Moves a person to another school of the hub
///
/// Places that they have stay with the school that paid, whose leads are told. Their requests and waiting-list entries
/// there end, with a full refund, and they deputise there no more. What they book from then on the new school pays. Their
/// CPD record, certificates and unused tickets go along, and the leads of both schools are told.
#[utoipa::path(tag = "people", params(("id" = PersonId, Path)), request_body = MoveBody, responses((status = 200, body = Person)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/people/{id}/move")]
async fn go(call: Call, body: Body<MoveBody>) -> Answer {
    let caller = call.allow()?;
    let MoveBody { school_id, role, quote } = body.parse()?;
    caller
        .write(body.bytes(), async |journal| {
            let person = seen::person(&caller, journal.tx()).await?;
            let post = posts::at_school(&person, school_id, role).map_err(posts::WrongField::of_body)?;
            let person = moving::appoint(journal, person.id, post, quote.as_ref()).await?;
            Ok(Reply::ok(&person)?.with_version(person.version))
        })
        .await
}

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct RoleQuery {
    /// The role that they would have.
    role: Role,
    /// Their school, for leads and teachers; the one that they are at where it is not sent.
    school_id: Option<SchoolId>,
    /// Their organisation, for partners.
    partner_id: Option<PartnerId>,
}

/// What giving a person another role would do; nothing is changed
#[utoipa::path(tag = "people", params(("id" = PersonId, Path), RoleQuery), responses((status = 200, body = PreviewBody), (status = 409, description = "It can't be done as things stand")), extensions(("x-roles" = json!(MANAGER_AND_LEADS))))]
#[get("/people/{id}/role")]
async fn show_role(call: Call) -> Answer {
    let caller = call.allow()?;
    let RoleQuery { role, school_id, partner_id } = caller.query()?;
    let mut tx = caller.read().await?;
    let person = seen::person(&caller, &mut tx).await?;
    let post = posts::with_role(&person, role, school_id, partner_id).map_err(|wrong| wrong.of_query())?;
    posts::may_appoint(&caller, post)?;
    let preview = moving::preview(&mut tx, caller.hub(), person.id, post, london_date(caller.now())).await?;
    Ok(Reply::ok(&PreviewBody::from(preview))?.into_response())
}

/// A person's new role.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewRole)]
struct RoleBody {
    /// The role, which decides what they may do.
    role: Role,
    /// Their school, for leads and teachers; the one that they are at where it is not sent.
    school_id: Option<SchoolId>,
    /// Their organisation, for partners.
    partner_id: Option<PartnerId>,
    /// The quote of a preview: if anything is different by now, nothing is done.
    #[schema(value_type = Option<String>)]
    quote: Option<Quote>,
}

/// Gives a person another role
///
/// A lead makes teachers of their own school leads, and leads teachers; everything else is the hub's. The last active hub
/// manager stays one. Where they leave a school by it, what they have open there ends or stays as if they moved. They
/// deputise for nobody any more.
#[utoipa::path(tag = "people", params(("id" = PersonId, Path)), request_body = RoleBody, responses((status = 200, body = Person)), extensions(("x-roles" = json!(MANAGER_AND_LEADS))))]
#[post("/people/{id}/role")]
async fn appoint(call: Call, body: Body<RoleBody>) -> Answer {
    let caller = call.allow()?;
    let RoleBody { role, school_id, partner_id, quote } = body.parse()?;
    if role == Role::HubManager {
        caller.in_person("make a hub manager")?;
    }
    caller
        .write(body.bytes(), async |journal| {
            let person = seen::person(&caller, journal.tx()).await?;
            let post = posts::with_role(&person, role, school_id, partner_id).map_err(posts::WrongField::of_body)?;
            posts::may_appoint(&caller, post)?;
            let person = moving::appoint(journal, person.id, post, quote.as_ref()).await?;
            Ok(Reply::ok(&person)?.with_version(person.version))
        })
        .await
}

/// What merging another record into a person's would do.
#[derive(Serialize, ToSchema)]
#[schema(as = MergePreview)]
struct MergePreviewBody {
    /// The record that is kept, with its name, address and role.
    kept: Person,
    /// The record that is absorbed: its address can't be signed in with any more.
    absorbed: Person,
    /// How much goes over.
    goes_over: Counts,
    /// The live bookings that go over.
    bookings: Vec<OpenBooking>,
    /// Live bookings of the absorbed record on events on which the kept one has one too: cancel one of the two first.
    conflicts: Vec<OpenBooking>,
    /// Whether the absorbed record's access and dietary needs go over: where the kept one has some, they are removed.
    needs: bool,
    /// Send it with the merge: if anything of this is different by then, nothing is done.
    #[schema(value_type = String, example = "9992f34bd8e970fd0f94098e504ac525b52759e438b65b295d5f66114e5785ea")]
    quote: Quote,
}

impl From<merging::Preview> for MergePreviewBody {
    fn from(preview: merging::Preview) -> Self {
        let quote = preview.quote();
        let merging::Preview { kept, absorbed, counts, conflicts, bookings, needs } = preview;
        MergePreviewBody { kept, absorbed, goes_over: counts, bookings, conflicts, needs, quote }
    }
}

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct MergeQuery {
    /// The record that would be absorbed.
    with: PersonId,
}

/// What merging another record of the same person into this one would do; nothing is changed
#[utoipa::path(tag = "people", params(("id" = PersonId, Path), MergeQuery), responses((status = 200, body = MergePreviewBody), (status = 409, description = "It can't be done as things stand")), extensions(("x-roles" = json!(MANAGER))))]
#[get("/people/{id}/merge")]
async fn show_merge(call: Call) -> Answer {
    let caller = call.allow()?;
    let (id, MergeQuery { with }) = (caller.id("id")?, caller.query()?);
    let mut tx = caller.read().await?;
    let preview = merging::preview(&mut tx, caller.hub(), id, with).await;
    let preview = preview.map_err(|error| Problem::of_merge(error, ""))?;
    Ok(Reply::ok(&MergePreviewBody::from(preview))?.into_response())
}

/// Another record of the same person.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Merge)]
struct MergeBody {
    /// The record that is absorbed.
    with: PersonId,
    /// The quote of a preview of the same two.
    #[schema(value_type = String, example = "9992f34bd8e970fd0f94098e504ac525b52759e438b65b295d5f66114e5785ea")]
    quote: Quote,
}

/// Merges another record of the same person into this one
///
/// Bookings, certificates, evaluations, hours, tickets, notices, messages and sessions that they host go over, and needs
/// where this record has none. What the ledger and the changes say of the absorbed record stays as it is, under its id:
/// wherever names are shown, it is this person's.
#[utoipa::path(tag = "people", params(("id" = PersonId, Path)), request_body = MergeBody, responses((status = 200, body = Person)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/people/{id}/merge")]
async fn merge(call: Call, body: Body<MergeBody>) -> Answer {
    let caller = call.allow()?;
    let MergeBody { with, quote } = body.parse()?;
    let id: PersonId = caller.id("id")?;
    caller
        .write(body.bytes(), async |journal| {
            let merged = merging::merge(journal, caller.vault(), id, with, &quote).await;
            let person = merged.map_err(|error| Problem::of_merge(error, "/"))?;
            Ok(Reply::ok(&person)?.with_version(person.version))
        })
        .await
}
