//! Check-in at the door: what a delegate's code opens, for whoever keeps the register and reads it with a telephone.

use askama::Template;

use super::head::way;
use crate::base::clock::london_date;
use crate::base::ids::SessionId;
use crate::booking::registers::{self, Code};
use crate::programme::programmes::attendance::Mark;
use crate::web::call::{Call, Caller};
use crate::web::pages::form::{Filled, Form, query};
use crate::web::pages::labels::Labelled;
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page, see};
use crate::web::pages::words;
use crate::web::problem::{Answer, Code as ProblemCode, Problem};
use crate::web::reply::Reply;
use crate::web::roles::EVERYONE;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/check-in", EVERYONE, by_hand);
    pages.get("/check-in/{code}", EVERYONE, show);
    pages.post("/check-in/{code}", EVERYONE, check_in);
}

#[derive(eserde::Deserialize)]
struct Query {
    code: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/programme/check_in_by_hand.html")]
struct ByHand {
    shell: Shell,
    filled: Filled,
}

/// A code that a reader types, or that is pasted.
async fn by_hand(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { code } = query(caller.uri())?;
    let filled = match code.as_deref().map(Code::parse) {
        Some(Ok(code)) => return Ok(see(&format!("/check-in/{}", code.as_str()))),
        Some(Err(detail)) => Form::default().refused(&Problem::field("code", "invalid", detail)),
        None => Filled::default(),
    };
    let shell = Shell::of(&caller, "Check in", way(caller.role())).await?;
    page(&caller, &ByHand { shell, filled }).await
}

/// A session to check in to.
struct At {
    id: String,
    title: String,
    when: String,
    /// What the register says already.
    mark: Option<(&'static str, &'static str)>,
    there: bool,
}

#[derive(Template)]
#[template(path = "pages/programme/check_in.html")]
struct CheckIn {
    shell: Shell,
    filled: Filled,
    code: String,
    delegate: String,
    school: String,
    event: String,
    event_title: String,
    /// Sessions of today that are not over.
    today: Vec<At>,
    /// Whether the one who looks keeps no register here: they may be the delegate.
    stranger: bool,
}

fn code(caller: &Caller) -> Result<Code, Problem> {
    Code::parse(caller.request().match_info().get("code").unwrap_or_default()).map_err(|_| Problem::not_found())
}

async fn show(call: Call) -> Answer {
    shown(&call.allow()?, Filled::default()).await
}

async fn shown(caller: &Caller, filled: Filled) -> Answer {
    let code = code(caller)?;
    let shell = Shell::of(caller, "Check in", way(caller.role())).await?;
    let mut tx = caller.read().await?;
    let (view, registers) = match registers::of_code(&mut tx, caller.keys(), &caller.person, &code).await {
        Ok(found) => found,
        Err(registers::Error::Unknown) => {
            let nothing = String::new;
            let (delegate, school, event, event_title) = (nothing(), nothing(), nothing(), nothing());
            let (code, today) = (nothing(), Vec::new());
            let stranger = true;
            let view = CheckIn { shell, filled, code, delegate, school, event, event_title, today, stranger };
            return page(caller, &view).await;
        }
        Err(error) => return Err(error.into()),
    };
    let now = caller.now();
    let mut today = Vec::new();
    for session in &registers.sessions {
        if london_date(session.starts_at) != london_date(now) || session.ends_at <= now || !registers.kept {
            continue;
        }
        let of = (registers.event.id, session.id);
        let entry = registers::entry(&mut tx, caller.hub(), of, view.booking.id).await?;
        let mark = entry.and_then(|entry| entry.mark);
        today.push(At {
            id: session.id.to_string(),
            title: session.title.as_str().to_owned(),
            when: words::span(session.starts_at, session.ends_at),
            mark: mark.map(|mark| (mark.label(), mark.tone())),
            there: matches!(mark, Some(Mark::Present | Mark::Late | Mark::Partial)),
        });
    }
    drop(tx);
    let view = CheckIn {
        shell,
        filled,
        code: code.as_str(),
        delegate: view.delegate().to_owned(),
        school: view.school_name.as_str().to_owned(),
        event: registers.event.id.to_string(),
        event_title: view.event_title.as_str().to_owned(),
        today,
        stranger: false,
    };
    page(caller, &view).await
}

#[derive(eserde::Deserialize)]
struct Fields {
    session_id: SessionId,
}

async fn check_in(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    match checked_in(&caller, &form).await {
        Err(problem) if problem.code() == ProblemCode::NotFound => Err(problem),
        Err(problem) => shown(&caller, form.again(problem)?).await,
        done => done,
    }
}

async fn checked_in(caller: &Caller, form: &Form) -> Answer {
    let (code, Fields { session_id: session }) = (code(caller)?, form.read()?);
    let mut tx = caller.read().await?;
    let event = registers::of_code(&mut tx, caller.keys(), &caller.person, &code).await?.1.event.id;
    drop(tx);
    caller
        .write(form.bytes(), async |journal| {
            registers::check_in(journal, caller.keys(), &caller.person, event, session, &code).await?;
            Ok(Reply::nothing())
        })
        .await?;
    // The code is kept with no answer.
    Ok(see(&format!("/check-in/{}?done=checked-in", code.as_str())))
}
