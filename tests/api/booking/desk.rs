//! The desk of bookings, with a rival at the hub's lock, so that it is known what waits together.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use chrono::TimeDelta;
use futures_util::future::join_all;
use hub_credits::base::clock::Clock;
use hub_credits::base::db::Db;
use hub_credits::base::ids::{BookingId, EventId, HubId, PersonId};
use hub_credits::booking::bookings::desk::{Answer, Desks, Error};
use hub_credits::booking::bookings::{self, Actor, Command, Outcome, Reach, Refusal, What};
use hub_credits::ledger::idempotency::{Keyed, Known, Stored};
use hub_credits::ledger::{self, Journal, TransactionKind};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

use crate::both_engines;
use crate::support::{Client, Engine, EventPlan, Scene, TestHub, World, marks, nobody};

/// What a command at a desk comes to.
pub(super) type Answered = Result<Answer, Error>;

/// A command at a desk.
pub(super) type Asked = Pin<Box<dyn Future<Output = Answered>>>;

/// The desks of a process, in the middle of a world.
pub(super) struct Room {
    world: World,
    hub: HubId,
    pub(super) desks: Arc<Desks>,
}

impl Room {
    pub(super) fn new(world: &World, hub: HubId) -> Room {
        Room::with_queue(world, hub, 2_048)
    }

    pub(super) fn with_queue(world: &World, hub: HubId, queue: usize) -> Room {
        let desks = Desks::with_queue(queue, world.db().clone(), marks(), Clock::System, render).unwrap();
        Room { world: world.clone(), hub, desks: Arc::new(desks) }
    }

    /// Holds the hub's lock until it is dropped.
    pub(super) async fn rival(&self) -> Journal {
        Journal::open_marked(
            self.world.db().write_everywhere().await.unwrap(),
            &marks(),
            self.hub,
            None,
            Clock::System.now(),
        )
        .await
        .unwrap()
    }

    /// How many transactions have written the hub.
    pub(super) async fn writes(&self) -> i64 {
        ledger::writes(&mut self.world.db().read_everywhere().await.unwrap(), self.hub).await.unwrap()
    }

    pub(super) fn ask(&self, command: Command, keyed: Option<Keyed>) -> Asked {
        let (desks, hub) = (self.desks.clone(), self.hub);
        Box::pin(async move { desks.ask(hub, command, keyed).await })
    }

    /// Puts commands to the desk, in this order; none of them is answered yet.
    async fn put(&self, commands: impl IntoIterator<Item = Command>) -> Vec<Asked> {
        let mut all = Vec::new();
        for command in commands {
            let mut asked = self.ask(command, None);
            assert_eq!(at_once(&mut asked).await, None, "the rival holds the lock");
            all.push(asked);
        }
        all
    }

    /// Puts a command to the desk as soon as there is room in its queue.
    pub(super) async fn put_behind(&self, command: Command, keyed: Option<Keyed>) -> Asked {
        loop {
            let mut asked = self.ask(command.clone(), keyed.clone());
            match at_once(&mut asked).await {
                None => return asked,
                Some(answer) => assert_eq!(answer, Err(Error::Busy)),
            }
            tokio::task::yield_now().await;
        }
    }

    /// The key that they use, each for one thing.
    pub(super) fn keyed(&self, person: PersonId) -> Option<Keyed> {
        let digest = Keyed::digest("/v1/bookings", b"the same body");
        Some(Keyed { hub: self.hub, person, route: "POST /v1/bookings".to_owned(), key: "the only".to_owned(), digest })
    }
}

impl Scene {
    pub(super) async fn verified(&self, world: &World) {
        let manager = world.person(&self.hub.to_string(), &self.manager.to_string());
        let verification = manager.get("/v1/ledger/verification").await.ok();
        assert_eq!(verification["difference"], Value::Null, "{verification}");
    }

    /// Every teacher, each on this event.
    pub(super) fn bookings(&self, event: EventId) -> Vec<Command> {
        let teachers = self.schools.iter().flat_map(|school| &school.teachers);
        teachers.map(|teacher| book(*teacher, *teacher, event)).collect()
    }
}

/// What the tests look at of an answer.
fn render(_: &What, outcome: &Outcome) -> Stored {
    let booking = &outcome.booking.as_ref().unwrap().booking;
    let body = json!({ "id": booking.id, "line": booking.line, "state": booking.state.as_str() }).to_string();
    Stored { status: 201, headers: Vec::new(), body }
}

