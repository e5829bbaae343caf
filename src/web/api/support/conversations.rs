//! `/v1/conversations`: what a school and the provider of an offer write to each other.

use std::convert::identity;

use actix_web::{get, post};
use utoipa::ToSchema;

use crate::base::ids::{ConversationId, OfferId};
use crate::base::text::{Line, Prose};
use crate::members::people::Role;
use crate::support::conversations::{self, Conversation, Message, Sight};
use crate::web::body::Body;
use crate::web::call::Call;
use crate::web::in_sight::{self, writer};
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Page, PageQuery, Reply, Table};
use crate::web::roles::{ACCOUNT_HOLDERS, LEADS, MANAGER};

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(contact).service(list).service(get_one).service(list_messages).service(write).service(complain);
    config.service(answer);
}

/// Who writes: the leads of schools, and the people of partners.
const WRITERS: &[Role] = &[Role::SchoolLead, Role::Partner];

impl Table for Conversation {
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "subject",
        "offer_title",
        "asking_school_name",
        "provider.name",
        "opened_at",
        "last_message_at",
        "complained_at",
        "complaint",
        "answered_at",
        "answer",
    ];
}

impl Table for Message {
    const COLUMNS: &'static [&'static str] = &["sent_at", "side", "written_for", "written_by_name", "text", "id"];
}

/// What a school writes to the provider of an offer.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Contact {
    /// What it is about; the first counts where the school wrote about the offer before.
    subject: Line,
    /// What it says.
    text: Prose,
}

/// Writes to the provider of an offer: opens a conversation, or goes on with the school's about this offer
#[utoipa::path(tag = "conversations", params(("id" = OfferId, Path)), request_body = Contact, responses((status = 201, body = Conversation)), extensions(("x-roles" = json!(LEADS))))]
#[post("/offers/{id}/contact")]
async fn contact(call: Call, body: Body<Contact>) -> Answer {
    let caller = call.allow()?;
    let Contact { subject, text } = body.parse()?;
    let school = caller.own_school().ok_or_else(Problem::not_found)?;
    caller
        .write(body.bytes(), async |journal| {
            let offer = in_sight::offer(&caller, journal.tx()).await?;
            let by = (caller.person.id, school);
            let opened = conversations::contact(journal, by, &offer, subject.clone(), text.clone()).await?;
            Reply::created(format!("/v1/conversations/{}", opened.id), &opened)
        })
        .await
}

/// The conversations of the caller's school or partner, the newest first; for the hub, those that a side complained of
#[utoipa::path(tag = "conversations", params(PageQuery), responses((status = 200, body = Page<Conversation>)), extensions(("x-roles" = json!(ACCOUNT_HOLDERS))))]
#[get("/conversations")]
async fn list(call: Call) -> Answer {
    call.pages(list_page).await
}

async fn list_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let (before, limit) = caller.query::<PageQuery>()?.read()?;
    let sight = Sight::of(&caller.person);
    let rows = conversations::list(&mut caller.read().await?, caller.hub(), sight, before, limit.and_one()).await?;
    caller.list(rows, limit, |conversation| conversation.id, identity)
}

/// One conversation
#[utoipa::path(tag = "conversations", params(("id" = ConversationId, Path)), responses((status = 200, body = Conversation)), extensions(("x-roles" = json!(ACCOUNT_HOLDERS))))]
#[get("/conversations/{id}")]
async fn get_one(call: Call) -> Answer {
    let caller = call.allow()?;
    let found = in_sight::conversation(&caller, &mut caller.read().await?).await?;
    Ok(Reply::ok(&found)?.into_response())
}

/// The messages of a conversation, the oldest first
#[utoipa::path(tag = "conversations", params(("id" = ConversationId, Path), PageQuery), responses((status = 200, body = Page<Message>)), extensions(("x-roles" = json!(ACCOUNT_HOLDERS))))]
#[get("/conversations/{id}/messages")]
async fn list_messages(call: Call) -> Answer {
    call.pages(list_messages_page).await
}

async fn list_messages_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let (after, limit) = caller.query::<PageQuery>()?.read()?;
    let mut tx = caller.read().await?;
    let id = in_sight::conversation(&caller, &mut tx).await?.id;
    let rows = conversations::messages(&mut tx, caller.hub(), id, after, limit.and_one()).await?;
    caller.list(rows, limit, |message| message.id, identity)
}

/// A message to be written.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewMessage {
    /// What it says.
    text: Prose,
}

/// Writes a message to the other side
#[utoipa::path(tag = "conversations", params(("id" = ConversationId, Path)), request_body = NewMessage, responses((status = 201, body = Message)), extensions(("x-roles" = json!(WRITERS))))]
#[post("/conversations/{id}/messages")]
async fn write(call: Call, body: Body<NewMessage>) -> Answer {
    let caller = call.allow()?;
    let NewMessage { text } = body.parse()?;
    caller
        .write(body.bytes(), async |journal| {
            let (id, own) = (caller.id("id")?, writer(&caller)?);
            let written = conversations::reply(journal, caller.person.id, own, id, text.clone()).await?;
            Reply::created(format!("/v1/conversations/{id}/messages"), &written)
        })
        .await
}

/// Why a side complains of a conversation.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Complaint {
    /// The reason: for the hub, and hidden from the other side.
    reason: Prose,
}

/// Lets the hub see a conversation, and tells its managers
#[utoipa::path(tag = "conversations", params(("id" = ConversationId, Path)), request_body = Complaint, responses((status = 200, body = Conversation)), extensions(("x-roles" = json!(WRITERS))))]
#[post("/conversations/{id}/complaint")]
async fn complain(call: Call, body: Body<Complaint>) -> Answer {
    let caller = call.allow()?;
    let Complaint { reason } = body.parse()?;
    caller
        .write(body.bytes(), async |journal| {
            let (id, own) = (caller.id("id")?, writer(&caller)?);
            Reply::ok(&conversations::complain(journal, own, id, reason.clone()).await?)
        })
        .await
}

/// What the hub says to a complaint.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ComplaintAnswer {
    /// What it says: both sides read it.
    answer: Prose,
}

/// Answers a complaint, and closes it: both sides read the answer, and either may complain again
#[utoipa::path(tag = "conversations", params(("id" = ConversationId, Path)), request_body = ComplaintAnswer, responses((status = 200, body = Conversation)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/conversations/{id}/complaint/answer")]
async fn answer(call: Call, body: Body<ComplaintAnswer>) -> Answer {
    let caller = call.allow()?;
    let ComplaintAnswer { answer } = body.parse()?;
    caller
        .write(body.bytes(), async |journal| {
            Reply::ok(&conversations::answer(journal, caller.id("id")?, answer.clone()).await?)
        })
        .await
}
