//! A run: a seed's steps on two hubs, one at a time on one, together on the other, each held against the model.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};

use hub_credits::booking::bookings::desk::Desks;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use uuid::Uuid;

use crate::command::{Command, Step};
use crate::look::Look;
use crate::slice::{Way, desks};
use crate::state::{Instant, Model};
use crate::support::{Engine, World, run};
use crate::twin::Twin;

/// How often the whole ledger is verified, in steps.
const VERIFIED: usize = 20;
/// How many runs are spent on leaving steps out of one that failed.
const TRIES: u64 = 100;

/// Runs fail on purpose now, and are not to say how.
static LEAVING_OUT: AtomicBool = AtomicBool::new(false);

/// What was done, for whoever wants to know.
type Done = Arc<Mutex<Vec<Step>>>;

/// Runs a seed on the engine; a failure is told with the fewest steps that were found to lead to it.
pub fn seed(engine: Engine, seed: u64, steps: usize) {
    let done = Done::default();
    let Err(panic) = attempt(engine, seed, steps, None, &done) else { return };
    let whole = done.lock().unwrap().clone();
    let at = whole.len();
    eprintln!("seed {seed} failed at step {at}: leaving out what it does not need");
    std::panic::set_hook(Box::new(|_| {}));
    LEAVING_OUT.store(true, Relaxed);
    let least = least(whole, |fewer| {
        let again = Done::default();
        attempt(engine, seed, steps, Some(fewer), &again).is_err().then(|| again.lock().unwrap().clone())
    });
    let _ = std::panic::take_hook();
    LEAVING_OUT.store(false, Relaxed);
    let name = if engine == Engine::Sqlite { "sqlite" } else { "postgres" };
    for step in &least {
        eprintln!("    {step:?}");
    }
    eprintln!("seed {seed}, step {at}, on {name}; the {} steps above do it too. Again:", least.len());
    eprintln!(
        "    HUB_CREDITS_MODEL_SEED={seed} HUB_CREDITS_MODEL_SEEDS=1 HUB_CREDITS_MODEL_STEPS={steps} cargo test --test model {name}"
    );
    std::panic::resume_unwind(panic);
}

/// The steps without those, and then without the commands of those, that are not needed for `fails`.
fn least(mut least: Vec<Step>, fails: impl Fn(Vec<Step>) -> Option<Vec<Step>>) -> Vec<Step> {
    let mut tries = 0;
    for within in [false, true] {
        let mut at = least.len();
        while at > 0 && tries < crate::number("HUB_CREDITS_MODEL_TRIES", TRIES) {
            at -= 1;
            let commands = match least.get(at) {
                Some(Step::Desk(commands)) if within => commands.len(),
                _ => usize::from(!within),
            };
            for nth in (0..commands).rev() {
                let mut fewer = least.clone();
                match &mut fewer[at] {
                    Step::Desk(commands) if within => drop(commands.remove(nth)),
                    _ => drop(fewer.remove(at)),
                }
                tries += 1;
                least = fails(fewer).unwrap_or(least);
                at = at.min(least.len());
            }
        }
    }
    least
}

/// One run: the seed's own steps, or these.
fn attempt(
    engine: Engine,
    seed: u64,
    steps: usize,
    given: Option<Vec<Step>>,
    done: &Done,
) -> Result<(), Box<dyn std::any::Any + Send>> {
    catch_unwind(AssertUnwindSafe(|| run(engine, async |world: World| go(world, seed, steps, given, done).await)))
}

/// Two hubs that are one to the model.
struct Run {
    model: Model,
    one: Twin,
    many: Twin,
    desks: Desks,
    starts: [BTreeMap<Uuid, Instant>; 2],
    seen: [Look; 2],
}

