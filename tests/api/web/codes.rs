//! One request for every code that a problem may carry, with its status and its whole form, in a table for each part of
//! the API. A code without a row fails the test.

mod bookings;
mod credits;
mod requests;
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;

use serde_json::Value;

use crate::both_engines;
use crate::support::{Reply, TestHub, World};

type Provoked<'a> = Pin<Box<dyn Future<Output = Reply> + 'a>>;

/// A code, its status, and what provokes it in a hub of its own.
type Row = (&'static str, u16, for<'a> fn(&'a TestHub) -> Provoked<'a>);

/// A table: of each row its code, its status, and the request that provokes it.
macro_rules! rows {
    ($($code:literal $status:literal |$hub:ident| $request:block)+) => {
        pub(super) fn rows() -> Vec<Row> {
            vec![$(($code, $status, |$hub: &TestHub| Box::pin(async move $request))),+]
        }
    };
}
use rows;

fn table() -> Vec<Row> {
    [requests::rows(), bookings::rows(), credits::rows(), support::rows()].concat()
}

/// Every code, as the specification lists them.
fn codes() -> Vec<String> {
    let specification = hub_credits::web::specification();
    let codes = specification.pointer("/components/schemas/Code/enum").and_then(Value::as_array).expect("the codes");
    codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect()
}

/// The whole form of RFC 9457, as far as a test that knows the code and its status can tell.
fn check(code: &str, status: u16, reply: &Reply) -> Result<String, String> {
    let problem = reply.json();
    let fields: Vec<&str> = problem.as_object().into_iter().flatten().map(|(field, _)| field.as_str()).collect();
    let known = ["type", "title", "status", "detail", "code", "request_id", "errors"];
    let text = |field: &str| problem[field].as_str().unwrap_or_default();
    let errors = problem["errors"].as_array().cloned().unwrap_or_default();
    let whole = |error: &Value| {
        ["pointer", "code", "detail"].iter().all(|field| error[*field].as_str().is_some_and(|text| !text.is_empty()))
    };
    for (holds, what) in [
        (reply.status == status && problem["status"] == status, "status"),
        (text("code") == code, "code"),
        (reply.header("content-type") == Some("application/problem+json"), "content type"),
        (text("type") == format!("/problems/{code}"), "type"),
        (!text("title").is_empty() && !text("detail").is_empty(), "words"),
        (Some(text("request_id")) == reply.header("x-request-id"), "request id"),
        (fields.iter().all(|field| known.contains(field)), "fields"),
        (problem.get("errors").is_none() || (!errors.is_empty() && errors.iter().all(whole)), "errors"),
        ((status == 401) == reply.header("www-authenticate").is_some(), "www-authenticate"),
        (![429, 503].contains(&status) || reply.header("retry-after").is_some(), "retry-after"),
        ((status == 405) == reply.header("allow").is_some(), "allow"),
    ] {
        if !holds {
            return Err(format!("{code}: {what}: {reply}"));
        }
    }
    Ok(text("title").to_owned())
}

#[test]
fn every_code_has_a_row_of_its_own() {
    let rows: BTreeSet<String> = table().iter().map(|(code, ..)| (*code).to_owned()).collect();
    assert_eq!(rows.len(), table().len(), "a code has two rows");
    let without: Vec<String> = codes().into_iter().filter(|code| !rows.contains(code)).collect();
    assert!(without.is_empty(), "these need a row in tests/api/web/codes: {without:?}");
}

both_engines!(every_code_is_answered_with_its_status_and_form);

async fn every_code_is_answered_with_its_status_and_form(world: World) {
    let (mut titles, mut wrong, codes) = (BTreeMap::new(), Vec::new(), codes());
    for (code, status, provoke) in table() {
        // What one row does to the clock and to its hub is nothing to the next.
        world.at(&crate::support::begins_at().to_rfc3339());
        let hub = world.hub(code).await;
        match check(code, status, &provoke(&hub).await) {
            Ok(title) => drop(titles.insert(title, code)),
            Err(words) => wrong.push(words),
        }
        hub.verified().await;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(titles.len(), codes.len(), "two codes have one title: {titles:?}");
}
