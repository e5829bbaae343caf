//! Drafting an allocation, one question a page: for when, how much, by which rules; and changing a draft.

use actix_web::HttpResponse;
use askama::Template;

use super::said::on_form;
use crate::base::clock::london_date;
use crate::base::credits::Credits;
use crate::base::ids::AllocationId;
use crate::base::text::{Day, counted};
use crate::base::year::AcademicYear;
use crate::credits::allocation::{self, Allocation, NewAllocation, PhaseWeight, Pool, Pounds, State, Weight};
use crate::members::hubs;
use crate::members::schools::{self, Phase};
use crate::members::years;
use crate::web::call::{Call, Caller};
use crate::web::pages::amounts;
use crate::web::pages::form::{self, Filled, Form, Whole};
use crate::web::pages::labels::Labelled;
use crate::web::pages::router::Pages;
use crate::web::pages::settings::no_credit_value;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::{Answer, FieldError, Problem};
use crate::web::reply::Reply;
use crate::web::roles::MANAGER;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/allocations/new", MANAGER, ask);
    pages.post("/allocations/new", MANAGER, draft);
    pages.get("/allocations/{id}/change", MANAGER, change);
    pages.post("/allocations/{id}/change", MANAGER, recompute);
}

/// Every field of the questions, in their order.
const FIELDS: &[&str] = &[
    "year",
    "census_date",
    "pool_by",
    "pool",
    "funding",
    "returned_share_percent",
    "credit_value",
    "step",
    "floor",
    "cap",
    "prorate_by_months",
];

/// The question that is asked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Question {
    When,
    HowMuch,
    Rules,
}

#[derive(Template)]
#[template(path = "pages/year/draft.html")]
struct Draft {
    shell: Shell,
    filled: Filled,
    /// What was answered so far, to be sent again.
    kept: Vec<(String, String)>,
    when: bool,
    how_much: bool,
    years: Vec<(String, String)>,
    censuses: Vec<(String, String)>,
    steps: Vec<(String, String)>,
    weights: Vec<(String, &'static str)>,
    answers: Vec<(&'static str, String, String)>,
    /// What the hub's settings say where the form is left without an answer: the share returned and the value of a credit.
    share: i64,
    value: String,
    missing: bool,
    /// The draft that is changed; none for a new one.
    changes: Option<String>,
    version: Option<i64>,
}

impl Draft {
    /// Whether it is a question on the way, whose answer goes on to the next.
    fn asks(&self) -> bool {
        self.when != self.how_much
    }
}

/// What the address answers so far: text, since a question that was not answered well is asked again.
struct Answers(Vec<(String, String)>);

impl Answers {
    fn of(caller: &Caller) -> Answers {
        let sent = url::form_urlencoded::parse(caller.uri().query().unwrap_or_default().as_bytes());
        Answers(sent.map(|(name, value)| (name.into_owned(), value.trim().to_owned())).collect())
    }

    fn from(form: &Form) -> Answers {
        let weights = Phase::ALL.iter().map(|phase| weight_of(*phase));
        let names = FIELDS.iter().map(|name| (*name).to_owned()).chain(weights);
        Answers(
            names.map(|name| (name.clone(), form.text(&name).to_owned())).filter(|(_, it)| !it.is_empty()).collect(),
        )
    }

    fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value)
    }

    fn has(&self, name: &str) -> bool {
        !self.get(name).is_empty()
    }

    /// Whether they say what is divided.
    fn priced(&self) -> bool {
        self.has(if self.get("pool_by") == "funding" { "funding" } else { "pool" })
    }

    /// The first question without an answer, or the one that is asked again.
    fn question(&self) -> Question {
        match self.get("ask") {
            "when" => Question::When,
            "how-much" => Question::HowMuch,
            _ if !self.has("year") || !self.has("census_date") => Question::When,
            _ if !self.priced() => Question::HowMuch,
            _ => Question::Rules,
        }
    }

    /// Whether the form that asks how much was just sent: its fields are in the address, and are not asked for again.
    fn say_how_much(&self) -> bool {
        !self.has("ask") && self.0.iter().any(|(name, _)| name == "pool")
    }

    fn filled(&self) -> Filled {
        let known = FIELDS.iter().map(|name| (*name, self.get(name).to_owned()));
        let weights = WEIGHTS.iter().map(|(name, _)| (*name, self.get(name).to_owned()));
        Filled::with(known.chain(weights))
    }

    /// The same answers in an address that asks one of them again.
    fn again(&self, ask: &str) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query
            .extend_pairs(self.0.iter().filter(|(name, _)| name != "ask" && name != "form_key" && name != "form_mark"));
        query.append_pair("ask", ask);
        format!("/allocations/new?{}", query.finish())
    }
}