async fn go(world: World, seed: u64, steps: usize, given: Option<Vec<Step>>, done: &Done) {
    let mut choose = ChaCha8Rng::seed_from_u64(seed);
    let model = Model::planned(&mut choose);
    let one = Twin::make(&world, "One at a time", &model).await;
    let many = Twin::make(&world, "Many at once", &model).await;
    let starts = [&one, &many].map(|twin| {
        let ids = twin.events.iter().map(|id| id.parse().unwrap());
        ids.zip(model.events.iter().map(|event| event.starts())).collect()
    });
    let mut run = Run { desks: desks(&world), model, one, many, starts, seen: Default::default() };
    run.look().await;
    let mut given = given.map(Vec::into_iter);
    for at in 1..=steps {
        let step = match &mut given {
            None => run.model.next(&mut choose),
            Some(given) => match given.next() {
                Some(step) => step,
                None => break,
            },
        };
        // Which way a slice goes is the seed's choice too, whatever steps are left out.
        let way = if ChaCha8Rng::seed_from_u64(seed ^ at as u64).random_bool(0.5) { Way::Whole } else { Way::Desk };
        done.lock().unwrap().push(step.clone());
        run.step(&world, step, way).await;
        if at % VERIFIED == 0 || at == steps {
            run.one.hub.verified().await;
            run.many.hub.verified().await;
        }
    }
}

impl Run {
    async fn step(&mut self, world: &World, step: Step, way: Way) {
        match step {
            Step::Desk(commands) => {
                let commands: Vec<Command> = commands.into_iter().filter(|it| self.model.knows(it)).collect();
                let (mut told, before) = (Vec::new(), self.model.bookings.len());
                for command in &commands {
                    told.push(self.model.perform(command));
                    let answer = self.one.send(command).await;
                    let note = On(format!("one at a time, at {command:?}"));
                    answer.is_allowed(told.last().unwrap());
                    note.over();
                    self.look_at_one(told.last().unwrap().is_err()).await;
                }
                let answers = self.many.perform(&self.desks, way, &commands).await;
                for (at, (answer, told)) in answers.iter().zip(&told).enumerate() {
                    let note = On(format!("number {at} of {} at once, {before} bookings before", commands.len()));
                    answer.is_allowed(told);
                    note.over();
                }
                self.look_at_many(told.iter().all(Result::is_err)).await;
            }
            Step::Alone(command) if !self.model.knows(&command) => {}
            Step::Alone(command) => {
                let told = self.model.perform(&command);
                match &command {
                    Command::Pass { to } => world.clock.set(*to),
                    Command::Round => world.round().await,
                    _ => {
                        self.one.send(&command).await.is_allowed(&told);
                        self.many.send(&command).await.is_allowed(&told);
                    }
                }
                self.look_at_one(told.is_err()).await;
                self.look_at_many(told.is_err()).await;
                if command == Command::Round && self.model.fillable().is_empty() {
                    self.seen[0].nobody_waits_in_vain(&self.starts[0], self.model.now);
                    self.seen[1].nobody_waits_in_vain(&self.starts[1], self.model.now);
                }
            }
        }
    }

    async fn look(&mut self) {
        self.look_at_one(false).await;
        self.look_at_many(false).await;
    }

    /// Looks at the hub where commands come one at a time; what was refused has changed nothing.
    async fn look_at_one(&mut self, refused: bool) {
        let note = On("one at a time".to_owned());
        check(&mut self.one, &mut self.seen[0], &self.model, refused).await;
        note.over();
    }

    async fn look_at_many(&mut self, refused: bool) {
        let note = On("many at once".to_owned());
        check(&mut self.many, &mut self.seen[1], &self.model, refused).await;
        note.over();
    }
}

async fn check(twin: &mut Twin, seen: &mut Look, model: &Model, refused: bool) {
    let look = twin.look().await;
    look.is_lawful();
    if refused {
        assert_eq!(*seen, look, "a refused command changed something");
    }
    twin.compare(&look, model);
    *seen = look;
}

/// Says where it was when something panics before it is over.
struct On(String);

impl On {
    fn over(mut self) {
        self.0.clear();
    }
}

impl Drop for On {
    fn drop(&mut self) {
        if !self.0.is_empty() && std::thread::panicking() && !LEAVING_OUT.load(Relaxed) {
            eprintln!("in the hub: {}", self.0);
        }
    }
}
