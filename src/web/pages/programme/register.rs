//! The register of a session, kept on a tablet: a form that can be saved as a whole, and that a script saves as it is
//! ticked. Only what was ticked is sent, with the time at which it was, so that two who keep it do not undo each other.

use actix_web::HttpResponse;
use actix_web::http::header::{HeaderName, HeaderValue};
use askama::Template;
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::head::{Head, way};
use crate::base::clock::london_date;
use crate::base::db::Tx;
use crate::base::hours::Hours;
use crate::base::ids::{BookingId, EventId, SchoolId, SessionId};
use crate::base::text::Line;
use crate::booking::registers::by_name::{self, Place};
use crate::booking::registers::{self, Entry, Marking, Registers, SeenMark, Way};
use crate::programme::programmes::attendance::Mark;
use crate::programme::programmes::catalogue;
use crate::programme::programmes::events::State;
use crate::programme::programmes::sessions::Session;
use crate::web::assets;
use crate::web::call::{Call, Caller};
use crate::web::pages::form::{Filled, Form, query};
use crate::web::pages::labels::{Labelled, options};
use crate::web::pages::list_query::{asked_for, place_after};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page, see};
use crate::web::pages::words;
use crate::web::problem::{Answer, FieldError, Problem};
use crate::web::reply::{Reply, cursor};
use crate::web::roles::EVERYONE;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/events/{id}/register", EVERYONE, show);
    pages.get("/events/{id}/register/{session}/now", EVERYONE, now);
    pages.post("/events/{id}/register/{session}", EVERYONE, save);
    pages.get("/events/{id}/attendance", EVERYONE, attendance);
}

/// How many delegates stand on one page of a register.
const ON_A_PAGE: i64 = 300;

/// A session to choose.
pub(super) struct Tab {
    pub(super) id: String,
    pub(super) title: String,
    pub(super) when: String,
    /// Where it is.
    pub(super) place: String,
    pub(super) here: bool,
}

/// A delegate on the register.
struct Row {
    booking: String,
    name: Option<String>,
    school: String,
    /// The mark, with its minutes after a colon where they were recorded; empty where there is none.
    was: String,
    mark: String,
    minutes: String,
    made: String,
    /// Why the mark that was sent is refused.
    wrong: Option<String>,
}

impl Row {
    fn of(entry: Entry) -> Row {
        let by_code = entry.way == Some(Way::CheckIn);
        let time = entry.marked_at.map(words::time_of);
        Row {
            booking: entry.booking_id.to_string(),
            name: entry.person_name.as_ref().map(|name| name.as_str().to_owned()),
            school: entry.school_name.as_str().to_owned(),
            was: said(entry.mark, entry.minutes),
            mark: entry.mark.map_or("", Labelled::word).to_owned(),
            minutes: entry.minutes.map_or(String::new(), |minutes| minutes.to_string()),
            made: match (time, by_code) {
                (Some(time), true) => format!("Checked in at {time}"),
                (Some(time), false) => format!("Marked at {time}"),
                (None, _) => String::new(),
            },
            wrong: None,
        }
    }

    /// The same with what was sent of it and refused, as it was typed.
    fn again(self, sent: &Filled) -> Row {
        let minutes = minutes_of(&self.booking);
        let typed = |name: &str, stands: String| match sent.value(name) {
            "" => stands,
            typed => typed.to_owned(),
        };
        Row {
            mark: typed(&format!("mark.{}", self.booking), self.mark),
            minutes: typed(&minutes, self.minutes),
            wrong: sent.error(&minutes).map(str::to_owned),
            ..self
        }
    }

    /// What the delegate is called.
    fn called(&self) -> String {
        self.name.clone().unwrap_or_else(|| format!("a place of {} without a name", self.school))
    }
}

/// The field of the minutes of a booking: what is wrong with its mark is said there.
fn minutes_of(booking: &str) -> String {
    format!("minutes.{booking}")
}

