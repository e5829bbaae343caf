//! What a commission consists of, with every text ready to be shown.

use super::next::{Act, Who, of_milestone, theirs};
use crate::base::credits::Credits;
use crate::base::days::Days;
use crate::base::text::{Line, Prose, counted};
use crate::support::commissions::disputes::Dispute;
use crate::support::commissions::shares::Brokerage;
use crate::support::commissions::{
    Acceptance, Commission, Milestone, Move, Party, Provider, Question, Quote, QuoteState, Reach, Review, Terms, Visit,
    came_to, divided,
};
use crate::support::rate_card::BorneBy;
use crate::web::pages::labels::Labelled;
use crate::web::pages::words;

/// A milestone as it was quoted.
pub(super) struct TermsRow {
    pub(super) number: i64,
    pub(super) title: String,
    pub(super) done_when: String,
    pub(super) due: String,
    pub(super) days: String,
    pub(super) price: String,
    pub(super) reference: Option<String>,
}

/// A quote or variation.
pub(super) struct QuoteView {
    pub(super) number: i64,
    pub(super) what: &'static str,
    pub(super) provider: String,
    pub(super) specialist: Option<String>,
    pub(super) note: String,
    pub(super) price: String,
    pub(super) cost: Option<String>,
    /// What of the price the hub keeps and the provider gets, where that is not all.
    pub(super) shares: Option<(String, String)>,
    /// Whether it is of whoever reads it.
    pub(super) own: bool,
    pub(super) until: String,
    pub(super) terms_of_cancelling: String,
    pub(super) state: &'static str,
    pub(super) tone: &'static str,
    pub(super) agreed: Vec<String>,
    pub(super) open: bool,
    pub(super) terms: Vec<TermsRow>,
}

/// A milestone as it was agreed, and what became of it.
pub(super) struct MilestoneView {
    pub(super) terms: TermsRow,
    pub(super) state: &'static str,
    pub(super) tone: &'static str,
    pub(super) settled: Option<String>,
    pub(super) delivery: Vec<String>,
    pub(super) missing: Option<String>,
    pub(super) acts: Vec<Act>,
    pub(super) dispute: Option<DisputeView>,
}

/// A dispute of a milestone.
pub(super) struct DisputeView {
    pub(super) raised: String,
    pub(super) buyer_case: Option<String>,
    pub(super) provider_case: Option<String>,
    pub(super) offers: Vec<String>,
    pub(super) until: String,
    pub(super) ended: Option<String>,
}

/// What moved credits.
pub(super) struct MoveRow {
    pub(super) when: String,
    pub(super) what: String,
    pub(super) credits: String,
    pub(super) to_hub: String,
    pub(super) reason: String,
}

/// A visit.
pub(super) struct VisitView {
    pub(super) day: String,
    pub(super) who: String,
    pub(super) minutes: i64,
    pub(super) done: String,
    pub(super) next_step: String,
    pub(super) link: Option<String>,
    pub(super) late: bool,
}

/// A question or an answer.
pub(super) struct Said {
    pub(super) own: bool,
    pub(super) who: String,
    pub(super) when: String,
    pub(super) text: String,
}

/// What came of it, as a side sees it.
pub(super) struct ReviewView {
    pub(super) side: String,
    pub(super) rating: i64,
    pub(super) impact: String,
    pub(super) when: String,
}

/// What is kept where the buyer cancels late, in words.
pub(super) fn terms_of_cancelling(notice_days: i64, kept_percent: i64) -> String {
    match (notice_days, kept_percent) {
        (_, 0) | (0, _) => "Nothing is kept of what is still to be delivered".to_owned(),
        (days, percent) => format!(
            "The buyer gets all back up to {} before a part is due; later the provider keeps {percent}% \
             of it",
            counted(days, "working day")
        ),
    }
}

/// So many days by their rates: `2 days at 35 a day`, `half a day at 20`, `1.5 days: 35 a day, 20 for half a day`.
fn days_at(days: Days, rate: Credits, half: Option<Credits>) -> String {
    let (rate, half) = (words::amount(rate), half.map(words::amount));
    let text = days.to_string();
    let whole = text.strip_suffix(".0").unwrap_or(&text);
    match (days.half_days(), half) {
        (1, Some(half)) => format!("half a day at {half}"),
        (2, _) => format!("1 day at {rate}"),
        (halves, Some(half)) if halves % 2 == 1 => format!("{days} days: {rate} a day, {half} for half a day"),
        _ => format!("{whole} days at {rate} a day"),
    }
}

/// What of a price the hub keeps and the provider gets, where so much was settled before; none where the provider gets all.
pub(super) fn shares(of: Brokerage, settled: Credits, price: Credits) -> Option<(String, String)> {
    let paid = of.paid(settled, price);
    let less = of.borne_by == BorneBy::Provider && !paid.hub.is_zero();
    less.then(|| (words::credits(paid.hub), words::credits(paid.provider)))
}

