//! `/v1/ledger/checkpoints`: what was signed of the hub's ledger, and the keys that prove it.

use std::convert::identity;

use actix_web::get;
use serde::Serialize;
use utoipa::ToSchema;

use crate::ledger::checkpoints::{self, Checkpoint};
use crate::web::call::Call;
use crate::web::operations::Operations;
use crate::web::problem::Answer;
use crate::web::reply::{Page, PageQuery, Reply, Table};
use crate::web::roles::HUB;

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(signed).service(checkpoint_keys);
}

impl Table for Checkpoint {
    const COLUMNS: &'static [&'static str] = &["sequence", "hash", "signed_at", "note"];
}

/// The heads of the ledger that the service has signed, the earliest first
///
/// A note has the form of a transparency log's checkpoint (C2SP `tlog-checkpoint`): origin, number of transactions,
/// hash of the last in base64, when it was signed, an empty line, and the signature of a signed note (Ed25519), which
/// any program can check with the keys of `/v1/ledger/checkpoint-keys`.
#[utoipa::path(tag = "ledger", params(PageQuery), responses((status = 200, body = Page<Checkpoint>)), extensions(("x-roles" = json!(HUB))))]
#[get("/ledger/checkpoints")]
async fn signed(call: Call) -> Answer {
    call.pages(signed_page).await
}

async fn signed_page(call: Call) -> Answer {
    let caller = call.allow()?;
    let (after, limit) = caller.query::<PageQuery>()?.read::<i64>()?;
    let rows = checkpoints::list(&mut caller.read().await?, caller.hub(), after.unwrap_or(0), limit.and_one()).await?;
    caller.list(rows, limit, |checkpoint| checkpoint.sequence, identity)
}

/// The public keys that check the signatures of the hub's checkpoints.
#[derive(Serialize, ToSchema)]
#[schema(as = CheckpointKeys)]
struct KeysBody {
    /// The key that signs now, followed by those that signed before, as verifier keys of signed notes: `name+id+key`.
    keys: Vec<String>,
}

/// The public keys that check the signatures of the hub's checkpoints
#[utoipa::path(tag = "ledger", responses((status = 200, body = KeysBody)), extensions(("x-roles" = json!(HUB))))]
#[get("/ledger/checkpoint-keys")]
async fn checkpoint_keys(call: Call) -> Answer {
    let caller = call.allow()?;
    let origin = checkpoints::origin(caller.public_url(), caller.hub());
    let keys = caller.keys().public().iter().map(|key| checkpoints::verifier_key(&origin, key)).collect();
    Ok(Reply::ok(&KeysBody { keys })?.into_response())
}
