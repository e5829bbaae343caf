//! Setting up a hub: what is done, and what is next.

use askama::Template;
use chrono::NaiveDate;

use crate::base::clock::london_date;
use crate::base::year::AcademicYear;
use crate::credits::allocation;
use crate::reports::{self, FirstSteps};
use crate::web::call::Call;
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::problem::Answer;
use crate::web::roles::MANAGER;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/set-up", MANAGER, tasks);
}

struct Task {
    path: &'static str,
    name: &'static str,
    said: String,
    done: bool,
    next: bool,
}

impl Task {
    fn new(path: &'static str, name: &'static str, said: String, done: bool) -> Task {
        Task { path, name, said, done, next: false }
    }
}

#[derive(Template)]
#[template(path = "pages/year/set_up.html")]
struct SetUp {
    shell: Shell,
    tasks: Vec<Task>,
    done: usize,
    all: bool,
    /// The letters of the latest allocation, and its name: for schools whose lead came after it.
    letters: Option<(String, String)>,
}

async fn tasks(call: Call) -> Answer {
    let caller = call.allow()?;
    let mut tx = caller.read().await?;
    let steps = reports::first_steps(&mut tx, caller.hub()).await?;
    let approved = allocation::Filter { state: Some(allocation::State::Approved), ..allocation::Filter::default() };
    let given = allocation::list(&mut tx, caller.hub(), approved, None, i64::MAX).await?;
    drop(tx);
    let latest = given.iter().rfind(|it| it.adjusts.is_none());
    let letters = latest.map(|it| (format!("/allocations/{}/letters", it.id), super::allocations::title(it)));
    let tasks = tasks_of(&steps, london_date(caller.now()));
    let (done, of) = (tasks.iter().filter(|task| task.done).count(), tasks.len());
    // It is no entry of the menu: home leads to it as long as it is not done.
    let shell = Shell::of(&caller, "Set up the hub", "").await?;
    page(&caller, &SetUp { shell, tasks, done, all: done == of, letters }).await
}

/// How much of the set-up is done, of how much, where it is not all done yet. Schools that lack a lead still do not keep it on
/// a manager's home for years: once that alone is left, and some have theirs, it is at the manager's leisure.
pub(crate) fn unfinished(steps: &FirstSteps, today: NaiveDate) -> Option<(usize, usize)> {
    let tasks = tasks_of(steps, today);
    let done = tasks.iter().filter(|task| task.done).count();
    let leads_alone =
        done + 1 == tasks.len() && steps.led > 0 && tasks.iter().any(|task| task.path == PEOPLE && !task.done);
    (done < tasks.len() && !leads_alone).then_some((done, tasks.len()))
}

/// Where people are imported.
const PEOPLE: &str = "/people/import";

/// The tasks in their order; the first that is not done is next.
fn tasks_of(steps: &FirstSteps, today: NaiveDate) -> Vec<Task> {
    let year = AcademicYear::of(today).map_or_else(String::new, |year| format!(", such as {year}"));
    let year = format!("The academic year that you begin with{year}");
    let (all_counted, given) = (steps.counted > 0 && steps.counted == steps.schools, steps.allocations > 0);
    let schools = counted(steps.schools, "school", "schools", "From a file, with their pupils if it has them");
    let years = counted(steps.years, "year", "years", &year);
    let events = counted(steps.events, "event", "events", "A programme with a dated event that schools can book");
    let mut tasks = [
        Task::new("/schools/import", "Import your schools", schools, steps.schools > 0),
        Task::new("/rolls/import", "Import the pupils on roll", rolls(steps), all_counted),
        Task::new("/years", "Open the year", years, steps.years > 0),
        Task::new("/allocations", "Allocate credits", allocation(steps), given),
        Task::new(PEOPLE, "Import people", people(steps), steps.people > 0 && steps.schools == steps.led),
        Task::new("/programmes", "Publish the first event", events, steps.events > 0),
    ];
    if let Some(first) = tasks.iter_mut().find(|task| !task.done) {
        first.next = true;
    }
    tasks.into()
}

/// How many there are, or what is to be done while there are none.
fn counted(number: i64, one: &str, many: &str, none: &str) -> String {
    match number {
        0 => none.to_owned(),
        1 => format!("1 {one}"),
        number => format!("{number} {many}"),
    }
}

fn rolls(steps: &FirstSteps) -> String {
    match (steps.counted, steps.schools - steps.counted) {
        (0, _) => "Pupils on roll decide how credits are divided".to_owned(),
        (1, 0) => "The school has a count".to_owned(),
        (counted, 0) => format!("All {counted} schools have a count"),
        (_, 1) => "1 school has no count yet".to_owned(),
        (_, missing) => format!("{missing} schools have no count yet"),
    }
}

fn people(steps: &FirstSteps) -> String {
    let unmet = "no CPD lead yet: nobody there can approve or accept anything";
    match (steps.people, steps.schools - steps.led) {
        (0, _) => "The CPD lead of each school, and its teachers".to_owned(),
        (_, 1) => format!("1 school has {unmet}"),
        (_, leadless) if leadless > 0 => format!("{leadless} schools have {unmet}"),
        (people, _) => counted(people, "lead or teacher", "leads and teachers", ""),
    }
}

fn allocation(steps: &FirstSteps) -> String {
    let said = match (steps.allocations, steps.drafts) {
        (0, 0) => "Divide the hub’s credits, look at the draft, approve it",
        (0, _) => "A draft waits to be approved",
        _ => "The schools have credits to spend",
    };
    said.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_that_is_not_done_is_next() {
        let today = NaiveDate::from_ymd_opt(2026, 10, 5).unwrap();
        let steps = FirstSteps { schools: 3, counted: 2, years: 1, ..FirstSteps::default() };
        let tasks = tasks_of(&steps, today);
        let said: Vec<_> = tasks.iter().map(|task| (task.path, task.done, task.next)).collect();
        assert_eq!(said[0], ("/schools/import", true, false));
        assert_eq!(said[1], ("/rolls/import", false, true));
        assert_eq!(said[2], ("/years", true, false));
        assert_eq!(tasks[1].said, "1 school has no count yet");
        assert_eq!(unfinished(&steps, today), Some((2, 6)));

        let all =
            FirstSteps { schools: 3, led: 2, counted: 3, years: 1, drafts: 0, allocations: 1, people: 9, events: 1 };
        assert_eq!(unfinished(&all, today), None, "a school without a lead keeps nobody from the rest");
        let none = FirstSteps { led: 0, ..all };
        assert_eq!(unfinished(&none, today), Some((5, 6)), "schools without any lead can do nothing");
        assert!(tasks_of(&all, today)[4].said.starts_with("1 school has no CPD lead"));
        assert_eq!(unfinished(&FirstSteps { led: 3, ..all }, today), None);
    }
}
