//! Places for several of a school, booked together: ticked, looked at with what they cost, booked, each result said.

use std::collections::HashMap;

use askama::Template;
use serde_json::Value;

use super::choices::{self, Choices, Finding, Sought, here};
use super::clashes;
use crate::base::clock::london_date;
use crate::base::credits::Credits;
use crate::base::db::Tx;
use crate::base::ids::{PersonId, SchoolId};
use crate::base::text::{Day, counted};
use crate::booking::bookings::{self, Filter, Group, Outcome, Refusal, Shown, State, Unnamed, What};
use crate::ledger::idempotency::Stored;
use crate::members::people::Person;
use crate::members::schools::{self, School};
use crate::programme::programmes::catalogue::{self, Entry};
use crate::reports;
use crate::web::call::{Call, Caller};
use crate::web::desk::AtDesk;
use crate::web::pages::form::{Filled, Form, asked, written};
use crate::web::pages::labels::Labelled;
use crate::web::pages::people;
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::plain;
use crate::web::problem::{Answer, Code, Problem};
use crate::web::roles::MANAGER_AND_LEADS;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/events/{id}/book", MANAGER_AND_LEADS, show);
    pages.post("/events/{id}/book", MANAGER_AND_LEADS, book);
}

/// What is asked for.
#[derive(eserde::Deserialize)]
struct Fields {
    places: Option<String>,
    names_by: Option<Day>,
    mode: Option<String>,
    allow_clash: Option<String>,
}

/// What is booked, and for whom.
struct Scene {
    entry: Entry,
    school: School,
    people: Sought<Vec<Person>>,
    /// Those who have a place already, or wait for one.
    booked: HashMap<PersonId, State>,
    price: Credits,
    available: Credits,
}

impl Scene {
    /// What one of the people of the school is called.
    fn name(&self, id: PersonId) -> String {
        let person = self.people.people.iter().find(|person| person.id == id);
        person.map_or_else(|| "Somebody else".to_owned(), |person| person.name.to_string())
    }
}

/// Somebody who can be ticked.
struct Choice {
    id: String,
    name: String,
    role: &'static str,
    /// What they have of the event already.
    has: Option<(&'static str, &'static str)>,
}

/// What every step shows of the event.
struct About {
    path: String,
    title: String,
    when: String,
    places: String,
    price: String,
    year: String,
    available: String,
    school: String,
    school_id: String,
}

#[derive(Template)]
#[template(path = "pages/school/team_school.html")]
struct Which {
    shell: Shell,
    path: String,
    title: String,
    schools: Choices,
    filled: Filled,
}

#[derive(Template)]
#[template(path = "pages/school/team.html")]
struct Tick {
    shell: Shell,
    filled: Filled,
    about: About,
    people: Vec<Choice>,
    finding: Finding,
    first_day: String,
}

#[derive(Template)]
#[template(path = "pages/school/team_check.html")]
struct Check {
    shell: Shell,
    filled: Filled,
    about: About,
    results: Vec<Said>,
    unnamed: Option<(usize, String)>,
    /// Why all of it would be refused as things stand.
    refusal: Option<String>,
    /// Whether anything would come of it.
    does: bool,
    cost: String,
    left: String,
    short: Option<String>,
    /// What is shown, as the form sends it back.
    shown: String,
    /// Whether anybody has something else at the same time.
    clash: bool,
    /// Where it is looked at for those who can be booked, where not all can.
    in_part: Option<String>,
    fields: Vec<(String, String)>,
    back: String,
}

/// What came of one of the group.
struct Said {
    name: String,
    path: Option<String>,
    state: &'static str,
    tone: &'static str,
    refusal: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/school/team_done.html")]
struct Done {
    shell: Shell,
    about: About,
    booked: usize,
    heading: &'static str,
    /// How many have a place, must be approved, or wait.
    came_of: String,
    results: Vec<Said>,
    bookings: String,
}

async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    let sent = asked(caller.uri());
    let Some(scene) = scene(&caller, &sent).await? else { return which(&caller, &sent).await };
    if !sent.has("check") {
        return tick(&caller, &scene, sent.typed()).await;
    }
    match group(&scene, &sent) {
        Ok(group) => check(&caller, &scene, &group, &sent, Filled::default()).await,
        Err(problem) => tick(&caller, &scene, sent.again(problem)?).await,
    }
}

