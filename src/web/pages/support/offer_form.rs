//! Making an offer, changing it, and saying how many days it has.

use askama::Template;

use super::offer::MAKERS;
use crate::base::clock::london_date;
use crate::base::credits::Amount;
use crate::base::days::Days;
use crate::base::db::Tx;
use crate::base::ids::{PartnerId, PriorityId, SchoolId};
use crate::base::text::{Change, Day, Line, Prose};
use crate::base::year::AcademicYear;
use crate::members::schools::Phase;
use crate::members::{partners, schools};
use crate::programme::programmes::Provider;
use crate::support::offers::{self, Details, Kind, NewDays, NewOffer, Offer, OfferChange, Phases};
use crate::support::rate_card;
use crate::web::call::{Call, Caller};
use crate::web::in_sight::{own_provider, their_offer};
use crate::web::pages::choices::of_priorities;
use crate::web::pages::form::{Filled, Form, Whole};
use crate::web::pages::labels::options;
use crate::web::pages::list_query::asked_for;
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::problem::{Answer, Problem};
use crate::web::reply::Reply;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/support/offers/new", MAKERS, begin);
    pages.post("/support/offers/new", MAKERS, create);
    pages.get("/support/offers/{id}/edit", MAKERS, edit);
    pages.post("/support/offers/{id}/edit", MAKERS, change);
    pages.get("/support/offers/{id}/days", MAKERS, ask_days);
    pages.post("/support/offers/{id}/days", MAKERS, set_days);
}

/// Pairs of a value and its words.
type Options = Vec<(String, String)>;

#[derive(Template)]
#[template(path = "pages/support/offer_form.html")]
struct Page {
    shell: Shell,
    filled: Filled,
    /// Where it is sent, and where one goes back to.
    path: String,
    back: String,
    /// None while it is chosen.
    kind: Option<Kind>,
    kind_word: &'static str,
    is_new: bool,
    providers: Options,
    phases: Vec<(&'static str, &'static str)>,
    specialists: Options,
    priorities: Options,
}

/// What stands in the form.
#[derive(eserde::Deserialize)]
struct Fields {
    kind: Option<Kind>,
    provider_school_id: Option<SchoolId>,
    provider_partner_id: Option<PartnerId>,
    title: Line,
    description: Option<Prose>,
    phases: Option<Vec<Phase>>,
    subject: Option<Line>,
    place: Option<Line>,
    available_from: Option<Day>,
    available_to: Option<Day>,
    specialist_kind: Option<Line>,
    full_day: Option<Amount>,
    half_day: Option<Amount>,
    available_when: Option<Line>,
    for_whom: Option<Line>,
    what_for: Option<Line>,
    aims: Option<Prose>,
    who_may_join: Option<Line>,
    how_often: Option<Line>,
    impact: Option<Prose>,
    priority_ids: Option<Vec<PriorityId>>,
    offered: Option<Days>,
    version: Option<Whole>,
}

#[derive(Default, eserde::Deserialize)]
struct Query {
    kind: Option<Kind>,
}

async fn begin(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { kind } = asked_for(&caller)?;
    new_page(&caller, Filled::default(), kind).await
}

async fn new_page(caller: &Caller, filled: Filled, kind: Option<Kind>) -> Answer {
    let mut tx = caller.read().await?;
    let providers = match own_provider(caller) {
        Some(_) => Vec::new(),
        None => providers(caller, &mut tx).await?,
    };
    let (path, back) = ("/support/offers/new".to_owned(), "/support/ours".to_owned());
    form_page(caller, tx, filled, ("Offer something", path, back), (kind, true, providers)).await
}

async fn form_page(
    caller: &Caller,
    mut tx: Tx,
    filled: Filled,
    (title, path, back): (&str, String, String),
    (kind, is_new, providers): (Option<Kind>, bool, Options),
) -> Answer {
    let card = rate_card::current(&mut tx, caller.hub()).await?;
    let specialists = card.lines.iter().map(|rate| {
        let words = format!("{}: {} a day", rate.specialist_kind, rate.full_day);
        (rate.specialist_kind.as_str().to_owned(), words)
    });
    let none = (String::new(), "None of the rate card’s".to_owned());
    let specialists = std::iter::once(none).chain(specialists).collect();
    let priorities = of_priorities(&mut tx, caller.hub()).await?;
    drop(tx);
    let template = Page {
        shell: Shell::of(caller, title, "/support").await?,
        filled,
        path,
        back,
        kind,
        kind_word: kind.map_or("", Kind::as_str),
        is_new,
        providers,
        phases: options::<Phase>(),
        specialists,
        priorities,
    };
    page(caller, &template).await
}

