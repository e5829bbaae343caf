//! What the demonstration's schools and its partner do for others: the hub's rate card, and three offers. The rates are
//! made up.

use super::{Error, line};
use crate::base::credits::{Amount, Credits};
use crate::base::days::Days;
use crate::base::db::Tx;
use crate::base::ids::{HubId, OfferId, PartnerId, PriorityId, SchoolId};
use crate::base::text::Prose;
use crate::base::year::AcademicYear;
use crate::ledger::Journal;
use crate::members::schools::Phase;
use crate::programme::programmes::Provider;
use crate::support::offers::directory::{self, Filter};
use crate::support::offers::{self, Details, Kind, NewDays, NewOffer, Phases, Sight};
use crate::support::rate_card::{self, BorneBy, Brokerage, NewRate, NewRateCard};

/// The kind of specialist of the first offer.
const SPECIALIST: &str = "Specialist Leader of Education";

/// Sets the rate card: the hub keeps 50 of each 350 credits.
pub async fn set_rate_card(journal: &mut Journal) -> Result<(), Error> {
    let line_of = |kind: &str, full_day: i64, half_day: i64| {
        let amount = |credits: i64| {
            Amount::new(Credits::from_hundredths(credits * 100)).map_err(|wrong| Error::Words(wrong.to_owned()))
        };
        Ok::<_, Error>(NewRate {
            specialist_kind: line(kind)?,
            full_day: amount(full_day)?,
            half_day: amount(half_day)?,
        })
    };
    let [share, of] = [50, 350].map(|credits| Credits::from_hundredths(credits * 100));
    let card = NewRateCard {
        lines: vec![line_of(SPECIALIST, 35, 20)?, line_of("National Leader of Education", 50, 30)?],
        brokerage: Some(Brokerage { share, of }),
        borne_by: BorneBy::Provider,
    };
    rate_card::set(journal, 0, &card).await?;
    Ok(())
}

/// The specialist's offer.
pub async fn specialist(tx: &mut Tx, hub: HubId) -> Result<OfferId, Error> {
    let filter = Filter { kind: Some(Kind::Expertise), ..Filter::default() };
    let page = directory::list(tx, hub, Sight::All, &filter, None, 1).await?;
    page.first().map(|offer| offer.id).ok_or_else(|| Error::missing("offer"))
}

/// Makes an offer of each kind: two of a school, one of the partner.
pub async fn make_offers(
    journal: &mut Journal,
    year: AcademicYear,
    (school, partner): (SchoolId, PartnerId),
    teaching: PriorityId,
) -> Result<(), Error> {
    let today = journal.today();
    let details = |title: &str, description: &str| {
        Ok::<_, Error>(Details {
            title: line(title)?,
            description: Prose::parse(description).map_err(Error::Words)?,
            phases: Phases::default(),
            subject: None,
            place: None,
            available_from: today,
            available_to: offers::usual_last_day(today),
            specialist_kind: None,
            full_day: None,
            half_day: None,
            available_when: None,
            for_whom: None,
            what_for: None,
            aims: None,
            who_may_join: None,
            how_often: None,
            impact: None,
        })
    };
    let maths = Details {
        phases: Phases::new(vec![Phase::Secondary, Phase::AllThrough]),
        subject: Some(line("Mathematics")?),
        specialist_kind: Some(line(SPECIALIST)?),
        ..details("Leading a mathematics department", "A day with your subject leader: curriculum, marking, data.")?
    };
    let hall = Details {
        place: Some(line("Lampton Academy, Hounslow")?),
        available_when: Some(line("Weekends in term, and holidays")?),
        for_whom: Some(line("Schools of the hub")?),
        what_for: Some(line("Concerts, examinations, sports")?),
        ..details("Sports hall", "Four badminton courts, changing rooms, parking.")?
    };
    let reading = Details {
        aims: Some(Prose::parse("Every child reads for pleasure.").map_err(Error::Words)?),
        who_may_join: Some(line("Any school of the hub")?),
        how_often: Some(line("A morning each half term")?),
        ..details("Reading together", "Authors visit, and pupils of several schools read with them.")?
    };
    let days = vec![NewDays { year, offered: Days::from_half_days(20) }];
    for (kind, provider, details, days) in [
        (Kind::Expertise, Provider::School(school), maths, days),
        (Kind::Facility, Provider::School(school), hall, Vec::new()),
        (Kind::Activity, Provider::Partner(partner), reading, Vec::new()),
    ] {
        offers::create(journal, NewOffer { kind, provider, details, priority_ids: vec![teaching], days }).await?;
    }
    Ok(())
}
