//! `/account/data`: everything that is held on whoever asks, to read and to take away.

use actix_web::http::header;
use askama::Template;

use super::HERE;
use crate::base::pdf::{Block, Sheet};
use crate::web::call::Call;
use crate::web::held;
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::problem::Answer;
use crate::web::reply::Reply;
use crate::web::roles::EVERYONE;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/account/data", EVERYONE, show);
    pages.get("/account/data.json", EVERYONE, file);
}

#[derive(Template)]
#[template(path = "pages/account/data.html")]
struct Data {
    shell: Shell,
    sheet: Sheet,
    /// For each block the heading that it stands under.
    headings: Vec<String>,
}

async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    let (_, sheet) = held::read(&caller, caller.person.id, true).await?;
    let headings = sheet.headings().into_iter().map(str::to_owned).collect();
    page(&caller, &Data { shell: Shell::of(&caller, "What is held on you", HERE).await?, sheet, headings }).await
}

async fn file(call: Call) -> Answer {
    let caller = call.allow()?;
    let (held, _) = held::read(&caller, caller.person.id, true).await?;
    let mut answer = Reply::ok(&held)?.into_response();
    let name = header::HeaderValue::from_static("attachment; filename=\"held-on-me.json\"");
    answer.headers_mut().insert(header::CONTENT_DISPOSITION, name);
    Ok(answer)
}
