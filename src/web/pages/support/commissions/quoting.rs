//! Drafting a quote, or a change of what was agreed.

use askama::Template;

use super::list::members;
use super::next::{Who, base};
use super::show::who;
use super::views::{TermsRow, shares};
use crate::base::clock::london_date;
use crate::base::ids::{PartnerId, SchoolId};
use crate::base::text::{Day, Line, Prose};
use crate::support::commissions::{
    self, Commission, Foreseen, Milestone, MilestoneState, NewMilestone, NewQuote, Party, State,
};
use crate::support::rate_card;
use crate::web::call::{Call, Caller};
use crate::web::in_sight::{self, reach};
use crate::web::pages::form::{Filled, Form, Whole};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::Reply;
use crate::web::roles::SUPPORT;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/support/commissions/{id}/quote", SUPPORT, begin);
    pages.post("/support/commissions/{id}/quote", SUPPORT, quote);
}

/// How many parts can be filled in, besides those that are.
const BLANK: usize = 3;

/// The names of the fields of a part.
struct Part {
    number: usize,
    open: bool,
    title: String,
    done_when: String,
    due_on: String,
    days: String,
    day_rate: String,
    half_day_rate: String,
    price: String,
    reference: String,
}

#[derive(Template)]
#[template(path = "pages/support/commissions/quote_form.html")]
struct Page {
    shell: Shell,
    filled: Filled,
    path: String,
    title: String,
    buyer: String,
    brief: String,
    varies: bool,
    for_hub: bool,
    for_buyer: bool,
    providers: Vec<(String, String)>,
    specialists: Vec<(String, String)>,
    keeps: Option<(String, String)>,
    parts: Vec<Part>,
    /// What a day and half a day cost where a part says nothing else.
    day_hint: String,
    half_day_hint: String,
    /// What the quote would come to, once that was asked for.
    total: Option<Total>,
}

/// What a quote would come to, before it is sent.
struct Total {
    parts: Vec<TermsRow>,
    price: String,
    /// What the buyer would pay, where that is more.
    cost: Option<String>,
    /// What of the price the hub would keep and the provider get, where that is not all.
    shares: Option<(String, String)>,
    /// The price, and what of it the provider gets, as the form sends them back, so that no others are sent unseen.
    seen: String,
}

impl Total {
    fn of(of: &Foreseen) -> Total {
        Total {
            parts: of.milestones.iter().map(TermsRow::of).collect(),
            price: words::credits(of.price),
            cost: (of.cost != of.price).then(|| words::credits(of.cost)),
            shares: shares(of.brokerage, of.settled, of.price),
            // The hub's part is of the rate card, which may change meanwhile.
            seen: format!("{}/{}", of.price, of.brokerage.paid(of.settled, of.price).provider),
        }
    }
}

async fn begin(call: Call) -> Answer {
    let caller = call.allow()?;
    let mut tx = caller.read().await?;
    let of = in_sight::commission(&caller, &mut tx).await?;
    let milestones = match of.state {
        State::Agreed => commissions::milestones(&mut tx, caller.hub(), of.id).await?,
        _ => Vec::new(),
    };
    drop(tx);
    let open: Vec<&Milestone> = milestones.iter().filter(|milestone| milestone.state == MilestoneState::Open).collect();
    quote_page(&caller, filled(&of, &open), open.len().max(1), None).await
}

/// A form with what is agreed and still to be delivered.
fn filled(of: &Commission, open: &[&Milestone]) -> Filled {
    let mut filled =
        Filled::with([("notice_days", of.notice_days.to_string()), ("kept_percent", of.kept_percent.to_string())]);
    for (at, milestone) in open.iter().enumerate() {
        let terms = &milestone.terms;
        let amount = |amount: Option<crate::base::credits::Credits>| amount.map_or(String::new(), |it| it.to_string());
        let fixed = terms.half_days.is_none().then_some(terms.price);
        for (field, value) in [
            ("title", terms.title.as_str().to_owned()),
            ("done_when", terms.done_when.as_str().to_owned()),
            ("due_on", terms.due_on.to_string()),
            ("days", terms.half_days.map_or(String::new(), |days| days.to_string())),
            ("day_rate", amount(terms.day_rate)),
            ("half_day_rate", amount(terms.half_day_rate)),
            ("price", amount(fixed)),
            ("reference", terms.reference.as_ref().map_or(String::new(), |one| one.as_str().to_owned())),
        ] {
            filled = filled.and(format!("milestones/{at}/{field}"), vec![value]);
        }
    }
    filled
}

