//! What somebody was told of one topic.

use super::Topic;
use crate::base::db::{self, Tx};
use crate::base::ids::{HubId, NoticeId, PersonId};
use crate::messages::notices::{self, Told};

/// So many notices are read at once.
const READ: i64 = 200;

/// A page of what a person was told of a topic, the newest first; with `unread`, of what they have not read. Notices are found
/// by whose they are: those of other topics are passed over.
pub async fn told(
    tx: &mut Tx,
    (hub, person): (HubId, PersonId),
    (topic, unread): (Topic, bool),
    mut before: Option<NoticeId>,
    limit: i64,
) -> Result<Vec<Told>, db::Error> {
    let (limit, read) = (usize::try_from(limit).unwrap_or(usize::MAX), usize::try_from(READ).unwrap_or(usize::MAX));
    let mut found = Vec::new();
    loop {
        let notices = notices::list(tx, hub, person, unread, before, READ).await?;
        let last = notices.len() < read;
        before = notices.last().map(|notice| notice.id);
        found.extend(notices.into_iter().filter(|notice| Topic::of(notice.kind) == topic));
        if last || found.len() >= limit {
            found.truncate(limit);
            return Ok(found);
        }
    }
}
