//! The pages: what people see in a browser. They use the operations of the domain, the call and the desk as the API does,
//! and know nothing of it: there is one set of rules, and a page decides nothing.
//!
//! A page is complete without a script. A form is POSTed, does one operation, and leads on to a page that says what
//! happened; refused, it comes back with everything typed still there. What each page says is in its template.

mod audit;
mod catalogue;
mod chart;
mod done;
mod entering;
mod form;
mod home;
mod labels;
mod ledger;
mod reports;
mod router;
mod settings;
mod shell;
mod ways;
mod words;

use actix_web::web;

use crate::members::people::Role;
use router::Pages;

fn all(pages: &mut Pages<'_>) {
    entering::pages(pages);
    home::pages(pages);
    catalogue::pages(pages);
    ledger::pages(pages);
    reports::pages(pages);
    settings::pages(pages);
    audit::pages(pages);
}

/// Registers every page.
pub(super) fn routes(config: &mut web::ServiceConfig) {
    all(&mut Pages::into(config));
}

/// The roles of every page and form, by method and path.
pub(super) fn roles() -> Vec<(String, &'static [Role])> {
    let mut pages = Pages::read();
    all(&mut pages);
    pages.roles()
}
