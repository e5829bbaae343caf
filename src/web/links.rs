//! The addresses that the service gives to people: pages that a secret opens once, and what anyone may look at.

/// The page by which somebody comes into a hub.
pub fn invitation(public_url: &str, secret: &str) -> String {
    format!("{public_url}/invitation/{secret}")
}

/// The page by which somebody sets a password.
pub fn reset(public_url: &str, secret: &str) -> String {
    format!("{public_url}/reset/{secret}")
}

/// The page by which somebody signs in once.
pub fn sign_in(public_url: &str, secret: &str) -> String {
    format!("{public_url}/sign-in/link/{secret}")
}

/// The page by which somebody confirms a new address.
pub fn address(public_url: &str, secret: &str) -> String {
    format!("{public_url}/address/{secret}")
}

/// The page on which anyone checks a certificate.
pub fn certificate(public_url: &str, number: &str) -> String {
    format!("{public_url}/certificates/{number}")
}

/// The calendar of somebody's bookings, by their secret.
pub(crate) fn calendar(public_url: &str, secret: &str) -> String {
    format!("{public_url}/v1/calendars/{secret}.ics")
}

/// The calendar of the programme, by somebody's secret.
pub(crate) fn programme_calendar(public_url: &str, secret: &str) -> String {
    format!("{public_url}/v1/calendars/{secret}/programme.ics")
}

/// The calendars that somebody's secret opens.
pub(crate) struct Calendars {
    /// That of their bookings.
    pub(crate) places: String,
    /// That of the programme.
    pub(crate) programme: String,
}

impl Calendars {
    /// Those that this secret opens.
    pub(crate) fn of(public_url: &str, secret: &str) -> Calendars {
        Calendars { places: calendar(public_url, secret), programme: programme_calendar(public_url, secret) }
    }

    /// The link that a calendar program on the device opens, to subscribe to one's bookings.
    pub(crate) fn places_at(&self) -> String {
        subscribing(&self.places)
    }

    /// The link that a calendar program on the device opens, to subscribe to the programme.
    pub(crate) fn programme_at(&self) -> String {
        subscribing(&self.programme)
    }
}

/// An address as calendar programs know it for one to subscribe to: `webcal://hub.example/a.ics`, whether it is reached by
/// `http` or `https`.
fn subscribing(address: &str) -> String {
    let (_, rest) = address.split_once("://").unwrap_or(("", address));
    format!("webcal://{rest}")
}

/// The operations of the API that a link opens, each with the page on which a person does the same.
const PAGES: &[(&str, &str)] = &[
    ("/v1/auth/addresses/", "/address/"),
    ("/v1/auth/invitations/", "/invitation/"),
    ("/v1/auth/links/", "/sign-in/link/"),
    ("/v1/auth/resets/", "/reset/"),
    ("/v1/certificates/", "/certificates/"),
    ("/v1/letters/stop/", "/letters/stop/"),
];

/// The page for a browser that opens such an operation.
pub(super) fn page_of(path: &str) -> Option<String> {
    let of = |(operation, page): &(&str, &str)| path.strip_prefix(operation).map(|rest| format!("{page}{rest}"));
    PAGES.iter().find_map(of).filter(|page| !page.ends_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calendars_are_subscribed_to_by_a_tap() {
        for url in ["https://hub.example", "http://hub.example"] {
            assert_eq!(Calendars::of(url, "ab").places_at(), "webcal://hub.example/v1/calendars/ab.ics");
            assert_eq!(Calendars::of(url, "ab").programme_at(), "webcal://hub.example/v1/calendars/ab/programme.ics");
        }
    }

    #[test]
    fn a_link_to_an_operation_has_its_page() {
        assert_eq!(page_of("/v1/auth/invitations/ab12").as_deref(), Some("/invitation/ab12"));
        assert_eq!(page_of("/v1/auth/links/ab12").as_deref(), Some("/sign-in/link/ab12"));
        for other in ["/v1/auth/resets", "/v1/auth/resets/", "/v1/me", "/invitation/ab12"] {
            assert_eq!(page_of(other), None, "{other}");
        }
    }
}
