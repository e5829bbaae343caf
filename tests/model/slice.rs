//! The commands as a desk takes them: a slice at once.

use futures_util::future::join_all;
use hub_credits::base::credits::Credits;
use hub_credits::base::ids::{EventId, HubId, PersonId, SchoolId};
use hub_credits::base::text::Line;
use hub_credits::booking::bookings::desk::{Answer as Answered, Desks};
use hub_credits::booking::bookings::{self, Actor, Group, Outcome, Quote, Reach, Refusal, Unnamed, What};
use hub_credits::ledger::Journal;
use hub_credits::ledger::idempotency::Stored;
use serde_json::{Value, json};

use crate::command::Command;
use crate::send::Answer;
use crate::support::{World, marks};
use crate::twin::Twin;

/// How a slice is performed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// In one transaction.
    Whole,
    /// By a desk, which takes of it what waits together, and knows still what it knew.
    Desk,
}

/// The desks of another instance of the service.
pub fn desks(world: &World) -> Desks {
    Desks::new(world.db().clone(), marks(), world.clock.clone(), render).unwrap()
}

impl Twin {
    /// Performs the commands together; the answers are in their order.
    pub async fn perform(&self, desks: &Desks, way: Way, commands: &[Command]) -> Vec<Answer> {
        let hub = HubId(self.hub.id.parse().unwrap());
        let commands: Vec<bookings::Command> = commands.iter().map(|command| self.at_desk(command)).collect();
        match way {
            Way::Whole => {
                let world = &self.hub.world;
                let mut journal = Journal::open_marked(
                    world.db().write_everywhere().await.unwrap(),
                    &marks(),
                    hub,
                    None,
                    world.clock.now(),
                )
                .await
                .unwrap();
                let outcomes = bookings::perform(&mut journal, &commands).await.unwrap();
                if outcomes.iter().any(Result::is_ok) {
                    journal.commit().await.unwrap();
                }
                outcomes.iter().map(|outcome| outcome.as_ref().map_or_else(refused, done)).collect()
            }
            Way::Desk => {
                let asked = commands.into_iter().map(|command| desks.ask(hub, command, None));
                let answers = join_all(asked).await.into_iter().map(|answer| match answer.unwrap() {
                    Answered::Done(stored) => parse(&stored),
                    Answered::Refused(refusal) => refused(&refusal),
                    Answered::Known(known) => panic!("without a key: {known:?}"),
                });
                answers.collect()
            }
        }
    }

    fn at_desk(&self, command: &Command) -> bookings::Command {
        let person = |number: usize| PersonId(self.people[number].id().parse().unwrap());
        let event = |number: usize| EventId(self.events[number].parse().unwrap());
        let booking = |place| self.bookings[place].parse().map(hub_credits::base::ids::BookingId).unwrap();
        let (by, what) = match command {
            Command::Book { by, event: on, delegate, allow_clash, ticket } => {
                let (on, delegate, allow_clash) = (event(*on), person(*delegate), *allow_clash);
                let ticket =
                    ticket.map(|ticket| hub_credits::base::ids::TicketId(self.tickets[ticket].parse().unwrap()));
                (
                    by,
                    match ticket {
                        None => What::Book { event: on, delegate, allow_clash },
                        Some(ticket) => What::BookByTicket { event: on, delegate, allow_clash, ticket },
                    },
                )
            }
            Command::Group { by, event: on, delegates, unnamed, best_effort, allow_clash } => {
                let unnamed = unnamed.map(|unnamed| Unnamed {
                    places: unnamed.places,
                    school: Some(SchoolId(self.schools[unnamed.school].id.parse().unwrap())),
                    names_by: unnamed.names_by,
                });
                let group = Group {
                    event: event(*on),
                    delegates: delegates.iter().map(|it| person(*it)).collect(),
                    unnamed,
                    best_effort: *best_effort,
                    allow_clash: *allow_clash,
                };
                (by, What::Group(Box::new(group)))
            }
            Command::Approve { by, place } => (by, What::Approve(booking(place))),
            Command::Decline { by, place } => (by, What::Decline { booking: booking(place), reason: None }),
            Command::Cancel { by, place, quote } => {
                let quote = quote.as_ref().map(|quote| Quote::parse(quote).unwrap());
                (by, What::Cancel { booking: booking(place), dry_run: false, quote })
            }
            Command::Waive { by, place, amount } => {
                let amount = amount.map(Credits::from_hundredths);
                (by, What::Waive { booking: booking(place), amount, reason: Line::parse("Illness").unwrap() })
            }
            Command::Name { by, place, delegate, allow_clash } => {
                let (delegate, allow_clash) = (person(*delegate), *allow_clash);
                (by, What::Name { booking: booking(place), delegate, allow_clash })
            }
            Command::Substitute { by, place, delegate, allow_clash } => {
                let (delegate, allow_clash) = (person(*delegate), *allow_clash);
                (by, What::Substitute { booking: booking(place), delegate, allow_clash })
            }
            Command::Transfer { by, place, event: to, allow_clash } => {
                (by, What::Transfer { booking: booking(place), event: event(*to), allow_clash: *allow_clash })
            }
            Command::AcceptOffer { by, place } => (by, What::AcceptOffer(booking(place))),
            Command::DeclineOffer { by, place } => (by, What::DeclineOffer(booking(place))),
            other => panic!("{other:?} does not go to the desk"),
        };
        bookings::Command { actor: Actor { person: Some(person(*by)), reach: Reach::OfRole }, what, shown: None }
    }
}

