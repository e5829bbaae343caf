//! `/v1/newsletter/contacts`: whom the newsletter goes to outside the hub.

use std::convert::identity;

use actix_web::{delete, get, post};
use utoipa::ToSchema;

use crate::base::ids::ContactId;
use crate::base::text::{Email, Line};
use crate::news::contacts::{self, Contact};
use crate::web::body::Body;
use crate::web::call::Call;
use crate::web::operations::Operations;
use crate::web::problem::Answer;
use crate::web::reply::{Page, PageQuery, Reply, Table};
use crate::web::roles::{HUB, MANAGER};

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(list).service(add).service(remove);
}

impl Table for Contact {
    const COLUMNS: &'static [&'static str] = &["id", "name", "email", "added_at", "added_by", "stopped_at"];
}

/// Whom the newsletter goes to outside the hub, in the order in which they were added
///
/// Who has stopped it stays on the list, and is not sent it.
#[utoipa::path(tag = "newsletter", params(PageQuery), responses((status = 200, body = Page<Contact>)), extensions(("x-roles" = json!(HUB))))]
#[get("/newsletter/contacts")]
async fn list(call: Call) -> Answer {
    call.pages(list_page).await
}

async fn list_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let (after, limit) = caller.query::<PageQuery>()?.read()?;
    let rows = contacts::list(&mut caller.read().await?, caller.hub(), after, limit.and_one()).await?;
    caller.list(rows, limit, |contact| contact.id, identity)
}

/// Somebody outside the hub who is to be sent the newsletter.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewNewsletterContact)]
struct NewContact {
    /// Their name.
    name: Line,
    /// Their address.
    email: Email,
}

/// Sends the newsletter to somebody outside the hub from now on
///
/// Ask them first. They can stop it by a link in every issue.
#[utoipa::path(tag = "newsletter", request_body = NewContact, responses((status = 201, body = Contact)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/newsletter/contacts")]
async fn add(call: Call, body: Body<NewContact>) -> Answer {
    let caller = call.allow()?;
    let NewContact { name, email } = body.parse()?;
    caller
        .write(body.bytes(), async |journal| {
            let contact = contacts::add(journal, name.clone(), email.clone()).await?;
            Reply::created("/v1/newsletter/contacts".to_owned(), &contact)
        })
        .await
}

/// Removes a contact, with the letters to them
///
/// Who has stopped the newsletter stays on the list, so that nobody adds them again.
#[utoipa::path(tag = "newsletter", params(("id" = ContactId, Path)), responses((status = 204)), extensions(("x-roles" = json!(MANAGER))))]
#[delete("/newsletter/contacts/{id}")]
async fn remove(call: Call) -> Answer {
    let caller = call.allow()?;
    caller
        .write(&[], async |journal| {
            contacts::remove(journal, caller.id("id")?).await?;
            Ok(Reply::nothing())
        })
        .await
}
