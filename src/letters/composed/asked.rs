//! Letters that tell a secret: to sign in, to set a password, to come into a hub, to confirm an address.

use super::page::Page;
use crate::base::said;
use crate::members::hubs::Hub;
use crate::messages::outbox::{Kind, Told};

/// What such a letter says.
pub(super) fn page(kind: Kind, hub: &Hub, told: Told) -> Page {
    let until = said::deadline(told.expires_at);
    let (subject, sentence, act, after) = match kind {
        Kind::SignInCode => (
            format!("Your code to sign in to {}", hub.name),
            "You, or somebody else, asked for a code to sign in with your address.".to_owned(),
            "Sign in",
            "If it was not you, ignore this letter: nobody signs in without it.",
        ),
        Kind::PasswordReset => (
            "Set your password".to_owned(),
            "You, or somebody else, asked for a link to set the password of your address.".to_owned(),
            "Set a password",
            "If it was not you, ignore this letter: your password stays as it is.",
        ),
        Kind::Invitation => (
            format!("You are invited to {}", hub.name),
            format!("{} has a place for you: book training, and see what your school has booked.", hub.name),
            "Come in",
            "The link is yours alone, and works once.",
        ),
        Kind::AddressConfirmation => (
            "Confirm your new address".to_owned(),
            format!("This address was given as your new one at {}.", hub.name),
            "Confirm the address",
            "If it was not you, ignore this letter: nothing changes then.",
        ),
        // These tell no secret.
        Kind::Notice | Kind::CalendarInvitation | Kind::Newsletter => (hub.name.to_string(), String::new(), "Open", ""),
    };
    Page {
        subject,
        sentences: vec![sentence],
        words: Vec::new(),
        items: Vec::new(),
        details: vec![("Works until".to_owned(), until)],
        code: told.code,
        link: told.link,
        act: act.to_owned(),
        after: vec![after.to_owned()],
        scheduling: None,
        attachments: Vec::new(),
        footer: format!("Sent by {}.", hub.name),
        stop: None,
    }
}
