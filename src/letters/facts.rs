//! What is known of what a notice tells, beside the notice: of support and of what is written about it, of what a partner
//! is owed, and of what one has drafted.

use crate::base::db::{self, Tx};
use crate::base::text::Line;
use crate::credits::settlements::{self, Payment, Settlement};
use crate::ledger;
use crate::members::people::Person;
use crate::messages::notices::{Kind, Told};
use crate::programme::programmes;
use crate::programme::programmes::catalogue::{self, Entry, Filter, View};
use crate::programme::programmes::events::State;
use crate::support::commissions::{self, Recalled};
use crate::support::conversations::{self, Conversation, Message, Sight};

/// What is known of what a notice tells.
#[derive(Default)]
pub enum Facts {
    /// Nothing but the notice itself.
    #[default]
    None,
    /// The commission, and what of it.
    Commission(Box<Recalled>),
    /// The conversation, and which message.
    Conversation(Box<Conversation>, Option<Box<Message>>),
    /// The statement of what a partner is owed.
    Statement(Box<Statement>),
    /// What a partner has drafted.
    Draft(Box<Drafted>),
}

/// What a partner has drafted.
pub struct Drafted {
    /// The partner.
    pub partner: Line,
    /// Why the hub sent it back.
    pub because: Option<Line>,
    /// The event; of a programme the first of its events that are drafts.
    pub events: Vec<Entry>,
}

/// How many drafts of events of a programme are told.
const EVENTS: i64 = 6;

impl Drafted {
    /// The draft of a notice.
    async fn of(tx: &mut Tx, person: &Person, told: &Told) -> Result<Option<Drafted>, db::Error> {
        let hub = person.hub_id;
        match (told.kind, told.event_id, told.programme_id) {
            (Kind::EventDrafted, Some(event), _) => {
                let event = catalogue::get(tx, hub, event).await?;
                let drafted =
                    |event: Entry| Drafted { partner: event.provider.name.clone(), because: None, events: vec![event] };
                Ok(event.map(drafted))
            }
            (Kind::ProgrammeDrafted | Kind::ProgrammeReturned, _, Some(id)) => {
                let Some(programme) = programmes::get(tx, hub, id).await? else { return Ok(None) };
                let filter = Filter { programme: Some(id), state: Some(State::Draft), ..Filter::default() };
                let events = catalogue::list(tx, hub, View::of(person), &filter, None, EVENTS).await?;
                let (partner, because) = (programme.provider.name, programme.returned_because);
                Ok(Some(Drafted { partner, because, events }))
            }
            _ => Ok(None),
        }
    }
}

/// A statement of what a partner is owed, and what of it a notice tells of.
pub struct Statement {
    /// The statement.
    pub of: Settlement,
    /// The payment that was made or taken back.
    pub payment: Option<Payment>,
    /// Why it was cancelled, or the payment taken back.
    pub because: Option<String>,
}

impl Statement {
    /// The statement of a notice, where it is of the person's partner.
    async fn of(tx: &mut Tx, person: &Person, told: &Told) -> Result<Option<Statement>, db::Error> {
        let (Some(id), hub) = (told.settlement_id, person.hub_id) else { return Ok(None) };
        let found = settlements::get(tx, hub, id).await?.filter(|of| person.partner_id == Some(of.partner_id));
        let Some(of) = found else { return Ok(None) };
        let (mut payment, mut because) = (None, None);
        match told.kind {
            Kind::SettlementPaid => {
                let all = settlements::payments(tx, hub, id, None, i64::MAX).await?;
                payment = all.into_iter().find(|payment| payment.paid_at == told.told_at);
            }
            Kind::SettlementPaymentReversed => {
                for one in settlements::payments(tx, hub, id, None, i64::MAX).await? {
                    let Some(mirror) = one.reversed_by else { continue };
                    let mirror = ledger::transaction(tx, hub, mirror).await?;
                    if let Some(mirror) = mirror.filter(|mirror| mirror.recorded_at == told.told_at) {
                        (payment, because) = (Some(one), mirror.memo.map(|memo| memo.to_string()));
                    }
                }
            }
            Kind::SettlementCancelled => because = of.cancelled_because.as_ref().map(Line::to_string),
            _ => {}
        }
        Ok(Some(Statement { of, payment, because }))
    }

    /// What is still to be paid of it, in pence.
    pub fn left(&self) -> i64 {
        self.of.pence - self.of.pence_paid
    }
}

impl Facts {
    /// What a person may know of what they were told, as it is now.
    pub async fn of(tx: &mut Tx, person: &Person, told: &Told) -> Result<Facts, db::Error> {
        if let Some(recalled) = commissions::recall(tx, person, told).await? {
            return Ok(Facts::Commission(Box::new(recalled)));
        }
        if let Some(statement) = Statement::of(tx, person, told).await? {
            return Ok(Facts::Statement(Box::new(statement)));
        }
        if let Some(drafted) = Drafted::of(tx, person, told).await? {
            return Ok(Facts::Draft(Box::new(drafted)));
        }
        let Some(id) = told.conversation_id else { return Ok(Facts::None) };
        let found = conversations::get(tx, person.hub_id, Sight::of(person), id).await?;
        let Some(conversation) = found else { return Ok(Facts::None) };
        let message = conversations::told(tx, person, told).await?;
        Ok(Facts::Conversation(Box::new(conversation), message.map(Box::new)))
    }
}