/// A mark as the form says it: `present`, `partial:20`.
fn said(mark: Option<Mark>, minutes: Option<i64>) -> String {
    match (mark, minutes) {
        (None, _) => String::new(),
        (Some(mark), None) => mark.word().to_owned(),
        (Some(mark), Some(minutes)) => format!("{}:{minutes}", mark.word()),
    }
}

#[derive(Template)]
#[template(path = "pages/programme/register.html")]
struct Register {
    shell: Shell,
    filled: Filled,
    head: Head,
    tabs: Vec<Tab>,
    session: Tab,
    person: String,
    /// The schools of those on it, to choose one; the first stands for all.
    schools: Vec<(String, String)>,
    school: String,
    /// The minutes of the session: for more nobody was there in part.
    longest: i64,
    rows: Vec<Row>,
    marked: usize,
    marks: Vec<(&'static str, &'static str)>,
    /// Whether it can be written in now.
    open: bool,
    opens: Option<String>,
    completed: bool,
    whole: bool,
    next: Option<String>,
    /// Those whose mark somebody else has made since, and which was kept.
    kept: Vec<String>,
    script: &'static str,
}

#[derive(eserde::Deserialize)]
struct Query {
    session: Option<SessionId>,
    school_id: Option<SchoolId>,
    after: Option<String>,
    /// The bookings whose marks were kept as somebody else had made them.
    kept: Option<String>,
}

/// The session that somebody most likely means: the one asked for, else the next to end, else the last.
pub(super) fn meant(sessions: &[Session], asked: Option<SessionId>, now: DateTime<Utc>) -> Option<&Session> {
    let asked = asked.and_then(|asked| sessions.iter().find(|session| session.id == asked));
    let today = |session: &&Session| london_date(session.starts_at) == london_date(now) && session.ends_at > now;
    let next = |session: &&Session| session.ends_at > now;
    asked.or_else(|| sessions.iter().find(today)).or_else(|| sessions.iter().find(next)).or_else(|| sessions.last())
}

/// The sessions as tabs, with the one that is shown.
pub(super) fn tabs(sessions: &[Session], here: SessionId) -> Vec<Tab> {
    let tab = |session: &Session| Tab {
        id: session.id.to_string(),
        title: session.title.as_str().to_owned(),
        when: words::span(session.starts_at, session.ends_at),
        place: session.place.as_ref().map_or("Online", Line::as_str).to_owned(),
        here: session.id == here,
    };
    sessions.iter().map(tab).collect()
}

/// The registers of the event of the path, with its head.
pub(super) async fn of_path(caller: &Caller, tx: &mut Tx, here: &'static str) -> Result<(Registers, Head), Problem> {
    let id: EventId = caller.id("id")?;
    let registers = registers::of_person(tx, &caller.person, id).await?;
    let entry = catalogue::get(tx, caller.hub(), id).await?.ok_or_else(Problem::not_found)?;
    Ok((registers, Head { keeps: true, ..Head::of(caller, &entry, here) }))
}

/// The part of a register that is shown.
#[derive(Default)]
struct Part {
    session: Option<SessionId>,
    school: Option<SchoolId>,
    after: Option<Place>,
}

async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { session, school_id: school, after, .. } = asked_for(&caller)?;
    let after = place_after(&caller, after.as_deref());
    shown(&caller, Part { session, school, after }, Filled::default()).await
}

/// The schools of those on a register to choose from, where there is a choice.
async fn schools(caller: &Caller, tx: &mut Tx, event: EventId) -> Result<Vec<(String, String)>, Problem> {
    let found = by_name::schools(tx, &caller.person, event).await?;
    let all = std::iter::once((String::new(), "All schools".to_owned()));
    let each = found.into_iter().map(|(id, name)| (id.to_string(), name.as_str().to_owned()));
    Ok(all.chain(each).collect())
}

