//! What the audit says was done, in words. The code of each act stands beside them, and in the file.

use crate::base::text::capitalised;
use crate::web::roles::Roles;

/// What was done in words: of a page, by what its form does; of the API, by what its specification says.
pub(super) fn in_words(roles: &Roles, act: &str) -> String {
    if let Some((_, words)) = NAMED.iter().find(|(known, _)| *known == act) {
        return (*words).to_owned();
    }
    let Some((method, path)) = act.split_once(' ') else { return said_plainly(act) };
    if let Some((_, words)) = FORMS.iter().find(|(form, _)| method == "POST" && *form == path) {
        return (*words).to_owned();
    }
    let summary = roles.summary(act).map(|said| said.split([':', ';', ',']).next().unwrap_or(said));
    match (method, summary) {
        ("GET", Some(what)) => format!("Took out or looked at: {}", with_small_letter(what)),
        ("GET", None) => format!("Took out or looked at: {}", plainly(path)),
        (_, Some(what)) => what.to_owned(),
        (_, None) => format!("Sent a form: {}", plainly(path)),
    }
}

/// The acts to choose from in words, in the order of the alphabet: what people do on pages and by themselves, and the one
/// that is looked for, where it is another.
pub(super) fn to_choose(roles: &Roles, asked: Option<&str>) -> Vec<(String, String)> {
    let named = NAMED.iter().map(|(act, words)| ((*act).to_owned(), (*words).to_owned()));
    let forms = FORMS.iter().map(|(form, words)| (format!("POST {form}"), (*words).to_owned()));
    let mut all: Vec<(String, String)> = named.chain(forms).collect();
    if let Some(asked) = asked.filter(|asked| !all.iter().any(|(act, _)| act == asked)) {
        all.push((asked.to_owned(), in_words(roles, asked)));
    }
    all.sort_by(|(_, a), (_, b)| a.cmp(b));
    all
}

/// A path without what is left open in it: `/people/{id}/data` is `people data`.
fn plainly(path: &str) -> String {
    let fixed = path.split('/').filter(|part| !part.is_empty() && !part.starts_with('{') && *part != "v1");
    fixed.map(|part| part.replace(['-', '.'], " ")).collect::<Vec<_>>().join(" ")
}

/// A word of the code: `sign_in` is `Sign in`.
fn said_plainly(word: &str) -> String {
    capitalised(&word.replace('_', " "))
}

fn with_small_letter(words: &str) -> String {
    let mut letters = words.chars();
    let small = !words.split(' ').next().is_some_and(|first| first.len() > 1 && first.to_uppercase() == first);
    match letters.next() {
        Some(first) if small => first.to_lowercase().chain(letters).collect(),
        _ => words.to_owned(),
    }
}

/// What is not a request to a page or an operation, by its word.
const NAMED: &[(&str, &str)] = &[
    ("sign_in", "Signed in"),
    ("sign_out", "Signed out"),
    ("refresh", "Went on with a sign-in"),
    ("reset_link_made", "Made a link to set a password"),
    ("audit_purged", "Old records of the audit were removed"),
    ("sign_in_link_made", "The operator made a link to sign in by"),
    ("token_issued", "The operator made a token"),
    ("address_link_made", "The operator made a link to confirm an address"),
    ("manager_named", "The operator named a hub manager"),
    ("hub_founded", "Hub founded"),
    ("address_confirmed", "Confirmed an e-mail address"),
];

