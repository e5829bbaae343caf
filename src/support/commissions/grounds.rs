//! The digest of what decided a posting, which is sealed with it.

use super::money::Move;
use super::{Commission, Dispute, Milestone, Quote, Terms, sql};
use crate::base::days::Days;
use crate::base::db::{self, Tx};
use crate::base::ids::{HubId, TransactionId};
use crate::base::seal::{Form, Hash};
use crate::base::text::Line;
use crate::base::year::AcademicYear;

/// The digest of what decided a posting, from its records as they are now.
pub async fn grounds(tx: &mut Tx, hub: HubId, transaction: TransactionId) -> Result<Option<Hash>, db::Error> {
    match sql::money::of_transaction(tx, hub, transaction).await? {
        Some(moved) => match sql::get(tx, hub, moved.commission_id).await? {
            Some(commission) => moved.grounds(tx, hub, &commission).await,
            None => Ok(None),
        },
        None => Ok(None),
    }
}

impl Move {
    /// The digest of what decided the move: its record, what was asked for, the quote with its milestones that were
    /// agreed, and where it is about one of them, what was delivered of it, and how a dispute of it ended.
    pub(super) async fn grounds(&self, tx: &mut Tx, hub: HubId, of: &Commission) -> Result<Option<Hash>, db::Error> {
        let Some(quote) = sql::quotes::get(tx, hub, self.commission_id, self.quote_id).await? else { return Ok(None) };
        let form = asked(Form::of("hub-credits/commission-move/1"), of);
        let form = quoted(moved(form, self), &quote);
        let terms = sql::quotes::terms(tx, hub, quote.id).await?;
        let form = terms.iter().fold(form, proposed);
        let Some(number) = self.number else { return Ok(Some(form.hash())) };
        let Some(milestone) = sql::milestones::get(tx, hub, self.commission_id, number).await? else { return Ok(None) };
        let form = delivered(form, &milestone);
        let dispute = sql::disputes::get(tx, hub, self.commission_id, number).await?;
        Ok(Some(dispute.iter().fold(form, disputed).hash()))
    }
}

fn asked(form: Form, of: &Commission) -> Form {
    form.id(of.id.0)
        .words(of.title.as_str())
        .number(i64::from(of.is_open))
        .id(of.offer_id.map(|offer| offer.0))
        .id(of.priority_id.map(|priority| priority.0))
        .credits(of.budget)
        .day(of.answer_by)
        .words(of.year.map(AcademicYear::as_str).as_deref())
        .id(of.requested_by.map(|person| person.0))
        .instant(of.requested_at)
        .instant(of.agreed_at)
}

fn moved(form: Form, moved: &Move) -> Form {
    form.number(moved.ordinal)
        .words(moved.kind.as_str())
        .number(moved.number)
        .credits(moved.committed)
        .credits(moved.settled)
        .credits(moved.credits)
        .credits(moved.to_hub)
        .words(moved.reason.as_ref().map(Line::as_str))
        .id(moved.decided_by.map(|person| person.0))
        .instant(moved.decided_at)
}

fn quoted(form: Form, quote: &Quote) -> Form {
    form.id(quote.id.0)
        .number(quote.number)
        .number(i64::from(quote.varies))
        .words(quote.specialist.as_ref().map(Line::as_str))
        .words(quote.note.as_str())
        .day(quote.valid_until)
        .number(quote.notice_days)
        .number(quote.kept_percent)
        .credits(quote.brokerage_share)
        .credits(quote.brokerage_of)
        .words(quote.borne_by.as_str())
        .credits(quote.price)
        .id(quote.quoted_by.map(|person| person.0))
        .instant(quote.quoted_at)
        .id(quote.buyer_agreed_by.map(|person| person.0))
        .instant(quote.buyer_agreed_at)
        .id(quote.second_agreed_by.map(|person| person.0))
        .instant(quote.second_agreed_at)
        .id(quote.provider_agreed_by.map(|person| person.0))
        .instant(quote.provider_agreed_at)
}

fn proposed(form: Form, terms: &Terms) -> Form {
    form.number(terms.number)
        .words(terms.title.as_str())
        .words(terms.done_when.as_str())
        .day(terms.due_on)
        .number(terms.half_days.map(Days::half_days))
        .credits(terms.day_rate)
        .credits(terms.half_day_rate)
        .credits(terms.price)
        .words(terms.reference.as_ref().map(Line::as_str))
}

fn delivered(form: Form, milestone: &Milestone) -> Form {
    form.words(milestone.state.as_str())
        .number(milestone.delivered_half_days.map(Days::half_days))
        .credits(milestone.claimed)
        .id(milestone.delivered_by.map(|person| person.0))
        .instant(milestone.delivered_at)
        .credits(milestone.settled)
        .id(milestone.answered_by.map(|person| person.0))
        .instant(milestone.answered_at)
}

fn disputed(form: Form, dispute: &Dispute) -> Form {
    form.words(dispute.side.as_str())
        .id(dispute.raised_by.map(|person| person.0))
        .instant(dispute.raised_at)
        .credits(dispute.buyer_would_pay)
        .id(dispute.buyer_would_pay_by.map(|person| person.0))
        .credits(dispute.provider_would_take)
        .id(dispute.provider_would_take_by.map(|person| person.0))
        .credits(dispute.to_provider)
        .words(dispute.decision.as_ref().map(Line::as_str))
        .id(dispute.resolved_by.map(|person| person.0))
        .instant(dispute.resolved_at)
}
