//! What was gathered for people of one hub: taken, composed into one letter for each beside what goes alone, handed over,
//! recorded.

use std::collections::BTreeMap;
use std::time::Instant;

use futures_util::StreamExt;
use futures_util::stream;

use super::batch::{after, its_hub};
use super::{Error, Sender, Went};
use crate::base::ids::{HubId, LetterId, PersonId};
use crate::base::mail::{Mail, Server};
use crate::letters::{self, Digest};
use crate::messages::outbox::{Became, Due, LEASE, Letter};

impl Sender {
    /// Sends what was gathered for some people of a hub and is due.
    pub(super) async fn send_gathered(&self, server: &Server, hub: HubId) -> Result<Went, Error> {
        let began = Instant::now();
        let letters = self.take(hub, Due::Gathered(server.at_once())).await?;
        let taken = letters.len();
        if taken == 0 {
            return Ok(Went::default());
        }
        let mut of_each: BTreeMap<PersonId, Vec<Letter>> = BTreeMap::new();
        for letter in letters {
            if let Some(person) = letter.person_id {
                of_each.entry(person).or_default().push(letter);
            }
        }
        let mut became: Vec<(LetterId, Became)> = Vec::with_capacity(taken);
        let mut to_send: Vec<(Mail, Vec<Letter>)> = Vec::with_capacity(of_each.len());
        let mut tx = self.db.read(hub).await?;
        let known = its_hub(&mut tx, hub).await?;
        for (person, letters) in of_each {
            let now = self.clock.now();
            let Digest { mails, unwanted } =
                letters::digest(&mut tx, &self.site, &known, (person, &letters), now).await?;
            became.extend(unwanted.into_iter().map(|(id, why)| (id, Became::Unwanted(why.to_owned()))));
            for (mail, ids) in mails {
                let of_it = letters.iter().filter(|letter| ids.contains(&letter.id)).cloned();
                to_send.push((mail, of_it.collect()));
            }
        }
        drop(tx);
        let asked = to_send.len();
        let answers: Vec<_> = stream::iter(to_send)
            .map(|(mail, letters)| async move {
                server.turn().await;
                if began.elapsed() + server.longest() >= LEASE {
                    return None;
                }
                Some((server.take(&mail).await, letters))
            })
            .buffer_unordered(server.at_once())
            .collect()
            .await;
        let now = self.clock.now();
        let (mut sent, mut later) = (0, 0);
        for (answer, letters) in answers.into_iter().flatten() {
            match answer {
                Ok(()) => {
                    sent += 1;
                    became.extend(letters.iter().map(|letter| (letter.id, Became::Sent)));
                }
                Err(refused) => {
                    tracing::warn!(hub = %hub, words = refused.words, "a digest was not taken");
                    later += usize::from(!refused.for_good);
                    became.extend(letters.iter().map(|letter| (letter.id, after(letter, refused.clone(), now))));
                }
            }
        }
        self.mark(hub, &became).await?;
        Ok(Went { taken, sent, away: asked > 0 && sent == 0 && later > 0 })
    }
}
