//! Every statement of an import of people.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::base::db::{Changed, Result, Tx};
use crate::base::ids::{HubId, PersonId};
use crate::members::people::Person;

/// Adds people who are enabled; `by` is who did so, none for the operator.
pub(in crate::members::people) async fn insert(
    tx: &mut Tx,
    people: &[&Person],
    by: Option<PersonId>,
) -> Result<Changed> {
    tx.rows::<12, _>(
        "INSERT INTO people (hub_id, id, name, name_key, email, email_key, role, school_id, partner_id, version, created_at, created_by)
         VALUES $rows",
        people,
        |query, person| {
            query
                .bind(person.hub_id)
                .bind(person.id)
                .bind(person.name.clone())
                .bind(person.name.key())
                .bind(person.email.clone())
                .bind(person.email.canonical())
                .bind(person.role)
                .bind(person.school_id)
                .bind(person.partner_id)
                .bind(person.version)
                .bind(person.created_at)
                .bind(by)
        },
    )
    .await
}

/// Which of these people sign in.
pub(in crate::members::people) async fn signing_in(
    tx: &mut Tx,
    hub: HubId,
    people: &[PersonId],
) -> Result<Vec<(PersonId,)>> {
    tx.rows_all::<2, _, _>(
        "WITH wanted (hub_id, id) AS (VALUES $rows)
         SELECT p.id FROM wanted w JOIN people p ON p.hub_id = w.hub_id AND p.id = w.id
         WHERE p.signed_in_at IS NOT NULL",
        people,
        |query, person| query.bind(hub).bind(*person),
    )
    .await
}

/// A link to be made: its id, whose it is, and the digest of its secret.
type Link = (Uuid, PersonId, [u8; 32]);

/// Ends the invitations of these people that were not accepted.
pub(in crate::members::people) async fn end_invitations(
    tx: &mut Tx,
    hub: HubId,
    links: &[Link],
    now: DateTime<Utc>,
) -> Result<Changed> {
    tx.rows::<3, _>(
        "WITH ended (hub_id, person_id, at) AS (VALUES $rows)
         UPDATE invitations SET expires_at = ended.at
         FROM ended
         WHERE invitations.hub_id = ended.hub_id AND invitations.person_id = ended.person_id
           AND invitations.used_at IS NULL AND invitations.expires_at > ended.at",
        links,
        |query, (_, person, _)| query.bind(hub).bind(*person).bind(now),
    )
    .await
}

pub(in crate::members::people) async fn invite(
    tx: &mut Tx,
    hub: HubId,
    links: &[Link],
    (by, now): (Option<PersonId>, DateTime<Utc>),
    expires: DateTime<Utc>,
) -> Result<Changed> {
    tx.rows::<7, _>(
        "INSERT INTO invitations (hub_id, id, person_id, secret_digest, created_at, expires_at, created_by) VALUES $rows",
        links,
        |query, (id, person, digest)| {
            query.bind(hub).bind(*id).bind(*person).bind(digest.to_vec()).bind(now).bind(expires).bind(by)
        },
    )
    .await
}
