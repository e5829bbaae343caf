//! Everything that is held on a person, handed out: section by section as it lies in the tables, with the names of events
//! and schools beside ids. Secrets are not in it, of which only digests are held anyway.

mod acts;
mod page;
mod sections;
mod words;

use chrono::{DateTime, Utc};

pub use acts::{ACTS, Act};
pub use page::sheet;
pub use sections::{EXCUSED, OF_SIGN_IN, SECTIONS, Section};

use crate::base::credits::Credits;
use crate::base::db::{self, Object, Tx};
use crate::base::ids::{HubId, PersonId};
use crate::base::text::Prose;
use crate::base::vault::Vault;
use crate::booking::needs;
use crate::members::logins::{self, Session};
use crate::members::people::{self, Person};

/// What is held on a person.
#[derive(Clone, Debug)]
pub struct Held {
    /// The person.
    pub person: Person,
    /// The rows of each section, in the order of [`SECTIONS`].
    pub sections: Vec<(&'static Section, Vec<Object>)>,
    /// Whether they have written needs.
    pub needs_held: bool,
    /// Their needs, as far as they can be opened: only for themselves.
    pub needs: Option<Needs>,
    /// What they did to records of the hub.
    pub acts: Vec<Act>,
    /// How they sign in: only for themselves.
    pub sign_in: Option<SignIn>,
}

/// A person's access and dietary needs.
#[derive(Clone, Debug, serde::Serialize, utoipa::ToSchema)]
#[schema(as = HeldNeeds)]
pub struct Needs {
    /// Access needs; null where there are none.
    pub access: Option<Prose>,
    /// Dietary needs.
    pub dietary: Option<Prose>,
    /// When they were written; null where they can't be opened.
    pub written_at: Option<DateTime<Utc>>,
}

/// How somebody signs in.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// Whether a password is set.
    pub password: bool,
    /// Whether a code of an app is asked for.
    pub app: bool,
    /// When somebody first showed that the address is theirs.
    pub proved_at: Option<DateTime<Utc>>,
    /// The sessions that last.
    pub sessions: Vec<Session>,
}

/// What is held on a person; with their needs and how they sign in where it is for themselves: nobody else reads these
/// but organisers, of the delegates of their events. What they thought of events nobody else reads by their name.
pub async fn held(
    tx: &mut Tx,
    vault: &Vault,
    (hub, id): (HubId, PersonId),
    now: DateTime<Utc>,
    themselves: bool,
) -> Result<Option<Held>, db::Error> {
    let Some(person) = people::get(tx, hub, id).await? else { return Ok(None) };
    let mut read = Vec::with_capacity(SECTIONS.len());
    for section in SECTIONS {
        let mut rows: Vec<Object> = tx.query(section.statement).bind(hub).bind(id).all().await?;
        rows.iter_mut().for_each(in_credits);
        if !themselves {
            rows.iter_mut().for_each(|row| without_opinion(section.name, row));
        }
        read.push((section, rows));
    }
    let needs = if themselves { own_needs(tx, vault, hub, id).await? } else { None };
    let needs_held = needs::any(tx, hub, id).await?;
    let mut acts = acts::of_person(tx, hub, id).await?;
    for earlier in people::absorbed(tx, hub, id).await? {
        acts.extend(acts::of_person(tx, hub, earlier).await?);
    }
    let sign_in = if themselves { sign_in(tx, &person, now).await? } else { None };
    Ok(Some(Held { person, sections: read, needs_held, needs, acts, sign_in }))
}

async fn own_needs(tx: &mut Tx, vault: &Vault, hub: HubId, id: PersonId) -> Result<Option<Needs>, db::Error> {
    match needs::get(tx, vault, hub, id).await {
        Ok(needs) => {
            Ok(needs.map(|it| Needs { access: it.access, dietary: it.dietary, written_at: Some(it.written_at) }))
        }
        Err(needs::Error::Database(error)) => Err(error),
        Err(needs::Error::Sealed(_)) => Ok(Some(Needs { access: None, dietary: None, written_at: None })),
    }
}

async fn sign_in(tx: &mut Tx, person: &Person, now: DateTime<Utc>) -> Result<Option<SignIn>, db::Error> {
    let Some(login) = logins::find(tx, &person.email).await? else { return Ok(None) };
    let sessions = logins::sessions::all(tx, login.id, now).await?;
    let (password, app) = (login.password.is_some(), login.totp_confirmed_at.is_some());
    Ok(Some(SignIn { password, app, proved_at: login.proved_at, sessions }))
}

/// An evaluation without what it says: that it was given stays.
fn without_opinion(section: &str, row: &mut Object) {
    if section == sections::EVALUATIONS {
        row.0.retain(|column, _| !matches!(column.as_str(), "rating" | "comment"));
    }
}

/// Amounts, which the tables hold in hundredths, as they are written everywhere.
fn in_credits(row: &mut Object) {
    for amount in ["price", "held"] {
        if let Some(value) = row.0.get_mut(amount)
            && let Some(hundredths) = value.as_i64()
        {
            *value = Credits::from_hundredths(hundredths).to_string().into();
        }
    }
}
