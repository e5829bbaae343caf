//! Letters: what each says, in the words of the pages.

mod composed;
mod sentence;

pub use composed::{Composed, Digest, Error, Site, Stops, compose, digest, in_words, read_stop};
pub use sentence::{Sentence, page_of};
