//! Every operation by everybody, on records of their own, of the other school, of the other hub, on ids of nothing and on
//! what is no id: who may gets an answer, who may not is refused, changes nothing, and reads nothing of another's. API
//! keys of each scope, of a manager and of a lead, try too: what their scope or their person may not on what is their
//! own, and what they may on what is another's.

mod place;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use place::{Caller, ONE, Place, TWO, place};
use serde_json::Value;

use super::specification::request;
use crate::both_engines;
use crate::support::{Operation, Reply, World, nobody, operations};

/// A record as the caller stands to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Whose {
    /// Of their own school or partner, or else of their hub.
    Own,
    /// Of the other school of their hub.
    OtherSchool,
    /// Of the other hub.
    OtherHub,
    /// Nobody's: no record has the id.
    Nobody,
    /// What is no id.
    NoId,
}

/// The ids in a path, of a record that is whose; none where there is no such record.
fn ids(whose: Whose, operation: &Operation, one: &Place, two: &Place) -> Option<HashMap<&'static str, String>> {
    let collection = operation.path.split_once("/{id}").map_or("", |(collection, _)| collection);
    let delivery = if whose == Whose::OtherHub { two } else { one }.own.get("delivery_id");
    let (id, session, deputy) = match whose {
        Whose::Own => (one.own(collection), one.own.get("session"), one.own.get("deputy_id")),
        Whose::OtherSchool => {
            (one.others.get(collection).cloned(), one.own.get("session"), one.others.get("deputy_id"))
        }
        Whose::OtherHub => (two.own(collection), two.own.get("session"), two.own.get("deputy_id")),
        Whose::Nobody | Whose::NoId => {
            let id = if whose == Whose::Nobody { nobody() } else { "%00".to_owned() };
            let all = ["id", "session", "deputy_id", "delivery_id", "year", "number", "secret"]
                .map(|name| (name, id.clone()));
            let mut all = HashMap::from(all);
            if whose == Whose::Nobody {
                all.insert("year", "2031-32".to_owned());
                all.insert("number", "77".to_owned());
            }
            return Some(all);
        }
    };
    Some(HashMap::from([
        ("id", id?),
        ("session", session?.clone()),
        ("deputy_id", deputy?.clone()),
        ("delivery_id", delivery?.clone()),
        ("year", "2026-27".to_owned()),
        ("number", "1".to_owned()),
        ("secret", "none".to_owned()),
    ]))
}

/// What a school's people see of another school, as every operation with its reason.
const SEEN_BY_ALL: &[(&str, &str)] = &[
    ("GET /v1/offers/{id}", "the directory of offers is for all"),
    ("GET /v1/schools/{id}", "who is in the hub, everybody knows"),
    ("GET /v1/schools/{id}/identifiers", "what a school is known by is public"),
    ("GET /v1/commissions/{id}", "what one school asks of the other names both"),
    ("GET /v1/transfers/{id}", "what one school gives the other names both"),
    ("POST /v1/transfers/{id}/withdraw", "what one school gives the other names both"),
    ("GET /v1/me/notices", "whoever is told of another school is told its name"),
];

