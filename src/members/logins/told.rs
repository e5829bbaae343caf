//! What is told to somebody at their address: the one place from which it will be sent as e-mail. Until the service
//! sends any, a manager of the hub or the operator passes such links on.

use super::Login;
use super::links::Made;

/// The code and the link that they asked for, to sign in.
pub fn code(to: &Login, _: &Made) {
    not_sent(to, "a code to sign in");
}

/// The link that they asked for, to set a password.
pub fn reset(to: &Login, _: &Made) {
    not_sent(to, "a link to set a password");
}

fn not_sent(to: &Login, what: &str) {
    tracing::debug!(login = %to.id, what, "asked for, but the service sends no e-mail yet");
}
