//! Which API keys may do what: derived for each operation from its method, path and tags, said beside it as `x-scopes` of
//! the specification, and enforced from there. What concerns keys and ways of signing in, and what makes a secret that
//! would outlive the key, is for people alone.

use crate::members::api_keys::Scope;

/// Tags of what no key does, nor reads.
const OF_PEOPLE: &[&str] = &["api-keys", "sign-in"];

/// Operations that make a secret or a way in, or lead what happens elsewhere.
const MAKE_A_WAY_IN: &[&str] = &[
    "POST /v1/me/calendar",
    "POST /v1/me/email",
    "POST /v1/people/{id}/email",
    "POST /v1/people/{id}/email/link",
    "POST /v1/people/{id}/invite",
    "POST /v1/people/{id}/reset",
    "POST /v1/people/{id}/sign-in-code",
    "DELETE /v1/people/{id}/totp",
    "POST /v1/webhooks",
    "PATCH /v1/webhooks/{id}",
    "POST /v1/webhooks/{id}/secret",
];

/// Tags of what a key for bookings changes.
const OF_BOOKINGS: &[&str] = &["bookings"];

/// Tags of what a key for finance changes.
const OF_FINANCE: &[&str] = &["adjustments", "ledger", "settlements", "top-ups", "transfers", "webhooks"];

/// The scopes that may do an operation; none where a person must.
pub(super) fn of(method: &str, path: &str, tags: &[&str]) -> &'static [Scope] {
    let one_of = |of: &[&str]| tags.iter().any(|tag| of.contains(tag));
    if one_of(OF_PEOPLE) || MAKE_A_WAY_IN.contains(&format!("{} {path}", method.to_uppercase()).as_str()) {
        return &[];
    }
    match method {
        "get" => Scope::ALL,
        _ if one_of(OF_BOOKINGS) => &[Scope::Book, Scope::All],
        _ if one_of(OF_FINANCE) => &[Scope::Finance, Scope::All],
        _ => &[Scope::All],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_follow_from_method_and_tag() {
        assert_eq!(of("get", "/v1/schools", &["schools"]), Scope::ALL);
        assert_eq!(of("post", "/v1/bookings", &["bookings"]), [Scope::Book, Scope::All]);
        assert_eq!(of("post", "/v1/top-ups", &["top-ups"]), [Scope::Finance, Scope::All]);
        assert_eq!(of("post", "/v1/webhooks/{id}/ping", &["webhooks"]), [Scope::Finance, Scope::All]);
        assert_eq!(of("post", "/v1/schools", &["schools"]), [Scope::All]);
        for (method, path, tag) in [
            ("get", "/v1/api-keys", "api-keys"),
            ("post", "/v1/api-keys", "api-keys"),
            ("post", "/v1/people/{id}/invite", "people"),
            ("post", "/v1/me/calendar", "calendars"),
            ("post", "/v1/people/{id}/reset", "people"),
            ("post", "/v1/people/{id}/sign-in-code", "people"),
            ("delete", "/v1/people/{id}/totp", "people"),
            ("post", "/v1/webhooks", "webhooks"),
            ("patch", "/v1/webhooks/{id}", "webhooks"),
        ] {
            assert!(of(method, path, &[tag]).is_empty(), "{method} {path}");
        }
    }
}