async fn shown(caller: &Caller, part: Part, filled: Filled) -> Answer {
    let mut tx = caller.read().await?;
    let (registers, head) = of_path(caller, &mut tx, "register").await?;
    let session = meant(&registers.sessions, part.session, caller.now()).ok_or_else(Problem::not_found)?;
    let (event, id) = (registers.event.id, session.id);
    let limit = ON_A_PAGE + 1;
    let mut entries = by_name::of_session(&mut tx, &caller.person, (event, id), part.school, part.after, limit).await?;
    let schools = schools(caller, &mut tx, event).await?;
    drop(tx);
    let next = turned(&mut entries, ON_A_PAGE, |last| last);
    let opens = registers::opens(session);
    let state = registers.event.state;
    let settled = state == State::Completed;
    let kept = registers.kept && (state == State::Published || (settled && head.manages));
    let not_taken = query::<Query>(caller.uri()).ok().and_then(|query| query.kept).unwrap_or_default();
    let not_taken: Vec<&str> = not_taken.split(',').collect();
    let rows: Vec<Row> = entries.into_iter().map(|entry| Row::of(entry).again(&filled)).collect();
    let stands = |row: &&Row| not_taken.contains(&row.booking.as_str());
    let kept_marks: Vec<String> = rows.iter().filter(stands).map(Row::called).collect();
    let tabs = tabs(&registers.sessions, id);
    let here = self::tabs(std::slice::from_ref(session), id).into_iter().next().ok_or_else(Problem::not_found)?;
    let view = Register {
        shell: Shell::of(caller, "Register", way(caller.role())).await?,
        filled,
        head,
        tabs,
        session: here,
        person: caller.person.id.to_string(),
        schools,
        school: part.school.map_or(String::new(), |school| school.to_string()),
        longest: Hours::between(session.starts_at, session.ends_at).minutes(),
        marked: rows.iter().filter(|row| !row.mark.is_empty()).count(),
        rows,
        marks: options::<Mark>(),
        open: kept && caller.now() >= opens,
        opens: (caller.now() < opens).then(|| words::day_of(opens)),
        completed: settled,
        whole: registers.whole,
        next,
        kept: kept_marks,
        script: assets::register(),
    };
    page(caller, &view).await
}

/// Cuts a page off what was found, and tells where the next begins.
pub(super) fn turned<R>(found: &mut Vec<R>, most: i64, entry: impl Fn(&R) -> &Entry) -> Option<String> {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let more = found.len() > most;
    found.truncate(most);
    found.last().filter(|_| more).and_then(|last| cursor(&by_name::place(entry(last))))
}

/// A mark as it stands, for the script.
#[derive(serde::Serialize)]
struct Standing {
    booking: BookingId,
    mark: Option<Mark>,
    minutes: Option<i64>,
    made: String,
}

/// The marks of a session as they stand, for those whose page shows them.
async fn standing(caller: &Caller, tx: &mut Tx) -> Result<Reply, Problem> {
    let (event, session): (EventId, SessionId) = (caller.id("id")?, caller.id("session")?);
    let (mut all, mut after) = (Vec::new(), 0);
    loop {
        let entries = registers::of_session(tx, &caller.person, (event, session), None, after, ON_A_PAGE).await?;
        let Some(last) = entries.last() else { break };
        after = last.line;
        all.extend(entries.into_iter().map(|entry| {
            let (booking, mark, minutes) = (entry.booking_id, entry.mark, entry.minutes);
            Standing { booking, mark, minutes, made: Row::of(entry).made }
        }));
    }
    Reply::ok(&all)
}

async fn now(call: Call) -> Answer {
    let caller = call.allow()?;
    let reply = standing(&caller, &mut caller.read().await?).await?;
    keyed(&caller, reply.into_response()).await
}

