//! Everybody's own account: who they are, how they sign in, and what is held on them.

mod address;
mod app;
mod calendar;
mod data;
mod keys;
mod letters;
mod overview;
mod password;
mod sessions;

use super::router::Pages;

pub(super) fn pages(pages: &mut Pages<'_>) {
    overview::pages(pages);
    address::pages(pages);
    password::pages(pages);
    app::pages(pages);
    sessions::pages(pages);
    keys::pages(pages);
    calendar::pages(pages);
    data::pages(pages);
    letters::pages(pages);
}

/// The way of which these pages are a part: none beside the page, their name above it.
const HERE: &str = "/account";