/// The field of the weight of each phase.
const WEIGHTS: &[(&str, Phase)] = &[
    ("weight_nursery", Phase::Nursery),
    ("weight_primary", Phase::Primary),
    ("weight_middle_deemed_primary", Phase::MiddleDeemedPrimary),
    ("weight_secondary", Phase::Secondary),
    ("weight_middle_deemed_secondary", Phase::MiddleDeemedSecondary),
    ("weight_all_through", Phase::AllThrough),
    ("weight_sixteen_plus", Phase::SixteenPlus),
    ("weight_not_applicable", Phase::NotApplicable),
];

fn weight_of(phase: Phase) -> String {
    format!("weight_{phase}")
}

async fn ask(call: Call) -> Answer {
    let caller = call.allow()?;
    let answers = Answers::of(&caller);
    let (question, filled) = (answers.question(), answers.filled());
    // An answer that can't be used is asked for again at once, and not at the end.
    match form::asked(caller.uri()).read::<Amounts>().and_then(Amounts::pool) {
        Err(problem) if question != Question::When && answers.say_how_much() => {
            asked(&caller, &answers, filled.because(&problem), Question::HowMuch, None).await
        }
        _ => asked(&caller, &answers, filled, question, None).await,
    }
}

async fn asked(
    caller: &Caller,
    answers: &Answers,
    filled: Filled,
    question: Question,
    changes: Option<&Allocation>,
) -> Answer {
    let (mut tx, hub) = (caller.read().await?, caller.hub());
    let settings = hubs::get(&mut tx, hub).await?.ok_or_else(Problem::not_found)?;
    let mut years = years::list(&mut tx, hub, None, 200).await?;
    let censuses = schools::censuses(&mut tx, hub).await?;
    drop(tx);
    years.retain(|year| year.state == years::State::Open);
    // The current year first, then the latest.
    let now = AcademicYear::of(london_date(caller.now()));
    years.sort_by_key(|year| (Some(year.year) != now, std::cmp::Reverse(year.year)));
    let title = match (changes, question) {
        (Some(_), _) => "Change the rules of a draft",
        (None, Question::When) => "Which year, and which census?",
        (None, Question::HowMuch) => "How much is divided?",
        (None, Question::Rules) => "By which rules?",
    };
    let census = |it: &schools::Census| {
        (it.census_date.to_string(), format!("{}: {}", words::day(it.census_date), counted(it.schools, "school")))
    };
    let step = |step: Credits| match step.hundredths() {
        100 => "Whole credits",
        50 => "Half credits",
        _ => "Hundredths of a credit",
    };
    let steps = ["1.00", "0.50", "0.01"].into_iter().filter_map(|text| Credits::parse(text).ok());
    let usual = (String::new(), format!("As the hub’s settings say: {}", step(settings.step).to_lowercase()));
    let missing = years.is_empty() || censuses.is_empty();
    let view = Draft {
        shell: Shell::of(caller, title, "/allocations").await?,
        filled,
        kept: kept(answers, question, changes.is_some()),
        when: question == Question::When || changes.is_some(),
        how_much: question == Question::HowMuch || changes.is_some(),
        years: years.iter().map(|it| (it.year.to_string(), it.year.to_string())).collect(),
        censuses: censuses.iter().map(census).collect(),
        steps: std::iter::once(usual).chain(steps.map(|it| (it.to_string(), step(it).to_owned()))).collect(),
        weights: WEIGHTS.iter().map(|(name, phase)| ((*name).to_owned(), phase.label())).collect(),
        answers: if changes.is_none() { said_so_far(answers, &settings) } else { Vec::new() },
        share: settings.returned_share_percent,
        value: words::pounds(settings.credit_value_pence),
        missing,
        changes: changes.map(|it| format!("/allocations/{}", it.id)),
        version: changes.map(|it| it.version),
    };
    page(caller, &view).await
}

/// The fields that say what is divided.
const HOW_MUCH: &[&str] = &["pool_by", "pool", "funding", "returned_share_percent", "credit_value"];

/// The answers that a question's form sends again: all but its own.
fn kept(answers: &Answers, question: Question, changes: bool) -> Vec<(String, String)> {
    let own: &[&str] = match question {
        _ if changes => return Vec::new(),
        Question::When => &["year", "census_date"],
        Question::HowMuch => HOW_MUCH,
        Question::Rules => &["step", "floor", "cap", "prorate_by_months"],
    };
    let rules = question == Question::Rules;
    let others = |name: &str| FIELDS.contains(&name) || (name.starts_with("weight_") && !rules);
    let kept =
        answers.0.iter().filter(|(name, value)| others(name) && !own.contains(&name.as_str()) && !value.is_empty());
    kept.cloned().collect()
}

