//! A past event, entered with who came to it: no credits move.

use askama::Template;

use super::flaws::Wrong;
use super::laying::{self, Meant};
use super::rows::{self, Row};
use super::{facts, make};
use crate::base::credits::Credits;
use crate::base::ids::ProgrammeId;
use crate::base::text::{Email, Line, counted};
use crate::booking::registers::history::{self, Delegate};
use crate::programme::programmes::Programme;
use crate::programme::programmes::admission::Admission;
use crate::programme::programmes::attendance::{Attendance, Mark};
use crate::programme::programmes::events::NewEvent;
use crate::programme::programmes::policy::Policy;
use crate::web::call::{Call, Caller};
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::programme::head::way;
use crate::web::pages::programme::people::by_email;
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::problem::{Answer, FieldError, Problem};
use crate::web::reply::Reply;
use crate::web::roles::MANAGER;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/programmes/{id}/events/past", MANAGER, new);
    pages.post("/programmes/{id}/events/past", MANAGER, enter);
}

#[derive(Template)]
#[template(path = "pages/programme/event_past.html")]
struct Past {
    shell: Shell,
    filled: Filled,
    programme: (String, String),
    choices: make::Choices,
    rows: Vec<Row>,
}

async fn new(call: Call) -> Answer {
    let caller = call.allow()?;
    let programme = make::of_path(&caller).await?;
    let mut filled = facts::blank();
    filled.put("title", programme.title.as_str());
    show(&caller, &programme, filled).await
}

async fn show(caller: &Caller, programme: &Programme, filled: Filled) -> Answer {
    let view = Past {
        shell: Shell::of(caller, "Enter a past event", way(caller.role())).await?,
        programme: (programme.id.to_string(), programme.title.as_str().to_owned()),
        choices: make::Choices::all(),
        rows: rows::rows(&filled),
        filled,
    };
    page(caller, &view).await
}

async fn enter(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    let programme = make::of_path(&caller).await?;
    let (form, wrong) = match laying::meant(form) {
        Meant::Again(filled) => return show(&caller, &programme, filled).await,
        Meant::Saved(form, wrong) => (form, wrong),
    };
    match entered(&caller, programme.id, &form, wrong).await {
        Err(problem) => show(&caller, &programme, form.again(problem)?).await,
        done => done,
    }
}

#[derive(eserde::Deserialize)]
struct Fields {
    title: Line,
}

async fn entered(caller: &Caller, programme: ProgrammeId, form: &Form, mut wrong: Wrong) -> Answer {
    let title = wrong.keep(form.read()).map(|Fields { title }| title);
    let mut typed = rows::read(form, title.as_ref(), &mut wrong);
    let sessions = Some(typed.len()).filter(|_| wrong.count() == 0);
    let lines = lines(form.text("delegates"), sessions, &mut wrong);
    let mut emails: Vec<Email> = lines.iter().map(|line| line.email.clone()).collect();
    emails.extend(typed.iter().filter_map(|row| row.host.clone()));
    let people = by_email(&mut caller.read().await?, caller.hub(), &emails).await?;
    rows::with_hosts(&mut typed, &people, &mut wrong);
    let mut delegates = Vec::new();
    for line in &lines {
        match people.get(&line.email) {
            Some(person) => delegates.push(Delegate { person: person.id, marks: line.marks.clone() }),
            None => {
                let detail = format!("Line {}: nobody of the hub has the address {}", line.number, line.email);
                wrong.field("delegates", &detail);
            }
        }
    }
    wrong.refuse()?;
    let new = NewEvent {
        programme,
        title: title.ok_or_else(Problem::not_found)?,
        capacity: 1,
        price: Credits::ZERO,
        opens_at: None,
        closes_at: None,
        policy: Policy::free(),
        attendance: Attendance::default(),
        admission: Admission::default(),
        minimum: None,
        sessions: typed.iter().map(|row| row.session.clone()).collect(),
    };
    let allow_clash = form.has("allow_clash");
    let done = caller
        .write(form.bytes(), async |journal| {
            let event = history::enter(journal, new.clone(), &delegates, allow_clash).await?;
            Ok(Reply::see(&format!("/events/{}/manage?done=past-entered", event.id)))
        })
        .await;
    done.map_err(|problem| at_lines(&rows::at_rows(&problem, &typed), &lines))
}

