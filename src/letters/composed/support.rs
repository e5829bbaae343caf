//! What a letter about support explains, beside its sentence: whose, which part, how many credits to whom, and until when;
//! and what the other side wrote.

use chrono::{DateTime, Utc};

use crate::base::credits::Credits;
use crate::base::said;
use crate::base::text::{Line, Prose, counted};
use crate::booking::announcements::{Paragraph, paragraphs};
use crate::letters::facts::Facts;
use crate::letters::support::{by_buyer, provider, waits};
use crate::messages::notices::{Kind, Told};
use crate::support::commissions::{Milestone, Party, Quote, Recalled, Terms};

/// How many parts of a quote a letter lists: the others are on the page.
const PARTS: usize = 6;

type Lines = Vec<(String, String)>;

/// The lines of a notice of support, each with its label.
pub(super) fn details(told: &Told, facts: &Facts, now: DateTime<Utc>) -> Lines {
    let Facts::Commission(of) = facts else { return Vec::new() };
    let mut lines = Lines::new();
    let mut say = |label: &str, value: String| lines.push((label.to_owned(), value));
    say("Support", of.commission.title.as_str().to_owned());
    if of.party != Party::Buyer {
        say("Bought by", of.commission.buyer_name.as_str().to_owned());
    }
    let named = of.quote.is_some() || of.commission.provider().is_some();
    if of.party != Party::Provider && named {
        say("Provided by", provider(of));
    }
    if let Some((quote, terms)) = &of.quote {
        lines.extend(of_quote(of, quote, terms));
    } else if let Some(part) = &of.part {
        lines.extend(of_part(of, part, told.kind));
    }
    if let Some(visit) = &of.visit {
        lines.push(("Visit".to_owned(), said::day(visit.visited_on)));
        lines.push(("Who came".to_owned(), format!("{}, {}", visit.who, counted(visit.minutes, "minute"))));
    }
    if told.kind == Kind::CommissionCancelled {
        let of = &of.commission;
        let amounts = [("Paid for", of.settled), ("Still set aside", of.held)];
        let amounts = amounts.into_iter().filter(|(_, amount)| !amount.is_zero());
        lines.extend(amounts.map(|(label, amount)| (label.to_owned(), said::credits(amount))));
    }
    if waits(told, of, now) {
        lines.extend(until(told, of));
    }
    lines
}

/// A quote: its price, who gets what of it, and its parts.
fn of_quote(of: &Recalled, quote: &Quote, terms: &[Terms]) -> Lines {
    let mut lines = vec![("Price".to_owned(), said::credits(quote.price))];
    let cost = quote.brokerage().cost(quote.price);
    if of.party == Party::Buyer && cost != quote.price {
        lines.push(("Costs you".to_owned(), said::credits(cost)));
    }
    let paid = quote.brokerage().paid(Credits::ZERO, quote.price);
    if !quote.varies && !paid.hub.is_zero() {
        lines.extend(shares(of.party, paid.provider, paid.hub, Credits::ZERO));
    }
    let part = |terms: &Terms| {
        let what = format!("{}: {}, due on {}", terms.title, said::credits(terms.price), said::day(terms.due_on));
        (format!("Part {}", terms.number), what)
    };
    lines.extend(terms.iter().take(PARTS).map(part));
    if terms.len() > PARTS {
        lines.push((String::new(), format!("and {} more", terms.len() - PARTS)));
    }
    lines
}

/// A part: its price, what was delivered, and who gets what of it.
fn of_part(of: &Recalled, part: &Milestone, kind: Kind) -> Lines {
    let terms = &part.terms;
    let mut lines = vec![
        ("Part".to_owned(), format!("{}. {}", terms.number, terms.title)),
        ("Due on".to_owned(), said::day(terms.due_on)),
        ("Price".to_owned(), said::credits(terms.price)),
    ];
    if let Some(offer) = of.offer().filter(|_| kind == Kind::SplitOffered) {
        lines.push(("Offered".to_owned(), said::credits(offer)));
    }
    let asked = matches!(kind, Kind::MilestoneDelivered | Kind::MilestoneAnswerDue);
    if let Some(claimed) = part.claimed.filter(|_| asked) {
        lines.push(("Delivered".to_owned(), said::credits(claimed)));
    }
    let known = matches!(kind, Kind::MilestoneAccepted | Kind::SplitOffered | Kind::DisputeResolved);
    if asked || known {
        lines.extend(shares(of.party, of.comes_to.provider, of.comes_to.hub, of.comes_to.back));
    }
    lines
}

