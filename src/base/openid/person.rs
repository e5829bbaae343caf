//! Whom a provider vouches for: the subject, and the address where it is proved to be theirs.
//!
//! An address in a token of Entra proves nothing: whoever administers a tenant, and anybody can make one, writes into it
//! what they like (known as nOAuth). So it is believed of the tenants alone that the operator names, and there only as
//! long as Entra does not say that the domain's owner is unverified. Google vouches for the addresses of a Workspace and
//! of Gmail; any other address of a Google account was shown to be somebody's once. DfE Sign-in has verified every
//! address, and says so nowhere.

use super::settings::{Kind, Settings, domain_of};
use super::token::{About, Truth};
use crate::base::text::Email;

/// Why no address is proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unproved {
    /// The provider says none.
    #[error("the provider told no e-mail address")]
    Absent,
    /// What it says is no address.
    #[error("what the provider told as e-mail address is none")]
    NoAddress,
    /// It does not say that it is verified.
    #[error("the provider does not say that the e-mail address is verified")]
    NotVerified,
    /// The account is of a tenant or Workspace that is not named in the settings.
    #[error("the account belongs to an organisation that may not sign in here")]
    OtherOrganisation,
    /// The address is of a domain that is not taken from this provider.
    #[error("addresses of this domain are not taken from this provider")]
    OtherDomain,
}

/// The address that the provider proves to be the person's.
pub(super) fn proved(settings: &Settings, about: &About) -> Result<Email, Unproved> {
    let verified = about.email_verified.as_ref().is_some_and(Truth::holds);
    let said = about.email.as_deref();
    let address = match settings.kind {
        Kind::Standard if said.is_some() && !verified => return Err(Unproved::NotVerified),
        Kind::Standard | Kind::Dfe => said,
        Kind::Entra => of_entra(settings, about)?,
        Kind::Google => {
            of_workspace(settings, about)?;
            match said {
                Some(address) if !verified || !is_googles(about, address) => return Err(Unproved::NotVerified),
                said => said,
            }
        }
    };
    let address = Email::parse(address.ok_or(Unproved::Absent)?).map_err(|_| Unproved::NoAddress)?;
    let domain = domain_of(address.as_str()).ok_or(Unproved::NoAddress)?;
    if settings.domains.is_empty() || settings.domains.contains(&domain) {
        Ok(address)
    } else {
        Err(Unproved::OtherDomain)
    }
}

fn of_entra<'a>(settings: &Settings, about: &'a About) -> Result<Option<&'a str>, Unproved> {
    let tenant = about.tid.as_deref().unwrap_or_default().to_lowercase();
    if !settings.tenants.contains(&tenant) {
        return Err(Unproved::OtherOrganisation);
    }
    match (&about.email, &about.xms_edov) {
        (Some(_), Some(owned)) if !owned.holds() => Err(Unproved::NotVerified),
        (Some(email), _) => Ok(Some(email)),
        // The name to sign in by has a domain that the tenant has proved to own.
        (None, _) => Ok(about.preferred_username.as_deref().filter(|name| name.contains('@'))),
    }
}

fn of_workspace(settings: &Settings, about: &About) -> Result<(), Unproved> {
    let workspace = about.hd.as_deref().and_then(|domain| domain_of(&format!("x@{domain}")));
    let named = workspace.is_some_and(|workspace| settings.hosted_domains.contains(&workspace));
    if named || settings.hosted_domains.is_empty() { Ok(()) } else { Err(Unproved::OtherOrganisation) }
}

/// Whether Google itself runs the mailbox, or the Workspace of its owner does.
fn is_googles(about: &About, address: &str) -> bool {
    about.hd.is_some() || domain_of(address).is_some_and(|domain| domain == "gmail.com" || domain == "googlemail.com")
}

#[cfg(test)]
mod tests {
    use super::super::settings::{Given, checked};
    use super::*;
    use serde_json::{Value, json};

    const TENANT: &str = "72f988bf-86f1-41af-91ab-2d7cd011db47";

    fn settings(kind: Kind, over: Given) -> Settings {
        let given = Given {
            name: Some("x".into()),
            issuer: Some("https://login.example".into()),
            client_id: Some("hub".into()),
            kind: Some(kind),
            tenants: (kind == Kind::Entra).then(|| vec![TENANT.into()]),
            ..over
        };
        checked(vec![given]).unwrap().remove(0)
    }

