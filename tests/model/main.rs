//! The model test: an obvious model of wallets, events and bookings, of commissions and of what a partner is paid, in
//! memory, written from the words of the domain and not from the code, against the service. What is done is chosen from
//! a seed, near the edges: the last place, exactly the balance or a hundredth less, the last half day, the instant at
//! which a tier, a deadline or an offer ends, or silence accepts. Each command has the set of
//! results that the model allows; after every step the states, the balances and the laws of the ledger hold, and what was
//! refused has changed nothing. Every hub has a twin in which the desk takes the same commands many at once.
//!
//! ```text
//! cargo test --test model                                                   a handful of seeds
//! HUB_CREDITS_MODEL_SEEDS=200 HUB_CREDITS_MODEL_STEPS=300 cargo test --test model    as long as you like
//! HUB_CREDITS_MODEL_SEED=17 HUB_CREDITS_MODEL_SEEDS=1 cargo test --test model        one of them again
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::as_conversions,
    reason = "a test fails by panicking"
)]

#[path = "../support/mod.rs"]
mod support;

mod by_hand;
mod choose;
mod close;
mod command;
mod deal_choose;
mod deal_look;
mod deal_send;
mod deals;
mod dividing;
mod laws;
mod leaving;
mod look;
mod places;
mod plan;
mod run;
mod seats;
mod send;
mod settling;
mod slice;
mod state;
mod twin;
mod whole;
mod work;
mod year;
mod year_choose;
mod year_send;

use support::Engine;

/// The number in an environment variable.
fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

fn on(engine: Engine) {
    let (first, steps) = (number("HUB_CREDITS_MODEL_SEED", 1), number("HUB_CREDITS_MODEL_STEPS", 120));
    for seed in first..first + number("HUB_CREDITS_MODEL_SEEDS", 4) {
        run::seed(engine, seed, steps as usize);
    }
}

#[test]
fn the_service_does_as_the_model_says_on_sqlite() {
    on(Engine::Sqlite);
}

#[test]
fn the_service_does_as_the_model_says_on_postgres() {
    on(Engine::Postgres);
}
