//! The priorities: the lines of the Hub Action Plan.

use askama::Template;

use crate::base::text::Line;
use crate::programme::programmes::priorities;
use crate::web::call::{Call, Caller};
use crate::web::pages::choices::of_priorities;
use crate::web::pages::form::{Filled, Form};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::problem::Answer;
use crate::web::reply::Reply;
use crate::web::roles::{HUB, MANAGER};

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/priorities", HUB, list);
    pages.post("/priorities", MANAGER, add);
}

#[derive(Template)]
#[template(path = "pages/programme/priorities.html")]
struct Priorities {
    shell: Shell,
    filled: Filled,
    rows: Vec<(String, String)>,
}

async fn list(call: Call) -> Answer {
    show(&call.allow()?, Filled::default()).await
}

async fn show(caller: &Caller, filled: Filled) -> Answer {
    let rows = of_priorities(&mut caller.read().await?, caller.hub()).await?;
    let shell = Shell::of(caller, "Priorities", "/programmes").await?;
    page(caller, &Priorities { shell, filled, rows }).await
}

#[derive(eserde::Deserialize)]
struct Fields {
    name: Line,
}

async fn add(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    match added(&caller, &form).await {
        Err(problem) => show(&caller, form.again(problem)?).await,
        done => done,
    }
}

async fn added(caller: &Caller, form: &Form) -> Answer {
    let Fields { name } = form.read()?;
    caller
        .write(form.bytes(), async |journal| {
            priorities::create(journal, name.clone()).await?;
            Ok(Reply::see("/priorities?done=priority-added"))
        })
        .await
}
