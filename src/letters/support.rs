//! What happened to a commission, in one sentence: with the other side, the part, the credits, and the day that counts.

use askama::Template;
use chrono::{DateTime, Utc};

use crate::base::credits::Credits;
use crate::base::said;
use crate::base::text::Line;
use crate::messages::notices::{Kind, Told};
use crate::support::commissions::{MilestoneState, Party, QuoteState, Recalled, State};

/// A notice of a commission in one sentence or a few, for one of its sides or the hub.
#[derive(Template)]
#[template(path = "letters/support.txt", escape = "none")]
pub(super) struct Support {
    kind: Kind,
    buys: bool,
    provides: bool,
    /// Whether what it asks of them still waits for them.
    waits: bool,
    title: String,
    state: State,
    open: bool,
    buyer: String,
    /// Whoever provides, or quoted.
    provider: String,
    /// The name of the side that did it: of a change that was proposed, a question that was written, a dispute or a case.
    author: String,
    /// Whether the buyer is that side; and whether it is the reader's own.
    by_buyer: bool,
    by_own: bool,
    /// The part in words, with its number.
    part: String,
    part_state: Option<MilestoneState>,
    /// The price of the part, or of the quote.
    price: String,
    /// What the buyer pays by the quote, or paid in all.
    cost: String,
    /// What was delivered is worth.
    claimed: String,
    /// What of the price the other side would settle for.
    offer: String,
    /// What the provider gets, and what the hub keeps and goes back, where that is something.
    gets: String,
    keeps: Option<String>,
    back: Option<String>,
    varies: bool,
    quote_state: Option<QuoteState>,
    /// Whether the buyer's second person is still to agree.
    second: bool,
    /// Whether another quote was agreed with this.
    another: bool,
    /// Until when it can be done, or was to be.
    until: String,
    /// Why it was ended or so decided.
    because: String,
    /// Whether nobody answered, and whether both sides were heard.
    silent: bool,
    heard: bool,
    /// Whether the reader's side has stated its case.
    own_case: bool,
    /// Whether the dispute is over.
    over: bool,
    /// The day of a visit, and who came.
    visit: String,
}

impl Support {
    /// What somebody was told, as it stands now.
    pub(super) fn of(told: &Told, of: &Recalled, now: DateTime<Utc>) -> Support {
        let (commission, quote) = (&of.commission, of.quote.as_ref().map(|(quote, _)| quote));
        let credits = |amount: Option<Credits>| amount.map(said::credits).unwrap_or_default();
        let some = |amount: Credits| (!amount.is_zero()).then(|| said::credits(amount));
        let brokerage = quote.map_or(commission.brokerage(), |quote| quote.brokerage());
        let quoted = quote.map(|quote| brokerage.paid(Credits::ZERO, quote.price));
        let (gets, keeps) = quoted.map_or((of.comes_to.provider, of.comes_to.hub), |paid| (paid.provider, paid.hub));
        let part = of.part.as_ref();
        let by_buyer = by_buyer(told.kind, of);
        let provider = provider(of);
        let buyer = commission.buyer_name.as_str().to_owned();
        Support {
            kind: told.kind,
            buys: of.party == Party::Buyer,
            provides: of.party == Party::Provider,
            waits: waits(told, of, now),
            title: commission.title.as_str().to_owned(),
            state: commission.state,
            open: commission.is_open,
            author: if by_buyer { buyer.clone() } else { author(of, &provider) },
            by_buyer,
            by_own: of.dispute.is_some() && of.party != Party::Hub && by_buyer == (of.party == Party::Buyer),
            buyer,
            provider,
            part: part_in_words(of),
            part_state: part.map(|part| part.state),
            price: credits(quote.map(|quote| quote.price).or(part.map(|part| part.terms.price))),
            cost: credits(
                quote.map(|quote| quote.price).or(Some(commission.settled)).map(|price| brokerage.cost(price)),
            ),
            claimed: credits(part.map(|part| part.claimed.unwrap_or(part.terms.price))),
            offer: credits(of.offer()),
            gets: said::credits(gets),
            keeps: some(keeps),
            back: some(of.comes_to.back),
            varies: quote.is_some_and(|quote| quote.varies) || told.kind == Kind::VariationProposed,
            quote_state: quote.map(|quote| quote.state),
            second: quote.is_some_and(|quote| quote.buyer_agreed_at.is_some() && quote.provider_agreed_at.is_some()),
            another: commission.agreed_at == Some(told.told_at),
            until: until(told, of),
            because: because(told.kind, of),
            silent: part.is_some_and(|part| part.answered_by.is_none()),
            heard: of.dispute.as_ref().is_some_and(|dispute| dispute.is_heard(now)),
            own_case: of.dispute.as_ref().is_some_and(|dispute| match of.party {
                Party::Buyer => dispute.buyer_case.is_some(),
                Party::Provider | Party::Hub => dispute.provider_case.is_some(),
            }),
            over: of.dispute.as_ref().is_some_and(|dispute| dispute.resolved_at.is_some()),
            visit: of.visit.as_ref().map(|it| format!("{}: {}", said::day(it.visited_on), it.who)).unwrap_or_default(),
        }
    }
}

