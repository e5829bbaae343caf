//! What the letter of a ticket says of it: what it covers, and until when.

use super::Error;
use crate::base::clock::london_date;
use crate::base::db::Tx;
use crate::base::ids::HubId;
use crate::base::said;
use crate::base::text::Line;
use crate::members::people::Person;
use crate::messages::notices::Told;
use crate::programme::programmes::{self, Kind, priorities};
use crate::programme::tickets::{self, Coverage, State, Ticket};

/// The most tickets of one person that are looked through.
const MOST: i64 = 200;

/// The most priorities of a hub.
const PRIORITIES: i64 = 500;

/// The ticket that a notice tells of, where it can still be used: what it covers, and until when.
pub(super) async fn of(tx: &mut Tx, person: &Person, told: &Told) -> Result<Vec<(String, String)>, Error> {
    let filter = tickets::Filter { person: Some(person.id), state: Some(State::Issued), ..tickets::Filter::default() };
    let all = tickets::list(tx, person.hub_id, filter, london_date(told.told_at), None, MOST).await?;
    let given = |ticket: &&Ticket| ticket.issued_at == told.told_at && Some(&ticket.type_name) == told.subject.as_ref();
    let Some(ticket) = all.iter().find(given) else { return Ok(Vec::new()) };
    let covers = covers(tx, person.hub_id, &ticket.covers).await?;
    let until = ticket.valid_until.map_or_else(|| "for ever".to_owned(), |day| format!("until {}", said::day(day)));
    Ok(vec![("Covers".to_owned(), covers.join("; ")), ("Can be used".to_owned(), until)])
}

/// What a ticket covers, in words.
async fn covers(tx: &mut Tx, hub: HubId, of: &Coverage) -> Result<Vec<String>, Error> {
    let mut covers: Vec<String> = of.kinds.iter().map(|kind| many(*kind).to_owned()).collect();
    let named = priorities::list(tx, hub, None, None, PRIORITIES).await?;
    let named: Vec<&str> =
        named.iter().filter(|one| of.priority_ids.contains(&one.id)).map(|one| one.name.as_str()).collect();
    if !named.is_empty() {
        let served = format!("what serves {}", named.join(" or "));
        // Of kinds and priorities together it covers what is of both.
        covers = match covers.as_slice() {
            [] => vec![served],
            kinds => vec![format!("{}, of {served}", kinds.join(", "))],
        };
    }
    for id in &of.programme_ids {
        covers.extend(programmes::get(tx, hub, *id).await?.map(|programme| Line::as_str(&programme.title).to_owned()));
    }
    Ok(covers)
}

/// Programmes of a kind.
fn many(kind: Kind) -> &'static str {
    match kind {
        Kind::CpdProgramme => "CPD programmes",
        Kind::Conference => "conferences",
        Kind::MeetTheExpert => "Meet the Expert",
        Kind::TermlyMeeting => "termly meetings",
        Kind::LeadershipDay => "leadership days",
    }
}
