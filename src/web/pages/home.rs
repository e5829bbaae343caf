//! Home: what needs somebody now, what is next, what happened.

use askama::Template;

use super::router::Pages;
use super::shell::{Shell, page};
use crate::web::call::Call;
use crate::web::problem::Answer;
use crate::web::roles::EVERYONE;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/", EVERYONE, home);
}

#[derive(Template)]
#[template(path = "pages/home.html")]
struct Home {
    shell: Shell,
}

async fn home(call: Call) -> Answer {
    let caller = call.allow()?;
    let shell = Shell::of(&caller, "Home", "/").await?;
    page(&caller, &Home { shell }).await
}
