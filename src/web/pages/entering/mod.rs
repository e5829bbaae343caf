//! Signing in and out, and what anyone can do who has not signed in.

mod demonstration;
mod sign_in;

use super::router::Pages;

pub(super) fn pages(pages: &mut Pages<'_>) {
    sign_in::pages(pages);
    demonstration::pages(pages);
}