/// The answer with the key and the mark of the next form that the script sends. They stand in headers, which are kept with
/// no answer.
async fn keyed(caller: &Caller, mut response: HttpResponse) -> Answer {
    let shell = Shell::of(caller, "", "").await?;
    for (name, value) in [("x-form-key", &shell.key), ("x-form-mark", &shell.mark)] {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    Ok(response)
}

/// A mark that the script sent and that can't be made, with why.
#[derive(serde::Serialize)]
struct RefusedMark {
    booking: String,
    why: String,
}

/// The answer to the script where some of its marks can't be made, and none is: which, and why, for each delegate.
#[derive(serde::Serialize)]
struct RefusedMarks {
    refused: Vec<RefusedMark>,
}

async fn save(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    let session: SessionId = caller.id("session")?;
    let by_script = caller.wants("application/json");
    let saved = saved(&caller, &form, by_script).await.map_err(|problem| of_marks(problem, &form, caller.now()));
    match (saved, by_script) {
        (Ok(response), true) => keyed(&caller, response).await,
        (Err(problem), true) => {
            let refused = refused_marks(&problem);
            let answer = match refused.is_empty() {
                true => problem.answer(None),
                false => Reply::ok(&RefusedMarks { refused })?.into_response(),
            };
            keyed(&caller, answer).await
        }
        (Ok(response), false) => Ok(response),
        (Err(problem), false) => {
            let school = form.text("school_id").parse().ok().map(SchoolId);
            shown(&caller, Part { session: Some(session), school, after: None }, form.again(problem)?).await
        }
    }
}

/// What is wrong with marks, said of each delegate: `/marks/0/minutes` is the field of the minutes of the first that was ticked.
fn of_marks(problem: Problem, form: &Form, now: DateTime<Utc>) -> Problem {
    let Ok(ticked) = ticked(form, now) else { return problem };
    let booking = |place: &str| place.parse().ok().and_then(|at: usize| ticked.get(at)).map(|of| of.booking);
    let mended = |error: &FieldError| {
        let mut parts = error.pointer.strip_prefix("/marks/")?.split('/');
        let (booking, field) = (booking(parts.next()?)?, parts.next()?);
        let what = if field == "minutes" { "The minutes" } else { "This place" };
        let pointer = format!("/{}", minutes_of(&booking.to_string()));
        Some(FieldError { pointer, code: error.code.clone(), detail: format!("{what} {}", error.detail) })
    };
    match problem.errors().iter().map(mended).collect::<Option<Vec<FieldError>>>() {
        Some(errors) if !errors.is_empty() => Problem::invalid(errors),
        _ => problem,
    }
}

/// The marks that can't be made; none where something else is refused.
fn refused_marks(problem: &Problem) -> Vec<RefusedMark> {
    let of = |error: &FieldError| {
        let booking = error.pointer.strip_prefix("/minutes.")?.to_owned();
        Some(RefusedMark { booking, why: words::sentence(&error.detail) })
    };
    problem.errors().iter().map(of).collect::<Option<Vec<RefusedMark>>>().unwrap_or_default()
}

async fn saved(caller: &Caller, form: &Form, by_script: bool) -> Answer {
    let (event, session): (EventId, SessionId) = (caller.id("id")?, caller.id("session")?);
    let ticked = ticked(form, caller.now())?;
    let school = form.text("school_id").parse::<Uuid>().map_or(String::new(), |school| format!("&school_id={school}"));
    let back = format!("/events/{event}/register?session={session}{school}");
    let done = format!("{back}&done=register-saved");
    if ticked.is_empty() {
        return match by_script {
            true => Ok(standing(caller, &mut caller.read().await?).await?.into_response()),
            false => Ok(see(&done)),
        };
    }
    caller
        .write(form.bytes(), async |journal| {
            let kept = registers::write(journal, &caller.person, event, session, &ticked).await?;
            match (by_script, kept.is_empty()) {
                (true, _) => standing(caller, journal.tx()).await,
                (false, true) => Ok(Reply::see(&done)),
                (false, false) => Ok(Reply::see(&format!("{back}&kept={}", listed(&kept)))),
            }
        })
        .await
}

/// The most kept marks that are named one by one.
const NAMED: usize = 50;

/// The bookings as the address of a page has them.
fn listed(bookings: &[BookingId]) -> String {
    let ids: Vec<String> = bookings.iter().take(NAMED).map(ToString::to_string).collect();
    ids.join(",")
}

/// What the page had shown, read back from [`said`].
fn shown_before(was: &str) -> SeenMark {
    let (mark, minutes) = was.split_once(':').unwrap_or((was, ""));
    (Mark::parse(mark).ok(), minutes.parse().ok())
}

/// What was ticked: whatever differs from what the page had shown. A script says how many seconds ago each was; a form
/// without one says it all as it is sent.
fn ticked(form: &Form, now: DateTime<Utc>) -> Result<Vec<Marking>, Problem> {
    let rest = Mark::parse(form.text("rest")).ok();
    let mut ticked = Vec::new();
    for (name, was) in form.pairs() {
        let Some(id) = name.strip_prefix("was.") else { continue };
        let chosen = form.text(&format!("mark.{id}"));
        let mark = Mark::parse(chosen).ok().or(rest.filter(|_| was.is_empty() && chosen.is_empty()));
        let (Some(mark), Ok(booking)) = (mark, Uuid::try_parse(id)) else { continue };
        let typed = form.text(&format!("minutes.{id}")).trim();
        let minutes = match (mark, typed) {
            (Mark::Partial, typed) if !typed.is_empty() => Some(typed.parse::<u16>().map_err(|_| {
                Problem::field(&format!("/{}", minutes_of(id)), "invalid", "The minutes must be a whole number")
            })?),
            _ => None,
        };
        let minutes = minutes.map(i64::from);
        let ago = form.text(&format!("ago.{id}")).parse::<i64>().ok().filter(|ago| (0..=LONGEST_AGO).contains(ago));
        if ago.is_none() && said(Some(mark), minutes) == was {
            continue;
        }
        let at = ago.map(|ago| now - TimeDelta::seconds(ago));
        ticked.push(Marking { booking: BookingId(booking), mark, minutes, at, seen: Some(shown_before(&was)) });
    }
    Ok(ticked)
}

/// The longest that a tick may have been kept before it is sent, in seconds: two days. What is older counts as ticked now.
const LONGEST_AGO: i64 = 2 * 24 * 60 * 60;

/// What the registers add up to for a delegate.
struct Attended {
    name: Option<String>,
    school: String,
    attended: i64,
    partial: i64,
    excused: i64,
    absent: i64,
    unmarked: i64,
    percent: Option<i64>,
    enough: bool,
}

#[derive(Template)]
#[template(path = "pages/programme/attendance.html")]
struct Attendance {
    shell: Shell,
    head: Head,
    threshold: i64,
    rows: Vec<Attended>,
    next: Option<String>,
}

async fn attendance(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { after, .. } = asked_for(&caller)?;
    let after = place_after(&caller, after.as_deref());
    let mut tx = caller.read().await?;
    let (registers, head) = of_path(&caller, &mut tx, "register").await?;
    let mut found = by_name::of_event(&mut tx, &caller.person, registers.event.id, after, ON_A_PAGE + 1).await?;
    drop(tx);
    let next = turned(&mut found, ON_A_PAGE, |last| &last.entry);
    let row = |of: registers::Attended| Attended {
        name: of.entry.person_name.map(|name| name.as_str().to_owned()),
        school: of.entry.school_name.as_str().to_owned(),
        attended: of.tally.whole,
        partial: of.tally.partial,
        excused: of.tally.excused,
        absent: of.tally.absent,
        unmarked: of.unmarked,
        percent: of.percent,
        enough: of.attended,
    };
    let view = Attendance {
        shell: Shell::of(&caller, "Attendance", way(caller.role())).await?,
        head,
        threshold: registers.event.attendance.threshold_percent,
        rows: found.into_iter().map(row).collect(),
        next,
    };
    page(&caller, &view).await
}