/// Who gets what: `8.50 credits to the provider, 1.50 credits to the hub, 10 credits back to the buyer`.
fn who_gets(of: &Acceptance) -> String {
    let all = [(of.hub, "to the hub"), (of.back, "back to the buyer")];
    let others = all.iter().filter(|(credits, _)| !credits.is_zero());
    let others = others.map(|(credits, whom)| format!(", {} {whom}", words::credits(*credits)));
    format!("{} to the provider{}", words::credits(of.provider), others.collect::<String>())
}

/// What was paid for a part, and to whom where not to the provider alone.
fn paid_for(settled: Credits, of: &Acceptance) -> String {
    let paid = words::credits(settled);
    if of.hub.is_zero() {
        return paid;
    }
    format!("{paid} ({} to the provider, {} to the hub)", words::amount(of.provider), words::amount(of.hub))
}

impl TermsRow {
    pub(super) fn of(of: &Terms) -> TermsRow {
        let days = match (of.half_days, of.day_rate) {
            (Some(days), Some(rate)) => days_at(days, rate, of.half_day_rate),
            (Some(days), None) => days.to_string(),
            (None, _) => "Fixed price".to_owned(),
        };
        TermsRow {
            number: of.number,
            title: of.title.as_str().to_owned(),
            done_when: of.done_when.as_str().to_owned(),
            due: words::short_day(of.due_on),
            days,
            price: words::credits(of.price),
            reference: of.reference.as_ref().map(|reference| reference.as_str().to_owned()),
        }
    }
}

impl QuoteView {
    pub(super) fn of(of: &Quote, terms: &[Terms], who: Who) -> QuoteView {
        let cost = of.brokerage().cost(of.price);
        let said = |who: &str, at: Option<chrono::DateTime<chrono::Utc>>| {
            at.map(|at| format!("{who} agreed on {}", words::day_of(at)))
        };
        let buys = who.party == Some(Party::Buyer) || who.party == Some(Party::Hub);
        QuoteView {
            number: of.number,
            what: if of.varies { "Change" } else { "Quote" },
            provider: of.provider_name.as_str().to_owned(),
            specialist: of.specialist.as_ref().map(|name| name.as_str().to_owned()),
            note: of.note.as_str().to_owned(),
            price: words::credits(of.price),
            cost: (buys && cost != of.price && !of.varies).then(|| words::credits(cost)),
            // Of a change it follows from what is settled by then.
            shares: shares(of.brokerage(), Credits::ZERO, of.price).filter(|_| !of.varies),
            own: theirs(who, of),
            until: words::day(of.valid_until),
            terms_of_cancelling: terms_of_cancelling(of.notice_days, of.kept_percent),
            state: of.state.label(),
            tone: of.state.tone(),
            agreed: [
                said("The provider", of.provider_agreed_at),
                said("The buyer", of.buyer_agreed_at),
                said("A second person of the buyer", of.second_agreed_at),
            ]
            .into_iter()
            .flatten()
            .collect(),
            open: of.state == QuoteState::Offered || theirs(who, of) && who.party.is_none(),
            terms: terms.iter().map(TermsRow::of).collect(),
        }
    }
}

impl MilestoneView {
    pub(super) fn of(
        of: &Milestone,
        who: Who,
        commission: &Commission,
        (disputes, moves): (&[Dispute], &[Move]),
    ) -> MilestoneView {
        let (_, acts) = of_milestone(who, commission, of, disputes);
        let dispute = disputes.iter().find(|dispute| dispute.milestone == of.terms.number);
        let mut delivery = Vec::new();
        if let Some(at) = of.delivered_at {
            let days = of.delivered_half_days.map_or(String::new(), |days| format!(", {}", days.in_words()));
            let worth = of.claimed.map_or(String::new(), |claimed| format!(", worth {}", words::credits(claimed)));
            delivery.push(format!("Delivered on {}{days}{worth}.", words::day_of(at)));
        }
        let note = of.delivery_note.as_ref().map(|note| note.as_str().to_owned());
        delivery.extend(note.filter(|note| !note.is_empty()));
        MilestoneView {
            terms: TermsRow::of(&of.terms),
            state: of.state.label(),
            tone: of.state.tone(),
            settled: of.answered_at.is_some().then(|| paid_for(of.settled, &came_to(moves, of.terms.number))),
            delivery,
            missing: of.missing.as_ref().map(|missing| missing.as_str().to_owned()),
            acts: if who.acts { acts } else { Vec::new() },
            dispute: dispute.map(|dispute| DisputeView::of(dispute, commission, of, moves)),
        }
    }
}