    fn says(settings: &Settings, claims: Value) -> Result<String, Unproved> {
        proved(settings, &serde_json::from_value(claims).unwrap()).map(|email| email.to_string())
    }

    #[test]
    fn a_standard_provider_says_that_it_has_verified_the_address() {
        let of = |claims| says(&settings(Kind::Standard, Given::default()), claims);
        for verified in [json!(true), json!("true")] {
            assert_eq!(of(json!({ "email": "a@s.example", "email_verified": verified })), Ok("a@s.example".into()));
        }
        for unverified in [json!(false), json!("false"), json!(null), json!("yes")] {
            assert_eq!(of(json!({ "email": "a@s.example", "email_verified": unverified })), Err(Unproved::NotVerified));
        }
        assert_eq!(of(json!({ "email": "a@s.example" })), Err(Unproved::NotVerified));
        assert_eq!(of(json!({})), Err(Unproved::Absent));
        assert_eq!(of(json!({ "email": "nobody", "email_verified": true })), Err(Unproved::NoAddress));
    }

    #[test]
    fn entra_is_believed_of_tenants_that_are_named() {
        let of = |claims| says(&settings(Kind::Entra, Given::default()), claims);
        let other = "9188040d-6c67-4c5b-b112-36a304b66dad";
        assert_eq!(of(json!({ "tid": TENANT, "email": "a@s.example" })), Ok("a@s.example".into()));
        assert_eq!(of(json!({ "tid": TENANT, "preferred_username": "A@s.example" })), Ok("A@s.example".into()));
        assert_eq!(of(json!({ "tid": TENANT, "preferred_username": "+44 20 7946 0000" })), Err(Unproved::Absent));
        assert_eq!(of(json!({ "tid": TENANT, "email": "a@s.example", "xms_edov": "1" })), Ok("a@s.example".into()));
        for unowned in [json!(false), json!("0"), json!(0)] {
            let claims = json!({ "tid": TENANT, "email": "a@s.example", "xms_edov": unowned });
            assert_eq!(of(claims), Err(Unproved::NotVerified));
        }
        for tenant in [json!(other), json!(null), json!("")] {
            let claims = json!({ "tid": tenant, "email": "a@s.example", "email_verified": true, "xms_edov": true });
            assert_eq!(of(claims), Err(Unproved::OtherOrganisation));
        }
    }

    #[test]
    fn google_vouches_for_its_own_mailboxes() {
        let any = settings(Kind::Google, Given::default());
        let verified = |email: &str, hd: Value| json!({ "email": email, "email_verified": true, "hd": hd });
        assert_eq!(says(&any, verified("a@s.example", json!("s.example"))), Ok("a@s.example".into()));
        assert_eq!(says(&any, verified("a@gmail.com", json!(null))), Ok("a@gmail.com".into()));
        assert_eq!(says(&any, verified("a@s.example", json!(null))), Err(Unproved::NotVerified));
        let unverified = json!({ "email": "a@s.example", "email_verified": false, "hd": "s.example" });
        assert_eq!(says(&any, unverified), Err(Unproved::NotVerified));
        let one = settings(Kind::Google, Given { hosted_domains: Some(vec!["S.example".into()]), ..Given::default() });
        assert_eq!(says(&one, verified("a@s.example", json!("s.example"))), Ok("a@s.example".into()));
        for other in [json!("t.example"), json!(null)] {
            assert_eq!(says(&one, verified("a@gmail.com", other)), Err(Unproved::OtherOrganisation));
        }
    }

    #[test]
    fn dfe_sign_in_has_verified_the_address() {
        let dfe = settings(Kind::Dfe, Given::default());
        let claims = json!({ "email": "a@s.example", "organisation": { "id": "1", "urn": "100000" } });
        assert_eq!(says(&dfe, claims), Ok("a@s.example".into()));
    }

    #[test]
    fn the_domains_of_a_provider_can_be_named() {
        let given = Given { domains: Some(vec!["münchen.example".into()]), ..Given::default() };
        let one = settings(Kind::Dfe, given);
        assert_eq!(says(&one, json!({ "email": "a@xn--mnchen-3ya.example" })), Ok("a@xn--mnchen-3ya.example".into()));
        assert_eq!(says(&one, json!({ "email": "a@s.example" })), Err(Unproved::OtherDomain));
    }
}
