//! Issuers, compared to the letter; those of Entra that stand for many tenants, by the tenant that a token names.

use uuid::Uuid;

use super::settings::{Kind, Settings};

/// What Entra writes where a tenant's id goes.
const TENANT: &str = "{tenantid}";

/// The words that stand for many tenants.
const MANY: [&str; 3] = ["common", "organizations", "consumers"];

/// Who may have issued a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Issuer {
    /// This one.
    One(String),
    /// Any tenant: the text has `{tenantid}` in its place.
    Tenants(String),
}

impl Issuer {
    pub(super) fn of(settings: &Settings) -> Issuer {
        let parts: Vec<&str> = settings.issuer.split('/').collect();
        let many = |part: &&str| settings.kind == Kind::Entra && MANY.contains(part);
        if !parts.iter().any(many) {
            return Issuer::One(settings.issuer.clone());
        }
        let parts: Vec<&str> = parts.into_iter().map(|part| if many(&part) { TENANT } else { part }).collect();
        Issuer::Tenants(parts.join("/"))
    }

    /// Whether the provider calls itself so in what it says of itself.
    pub(super) fn is_said(&self, issuer: &str) -> bool {
        match self {
            Issuer::One(one) | Issuer::Tenants(one) => one == issuer,
        }
    }

    /// Whether it issued a token that says so, of the tenant that it names.
    pub(super) fn issued(&self, issuer: &str, tenant: Option<&str>) -> bool {
        match (self, tenant) {
            (Issuer::One(one), _) => one == issuer,
            // A tenant's id is one word: nothing of it can reach beyond its place in the address.
            (Issuer::Tenants(template), Some(tenant)) => {
                Uuid::try_parse(tenant).is_ok() && template.replace(TENANT, tenant) == issuer
            }
            (Issuer::Tenants(_), None) => false,
        }
    }

    /// Whether an answer may say that it comes from this issuer (RFC 9207), before its tenant is known.
    pub(super) fn may_answer(&self, issuer: &str) -> bool {
        match self {
            Issuer::One(one) => one == issuer,
            Issuer::Tenants(template) => {
                let (before, after) = template.split_once(TENANT).unwrap_or((template, ""));
                let tenant = issuer.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
                tenant.is_some_and(|tenant| Uuid::try_parse(tenant).is_ok())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::settings::{Given, checked};
    use super::*;

    const TID: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";

    fn issuer(kind: Kind, issuer: &str) -> Issuer {
        let given = Given {
            name: Some("x".into()),
            issuer: Some(issuer.into()),
            client_id: Some("hub".into()),
            kind: Some(kind),
            tenants: (kind == Kind::Entra).then(|| vec![TID.into()]),
            ..Given::default()
        };
        Issuer::of(&checked(vec![given]).unwrap()[0])
    }

    #[test]
    fn an_issuer_is_compared_to_the_letter() {
        let one = issuer(Kind::Standard, "https://login.example:443/common");
        assert!(
            one.issued("https://login.example:443/common", None) && one.is_said("https://login.example:443/common")
        );
        for other in
            ["https://login.example/common", "https://login.example:443/common/", "HTTPS://login.example:443/common"]
        {
            assert!(!one.issued(other, Some(TID)) && !one.is_said(other) && !one.may_answer(other), "{other}");
        }
    }

    #[test]
    fn a_tenant_stands_in_the_place_of_the_word_for_many() {
        let many = issuer(Kind::Entra, "https://login.example/common/v2.0");
        let of = |tenant: &str| format!("https://login.example/{tenant}/v2.0");
        assert!(many.is_said(&of("{tenantid}")) && !many.is_said(&of("common")));
        assert!(many.issued(&of(TID), Some(TID)) && many.may_answer(&of(TID)));
        assert!(!many.issued(&of(TID), None));
        assert!(!many.issued(&of(TID), Some("9188040d-6c67-4c5b-b112-36a304b66dad")));
        assert!(!many.issued(&of("x"), Some("x")) && !many.may_answer(&of("x")));
        assert!(!many.issued(&of("common"), Some("common")));
        let one = issuer(Kind::Entra, &of(TID));
        assert!(one.issued(&of(TID), Some(TID)) && one.is_said(&of(TID)));
    }
}