fn render(_: &What, outcome: &Outcome) -> Stored {
    let Answer { state, refund, each, .. } = done(outcome);
    let each: Vec<Value> = each
        .into_iter()
        .map(|one| match one {
            Ok(state) => json!({ "state": state }),
            Err(code) => json!({ "code": code }),
        })
        .collect();
    let body = json!({ "state": state, "refund": refund, "each": each }).to_string();
    Stored { status: 200, headers: Vec::new(), body }
}

fn parse(stored: &Stored) -> Answer {
    let body: Value = serde_json::from_str(&stored.body).unwrap();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let each = body["each"].as_array().unwrap().iter();
    let each = each.map(|one| text(&one["state"]).ok_or_else(|| text(&one["code"]).unwrap()));
    Answer { state: text(&body["state"]), refund: body["refund"].as_i64(), each: each.collect(), ..Answer::default() }
}

fn done(outcome: &Outcome) -> Answer {
    let state = |view: &bookings::View| view.booking.state.as_str().to_owned();
    let each = outcome.group.iter().map(|one| one.as_ref().map(state).map_err(|refusal| code(refusal).to_owned()));
    Answer {
        state: outcome.booking.as_ref().map(state),
        refund: Some(outcome.refund.hundredths()),
        each: each.collect(),
        ..Answer::default()
    }
}

fn refused(refusal: &Refusal) -> Answer {
    Answer { refused: Some(code(refusal).to_owned()), ..Answer::default() }
}

/// The code that the service tells people.
fn code(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::UnknownCaller => "unauthorized",
        Refusal::Disabled => "person_disabled",
        Refusal::Forbidden => "forbidden",
        Refusal::UnknownBooking => "not_found",
        Refusal::UnknownEvent
        | Refusal::UnknownDelegate
        | Refusal::UnknownSchool
        | Refusal::UnknownTicket
        | Refusal::NamesBy
        | Refusal::TicketIsWhole
        | Refusal::AnotherProgramme
        | Refusal::MoreThanKept { .. } => "invalid_request",
        Refusal::NotOpen(_) => "event_not_open",
        Refusal::Started => "event_started",
        Refusal::AlreadyBooked(_) => "already_booked",
        Refusal::InsufficientCredits { .. } | Refusal::ProviderShort { .. } => "insufficient_credits",
        Refusal::TicketNotUsable(_) => "ticket_not_usable",
        Refusal::TicketDoesNotCover => "ticket_does_not_cover",
        Refusal::TicketNotNeeded => "ticket_not_needed",
        Refusal::QuoteExpired { .. } | Refusal::NotAsShown | Refusal::LastPlaceGone => "quote_expired",
        Refusal::NothingKept => "nothing_kept",
        Refusal::NotInAudience => "not_in_audience",
        Refusal::SchoolLimit { .. } => "school_limit",
        Refusal::SchoolLeft { .. } => "school_left",
        Refusal::Clash(_) => "clash",
        Refusal::EventFull { .. } => "event_full",
        Refusal::InGroup { refusal, .. } => code(refusal),
        Refusal::NotOver(_) => "event_not_over",
        Refusal::NoYear | Refusal::YearClosed(_) => "year_closed",
        Refusal::OwnRequest => "own_request",
        Refusal::InvalidTransition { .. }
        | Refusal::EventState { .. }
        | Refusal::NotToBeNamed(_)
        | Refusal::NotHeld(_)
        | Refusal::NoOffer
        | Refusal::DelegateGone
        | Refusal::ApprovedAlready => "invalid_transition",
    }
}