/// The schools of the hub, then its partners, to choose from.
async fn providers(caller: &Caller, tx: &mut Tx) -> Result<Options, Problem> {
    let today = london_date(caller.now());
    let schools = schools::every(tx, caller.hub()).await?;
    let schools = schools.into_iter().filter(|school| !school.has_left(today));
    let mut all: Options =
        schools.map(|school| (format!("school:{}", school.id), school.details.name.as_str().to_owned())).collect();
    let partners = partners::every(tx, caller.hub()).await?;
    all.extend(partners.into_iter().map(|one| (format!("partner:{}", one.id), one.name.as_str().to_owned())));
    Ok(all)
}

async fn create(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    let kind = Kind::parse(form.text("kind")).ok();
    let sent = async {
        let form =
            form.with_choice("provider", &[("school", "provider_school_id"), ("partner", "provider_partner_id")]);
        let new = form.read::<Fields>()?.new_offer(&caller)?;
        caller
            .write(form.bytes(), async |journal| {
                let offer = offers::create(journal, new.clone()).await?;
                Ok(Reply::see(&format!("/support/offers/{}?done=offered", offer.id)))
            })
            .await
    };
    match sent.await {
        Ok(done) => Ok(done),
        Err(problem) => new_page(&caller, form.again(problem)?, kind).await,
    }
}

impl Fields {
    fn details(self, today: chrono::NaiveDate) -> Details {
        let from = self.available_from.map_or(today, |day| day.0);
        Details {
            title: self.title,
            description: self.description.unwrap_or_default(),
            phases: Phases::new(self.phases.unwrap_or_default()),
            subject: self.subject,
            place: self.place,
            available_from: from,
            available_to: self.available_to.map_or_else(|| offers::usual_last_day(from), |day| day.0),
            specialist_kind: self.specialist_kind,
            full_day: self.full_day.map(Amount::credits),
            half_day: self.half_day.map(Amount::credits),
            available_when: self.available_when,
            for_whom: self.for_whom,
            what_for: self.what_for,
            aims: self.aims,
            who_may_join: self.who_may_join,
            how_often: self.how_often,
            impact: self.impact,
        }
    }

    fn new_offer(mut self, caller: &Caller) -> Result<NewOffer, Problem> {
        let today = london_date(caller.now());
        let named = match (self.provider_school_id, self.provider_partner_id) {
            (Some(school), _) => Some(Provider::School(school)),
            (None, partner) => partner.map(Provider::Partner),
        };
        let missing = |field: &'static str| move || Problem::field(field, "missing", "is needed");
        let provider = own_provider(caller).or(named).ok_or_else(missing("provider"))?;
        let kind = self.kind.ok_or_else(missing("kind"))?;
        let year = AcademicYear::of(today).filter(|_| kind == Kind::Expertise);
        let days = self.offered.zip(year).map(|(offered, year)| NewDays { year, offered });
        let priority_ids = self.priority_ids.take().unwrap_or_default();
        Ok(NewOffer { kind, provider, details: self.details(today), priority_ids, days: days.into_iter().collect() })
    }
}

async fn edit(call: Call) -> Answer {
    let caller = call.allow()?;
    let mut tx = caller.read().await?;
    let offer = their_offer(&caller, &mut tx).await?;
    let filled = filled(&offer);
    edit_page(&caller, tx, filled, &offer).await
}

async fn edit_page(caller: &Caller, tx: Tx, filled: Filled, offer: &Offer) -> Answer {
    let back = format!("/support/offers/{}", offer.id);
    let places = ("Change an offer", format!("{back}/edit"), back);
    form_page(caller, tx, filled, places, (Some(offer.kind), false, Vec::new())).await
}

