//! How the price of a disputed part is divided: as a side offers, as the other agrees, or as the hub decides. What the
//! provider gets, the hub keeps and the buyer has back is shown before anything is sent, and holds or nothing is done.

use askama::Template;

use super::milestones::{found, of, see};
use super::next::base;
use super::show::who;
use super::views::MilestoneView;
use crate::base::credits::Credits;
use crate::base::text::Line;
use crate::support::commissions::disputes::{self, Split};
use crate::support::commissions::{self, Acceptance, Commission, Dispute, Milestone, Move, Party, Refusal};
use crate::support::rate_card::BorneBy;
use crate::web::call::{Call, Caller};
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
use crate::web::roles::{MANAGER, SUPPORT};

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/support/commissions/{id}/milestones/{number}/offer-split", SUPPORT, ask_offer);
    pages.post("/support/commissions/{id}/milestones/{number}/offer-split", SUPPORT, offer);
    pages.get("/support/commissions/{id}/milestones/{number}/agree-split", SUPPORT, ask_agree);
    pages.post("/support/commissions/{id}/milestones/{number}/agree-split", SUPPORT, agree);
    pages.get("/support/commissions/{id}/milestones/{number}/resolve", MANAGER, ask_resolve);
    pages.post("/support/commissions/{id}/milestones/{number}/resolve", MANAGER, resolve);
}

/// What is done about the division.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Offer,
    Agree,
    Resolve,
}

impl What {
    fn word(self) -> &'static str {
        match self {
            What::Offer => "offer-split",
            What::Agree => "agree-split",
            What::Resolve => "resolve",
        }
    }

    fn title(self) -> &'static str {
        match self {
            What::Offer => "Offer to settle",
            What::Agree => "Agree to settle",
            What::Resolve => "Decide the dispute",
        }
    }
}

/// What a division comes to.
struct Total {
    paid: String,
    to_provider: String,
    to_hub: Option<String>,
    back: String,
    /// Whether the other side has offered the same, so that the dispute ends with it.
    ends: bool,
    /// The figures as the form sends them back, so that no others are sent unseen.
    seen: String,
}

impl Total {
    fn of(paid: Credits, of: &Acceptance, ends: bool) -> Total {
        Total {
            paid: words::credits(paid),
            to_provider: words::credits(of.provider),
            to_hub: (!of.hub.is_zero()).then(|| words::credits(of.hub)),
            back: words::credits(of.back),
            ends,
            seen: seen(of),
        }
    }
}

/// What a page has shown of a division, as its form sends it back.
fn seen(of: &Acceptance) -> String {
    format!("{}/{}/{}", of.provider, of.hub, of.back)
}

#[derive(Template)]
#[template(path = "pages/support/commissions/split.html")]
struct Page {
    shell: Shell,
    filled: Filled,
    path: String,
    here: String,
    what: &'static str,
    title: String,
    milestone: MilestoneView,
    buys: bool,
    provides: bool,
    /// The hub's part, of how much, and whether the provider bears it.
    keeps: Option<(String, String, bool)>,
    /// What the other side would settle for.
    offered: Option<Credits>,
    total: Option<Total>,
}

/// What is divided, as it stands now.
struct Divided {
    of: Commission,
    milestone: Milestone,
    dispute: Option<Dispute>,
    moves: Vec<Move>,
    party: Option<Party>,
}

impl Divided {
    async fn of(caller: &Caller) -> Result<Divided, Problem> {
        let mut tx = caller.read().await?;
        let (of, milestone) = found(caller, &mut tx).await?;
        let all = disputes::list(&mut tx, caller.hub(), of.id).await?;
        let dispute = all.into_iter().find(|dispute| dispute.milestone == milestone.terms.number);
        let moves = commissions::moves(&mut tx, caller.hub(), of.id).await?;
        Ok(Divided { party: who(caller, &of)?.party, of, milestone, dispute, moves })
    }

    /// What the other side would settle for, while the dispute goes on.
    fn offered(&self) -> Option<Credits> {
        let other = match self.party? {
            Party::Buyer => Party::Provider,
            Party::Provider => Party::Buyer,
            Party::Hub => return None,
        };
        self.dispute.as_ref().filter(|dispute| dispute.resolved_at.is_none())?.offer_of(other)
    }

    /// What settling for so much comes to.
    fn settling(&self, paid: Credits) -> Result<Acceptance, Problem> {
        Ok(disputes::settling(&self.of, &self.milestone, paid)?)
    }
}

async fn ask_offer(call: Call) -> Answer {
    let caller = call.allow()?;
    show(&caller, Filled::default(), What::Offer, None).await
}

async fn ask_agree(call: Call) -> Answer {
    let caller = call.allow()?;
    show(&caller, Filled::default(), What::Agree, None).await
}