fn by(person: PersonId, what: What) -> Command {
    Command { actor: Actor { person: Some(person), reach: Reach::OfRole }, what, shown: None }
}

pub(super) fn book(person: PersonId, delegate: PersonId, event: EventId) -> Command {
    by(person, What::Book { event, delegate, allow_clash: false })
}

/// Goes on with a command, and says what it came to where that is known at once.
pub(super) async fn at_once(asked: &mut Asked) -> Option<Answered> {
    poll_fn(|context| match asked.as_mut().poll(context) {
        Poll::Ready(answer) => Poll::Ready(Some(answer)),
        Poll::Pending => Poll::Ready(None),
    })
    .await
}

#[track_caller]
fn done(answer: &Answered) -> Value {
    match answer {
        Ok(Answer::Done(stored)) => serde_json::from_str(&stored.body).unwrap(),
        other => panic!("not done: {other:?}"),
    }
}

fn booking_id(answer: &Answered) -> BookingId {
    BookingId(done(answer)["id"].as_str().unwrap().parse().unwrap())
}

/// The places in the line that were given, in the order of the commands.
pub(super) fn lines(answers: &[Answered]) -> Vec<i64> {
    answers.iter().map(|answer| done(answer)["line"].as_i64().unwrap()).collect()
}

fn refused(refusal: Refusal) -> Answered {
    Ok(Answer::Refused(refusal))
}

fn id<T: From<uuid::Uuid>>(client: &Client) -> T {
    client.id().parse::<uuid::Uuid>().unwrap().into()
}

/// From now on the database refuses every booking of this person.
async fn trip(world: &World, person: &str) {
    let mut statements = Vec::new();
    match world.engine() {
        Engine::Sqlite => statements.push(format!(
            "CREATE TRIGGER trip BEFORE INSERT ON bookings WHEN NEW.person_id = X'{}' BEGIN SELECT RAISE(ABORT, 'tripped'); END",
            person.replace('-', "")
        )),
        Engine::Postgres => {
            statements.push(format!(
                "CREATE FUNCTION trip() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN IF NEW.person_id = '{person}' THEN RAISE EXCEPTION 'tripped'; END IF; RETURN NEW; END $$"
            ));
            statements.push("CREATE TRIGGER trip BEFORE INSERT ON bookings FOR EACH ROW EXECUTE FUNCTION trip()".to_owned());
        }
    }
    for statement in statements {
        match world.db() {
            Db::Postgres(pool) => drop(sqlx::query(AssertSqlSafe(statement)).execute(&**pool).await.unwrap()),
            Db::Sqlite { write, .. } => drop(sqlx::query(AssertSqlSafe(statement)).execute(write).await.unwrap()),
        }
    }
}

both_engines!(
    those_who_wait_together_share_a_commit_in_the_order_in_which_they_came,
    a_lone_command_waits_for_nobody,
    who_is_refused_disturbs_nobody,
    people_swap_places_in_one_batch,
    a_key_that_was_used_is_answered_from_memory_among_others,
    one_that_the_database_refuses_fails_alone,
    one_that_the_database_refuses_gets_the_only_error,
    cancelling_and_approving_wait_for_no_rush
);

async fn those_who_wait_together_share_a_commit_in_the_order_in_which_they_came(world: World) {
    let scene = Scene::make(world.db(), 4, 16, &[1000]).await;
    let room = Room::new(&world, scene.hub);
    let (rival, before) = (room.rival().await, room.writes().await);
    let asked = room.put(scene.bookings(scene.events[0])).await;
    drop(rival);
    let answers = join_all(asked).await;
    assert_eq!(lines(&answers), (1..=64).collect::<Vec<i64>>());
    let commits = room.writes().await - before;
    assert!((1..=2).contains(&commits), "those who wait while the first is under way go together: {commits}");
    scene.verified(&world).await;
}

async fn a_lone_command_waits_for_nobody(world: World) {
    let scene = Scene::make(world.db(), 1, 3, &[1000]).await;
    let room = Room::new(&world, scene.hub);
    let before = room.writes().await;
    for (n, command) in (1..).zip(scene.bookings(scene.events[0])) {
        assert_eq!(lines(&[room.ask(command, None).await]), [n]);
        assert_eq!(room.writes().await - before, n);
    }
}

