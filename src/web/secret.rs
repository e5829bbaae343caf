//! Secrets in answers: shown once and stored nowhere, since whoever reads one can do what it allows. The database has
//! its digest at most; what must be read again is sealed.

use serde::Serialize;
use utoipa::openapi::extensions::ExtensionsBuilder;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// A secret in an answer: a link that opens something, a token.
#[derive(Clone, Serialize)]
#[serde(transparent)]
pub(crate) struct Secret(pub(crate) String);

impl PartialSchema for Secret {
    fn schema() -> RefOr<Schema> {
        let marked = ExtensionsBuilder::new().add("x-secret", true).build();
        ObjectBuilder::new()
            .schema_type(Type::String)
            .description(Some(
                "What nobody but the caller may know: a link that opens something, a token, a code. The service keeps its digest at most, or seals it.",
            ))
            .extensions(Some(marked))
            .build()
            .into()
    }
}

impl ToSchema for Secret {}

/// The paths whose answers are not stored for an `Idempotency-Key`: those with a [`Secret`], and people's needs, which
/// are stored in one place only. A repeated request is performed again, and a new secret ends the one before.
pub(crate) const KEPT_NOWHERE: &[&str] = &[
    "/needs",
    "/places/calendar",
    "/v1/api-keys",
    "/v1/hubs",
    "/v1/hubs/{id}/managers",
    "/v1/me/calendar",
    "/v1/me/needs",
    "/v1/me/password",
    "/v1/me/totp",
    "/v1/me/totp/confirm",
    "/v1/me/totp/recovery-codes",
    "/v1/me/totp/remove",
    "/v1/me/totp/verify",
    "/v1/people/import",
    "/v1/people/{id}/email/link",
    "/v1/people/{id}/invite",
    "/v1/people/{id}/reset",
    "/v1/people/{id}/sign-in-code",
    "/v1/webhooks",
    "/v1/webhooks/{id}/secret",
    // Pages that show a link or code once.
    "/people/import/done",
    "/people/{id}/email/link",
    "/people/{id}/invite",
    "/people/{id}/reset",
    "/people/{id}/sign-in-code",
];

/// The path as it may be logged: anyone who reads the secret in a link could use it.
pub(super) fn without_secret(path: &str) -> &str {
    const SECRET: &[&str] = &[
        "/address/",
        "/demo/",
        "/invitation/",
        "/reset/",
        "/set-up/",
        "/sign-in/link/",
        "/v1/auth/addresses/",
        "/v1/auth/invitations/",
        "/v1/auth/links/",
        "/v1/auth/resets/",
        "/v1/calendars/",
    ];
    SECRET.iter().find(|before| path.starts_with(**before)).unwrap_or(&path)
}
