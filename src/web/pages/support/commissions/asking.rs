//! Asking for support, and ending a request before anything is agreed.

use askama::Template;

use super::list::members;
use super::next::base;
use crate::base::ids::OfferId;
use crate::base::text::Line;
use crate::support::commissions::{self, NewCommission};
use crate::support::offers::{self, Sight};
use crate::web::call::{Call, Caller};
use crate::web::in_sight::{self, reach};
use crate::web::pages::choices::of_priorities;
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::list_query::asked_for;
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::problem::{Answer, Problem};
use crate::web::reply::Reply;
use crate::web::roles::{LEADS, SUPPORT};

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/support/commissions/new", LEADS, begin);
    pages.post("/support/commissions/new", LEADS, request);
    pages.get("/support/commissions/{id}/withdraw", LEADS, ask_to_withdraw);
    pages.post("/support/commissions/{id}/withdraw", LEADS, withdraw);
    pages.get("/support/commissions/{id}/decline", SUPPORT, ask_to_decline);
    pages.post("/support/commissions/{id}/decline", SUPPORT, decline);
}

#[derive(Default, eserde::Deserialize)]
struct Query {
    offer: Option<OfferId>,
}

#[derive(Template)]
#[template(path = "pages/support/commissions/new.html")]
struct New {
    shell: Shell,
    filled: Filled,
    offer: Option<(String, String, String)>,
    providers: Vec<(String, String)>,
    priorities: Vec<(String, String)>,
}

async fn begin(call: Call) -> Answer {
    let caller = call.allow()?;
    let Query { offer } = asked_for(&caller)?;
    let offer = offer.map_or(String::new(), |offer| offer.to_string());
    new_page(&caller, Filled::with([("offer_id", offer)])).await
}

async fn new_page(caller: &Caller, filled: Filled) -> Answer {
    let mut tx = caller.read().await?;
    let offer = match filled.value("offer_id").parse().ok().map(OfferId) {
        Some(id) => offers::get(&mut tx, caller.hub(), id).await?,
        None => None,
    };
    let offer = offer.filter(|offer| Sight::of(&caller.person).shows(offer));
    let (schools, partners) = members(caller, &mut tx).await?;
    let priorities = of_priorities(&mut tx, caller.hub()).await?;
    drop(tx);
    let own = caller.own_school().map(|own| own.to_string());
    let schools = schools.into_iter().filter(|(id, _)| Some(id) != own.as_ref());
    let everybody = (String::new(), "Every school and partner".to_owned());
    let all = std::iter::once(everybody)
        .chain(schools.map(|(id, name)| (format!("school:{id}"), name)))
        .chain(partners.into_iter().map(|(id, name)| (format!("partner:{id}"), name)));
    let none = (String::new(), "None".to_owned());
    let template = New {
        shell: Shell::of(caller, "Ask for help", "/support").await?,
        filled,
        providers: if offer.is_some() { Vec::new() } else { all.collect() },
        offer: offer.map(|offer| {
            let (title, name) = (offer.details.title.as_str().to_owned(), offer.provider.name.as_str().to_owned());
            (offer.id.to_string(), title, name)
        }),
        priorities: std::iter::once(none).chain(priorities).collect(),
    };
    page(caller, &template).await
}

async fn request(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    let sent = async {
        let sorts = [("school", "provider_school_id"), ("partner", "provider_partner_id")];
        let new: NewCommission = form.with_choice("provider", &sorts).without("provider").read()?;
        let buyer = caller.own_school().ok_or_else(Problem::not_found)?;
        caller
            .write(form.bytes(), async |journal| {
                let made = commissions::request(journal, buyer, &new).await?;
                Ok(Reply::see(&format!("{}?done=asked-for-support", base(&made))))
            })
            .await
    };
    match sent.await {
        Ok(done) => Ok(done),
        Err(problem) => new_page(&caller, form.again(problem)?).await,
    }
}

#[derive(Template)]
#[template(path = "pages/support/commissions/end.html")]
struct End {
    shell: Shell,
    filled: Filled,
    path: String,
    what: &'static str,
    title: String,
}

async fn ask_to_withdraw(call: Call) -> Answer {
    let caller = call.allow()?;
    end_page(&caller, Filled::default(), "withdraw").await
}

async fn ask_to_decline(call: Call) -> Answer {
    let caller = call.allow()?;
    end_page(&caller, Filled::default(), "decline").await
}

async fn end_page(caller: &Caller, filled: Filled, what: &'static str) -> Answer {
    let of = in_sight::commission(caller, &mut caller.read().await?).await?;
    let title = if what == "withdraw" { "Withdraw the request" } else { "Decline the request" };
    let template = End {
        shell: Shell::of(caller, title, "/support").await?,
        filled,
        path: base(&of),
        what,
        title: of.title.as_str().to_owned(),
    };
    page(caller, &template).await
}

#[derive(eserde::Deserialize)]
struct EndFields {
    reason: Option<Line>,
}

async fn withdraw(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    let sent = async {
        let (EndFields { reason }, id, reach) = (form.read()?, caller.id("id")?, reach(&caller)?);
        caller
            .write(form.bytes(), async |journal| {
                let ended = commissions::withdraw(journal, reach, id, reason.clone()).await?;
                Ok(Reply::see(&format!("{}?done=request-withdrawn", base(&ended))))
            })
            .await
    };
    match sent.await {
        Ok(done) => Ok(done),
        Err(problem) => end_page(&caller, form.again(problem)?, "withdraw").await,
    }
}

async fn decline(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    let sent = async {
        let (EndFields { reason }, id, reach) = (form.read()?, caller.id("id")?, reach(&caller)?);
        caller
            .write(form.bytes(), async |journal| {
                let ended = commissions::decline(journal, reach, id, reason.clone()).await?;
                Ok(Reply::see(&format!("{}?done=request-declined", base(&ended))))
            })
            .await
    };
    match sent.await {
        Ok(done) => Ok(done),
        Err(problem) => end_page(&caller, form.again(problem)?, "decline").await,
    }
}
