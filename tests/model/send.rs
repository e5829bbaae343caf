//! The commands as people send them: one at a time, through HTTP.

use serde_json::{Value, json};

use crate::command::Command;
use crate::leaving::amount;
use crate::seats::Done;
use crate::state::{Hundredths, Told};
use crate::support::{Reply, Request, hundredths};
use crate::twin::Twin;

/// What was answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The code of a refusal.
    pub refused: Option<String>,
    /// The state of the booking.
    pub state: Option<String>,
    /// What went back.
    pub refund: Option<Hundredths>,
    /// What was told of a cancellation.
    pub quote: Option<String>,
    /// What came of each of a group: a state, or a code.
    pub each: Vec<Result<String, String>>,
}

impl Answer {
    /// Whether the model allows it.
    pub fn is_allowed(&self, told: &Told<Done>) {
        match (&self.refused, told) {
            (Some(code), Err(codes)) => {
                assert!(codes.contains(code.as_str()), "refused with {code}; allowed: {codes:?}")
            }
            (Some(code), Ok(done)) => panic!("refused with {code}; the model does it: {done:?}"),
            (None, Err(codes)) => panic!("done: {self:?}; the model refuses with one of {codes:?}"),
            (None, Ok(done)) => {
                if let Some(state) = done.state {
                    assert_eq!(self.state.as_deref(), Some(state.as_str()), "the state that was answered");
                }
                if done.refund.is_some() {
                    assert_eq!(self.refund, done.refund, "the refund that was answered");
                }
                assert_eq!(self.quote, done.quote, "the quote that was answered");
                assert_eq!(self.each.len(), done.each.len(), "how many of the group were answered: {self:?}");
                for (at, (answered, ours)) in self.each.iter().zip(&done.each).enumerate() {
                    match (answered, ours) {
                        (Ok(state), Ok(ours)) => assert_eq!(state, ours.as_str(), "number {at} of the group"),
                        (Err(code), Err(codes)) => {
                            assert!(codes.contains(code.as_str()), "number {at} of the group: {code}, not {codes:?}")
                        }
                        other => panic!("number {at} of the group, and the model: {other:?}"),
                    }
                }
            }
        }
    }
}

/// The status that goes with a code.
fn status(code: &str) -> u16 {
    match code {
        "invalid_request" | "pool_not_positive" | "step_does_not_divide" => 400,
        "forbidden" => 403,
        "not_found" => 404,
        _ => 409,
    }
}

fn read(reply: &Reply) -> Answer {
    if reply.status >= 400 {
        let code = reply.json()["code"].as_str().unwrap().to_owned();
        reply.refused(status(&code), &code);
        return Answer { refused: Some(code), ..Answer::default() };
    }
    let body = if reply.body.is_empty() { Value::Null } else { reply.json() };
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let each = body["results"].as_array().into_iter().flatten().map(|result| {
        text(&result["booking"]["state"]).ok_or_else(|| text(&result["refusal"]["code"]).expect("a state or a code"))
    });
    let refund = body["refund"].is_string().then(|| hundredths(&body["refund"]));
    let state = text(&body["booking"]["state"]).or_else(|| text(&body["state"]));
    Answer { refused: None, state, refund, quote: text(&body["quote"]), each: each.collect() }
}

impl Twin {
    /// Sends it, and reads what is answered; what is no request just happens.
    pub async fn send(&mut self, command: &Command) -> Answer {
        match command {
            Command::Rules { school, own_approval, second_person, limit } => {
                self.rules(*school, (*own_approval, *second_person), *limit).await;
                return Answer::default();
            }
            Command::Issue { person, kind, valid_until } => {
                return read(&self.issue(*person, *kind, *valid_until).await);
            }
            Command::Year(act) => return read(&self.act(act).await),
            Command::Deal(dealing) => return read(&self.deal(dealing).await),
            Command::Settle(settling) => return read(&self.settle(settling).await),
            _ => {}
        }
        let reply = match self.change(command).await {
            Some(reply) => reply,
            None => self.request(command).await,
        };
        read(&reply)
    }

    /// Changes of records, which are sent with what was read.
    async fn change(&self, command: &Command) -> Option<Reply> {
        let manager = self.hub.manager();
        let (by, path, change) = match command {
            Command::Capacity { by, event, to } => {
                (&self.people[*by], format!("/v1/events/{}", self.events[*event]), json!({ "capacity": to }))
            }
            Command::Price { event, to } => {
                (&manager, format!("/v1/events/{}", self.events[*event]), json!({ "price": amount(*to) }))
            }
            Command::Reschedule { event, session } => {
                let path = format!("/v1/events/{}/sessions/{}", self.events[*event], self.sessions[*event][*session]);
                (&manager, path, json!({ "place": format!("Room {}", crate::support::unique()), "moved": true }))
            }
            _ => return None,
        };
        let etag = manager.get(&path).await.etag();
        Some(by.patch(&path, &etag, change).await)
    }

