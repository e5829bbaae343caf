//! The rate card: what specialists are paid unless an offer says otherwise, and what the hub keeps of a commission.

use askama::Template;

use super::rooms::{Room, rooms};
use crate::members::people::Role;
use crate::support::rate_card::{self, BorneBy, Brokerage, NewRate, RateCard};
use crate::web::call::{Call, Caller};
use crate::web::pages::form::{Filled, Form, Whole};
use crate::web::pages::labels::options;
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::Answer;
use crate::web::reply::Reply;
use crate::web::roles::{EVERYONE, MANAGER};

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/support/rate-card", EVERYONE, show);
    pages.get("/support/rate-card/edit", MANAGER, edit);
    pages.post("/support/rate-card/edit", MANAGER, set);
}

struct Row {
    kind: String,
    full_day: String,
    half_day: String,
}

#[derive(Template)]
#[template(path = "pages/support/rate_card.html")]
struct Page {
    shell: Shell,
    rooms: Vec<Room>,
    rows: Vec<Row>,
    brokerage: Option<(String, String)>,
    by_buyer: bool,
    changed: Option<String>,
    sets: bool,
}

async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    let card = rate_card::current(&mut caller.read().await?, caller.hub()).await?;
    let rows = card.lines.iter().map(|rate| Row {
        kind: rate.specialist_kind.as_str().to_owned(),
        full_day: words::amount(rate.full_day),
        half_day: words::amount(rate.half_day),
    });
    let template = Page {
        shell: Shell::of(&caller, "Rate card", "/support").await?,
        rooms: rooms(caller.role(), "/support/rate-card"),
        rows: rows.collect(),
        brokerage: card.brokerage.map(|of| (words::amount(of.share), words::credits(of.of))),
        by_buyer: card.borne_by == BorneBy::Buyer,
        changed: card.changed_at.map(words::day_of),
        sets: caller.role() == Role::HubManager,
    };
    page(&caller, &template).await
}

/// The names of the fields of a line.
struct Line {
    number: usize,
    kind: String,
    full_day: String,
    half_day: String,
}

#[derive(Template)]
#[template(path = "pages/support/rate_card_edit.html")]
struct Edit {
    shell: Shell,
    filled: Filled,
    lines: Vec<Line>,
    borne_by: Vec<(&'static str, &'static str)>,
}

/// How many lines are there to be filled, besides those that are.
const BLANK: usize = 4;

async fn edit(call: Call) -> Answer {
    let caller = call.allow()?;
    let card = rate_card::current(&mut caller.read().await?, caller.hub()).await?;
    let lines = card.lines.len();
    edit_page(&caller, filled(&card), lines).await
}

async fn edit_page(caller: &Caller, filled: Filled, lines: usize) -> Answer {
    let line = |at: usize| Line {
        number: at + 1,
        kind: format!("lines/{at}/specialist_kind"),
        full_day: format!("lines/{at}/full_day"),
        half_day: format!("lines/{at}/half_day"),
    };
    let template = Edit {
        shell: Shell::of(caller, "Change the rate card", "/support").await?,
        filled,
        lines: (0..(lines + BLANK).min(rate_card::MOST_LINES)).map(line).collect(),
        borne_by: options::<BorneBy>(),
    };
    page(caller, &template).await
}

fn filled(card: &RateCard) -> Filled {
    let (share, of) = match card.brokerage {
        Some(Brokerage { share, of }) => (share.to_string(), of.to_string()),
        None => (String::new(), String::new()),
    };
    let mut filled = Filled::with([
        ("version", card.version.to_string()),
        ("brokerage/share", share),
        ("brokerage/of", of),
        ("borne_by", card.borne_by.as_str().to_owned()),
    ]);
    for (at, rate) in card.lines.iter().enumerate() {
        let kind = rate.specialist_kind.as_str().to_owned();
        filled = filled
            .and(format!("lines/{at}/specialist_kind"), vec![kind])
            .and(format!("lines/{at}/full_day"), vec![rate.full_day.to_string()])
            .and(format!("lines/{at}/half_day"), vec![rate.half_day.to_string()]);
    }
    filled
}

#[derive(eserde::Deserialize)]
struct Fields {
    version: Whole,
    lines: Option<Vec<NewRate>>,
    brokerage: Option<Brokerage>,
    borne_by: BorneBy,
}

async fn set(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    let form = form.without_blank_rows("lines");
    let sent = async {
        let Fields { version, lines, brokerage, borne_by } = form.read()?;
        let new = rate_card::NewRateCard { lines: lines.unwrap_or_default(), brokerage, borne_by };
        caller
            .write(form.bytes(), async |journal| {
                rate_card::set(journal, version.0, &new).await?;
                Ok(Reply::see("/support/rate-card?done=saved"))
            })
            .await
    };
    match sent.await {
        Ok(done) => Ok(done),
        Err(problem) => {
            let card = rate_card::current(&mut caller.read().await?, caller.hub()).await?;
            edit_page(&caller, form.again(problem)?.beside(filled(&card)), form.rows("lines")).await
        }
    }
}