/// What nobody gets at on the records here, with the reason: otherwise, whatever anybody may do somebody does.
const NOT_AS_THINGS_STAND: &[(&str, &str)] = &[
    ("DELETE /v1/me/saved-filters/{id}", "a saved filter is its person's alone"),
    ("DELETE /v1/me/sessions/{id}", "nobody has signed in"),
    ("DELETE /v1/people/{id}/totp", "the person is a manager"),
    ("DELETE /v1/schools/{id}/deputies/{deputy_id}", "the deputy is of one of the two schools"),
    ("GET /v1/bookings/{id}/evaluation", "the event is not over"),
    ("GET /v1/me/announcements/{id}", "a message is its receiver's alone"),
    ("GET /v1/me/saved-filters/{id}", "a saved filter is its person's alone"),
    ("PATCH /v1/bookings/{id}/evaluation", "the event is not over"),
    ("PATCH /v1/me/saved-filters/{id}", "a saved filter is its person's alone"),
    ("POST /v1/bookings/{id}/evaluation", "the event is not over"),
    ("POST /v1/commissions/{id}/agree", "nobody has quoted"),
    ("POST /v1/commissions/{id}/milestones/{number}/accept", "nothing is agreed"),
    ("POST /v1/commissions/{id}/milestones/{number}/deliver", "nothing is agreed"),
    ("POST /v1/commissions/{id}/milestones/{number}/dispute", "nothing is agreed"),
    ("POST /v1/commissions/{id}/milestones/{number}/not-yet", "nothing is agreed"),
    ("POST /v1/commissions/{id}/milestones/{number}/offer-split", "nothing is agreed"),
    ("POST /v1/commissions/{id}/milestones/{number}/resolve", "nothing is agreed"),
    ("POST /v1/commissions/{id}/milestones/{number}/state-case", "nothing is agreed"),
    ("POST /v1/commissions/{id}/visits", "nothing is agreed"),
    ("POST /v1/me/notices/{id}/read", "a notice is its person's alone"),
    ("POST /v1/me/totp/verify", "nobody has signed in"),
    ("POST /v1/people/{id}/email/link", "nobody has asked for another address"),
    ("POST /v1/people/{id}/sign-in-code", "the person is a manager"),
    ("POST /v1/transfers/{id}/accept", "the lead is of the school that gives"),
    ("POST /v1/transfers/{id}/decline", "the lead is of the school that gives"),
];

both_engines!(everybody_tries_everything);

/// A request of the sweep.
struct Asked<'a> {
    operation: &'static Operation,
    caller: &'a Caller,
    whose: Whose,
    may: bool,
}

impl Asked<'_> {
    fn writes(&self) -> bool {
        self.operation.method != "GET"
    }

    /// What reads comes first, then what may not be done, then what may, and last what keys may; of either what deletes
    /// after what else is done to a record.
    fn order(&self) -> (bool, bool, bool, bool) {
        let own = self.may && self.whose == Whose::Own;
        (self.writes(), own, own && self.caller.scope.is_some(), own && self.operation.method == "DELETE")
    }
}

/// Whose records somebody tries an operation on. A key proves nobody whom their token did not prove, so it is asked where
/// it could differ: whether it goes too far. To read a record, keys of all scopes are one; they take turns.
fn tried(operation: &Operation, nth: usize, caller: &Caller, may: bool) -> &'static [Whose] {
    let has_record = operation.path.contains('{');
    let turn = caller.scope.is_some_and(|scope| place::SCOPES[nth % place::SCOPES.len()] == scope);
    match caller.scope {
        _ if !has_record => &[Whose::Own],
        None => &[Whose::NoId, Whose::Nobody, Whose::OtherHub, Whose::OtherSchool, Whose::Own],
        Some(_) if !may => &[Whose::Own],
        Some(_) if operation.method == "GET" && !turn => &[],
        // A manager's own are those of all schools.
        Some(_) if caller.role == "hub_manager" => &[Whose::OtherHub, Whose::Own],
        Some(_) => &[Whose::OtherHub, Whose::OtherSchool, Whose::Own],
    }
}

/// The counts of writes of both hubs, and what refused keys have asked for since they were read.
struct Watch<'a> {
    places: [&'a Place; 2],
    counts: [i64; 2],
    since: Vec<String>,
}

