//! `/v1/auth`: signing in and out, and going on with a session; `/v1/me`: what somebody signs in by.

mod answer;
mod app_codes;
mod codes;
mod helping;
mod invitations;
mod openid;
mod passwords;
mod sessions;
mod ways;

use crate::web::operations::Operations;

#[allow(unused_imports, reason = "every way of signing in answers so")]
pub(crate) use answer::signed_in;

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    ways::routes(config);
    invitations::routes(config);
    openid::routes(config);
    passwords::routes(config);
    codes::routes(config);
    sessions::routes(config);
    app_codes::routes(config);
    helping::routes(config);
}
