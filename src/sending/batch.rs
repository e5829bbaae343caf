//! Some letters of one hub: taken, composed, handed over, recorded.

use std::collections::BTreeMap;
use std::time::Instant;

use futures_util::StreamExt;
use futures_util::stream;
use uuid::Uuid;

use super::{Error, Sender, Went};
use crate::base::db::{self, Tx};
use crate::base::ids::{HubId, LetterId};
use crate::base::mail::{Mail, Refused, Server};
use crate::letters::{self, Composed};
use crate::members::hubs::{self, Hub};
use crate::messages::outbox::{self, Became, Due, Kind, LEASE, Letter, Next};

/// How many letters are taken for each connection.
const EACH: usize = 2;

/// What became of a letter that the mail server was asked to take, and whether it could be asked at all.
type Answer = (Letter, Option<Result<(), Refused>>);

impl Sender {
    /// Sends some letters of a hub that are due.
    pub(super) async fn send_some(&self, server: &Server, hub: HubId) -> Result<Went, Error> {
        let (began, limit) = (Instant::now(), server.at_once() * EACH);
        let letters = self.take(hub, Due::Single(limit)).await?;
        let taken = letters.len();
        if taken == 0 {
            return Ok(Went::default());
        }
        let mut became: Vec<(LetterId, Became)> = Vec::with_capacity(letters.len());
        let mut to_send: Vec<(Letter, Mail)> = Vec::with_capacity(letters.len());
        let mut tx = self.db.read(hub).await?;
        let known = its_hub(&mut tx, hub).await?;
        for letter in letters {
            match letters::compose(&mut tx, &self.site, &known, &letter, self.clock.now()).await? {
                Composed::Mail(mail) => to_send.push((letter, *mail)),
                Composed::Gathered(at) => became.push((letter.id, Became::Gathered(at))),
                Composed::Later(at, why) => became.push((letter.id, Became::Later(at, why.to_owned()))),
                Composed::Unwanted(why) => became.push((letter.id, Became::Unwanted(why.to_owned()))),
                Composed::Lost(why) => became.push((letter.id, Became::Dead(why.to_owned()))),
            }
        }
        drop(tx);
        let asked = to_send.len();
        let answers: Vec<Vec<Answer>> = stream::iter(in_order(to_send))
            .map(|letters| hand_over(server, letters, began))
            .buffer_unordered(server.at_once())
            .collect()
            .await;
        let now = self.clock.now();
        let (mut sent, mut later) = (0, 0);
        for (letter, answer) in answers.into_iter().flatten() {
            match answer {
                None => {}
                Some(Ok(())) => {
                    sent += 1;
                    became.push((letter.id, Became::Sent));
                }
                Some(Err(refused)) => {
                    tracing::warn!(hub = %hub, letter = %letter.id, words = refused.words, for_good = refused.for_good, "a letter was not taken");
                    let what = after(&letter, refused, now);
                    later += usize::from(matches!(what, Became::Later(..)));
                    became.push((letter.id, what));
                }
            }
        }
        self.mark(hub, &became).await?;
        Ok(Went { taken, sent, away: asked > 0 && sent == 0 && later > 0 })
    }

    pub(super) async fn take(&self, hub: HubId, due: Due) -> Result<Vec<Letter>, db::Error> {
        db::retrying(async || {
            let mut tx = self.db.write(hub).await?;
            let letters = outbox::take(&mut tx, hub, self.id, due, self.clock.now()).await?;
            tx.commit().await?;
            Ok(letters)
        })
        .await
    }

    pub(super) async fn mark(&self, hub: HubId, became: &[(LetterId, Became)]) -> Result<(), db::Error> {
        db::retrying(async || {
            let mut tx = self.db.write(hub).await?;
            outbox::mark(&mut tx, hub, self.id, became, self.clock.now()).await?;
            tx.commit().await
        })
        .await
    }
}

/// The hub whose letters they are: it is there as long as they are.
pub(super) async fn its_hub(tx: &mut Tx, hub: HubId) -> Result<Hub, db::Error> {
    hubs::get(tx, hub).await?.ok_or_else(db::Error::vanished)
}

