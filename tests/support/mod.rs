//! The user's language for tests: a world with the real service in it, hubs, people and what they do,
//! through HTTP, on a fresh database of either engine.
//!
//! ```ignore
//! both_engines! {
//!     async fn a_teacher_sees_themselves(hub: TestHub) {
//!         let school = hub.school("Lampton").await;
//!         let teacher = hub.teacher(&school).await;
//!         assert_eq!(teacher.get("/v1/me").await.ok()["role"], "teacher");
//!         teacher.get("/v1/people").await.refused(403, "forbidden");
//!     }
//! }
//! ```
#![allow(dead_code, unused_imports, reason = "not every test binary speaks the whole language")]

mod attendance;
mod booking;
mod browser;
mod calendar;
mod client;
mod commissions;
mod credits;
mod demonstration;
mod engine;
mod html;
mod hub;
mod mail;
mod newsletter;
mod nullable;
mod offers;
mod openid;
mod paper;
mod postgres;
mod postings;
mod process;
mod programme;
mod programs;
mod receiver;
mod scene;
mod sign_in;
mod specification;
mod tab;
mod taken;
mod workbook;
mod world;

pub use booking::{COPTHORNE, EventPlan};
pub use browser::{Browser, Page};
pub use calendar::{CalendarEntry, Invitation};
pub use client::{Client, Reply, Request, unique};
pub use commissions::{Deal, at, days, new_quote};
pub use credits::{CENSUS, LONDON_WEST, allocation, hundredths};
pub use demonstration::Demonstration;
pub use engine::{Database, Engine, marks, signing_keys};
pub use html::Element;
pub use hub::{School, TestHub};
pub use mail::{FROM, MailServer, certificate, queue_letters};
pub use newsletter::NEWSLETTER;
pub use offers::{new_offer, rate_card};
pub use openid::{Answers, RealProvider, SECRET, Signer, Stub, providers};
pub use postgres::Cluster;
pub use postings::{new_adjustment, new_top_up};
pub use process::{Place, Process};
pub use programme::{new_event, new_programme, new_session, with};
pub use programs::{bean_check, hledger};
pub use receiver::{Answering, Received, Receiver};
pub use scene::{Scene, Staff};
pub use sign_in::{PASSWORD, SignedIn, app_code, operation_of};
pub use specification::{Extent, Operation, operation_at, operations, sample, whole};
pub use tab::{Fields, Seen, Tab, with as filled};
pub use taken::Taken;
pub use world::{Service, World, begins_at, nobody};

/// What a test is given.
pub trait Given {
    /// It, in this world.
    fn of(world: World) -> impl Future<Output = Self>;
}

impl Given for World {
    async fn of(world: World) -> World {
        world
    }
}

impl Given for TestHub {
    async fn of(world: World) -> TestHub {
        world.hub("West London").await
    }
}

/// Runs a test in a new world on the engine.
pub fn run<G: Given>(engine: Engine, test: impl AsyncFnOnce(G)) {
    let Some(database) = engine.new_database() else { return };
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        let world = World::new(database).await;
        test(G::of(world).await).await;
    });
}

/// Makes two tests of each function: `name::sqlite` and `name::postgres`. The argument is a `World` or
/// a `TestHub`.
#[macro_export]
macro_rules! both_engines {
    ($($name:ident),+ $(,)?) => {
        $(mod $name {
            #[test]
            fn sqlite() {
                $crate::support::run($crate::support::Engine::Sqlite, super::$name);
            }

            #[test]
            fn postgres() {
                $crate::support::run($crate::support::Engine::Postgres, super::$name);
            }
        })+
    };
}
