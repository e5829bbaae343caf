//! The page of a statement: what was earned, and what was paid of it. For the hub, and for the partner it is about.

use askama::Template;

use super::labelled::pounds;
use crate::credits::settlements::{self, Payment, PaymentState, SettledLine, State};
use crate::members::people::Role;
use crate::web::call::Call;
use crate::web::in_sight;
use crate::web::pages::labels::Labelled;
use crate::web::pages::list_query::{asked_for, place_after};
use crate::web::pages::named::Names;
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::Answer;
use crate::web::reply::{Limit, next_page};
use crate::web::roles::HUB_AND_PARTNERS;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/settlements/{id}", HUB_AND_PARTNERS, show);
}

#[derive(Default, eserde::Deserialize)]
struct Query {
    after: Option<String>,
}

struct LineRow {
    day: String,
    what_for: String,
    credits: String,
    value: String,
    pounds: String,
}

struct PaymentRow {
    day: String,
    reference: String,
    credits: String,
    pounds: String,
    state: &'static str,
    tone: &'static str,
    by: String,
    reverse: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/partners/settlement.html")]
struct Page {
    shell: Shell,
    path: String,
    files: String,
    back: (&'static str, &'static str),
    number: i64,
    partner: String,
    state: &'static str,
    tone: &'static str,
    up_to: String,
    made: String,
    by: String,
    cancelled: Option<String>,
    credits: String,
    pounds: String,
    paid: String,
    left: String,
    lines: Vec<LineRow>,
    later: Option<String>,
    payments: Vec<PaymentRow>,
    pays: bool,
    cancels: bool,
    manages: bool,
}

async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { after } = asked_for(&caller)?;
    let (limit, after) = (Limit::default(), place_after(&caller, after.as_deref()));
    let mut tx = caller.read().await?;
    let (of, hub) = (in_sight::settlement(&caller, &mut tx).await?, caller.hub());
    let mut lines = settlements::lines(&mut tx, hub, of.id, after, limit.and_one()).await?;
    let payments = settlements::payments(&mut tx, hub, of.id, None, i64::MAX).await?;
    let who = [of.stated_by, of.cancelled_by].into_iter().chain(payments.iter().map(|one| one.paid_by));
    let names = Names::of(&caller, &mut tx, who).await?;
    drop(tx);
    let next = next_page(&mut lines, limit, caller.uri(), |last| last.sequence);
    let manages = caller.role() == Role::HubManager;
    let (here, back) = match caller.role() {
        Role::Partner => ("/partner/settlements", ("/partner/settlements", "What we are owed")),
        _ => ("/partners", ("/settlements", "Statements")),
    };
    let because = of.cancelled_because.as_ref().map(|because| because.as_str().to_owned());
    let template = Page {
        shell: Shell::of(&caller, format!("Statement {}", of.number), here).await?,
        path: format!("/settlements/{}", of.id),
        files: format!("/files/settlements/{}", of.id),
        back,
        number: of.number,
        partner: of.partner_name.as_str().to_owned(),
        state: of.state.label(),
        tone: of.state.tone(),
        up_to: words::day(of.up_to),
        made: words::day_of(of.stated_at),
        by: names.name(of.stated_by).to_owned(),
        cancelled: of.cancelled_at.map(|at| format!("{}: {}", words::day_of(at), because.unwrap_or_default())),
        credits: words::amount(of.credits),
        pounds: pounds(of.pence),
        paid: pounds(of.pence_paid),
        left: pounds(of.pence - of.pence_paid),
        lines: lines.iter().map(LineRow::of).collect(),
        later: next,
        payments: payments.iter().map(|payment| PaymentRow::of(payment, &names, manages)).collect(),
        pays: manages && matches!(of.state, State::Stated | State::PartPaid),
        cancels: manages && of.state == State::Stated,
        manages,
    };
    page(&caller, &template).await
}

impl LineRow {
    fn of(of: &SettledLine) -> LineRow {
        LineRow {
            day: words::short_day(of.earned_on),
            what_for: of.what_for.clone(),
            credits: words::amount(of.credits),
            value: pounds(of.credit_value_pence),
            pounds: pounds(of.pence),
        }
    }
}

impl PaymentRow {
    fn of(of: &Payment, names: &Names, manages: bool) -> PaymentRow {
        let reverses = manages && of.state == PaymentState::Paid;
        PaymentRow {
            day: words::short_day(of.paid_on),
            reference: of.bank_reference.as_str().to_owned(),
            credits: words::amount(of.credits),
            pounds: pounds(of.pence),
            state: of.state.label(),
            tone: of.state.tone(),
            by: names.name(of.paid_by).to_owned(),
            reverse: reverses.then(|| format!("/reversals/{}", of.transaction_id)),
        }
    }
}