/// Whoever provides: as the quote says, or the commission.
pub(super) fn provider(of: &Recalled) -> String {
    let quoted = of.quote.as_ref().map(|(quote, _)| &quote.provider_name);
    let named = quoted.or(of.commission.provider_name.as_ref());
    named.map_or("the provider", Line::as_str).to_owned()
}

/// Whether it was the buyer who did it.
pub(super) fn by_buyer(kind: Kind, of: &Recalled) -> bool {
    match (kind, &of.dispute, &of.question, &of.quote) {
        (Kind::MilestoneDisputed, Some(dispute), ..) => dispute.side == Party::Buyer,
        // A side is told of what the other stated.
        (Kind::CaseStated, ..) if of.party != Party::Hub => of.party == Party::Provider,
        // Whoever raised it has a case from the start: what was stated since is the other's, where the other has one.
        (Kind::CaseStated, Some(dispute), ..) => {
            let (other, raised) = match dispute.side {
                Party::Buyer => (&dispute.provider_case, true),
                Party::Provider | Party::Hub => (&dispute.buyer_case, false),
            };
            if other.is_some() { !raised } else { raised }
        }
        (_, _, Some(question), _) => question.side == Party::Buyer,
        (_, _, _, Some((quote, _))) => quote.buyer_agreed_at == Some(quote.quoted_at),
        _ => false,
    }
}

/// The name of whoever did it, where it was not the buyer: the hub, where it proposed what neither side has agreed to.
fn author(of: &Recalled, provider: &str) -> String {
    let of_hub = of.quote.as_ref().is_some_and(|(quote, _)| quote.provider_agreed_at != Some(quote.quoted_at));
    match &of.asker {
        Some(asker) => asker.as_str().to_owned(),
        None if of_hub => "The hub".to_owned(),
        None => provider.to_owned(),
    }
}

/// The part in words: `“Two days” (part 1 of “Help with phonics”)`; where it is not known which, `a part of “…”`.
fn part_in_words(of: &Recalled) -> String {
    let title = &of.commission.title;
    match &of.part {
        Some(part) => format!("“{}” (part {} of “{title}”)", part.terms.title, part.terms.number),
        None => format!("a part of “{title}”"),
    }
}

/// Whether what it asks of them still waits for them.
pub(super) fn waits(told: &Told, of: &Recalled, now: DateTime<Utc>) -> bool {
    match told.kind {
        Kind::CommissionRequested => {
            let state = of.commission.state;
            if of.commission.is_open { state.is_sought() } else { state == State::Requested }
        }
        Kind::CommissionQuoted | Kind::AgreementWaiting | Kind::VariationProposed => match of.quote {
            Some(_) => of.live_quote().is_some(),
            None => told.became.is_none(),
        },
        Kind::MilestoneDelivered | Kind::MilestoneAnswerDue => told.became.is_none() && !told.is_over(now),
        Kind::MilestoneDisputed | Kind::CaseStated | Kind::SplitOffered => {
            of.dispute.as_ref().is_none_or(|dispute| dispute.resolved_at.is_none()) && !told.is_over(now)
        }
        _ => false,
    }
}

/// Until when it can be done, or was to be.
fn until(told: &Told, of: &Recalled) -> String {
    match (told.kind, &of.quote, told.due_at) {
        (Kind::CommissionRequested | Kind::CommissionExpired, ..) => said::day(of.commission.answer_by),
        (_, Some((quote, _)), _) => said::day(quote.valid_until),
        (_, None, Some(due)) => said::deadline(due),
        (_, None, None) => String::new(),
    }
}

/// Why it was ended, or so decided.
fn because(kind: Kind, of: &Recalled) -> String {
    let because = match kind {
        Kind::DisputeResolved => of.dispute.as_ref().and_then(|dispute| dispute.decision.as_ref()),
        Kind::CommissionWithdrawn | Kind::CommissionDeclined | Kind::CommissionCancelled => {
            of.commission.ended_because.as_ref()
        }
        _ => None,
    };
    because.map(|because| because.as_str().to_owned()).unwrap_or_default()
}