async fn ask_resolve(call: Call) -> Answer {
    let caller = call.allow()?;
    show(&caller, Filled::default(), What::Resolve, None).await
}

/// The page; where there is nothing to agree to any more, that on which something is offered.
async fn show(caller: &Caller, filled: Filled, what: What, total: Option<Total>) -> Answer {
    let divided = Divided::of(caller).await?;
    let offered = divided.offered();
    let what = if what == What::Agree && offered.is_none() { What::Offer } else { what };
    let total = match offered.filter(|_| what == What::Agree) {
        Some(paid) => Some(Total::of(paid, &divided.settling(paid)?, true)),
        None => total,
    };
    let Divided { of, milestone, dispute, moves, party } = divided;
    let mut view = MilestoneView::of(&milestone, who(caller, &of)?, &of, (dispute.as_slice(), &moves));
    view.acts.clear();
    let (share, whole) = (words::amount(of.brokerage_share), words::credits(of.brokerage_of));
    let template = Page {
        shell: Shell::of(caller, what.title(), "/support").await?,
        filled,
        path: base(&of),
        here: format!("{}/milestones/{}", base(&of), milestone.terms.number),
        what: what.word(),
        title: of.title.as_str().to_owned(),
        milestone: view,
        buys: party == Some(Party::Buyer),
        provides: party == Some(Party::Provider),
        keeps: (!of.brokerage_share.is_zero()).then_some((share, whole, of.borne_by == BorneBy::Provider)),
        offered,
        total,
    };
    page(caller, &template).await
}

async fn answered(caller: &Caller, form: &Form, what: What, sent: Answer) -> Answer {
    match sent {
        Ok(done) => Ok(done),
        Err(problem) => show(caller, form.again(problem)?, what, None).await,
    }
}

#[derive(eserde::Deserialize)]
struct Offered {
    to_provider: Credits,
}

/// First it is said what the offer comes to; with the second button it is made, unless it comes to something else by then.
async fn offer(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    let sent = async {
        let (Offered { to_provider }, (id, number, reach)) = (form.read()?, of(&caller)?);
        let divided = Divided::of(&caller).await?;
        let comes_to = divided.settling(to_provider)?;
        let ends = divided.offered() == Some(to_provider);
        if !form.has("sure") || form.text("seen") != seen(&comes_to) {
            return show(&caller, form.typed(), What::Offer, Some(Total::of(to_provider, &comes_to, ends))).await;
        }
        caller
            .write_keyed(form.bytes(), async |journal| {
                let offered = disputes::would_settle(journal, reach, id, number, to_provider, Some(comes_to)).await?;
                Ok(see(id, number, if offered.resolved_at.is_some() { "settled" } else { "split-offered" }))
            })
            .await
    };
    answered(&caller, &form, What::Offer, sent.await).await
}

async fn agree(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    let sent = async {
        let (Offered { to_provider }, (id, number, reach)) = (form.read()?, of(&caller)?);
        let comes_to = Divided::of(&caller).await?.settling(to_provider)?;
        if form.text("seen") != seen(&comes_to) {
            return Err(Refusal::NotAsShown.into());
        }
        caller
            .write_keyed(form.bytes(), async |journal| {
                disputes::agree_to_settle(journal, reach, id, number, (to_provider, comes_to)).await?;
                Ok(see(id, number, "settled"))
            })
            .await
    };
    answered(&caller, &form, What::Agree, sent.await).await
}

/// What stands in the form of a decision.
#[derive(eserde::Deserialize)]
struct Decision {
    to_provider: Credits,
    to_buyer: Credits,
    reason: Line,
}

/// First it is said what the decision comes to; with the second button it is made, unless it comes to something else by then.
async fn resolve(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    let sent = async {
        let (Decision { to_provider, to_buyer, reason }, (id, number, _)) = (form.read()?, of(&caller)?);
        let split = Split { to_provider, to_buyer, reason };
        let Divided { of, milestone, dispute, .. } = Divided::of(&caller).await?;
        let dispute = dispute.ok_or_else(Problem::not_found)?;
        let comes_to = disputes::deciding(&of, &milestone, &dispute, &split, caller.now())?;
        if !form.has("sure") || form.text("seen") != seen(&comes_to) {
            let total = Total::of(to_provider, &comes_to, true);
            return show(&caller, form.typed(), What::Resolve, Some(total)).await;
        }
        caller
            .write_keyed(form.bytes(), async |journal| {
                disputes::resolve(journal, id, number, &split, Some(comes_to)).await?;
                Ok(see(id, number, "resolved"))
            })
            .await
    };
    answered(&caller, &form, What::Resolve, sent.await).await
}
