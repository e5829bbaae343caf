//! `/v1/partners`: outside organisations that sell programmes against credits.

use std::convert::identity;

use actix_web::{get, patch, post};
use utoipa::ToSchema;

use crate::base::db::Tx;
use crate::base::ids::PartnerId;
use crate::base::text::Line;
use crate::members::partners::{self, Partner};
use crate::web::body::Body;
use crate::web::call::{Call, Caller};
use crate::web::openapi::Changes;
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{NamesQuery, Page, Reply, Table};
use crate::web::roles::{EVERYONE, MANAGER};

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(list).service(create).service(get_one).service(rename);
}

impl Table for Partner {
    const COLUMNS: &'static [&'static str] = &["id", "name", "created_at"];
}

/// The partners of the hub by name; a partner sees itself
#[utoipa::path(tag = "partners", params(NamesQuery), responses((status = 200, body = Page<Partner>)), extensions(("x-roles" = json!(EVERYONE))))]
#[get("/partners")]
async fn list(call: Call) -> Answer {
    call.pages(list_page).await
}

async fn list_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let query: NamesQuery = caller.query()?;
    let (after, limit) = query.read()?;
    let (own, text) = (caller.own_partner(), query.text.as_ref());
    let rows = partners::list(&mut caller.read().await?, caller.hub(), own, text, after, limit.and_one()).await?;
    caller.list(rows, limit, |partner| (partner.name.key(), partner.id), identity)
}

/// A partner to be added, or its new name.
#[derive(eserde::Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PartnerName)]
struct PartnerName {
    /// The partner's name, unique in the hub.
    name: Line,
}

/// Adds a partner to the hub
#[utoipa::path(tag = "partners", request_body = PartnerName, responses((status = 201, body = Partner)), extensions(("x-roles" = json!(MANAGER))))]
#[post("/partners")]
async fn create(call: Call, body: Body<PartnerName>) -> Answer {
    let caller = call.allow()?;
    let new = body.parse()?;
    caller
        .write(body.bytes(), async |journal| {
            let partner = partners::create(journal, new.name.clone()).await?;
            Ok(Reply::created(format!("/v1/partners/{}", partner.id), &partner)?.with_version(partner.version))
        })
        .await
}

/// One partner
#[utoipa::path(tag = "partners", params(("id" = PartnerId, Path)), responses((status = 200, body = Partner)), extensions(("x-roles" = json!(EVERYONE))))]
#[get("/partners/{id}")]
async fn get_one(call: Call) -> Answer {
    let caller = call.allow()?;
    let partner = visible(&caller, &mut caller.read().await?).await?;
    Ok(Reply::ok(&partner)?.with_version(partner.version).into_response())
}

/// Renames a partner
#[utoipa::path(tag = "partners", params(("id" = PartnerId, Path), Changes), request_body = PartnerName, responses((status = 200, body = Partner)), extensions(("x-roles" = json!(MANAGER))))]
#[patch("/partners/{id}")]
async fn rename(call: Call, body: Body<PartnerName>) -> Answer {
    let caller = call.allow()?;
    let (change, version) = (body.parse()?, caller.if_match()?);
    caller
        .write(body.bytes(), async |journal| {
            let partner = visible(&caller, journal.tx()).await?;
            let partner = partners::rename(journal, partner.id, version, change.name.clone()).await?;
            Ok(Reply::ok(&partner)?.with_version(partner.version))
        })
        .await
}

/// The partner of the path, where the caller may see it.
async fn visible(caller: &Caller, tx: &mut Tx) -> Result<Partner, Problem> {
    let id: PartnerId = caller.id("id")?;
    if caller.own_partner().is_some_and(|own| own != id) {
        return Err(Problem::not_found());
    }
    partners::get(tx, caller.hub(), id).await?.ok_or_else(Problem::not_found)
}
