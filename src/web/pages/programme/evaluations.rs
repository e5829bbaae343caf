//! What delegates thought of an event, summed up so that nobody's answer can be told from the rest.

use askama::Template;

use super::head::{Head, way};
use crate::booking::evaluations::{self, Summary};
use crate::booking::organising;
use crate::web::call::Call;
use crate::web::pages::list_query::{asked_for, place_after};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::problem::Answer;
use crate::web::reply::{Limit, cursor, next_address};
use crate::web::roles::ORGANISERS;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/events/{id}/evaluations", ORGANISERS, summary);
}

#[derive(eserde::Deserialize)]
struct Query {
    after: Option<String>,
}

/// How many gave each rating, as a bar shows it.
struct Rating {
    rating: i64,
    words: &'static str,
    given: Option<i64>,
    /// The length of its bar, of 200.
    length: i64,
    /// Where its bar stands.
    top: i64,
}

#[derive(Template)]
#[template(path = "pages/programme/evaluations.html")]
struct Evaluations {
    shell: Shell,
    head: Head,
    smallest_group: i64,
    given: Option<i64>,
    mean: String,
    ratings: Vec<Rating>,
    comments: Vec<String>,
    next: Option<String>,
}

async fn summary(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { after } = asked_for(&caller)?;
    let (after, limit) = (place_after(&caller, after.as_deref()), Limit::default());
    let mut tx = caller.read().await?;
    let entry = organising::evaluated(&mut tx, &caller.person, caller.id("id")?).await?;
    let Summary { smallest_group, shown } = evaluations::summary(&mut tx, caller.hub(), entry.id).await?;
    let mut comments = evaluations::comments(&mut tx, caller.hub(), entry.id, after, limit.and_one()).await?;
    drop(tx);
    let more = limit.cut(&mut comments);
    let last = comments.last().filter(|_| more).and_then(|(place, _)| cursor(place));
    let view = Evaluations {
        shell: Shell::of(&caller, "Evaluations", way(caller.role())).await?,
        head: Head::of(&caller, &entry, "evaluations"),
        smallest_group,
        given: shown.as_ref().map(|shown| shown.given),
        mean: shown.as_ref().map_or(String::new(), |it| format!("{}.{}", it.tenths / 10, it.tenths % 10)),
        ratings: shown.map_or(Vec::new(), |shown| bars(shown.counts)),
        comments: comments.into_iter().map(|(_, comment)| comment.as_str().to_owned()).collect(),
        next: last.map(|last| next_address(caller.uri(), &last)),
    };
    page(&caller, &view).await
}

const WORDS: [&str; 5] = ["Poor", "Fair", "Good", "Very good", "Excellent"];

/// The bars, the best rating first.
fn bars(counts: [Option<i64>; 5]) -> Vec<Rating> {
    let most = counts.iter().flatten().copied().max().unwrap_or(0).max(1);
    let bar = |(at, ((rating, given), words)): (i64, ((i64, Option<i64>), &'static str))| Rating {
        rating,
        words,
        given,
        length: given.unwrap_or(0) * 200 / most,
        top: at * 28,
    };
    let all: Vec<_> = (1..).zip(counts).zip(WORDS).collect();
    (0..).zip(all.into_iter().rev()).map(bar).collect()
}