/// A line about a delegate: who, and how they were marked at each session.
struct DelegateLine {
    number: usize,
    email: Email,
    marks: Vec<(Mark, Option<i64>)>,
}

/// One delegate a line: an address, and after it a mark for each session, or one for all; attended where none is said.
/// Marks are counted only where it is known how many sessions there are.
fn lines(text: &str, sessions: Option<usize>, wrong: &mut Wrong) -> Vec<DelegateLine> {
    let mut lines = Vec::new();
    let before = wrong.count();
    for (number, line) in (1..).zip(text.lines()) {
        let mut cells = line.split([',', ';', '\t']).map(str::trim);
        let email = cells.next().unwrap_or_default();
        if email.is_empty() {
            continue;
        }
        let mut tell = |detail: &str| wrong.field("delegates", &format!("Line {number}: {detail}"));
        let email = Email::parse(email).map_err(|detail| tell(&format!("the address {detail}")));
        let said: Vec<&str> = cells.filter(|cell| !cell.is_empty()).collect();
        let mut marks = Vec::new();
        for cell in &said {
            match mark(cell) {
                Some(mark) => marks.push((mark, None)),
                None => tell(&format!("“{cell}” is not one of attended, late, part, excused, absent")),
            }
        }
        let marks = match marks.as_slice() {
            [] => vec![(Mark::Present, None); sessions.unwrap_or_default()],
            [only] => vec![*only; sessions.unwrap_or_default()],
            all => {
                if let Some(sessions) = sessions.filter(|sessions| *sessions != all.len()) {
                    tell(&format!("there are {} for {}", counted(all.len(), "mark"), counted(sessions, "session")));
                }
                all.to_vec()
            }
        };
        if let Ok(email) = email {
            lines.push(DelegateLine { number, email, marks });
        }
    }
    if lines.is_empty() && wrong.count() == before {
        wrong.field("delegates", "say who came: one address a line");
    }
    lines
}

fn mark(word: &str) -> Option<Mark> {
    match word.to_lowercase().as_str() {
        "attended" | "present" | "yes" | "y" => Some(Mark::Present),
        "late" => Some(Mark::Late),
        "part" | "in part" | "partial" => Some(Mark::Partial),
        "excused" => Some(Mark::Excused),
        "absent" | "no" | "n" => Some(Mark::Absent),
        _ => None,
    }
}

/// What was refused of delegates, at their lines.
fn at_lines(problem: &Problem, lines: &[DelegateLine]) -> Problem {
    let errors = problem.errors().iter().map(|error| {
        let parts: Vec<&str> = error.pointer.trim_start_matches('/').split('/').collect();
        let ["delegates", n, ..] = parts.as_slice() else { return error.clone() };
        let line = n.parse().ok().and_then(|n: usize| lines.get(n));
        let detail = match line {
            Some(line) => {
                let detail = error.detail.split("; allow_clash").next().unwrap_or(&error.detail);
                format!("Line {}: {} {detail}", line.number, line.email)
            }
            None => error.detail.clone(),
        };
        FieldError { pointer: "delegates".to_owned(), detail, code: error.code.clone() }
    });
    Problem::new(problem.code(), problem.detail()).with_errors(errors.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_who_and_how_they_came() {
        let mut wrong = Wrong::default();
        let read = lines(
            "ella@school.example\n\nsam@school.example, absent\nkim@school.example;late;part",
            Some(2),
            &mut wrong,
        );
        assert_eq!(wrong.count(), 0);
        let marks: Vec<Vec<Mark>> =
            read.iter().map(|line| line.marks.iter().map(|(mark, _)| *mark).collect()).collect();
        assert_eq!(marks, [[Mark::Present, Mark::Present], [Mark::Absent, Mark::Absent], [Mark::Late, Mark::Partial]]);
        assert_eq!(read.iter().map(|line| line.number).collect::<Vec<_>>(), [1, 3, 4]);
        lines("not an address\nsam@school.example, perhaps\nkim@school.example, late, late, late", Some(2), &mut wrong);
        assert_eq!(wrong.count(), 3);
    }
}
