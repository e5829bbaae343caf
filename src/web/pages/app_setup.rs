//! What an authenticator app is set up with, and the codes that stand in for it, as pages show them.

use askama::Template;

use super::shell::Shell;
use crate::base::qr;
use crate::members::logins::totp::Setup;
use crate::web::files::internal;
use crate::web::problem::Problem;

/// What an app is set up with, until a code of it confirms it.
pub(crate) struct SetUp {
    /// The QR code to be scanned, as the address of an image.
    pub(crate) image: String,
    /// The secret, to be typed, in groups of four.
    pub(crate) secret: String,
    /// The address that opens an app on the same device.
    pub(crate) uri: String,
}

impl SetUp {
    /// As it is shown.
    pub(crate) fn of(setup: Option<Setup>) -> Result<Option<SetUp>, Problem> {
        let Some(Setup { secret, uri }) = setup else { return Ok(None) };
        let image = picture(&qr::svg(&uri).map_err(|error| internal(&error))?);
        let signs: Vec<char> = secret.chars().collect();
        let secret = signs.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ");
        Ok(Some(SetUp { image, secret, uri }))
    }
}

/// An SVG image as an address, which a page loads without asking anybody.
pub(crate) fn picture(svg: &str) -> String {
    use base64::Engine;
    format!("data:image/svg+xml;base64,{}", base64::prelude::BASE64_STANDARD.encode(svg))
}

/// The page with recovery codes, which are shown once.
#[derive(Template)]
#[template(path = "pages/entering/recovery.html")]
pub(crate) struct Recovery {
    pub(crate) shell: Shell,
    pub(crate) codes: Vec<String>,
    pub(crate) next: String,
}