async fn who_is_refused_disturbs_nobody(hub: TestHub) {
    let (_, lead, teacher) = hub.funded_school("Lampton Academy", "100").await;
    let (_, poor, _) = hub.funded_school("Heston Community School", "9.99").await;
    let (viewer, disabled) = (hub.viewer().await, hub.another_manager().await);
    hub.manager().post(&format!("/v1/people/{}/disable", disabled.id()), None).await.ok();
    let event: EventId = EventId(hub.event(EventPlan::of(2, "10")).await.parse().unwrap());
    let opens_at = Some(hub.world.clock.now() + TimeDelta::days(1));
    let late = hub.event(EventPlan { opens_at, ..EventPlan::default() });
    let late = EventId(late.await.parse().unwrap());
    let desks = Arc::new(Desks::new(hub.world.db().clone(), marks(), hub.world.clock.clone(), render).unwrap());
    let room = Room { desks, world: hub.world.clone(), hub: HubId(hub.id.parse().unwrap()) };
    let none: uuid::Uuid = nobody().parse().unwrap();
    let (lead, teacher, poor, viewer, disabled): (PersonId, PersonId, PersonId, PersonId, PersonId) =
        (id(&lead), id(&teacher), id(&poor), id(&viewer), id(&disabled));
    let rival = room.rival().await;
    let asked = room
        .put([
            book(poor, poor, event),
            book(teacher, teacher, event),
            book(teacher, teacher, event),
            book(PersonId(none), teacher, event),
            book(disabled, teacher, event),
            book(viewer, teacher, event),
            book(teacher, lead, event),
            book(lead, lead, EventId(none)),
            book(lead, lead, late),
            by(teacher, What::Approve(BookingId(none))),
            by(lead, What::Cancel { booking: BookingId(none), dry_run: false, quote: None }),
            book(lead, lead, event),
        ])
        .await;
    drop(rival);
    let answers = join_all(asked).await;
    let booked = booking_id(&answers[1]);
    let expected = [
        refused(Refusal::InsufficientCredits {
            short_by: hub_credits::base::credits::Credits::parse("0.01").unwrap(),
            year: hub_credits::base::year::AcademicYear::starting(2026).unwrap(),
            others: Vec::new(),
        }),
        refused(Refusal::AlreadyBooked(booked)),
        refused(Refusal::UnknownCaller),
        refused(Refusal::Disabled),
        refused(Refusal::Forbidden),
        refused(Refusal::UnknownDelegate),
        refused(Refusal::UnknownEvent),
        refused(Refusal::NotOpen("booking has not opened")),
        refused(Refusal::Forbidden),
        refused(Refusal::UnknownBooking),
    ];
    assert_eq!((&answers[..1], &answers[2..11]), (&expected[..1], &expected[1..]));
    assert_eq!(lines(&[answers[1].clone(), answers[11].clone()]), [1, 2], "a refusal leaves no gap");
    assert_eq!(hub.places(&event.to_string()).await, (2, 0));
    hub.verified().await;
}

/// Who hands a place on, or gives it up, makes room for whoever takes it, whichever row is written first.
async fn people_swap_places_in_one_batch(world: World) {
    let scene = Scene::make(world.db(), 1, 3, &[1000]).await;
    let [a, b, c] = scene.schools[0].teachers[..] else { panic!("three teachers") };
    let by_hub = |what| Command { actor: Actor { person: None, reach: Reach::Hub }, what, shown: None };
    let book = |delegate| by_hub(What::Book { event: scene.events[0], delegate, allow_clash: false });
    let to = |booking, delegate| by_hub(What::Substitute { booking, delegate, allow_clash: false });
    let done = async |commands: &[Command]| -> Vec<(BookingId, Option<PersonId>)> {
        let tx = world.db().write_everywhere().await.unwrap();
        let mut journal = Journal::open_marked(tx, &marks(), scene.hub, None, world.clock.now()).await.unwrap();
        let outcomes = bookings::perform(&mut journal, commands).await.unwrap();
        journal.commit().await.unwrap();
        let places = outcomes.into_iter().map(|outcome| outcome.unwrap().booking.unwrap().booking);
        places.map(|booking| (booking.id, booking.person_id)).collect()
    };
    let [(x, _), (y, _)] = done(&[book(a), book(b)]).await[..] else { panic!("two bookings") };
    let swapped = done(&[to(x, c), to(y, a), to(x, b)]).await;
    assert_eq!(swapped[1..], [(y, Some(a)), (x, Some(b))]);
    let cancel = by_hub(What::Cancel { booking: y, dry_run: false, quote: None });
    assert_eq!(done(&[cancel, to(x, a)]).await, [(y, Some(a)), (x, Some(a))]);
    scene.verified(&world).await;
}