fn filled(offer: &Offer) -> Filled {
    let of = &offer.details;
    let line = |line: &Option<Line>| line.as_ref().map_or(String::new(), |line| line.as_str().to_owned());
    let prose = |prose: &Option<Prose>| prose.as_ref().map_or(String::new(), |prose| prose.as_str().to_owned());
    let filled = Filled::with([
        ("title", of.title.as_str().to_owned()),
        ("description", of.description.as_str().to_owned()),
        ("subject", line(&of.subject)),
        ("place", line(&of.place)),
        ("available_from", of.available_from.to_string()),
        ("available_to", of.available_to.to_string()),
        ("specialist_kind", line(&of.specialist_kind)),
        ("full_day", of.full_day.map_or(String::new(), |rate| rate.to_string())),
        ("half_day", of.half_day.map_or(String::new(), |rate| rate.to_string())),
        ("available_when", line(&of.available_when)),
        ("for_whom", line(&of.for_whom)),
        ("what_for", line(&of.what_for)),
        ("aims", prose(&of.aims)),
        ("who_may_join", line(&of.who_may_join)),
        ("how_often", line(&of.how_often)),
        ("impact", prose(&of.impact)),
        ("version", offer.version.to_string()),
    ]);
    let phases = of.phases.as_str();
    let phases = phases.split(',').filter(|phase| !phase.is_empty()).map(str::to_owned).collect();
    let priorities = offer.priority_ids.iter().map(ToString::to_string).collect();
    filled.and("phases[]", phases).and("priority_ids[]", priorities)
}

async fn change(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    let sent = async {
        let mut fields: Fields = form.read()?;
        let version = fields.version.map_or(0, |version| version.0);
        let priority_ids = fields.priority_ids.take().unwrap_or_default();
        let change = all_of(fields.details(london_date(caller.now())), priority_ids);
        caller
            .write(form.bytes(), async |journal| {
                let id = their_offer(&caller, journal.tx()).await?.id;
                offers::change(journal, id, version, change.clone()).await?;
                Ok(Reply::see(&format!("/support/offers/{id}?done=saved")))
            })
            .await
    };
    match sent.await {
        Ok(done) => Ok(done),
        Err(problem) => {
            let mut tx = caller.read().await?;
            let offer = their_offer(&caller, &mut tx).await?;
            edit_page(&caller, tx, form.again(problem)?.beside(filled(&offer)), &offer).await
        }
    }
}

/// Everything of an offer, as the form has all of it.
fn all_of(details: Details, priority_ids: Vec<PriorityId>) -> OfferChange {
    OfferChange {
        title: Some(details.title),
        description: Some(details.description),
        phases: Some(details.phases),
        subject: Change(Some(details.subject)),
        place: Change(Some(details.place)),
        available_from: Some(details.available_from),
        available_to: Some(details.available_to),
        specialist_kind: Change(Some(details.specialist_kind)),
        full_day: Change(Some(details.full_day)),
        half_day: Change(Some(details.half_day)),
        available_when: Change(Some(details.available_when)),
        for_whom: Change(Some(details.for_whom)),
        what_for: Change(Some(details.what_for)),
        aims: Change(Some(details.aims)),
        who_may_join: Change(Some(details.who_may_join)),
        how_often: Change(Some(details.how_often)),
        impact: Change(Some(details.impact)),
        priority_ids: Some(priority_ids),
    }
}

#[derive(Template)]
#[template(path = "pages/support/days.html")]
struct DaysPage {
    shell: Shell,
    filled: Filled,
    path: String,
    title: String,
    years: Options,
}

#[derive(eserde::Deserialize)]
struct DaysFields {
    year: AcademicYear,
    offered: Days,
}

async fn ask_days(call: Call) -> Answer {
    let caller = call.allow()?;
    days_page(&caller, Filled::default()).await
}

async fn days_page(caller: &Caller, filled: Filled) -> Answer {
    let offer = their_offer(caller, &mut caller.read().await?).await?;
    let first = AcademicYear::of(london_date(caller.now()));
    let years = std::iter::successors(first, |year| year.after());
    let years = years.take_while(|year| year.first_day() <= offer.details.available_to).take(6);
    let template = DaysPage {
        shell: Shell::of(caller, "Days of an offer", "/support").await?,
        filled,
        path: format!("/support/offers/{}", offer.id),
        title: offer.details.title.as_str().to_owned(),
        years: years.map(|year| (year.as_str(), year.as_str())).collect(),
    };
    page(caller, &template).await
}

async fn set_days(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    let sent = async {
        let DaysFields { year, offered } = form.read()?;
        caller
            .write(form.bytes(), async |journal| {
                let id = their_offer(&caller, journal.tx()).await?.id;
                offers::set_days(journal, id, NewDays { year, offered }).await?;
                Ok(Reply::see(&format!("/support/offers/{id}?done=saved")))
            })
            .await
    };
    match sent.await {
        Ok(done) => Ok(done),
        Err(problem) => days_page(&caller, form.again(problem)?).await,
    }
}