/// The forms of the pages, by where they are sent.
pub(super) const FORMS: &[(&str, &str)] = &[
    ("/account/address", "Asked for another e-mail address"),
    ("/account/app/codes", "Made new recovery codes"),
    ("/account/app/remove", "Removed the authenticator app"),
    ("/account/calendar", "Made a calendar link of their account"),
    ("/account/calendar/revoke", "Ended a calendar link of their account"),
    ("/account/keys", "Made an API key"),
    ("/account/keys/{id}/revoke", "Revoked an API key"),
    ("/account/letters", "Chose what to be sent by e-mail"),
    ("/account/name", "Changed their name"),
    ("/account/password", "Changed their password"),
    ("/account/sessions/end-others", "Signed out everywhere else"),
    ("/account/sessions/{id}/end", "Ended one of their sign-ins"),
    ("/address/{secret}", "Confirmed an e-mail address"),
    ("/adjustments/new", "Proposed a correction"),
    ("/adjustments/{id}/approve", "Approved a correction"),
    ("/adjustments/{id}/discard", "Threw a proposed correction away"),
    ("/allocations/new", "Drafted an allocation"),
    ("/allocations/{id}/adjust", "Drafted an adjustment of an allocation"),
    ("/allocations/{id}/approve", "Approved an allocation"),
    ("/allocations/{id}/change", "Changed the draft of an allocation"),
    ("/allocations/{id}/discard", "Threw the draft of an allocation away"),
    ("/allocations/{id}/reverse", "Reversed an allocation"),
    ("/announcements/new", "Wrote to CPD leads"),
    ("/approvals", "Approved or declined places"),
    ("/catalogue/filters", "Kept a filter of the catalogue"),
    ("/catalogue/filters/{id}", "Changed a kept filter"),
    ("/catalogue/filters/{id}/remove", "Removed a kept filter"),
    ("/check-in/{code}", "Checked a delegate in"),
    ("/events/{id}", "Asked for a place, or booked it"),
    ("/events/{id}/book", "Booked a team"),
    ("/events/{id}/call-off", "Called an event off"),
    ("/events/{id}/complete", "Completed an event"),
    ("/events/{id}/copy", "Copied an event"),
    ("/events/{id}/delete", "Deleted the draft of an event"),
    ("/events/{id}/edit", "Changed an event"),
    ("/events/{id}/message", "Wrote to the delegates of an event"),
    ("/events/{id}/publish", "Published an event"),
    ("/events/{id}/register/{session}", "Marked a register"),
    ("/events/{id}/sessions/new", "Added a session"),
    ("/events/{id}/sessions/{session}", "Changed a session"),
    ("/events/{id}/sessions/{session}/call-off", "Called a session off"),
    ("/gifts/{id}/accept", "Accepted a gift"),
    ("/gifts/{id}/decline", "Declined a gift"),
    ("/gifts/{id}/withdraw", "Withdrew a gift"),
    ("/invitation/{secret}", "Accepted an invitation"),
    ("/ledger/transactions/{id}/reverse", "Reversed a transaction"),
    ("/letters/stop/{word}", "Stopped letters by a link"),
    ("/letters/{id}/send-again", "Had a letter sent again"),
    ("/needs", "Wrote down their needs"),
    ("/needs/remove", "Removed their needs"),
    ("/newsletters/{id}/edit", "Edited a newsletter"),
    ("/newsletters/{id}/gather", "Had a newsletter written anew"),
    ("/newsletters/{id}/send", "Sent a newsletter before its time"),
    ("/newsletters/{id}/skip", "Skipped a newsletter"),
    ("/notices/read", "Marked notices as read"),
    ("/partners/new", "Added a partner"),
    ("/partners/{id}/edit", "Renamed a partner"),
    ("/partners/{id}/people/new", "Added a person of a partner"),
    ("/partners/{id}/settle", "Made a statement for a partner"),
    ("/people/import", "Looked at a file of people"),
    ("/people/import/done", "Imported people from a file"),
    ("/people/new", "Added a person"),
    ("/people/{id}/app", "Removed the authenticator app of a person"),
    ("/people/{id}/disable", "Disabled a person"),
    ("/people/{id}/edit", "Changed a person"),
    ("/people/{id}/email/link", "Made a link to confirm an address"),
    ("/people/{id}/enable", "Enabled a person"),
    ("/people/{id}/erase", "Erased a person"),
    ("/people/{id}/invite", "Invited a person"),
    ("/people/{id}/merge", "Merged two records of a person"),
    ("/people/{id}/move", "Moved a person to another school"),
    ("/people/{id}/reset", "Made a link to set a password"),
    ("/people/{id}/role", "Gave a person another role"),
    ("/people/{id}/sign-in-code", "Made a code to sign in by"),
    ("/places/calendar", "Made a calendar link"),
    ("/places/calendar/end", "Ended a calendar link"),
    ("/places/{id}/accept", "Accepted a place that was offered"),
    ("/places/{id}/cancel", "Cancelled a place"),
    ("/places/{id}/decline", "Declined a place that was offered"),
    ("/places/{id}/evaluation", "Evaluated an event"),
    ("/places/{id}/move", "Moved a place to another event"),
    ("/places/{id}/name", "Named the delegate of a place"),
    ("/places/{id}/substitute", "Gave a place to somebody else"),
    ("/places/{id}/waive", "Gave back the credits of a place"),
    ("/priorities", "Added a priority"),
    ("/programmes/new", "Added a programme"),
    ("/programmes/{id}/delete", "Deleted the draft of a programme"),
    ("/programmes/{id}/edit", "Changed a programme"),
    ("/programmes/{id}/events/new", "Added an event"),
    ("/programmes/{id}/events/past", "Entered a past event"),
    ("/programmes/{id}/publish", "Published a programme"),
    ("/programmes/{id}/send-back", "Sent the draft of a programme back"),
    ("/reset/{secret}", "Set a password by a link"),
    ("/reversals/{id}", "Took a transaction back"),
    ("/rolls/import", "Imported pupils on roll, or looked at the file"),
    ("/schools/import", "Imported schools, or looked at the file"),
    ("/schools/new", "Added a school"),
    ("/schools/{id}/approval", "Changed when a school’s lead is asked"),
    ("/schools/{id}/deputies", "Named a deputy"),
    ("/schools/{id}/deputies/{deputy_id}/end", "Ended the time of a deputy"),
    ("/schools/{id}/gifts/new", "Offered a gift"),
    ("/schools/{id}/manage/details", "Changed a school"),
    ("/schools/{id}/manage/leaving", "Changed when a school leaves"),
    ("/schools/{id}/manage/numbers", "Gave a school another number"),
    ("/schools/{id}/manage/rolls", "Recorded the pupils of a school"),
    ("/schools/{id}/manage/succession", "Recorded that another school took a school’s place"),
    ("/schools/{id}/people/new", "Added a person to a school"),
    ("/set-up/{secret}", "Founded the hub"),
    ("/settings/edit", "Changed the settings"),
    ("/settings/four-eyes", "Answered whether two managers are needed"),
    ("/settings/newsletter", "Changed when the newsletter is sent"),
    ("/settings/newsletter/contacts", "Added a contact of the newsletter"),
    ("/settings/newsletter/contacts/{id}/remove", "Removed a contact of the newsletter"),
    ("/settings/webhooks", "Made a webhook"),
    ("/settings/webhooks/{id}/delete", "Deleted a webhook"),
    ("/settings/webhooks/{id}/deliveries/{delivery_id}", "Had a delivery sent again"),
    ("/settings/webhooks/{id}/edit", "Changed a webhook"),
    ("/settings/webhooks/{id}/pause", "Paused a webhook"),
    ("/settings/webhooks/{id}/ping", "Tried a webhook"),
    ("/settings/webhooks/{id}/resume", "Had a webhook go on"),
    ("/settings/webhooks/{id}/secret", "Made a new secret for a webhook"),
    ("/settlements/purchase-ledger/columns", "Changed the columns of the purchase ledger"),
    ("/settlements/{id}/cancel", "Cancelled a statement"),
    ("/settlements/{id}/pay", "Recorded a payment to a partner"),
    ("/sign-in", "Tried to sign in"),
    ("/sign-in/app", "Gave the code of an authenticator app"),
    ("/sign-in/app/confirm", "Confirmed an authenticator app"),
    ("/sign-in/app/set-up", "Began to set up an authenticator app"),
    ("/sign-in/code", "Asked for a code to sign in by"),
    ("/sign-in/code/given", "Gave a code to sign in by"),
    ("/sign-in/forgotten", "Said that they had forgotten their password"),
    ("/sign-in/hub", "Chose a hub"),
    ("/sign-in/link/{secret}", "Signed in by a link"),
    ("/sign-out", "Signed out"),
    ("/support/commissions/new", "Asked for support"),
    ("/support/commissions/{id}/cancel", "Cancelled a commission"),
    ("/support/commissions/{id}/decline", "Declined a commission"),
    ("/support/commissions/{id}/milestones/{number}/accept", "Accepted a part of a commission"),
    ("/support/commissions/{id}/milestones/{number}/agree-split", "Agreed to a split"),
    ("/support/commissions/{id}/milestones/{number}/deliver", "Delivered a part of a commission"),
    ("/support/commissions/{id}/milestones/{number}/dispute", "Disputed a part of a commission"),
    ("/support/commissions/{id}/milestones/{number}/not-yet", "Said what a part of a commission lacks"),
    ("/support/commissions/{id}/milestones/{number}/offer-split", "Offered a split"),
    ("/support/commissions/{id}/milestones/{number}/resolve", "Decided a dispute"),
    ("/support/commissions/{id}/milestones/{number}/state-case", "Stated a case"),
    ("/support/commissions/{id}/questions", "Asked a question about a commission"),
    ("/support/commissions/{id}/quote", "Gave a quote"),
    ("/support/commissions/{id}/quotes/{quote}/agree", "Agreed to a quote"),
    ("/support/commissions/{id}/quotes/{quote}/decline", "Declined a quote"),
    ("/support/commissions/{id}/quotes/{quote}/withdraw", "Withdrew a quote"),
    ("/support/commissions/{id}/review", "Reviewed a commission"),
    ("/support/commissions/{id}/visits/new", "Recorded a visit"),
    ("/support/commissions/{id}/withdraw", "Withdrew a request for support"),
    ("/support/conversations/{id}/answer", "Answered a complaint"),
    ("/support/conversations/{id}/complaint", "Complained about a conversation"),
    ("/support/conversations/{id}/messages", "Wrote in a conversation"),
    ("/support/offers/new", "Made an offer"),
    ("/support/offers/{id}/close", "Closed an offer"),
    ("/support/offers/{id}/contact", "Wrote about an offer"),
    ("/support/offers/{id}/days", "Changed the days of an offer"),
    ("/support/offers/{id}/edit", "Changed an offer"),
    ("/support/offers/{id}/open", "Opened an offer again"),
    ("/support/offers/{id}/pause", "Paused an offer"),
    ("/support/rate-card/edit", "Changed the rate card"),
    ("/tickets/import", "Gave tickets by a file, or looked at it"),
    ("/tickets/new", "Gave a ticket"),
    ("/tickets/types/new", "Added a type of ticket"),
    ("/tickets/types/{id}", "Changed a type of ticket"),
    ("/tickets/{id}/take-back", "Took a ticket back"),
    ("/top-ups/new", "Sold credits to a school"),
    ("/years", "Opened a year"),
    ("/years/{year}/close", "Closed a year"),
    ("/years/{year}/reopen", "Opened a closed year again"),
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn acts_are_said_in_words() {
        let roles = Roles::of(&json!({ "paths": {
            "/v1/people/{id}/data": { "get": { "summary": "Everything that is held on a person; as a page too" } },
            "/v1/partners/{id}/settlements": { "post": { "summary": "Makes a statement of what a partner has earned" } },
        } }));
        for (act, words) in [
            ("sign_in", "Signed in"),
            ("hub_founded", "Hub founded"),
            ("something_new", "Something new"),
            ("POST /people/{id}/disable", "Disabled a person"),
            ("GET /account/data", "Took out or looked at: account data"),
            ("GET /v1/people/{id}/data", "Took out or looked at: everything that is held on a person"),
            ("POST /v1/partners/{id}/settlements", "Makes a statement of what a partner has earned"),
        ] {
            assert_eq!(in_words(&roles, act), words, "{act}");
        }
    }
}
