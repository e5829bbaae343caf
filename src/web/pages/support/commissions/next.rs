//! What is next in a commission: in words, and as what somebody can do about it.

use crate::support::commissions::{
    Commission, Dispute, Milestone, MilestoneState, Party, Provider, Quote, QuoteState, Reach, State,
};
use crate::web::pages::words;

/// Who looks at a commission.
#[derive(Clone, Copy)]
pub(super) struct Who {
    /// For whom they act.
    pub(super) reach: Reach,
    /// Who that is in it.
    pub(super) party: Option<Party>,
    /// Whether they may do anything: a viewer reads.
    pub(super) acts: bool,
}

/// Something that can be done: its page, and its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Act {
    /// The page that says what it will do.
    pub(super) path: String,
    /// What the button says.
    pub(super) name: String,
    /// Whether the commission waits for it.
    pub(super) main: bool,
}

/// What is next.
#[derive(Default)]
pub(super) struct Next {
    /// What is waited for, and until when.
    pub(super) says: Vec<String>,
    /// What can be done.
    pub(super) acts: Vec<Act>,
}

impl Next {
    fn say(&mut self, words: impl Into<String>) {
        self.says.push(words.into());
    }

    fn act(&mut self, path: String, name: impl Into<String>, main: bool) {
        self.acts.push(Act { path, name: name.into(), main });
    }
}

impl Next {
    /// The same without what leads to these pages.
    pub(super) fn without(mut self, pages: &[String]) -> Next {
        self.acts.retain(|act| !pages.contains(&act.path));
        self
    }
}

/// The pages of a commission.
pub(super) fn base(commission: &Commission) -> String {
    format!("/support/commissions/{}", commission.id)
}

/// What is next for somebody, as the commission stands.
pub(super) fn next(
    who: Who,
    of: &Commission,
    quotes: &[Quote],
    (milestones, disputes): (&[Milestone], &[Dispute]),
) -> Next {
    let mut next = Next::default();
    match of.state {
        State::Requested | State::Quoted => sought(&mut next, who, of, quotes),
        State::Agreed => agreed(&mut next, who, of, quotes, (milestones, disputes)),
        State::Completed | State::Cancelled => {
            pending(&mut next, who, of, (milestones, disputes));
            if matches!(who.party, Some(Party::Buyer | Party::Provider)) {
                next.act(format!("{}/review", base(of)), "Say what came of it", next.says.is_empty());
            }
            if next.says.is_empty() {
                next.say("It has ended. A few words on what came of it help the hub.");
            }
        }
        State::Withdrawn | State::Declined | State::Expired => next.say("It has ended without an agreement."),
    }
    if !who.acts {
        next.acts.clear();
    }
    next
}

fn sought(next: &mut Next, who: Who, of: &Commission, quotes: &[Quote]) {
    let live: Vec<&Quote> = quotes.iter().filter(|quote| quote.state == QuoteState::Offered).collect();
    for quote in &live {
        of_quote(next, who, of, quote);
    }
    let (base, by, buyer) = (base(of), words::day(of.answer_by), &of.buyer_name);
    let own = live.iter().any(|quote| theirs(who, quote));
    match who.party {
        Some(Party::Buyer) => {
            if live.is_empty() {
                next.say(format!("Waiting for a quote, until {by}."));
            }
            next.act(format!("{base}/withdraw"), "Withdraw the request", false);
        }
        Some(Party::Hub) => {
            if live.is_empty() {
                next.say(format!("Nobody has quoted yet; quotes can be made until {by}."));
            }
            next.act(format!("{base}/quote"), "Quote for a provider", false);
            next.act(format!("{base}/decline"), "Decline the request", false);
        }
        Some(Party::Provider) | None => {
            if !own {
                let asks = if of.is_open { "asks every school and partner for help" } else { "asks for a quote" };
                next.say(format!("{buyer} {asks}. Quote by {by}."));
            }
            next.act(format!("{base}/quote"), if own { "Quote again" } else { "Quote" }, !own);
            if who.party.is_some() {
                next.act(format!("{base}/decline"), "Decline the request", false);
            }
        }
    }
}

/// Whether a quote is of whoever looks at it.
pub(super) fn theirs(who: Who, quote: &Quote) -> bool {
    match quote.provider() {
        Some(Provider::School(school)) => who.reach == Reach::School(school),
        Some(Provider::Partner(partner)) => who.reach == Reach::Partner(partner),
        None => false,
    }
}