/// What was answered so far, each with the way to answer it anew.
fn said_so_far(answers: &Answers, hub: &hubs::Hub) -> Vec<(&'static str, String, String)> {
    let mut said = Vec::new();
    if answers.has("year") && answers.get("ask") != "when" {
        said.push(("Year", answers.get("year").to_owned(), answers.again("when")));
        let day = answers.get("census_date").parse().map_or_else(|_| answers.get("census_date").to_owned(), words::day);
        said.push(("Census", day, answers.again("when")));
    }
    if answers.priced() && answers.get("ask").is_empty() {
        let amount = if answers.get("pool_by") == "funding" {
            let or = |name: &str, usual: String| if answers.has(name) { answers.get(name).to_owned() } else { usual };
            let share = or("returned_share_percent", hub.returned_share_percent.to_string());
            let value = or("credit_value", Pounds::from_pence(hub.credit_value_pence).as_str());
            let pounds = |typed: &str| {
                let typed = amounts::plain(typed);
                Pounds::parse(&typed).map_or_else(|_| format!("£{typed}"), |pounds| words::pounds(pounds.pence()))
            };
            format!("{share}% of {} at {} a credit", pounds(answers.get("funding")), pounds(&value))
        } else {
            Credits::parse(answers.get("pool")).map_or_else(|_| answers.get("pool").to_owned(), words::credits)
        };
        said.push(("To divide", amount, answers.again("how-much")));
    }
    said
}

#[derive(eserde::Deserialize)]
struct Fields {
    year: AcademicYear,
    census_date: Day,
    step: Option<Credits>,
    floor: Option<Credits>,
    cap: Option<Credits>,
}

/// The fields that say what is divided.
#[derive(eserde::Deserialize)]
struct Amounts {
    pool_by: Option<String>,
    pool: Option<Credits>,
    funding: Option<Pounds>,
    returned_share_percent: Option<Whole>,
    credit_value: Option<Pounds>,
}

impl Amounts {
    fn pool(self) -> Result<Pool, Problem> {
        let missing = |field: &str, detail: &str| Problem::field(&format!("/{field}"), "missing", detail);
        if self.pool_by.as_deref() != Some("funding") {
            let pool = self.pool.ok_or_else(|| missing("pool", "say how many credits are divided"))?;
            return Ok(Pool::Credits(pool));
        }
        Ok(Pool::Funding {
            gbp: self.funding.ok_or_else(|| missing("funding", "say how much the hub is funded with"))?,
            returned_share_percent: self.returned_share_percent.map(|it| u8::try_from(it.0).unwrap_or(u8::MAX)),
            credit_value_pence: self.credit_value.map(|it| u32::try_from(it.pence()).unwrap_or(u32::MAX)),
        })
    }
}

/// What the form asks for.
fn new(form: &Form) -> Result<NewAllocation, Problem> {
    let pool = form.read::<Amounts>().and_then(Amounts::pool);
    let (fields, pool, weights) = match (form.read::<Fields>(), pool, weights(form)) {
        (Ok(fields), Ok(pool), Ok(weights)) => (fields, pool, weights),
        (fields, pool, weights) => {
            let problems: Vec<Problem> = fields.err().into_iter().chain(pool.err()).collect();
            let mut errors: Vec<_> = problems.iter().flat_map(|problem| problem.errors().to_vec()).collect();
            errors.extend(weights.err().unwrap_or_default());
            return Err(match problems.into_iter().next() {
                Some(problem) if errors.is_empty() => problem,
                _ => Problem::invalid(errors),
            });
        }
    };
    let new = NewAllocation {
        year: fields.year,
        census_date: fields.census_date.0,
        pool,
        step: fields.step,
        floor: fields.floor,
        cap: fields.cap,
        phase_weights: weights,
        prorate_by_months: form.has("prorate_by_months"),
    };
    match new.wrong() {
        Some(("/funding/returned_share_percent", detail)) => {
            Err(Problem::field("/returned_share_percent", "invalid", detail))
        }
        Some(("/funding/credit_value_pence", _)) => Err(Problem::field("/credit_value", "invalid", no_credit_value())),
        Some((field, detail)) => Err(Problem::field(field, "invalid", detail)),
        None => Ok(new),
    }
}

/// The weights of the phases that have one.
fn weights(form: &Form) -> Result<Vec<PhaseWeight>, Vec<FieldError>> {
    let (mut weights, mut wrong) = (Vec::new(), Vec::new());
    for (name, phase) in WEIGHTS {
        match form.text(name).trim() {
            "" => {}
            text => match Weight::parse(text) {
                Ok(weight) => weights.push(PhaseWeight { phase: *phase, weight }),
                Err(detail) => {
                    wrong.push(FieldError { pointer: format!("/{name}"), code: "invalid".to_owned(), detail })
                }
            },
        }
    }
    if wrong.is_empty() { Ok(weights) } else { Err(wrong) }
}