/// Who gets what.
fn shares(party: Party, provider: Credits, hub: Credits, back: Credits) -> Lines {
    let whom = |label: &'static str, own: &'static str, is_own: bool| if is_own { own } else { label };
    let mut lines =
        vec![(whom("To the provider", "To you", party == Party::Provider).to_owned(), said::credits(provider))];
    let others = [("To the hub", hub), (whom("Back to the buyer", "Back to you", party == Party::Buyer), back)];
    let others = others.into_iter().filter(|(_, amount)| !amount.is_zero());
    lines.extend(others.map(|(label, amount)| (label.to_owned(), said::credits(amount))));
    lines
}

/// Until when something can be done.
fn until(told: &Told, of: &Recalled) -> Option<(String, String)> {
    let (label, until) = match told.kind {
        Kind::CommissionRequested => ("Quote by", said::day(of.commission.answer_by)),
        Kind::CommissionQuoted | Kind::AgreementWaiting | Kind::VariationProposed => {
            ("Agree by", said::day(of.live_quote()?.valid_until))
        }
        Kind::MilestoneDelivered | Kind::MilestoneAnswerDue => {
            ("Counts as accepted after", said::deadline(told.due_at?))
        }
        Kind::MilestoneDisputed | Kind::CaseStated | Kind::SplitOffered => {
            ("Cases can be stated until", said::deadline(of.dispute.as_ref()?.cases_until))
        }
        _ => return None,
    };
    Some((label.to_owned(), until))
}

/// What the other side wrote, or the hub.
pub(super) fn written(told: &Told, facts: &Facts) -> Vec<Paragraph> {
    let prose = match facts {
        Facts::None | Facts::Statement(_) | Facts::Draft(_) => None,
        Facts::Conversation(conversation, message) => match told.kind {
            Kind::ConversationComplained => conversation.complaint.as_ref(),
            Kind::ComplaintAnswered => conversation.answer.as_ref(),
            _ => message.as_ref().map(|message| &message.text),
        },
        Facts::Commission(of) => of_commission(told.kind, of),
    };
    prose.map(|prose| paragraphs(prose.as_str())).unwrap_or_default()
}

fn of_commission(kind: Kind, of: &Recalled) -> Option<&Prose> {
    let (part, dispute) = (of.part.as_ref(), of.dispute.as_ref());
    match kind {
        Kind::CommissionRequested => Some(&of.commission.brief),
        Kind::CommissionAsked => of.question.as_ref().map(|question| &question.text),
        Kind::CommissionQuoted | Kind::AgreementWaiting | Kind::VariationProposed => {
            of.quote.as_ref().map(|(quote, _)| &quote.note)
        }
        Kind::MilestoneDelivered | Kind::MilestoneAnswerDue => part?.delivery_note.as_ref(),
        Kind::MilestoneNotYet => part?.missing.as_ref(),
        Kind::MilestoneDisputed => dispute.map(|dispute| &dispute.reason),
        Kind::CaseStated if by_buyer(kind, of) => dispute?.buyer_case.as_ref(),
        Kind::CaseStated => dispute?.provider_case.as_ref(),
        Kind::VisitRecorded => of.visit.as_ref().map(|visit| &visit.done),
        _ => None,
    }
}

/// What a letter about a part is about, in its subject: `Help with phonics, part 2`.
pub(super) fn part_of(facts: &Facts, title: Option<&Line>) -> Option<String> {
    let Facts::Commission(of) = facts else { return None };
    Some(format!("{}, part {}", title?, of.part.as_ref()?.terms.number))
}
