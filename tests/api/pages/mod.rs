//! The pages, as a browser sees them: a file for each room.

mod partners;
mod support;
