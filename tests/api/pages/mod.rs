//! The pages, as browsers show them: a file for each room.

mod account;
mod allocations;
mod announcements;
mod books;
mod entering;
mod figures;
mod forms;
mod going_on;
mod hostile;
mod invited;
mod lead;
mod letters;
mod lists;
mod newsletters;
mod partners;
mod programme;
mod registers;
mod schools;
mod security;
mod support;
mod teacher;
mod told;
mod webhooks;
mod year;

use crate::support::{Seen, Tab};

/// What a page shows as its own.
async fn words(tab: &Tab, path: &str) -> String {
    tab.get(path).await.words()
}

/// That a page says all of these.
#[track_caller]
fn says(seen: &Seen, words: &[&str]) {
    let text = seen.words();
    for said in words {
        assert!(text.contains(said), "{said}: {text}");
    }
}

/// That a page says none of these.
#[track_caller]
fn says_nothing_of(seen: &Seen, words: &[&str]) {
    let text = seen.words();
    for said in words {
        assert!(!text.contains(said), "{said}: {text}");
    }
}
