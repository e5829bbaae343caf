//! The pages: what people see in a browser. They use the operations of the domain, the call and the desk as the API does,
//! and know nothing of it: there is one set of rules, and a page decides nothing.
//!
//! A page is complete without a script. A form is POSTed, does one operation, and leads on to a page that says what
//! happened; refused, it comes back with everything typed still there. What each page says is in its template.

mod account;
mod accounts;
mod acts;
mod amounts;
mod announcements;
mod anyone;
mod app_setup;
mod approvals;
mod audit;
mod catalogue;
mod chart;
mod choices;
mod done;
mod entering;
mod event;
mod eyes;
mod form;
mod home;
mod labels;
mod ledger;
mod letters;
mod list_query;
mod meetings;
mod named;
mod needs;
mod newsletters;
mod notices;
mod own_tickets;
mod partners;
mod people;
mod places;
mod programme;
mod record;
mod reports;
mod router;
mod saved_filters;
mod school;
mod settings;
mod sheets;
mod shell;
mod sorting;
mod support;
mod told;
mod upload;
mod wallet;
mod ways;
mod webhooks;
mod whom;
mod words;
mod year;

use actix_web::web;

use crate::members::people::Role;
use router::Pages;

fn all(pages: &mut Pages<'_>) {
    entering::pages(pages);
    account::pages(pages);
    anyone::pages(pages);
    home::pages(pages);
    catalogue::pages(pages);
    saved_filters::pages(pages);
    approvals::pages(pages);
    people::pages(pages);
    school::pages(pages);
    wallet::pages(pages);
    event::pages(pages);
    places::pages(pages);
    record::pages(pages);
    needs::pages(pages);
    notices::pages(pages);
    newsletters::pages(pages);
    support::pages(pages);
    partners::pages(pages);
    accounts::pages(pages);
    programme::pages(pages);
    year::pages(pages);
    ledger::pages(pages);
    reports::pages(pages);
    settings::pages(pages);
    webhooks::pages(pages);
    audit::pages(pages);
    letters::pages(pages);
    announcements::pages(pages);
}

/// Registers every page.
pub(super) fn routes(config: &mut web::ServiceConfig) {
    let mut pages = Pages::into(config);
    all(&mut pages);
    pages.register();
}

/// Where a role can go: each heading, with the paths and names of its pages.
pub(super) fn menu(role: Role) -> Vec<(&'static str, Vec<(&'static str, &'static str)>)> {
    let pages = |group: ways::Group| (group.title, group.ways.into_iter().map(|way| (way.path, way.name)).collect());
    ways::ways(role, "").into_iter().map(pages).collect()
}

/// The roles of every page and form, by method and path.
pub(super) fn roles() -> Vec<(String, &'static [Role])> {
    let mut pages = Pages::read();
    all(&mut pages);
    pages.roles()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_leads_to_a_page_for_its_role() {
        let all = roles();
        for role in Role::ALL {
            for path in ways::paths(*role) {
                let page = format!("GET {path}");
                let found = all.iter().find(|(operation, _)| *operation == page);
                assert!(found.is_some_and(|(_, roles)| roles.contains(role)), "{role:?} is shown the way to {path}");
            }
        }
    }

    #[test]
    fn the_audit_has_words_for_every_form() {
        let all: Vec<String> = roles().into_iter().map(|(operation, _)| operation).collect();
        let forms: Vec<&str> = all.iter().filter_map(|operation| operation.strip_prefix("POST ")).collect();
        let said: Vec<&str> = acts::FORMS.iter().map(|(form, _)| *form).collect();
        let missing: Vec<_> = forms.iter().filter(|form| !said.contains(form)).collect();
        let gone: Vec<_> = said.iter().filter(|form| !forms.contains(form)).collect();
        assert!(missing.is_empty() && gone.is_empty(), "in acts.rs: missing {missing:?}, gone {gone:?}");
    }
}
