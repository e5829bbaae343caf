//! Who gives a programme: the hub itself, one of its schools, or a partner.

use crate::base::db::types::words;
use crate::base::ids::{PartnerId, SchoolId};
use crate::base::text::Line;
use crate::members::people::{Person, Role};

words!(/** The kinds of provider. */ ProviderKind {
    /// The hub itself.
    Hub = "hub",
    /// A school of the hub.
    School = "school",
    /// A partner organisation.
    Partner = "partner",
});

/// Who gives a programme, and is paid for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// The hub itself.
    Hub,
    /// A school of the hub.
    School(SchoolId),
    /// A partner organisation.
    Partner(PartnerId),
}

impl Provider {
    /// A provider from its parts; the error names the field that is missing or superfluous.
    pub fn new(
        kind: ProviderKind,
        school: Option<SchoolId>,
        partner: Option<PartnerId>,
    ) -> Result<Provider, (&'static str, &'static str)> {
        match (kind, school, partner) {
            (ProviderKind::Hub, None, None) => Ok(Provider::Hub),
            (ProviderKind::School, Some(school), None) => Ok(Provider::School(school)),
            (ProviderKind::Partner, None, Some(partner)) => Ok(Provider::Partner(partner)),
            (ProviderKind::School, None, _) => Err(("school_id", "is needed for a school")),
            (ProviderKind::Partner, _, None) => Err(("partner_id", "is needed for a partner")),
            (ProviderKind::Hub | ProviderKind::Partner, Some(_), _) => Err(("school_id", "goes only with a school")),
            (ProviderKind::Hub | ProviderKind::School, _, Some(_)) => Err(("partner_id", "goes only with a partner")),
        }
    }

    /// The provider of a record: its school or partner; the hub where there is neither.
    pub fn of(school: Option<SchoolId>, partner: Option<PartnerId>) -> Provider {
        match (school, partner) {
            (Some(school), _) => Provider::School(school),
            (None, Some(partner)) => Provider::Partner(partner),
            (None, None) => Provider::Hub,
        }
    }

    /// The provider's kind, and the school or partner.
    pub fn parts(self) -> (ProviderKind, Option<SchoolId>, Option<PartnerId>) {
        match self {
            Provider::Hub => (ProviderKind::Hub, None, None),
            Provider::School(school) => (ProviderKind::School, Some(school), None),
            Provider::Partner(partner) => (ProviderKind::Partner, None, Some(partner)),
        }
    }

    /// Whether the person acts for the provider: a lead of the school, or someone of the partner.
    pub fn acts_by(self, person: &Person) -> bool {
        match (self, person.role) {
            (Provider::School(school), Role::SchoolLead) => person.school_id == Some(school),
            (Provider::Partner(partner), Role::Partner) => person.partner_id == Some(partner),
            _ => false,
        }
    }
}

/// Who gives a programme, and is paid for it.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
#[schema(as = Provider)]
pub struct NamedProvider {
    /// The hub, a school or a partner.
    #[sqlx(rename = "provider_kind")]
    pub kind: ProviderKind,
    /// The school, where it is one.
    #[sqlx(rename = "provider_school_id")]
    pub school_id: Option<SchoolId>,
    /// The partner, where it is one.
    #[sqlx(rename = "provider_partner_id")]
    pub partner_id: Option<PartnerId>,
    /// The provider's name.
    #[sqlx(rename = "provider_name")]
    pub name: Line,
}

impl NamedProvider {
    /// The provider without its name.
    pub fn who(&self) -> Provider {
        Provider::of(self.school_id, self.partner_id)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_provider_has_exactly_what_belongs_to_it() {
        let (school, partner) = (SchoolId(Uuid::from_u128(1)), PartnerId(Uuid::from_u128(2)));
        for provider in [Provider::Hub, Provider::School(school), Provider::Partner(partner)] {
            let (kind, school, partner) = provider.parts();
            assert_eq!(Provider::new(kind, school, partner), Ok(provider));
        }
        let field = |kind, school, partner| Provider::new(kind, school, partner).unwrap_err().0;
        assert_eq!(field(ProviderKind::School, None, None), "school_id");
        assert_eq!(field(ProviderKind::Partner, None, None), "partner_id");
        assert_eq!(field(ProviderKind::Hub, Some(school), None), "school_id");
        assert_eq!(field(ProviderKind::Hub, None, Some(partner)), "partner_id");
        assert_eq!(field(ProviderKind::School, Some(school), Some(partner)), "partner_id");
        assert_eq!(field(ProviderKind::Partner, Some(school), Some(partner)), "school_id");
    }
}
