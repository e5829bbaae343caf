//! Before requests are declined: which they are, what comes back, and why they are declined. It can't be undone.

use askama::Template;

use crate::base::credits::Credits;
use crate::base::ids::BookingId;
use crate::booking::bookings;
use crate::web::call::Caller;
use crate::web::pages::form::Filled;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
use crate::web::seen;

/// A request that is to be declined.
struct Request {
    id: String,
    person: String,
    event: String,
    when: String,
}

#[derive(Template)]
#[template(path = "pages/approvals_decline.html")]
struct Decline {
    shell: Shell,
    filled: Filled,
    /// Where the form is sent: the list that it was ticked in.
    action: String,
    requests: Vec<Request>,
    /// What comes back; none where nothing is held.
    back: Option<String>,
}

/// Asks whether these are to be declined, and why.
pub(super) async fn ask(caller: &Caller, ids: &[&str], filled: Filled) -> Answer {
    let mut tx = caller.read().await?;
    seen::decides(caller, &mut tx).await?;
    let (mut requests, mut back) = (Vec::new(), Credits::ZERO);
    for id in ids {
        let Ok(id) = uuid::Uuid::try_parse(id).map(BookingId) else { return Err(Problem::not_found()) };
        let view = bookings::get(&mut tx, caller.hub(), id).await?;
        let view = view.filter(|view| caller.sees_school(view.booking.school_id)).ok_or_else(Problem::not_found)?;
        back = back + view.booking.held;
        requests.push(Request {
            id: id.to_string(),
            person: view.delegate().to_owned(),
            event: view.event_title.to_string(),
            when: words::held(view.starts_at, view.ends_at, view.sessions),
        });
    }
    drop(tx);
    let query = caller.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    let decline = Decline {
        shell: Shell::of(caller, "Decline", "/approvals").await?,
        filled,
        action: format!("/approvals{query}"),
        requests,
        back: (!back.is_zero()).then(|| words::credits(back)),
    };
    page(caller, &decline).await
}