async fn quote_page(caller: &Caller, filled: Filled, parts: usize, total: Option<Total>) -> Answer {
    let mut tx = caller.read().await?;
    let of = in_sight::commission(caller, &mut tx).await?;
    let Who { party, .. } = who(caller, &of)?;
    let card = rate_card::current(&mut tx, caller.hub()).await?;
    let chooses = party == Some(Party::Hub) && of.provider().is_none();
    let providers = match chooses {
        true => {
            let (schools, partners) = members(caller, &mut tx).await?;
            let schools = schools.into_iter().map(|(id, name)| (format!("school:{id}"), name));
            schools.chain(partners.into_iter().map(|(id, name)| (format!("partner:{id}"), name))).collect()
        }
        false => Vec::new(),
    };
    let (day_hint, half_day_hint) = hints(commissions::rates_of_offer(&mut tx, caller.hub(), &of).await?);
    drop(tx);
    let none = (String::new(), "Say the rate of each part".to_owned());
    let specialists = card.lines.iter().map(|rate| {
        let words = format!("{}: {} a day", rate.specialist_kind, words::amount(rate.full_day));
        (rate.specialist_kind.as_str().to_owned(), words)
    });
    let varies = of.state == State::Agreed;
    let title = if varies { "Propose a change" } else { "Quote" };
    let template = Page {
        shell: Shell::of(caller, title, "/support").await?,
        filled,
        path: base(&of),
        title: of.title.as_str().to_owned(),
        buyer: of.buyer_name.as_str().to_owned(),
        brief: of.brief.as_str().to_owned(),
        varies,
        for_hub: party == Some(Party::Hub),
        for_buyer: party == Some(Party::Buyer),
        providers,
        specialists: std::iter::once(none).chain(specialists).collect(),
        keeps: card.brokerage.filter(|_| !varies).map(|of| (words::amount(of.share), words::credits(of.of))),
        parts: (0..parts + BLANK).map(|at| Part::at(at, at < parts.max(1))).collect(),
        day_hint,
        half_day_hint,
        total,
    };
    page(caller, &template).await
}

/// What a day and half a day cost where a part leaves them empty, in words.
fn hints(of_offer: Option<commissions::Rates>) -> (String, String) {
    match of_offer {
        Some((day, half_day)) => (
            format!("Left empty, the offer’s: {}.", words::credits(day)),
            format!(
                "Left empty, the offer’s: {}. Half of the day, where you say what a day costs.",
                words::credits(half_day)
            ),
        ),
        None => (
            "Left empty, the rate card’s for the kind of specialist.".to_owned(),
            "Left empty, the rate card’s for the kind of specialist. Half of the day, where you say what a day costs."
                .to_owned(),
        ),
    }
}

impl Part {
    fn at(at: usize, open: bool) -> Part {
        let name = |field: &str| format!("milestones/{at}/{field}");
        Part {
            number: at + 1,
            open,
            title: name("title"),
            done_when: name("done_when"),
            due_on: name("due_on"),
            days: name("days"),
            day_rate: name("day_rate"),
            half_day_rate: name("half_day_rate"),
            price: name("price"),
            reference: name("reference"),
        }
    }
}

/// What stands in the form.
#[derive(eserde::Deserialize)]
struct Fields {
    provider_school_id: Option<SchoolId>,
    provider_partner_id: Option<PartnerId>,
    specialist: Option<Line>,
    specialist_kind: Option<Line>,
    note: Option<Prose>,
    valid_until: Day,
    notice_days: Option<Whole>,
    kept_percent: Option<Whole>,
    milestones: Option<Vec<NewMilestone>>,
}

impl From<Fields> for NewQuote {
    fn from(fields: Fields) -> NewQuote {
        NewQuote {
            provider_school_id: fields.provider_school_id,
            provider_partner_id: fields.provider_partner_id,
            specialist: fields.specialist,
            specialist_kind: fields.specialist_kind,
            note: fields.note.unwrap_or_default(),
            valid_until: fields.valid_until,
            notice_days: fields.notice_days.map_or(0, |days| days.0),
            kept_percent: fields.kept_percent.map_or(0, |percent| percent.0),
            milestones: fields.milestones.unwrap_or_default(),
        }
    }
}

/// First it is said what the quote comes to; with the second button it is sent, unless it comes to something else by then.
async fn quote(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    let form = form.without_blank_rows("milestones");
    let parts = form.rows("milestones").max(1);
    let sent = async {
        let sorts = [("school", "provider_school_id"), ("partner", "provider_partner_id")];
        let new: NewQuote = form.with_choice("provider", &sorts).read::<Fields>()?.into();
        let total = total(&caller, &new).await?;
        let (id, reach) = (caller.id("id")?, reach(&caller)?);
        if !form.has("sure") || form.text("seen") != total.seen {
            caller.tried(async |journal| Ok(commissions::quote(journal, reach, id, &new).await?)).await?;
            return quote_page(&caller, form.typed(), parts, Some(total)).await;
        }
        caller
            .write(form.bytes(), async |journal| {
                let quoted = commissions::quote(journal, reach, id, &new).await?;
                let done = if quoted.quote.varies { "change-proposed" } else { "quoted" };
                Ok(Reply::see(&format!("/support/commissions/{id}?done={done}")))
            })
            .await
    };
    match sent.await {
        Ok(done) => Ok(done),
        Err(problem) => quote_page(&caller, form.again(problem)?, parts, None).await,
    }
}

async fn total(caller: &Caller, new: &NewQuote) -> Result<Total, Problem> {
    let mut tx = caller.read().await?;
    let of = in_sight::commission(caller, &mut tx).await?;
    let foreseen = commissions::foresee(&mut tx, caller.hub(), london_date(caller.now()), &of, new).await?;
    Ok(Total::of(&foreseen))
}
