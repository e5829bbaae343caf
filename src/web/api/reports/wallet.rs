//! `/v1/schools/{id}/wallet`: what a school has, holds, and would get back.

use actix_web::get;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use crate::base::clock::{london_date, london_midnight};
use crate::base::credits::Credits;
use crate::base::db::Tx;
use crate::base::ids::{AccountId, CommissionId, EventId, SchoolId};
use crate::base::text::{Day, Line};
use crate::base::year::AcademicYear;
use crate::ledger::WalletKind;
use crate::members::schools::{self, School};
use crate::reports::{self, Expiry, HeldFor, Sums, WalletLine};
use crate::web::call::{Call, Caller};
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{self, Reply, Table};
use crate::web::roles::HUB_AND_LEADS;

pub(crate) fn routes(config: &mut ServiceConfig<'_>) {
    config.service(view);
}

/// What became of credits. Allocated, topped up, earned, received, adjusted and carried in together equal available,
/// held, spent, given, lapsed and carried over.
#[derive(Serialize, ToSchema)]
#[schema(as = WalletSums)]
struct SumsBody {
    /// Available to be spent.
    available: Credits,
    /// Held by future events, for live bookings.
    held: Credits,
    /// Paid for places and not refunded.
    spent: Credits,
    /// Lapsed at the close of the year.
    lapsed: Credits,
    /// From allocations, less what was reversed.
    allocated: Credits,
    /// Credits bought as top-ups.
    topped_up: Credits,
    /// Earned by giving support.
    earned: Credits,
    /// Given by other schools, or taken over from schools whose place it took, with what their bookings hold.
    received: Credits,
    /// Given to other schools, or handed on to its successor.
    given: Credits,
    /// Corrected by hand; below zero where more was taken than added.
    adjusted: Credits,
    /// Carried in from the year before.
    carried_in: Credits,
    /// Carried over to the next year.
    carried_over: Credits,
    /// What would be refunded if everything open were cancelled on `date`, by the policy that each booking was agreed
    /// on.
    coming_back: Credits,
}

impl From<Sums> for SumsBody {
    fn from(sums: Sums) -> Self {
        let Sums {
            available,
            held,
            spent,
            lapsed,
            allocated,
            topped_up,
            earned,
            received,
            given,
            adjusted,
            carried_in,
            carried_over,
            coming_back,
        } = sums;
        SumsBody {
            available,
            held,
            spent,
            lapsed,
            allocated,
            topped_up,
            earned,
            received,
            given,
            adjusted,
            carried_in,
            carried_over,
            coming_back,
        }
    }
}

/// One wallet: of a year and kind.
#[derive(Serialize, ToSchema)]
#[schema(as = Wallet)]
struct WalletBody {
    /// The wallet's account.
    account_id: AccountId,
    /// The wallet's academic year.
    year: AcademicYear,
    /// The kind of wallet.
    wallet: WalletKind,
    /// The last day on which it can be spent; null where its year is closed.
    expires_on: Option<NaiveDate>,
    /// The sums of its credits.
    #[serde(flatten)]
    sums: SumsBody,
}

impl From<WalletLine> for WalletBody {
    fn from(line: WalletLine) -> Self {
        let WalletLine { account, year, wallet, expires_on, sums } = line;
        WalletBody { account_id: account, year, wallet, expires_on, sums: sums.into() }
    }
}

impl Table for WalletBody {
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

/// The available credits that expire first.
#[derive(Serialize, ToSchema)]
#[schema(as = Expiry)]
struct ExpiryBody {
    /// The last day on which they can be spent.
    expires_on: NaiveDate,
    /// How many credits.
    credits: Credits,
}

/// What is held for one event or commission.
#[derive(Serialize, ToSchema)]
#[schema(as = HeldFor)]
struct HeldBody {
    /// The event that they are held for.
    event_id: Option<EventId>,
    /// The commission that they are held for.
    commission_id: Option<CommissionId>,
    /// The title of the event or commission.
    title: Line,
    /// When it starts.
    starts_at: DateTime<Utc>,
    /// How many bookings they are held for.
    bookings: i64,
    /// How many credits are held.
    held: Credits,
    /// How much of that would be refunded.
    coming_back: Credits,
}

impl From<HeldFor> for HeldBody {
    fn from(held: HeldFor) -> Self {
        let HeldFor { event, title, starts_at, bookings, held, coming_back } = held;
        HeldBody { event_id: Some(event), commission_id: None, title, starts_at, bookings, held, coming_back }
    }
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
    total: SumsBody,
    /// The available credits that expire first; null where there are none.
    soonest_expiry: Option<ExpiryBody>,
    /// Each wallet, by academic year, allocated before earned. An event is paid for from those of the year of its first
    /// session, in this order, and from no others.
    wallets: Vec<WalletBody>,
    /// What is held, by event or commission, the earliest first.
    held: Vec<HeldBody>,
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
/// One consistent read. Hub roles see every school, leads their own. As CSV, the wallets alone.
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
    let school = visible(&caller, &mut tx).await?;
    let at = if date == today { now } else { london_midnight(date) };
    let view = reports::wallet(&mut tx, caller.hub(), school.id, at).await?;
    let wallets: Vec<WalletBody> = view.wallets.into_iter().map(WalletBody::from).collect();
    if caller.wants_csv() {
        return reply::csv(&wallets);
    }
    let soonest = view.soonest_expiry.map(|Expiry { expires_on, credits }| ExpiryBody { expires_on, credits });
    let body = ViewBody {
        school_id: school.id,
        date,
        total: view.total.into(),
        soonest_expiry: soonest,
        wallets,
        held: view.held.into_iter().map(HeldBody::from).collect(),
    };
    Ok(Reply::ok(&body)?.into_response())
}

/// The school of the path, if the caller may see its credits.
pub(crate) async fn visible(caller: &Caller, tx: &mut Tx) -> Result<School, Problem> {
    let id = caller.id("id")?;
    let (school, seen) = (schools::get(tx, caller.hub(), id).await?, caller.sees_past_of(tx, id).await?);
    school.filter(|_| seen).ok_or_else(Problem::not_found)
}