async fn book(call: Call, desk: AtDesk, sent: Form) -> Answer {
    let caller = call.allow()?;
    let before = scene(&caller, &sent).await?.ok_or_else(Problem::not_found)?;
    let asked = match group(&before, &sent) {
        Ok(asked) => asked,
        Err(problem) => return tick(&caller, &before, sent.again(problem)?).await,
    };
    let (what, shown) = (What::Group(Box::new(asked.clone())), Shown::read(sent.text("shown")));
    match desk.outcome_as_shown(what, shown, sent.bytes()).await {
        Ok(stored) => {
            let after = scene(&caller, &sent).await?.ok_or_else(Problem::not_found)?;
            told(&caller, &after, &stored).await
        }
        // Looked at again with what it would come to now.
        Err(problem) if problem.code() == Code::QuoteExpired => {
            let now = scene(&caller, &sent).await?.ok_or_else(Problem::not_found)?;
            check(&caller, &now, &asked, &sent, sent.again(problem)?).await
        }
        // The page itself says who has what at the same time.
        Err(problem) if problem.code() == Code::Clash => {
            check(&caller, &before, &asked, &sent, Filled::default()).await
        }
        Err(problem) => tick(&caller, &before, sent.again(problem)?).await,
    }
}

/// The event and the school; none where a manager has not chosen one yet.
async fn scene(caller: &Caller, sent: &Form) -> Result<Option<Scene>, Problem> {
    let mut tx = caller.read().await?;
    let entry = entry(caller, &mut tx).await?;
    let chosen = uuid::Uuid::try_parse(sent.text("school_id")).map(SchoolId).ok();
    let Some(id) = caller.own_school().or(chosen) else { return Ok(None) };
    let school = schools::get(&mut tx, caller.hub(), id).await?;
    let school = school.filter(|school| caller.sees_school(school.id)).ok_or_else(Problem::not_found)?;
    let people = choices::enabled(&mut tx, caller, id, sent).await?;
    let filter = Filter { event: Some(entry.id), school: Some(id), ..Filter::default() };
    let on_it = bookings::list(&mut tx, caller.hub(), filter, None, 1000).await?;
    let live = on_it.into_iter().filter(|view| view.booking.state.live());
    let booked = live.filter_map(|view| Some((view.booking.person_id?, view.booking.state))).collect();
    let wallet = reports::wallet(&mut tx, caller.hub(), id, caller.now()).await?;
    let available = wallet.wallets.iter().filter(|line| line.year == entry.year).map(|line| line.sums.available).sum();
    let price = entry.admission.price(entry.price, school.details.membership);
    Ok(Some(Scene { entry, school, people, booked, price, available }))
}

/// The event of the path, where the caller may see it.
async fn entry(caller: &Caller, tx: &mut Tx) -> Result<Entry, Problem> {
    catalogue::seen_by(tx, &caller.person, caller.id("id")?).await?.ok_or_else(Problem::not_found)
}

