//! Commissions: support that a school asks for, from the request to what came of it. Every step has a page that says what
//! it will do before the button.

mod agreeing;
mod asking;
mod ending;
mod list;
mod milestones;
mod next;
mod quoting;
mod show;
mod splits;
mod talk;
mod views;

pub(super) use list::{AskedOfAll, asked_of_all};

use crate::web::pages::router::Pages;

pub(super) fn pages(pages: &mut Pages<'_>) {
    list::pages(pages);
    asking::pages(pages);
    quoting::pages(pages);
    agreeing::pages(pages);
    ending::pages(pages);
    milestones::pages(pages);
    splits::pages(pages);
    talk::pages(pages);
    show::pages(pages);
}
