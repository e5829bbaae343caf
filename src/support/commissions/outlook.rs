//! What agreeing to a quote, accepting a milestone or dividing its price would do, for whoever reads it before they do; and
//! what it has come to.

use chrono::NaiveDate;

use super::agreeing::{committed_with, costs_more_than};
use super::money::{Drawn, Move, draw};
use super::shares::Paid;
use super::{Commission, Milestone, Party, Quote, Reach, sql};
use crate::base::credits::Credits;
use crate::base::db::{self, Tx};
use crate::base::ids::HubId;
use crate::base::year::AcademicYear;
use crate::ledger::Account;
use crate::members::schools;

/// What agreeing would do now.
#[derive(Clone, Debug)]
pub struct Outlook {
    /// What it costs the buyer, with the brokerage where the buyer bears it; of a variation, what it costs more.
    pub cost: Credits,
    /// What a variation gives back.
    pub back: Credits,
    /// The year whose wallets pay.
    pub year: AcademicYear,
    /// The buyer's wallets that pay, as they are now, and what each would pay; only the buyer and the hub see them.
    pub from: Vec<(Account, Credits)>,
    /// What the buyer's wallets have too little; only the buyer and the hub see it.
    pub short_by: Credits,
    /// The limit of the buyer's school, where it is so much that a second person must agree.
    pub over_limit: Option<Credits>,
    /// The budget that the buyer named, where all of it costs more then; only the buyer and the hub see it.
    pub over_budget: Option<Credits>,
}

/// What agreeing to a quote or variation would do now.
pub async fn outlook(
    tx: &mut Tx,
    hub: HubId,
    reach: Reach,
    (commission, quote): (&Commission, &Quote),
    today: NaiveDate,
) -> Result<Outlook, db::Error> {
    let (before, after) = if quote.varies {
        let milestones = sql::milestones::of(tx, hub, commission.id).await?;
        let of = commission.brokerage();
        (of.cost(commission.committed), of.cost(committed_with(commission, quote, &milestones)))
    } else {
        (Credits::ZERO, quote.brokerage().cost(quote.price))
    };
    let (cost, back) = (after.max(before) - before, before.max(after) - after);
    let year = AcademicYear::of(today).unwrap_or(AcademicYear::FIRST);
    let rules = schools::approval_rules(tx, hub, commission.buyer_id).await?;
    let over_limit = match rules.and_then(|rules| rules.commission_limit) {
        Some(limit) if costs_more_than(tx, hub, commission, quote, limit).await? => Some(limit),
        _ => None,
    };
    let sees = matches!(commission.party(reach), Some(Party::Buyer | Party::Hub));
    let Drawn { from, short_by, .. } = match sees {
        true => draw(tx, hub, (commission.buyer_id, year), cost).await?,
        false => Drawn { from: Vec::new(), short_by: Credits::ZERO, others: Vec::new() },
    };
    let over_budget = commission.budget.filter(|budget| sees && after > *budget);
    Ok(Outlook { cost, back, year, from, short_by, over_limit, over_budget })
}

/// What becomes of the credits of a milestone that is accepted, or whose price is divided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Acceptance {
    /// What the provider is paid.
    pub provider: Credits,
    /// What the hub gets.
    pub hub: Credits,
    /// What goes back to the buyer.
    pub back: Credits,
}

/// What accepting a milestone would do now. Pure.
pub fn acceptance(commission: &Commission, milestone: &Milestone) -> Acceptance {
    divided(commission, milestone, milestone.claimed.unwrap_or(milestone.terms.price))
}

/// What settling so much of a milestone's price would do now. Pure.
pub fn divided(commission: &Commission, milestone: &Milestone, settled: Credits) -> Acceptance {
    let of = commission.brokerage();
    let Paid { provider, hub } = of.paid(commission.settled, settled);
    let committed = commission.committed - (milestone.terms.price - settled);
    Acceptance { provider, hub, back: of.cost(commission.committed) - of.cost(committed) }
}

/// What a milestone has come to, by all that moved the credits of its commission, in order. Pure.
pub fn came_to(moves: &[Move], number: i64) -> Acceptance {
    let (mut sum, mut settled) = (Acceptance::default(), Credits::ZERO);
    for moved in moves {
        if moved.number == Some(number) && moved.settled > settled {
            sum.provider = sum.provider + (moved.credits - moved.to_hub);
            sum.hub = sum.hub + moved.to_hub;
        } else if moved.number == Some(number) {
            sum.back = sum.back + moved.credits;
        }
        settled = moved.settled;
    }
    sum
}