impl MilestoneView {
    /// The same without what leads to these pages.
    pub(super) fn without(mut self, pages: &[String]) -> MilestoneView {
        self.acts.retain(|act| !pages.contains(&act.path));
        self
    }
}

impl DisputeView {
    pub(super) fn of(of: &Dispute, commission: &Commission, part: &Milestone, moves: &[Move]) -> DisputeView {
        let prose = |prose: &Option<Prose>| prose.as_ref().map(|prose| prose.as_str().to_owned());
        let side = if of.side == Party::Buyer { "The buyer" } else { "The provider" };
        let over = of.resolved_at.is_some();
        let offer = |(side, paid): (&str, Option<Credits>)| {
            let (paid, price) = (paid?, words::credits(part.terms.price));
            let said = if over { "offered to settle for" } else { "would settle for" };
            let comes_to = divided(commission, part, paid);
            // What it would come to is said as long as it can.
            let then = if over { String::new() } else { format!(": {}", who_gets(&comes_to)) };
            Some(format!("{side} {said} {} of {price}{then}.", words::amount(paid)))
        };
        let offers = [("The buyer", of.buyer_would_pay), ("The provider", of.provider_would_take)];
        let offers = offers.into_iter().filter_map(offer).collect();
        let because = of.decision.as_ref().map(|because| format!("The hub decided so: {because}"));
        let because = because.unwrap_or_else(|| "The two agreed so.".to_owned());
        let ended = of.to_provider.map(|_| format!("{}. {because}", who_gets(&came_to(moves, of.milestone))));
        DisputeView {
            raised: match words::day_of(of.raised_at) {
                day if over => format!("{side} disputed it on {day}."),
                day => format!("{side} has disputed it since {day}."),
            },
            buyer_case: prose(&of.buyer_case),
            provider_case: prose(&of.provider_case),
            offers,
            until: words::deadline(of.cases_until),
            ended,
        }
    }
}

impl MoveRow {
    pub(super) fn of(of: &Move) -> MoveRow {
        let of_part = of.number.map_or(String::new(), |number| format!(", part {number}"));
        MoveRow {
            when: words::short_day_of(of.decided_at),
            what: format!("{}{of_part}", of.kind.label()),
            credits: words::amount(of.credits),
            to_hub: if of.to_hub.is_zero() { String::new() } else { words::amount(of.to_hub) },
            reason: of.reason.as_ref().map_or(String::new(), |reason| reason.as_str().to_owned()),
        }
    }
}

impl VisitView {
    pub(super) fn of(of: &Visit) -> VisitView {
        VisitView {
            day: words::day(of.visited_on),
            who: of.who.as_str().to_owned(),
            minutes: of.minutes,
            done: of.done.as_str().to_owned(),
            next_step: of.next_step.as_str().to_owned(),
            link: of.link.as_ref().map(|link| link.as_str().to_owned()),
            late: of.late,
        }
    }
}

impl Said {
    pub(super) fn of(question: &Question, who: Who, of: &Commission, names: &[(Provider, String)]) -> Said {
        let provider = Provider::of(question.provider_school_id, question.provider_partner_id);
        let own = match (question.side, who.party) {
            (Party::Buyer, party) => party == Some(Party::Buyer),
            (_, Some(Party::Buyer | Party::Hub)) => false,
            (_, _) => match provider {
                Some(Provider::School(school)) => who.reach == Reach::School(school),
                Some(Provider::Partner(partner)) => who.reach == Reach::Partner(partner),
                None => false,
            },
        };
        let named = names.iter().find(|(known, _)| Some(*known) == provider).map(|(_, name)| name.as_str());
        let provider = named.unwrap_or("A school or partner that could quote");
        Said {
            own,
            who: if question.side == Party::Buyer { of.buyer_name.as_str() } else { provider }.to_owned(),
            when: words::moment(question.written_at),
            text: question.text.as_str().to_owned(),
        }
    }
}

impl ReviewView {
    pub(super) fn of(of: &Review, commission: &Commission) -> ReviewView {
        let provider = commission.provider_name.as_ref().map_or("The provider", Line::as_str);
        ReviewView {
            side: if of.side == Party::Buyer { commission.buyer_name.as_str() } else { provider }.to_owned(),
            rating: of.rating,
            impact: of.impact.as_str().to_owned(),
            when: words::day_of(of.written_at),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_said_by_the_rates_that_they_are_paid_at() {
        let credits = |text: &str| Credits::parse(text).unwrap();
        let said = |days: &str| days_at(Days::parse(days).unwrap(), credits("35"), Some(credits("20")));
        assert_eq!(said("0.5"), "half a day at 20");
        assert_eq!(said("1"), "1 day at 35");
        assert_eq!(said("1.5"), "1.5 days: 35 a day, 20 for half a day");
        assert_eq!(said("3"), "3 days at 35 a day");
    }
}