async fn draft(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    match drafted(&caller, &form).await {
        Err(problem) => {
            let (answers, filled) = (Answers::from(&form), form.refused(&on_form(problem)?));
            // What is wrong with what is divided is said where that is asked.
            let of_pool = |(field, _): &(&str, &str)| HOW_MUCH.contains(field);
            let question = if filled.errors().iter().any(of_pool) { Question::HowMuch } else { Question::Rules };
            asked(&caller, &answers, filled, question, None).await
        }
        done => done,
    }
}

async fn drafted(caller: &Caller, form: &Form) -> Result<HttpResponse, Problem> {
    let new = new(form)?;
    caller
        .write(form.bytes(), async |journal| {
            let drafted = allocation::draft(journal, &new).await?;
            Ok(Reply::see(&format!("/allocations/{}?done=allocation-drafted", drafted.id)))
        })
        .await
}

/// The draft of the path, which no other allocation is the ground of.
async fn found(caller: &Caller) -> Result<Allocation, Problem> {
    let id = caller.id::<AllocationId>("id")?;
    let found = allocation::get(&mut caller.read().await?, caller.hub(), id).await?;
    found.filter(|it| it.state == State::Draft && it.adjusts.is_none()).ok_or_else(Problem::not_found)
}

async fn change(call: Call) -> Answer {
    let caller = call.allow()?;
    let old = found(&caller).await?;
    let answers = Answers(answered(&old));
    asked(&caller, &answers, answers.filled(), Question::Rules, Some(&old)).await
}

/// The answers that a draft was made of.
fn answered(old: &Allocation) -> Vec<(String, String)> {
    let text = |credits: Option<Credits>| credits.map_or_else(String::new, |credits| credits.to_string());
    let mut answers = vec![
        ("year", old.year.to_string()),
        ("census_date", old.census_date.to_string()),
        ("step", old.step.to_string()),
        ("floor", text(old.rules.floor)),
        ("cap", text(old.rules.cap)),
        ("prorate_by_months", if old.rules.prorate_by_months { "yes".to_owned() } else { String::new() }),
    ];
    match old.rules.funding {
        None => answers.extend([("pool_by", "credits".to_owned()), ("pool", old.pool.to_string())]),
        Some(funding) => answers.extend([
            ("pool_by", "funding".to_owned()),
            ("funding", funding.gbp.as_str()),
            ("returned_share_percent", funding.returned_share_percent.to_string()),
            ("credit_value", Pounds::from_pence(funding.credit_value_pence).as_str()),
        ]),
    }
    let weights = old.rules.phase_weights.iter().map(|it| (weight_of(it.phase), it.weight.as_str()));
    answers.into_iter().map(|(name, value)| (name.to_owned(), value)).chain(weights).collect()
}

async fn recompute(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    match recomputed(&caller, &form).await {
        Err(problem) => {
            let filled = form.refused(&on_form(problem)?);
            let old = found(&caller).await?;
            asked(&caller, &Answers::from(&form), filled, Question::Rules, Some(&old)).await
        }
        done => done,
    }
}

/// The version of the draft that is changed.
#[derive(eserde::Deserialize)]
struct Version {
    version: Whole,
}

async fn recomputed(caller: &Caller, form: &Form) -> Result<HttpResponse, Problem> {
    let (id, new) = (caller.id::<AllocationId>("id")?, new(form)?);
    let Version { version } = form.read()?;
    caller
        .write(form.bytes(), async |journal| {
            allocation::recompute(journal, id, version.0, &new).await?;
            Ok(Reply::see(&format!("/allocations/{id}?done=allocation-changed")))
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_phase_has_its_weight() {
        assert_eq!(WEIGHTS.len(), Phase::ALL.len());
        assert!(WEIGHTS.iter().all(|(name, phase)| *name == weight_of(*phase)));
    }

    #[test]
    fn the_first_question_without_an_answer_is_asked() {
        let answers = |pairs: &[(&str, &str)]| {
            Answers(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
        };
        assert!(answers(&[]).question() == Question::When);
        let when = [("year", "2026/27"), ("census_date", "2026-01-15")];
        assert!(answers(&when).question() == Question::HowMuch);
        assert!(!answers(&when).say_how_much() && answers(&[when[0], when[1], ("pool", "")]).say_how_much());
        assert!(answers(&[when[0], when[1], ("pool_by", "funding"), ("pool", "6")]).question() == Question::HowMuch);
        let all = answers(&[when[0], when[1], ("pool", "6000")]);
        assert!(all.question() == Question::Rules);
        assert!(all.again("when").ends_with("&pool=6000&ask=when"));
    }
}
