//! What all requests share: the database, the clock, the keys, the desks, and what must be bounded.

use std::io;
use std::sync::Arc;

use tokio::sync::{Mutex, Notify};

use super::idempotency::InFlight;
use super::keyring::Keyring;
use super::limits::Limits;
use super::long::LongWork;
use super::recorder::Recorder;
use super::roles::Roles;
use crate::base::auth::Keys;
use crate::base::clock::Clock;
use crate::base::config::Settings;
use crate::base::db::{Db, Readiness};
use crate::base::hashing::Hashing;
use crate::base::openid::Providers;
use crate::base::pdf::Fonts;
use crate::base::vault::Vault;
use crate::booking::bookings::desk::{Desks, Render};
use crate::ledger::Marks;
use crate::members::people::Role;
use crate::messages::outbox::Postbox;

/// Where a role can go: each heading, with the paths and names of its pages.
pub(super) type WaysOf = Vec<(&'static str, Vec<(&'static str, &'static str)>)>;

/// The ways of each role.
pub(super) type Menu = fn(Role) -> WaysOf;

/// What all requests share.
pub struct App {
    /// The database of the service.
    pub db: Db,
    /// The clock that every request reads.
    pub clock: Clock,
    /// The keys that sign and check access tokens.
    pub keys: Keys,
    /// The settings of the service.
    pub settings: Settings,
    /// Asks for the ends of the ledgers to be signed now.
    pub sign_now: Arc<Notify>,
    /// Records what requests were refused.
    pub audited: Arc<Recorder>,
    pub(crate) marks: Marks,
    pub(crate) desks: Desks,
    pub(crate) limits: Limits,
    pub(super) keyring: Keyring,
    pub(crate) openid: Providers,
    pub(crate) in_flight: InFlight,
    pub(crate) ready: Readiness,
    pub(crate) long: LongWork,
    /// The fonts of printed files.
    pub fonts: Arc<Fonts>,
    pub(crate) vault: Vault,
    /// Where letters with secrets are put.
    pub(crate) postbox: Postbox,
    pub(crate) hashing: Hashing,
    pub(super) roles: Arc<Roles>,
    /// Where each role can go.
    pub(super) menu: Menu,
    /// The digest of the secret by which the first hub is founded, until it is; held by whoever founds it.
    pub(crate) founding: Mutex<Option<[u8; 32]>>,
}

impl App {
    /// The service over a migrated database, whose desks render their answers with `render`.
    pub(super) fn rendering(
        render: Render,
        (roles, menu): (Arc<Roles>, Menu),
        db: Db,
        clock: Clock,
        keys: Keys,
        settings: Settings,
    ) -> io::Result<App> {
        let limits = Limits::new(&settings);
        let openid = Providers::of(settings.openid.clone())?;
        let marks = keys.marks();
        let desks = Desks::new(db.clone(), marks.clone(), clock.clone(), render)?;
        let long = LongWork::of(&db);
        let fonts = settings.fonts.as_deref().map_or_else(Fonts::shipped, Fonts::with_folder);
        let fonts = fonts.map_err(|error| io::Error::other(format!("fonts: {error}")))?;
        let founding = Mutex::new(settings.founding);
        let (vault, hashing) = (Vault::new(&keys), Hashing::new(settings.passwords));
        let postbox = Postbox::new(&vault, settings.mail.is_some());
        Ok(App {
            db,
            clock,
            keys,
            settings,
            sign_now: Arc::default(),
            audited: Arc::default(),
            marks,
            desks,
            limits,
            keyring: Keyring::default(),
            openid,
            in_flight: InFlight::default(),
            ready: Readiness::default(),
            long,
            fonts,
            vault,
            postbox,
            hashing,
            roles,
            menu,
            founding,
        })
    }
}
