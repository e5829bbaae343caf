//! `/v1/programmes`: what the hub, its schools and its partners offer.

use std::convert::identity;

use actix_web::{delete, get, patch, post};
use utoipa::{IntoParams, ToSchema};

use crate::base::ids::{PartnerId, PriorityId, ProgrammeId, SchoolId};
use crate::base::text::{Change, Line, Prose};
use crate::booking::organising::{self, Addition};
use crate::members::schools::Phase;
use crate::programme::programmes::catalogue::View;
use crate::programme::programmes::{self, Filter, Kind, Programme, ProgrammeChange, Provider, ProviderKind};
use crate::web::body::Body;
use crate::web::call::{Call, Caller};
use crate::web::openapi::{Changes, Keeps};
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Limit, Page, Reply, Table, read_cursor};
use crate::web::roles::{EVERYONE, MAKERS, MANAGER};

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(list).service(create).service(get_one).service(change).service(publish);
    config.service(send_back).service(discard);
}

/// What the caller may see of programmes and events.
pub(crate) fn view(caller: &Caller) -> View {
    View::of(&caller.person)
}

impl Table for Programme {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "kind",
        "title",
        "description",
        "phase",
        "priority_id",
        "provider.kind",
        "provider.school_id",
        "provider.partner_id",
        "provider.name",
        "state",
        "returned_because",
        "created_at",
    ];
}

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Query {
    /// Of this kind.
    kind: Option<Kind>,
    /// For this phase.
    phase: Option<Phase>,
    /// Of this priority.
    priority_id: Option<PriorityId>,
    /// With these words in the title or the description, ignoring case.
    text: Option<Line>,
    /// The most items on a page.
    limit: Option<Limit>,
    /// The `next` of the page before.
    after: Option<String>,
}

/// The programmes of the hub, drafts for the hub alone; for a partner, its own
#[utoipa::path(tag = "programmes", params(Query, Keeps), responses((status = 200, body = Page<Programme>)), extensions(("x-roles" = json!(EVERYONE))))]
#[get("/programmes")]
async fn list(call: Call) -> Answer {
    call.pages(list_page).await
}

async fn list_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { kind, phase, priority_id, text, limit, after } = caller.query()?;
    let (after, limit) = (read_cursor(after.as_deref())?, limit.unwrap_or_default());
    let filter = Filter {
        kind,
        phase,
        priority: priority_id,
        text,
        partner: view(&caller).partner(),
        drafts: view(&caller) != View::Published,
    };
    caller
        .read_unless_known(async |tx| {
            let rows = programmes::list(tx, caller.hub(), &filter, after, limit.and_one()).await?;
            caller.list(rows, limit, |programme| programme.id, identity)
        })
        .await
}

/// A programme to be added.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewProgramme)]
struct NewProgrammeBody {
    /// The kind of programme.
    kind: Kind,
    /// The programme's title.
    title: Line,
    /// What the programme is about; empty where it is not sent.
    description: Option<Prose>,
    /// The phase of school that it is for.
    phase: Option<Phase>,
    /// The line of the Hub Action Plan that it serves.
    priority_id: Option<PriorityId>,
    /// Who gives it; where it is not sent, the hub, or the partner who sends it.
    provider: Option<NewProvider>,
}

/// Who gives a programme.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewProvider)]
struct NewProvider {
    /// The hub, a school or a partner.
    kind: ProviderKind,
    /// The school, where it is one.
    school_id: Option<SchoolId>,
    /// The partner, where it is one.
    partner_id: Option<PartnerId>,
}

/// Adds a programme; a partner adds its own, as drafts
///
/// A partner's draft is seen by the partner and the hub alone. The hub's managers are told that it waits; they publish it,
/// or its first event.
#[utoipa::path(tag = "programmes", request_body = NewProgrammeBody, responses((status = 201, body = Programme)), extensions(("x-roles" = json!(MAKERS))))]
#[post("/programmes")]
async fn create(call: Call, body: Body<NewProgrammeBody>) -> Answer {
    let caller = call.allow()?;
    let NewProgrammeBody { kind, title, description, phase, priority_id, provider } = body.parse()?;
    let named = |NewProvider { kind, school_id, partner_id }| {
        Provider::new(kind, school_id, partner_id)
            .map_err(|(field, reason)| Problem::field(&format!("/provider/{field}"), "invalid", reason))
    };
    let provider = provider.map(named).transpose()?;
    let description = description.unwrap_or_default();
    let new = Addition { kind, title, description, phase, priority_id, provider };
    caller
        .write(body.bytes(), async |journal| {
            let programme = organising::add_programme(journal, &caller.person, new.clone()).await?;
            Ok(Reply::created(format!("/v1/programmes/{}", programme.id), &programme)?.with_version(programme.version))
        })
        .await
}