async fn a_key_that_was_used_is_answered_from_memory_among_others(world: World) {
    let scene = Scene::make(world.db(), 1, 4, &[1000, 1000]).await;
    let room = Room::new(&world, scene.hub);
    let commands = scene.bookings(scene.events[0]);
    let key = room.keyed(scene.schools[0].teachers[0]);
    let Ok(Answer::Done(first)) = room.ask(commands[0].clone(), key.clone()).await else { panic!("not done") };
    let other = key.clone().map(|key| Keyed { digest: Keyed::digest("/v1/bookings", b"another body"), ..key });
    let rival = room.rival().await;
    let mut asked = room.put([commands[1].clone()]).await;
    asked.push(room.put_behind(commands[0].clone(), key).await);
    asked.push(room.put_behind(scene.bookings(scene.events[1])[0].clone(), other).await);
    asked.extend(room.put([commands[2].clone(), commands[3].clone()]).await);
    drop(rival);
    let mut answers = join_all(asked).await;
    assert_eq!(answers.remove(2), Ok(Answer::Known(Known::Reused)));
    assert_eq!(answers.remove(1), Ok(Answer::Known(Known::Answered(first))));
    assert_eq!(lines(&answers), [2, 3, 4]);
    scene.verified(&world).await;
}

async fn one_that_the_database_refuses_fails_alone(world: World) {
    let scene = Scene::make(world.db(), 1, 32, &[1000]).await;
    let room = Room::new(&world, scene.hub);
    trip(&world, &scene.schools[0].teachers[6].to_string()).await;
    let rival = room.rival().await;
    let asked = room.put(scene.bookings(scene.events[0])).await;
    drop(rival);
    let mut answers = join_all(asked).await;
    assert_eq!(answers.remove(6), Err(Error::Failed));
    assert_eq!(lines(&answers), (1..=31).collect::<Vec<i64>>(), "everyone else in the order in which they came");
    scene.verified(&world).await;
}

async fn one_that_the_database_refuses_gets_the_only_error(hub: TestHub) {
    let event = hub.event(EventPlan::of(100, "1")).await;
    let school = hub.school("Lampton Academy").await;
    hub.fund(&school, "100").await;
    let mut leads = Vec::new();
    for _ in 0..12 {
        leads.push(hub.lead(&school).await);
    }
    trip(&hub.world, leads[5].id()).await;
    let replies = join_all(leads.iter().map(|lead| lead.book(&event))).await;
    for (n, reply) in replies.iter().enumerate() {
        if n == 5 { drop(reply.refused(500, "internal")) } else { drop(reply.created()) }
    }
    assert_eq!(hub.places(&event).await, (11, 0));
    hub.verified().await;
}

async fn cancelling_and_approving_wait_for_no_rush(world: World) {
    let scene = Scene::make(world.db(), 2, 32, &[1000, 1000]).await;
    let room = Room::new(&world, scene.hub);
    let school = &scene.schools[0];
    let [pending, given_up] = school.teachers[..2] else { panic!("two teachers") };
    let request = booking_id(&room.ask(book(pending, pending, scene.events[1]), None).await);
    let place = booking_id(&room.ask(book(school.lead, given_up, scene.events[1]), None).await);
    let head = ledger::head(&mut world.db().read_everywhere().await.unwrap(), scene.hub).await.unwrap().unwrap();

    let (rival, before) = (room.rival().await, room.writes().await);
    let mut commands = scene.bookings(scene.events[0]);
    commands.insert(20, by(school.lead, What::Approve(request)));
    commands.insert(50, by(school.lead, What::Cancel { booking: place, dry_run: false, quote: None }));
    let asked = room.put(commands).await;
    drop(rival);
    let answers = join_all(asked).await;
    assert_eq!(
        (&done(&answers[20])["state"], &done(&answers[50])["state"]),
        (&json!("confirmed"), &json!("cancelled"))
    );
    assert!(room.writes().await - before <= 2, "they go with the bookings around them");
    let mut tx = world.db().read_everywhere().await.unwrap();
    let moved = ledger::transactions(&mut tx, scene.hub, Some(place.0), 0, 10).await.unwrap();
    let refund = moved.last().unwrap();
    assert_eq!(refund.kind, TransactionKind::BookingRefunded);
    assert_eq!(refund.sequence, head.sequence + 50, "after the 49 bookings that came before, and before the others");
    drop(tx);
    scene.verified(&world).await;
}
