//! `/v1/schools/{id}/wallet`: what a school has, holds, and would get back.

use actix_web::get;
use chrono::NaiveDate;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::base::clock::{london_date, london_midnight};
use crate::base::ids::SchoolId;
use crate::base::text::Day;
use crate::reports::{self, Expiry, HeldFor, Sums, WalletLine};
use crate::web::call::Call;
use crate::web::operations::Operations;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Reply, Table};
use crate::web::roles::HUB_AND_LEADS;
use crate::web::seen;

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(view);
}

impl Table for WalletLine {
    const COLUMNS: &'static [&'static str] = &[
        "account_id",
        "year",
        "wallet",
        "expires_on",
        "available",
        "held",
        "spent",
        "lapsed",
        "allocated",
        "topped_up",
        "earned",
        "received",
        "given",
        "adjusted",
        "carried_in",
        "carried_over",
        "coming_back",
    ];
}

/// A school's credits.
#[derive(Serialize, ToSchema)]
#[schema(as = WalletView)]
struct ViewBody {
    /// The school whose wallets they are.
    school_id: SchoolId,
    /// The day on which everything open is assumed to be cancelled.
    date: NaiveDate,
    /// The sums of all wallets.
    total: Sums,
    /// The available credits that expire first; null where there are none.
    soonest_expiry: Option<Expiry>,
    /// Each wallet, by academic year, allocated before earned. An event is paid for from those of the year of its first
    /// session, in this order, and from no others.
    wallets: Vec<WalletLine>,
    /// What is held, by event or commission, the earliest first.
    held: Vec<HeldFor>,
}

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Query {
    /// The day on which everything open is assumed to be cancelled: today where it is not given, and no earlier.
    date: Option<Day>,
}

/// What a school may spend, holds, has spent, and would get back
///
/// One consistent read. Hub roles see every school, leads their own. As a file for spreadsheets, the wallets alone.
#[utoipa::path(tag = "schools", params(("id" = SchoolId, Path), Query), responses((status = 200, content((ViewBody = "application/json"), (String = "text/csv")))), extensions(("x-roles" = json!(HUB_AND_LEADS))))]
#[get("/schools/{id}/wallet")]
async fn view(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { date } = caller.query()?;
    let (now, today) = (caller.now(), london_date(caller.now()));
    let date = date.map_or(today, |Day(date)| date);
    if date < today {
        return Err(Problem::field("date", "invalid", "must not be before today"));
    }
    let mut tx = caller.read().await?;
    let school = seen::school_past(&caller, &mut tx).await?;
    let at = if date == today { now } else { london_midnight(date) };
    let view = reports::wallet(&mut tx, caller.hub(), school.id, at).await?;
    if let Some(file) = caller.wants_file() {
        return caller.table(file, &view.wallets).await;
    }
    let body = ViewBody {
        school_id: school.id,
        date,
        total: view.total,
        soonest_expiry: view.soonest_expiry,
        wallets: view.wallets,
        held: view.held,
    };
    Ok(Reply::ok(&body)?.into_response())
}
