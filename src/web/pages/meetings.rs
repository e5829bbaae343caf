//! The sessions of an event as they are shown, each with the link to join it for those who may see that.

use chrono::{DateTime, Utc};

use super::words;
use crate::base::db::Tx;
use crate::base::ids::{EventId, SessionId};
use crate::base::text::{Line, Link};
use crate::booking::bookings::joining::Joining;
use crate::programme::programmes::Provider;
use crate::programme::programmes::sessions::{self, Session};
use crate::web::call::Caller;
use crate::web::problem::Problem;

/// A session.
pub(crate) struct Meeting {
    /// Its id.
    pub(crate) id: SessionId,
    /// Its title.
    pub(crate) title: String,
    /// `Tuesday 2 March 2027, 1.30pm to 4.30pm`.
    pub(crate) when: String,
    /// When it ends.
    pub(crate) ends_at: DateTime<Utc>,
    /// Where it takes place.
    pub(crate) place: Option<String>,
    /// Whether it can be joined online.
    pub(crate) online: bool,
    /// The link to join it.
    pub(crate) join: Option<String>,
    /// Who speaks.
    pub(crate) speaker: Option<String>,
    /// Whether the caller keeps its register because they are its host.
    pub(crate) hosted: bool,
}

/// The sessions of an event of this provider, in the order of their start.
pub(crate) async fn of_event(
    tx: &mut Tx,
    caller: &Caller,
    event: EventId,
    provider: Provider,
) -> Result<Vec<Meeting>, Problem> {
    let joining = Joining::of(tx, &caller.person).await?;
    let sessions = sessions::of_event(tx, caller.hub(), event).await?;
    let shown = |session: Session| {
        let given = joining.gives(event, provider, session.host_id);
        Meeting {
            id: session.id,
            title: session.title.as_str().to_owned(),
            when: words::span(session.starts_at, session.ends_at),
            ends_at: session.ends_at,
            place: session.place.as_ref().map(text),
            online: session.online_url.is_some(),
            join: session.online_url.filter(|_| given).as_ref().map(Link::as_str).map(str::to_owned),
            speaker: session.speaker.as_ref().map(text),
            hosted: session.host_id == Some(caller.person.id),
        }
    };
    Ok(sessions.into_iter().map(shown).collect())
}

/// A session that was called off.
pub(crate) struct NotHeld {
    /// Its title.
    pub(crate) title: String,
    /// When it was to be.
    pub(crate) when: String,
    /// Why it was called off.
    pub(crate) reason: String,
}

/// The sessions of an event that were called off, of those of a place that was asked for since then.
pub(crate) async fn not_held(
    tx: &mut Tx,
    caller: &Caller,
    event: EventId,
    since: Option<DateTime<Utc>>,
) -> Result<Vec<NotHeld>, Problem> {
    let mut off = sessions::not_held(tx, caller.hub(), event).await?;
    off.retain(|session| since.is_none_or(|since| session.called_off_at >= since));
    let shown = |session: sessions::NotHeld| NotHeld {
        title: session.title.as_str().to_owned(),
        when: words::span(session.starts_at, session.ends_at),
        reason: session.reason.as_str().to_owned(),
    };
    Ok(off.into_iter().map(shown).collect())
}

fn text(line: &Line) -> String {
    line.as_str().to_owned()
}