/// The group that was asked for.
fn group(scene: &Scene, sent: &Form) -> Result<Group, Problem> {
    let Fields { places, names_by, mode, allow_clash, .. } = sent.read()?;
    let ids = sent.all("delegates").into_iter().map(|id| uuid::Uuid::try_parse(id).map(PersonId));
    let delegates = ids.collect::<Result<_, _>>().map_err(|_| Problem::not_found())?;
    let wrong = || Problem::field("/places", "invalid", "Places without a name must be a whole number up to 50");
    let places: u8 = places.map_or(Ok(0), |places| places.parse().map_err(|_| wrong()))?;
    let unnamed = match (places, names_by) {
        (0, _) => None,
        (_, None) => {
            let missing = "Say until when you will name who comes on the places without a name";
            return Err(Problem::field("/names_by", "missing", missing));
        }
        (places, Some(Day(names_by))) => {
            Some(Unnamed { places: usize::from(places), school: Some(scene.school.id), names_by })
        }
    };
    let group = Group {
        event: scene.entry.id,
        delegates,
        unnamed,
        best_effort: mode.as_deref() == Some("best_effort"),
        allow_clash: allow_clash.is_some(),
    };
    group
        .check()
        .map_err(|_| Problem::field("/delegates", "invalid", "Tick who is to come, 50 people and places at most"))?;
    Ok(group)
}

async fn which(caller: &Caller, sent: &Form) -> Answer {
    let (mut tx, today) = (caller.read().await?, london_date(caller.now()));
    let entry = entry(caller, &mut tx).await?;
    let schools = people::schools(&mut tx, caller.hub(), today, "Choose a school").await?;
    drop(tx);
    let which = Which {
        shell: Shell::of(caller, format!("Book places on {}", entry.title), "/catalogue").await?,
        path: format!("/events/{}", entry.id),
        title: entry.title.to_string(),
        schools,
        filled: sent.typed(),
    };
    page(caller, &which).await
}

impl About {
    fn of(scene: &Scene) -> About {
        let left = (scene.entry.capacity - scene.entry.held).max(0);
        About {
            path: format!("/events/{}", scene.entry.id),
            title: scene.entry.title.to_string(),
            when: words::held(scene.entry.starts_at, scene.entry.ends_at, scene.entry.sessions),
            places: match left {
                0 => "Full".to_owned(),
                left => format!("{} left", counted(left, "place")),
            },
            price: words::credits(scene.price),
            year: scene.entry.year.to_string(),
            available: words::credits(scene.available),
            school: scene.school.details.name.to_string(),
            school_id: scene.school.id.to_string(),
        }
    }
}

async fn tick(caller: &Caller, scene: &Scene, filled: Filled) -> Answer {
    let choice = |person: &Person| Choice {
        id: person.id.to_string(),
        name: person.name.to_string(),
        role: person.role.label(),
        has: scene.booked.get(&person.id).map(|state| (state.label(), state.tone())),
    };
    let tick = Tick {
        shell: Shell::of(caller, format!("Book places on {}", scene.entry.title), here(caller)).await?,
        filled: filled.or("mode", "all_or_nothing"),
        about: About::of(scene),
        people: scene.people.people.iter().map(choice).collect(),
        finding: scene.people.on(&format!("/events/{}/book", scene.entry.id), &scene.school.id.to_string()),
        first_day: words::day_of(scene.entry.starts_at),
    };
    page(caller, &tick).await
}

/// Why somebody has no place who could have one.
const NOT_ALL: &str = "Nobody is booked unless all can be.";
/// Why somebody has none for whom there is none.
const WOULD_WAIT: &str = "They could only join the waiting list.";

/// What is of the step itself, and not of what is asked for.
const STEP: &[&str] = &["check", "shown"];

