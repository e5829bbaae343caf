//! What is done with a part of a commission: delivered, accepted, sent back, disputed. Each has a page that says what it
//! does, with the figures.

use askama::Template;

use super::next::base;
use super::show::who;
use super::views::MilestoneView;
use crate::base::clock::london_date;
use crate::base::credits::Credits;
use crate::base::db::Tx;
use crate::base::ids::CommissionId;
use crate::base::text::Prose;
use crate::support::commissions::disputes;
use crate::support::commissions::{self, Acceptance, Commission, Delivery, Milestone, Reach};
use crate::web::call::{Call, Caller};
use crate::web::in_sight::{self, reach};
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::Reply;
use crate::web::roles::SUPPORT;

/// Something that is done with a milestone.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    Deliver,
    Accept,
    NotYet,
    Dispute,
    StateCase,
}

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get(What::Deliver.path(), SUPPORT, ask_deliver);
    pages.post(What::Deliver.path(), SUPPORT, deliver);
    pages.get(What::Accept.path(), SUPPORT, ask_accept);
    pages.post(What::Accept.path(), SUPPORT, accept);
    pages.get(What::NotYet.path(), SUPPORT, ask_not_yet);
    pages.post(What::NotYet.path(), SUPPORT, not_yet);
    pages.get(What::Dispute.path(), SUPPORT, ask_dispute);
    pages.post(What::Dispute.path(), SUPPORT, dispute);
    pages.get(What::StateCase.path(), SUPPORT, ask_state_case);
    pages.post(What::StateCase.path(), SUPPORT, state_case);
}

impl What {
    const fn path(self) -> &'static str {
        match self {
            What::Deliver => "/support/commissions/{id}/milestones/{number}/deliver",
            What::Accept => "/support/commissions/{id}/milestones/{number}/accept",
            What::NotYet => "/support/commissions/{id}/milestones/{number}/not-yet",
            What::Dispute => "/support/commissions/{id}/milestones/{number}/dispute",
            What::StateCase => "/support/commissions/{id}/milestones/{number}/state-case",
        }
    }

    fn word(self) -> &'static str {
        self.path().rsplit('/').next().unwrap_or_default()
    }

    fn title(self) -> &'static str {
        match self {
            What::Deliver => "Say that it is delivered",
            What::Accept => "Accept what was delivered",
            What::NotYet => "Say what is missing",
            What::Dispute => "Dispute it",
            What::StateCase => "State your case",
        }
    }
}

#[derive(Template)]
#[template(path = "pages/support/commissions/milestone.html")]
struct Page {
    shell: Shell,
    filled: Filled,
    path: String,
    here: String,
    what: &'static str,
    title: String,
    milestone: MilestoneView,
    /// Whether its day is still to come.
    early: bool,
    by_days: bool,
    /// What the provider says was delivered, or all of it.
    claimed: Credits,
    to_provider: String,
    to_hub: Option<String>,
    /// What leaves the credits that were set aside, where that is more than the provider is paid.
    in_all: String,
    back: Option<String>,
}

async fn ask_deliver(call: Call) -> Answer {
    let caller = call.allow()?;
    show(&caller, Filled::default(), What::Deliver).await
}

async fn ask_accept(call: Call) -> Answer {
    let caller = call.allow()?;
    show(&caller, Filled::default(), What::Accept).await
}

async fn ask_not_yet(call: Call) -> Answer {
    let caller = call.allow()?;
    show(&caller, Filled::default(), What::NotYet).await
}

async fn ask_dispute(call: Call) -> Answer {
    let caller = call.allow()?;
    show(&caller, Filled::default(), What::Dispute).await
}

async fn ask_state_case(call: Call) -> Answer {
    let caller = call.allow()?;
    show(&caller, Filled::default(), What::StateCase).await
}

/// The commission and the milestone of the path, where the caller is one of its sides, or the hub.
pub(super) async fn found(caller: &Caller, tx: &mut Tx) -> Result<(Commission, Milestone), Problem> {
    let of = in_sight::commission(caller, tx).await?;
    who(caller, &of)?.party.ok_or_else(Problem::not_found)?;
    let number = caller.number("number")?;
    let all = commissions::milestones(tx, caller.hub(), of.id).await?;
    let milestone = all.into_iter().find(|milestone| milestone.terms.number == number);
    Ok((of, milestone.ok_or_else(Problem::not_found)?))
}