impl<'a> Watch<'a> {
    async fn of(places: [&'a Place; 2]) -> Watch<'a> {
        let mut watch = Watch { places, counts: [0; 2], since: Vec::new() };
        watch.changed().await;
        watch
    }

    /// Which of the hubs has changed since this was last asked.
    async fn changed(&mut self) -> [bool; 2] {
        let now = [self.places[0].writes().await, self.places[1].writes().await];
        let before = std::mem::replace(&mut self.counts, now);
        [now[0] != before[0], now[1] != before[1]]
    }

    /// What the refused keys have changed between them: before somebody changes something that they may.
    async fn refused_keys_changed(&mut self) -> Option<String> {
        let asked = std::mem::take(&mut self.since);
        let changed = !asked.is_empty() && self.changed().await != [false; 2];
        changed.then(|| format!("one of these has changed something:\n  {}", asked.join("\n  ")))
    }
}

async fn everybody_tries_everything(world: World) {
    let (one, two) = (place(&world, &ONE).await, place(&world, &TWO).await);
    let mut callers = one.callers.clone();
    callers.push(Caller::new("operator", world.operator()));
    callers.push(Caller::new("nobody", world.stranger()));
    callers.extend(one.keys().await);
    let mut wrong: Vec<String> = Vec::new();
    let mut got_at: BTreeMap<String, bool> = BTreeMap::new();
    let mut asked = Vec::new();
    for (nth, operation) in operations().iter().enumerate() {
        for caller in &callers {
            let may = caller.may(operation);
            let tried = tried(operation, nth, caller, may).iter();
            asked.extend(tried.map(|whose| Asked { operation, caller, whose: *whose, may }));
        }
    }
    asked.sort_by_key(Asked::order);
    let mut watch = Watch::of([&one, &two]).await;
    for asked in asked {
        let Asked { operation, caller, whose, may } = asked;
        let is_mine = operation.path.starts_with("/v1/me/");
        let Some(ids) = ids(if is_mine && whose == Whose::Own { Whose::Nobody } else { whose }, operation, &one, &two)
        else {
            continue;
        };
        let (role, refused_key) = (caller.role, caller.scope.is_some() && !may);
        if !refused_key {
            wrong.extend(watch.refused_keys_changed().await);
        }
        let name = format!("{} {}", operation.method, operation.path);
        let parameter = |name: &str| ids.get(name).cloned().unwrap_or_else(nobody);
        let reply = request(&caller.client, operation, parameter).await;
        let line = format!("{name} by {caller}, {whose:?}: {}", brief(&reply));
        let text = reply.text();
        if text.contains(TWO.hub) && role != "operator" {
            wrong.push(format!("reads of the other hub: {line}"));
        }
        let listed = SEEN_BY_ALL.iter().any(|(seen, _)| *seen == name);
        if ["school_lead", "teacher"].contains(&role) && text.contains(ONE.second) && !listed {
            wrong.push(format!("reads of the other school: {line}"));
        }
        let status = reply.status;
        if may && whose == Whose::Own && caller.scope.is_none() {
            let answered = got_at.entry(name.clone()).or_insert(false);
            *answered |= ![401, 403, 404].contains(&status) || operation.is_public();
        }
        let desk = operation.roles() == ["hub_manager", "school_lead", "teacher"];
        let good = match (may, whose) {
            (false, _) if role == "nobody" => status == 401,
            // The desk reads a request before it knows who sent it.
            (false, _) if desk && [400, 404].contains(&status) => true,
            (false, _) if !caller.in_scope(operation) => brief(&reply) == "403 scope_missing",
            (false, _) => status == 403,
            (true, Whose::OtherHub | Whose::Nobody | Whose::NoId) => {
                [403, 404].contains(&status) || operation.is_public()
            }
            (true, Whose::OtherSchool) if ["hub_manager", "hub_viewer", "operator"].contains(&role) => true,
            (true, Whose::OtherSchool) => [403, 404].contains(&status) || listed,
            // What is theirs may be fewer than their school's or hub's: that somebody gets at it is asked at the end.
            (true, Whose::Own) => true,
        };
        if !good {
            wrong.push(line.clone());
        }
        match asked.writes() {
            true if refused_key => watch.since.push(line),
            true => {
                let ([here, there], own) = (watch.changed().await, matches!(whose, Whose::Own | Whose::OtherSchool));
                if there && role != "operator" || here && !(may && own && status < 300) {
                    wrong.push(format!("has changed something: {line}"));
                }
            }
            false => {}
        }
    }
    wrong.extend(watch.refused_keys_changed().await);
    let found: BTreeSet<&str> = got_at.iter().filter(|(_, got)| !**got).map(|(name, _)| name.as_str()).collect();
    let listed: BTreeSet<&str> = NOT_AS_THINGS_STAND.iter().map(|(name, _)| *name).collect();
    wrong.extend(found.difference(&listed).map(|name| format!("nobody gets at it: {name}")));
    wrong.extend(listed.difference(&found).map(|name| format!("somebody gets at it: {name}")));
    assert!(wrong.is_empty(), "{} of them:\n{}", wrong.len(), wrong.join("\n"));
}

fn brief(reply: &Reply) -> String {
    let code =
        serde_json::from_slice::<Value>(&reply.body).ok().and_then(|body| body["code"].as_str().map(str::to_owned));
    format!("{} {}", reply.status, code.unwrap_or_default())
}
