//! A school takes the place of another: which one, what would go over, and doing it.

use actix_web::HttpResponse;
use askama::Template;

use super::said::{self, on_form};
use crate::base::clock::london_date;
use crate::base::ids::SchoolId;
use crate::base::text::{Day, Line};
use crate::lifecycle::quote::Quote;
use crate::lifecycle::succession::{self, Clash, Preview};
use crate::members::schools::{self, School};
use crate::web::call::{Call, Caller};
use crate::web::pages::form::{Filled, Form, query};
use crate::web::pages::labels::Labelled;
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::Reply;
use crate::web::roles::MANAGER;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/schools/{id}/manage/succession", MANAGER, show);
    pages.post("/schools/{id}/manage/succession", MANAGER, succeed);
}

#[derive(Default, eserde::Deserialize)]
struct Query {
    successor_id: Option<SchoolId>,
    effective_on: Option<Day>,
}

/// What would go over, in figures and names.
struct GoingOver {
    successor: String,
    day: String,
    quote: String,
    credits: String,
    wallets: Vec<(String, &'static str, String, String)>,
    bookings: Vec<(String, String, &'static str, String)>,
    people: Vec<(String, &'static str, bool)>,
    others: Vec<(&'static str, Vec<String>)>,
    proposed: i64,
    clashes: Vec<String>,
}

#[derive(Template)]
#[template(path = "pages/year/succession.html")]
struct Succeeding {
    shell: Shell,
    filled: Filled,
    id: SchoolId,
    name: String,
    schools: Vec<(String, String)>,
    preview: Option<GoingOver>,
}

async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    let sent: Result<Query, Problem> = query(caller.uri());
    let (query, wrong) = match sent {
        Ok(query) => (query, None),
        Err(problem) => (Query::default(), Some(problem)),
    };
    let form = Form::default();
    match wrong {
        Some(problem) => shown(&caller, &query, form.again(problem)?).await,
        None => {
            let filled = Filled::with([
                ("successor_id", query.successor_id.map_or_else(String::new, |id| id.to_string())),
                ("effective_on", query.effective_on.map_or_else(String::new, |day| day.0.to_string())),
            ]);
            shown(&caller, &query, filled).await
        }
    }
}

async fn shown(caller: &Caller, query: &Query, filled: Filled) -> Answer {
    let (mut tx, hub, id) = (caller.read().await?, caller.hub(), caller.id::<SchoolId>("id")?);
    let school = schools::get(&mut tx, hub, id).await?.ok_or_else(Problem::not_found)?;
    let (preview, filled) = match query.successor_id {
        None => (None, filled),
        Some(successor) => {
            let day = query.effective_on.map(|day| day.0);
            match succession::preview(&mut tx, hub, (id, successor), day, caller.now()).await {
                Ok(preview) => (Some(GoingOver::of(preview)), filled),
                Err(error) => {
                    let problem = on_form(Problem::of_succession(error, "/"))?;
                    (None, filled.because(&problem))
                }
            }
        }
    };
    let schools = others(caller, &school).await?;
    drop(tx);
    let shell =
        Shell::of(caller, format!("Another school takes the place of {}", school.details.name), "/schools").await?;
    let name = school.details.name.to_string();
    page(caller, &Succeeding { shell, filled, id, name, schools, preview }).await
}

/// The members that could take the place of a school, by name, with an empty one first.
async fn others(caller: &Caller, school: &School) -> Result<Vec<(String, String)>, Problem> {
    let today = london_date(caller.now());
    let mut all = schools::every(&mut caller.read().await?, caller.hub()).await?;
    all.retain(|other| other.id != school.id && !other.has_left(today));
    let named = all.into_iter().map(|it| (it.id.to_string(), format!("{} ({})", it.details.name, it.details.urn)));
    Ok(std::iter::once((String::new(), "Choose a school".to_owned())).chain(named).collect())
}

impl GoingOver {
    fn of(preview: Preview) -> GoingOver {
        let (quote, credits) = (preview.quote().to_string(), words::credits(preview.credits()));
        let wallets = preview.wallets.iter().map(|it| {
            let kind = said::wallet(it.kind);
            (it.year.to_string(), kind, words::amount(it.credits), words::amount(it.successor_has))
        });
        let bookings = preview.bookings.iter().map(|it| {
            let who = it.person_name.as_ref().map_or_else(|| "Nobody yet".to_owned(), ToString::to_string);
            (it.event_title.to_string(), who, it.state.label(), words::amount(it.held))
        });
        let people = preview.people.iter().map(|it| (it.name.to_string(), it.role.label(), it.disabled_at.is_some()));
        let tickets = preview.tickets.iter().map(|it| format!("{}: {}", it.type_name, it.person_name));
        let programmes = preview.programmes.iter().map(|it| it.title.to_string());
        let commissions = preview.commissions.iter().map(|it| it.title.to_string());
        let offers = preview.offers.iter().map(|it| it.title.to_string());
        let pair = (preview.school.id, preview.successor.id);
        let gifts = preview.gifts.iter().map(|it| {
            let ends = if it.ends(pair.0, pair.1) { " (is withdrawn: it is between the two)" } else { "" };
            let (from, to) = (&it.from_school_name, &it.to_school_name);
            format!("{} from {from} to {to}{ends}", words::credits(it.amount))
        });
        let others = [
            ("Tickets", tickets.collect::<Vec<_>>()),
            ("Programmes it provides", programmes.collect()),
            ("Support, bought and given", commissions.collect()),
            ("Offers", offers.collect()),
            ("Gifts that nobody has answered", gifts.collect()),
        ];
        GoingOver {
            quote,
            credits,
            wallets: wallets.collect(),
            bookings: bookings.collect(),
            people: people.collect(),
            others: others.into_iter().filter(|(_, all)| !all.is_empty()).collect(),
            proposed: preview.proposed_adjustments,
            clashes: preview.clashes.iter().map(clash).collect(),
            day: words::day(preview.effective_on),
            successor: preview.successor.details.name.to_string(),
        }
    }
}

/// Something odd afterwards, in words.
fn clash(clash: &Clash) -> String {
    match clash {
        Clash::SchoolLimit { title, most, together, .. } => {
            format!("{title}: the two together have {together} places, and a school may have {most}")
        }
        Clash::BookedTwice { title, name, .. } => format!("{title}: both schools have somebody called {name} on it"),
        Clash::SameName { name } => format!("Both schools have somebody called {name}: perhaps it is one person"),
    }
}

#[derive(eserde::Deserialize)]
struct Fields {
    successor_id: SchoolId,
    effective_on: Option<Day>,
    reason: Line,
    quote: Quote,
}

async fn succeed(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    match succeeded(&caller, &form).await {
        Err(problem) => {
            let filled = form.refused(&on_form(problem)?);
            let successor_id = form.text("successor_id").parse().ok().map(SchoolId);
            let effective_on = Day::parse(form.text("effective_on")).ok();
            shown(&caller, &Query { successor_id, effective_on }, filled).await
        }
        done => done,
    }
}

async fn succeeded(caller: &Caller, form: &Form) -> Result<HttpResponse, Problem> {
    let (id, fields) = (caller.id::<SchoolId>("id")?, form.read::<Fields>()?);
    let Fields { successor_id, effective_on, reason, quote } = fields;
    let day = effective_on.map(|day| day.0);
    caller
        .write_keyed(form.bytes(), async |journal| {
            let done = succession::succeed(journal, id, successor_id, day, reason.clone(), &quote).await;
            done.map_err(|error| Problem::of_succession(error, "/"))?;
            Ok(Reply::see(&format!("/schools/{id}/manage?done=succession-done")))
        })
        .await
}