async fn check(caller: &Caller, scene: &Scene, group: &Group, sent: &Form, filled: Filled) -> Answer {
    let unnamed = group.unnamed.map(|unnamed| (unnamed.places, words::day(unnamed.names_by)));
    let Foreseen { results, refusal, pays, does, in_part, shown, clash } = foreseen(caller, scene, group).await?;
    let cost: Credits = std::iter::repeat_n(scene.price, pays).sum();
    let left = scene.available - cost;
    let path = format!("/events/{}", scene.entry.id);
    let asked = || sent.sent().filter(|(name, _)| !STEP.contains(name));
    let address = |fields: Vec<(&str, &str)>| {
        let fields = fields.into_iter().map(|(name, value)| (name, Some(value.to_owned())));
        format!("{path}/book?{}", written(fields))
    };
    let whom_one_can = || {
        let others = asked().filter(|(name, _)| *name != "mode");
        address(others.chain([("mode", "best_effort"), ("check", "yes")]).collect())
    };
    let fields = asked().filter(|(name, _)| *name != "school_id");
    let check = Check {
        shell: Shell::of(caller, format!("Book places on {}", scene.entry.title), here(caller)).await?,
        filled,
        about: About::of(scene),
        results,
        unnamed,
        refusal,
        does,
        cost: words::credits(cost),
        left: words::credits(left),
        short: (left < Credits::ZERO).then(|| words::credits(-left)),
        shown,
        clash,
        in_part: in_part.then(whom_one_can),
        fields: fields.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        back: address(asked().collect()),
    };
    page(caller, &check).await
}

/// What would come of a group as things stand.
struct Foreseen {
    /// What would come of each who is named.
    results: Vec<Said>,
    /// Why all of it would be refused.
    refusal: Option<String>,
    /// How many places would be paid for at once: who waits pays nothing yet.
    pays: usize,
    /// Whether anybody would be booked, or wait.
    does: bool,
    /// Whether somebody would, if not all of them had to.
    in_part: bool,
    /// What is shown of it.
    shown: String,
    /// Whether anybody has something else at the same time.
    clash: bool,
}

async fn foreseen(caller: &Caller, scene: &Scene, group: &Group) -> Result<Foreseen, Problem> {
    let mut tx = caller.read().await?;
    let whole = foresee(caller, &mut tx, group).await?;
    let shown = whole.as_ref().map(|outcome| Shown::of(outcome).as_str().to_owned()).unwrap_or_default();
    let clash = match &whole {
        Ok(outcome) => outcome.group.iter().any(|result| is_clash(result.as_ref().err())),
        Err(refusal) => is_clash(Some(refusal)),
    };
    let (group_said, refusal) = match whole {
        Ok(outcome) => (outcome.group, None),
        // What would come of each alone says whom it is about.
        Err(refusal) => {
            let alone = foresee(caller, &mut tx, &Group { best_effort: true, ..group.clone() }).await;
            let alone = alone?.map(|outcome| outcome.group).unwrap_or_default();
            (alone, Some(of_whole(caller, &mut tx, (scene, group), refusal).await?))
        }
    };
    let waits =
        |result: &&Result<bookings::View, _>| result.as_ref().is_ok_and(|view| view.booking.state == State::Waitlisted);
    let taken = group_said.iter().filter(|result| result.is_ok()).count();
    let whole = group.delegates.len() + group.unnamed.map_or(0, |unnamed| unnamed.places);
    let pays = match refusal {
        None => taken - group_said.iter().filter(waits).count(),
        Some(_) => whole,
    };
    let (mut said, mut results) = (group_said.into_iter(), Vec::new());
    for id in &group.delegates {
        let name = scene.name(*id);
        results.push(match said.next() {
            Some(Ok(view)) if refusal.is_none() => {
                let state = view.booking.state;
                Said { name, path: None, state: state.label(), tone: state.tone(), refusal: None }
            }
            Some(Ok(view)) if view.booking.state == State::Waitlisted => {
                Said { name, path: None, state: "No place left", tone: "warn", refusal: Some(WOULD_WAIT.to_owned()) }
            }
            Some(Ok(_)) => Said { name, path: None, state: "Could come", tone: "", refusal: Some(NOT_ALL.to_owned()) },
            Some(Err(refusal)) => {
                let why = clashes::why(caller, &mut tx, refusal).await?;
                Said { name, path: None, state: "Not booked", tone: "bad", refusal: Some(why) }
            }
            None => Said { name, path: None, state: "Not booked", tone: "bad", refusal: refusal.clone() },
        });
    }
    let (does, in_part) = (refusal.is_none() && taken > 0, refusal.is_some() && taken > 0);
    Ok(Foreseen { results, does, in_part, refusal, pays, shown, clash })
}

