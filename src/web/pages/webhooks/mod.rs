//! `/settings/webhooks`: other systems that are sent the hub's changes.

mod delivery;
mod editing;
mod labelled;
mod list;
mod one;

use crate::base::db::Tx;
use crate::messages::webhooks::{self, Webhook};
use crate::web::call::Caller;
use crate::web::pages::router::Pages;
use crate::web::problem::Problem;
use crate::web::roles::{HUB, MANAGER};

/// The way of which these pages are a part.
const HERE: &str = "/settings";

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/settings/webhooks", HUB, list::show);
    pages.post("/settings/webhooks", MANAGER, list::make);
    pages.get("/settings/webhooks/{id}", HUB, one::show);
    pages.post("/settings/webhooks/{id}/ping", MANAGER, one::ping);
    pages.post("/settings/webhooks/{id}/pause", MANAGER, one::pause);
    pages.post("/settings/webhooks/{id}/resume", MANAGER, one::resume);
    pages.get("/settings/webhooks/{id}/edit", MANAGER, editing::edit);
    pages.post("/settings/webhooks/{id}/edit", MANAGER, editing::save);
    pages.get("/settings/webhooks/{id}/secret", MANAGER, editing::ask_secret);
    pages.post("/settings/webhooks/{id}/secret", MANAGER, editing::rotate);
    pages.get("/settings/webhooks/{id}/delete", MANAGER, editing::ask_delete);
    pages.post("/settings/webhooks/{id}/delete", MANAGER, editing::delete);
    pages.get("/settings/webhooks/{id}/deliveries/{delivery_id}", HUB, delivery::show);
    pages.post("/settings/webhooks/{id}/deliveries/{delivery_id}", MANAGER, delivery::send_again);
}

/// The webhook of the address.
async fn known(caller: &Caller, tx: &mut Tx) -> Result<Webhook, Problem> {
    webhooks::get(tx, caller.hub(), caller.id("id")?).await?.ok_or_else(Problem::not_found)
}

/// The page of a webhook.
fn path(webhook: &Webhook) -> String {
    format!("/settings/webhooks/{}", webhook.id)
}