/// What is next with a quote or variation that waits for agreement.
fn of_quote(next: &mut Next, who: Who, of: &Commission, quote: &Quote) {
    let base = format!("{}/quotes/{}", base(of), quote.id);
    let (until, provider) = (words::day(quote.valid_until), &quote.provider_name);
    let what = if quote.varies { "the change of what was agreed" } else { "the quote" };
    let provides = theirs(who, quote);
    let buys = who.party == Some(Party::Buyer);
    let mine = if provides { quote.provider_agreed_at } else { quote.buyer_agreed_at };
    if !provides && !buys {
        next.say(format!("{provider} has quoted {}; it can be agreed until {until}.", words::credits(quote.price)));
        let brokered = quote.buyer_agreed_at.is_none() && quote.provider_agreed_at.is_none();
        if who.party == Some(Party::Hub) && brokered {
            next.act(format!("{base}/withdraw"), format!("Withdraw {what} for {provider}"), false);
        }
        return;
    }
    let other = if provides { &of.buyer_name } else { provider };
    if mine.is_none() {
        let cost = words::credits(quote.brokerage().cost(quote.price));
        next.say(match (quote.varies, provides) {
            (true, _) => format!("A change of what was agreed waits for you: agree or decline by {until}."),
            (false, false) => format!("{provider} offers it for {cost}: agree or decline by {until}."),
            (false, true) => format!("The hub has quoted for you: agree or decline by {until}."),
        });
        next.act(format!("{base}/agree"), format!("Look at {what} and agree"), true);
        next.act(format!("{base}/decline"), format!("Decline {what}"), false);
        return;
    }
    let others = if provides { quote.buyer_agreed_at } else { quote.provider_agreed_at };
    if others.is_none() {
        next.say(format!("Waiting for {other} to agree to {what}, until {until}."));
        if quote.quoted_by.is_some() {
            next.act(format!("{base}/withdraw"), format!("Withdraw {what}"), false);
        }
    } else if buys {
        next.say(format!("A second person of your school must agree to {what}, until {until}."));
        next.act(format!("{base}/agree"), format!("Agree to {what} as the second person"), true);
    } else {
        next.say(format!("Waiting for a second person of {other} to agree to {what}, until {until}."));
    }
}

fn agreed(
    next: &mut Next,
    who: Who,
    of: &Commission,
    quotes: &[Quote],
    (milestones, disputes): (&[Milestone], &[Dispute]),
) {
    pending(next, who, of, (milestones, disputes));
    for quote in quotes.iter().filter(|quote| quote.state == QuoteState::Offered) {
        of_quote(next, who, of, quote);
    }
    let base = base(of);
    if who.party == Some(Party::Provider) {
        next.act(format!("{base}/visits/new"), "Record a visit", false);
    }
    if milestones.iter().any(|milestone| milestone.state == MilestoneState::Open) {
        next.act(format!("{base}/quote"), "Propose a change", false);
    }
    next.act(format!("{base}/cancel"), "Cancel it", false);
}

/// What is next with the milestones that are still to be delivered, answered or decided.
fn pending(next: &mut Next, who: Who, of: &Commission, (milestones, disputes): (&[Milestone], &[Dispute])) {
    for milestone in milestones {
        let (says, acts) = of_milestone(who, of, milestone, disputes);
        next.says.extend(says);
        next.acts.extend(
            acts.into_iter()
                .filter(|act| act.main)
                .map(|act| Act { name: format!("{}: {}", act.name, milestone.terms.title), ..act }),
        );
    }
}