    fn request(&self, command: &Command) -> Request {
        let booking = |by: &usize, place: &crate::state::Place, what: &str, body: Option<Value>| {
            self.people[*by].post(&format!("/v1/bookings/{}/{what}", self.bookings[place]), body)
        };
        let delegate = |who: &usize, allow_clash: &bool| {
            Some(json!({ "person_id": self.people[*who].id(), "allow_clash": allow_clash }))
        };
        match command {
            Command::Book { by, event, delegate, allow_clash, ticket } => {
                let ticket = ticket.map(|ticket| self.tickets[ticket].clone());
                let body = json!({ "event_id": self.events[*event], "person_id": self.people[*delegate].id(), "allow_clash": allow_clash, "ticket_id": ticket });
                self.people[*by].post("/v1/bookings", body)
            }
            Command::Group { by, event, delegates, unnamed, best_effort, allow_clash } => {
                let delegates: Vec<&str> = delegates.iter().map(|person| self.people[*person].id()).collect();
                let mode = if *best_effort { "best_effort" } else { "all_or_nothing" };
                let mut body = json!({ "event_id": self.events[*event], "delegates": delegates, "mode": mode, "allow_clash": allow_clash });
                if let Some(unnamed) = unnamed {
                    body["unnamed"] = json!({ "places": unnamed.places, "names_by": unnamed.names_by });
                    body["school_id"] = json!(self.schools[unnamed.school].id);
                }
                self.people[*by].post("/v1/bookings/groups", body)
            }
            Command::Approve { by, place } => booking(by, place, "approve", None),
            Command::Decline { by, place } => booking(by, place, "decline", None),
            Command::Cancel { by, place, quote: None } => booking(by, place, "cancel", None),
            Command::Cancel { by, place, quote: Some(quote) } => {
                booking(by, place, &format!("cancel?quote={quote}"), None)
            }
            Command::Waive { by, place, amount: None } => {
                booking(by, place, "waive", Some(json!({ "reason": "Illness" })))
            }
            Command::Waive { by, place, amount: Some(credits) } => {
                booking(by, place, "waive", Some(json!({ "reason": "Illness", "amount": amount(*credits) })))
            }
            Command::Name { by, place, delegate: who, allow_clash } => {
                booking(by, place, "name", delegate(who, allow_clash))
            }
            Command::Substitute { by, place, delegate: who, allow_clash } => {
                booking(by, place, "substitute", delegate(who, allow_clash))
            }
            Command::Transfer { by, place, event, allow_clash } => {
                let body = json!({ "event_id": self.events[*event], "allow_clash": allow_clash });
                booking(by, place, "transfer", Some(body))
            }
            Command::AcceptOffer { by, place } => booking(by, place, "offer/accept", None),
            Command::DeclineOffer { by, place } => booking(by, place, "offer/decline", None),
            Command::Quote { by, place } => {
                self.people[*by].get(&format!("/v1/bookings/{}/cancellation-quote", self.bookings[place]))
            }
            Command::CallOff { by, event } => {
                let body = json!({ "reason": "The hall is flooded" });
                self.people[*by].post(&format!("/v1/events/{}/cancel", self.events[*event]), body)
            }
            Command::Mark { event, session, marks } => {
                let marks: Vec<Value> = marks
                    .iter()
                    .map(|(place, mark)| json!({ "booking_id": self.bookings[place], "mark": mark.as_str() }))
                    .collect();
                let path =
                    format!("/v1/events/{}/sessions/{}/register", self.events[*event], self.sessions[*event][*session]);
                self.hub.manager().put(&path, json!({ "marks": marks }))
            }
            Command::Complete { by, event, unmarked } => {
                let unmarked = unmarked.map_or_else(String::new, |mark| format!("?unmarked={}", mark.as_str()));
                self.people[*by].post(&format!("/v1/events/{}/complete{unmarked}", self.events[*event]), None)
            }
            Command::Revoke { ticket } => {
                let path = format!("/v1/tickets/{}/revoke", self.tickets[*ticket]);
                self.hub.manager().post(&path, json!({ "reason": "Left the profession" }))
            }
            other => panic!("{other:?} is no request"),
        }
    }
}
