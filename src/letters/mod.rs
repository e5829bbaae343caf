//! Letters: what each says, in the words of the pages.

mod composed;
mod facts;
mod sentence;
mod support;

pub use composed::{Composed, Digest, Error, Site, Stops, compose, digest, in_words, read_stop};
pub use facts::Facts;
pub use sentence::{page_of, sentence};
