//! What partners have drafted and the hub is to publish.

use crate::base::db::Tx;
use crate::programme::programmes::catalogue::{self, View};
use crate::programme::programmes::events::State;
use crate::programme::programmes::{self, ProviderKind, Stage};
use crate::web::call::Caller;
use crate::web::problem::Problem;

/// The most that are looked through.
const MOST: i64 = 200;

/// The drafts of partners that wait for the hub: where, what, and whose. A programme that was sent back waits for its
/// partner, and an event for its programme.
pub(crate) async fn of_partners(caller: &Caller, tx: &mut Tx) -> Result<Vec<(String, String, String)>, Problem> {
    let (hub, view) = (caller.hub(), View::of(&caller.person));
    let filter = programmes::Filter { drafts: true, ..programmes::Filter::default() };
    let mut found = programmes::list(tx, hub, &filter, None, MOST).await?;
    found.retain(|it| it.stage == Stage::Draft && it.provider.kind == ProviderKind::Partner);
    let drafted: Vec<_> = found.iter().map(|it| it.id).collect();
    found.retain(|it| it.returned_because.is_none());
    let programmes = found.into_iter().map(|it| {
        (format!("/programmes/{}", it.id), it.title.as_str().to_owned(), it.provider.name.as_str().to_owned())
    });
    let mut drafts: Vec<(String, String, String)> = programmes.collect();
    let filter = catalogue::Filter {
        state: Some(State::Draft),
        provider: Some(ProviderKind::Partner),
        ..catalogue::Filter::default()
    };
    let events = catalogue::list(tx, hub, view, &filter, None, MOST).await?;
    drafts.extend(events.into_iter().filter(|it| !drafted.contains(&it.programme_id)).map(|it| {
        (format!("/events/{}/manage", it.id), it.title.as_str().to_owned(), it.provider.name.as_str().to_owned())
    }));
    Ok(drafts)
}