/// One programme
#[utoipa::path(tag = "programmes", params(("id" = ProgrammeId, Path), Keeps), responses((status = 200, body = Programme)), extensions(("x-roles" = json!(EVERYONE))))]
#[get("/programmes/{id}")]
async fn get_one(call: Call) -> Answer {
    let caller = call.allow()?;
    caller
        .read_unless_known(async |tx| {
            let programme = organising::programme(tx, &caller.person, caller.id("id")?).await?;
            Ok(Reply::ok(&programme)?.with_version(programme.version).into_response())
        })
        .await
}

/// What may be changed of a programme; what is not sent stays.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ProgrammeChange)]
struct ProgrammeChangeBody {
    /// The new kind of programme.
    kind: Option<Kind>,
    /// The programme's new title.
    title: Option<Line>,
    /// What the programme is about.
    description: Option<Prose>,
    /// The phase of school that it is for; null for all.
    #[serde(default)]
    #[schema(value_type = Option<Phase>)]
    phase: Change<Phase>,
    /// The line of the Hub Action Plan that it serves; null for none.
    #[serde(default)]
    #[schema(value_type = Option<PriorityId>)]
    priority_id: Change<PriorityId>,
}

/// Changes a programme; its provider stays
///
/// The kind, the phase and the priority of a published programme are changed by the hub alone: a partner is refused with
/// `ask_the_hub`. The title and the description stay the partner's to put right.
#[utoipa::path(tag = "programmes", params(("id" = ProgrammeId, Path), Changes), request_body = ProgrammeChangeBody, responses((status = 200, body = Programme)), extensions(("x-roles" = json!(MAKERS))))]
#[patch("/programmes/{id}")]
async fn change(call: Call, body: Body<ProgrammeChangeBody>) -> Answer {
    let caller = call.allow()?;
    let (change, version) = (body.parse()?, caller.if_match()?);
    let ProgrammeChangeBody { kind, title, description, phase, priority_id } = change;
    let change = ProgrammeChange { kind, title, description, phase, priority_id };
    caller
        .write(body.bytes(), async |journal| {
            let id = caller.id("id")?;
            let programme = organising::change_programme(journal, &caller.person, id, version, change.clone()).await?;
            Ok(Reply::ok(&programme)?.with_version(programme.version))
        })
        .await
}

/// Publishes a programme that a partner drafted: everyone sees it
#[utoipa::path(tag = "programmes", params(("id" = ProgrammeId, Path)), responses((status = 200, body = Programme)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/programmes/{id}/publish")]
async fn publish(call: Call) -> Answer {
    let caller = call.allow()?;
    caller
        .write(&[], async |journal| {
            let programme = programmes::publish(journal, caller.id("id")?).await?;
            Ok(Reply::ok(&programme)?.with_version(programme.version))
        })
        .await
}

/// Why a draft is sent back.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ProgrammeReturn {
    /// The reason: its partner reads it.
    reason: Line,
}

/// Sends a draft back to the partner that wrote it, for a reason: it waits again once it is changed
#[utoipa::path(tag = "programmes", params(("id" = ProgrammeId, Path)), request_body = ProgrammeReturn, responses((status = 200, body = Programme)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/programmes/{id}/send-back")]
async fn send_back(call: Call, body: Body<ProgrammeReturn>) -> Answer {
    let caller = call.allow()?;
    let ProgrammeReturn { reason } = body.parse()?;
    caller
        .write(body.bytes(), async |journal| {
            let programme = programmes::send_back(journal, caller.id("id")?, &reason).await?;
            Ok(Reply::ok(&programme)?.with_version(programme.version))
        })
        .await
}

/// Deletes a draft that has no events; a partner withdraws its own
#[utoipa::path(tag = "programmes", params(("id" = ProgrammeId, Path), Changes), responses((status = 204)), extensions(("x-roles" = json!(MAKERS))))]
#[delete("/programmes/{id}")]
async fn discard(call: Call) -> Answer {
    let caller = call.allow()?;
    let version = caller.if_match()?;
    caller
        .write(&[], async |journal| {
            organising::discard_programme(journal, &caller.person, caller.id("id")?, version).await?;
            Ok(Reply::nothing())
        })
        .await
}
