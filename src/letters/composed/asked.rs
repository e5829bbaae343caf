//! Letters that tell a secret: to sign in, to set a password, to come into a hub, to confirm an address.

use super::page::Page;
use crate::base::db::{self, Tx};
use crate::base::said;
use crate::members::hubs::Hub;
use crate::members::people::{Person, Role};
use crate::members::{partners, schools};
use crate::messages::outbox::{Kind, Told};

/// What such a letter says to somebody.
pub(super) async fn page(
    tx: &mut Tx,
    kind: Kind,
    (hub, person): (&Hub, &Person),
    told: Told,
) -> Result<Page, db::Error> {
    let employer = if kind == Kind::Invitation { employer(tx, person).await? } else { None };
    Ok(says(kind, hub, (person.role, employer), told))
}

/// What their school or partner is called.
async fn employer(tx: &mut Tx, person: &Person) -> Result<Option<String>, db::Error> {
    if let Some(school) = person.school_id {
        return Ok(schools::get(tx, person.hub_id, school).await?.map(|school| school.details.name.to_string()));
    }
    let Some(partner) = person.partner_id else { return Ok(None) };
    Ok(partners::get(tx, person.hub_id, partner).await?.map(|partner| partner.name.to_string()))
}

/// What somebody can do in the hub, who is invited to it in this role.
fn invitation(hub: &str, role: Role, employer: Option<&str>) -> String {
    let of = |whom: &str, general: &str| match employer {
        Some(employer) => format!("{whom} {employer}"),
        None => general.to_owned(),
    };
    match role {
        Role::HubManager => format!(
            "You are invited as a hub manager of {hub}: you look after its schools, their people, the programme and the credits."
        ),
        Role::HubViewer => {
            format!("You are invited to look at everything in {hub}: its programme, its credits and its reports.")
        }
        Role::SchoolLead => format!(
            "You are invited to {hub} as {}: find training for your colleagues, decide on what they ask for, and see what your school has to spend.",
            of("the CPD lead of", "a CPD lead")
        ),
        Role::Teacher => format!(
            "You are invited to {hub} as {}: find training, ask for a place, and keep a record of what you have attended.",
            of("a colleague at", "a colleague of a school")
        ),
        Role::Partner => format!(
            "You are invited to {hub} for {}: draft programmes and events, keep their registers, and see what you are owed.",
            employer.unwrap_or("a partner")
        ),
    }
}

fn says(kind: Kind, hub: &Hub, (role, employer): (Role, Option<String>), told: Told) -> Page {
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
            invitation(hub.name.as_str(), role, employer.as_deref()),
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
        greets: true,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_is_invited_to_what_it_can_do() {
        let said = |role, employer| invitation("West London", role, employer);
        let lead = said(Role::SchoolLead, Some("Lampton Academy"));
        assert!(lead.contains("as the CPD lead of Lampton Academy") && lead.contains("to spend"), "{lead}");
        assert!(said(Role::Teacher, Some("Lampton Academy")).contains("a colleague at Lampton Academy: find training"));
        let partner = said(Role::Partner, Some("Ambition Institute"));
        assert!(partner.contains("for Ambition Institute") && !partner.contains("school"), "{partner}");
        for role in Role::ALL {
            let general = said(*role, None);
            assert!(general.starts_with("You are invited ") && general.contains("West London"), "{general}");
        }
    }
}
