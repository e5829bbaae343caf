//! What needs somebody now, by their role.

use chrono::{DateTime, TimeDelta, Utc};

use crate::base::clock::london_date;
use crate::base::db::Tx;
use crate::base::ids::SchoolId;
use crate::base::text::{self, counted};
use crate::booking::bookings::{self, Undecided, View};
use crate::booking::{evaluations, registers};
use crate::credits::{adjustments, allocation, transfers};
use crate::members::hubs;
use crate::members::people::{self, Counts, Role};
use crate::messages::outbox;
use crate::programme::programmes::catalogue;
use crate::programme::tickets::Ticket;
use crate::reports;
use crate::support::commissions::disputes;
use crate::support::commissions::{self, Party, Reach};
use crate::web::call::Caller;
use crate::web::pages::eyes;
use crate::web::pages::own_tickets;
use crate::web::pages::programme::drafts;
use crate::web::pages::words;
use crate::web::pages::year::set_up;
use crate::web::problem::Problem;

/// Something that waits for somebody.
pub(super) enum Task {
    /// A place that came free is offered.
    Offer { path: String, title: String, until: String },
    /// They have a ticket that they can book with: what it is called, and its last day.
    Ticket { name: String, until: Option<String> },
    /// Requests wait for a decision.
    Approve { requests: String, by: Option<String> },
    /// Places lack a name.
    Name { path: String, title: String, by: Option<String> },
    /// Another school offers credits.
    Gift { from: String, amount: String },
    /// The hub is not set up yet: how much of it is done.
    SetUp { done: usize, of: usize },
    /// A partner's draft waits to be published.
    Publish { path: String, title: String, partner: String },
    /// People have not signed in yet, and have no invitation that works: whether they are sent one by e-mail.
    Invite { people: String, sends: bool },
    /// Letters do not reach people.
    Unreached { people: String },
    /// Support is asked for, and waits for a quote.
    Quote { path: String, title: String, by: String },
    /// Quotes for support wait for an agreement.
    Agree { path: String, title: String },
    /// Support was delivered.
    SignOff { path: String, title: String, milestone: String, by: Option<String> },
    /// A milestone is disputed: what the caller can do about it, and until when.
    Dispute { path: String, title: String, milestone: String, what: &'static str, by: Option<String> },
    /// An event can be evaluated.
    Evaluate { path: String, title: String, required: bool },
    /// The register of a session lacks marks.
    Register { path: String, title: String, session: String, when: String },
    /// An event is over: it waits to be completed.
    Complete { path: String, title: String, ended: String },
    /// An allocation is drafted: whose approval it waits for.
    Allocation { path: String, year: String, waits_for: String },
    /// A manager asks that one be enough: from when the caller may agree, where not now.
    FourEyes { who: String, from: Option<String> },
    /// Corrections by hand wait for a second person.
    Adjust { corrections: String },
    /// Requests wait for the hub's managers: at their schools nobody else can decide.
    Decide { requests: String, by: Option<String> },
    /// Requests of the hub's schools are about to expire.
    Expiring { requests: String, by: String },
    /// An event has too few delegates.
    AtRisk { path: String, title: String, held: i64, minimum: i64, by: Option<String> },
}

/// The most of one kind that are listed.
const MOST: i64 = 20;
/// The most requests that are counted.
const COUNTED: i64 = 200;
/// How long before they expire requests are the hub's concern.
const SOON: TimeDelta = TimeDelta::days(2);

/// What needs the caller now; `own` are their places to come.
pub(super) async fn of(caller: &Caller, tx: &mut Tx, own: &[View]) -> Result<Vec<Task>, Problem> {
    let mut tasks: Vec<Task> = own.iter().filter_map(|view| offer(view, caller.now())).collect();
    tasks.extend(to_book_with(caller, tx).await?);
    match (caller.role(), caller.own_school()) {
        (Role::SchoolLead, Some(school)) => {
            tasks.extend(to_approve(caller, tx, school).await?);
            of_lead(caller, tx, school, &mut tasks).await?;
        }
        (Role::Teacher, Some(school)) => {
            let today = london_date(caller.now());
            if people::is_deputy(tx, caller.hub(), school, caller.person.id, today).await? {
                tasks.extend(to_approve(caller, tx, school).await?);
            }
        }
        (Role::HubManager, _) => of_manager(caller, tx, &mut tasks).await?,
        (Role::Partner, _) => {
            if let Some(partner) = caller.person.partner_id {
                to_quote(caller, tx, Reach::Partner(partner), &mut tasks).await?;
                of_disputes(caller, tx, Reach::Partner(partner), &mut tasks).await?;
            }
        }
        _ => {}
    }
    for given in evaluations::to_give(tx, caller.hub(), caller.person.id, caller.now(), MOST).await? {
        let path = format!("/places/{}/evaluation", given.booking_id);
        let title = given.event_title.as_str().to_owned();
        tasks.push(Task::Evaluate { path, title, required: given.required });
    }
    // Who keeps a few registers is asked on the day; the hub, which keeps all, once nobody else has.
    let mut registers = registers::to_keep(tx, &caller.person, caller.now(), COUNTED).await?;
    if caller.role() == Role::HubManager {
        registers.retain(|register| register.ends_at <= caller.now());
    }
    // What lacks marks is asked for its register first.
    if caller.role() == Role::HubManager {
        for over in registers::to_complete(tx, caller.hub(), caller.now(), MOST).await? {
            if registers.iter().all(|register| register.event_id != over.event_id) {
                tasks.push(Task::Complete {
                    path: format!("/events/{}/complete", over.event_id),
                    title: over.event_title.as_str().to_owned(),
                    ended: words::moment(over.ended_at),
                });
            }
        }
    }
    for register in registers.into_iter().take(usize::try_from(MOST).unwrap_or(usize::MAX)) {
        tasks.push(Task::Register {
            path: format!("/events/{}/register", register.event_id),
            title: register.event_title.as_str().to_owned(),
            session: register.session_title.as_str().to_owned(),
            when: words::span(register.starts_at, register.ends_at),
        });
    }
    Ok(tasks)
}

fn offer(view: &View, now: DateTime<Utc>) -> Option<Task> {
    let until = view.booking.offered_until.filter(|until| *until > now)?;
    Some(Task::Offer {
        path: format!("/places/{}", view.booking.id),
        title: view.event_title.as_str().to_owned(),
        until: words::deadline(until),
    })
}

/// The tickets that somebody of a school has and has not used.
async fn to_book_with(caller: &Caller, tx: &mut Tx) -> Result<Vec<Task>, Problem> {
    if caller.own_school().is_none() {
        return Ok(Vec::new());
    }
    let task =
        |ticket: &Ticket| Task::Ticket { name: own_tickets::called(ticket), until: ticket.valid_until.map(words::day) };
    Ok(own_tickets::usable(caller, tx).await?.iter().map(task).collect())
}

/// The requests of a school that wait for a decision.
async fn to_approve(caller: &Caller, tx: &mut Tx, school: SchoolId) -> Result<Option<Task>, Problem> {
    let waiting = bookings::undecided(tx, caller.hub(), Some(school), None, COUNTED).await?;
    let by = waiting.iter().find_map(|request| request.view.booking.approve_by).map(words::deadline);
    Ok((!waiting.is_empty()).then(|| Task::Approve { requests: requests(&waiting), by }))
}

/// How many requests: as many as are counted at most.
fn requests(of: &[Undecided]) -> String {
    let all = counted(of.len(), "request");
    if i64::try_from(of.len()).is_ok_and(|many| many >= COUNTED) { format!("{all} or more") } else { all }
}

async fn of_lead(caller: &Caller, tx: &mut Tx, school: SchoolId, tasks: &mut Vec<Task>) -> Result<(), Problem> {
    for view in bookings::unnamed(tx, caller.hub(), school, MOST).await? {
        tasks.push(Task::Name {
            path: format!("/places/{}", view.booking.id),
            title: view.event_title.as_str().to_owned(),
            by: view.booking.names_by.map(words::day),
        });
    }
    let state = Some(transfers::State::Offered);
    let filter = transfers::Filter { school: Some(school), state, ..transfers::Filter::default() };
    for gift in transfers::list(tx, caller.hub(), filter, None, MOST).await? {
        if gift.to_school_id == school {
            let (from, amount) = (gift.from_school_name.as_str().to_owned(), words::credits(gift.amount));
            tasks.push(Task::Gift { from, amount });
        }
    }
    to_quote(caller, tx, Reach::School(school), tasks).await?;
    let quoted = (Some(commissions::State::Quoted), Some(Party::Buyer));
    for (path, title, _) in commissions_in(caller, tx, Reach::School(school), quoted).await? {
        tasks.push(Task::Agree { path, title });
    }
    for delivered in commissions::to_answer(tx, caller.hub(), school, MOST).await? {
        tasks.push(Task::SignOff {
            path: format!("/support/commissions/{}", delivered.commission_id),
            title: delivered.title.as_str().to_owned(),
            milestone: delivered.milestone.as_str().to_owned(),
            by: delivered.answer_until.map(words::deadline),
        });
    }
    of_disputes(caller, tx, Reach::School(school), tasks).await
}

/// The disputes that somebody has a part in: a side until it ends, the hub from the day on which it can decide.
async fn of_disputes(caller: &Caller, tx: &mut Tx, reach: Reach, tasks: &mut Vec<Task>) -> Result<(), Problem> {
    let now = caller.now();
    for dispute in disputes::unresolved(tx, caller.hub(), reach, MOST).await? {
        let (what, by) = match reach {
            Reach::Hub if dispute.is_heard(now) => ("decide how its price is divided", None),
            Reach::Hub => ("the sides can state their case", Some(dispute.cases_until)),
            Reach::School(_) | Reach::Partner(_) if dispute.offered_to(reach).is_some() => {
                let until = dispute.lacks_case_of(reach, now).then_some(dispute.cases_until);
                match until {
                    Some(until) => ("the other side offers to settle: agree, or state your case", Some(until)),
                    None => ("the other side offers to settle: agree, or offer something else", None),
                }
            }
            Reach::School(_) | Reach::Partner(_) if dispute.lacks_case_of(reach, now) => {
                ("state your case, or offer to settle", Some(dispute.cases_until))
            }
            Reach::School(_) | Reach::Partner(_) => ("you can still offer to settle; else the hub decides", None),
        };
        tasks.push(Task::Dispute {
            path: format!("/support/commissions/{}", dispute.commission_id),
            title: dispute.title.as_str().to_owned(),
            milestone: dispute.milestone.as_str().to_owned(),
            what,
            by: by.map(words::deadline),
        });
    }
    Ok(())
}

/// Support that a school or partner was asked for, and has not quoted for.
async fn to_quote(caller: &Caller, tx: &mut Tx, reach: Reach, tasks: &mut Vec<Task>) -> Result<(), Problem> {
    let asked = (Some(commissions::State::Requested), Some(Party::Provider));
    for (path, title, by) in commissions_in(caller, tx, reach, asked).await? {
        tasks.push(Task::Quote { path, title, by });
    }
    Ok(())
}

/// The commissions in a state where they are this party: where, what, and the last day for quotes.
async fn commissions_in(
    caller: &Caller,
    tx: &mut Tx,
    reach: Reach,
    (state, party): (Option<commissions::State>, Option<Party>),
) -> Result<Vec<(String, String, String)>, Problem> {
    let filter = commissions::Filter { state, party, ..commissions::Filter::default() };
    let found = commissions::list(tx, caller.hub(), reach, filter, None, MOST).await?;
    let of = |one: commissions::Commission| {
        let path = format!("/support/commissions/{}", one.id);
        (path, one.title.as_str().to_owned(), words::day(one.answer_by))
    };
    Ok(found.into_iter().map(of).collect())
}

/// The set-up, what partners have drafted, who waits for an invitation, and whom letters do not reach.
async fn of_setting_up(caller: &Caller, tx: &mut Tx, tasks: &mut Vec<Task>) -> Result<(), Problem> {
    let hub = caller.hub();
    let steps = reports::first_steps(tx, hub).await?;
    if let Some((done, of)) = set_up::unfinished(&steps, london_date(caller.now())) {
        tasks.push(Task::SetUp { done, of });
    }
    for (path, title, partner) in drafts::of_partners(caller, tx).await? {
        tasks.push(Task::Publish { path, title, partner });
    }
    let uninvited = people::uninvited(tx, hub, caller.now(), COUNTED).await?;
    if uninvited > 0 {
        let all = text::people(uninvited);
        let people = if uninvited >= COUNTED { format!("{all} or more") } else { all };
        tasks.push(Task::Invite { people, sends: caller.app().postbox.takes() });
    }
    let unreached = outbox::how_many_unreached(tx, hub).await?;
    if unreached > 0 {
        tasks.push(Task::Unreached { people: text::people(unreached) });
    }
    Ok(())
}

/// What another manager asks of the second pair of eyes: that one manager be enough.
async fn to_agree(caller: &Caller, tx: &mut Tx) -> Result<Option<Task>, Problem> {
    let hub = hubs::get(tx, caller.hub()).await?;
    let Some(asked) = hub.and_then(|hub| hub.four_eyes_off_asked_by).filter(|asked| *asked != caller.person.id) else {
        return Ok(None);
    };
    let who = people::get(tx, caller.hub(), asked).await?;
    let who = who.map_or_else(|| "Another manager".to_owned(), |person| person.name.to_string());
    let counts = people::counts(tx, caller.hub(), caller.now(), Some(asked), caller.person.id).await?;
    Ok(Some(Task::FourEyes { who, from: eyes::from(counts) }))
}

/// The requests that the hub's managers decide themselves, and those that other schools let expire.
async fn of_requests(caller: &Caller, tx: &mut Tx, tasks: &mut Vec<Task>) -> Result<(), Problem> {
    let (hub, now) = (caller.hub(), caller.now());
    let waiting = bookings::undecided(tx, hub, None, None, COUNTED).await?;
    let left = bookings::left_to_hub(tx, hub, &waiting, london_date(now)).await?;
    let (ours, mut others): (Vec<Undecided>, Vec<Undecided>) =
        waiting.into_iter().partition(|request| left.contains(&request.view.booking.id));
    if let Some(first) = ours.first() {
        let by = first.view.booking.approve_by.map(words::deadline);
        tasks.push(Task::Decide { requests: requests(&ours), by });
    }
    others.retain(|request| request.view.booking.approve_by.is_some_and(|by| by <= now + SOON));
    if let Some(by) = others.first().and_then(|request| request.view.booking.approve_by) {
        tasks.push(Task::Expiring { requests: requests(&others), by: words::deadline(by) });
    }
    Ok(())
}

async fn of_manager(caller: &Caller, tx: &mut Tx, tasks: &mut Vec<Task>) -> Result<(), Problem> {
    let (hub, now) = (caller.hub(), caller.now());
    of_setting_up(caller, tx, tasks).await?;
    of_disputes(caller, tx, Reach::Hub, tasks).await?;
    let state = Some(allocation::State::Draft);
    let drafts = allocation::Filter { state, ..allocation::Filter::default() };
    for draft in allocation::list(tx, hub, drafts, None, MOST).await? {
        tasks.push(Task::Allocation {
            path: format!("/allocations/{}", draft.id),
            year: draft.year.as_str(),
            waits_for: match eyes::to_approve(caller, tx, draft.drafted_by).await? {
                Counts::Now => "your approval".to_owned(),
                Counts::Never => "approval by another manager".to_owned(),
                Counts::From(at) => format!("approval by another manager; you can from {}", words::moment(at)),
            },
        });
    }
    tasks.extend(to_agree(caller, tx).await?);
    let state = Some(adjustments::State::Proposed);
    let proposed = adjustments::Filter { state, ..adjustments::Filter::default() };
    match adjustments::list(tx, hub, proposed, None, MOST).await?.len() {
        0 => {}
        1 => tasks.push(Task::Adjust { corrections: "1 correction".to_owned() }),
        many => tasks.push(Task::Adjust { corrections: format!("{many} corrections") }),
    }
    of_requests(caller, tx, tasks).await?;
    let at_risk =
        catalogue::Filter { at_risk: Some(true), from: Some(london_date(now)), ..catalogue::Filter::default() };
    let view = catalogue::View::of(&caller.person);
    for entry in catalogue::list(tx, hub, view, &at_risk, None, MOST).await? {
        tasks.push(Task::AtRisk {
            path: format!("/events/{}", entry.id),
            title: entry.title.as_str().to_owned(),
            held: entry.held,
            minimum: entry.minimum.unwrap_or_default(),
            by: entry.decide_by.map(words::day),
        });
    }
    Ok(())
}
