//! The pages, as browsers show them: a file for each room.

mod account;
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
mod security;
mod support;
mod teacher;
mod told;
mod webhooks;
mod year;
