//! `init`, `manager`, `sign-in-link` and `token`: founding a hub, naming its manager, helping somebody in, and acting
//! for someone on the machine with the keys.

use hub_credits::base::auth::Subject;
use hub_credits::base::clock::Clock;
use hub_credits::base::config::Settings;
use hub_credits::base::text::Line;
use hub_credits::base::vault::Vault;
use hub_credits::ledger::audit::{self, By, Entry, Origin};
use hub_credits::members::hubs;
use hub_credits::members::logins::links::{self, MadeBy, Purpose};
use hub_credits::members::logins::{self, totp};
use hub_credits::members::people;
use hub_credits::web::links as pages;

use super::failure::Failure;
use super::{Init, Manager, SignInLink, Token, open, out};

/// Founds a hub and prints the link of its first manager.
pub async fn init(settings: &Settings, init: Init) -> Result<(), Failure> {
    let db = open::made(settings).await?;
    open::keys(settings, &db).await?;
    let local = init.manager.as_str().split('@').next().unwrap_or_default();
    let name = match init.name {
        Some(name) => name,
        None => Line::parse(local).map_err(|reason| Failure::usage(format!("--name: {reason}")))?,
    };
    let (hub, secret) =
        people::found_hub(&db, init.hub, name, init.manager.clone(), &Origin::default(), Clock::System.now()).await?;
    db.close().await;
    let link = pages::invitation(&settings.public_url, &secret);
    out::text(&format!(
        "{} is founded, and {} is its first hub manager.\n\
         This link works once, for seven days; whoever opens it in a browser sets their password and signs in:\n\n  \
         {link}\n",
        hub.name, init.manager
    ))
}

/// Names a hub manager and prints their link.
pub async fn manager(settings: &Settings, manager: Manager) -> Result<(), Failure> {
    let db = open::as_it_is(settings).await?;
    let hub = open::one_hub(&mut db.read_everywhere().await?, manager.hub.as_deref()).await?;
    let (person, secret) =
        people::name_manager(&db, hub.id, manager.email, manager.name, &Origin::default(), Clock::System.now()).await?;
    db.close().await;
    let link = pages::invitation(&settings.public_url, &secret);
    out::text(&format!(
        "{} <{}> is a hub manager of {}.\n\
         This link works once, for seven days; whoever opens it in a browser sets their password and signs in:\n\n  \
         {link}\n",
        person.name, person.email, hub.name
    ))
}

/// Prints a link by which somebody sets a password.
pub async fn sign_in_link(settings: &Settings, wanted: SignInLink) -> Result<(), Failure> {
    let db = open::as_it_is(settings).await?;
    let vault = Vault::new(&open::keys(settings, &db).await?);
    let (mut tx, now) = (db.write_everywhere().await?, Clock::System.now());
    let people = people::by_email(&mut tx, &wanted.email).await?;
    if people.iter().all(|person| person.disabled_at.is_some()) {
        return Err(Failure::failed(format!("nobody who is enabled has the address {}", wanted.email)));
    }
    let login = logins::of_address(&mut tx, &wanted.email, now).await?;
    if wanted.without_app {
        totp::remove(&mut tx, &login, now).await.map_err(Failure::failed)?;
    }
    let of = (Purpose::Reset, MadeBy::Operator);
    let made = links::make(&mut tx, &vault, &login, of, None, now).await.map_err(Failure::failed)?;
    let made = made.ok_or_else(|| Failure::failed("no link was made"))?;
    for person in people.iter().filter(|person| person.disabled_at.is_none()) {
        let told = Entry::done("sign_in_link_made", By::default(), Origin::default(), now).to_person(person.id);
        let told = told.saying(wanted.without_app.then_some("without_app"));
        audit::note(&mut tx, person.hub_id, &[told]).await?;
    }
    tx.commit().await?;
    db.close().await;
    let link = pages::reset(&settings.public_url, &made.secret);
    out::text(&format!(
        "This link works once, for a day; whoever opens it in a browser sets the password of {} and signs in:\n\n  \
         {link}\n",
        wanted.email
    ))
}

/// Prints an access token.
pub async fn token(settings: &Settings, token: Token) -> Result<(), Failure> {
    let db = open::as_it_is(settings).await?;
    let subject = match token.email {
        None => Subject::Operator,
        Some(email) => {
            let mut tx = db.read_everywhere().await?;
            let mut people = people::by_email(&mut tx, &email).await?;
            if let Some(name) = &token.hub {
                let hub = hubs::by_name(&mut tx, name).await?;
                people.retain(|person| Some(person.hub_id) == hub.as_ref().map(|hub| hub.id));
            }
            let person = match people.as_slice() {
                [person] => person,
                [] => return Err(Failure::failed(format!("nobody has the address {email}"))),
                _ => return Err(Failure::usage(format!("--hub NAME is needed: {email} is in several hubs"))),
            };
            if person.disabled_at.is_some() {
                return Err(Failure::failed(format!("{email} is disabled")));
            }
            let subject = Subject::Person(person.hub_id, person.id);
            let (hub, id) = (person.hub_id, person.id);
            drop(tx);
            let mut tx = db.write(hub).await?;
            let now = Clock::System.now();
            people::signed_in(&mut tx, hub, id, now).await?;
            audit::note(&mut tx, hub, &[Entry::done("token_issued", id, Origin::default(), now)]).await?;
            tx.commit().await?;
            subject
        }
    };
    let token = open::keys(settings, &db).await?.issue(subject, Clock::System.now(), token.ttl);
    db.close().await;
    out::line(&token.map_err(Failure::failed)?)
}
