//! Events: added, copied, changed, published, called off, completed; their sessions; past events entered;
//! messages to their delegates.

mod edit;
mod ending;
mod facts;
mod flaws;
mod laying;
mod list;
mod make;
mod manage;
mod message;
mod past;
mod pattern;
mod rows;
mod sessions;

use crate::web::pages::router::Pages;

pub(super) fn pages(pages: &mut Pages<'_>) {
    list::pages(pages);
    make::pages(pages);
    past::pages(pages);
    manage::pages(pages);
    edit::pages(pages);
    sessions::pages(pages);
    ending::pages(pages);
    message::pages(pages);
}
