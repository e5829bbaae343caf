//! The address that checkpoints are posted to: run by somebody else, where the service can't take them back.

use std::collections::HashMap;
use std::time::Duration;

use reqwest::{Client, Url};

use super::note::Checkpoint;
use crate::base::ids::HubId;

/// How long one checkpoint may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Posts the newest checkpoint of each ledger, which vouches for all before it.
pub(super) struct Address {
    client: Client,
    url: Url,
    /// How far each ledger's checkpoints were accepted there, by sequence.
    told: HashMap<HubId, i64>,
}

impl Address {
    pub(super) fn at(url: &Url) -> reqwest::Result<Address> {
        let client = Client::builder().timeout(PATIENCE).user_agent("hub-credits").build()?;
        Ok(Address { client, url: url.clone(), told: HashMap::new() })
    }

    /// Whether the head of this sequence was not yet accepted there.
    pub(super) fn lacks(&self, hub: HubId, sequence: i64) -> bool {
        self.told.get(&hub).is_none_or(|told| *told < sequence)
    }

    /// Posts the note as text. It is accepted where the status is 2xx; otherwise it is posted again later.
    pub(super) async fn tell(&mut self, checkpoint: &Checkpoint) -> reqwest::Result<()> {
        let post = self.client.post(self.url.clone()).header("content-type", "text/plain; charset=utf-8");
        post.body(checkpoint.note.clone()).send().await?.error_for_status()?;
        self.told.insert(checkpoint.hub, checkpoint.sequence);
        Ok(())
    }
}