async fn show(caller: &Caller, filled: Filled, what: What) -> Answer {
    let mut tx = caller.read().await?;
    let (of, milestone) = found(caller, &mut tx).await?;
    let disputes = disputes::list(&mut tx, caller.hub(), of.id).await?;
    let moves = commissions::moves(&mut tx, caller.hub(), of.id).await?;
    drop(tx);
    let Acceptance { provider, hub, back } = commissions::acceptance(&of, &milestone);
    let amount = |amount: Credits| (!amount.is_zero()).then(|| words::credits(amount));
    let mut view = MilestoneView::of(&milestone, who(caller, &of)?, &of, (&disputes, &moves));
    view.acts.clear();
    let template = Page {
        shell: Shell::of(caller, what.title(), "/support").await?,
        filled,
        path: base(&of),
        here: format!("{}/milestones/{}", base(&of), milestone.terms.number),
        what: what.word(),
        title: of.title.as_str().to_owned(),
        milestone: view,
        early: milestone.terms.due_on > london_date(caller.now()),
        by_days: milestone.terms.half_days.is_some(),
        claimed: milestone.claimed.unwrap_or(milestone.terms.price),
        to_provider: words::credits(provider),
        to_hub: amount(hub),
        in_all: words::credits(provider + hub),
        back: amount(back),
    };
    page(caller, &template).await
}

/// The commission and the number of the milestone in the path, and for whom the caller acts.
pub(super) fn of(caller: &Caller) -> Result<(CommissionId, i64, Reach), Problem> {
    Ok((caller.id("id")?, caller.number("number")?, reach(caller)?))
}

pub(super) fn see(id: CommissionId, number: i64, done: &str) -> Reply {
    Reply::see(&format!("/support/commissions/{id}?done={done}#part-{number}"))
}

async fn answered(caller: &Caller, form: &Form, what: What, sent: Answer) -> Answer {
    match sent {
        Ok(done) => Ok(done),
        Err(problem) => show(caller, form.again(problem)?, what).await,
    }
}

async fn deliver(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    let sent = async {
        let (delivery, (id, number, reach)) = (form.read::<Delivery>()?, of(&caller)?);
        caller
            .write(form.bytes(), async |journal| {
                commissions::deliver(journal, reach, id, number, &delivery).await?;
                Ok(see(id, number, "delivered"))
            })
            .await
    };
    answered(&caller, &form, What::Deliver, sent.await).await
}

#[derive(eserde::Deserialize)]
struct Accepted {
    /// What the page has shown to be paid for.
    claimed: Credits,
}

async fn accept(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    let sent = async {
        let (Accepted { claimed }, (id, number, reach)) = (form.read()?, of(&caller)?);
        caller
            .write_keyed(form.bytes(), async |journal| {
                commissions::accept(journal, reach, id, number, Some(claimed)).await?;
                Ok(see(id, number, "accepted"))
            })
            .await
    };
    answered(&caller, &form, What::Accept, sent.await).await
}

#[derive(eserde::Deserialize)]
struct Missing {
    missing: Prose,
}

async fn not_yet(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    let sent = async {
        let (Missing { missing }, (id, number, reach)) = (form.read()?, of(&caller)?);
        caller
            .write(form.bytes(), async |journal| {
                commissions::not_yet(journal, reach, id, number, &missing).await?;
                Ok(see(id, number, "not-yet"))
            })
            .await
    };
    answered(&caller, &form, What::NotYet, sent.await).await
}

#[derive(eserde::Deserialize)]
struct Reason {
    reason: Prose,
}

async fn dispute(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    let sent = async {
        let (Reason { reason }, (id, number, reach)) = (form.read()?, of(&caller)?);
        caller
            .write(form.bytes(), async |journal| {
                disputes::raise(journal, reach, id, number, &reason).await?;
                Ok(see(id, number, "disputed"))
            })
            .await
    };
    answered(&caller, &form, What::Dispute, sent.await).await
}

#[derive(eserde::Deserialize)]
struct Case {
    case: Prose,
}

async fn state_case(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    let sent = async {
        let (Case { case }, (id, number, reach)) = (form.read()?, of(&caller)?);
        caller
            .write(form.bytes(), async |journal| {
                disputes::state_case(journal, reach, id, number, &case).await?;
                Ok(see(id, number, "case-stated"))
            })
            .await
    };
    answered(&caller, &form, What::StateCase, sent.await).await
}
