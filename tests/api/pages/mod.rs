//! The pages, as browsers show them: a file for each room.

mod lead;
mod partners;
mod programme;
mod support;
mod teacher;
mod year;