/// What is next with a milestone, and what can be done with it.
pub(super) fn of_milestone(
    who: Who,
    of: &Commission,
    milestone: &Milestone,
    disputes: &[Dispute],
) -> (Option<String>, Vec<Act>) {
    let base = format!("{}/milestones/{}", base(of), milestone.terms.number);
    let act = |what: &str, name: &str, main: bool| Act { path: format!("{base}/{what}"), name: name.to_owned(), main };
    let (title, buyer) = (&milestone.terms.title, &of.buyer_name);
    let provider = of.provider_name.as_ref().map_or("the provider", |name| name.as_str());
    let due = words::day(milestone.terms.due_on);
    let until = milestone.answer_until.map(words::deadline).unwrap_or_default();
    match (milestone.state, who.party) {
        (MilestoneState::Open, Some(Party::Provider)) => (
            Some(format!("Deliver “{title}” by {due}.")),
            vec![act("deliver", "Say that it is delivered", true), act("dispute", "Dispute it", false)],
        ),
        (MilestoneState::Open, Some(Party::Buyer)) => {
            (Some(format!("{provider} is to deliver “{title}” by {due}.")), vec![act("dispute", "Dispute it", false)])
        }
        (MilestoneState::Open, _) => (Some(format!("“{title}” is due on {due}.")), Vec::new()),
        (MilestoneState::Delivered, Some(Party::Buyer)) => (
            Some(format!(
                "“{title}” is delivered: accept it, or say what is missing. It counts as accepted after {until}."
            )),
            vec![
                act("accept", "Accept", true),
                act("not-yet", "Something is missing", false),
                act("dispute", "Dispute it", false),
            ],
        ),
        (MilestoneState::Delivered, Some(Party::Provider)) => (
            Some(format!("Waiting for {buyer} to accept “{title}”. It counts as accepted after {until}.")),
            vec![act("dispute", "Dispute it", false)],
        ),
        (MilestoneState::Delivered, _) => {
            (Some(format!("“{title}” is delivered, and {buyer} has until {until} to answer.")), Vec::new())
        }
        (MilestoneState::Disputed, Some(side @ (Party::Buyer | Party::Provider))) => {
            let other = if side == Party::Buyer { provider } else { buyer.as_str() };
            let disputed = disputed(side, other, milestone, disputes);
            let acts = disputed.acts().into_iter().map(|(what, name, main)| act(what, &name, main)).collect();
            (Some(disputed.says), acts)
        }
        (MilestoneState::Disputed, Some(Party::Hub)) => (
            Some(format!(
                "“{title}” is disputed between {buyer} and {provider}: the hub decides how its price is divided, once both \
                 have stated their case or had ten working days to, unless they settle before."
            )),
            vec![act("resolve", "Decide the dispute", true)],
        ),
        (MilestoneState::Disputed, None) => (None, Vec::new()),
        (MilestoneState::Accepted | MilestoneState::Resolved | MilestoneState::Ended | MilestoneState::Replaced, _) => {
            (None, Vec::new())
        }
    }
}

/// What is next with a disputed milestone for one of its sides.
#[derive(Default)]
struct Disputed {
    says: String,
    /// What the other side would settle for.
    offered: Option<String>,
    /// Whether their side has stated its case.
    stated: bool,
    /// Whether their side has said what it would settle for.
    has_offered: bool,
}

impl Disputed {
    /// What the side can do: where it does it, what the button says, and whether the dispute waits for it.
    fn acts(&self) -> Vec<(&'static str, String, bool)> {
        let agree = self.offered.as_ref().map(|offered| ("agree-split", format!("Agree to {offered}"), true));
        let alone = agree.is_none();
        let offer = ("offer-split", "Offer to settle".to_owned(), alone && self.stated && !self.has_offered);
        let own = if self.stated {
            [offer, ("state-case", "Change your case".to_owned(), false)]
        } else {
            [("state-case", "State your case".to_owned(), alone), offer]
        };
        agree.into_iter().chain(own).collect()
    }
}

/// Where a disputed milestone stands for one of its sides.
fn disputed(side: Party, other: &str, milestone: &Milestone, disputes: &[Dispute]) -> Disputed {
    let begins = format!("“{}” is disputed", milestone.terms.title);
    let dispute = disputes.iter().find(|dispute| dispute.milestone == milestone.terms.number);
    let Some(dispute) = dispute else {
        return Disputed { says: format!("{begins}. The hub decides."), ..Disputed::default() };
    };
    let (own, case) = match side {
        Party::Buyer => (dispute.offer_of(Party::Buyer), &dispute.buyer_case),
        Party::Provider | Party::Hub => (dispute.offer_of(Party::Provider), &dispute.provider_case),
    };
    let theirs = dispute.offer_of(if side == Party::Buyer { Party::Provider } else { Party::Buyer });
    let (price, until) = (words::credits(milestone.terms.price), words::deadline(dispute.cases_until));
    let says = match (theirs, own) {
        (Some(theirs), own) => {
            let own = own.map_or(String::new(), |own| format!(" You have offered {}.", words::credits(own)));
            format!(
                "{begins}: {other} would settle for {} of the price of {price}.{own} Agree to it, or offer something else; \
                 otherwise the hub decides.",
                words::amount(theirs)
            )
        }
        (None, Some(own)) => format!(
            "{begins}: waiting for {other} to agree to the {} that you offered to settle for; otherwise the hub decides.",
            words::credits(own)
        ),
        (None, None) if case.is_none() => {
            format!("{begins}: state your case by {until}, or offer to settle; otherwise the hub decides.")
        }
        (None, None) => {
            format!("{begins}, and your case is stated. You can still offer to settle; otherwise the hub decides.")
        }
    };
    Disputed { says, offered: theirs.map(words::credits), stated: case.is_some(), has_offered: own.is_some() }
}
