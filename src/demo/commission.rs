//! The demonstration's commission: support that one school buys from another, from the request to the sign-off.

use super::cast::Cast;
use super::{Desk, Error, line, support};
use crate::base::days::Days;
use crate::base::ids::CommissionId;
use crate::base::text::{Day, Prose};
use crate::base::year::AcademicYear;
use crate::ledger::Journal;
use crate::support::commissions::{self, Delivery, NewCommission, NewMilestone, NewQuote, NewVisit, Reach};

/// Who buys, and who provides.
const BUYER: &str = "Siobhan";
const PROVIDER: &str = "Ravi";

/// Asks for two days, quotes, agrees, visits, delivers a day and a half, and accepts it. Where the year of the
/// allocation has not begun yet, there is nothing to pay from, and it stays quoted.
pub async fn commission(desk: &Desk<'_>, year: AcademicYear) -> Result<(), Error> {
    let mut journal = desk.journal(BUYER).await?;
    let (hub, today) = (journal.hub(), journal.today());
    let offer = support::specialist(journal.tx(), hub).await?;
    let new = NewCommission {
        title: line("Two days with our mathematics department")?,
        brief: prose("We have a new subject leader, and want to plan the year together.")?,
        provider_school_id: None,
        provider_partner_id: None,
        offer_id: Some(offer),
        priority_id: None,
        budget: None,
        answer_by: None,
    };
    let school = desk.cast.school(BUYER)?;
    let id = commissions::request(&mut journal, school, &new).await?.id;
    journal.commit().await?;

    let mut journal = desk.journal(PROVIDER).await?;
    let last = today + chrono::TimeDelta::days(28);
    let milestone = NewMilestone {
        title: line("Two days in the department")?,
        done_when: prose("Each teacher was seen once, and the year is planned.")?,
        due_on: Day(last),
        days: Some(Days::from_half_days(4)),
        day_rate: None,
        half_day_rate: None,
        price: None,
        reference: None,
    };
    let new = NewQuote {
        provider_school_id: None,
        provider_partner_id: None,
        specialist: Some(line("Ella Hart")?),
        specialist_kind: None,
        note: prose("")?,
        valid_until: Day(last),
        notice_days: 5,
        kept_percent: 50,
        milestones: vec![milestone],
    };
    let provider = reach(desk.cast, PROVIDER)?;
    let quote = commissions::quote(&mut journal, provider, id, &new).await?.quote.id;
    journal.commit().await?;
    if AcademicYear::of(today) != Some(year) {
        return Ok(());
    }

    let mut journal = desk.journal(BUYER).await?;
    let buyer = reach(desk.cast, BUYER)?;
    commissions::agree(&mut journal, buyer, id, quote).await?;
    journal.commit().await?;
    let mut journal = desk.journal(PROVIDER).await?;
    deliver(&mut journal, provider, id).await?;
    journal.commit().await?;
    let mut journal = desk.journal(BUYER).await?;
    commissions::accept(&mut journal, buyer, id, 1, None).await?;
    journal.commit().await?;
    Ok(())
}

/// Records a visit, and delivers a day and a half of the two.
async fn deliver(journal: &mut Journal, provider: Reach, id: CommissionId) -> Result<(), Error> {
    let visit = NewVisit {
        milestone: 1,
        visited_on: Day(journal.today()),
        minutes: 330,
        who: line("Ella Hart")?,
        done: prose("Saw all five teachers, and planned Year 7 with the subject leader.")?,
        next_step: prose("Years 8 and 9 by themselves.")?,
        link: None,
    };
    commissions::record_visit(journal, provider, None, id, &visit).await?;
    let note = prose("The last half day was not needed.")?;
    let delivery = Delivery { days: Some(Days::from_half_days(3)), credits: None, note };
    commissions::deliver(journal, provider, id, 1, &delivery).await?;
    Ok(())
}

fn reach(cast: &Cast, who: &str) -> Result<Reach, Error> {
    cast.school(who).map(Reach::School)
}

fn prose(text: &str) -> Result<Prose, Error> {
    Prose::parse(text).map_err(Error::Words)
}
