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
    fn a_link_to_an_operation_has_its_page() {
        assert_eq!(page_of("/v1/auth/invitations/ab12").as_deref(), Some("/invitation/ab12"));
        assert_eq!(page_of("/v1/auth/links/ab12").as_deref(), Some("/sign-in/link/ab12"));
        for other in ["/v1/auth/resets", "/v1/auth/resets/", "/v1/me", "/invitation/ab12"] {
            assert_eq!(page_of(other), None, "{other}");
        }
    }
}
