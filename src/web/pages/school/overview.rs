//! A school: facts, what it has to spend, what waits, and the ways to everything else of it.

use askama::Template;

use super::choices::here;
use crate::base::clock::london_date;
use crate::base::year::AcademicYear;
use crate::booking::bookings;
use crate::members::people::{self, Filter, Role, Standing};
use crate::members::schools::{self, ApprovalRules, Membership};
use crate::reports::{self, WalletView};
use crate::web::call::Call;
use crate::web::pages::labels::{Labelled, labelled};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page, see};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
use crate::web::roles::HUB_AND_LEADS;
use crate::web::seen;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/school", HUB_AND_LEADS, own);
    pages.get("/schools/{id}", HUB_AND_LEADS, show);
}

labelled!(Membership {
    Full => "Full member";
    Participant => "Participant";
});

#[derive(Template)]
#[template(path = "pages/school/overview.html")]
struct Overview {
    shell: Shell,
    path: String,
    id: String,
    name: String,
    urn: String,
    phase: &'static str,
    establishment_type: Option<String>,
    local_authority: Option<String>,
    membership: &'static str,
    joined: Option<String>,
    left: Option<String>,
    successor: Option<(String, String)>,
    year: String,
    available: String,
    held: String,
    spent: String,
    expiry: Option<(String, String)>,
    waits: String,
    unnamed: String,
    not_signed_in: String,
    rules: Vec<String>,
    is_lead: bool,
    changes: bool,
}

async fn own(call: Call) -> Answer {
    let caller = call.allow()?;
    Ok(see(&caller.own_school().map_or("/schools".to_owned(), |school| format!("/schools/{school}"))))
}

/// More of something than are counted.
const MANY: i64 = 50;

async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    let (hub, now, mut tx) = (caller.hub(), caller.now(), caller.read().await?);
    let school = seen::school(&caller, &mut tx).await?;
    let of = Some(school.id);
    let wallet = reports::wallet(&mut tx, hub, school.id, now).await?;
    let waiting = bookings::undecided(&mut tx, hub, of, None, MANY + 1).await?.len();
    let unnamed = bookings::unnamed(&mut tx, hub, school.id, MANY + 1).await?.len();
    let out = Filter { school: of, standing: Some(Standing::NotSignedIn), ..Filter::default() };
    let out = people::list(&mut tx, hub, &out, None, MANY + 1).await?.len();
    let rules = schools::approval_rules(&mut tx, hub, school.id).await?.ok_or_else(Problem::not_found)?;
    let successor = match school.successor_id {
        Some(successor) => schools::get(&mut tx, hub, successor).await?,
        None => None,
    };
    drop(tx);
    let year = AcademicYear::of(london_date(now)).unwrap_or(AcademicYear::FIRST);
    let (available, held, spent) = sums(&wallet, year);
    let details = school.details;
    let shown = Overview {
        shell: Shell::of(&caller, details.name.as_str(), here(&caller)).await?,
        path: format!("/schools/{}", school.id),
        id: school.id.to_string(),
        name: details.name.to_string(),
        urn: details.urn.to_string(),
        phase: details.phase.label(),
        establishment_type: details.establishment_type.map(|line| line.to_string()),
        local_authority: details.local_authority.map(|line| line.to_string()),
        membership: details.membership.label(),
        joined: details.joined_on.map(words::day),
        left: details.left_on.map(words::day),
        successor: successor.map(|it| (format!("/schools/{}", it.id), it.details.name.to_string())),
        year: year.to_string(),
        available,
        held,
        spent,
        expiry: wallet.soonest_expiry.map(|it| (words::credits(it.credits), words::day(it.expires_on))),
        waits: some(waiting),
        unnamed: some(unnamed),
        not_signed_in: some(out),
        rules: in_words(&rules),
        is_lead: caller.role() == Role::SchoolLead,
        changes: caller.role() != Role::HubViewer,
    };
    page(&caller, &shown).await
}

/// A number, or that there are many.
fn some(number: usize) -> String {
    let many = usize::try_from(MANY).unwrap_or(usize::MAX);
    if number > many { format!("more than {many}") } else { number.to_string() }
}

/// What is available, held and spent of a year.
fn sums(wallet: &WalletView, year: AcademicYear) -> (String, String, String) {
    let of = || wallet.wallets.iter().filter(|line| line.year == year).map(|line| line.sums);
    (
        words::credits(of().map(|sums| sums.available).sum()),
        words::credits(of().map(|sums| sums.held).sum()),
        words::credits(of().map(|sums| sums.spent).sum()),
    )
}

/// What the school allows, a sentence each.
fn in_words(rules: &ApprovalRules) -> Vec<String> {
    let limit = |limit: crate::base::credits::Credits| {
        format!("Each person’s requests need no approval up to {} in a year.", words::credits(limit))
    };
    let two = |limit: crate::base::credits::Credits| {
        format!("Two people agree to support of more than {}.", words::credits(limit))
    };
    let own = match (rules.second_person, rules.own_approval) {
        (true, _) => "A second person decides where a CPD lead books for themselves.",
        (false, true) => "Those who approve may approve their own requests.",
        (false, false) => "A CPD lead books for themselves without approval; deputies do not.",
    };
    let first = rules.approval_limit.map_or_else(|| "Every request of a teacher needs approval.".to_owned(), limit);
    [Some(first), Some(own.to_owned()), rules.commission_limit.map(two)].into_iter().flatten().collect()
}