/// What a refusal makes of a letter.
pub(super) fn after(letter: &Letter, refused: Refused, now: chrono::DateTime<chrono::Utc>) -> Became {
    if refused.nobody_there {
        return Became::Dead(format!("{}{}", outbox::NOBODY, refused.words));
    }
    if refused.for_good {
        return Became::Dead(refused.words);
    }
    match outbox::after_failure(letter.tries, letter.until, now) {
        Next::At(at) => Became::Later(at, refused.words),
        Next::Never => Became::Dead(refused.words),
    }
}

/// The letters in groups, each of which goes one after the other: what one person is told, and the sessions for their
/// calendar. Whatever somebody asked for waits for nothing.
fn in_order(letters: Vec<(Letter, Mail)>) -> Vec<Vec<(Letter, Mail)>> {
    let mut groups: BTreeMap<(&'static str, Uuid), Vec<(Letter, Mail)>> = BTreeMap::new();
    for (letter, mail) in letters {
        let in_order = matches!(letter.kind, Kind::Notice | Kind::CalendarInvitation);
        let whose = letter.person_id.filter(|_| in_order).map_or(letter.id.0, |person| person.0);
        groups.entry((letter.kind.as_str(), whose)).or_default().push((letter, mail));
    }
    let mut groups: Vec<Vec<(Letter, Mail)>> = groups.into_values().collect();
    groups.sort_by_key(|group| group.first().map(|(letter, _)| letter.id));
    groups
}

/// Hands letters to the mail server, one after the other. After one that is to be tried again, the others are left for
/// later; and so is what can't be answered for within the lease.
async fn hand_over(server: &Server, letters: Vec<(Letter, Mail)>, began: Instant) -> Vec<Answer> {
    let mut answers = Vec::with_capacity(letters.len());
    let mut held_up = false;
    for (letter, mail) in letters {
        if !held_up {
            server.turn().await;
        }
        if held_up || began.elapsed() + server.longest() >= LEASE {
            answers.push((letter, None));
            continue;
        }
        let answer = server.take(&mail).await;
        held_up = answer.as_ref().is_err_and(|refused| !refused.for_good);
        answers.push((letter, Some(answer)));
    }
    answers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::ids::PersonId;
    use crate::base::text::Email;

    fn letter(id: u128, person: u128, kind: Kind) -> (Letter, Mail) {
        let at = "2026-10-05T09:00:00Z".parse().unwrap();
        let letter = Letter {
            id: LetterId(Uuid::from_u128(id)),
            person_id: Some(PersonId(Uuid::from_u128(person))),
            address: None,
            kind,
            sealed: None,
            newsletter_id: None,
            contact_id: None,
            written_at: at,
            until: at + outbox::GIVEN_UP_AFTER,
            tries: 1,
        };
        let mail = Mail {
            from_name: String::new(),
            to_name: String::new(),
            to: Email::parse("a@b.example").unwrap(),
            id: id.to_string(),
            written_at: at,
            subject: String::new(),
            text: String::new(),
            html: String::new(),
            scheduling: None,
            attachments: Vec::new(),
            headers: Vec::new(),
        };
        (letter, mail)
    }

    #[test]
    fn what_one_person_is_told_goes_in_order_and_codes_wait_for_nothing() {
        let letters = vec![
            letter(1, 7, Kind::Notice),
            letter(2, 8, Kind::Notice),
            letter(3, 7, Kind::SignInCode),
            letter(4, 7, Kind::Notice),
            letter(5, 7, Kind::CalendarInvitation),
            letter(6, 7, Kind::CalendarInvitation),
        ];
        let groups: Vec<Vec<u128>> = in_order(letters)
            .into_iter()
            .map(|group| group.into_iter().map(|(letter, _)| letter.id.0.as_u128()).collect())
            .collect();
        assert_eq!(groups, [vec![1, 4], vec![2], vec![3], vec![5, 6]]);
    }

    #[test]
    fn what_is_refused_for_good_is_not_tried_again() {
        let (letter, _) = letter(1, 7, Kind::Notice);
        let now = letter.written_at;
        let refused = |for_good| Refused { for_good, nobody_there: false, words: "no".to_owned() };
        assert_eq!(after(&letter, refused(true), now), Became::Dead("no".to_owned()));
        let nobody = Refused { nobody_there: true, ..refused(true) };
        assert_eq!(after(&letter, nobody, now), Became::Dead("nobody is at this address: no".to_owned()));
        assert!(matches!(after(&letter, refused(false), now), Became::Later(at, _) if at > now));
        assert_eq!(after(&letter, refused(false), letter.until), Became::Dead("no".to_owned()));
    }
}