/// What the group would come to, by the rules of the desk.
async fn foresee(caller: &Caller, tx: &mut Tx, group: &Group) -> Result<Result<Outcome, Refusal>, Problem> {
    let what = What::Group(Box::new(group.clone()));
    let foreseen = bookings::foresee(tx, (caller.hub(), caller.now()), caller.person.id, vec![what]).await?;
    Ok(foreseen.into_iter().next().map_or(Err(Refusal::UnknownEvent), |foreseen| foreseen.outcome))
}

fn is_clash(refusal: Option<&Refusal>) -> bool {
    match refusal {
        Some(Refusal::Clash(_)) => true,
        Some(Refusal::InGroup { refusal, .. }) => is_clash(Some(refusal)),
        _ => false,
    }
}

/// Why all of the group would be refused: where it is for one of them, with their name.
async fn of_whole(
    caller: &Caller,
    tx: &mut Tx,
    (scene, group): (&Scene, &Group),
    refusal: Refusal,
) -> Result<String, Problem> {
    let (name, refusal) = match refusal {
        Refusal::InGroup { at, refusal } => (group.delegates.get(at).map(|id| scene.name(*id)), *refusal),
        refusal => (None, refusal),
    };
    let why = clashes::why(caller, tx, refusal).await?;
    Ok(name.map_or_else(|| why.clone(), |name| format!("{name}: {why}")))
}

/// What came of each, as the desk has answered.
async fn told(caller: &Caller, scene: &Scene, stored: &Stored) -> Answer {
    let answered: Value = serde_json::from_str(&stored.body).unwrap_or_default();
    let results = answered["results"].as_array().map(Vec::as_slice).unwrap_or_default();
    let said = |result: &Value| {
        let state = state_of(result);
        let name = |person: &Person| result["person_id"].as_str().is_some_and(|id| id == person.id.to_string());
        let person = scene.people.people.iter().find(|person| name(person)).map(|person| person.name.to_string());
        Said {
            name: person.unwrap_or_else(|| "A place without a name".to_owned()),
            path: result["booking"]["id"].as_str().map(|id| format!("/places/{id}")),
            state: state.map_or("Not booked", State::label),
            tone: state.map_or("bad", State::tone),
            refusal: result["refusal"]["detail"].as_str().map(plain::said),
        }
    };
    let states: Vec<State> = results.iter().filter_map(state_of).collect();
    let heading = match states.as_slice() {
        [] => "Nobody was booked",
        all if all.iter().all(|state| *state == State::Waitlisted) => "On the waiting list",
        _ => "Booked",
    };
    let done = Done {
        shell: Shell::of(caller, format!("{heading}: {}", scene.entry.title), here(caller)).await?,
        about: About::of(scene),
        booked: states.len(),
        heading,
        came_of: came_of(&states, results.len()),
        results: results.iter().map(said).collect(),
        bookings: format!("/schools/{}/bookings?event_id={}&state=all", scene.school.id, scene.entry.id),
    };
    page(caller, &done).await
}

/// The state of the booking that somebody has now, if any.
fn state_of(result: &Value) -> Option<State> {
    State::parse(result["booking"]["state"].as_str()?).ok()
}

/// How many of so many have a place, are to be approved, and wait.
fn came_of(states: &[State], of: usize) -> String {
    let count = |state: State| states.iter().filter(|it| **it == state).count();
    let (approved, waiting) = (count(State::Requested), count(State::Waitlisted));
    let placed = states.len() - approved - waiting;
    let have = |many: usize| if many == 1 { "has" } else { "have" };
    let mut said = format!("{placed} of {of} {} a place", have(placed));
    if approved > 0 {
        said.push_str(&format!(", {approved} {} to be approved", have(approved)));
    }
    if waiting > 0 {
        said.push_str(&format!(", {waiting} {} on the waiting list", if waiting == 1 { "is" } else { "are" }));
    }
    said
}
