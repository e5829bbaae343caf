//! What the settings file says of each provider, checked before the service starts.

use std::collections::HashSet;
use std::fmt::{self, Debug, Formatter};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use reqwest::Url;
use serde::Deserialize;
use uuid::Uuid;

use crate::base::db::types::words;
use crate::base::text::{Email, Line};

words!(/** What is peculiar about a provider. */ Kind {
    /// Nothing: it keeps to OpenID Connect.
    Standard = "standard",
    /// Microsoft Entra: issuers by tenant, and addresses that prove nothing by themselves.
    Entra = "entra",
    /// Google Workspace: a domain that the account belongs to.
    Google = "google",
    /// DfE Sign-in: addresses that it has verified without saying so.
    Dfe = "dfe",
});

/// A provider as the settings file has it: a table `[[openid]]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Given {
    /// The word for it in addresses: `entra`.
    pub name: Option<String>,
    /// What people read on the way in: `Your school account`.
    pub label: Option<String>,
    /// The issuer, exactly as the provider writes it.
    pub issuer: Option<String>,
    /// The client that the provider knows this service as.
    pub client_id: Option<String>,
    /// The client's secret.
    pub client_secret: Option<Hidden>,
    /// A file that holds the client's secret, readable by its owner only.
    pub client_secret_file: Option<PathBuf>,
    /// What is peculiar about the provider.
    pub kind: Option<Kind>,
    /// What is asked of it.
    pub scopes: Option<Vec<String>>,
    /// The tenants of Entra whose addresses are believed.
    pub tenants: Option<Vec<String>>,
    /// The Workspace domains of Google that may sign in.
    pub hosted_domains: Option<Vec<String>>,
    /// The domains of the addresses that are taken from it.
    pub domains: Option<Vec<String>>,
}

/// A text that is never shown.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Hidden(pub(super) String);

impl Debug for Hidden {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("hidden")
    }
}

/// A provider whose settings are in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The word for it in addresses.
    pub name: String,
    /// What people read on the way in.
    pub label: Line,
    /// What is peculiar about it.
    pub kind: Kind,
    /// The issuer, exactly as the provider writes it.
    pub(super) issuer: String,
    pub(super) client_id: String,
    pub(super) client_secret: Option<Hidden>,
    pub(super) scopes: String,
    pub(super) tenants: Vec<String>,
    pub(super) hosted_domains: Vec<String>,
    pub(super) domains: Vec<String>,
}

/// A provider that can't be used as it is set: one line that names it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("openid {name:?}: {field}: {reason}")]
pub struct Wrong {
    /// The provider's name, or its place in the file.
    pub name: String,
    /// The field.
    pub field: &'static str,
    /// What it must be.
    pub reason: String,
}

/// The providers, checked.
pub fn checked(given: Vec<Given>) -> Result<Vec<Settings>, Wrong> {
    let mut names = HashSet::new();
    let mut all = Vec::new();
    for (place, provider) in (1..).zip(given) {
        let name = provider.name.clone().unwrap_or_else(|| format!("number {place}"));
        let wrong = |(field, reason)| Wrong { name: name.clone(), field, reason };
        let settings = provider.check().map_err(wrong)?;
        if !names.insert(settings.name.clone()) {
            return Err(wrong(("name", "another provider has it".to_owned())));
        }
        all.push(settings);
    }
    Ok(all)
}

type Fault = (&'static str, String);

fn wrong<T>(field: &'static str, reason: impl Into<String>) -> Result<T, Fault> {
    Err((field, reason.into()))
}

impl Given {
    fn check(self) -> Result<Settings, Fault> {
        let kind = self.kind.unwrap_or(Kind::Standard);
        let name = name(self.name)?;
        let label = Line::parse(self.label.as_deref().unwrap_or(&name)).map_err(|reason| ("label", reason))?;
        let issuer = needed("issuer", self.issuer)?;
        let address = address_of(&issuer).map_err(|reason| ("issuer", reason.to_owned()))?;
        if address.query().is_some() {
            return wrong("issuer", "must have no ?");
        }
        let client_id = needed("client_id", self.client_id)?;
        let client_secret = match (self.client_secret, self.client_secret_file) {
            (Some(_), Some(_)) => return wrong("client_secret_file", "goes without client_secret"),
            (Some(secret), None) => Some(Hidden(needed("client_secret", Some(secret.0))?)),
            (None, Some(file)) => Some(read_secret(&file).map_err(|reason| ("client_secret_file", reason))?),
            (None, None) => None,
        };
        let tenants = self.tenants.unwrap_or_default();
        let hosted_domains = self.hosted_domains.unwrap_or_default();
        match kind {
            Kind::Entra if tenants.is_empty() => {
                return wrong(
                    "tenants",
                    "is needed: the ids of the tenants whose addresses are believed, since anybody can make a tenant \
                     and write any address into it",
                );
            }
            Kind::Entra => {}
            _ if !tenants.is_empty() => return wrong("tenants", "goes only with the kind entra"),
            _ => {}
        }
        if kind != Kind::Google && !hosted_domains.is_empty() {
            return wrong("hosted_domains", "goes only with the kind google");
        }
        let tenants = tenants.iter().map(|tenant| match Uuid::try_parse(tenant) {
            Ok(id) => Ok(id.to_string()),
            Err(_) => wrong(
                "tenants",
                format!("{tenant:?} is no id of a tenant, such as 72f988bf-86f1-41af-91ab-2d7cd011db47"),
            ),
        });
        Ok(Settings {
            name,
            label,
            kind,
            issuer,
            client_id,
            client_secret,
            scopes: scopes(kind, self.scopes)?,
            tenants: tenants.collect::<Result<_, _>>()?,
            hosted_domains: domains("hosted_domains", hosted_domains)?,
            domains: domains("domains", self.domains.unwrap_or_default())?,
        })
    }
}

fn needed(field: &'static str, value: Option<String>) -> Result<String, Fault> {
    match value {
        None => wrong(field, "is needed"),
        Some(text) if text.is_empty() || text.len() > 500 || text.chars().any(char::is_control) => {
            wrong(field, "must have 1 to 500 characters, on one line")
        }
        Some(text) => Ok(text),
    }
}

fn name(given: Option<String>) -> Result<String, Fault> {
    let name = needed("name", given)?;
    let good = name.len() <= 32 && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if good { Ok(name) } else { wrong("name", "must have 1 to 32 small letters, digits and hyphens") }
}

/// An address of a provider: https, or anything on this machine.
pub(super) fn address_of(text: &str) -> Result<Url, &'static str> {
    let url = Url::parse(text).map_err(|_| "must be an address such as https://login.example")?;
    let here = match url.host_str() {
        Some("localhost") => true,
        Some(host) => {
            let host = host.trim_start_matches('[').trim_end_matches(']');
            host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        None => return Err("must name a host"),
    };
    if url.scheme() != "https" && !(here && url.scheme() == "http") {
        return Err("must begin with https://");
    }
    if url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
        return Err("must have neither a user nor #");
    }
    Ok(url)
}

fn read_secret(file: &Path) -> Result<Hidden, String> {
    let cannot = |error| format!("{} can't be read: {error}", file.display());
    let mode = fs::metadata(file).map_err(cannot)?.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(format!(
            "{0} is open to others than its owner (mode {mode:04o}); run: chmod 600 {0}",
            file.display()
        ));
    }
    let text = fs::read_to_string(file).map_err(cannot)?;
    let secret = needed("", Some(text.trim_end_matches(['\r', '\n']).to_owned()));
    secret.map(Hidden).map_err(|(_, reason)| format!("{}: {reason}", file.display()))
}

fn scopes(kind: Kind, given: Option<Vec<String>>) -> Result<String, Fault> {
    let usual = if kind == Kind::Dfe { "openid email profile organisation" } else { "openid email profile" };
    let Some(scopes) = given else { return Ok(usual.to_owned()) };
    let is_word =
        |scope: &String| !scope.is_empty() && scope.bytes().all(|b| b.is_ascii_graphic() && b != b'"' && b != b'\\');
    if scopes.len() > 20 || !scopes.iter().all(is_word) || !scopes.iter().any(|scope| scope == "openid") {
        return wrong("scopes", "must be words such as [\"openid\", \"email\"], openid among them");
    }
    Ok(scopes.join(" "))
}

fn domains(field: &'static str, given: Vec<String>) -> Result<Vec<String>, Fault> {
    let read = |domain: &String| match domain_of(&format!("x@{domain}")) {
        Some(domain) => Ok(domain),
        None => wrong(field, format!("{domain:?} is no domain such as school.example")),
    };
    given.iter().map(read).collect()
}

/// The domain of an address, as name servers know it.
pub(super) fn domain_of(address: &str) -> Option<String> {
    let canonical = Email::parse(address).ok()?.canonical();
    canonical.rsplit_once('@').map(|(_, domain)| domain.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn entra() -> Given {
        Given {
            name: Some("entra".into()),
            issuer: Some("https://login.microsoftonline.com/common/v2.0".into()),
            client_id: Some("hub".into()),
            client_secret: Some(Hidden("open sesame".into())),
            kind: Some(Kind::Entra),
            tenants: Some(vec!["72F988BF-86F1-41AF-91AB-2D7CD011DB47".into()]),
            ..Given::default()
        }
    }

    fn said(given: Given) -> String {
        checked(vec![given]).unwrap_err().to_string()
    }

    #[test]
    fn a_provider_is_read_with_its_defaults() {
        let settings = checked(vec![entra()]).unwrap().remove(0);
        assert_eq!((settings.label.as_str(), settings.scopes.as_str()), ("entra", "openid email profile"));
        assert_eq!(settings.tenants, ["72f988bf-86f1-41af-91ab-2d7cd011db47"]);
        assert!(!format!("{settings:?}").contains("sesame"));
        let dfe = Given { kind: Some(Kind::Dfe), tenants: None, ..entra() };
        assert_eq!(checked(vec![dfe]).unwrap()[0].scopes, "openid email profile organisation");
    }

    #[test]
    fn what_is_wrong_is_named_in_one_line() {
        let named = |over: Given, says: &str| {
            let line = said(over);
            assert!(line.contains(says) && !line.contains('\n'), "{line}");
        };
        named(Given { name: None, ..entra() }, "openid \"number 1\": name: is needed");
        named(Given { name: Some("E n".into()), ..entra() }, "name: must have 1 to 32");
        named(Given { issuer: None, ..entra() }, "openid \"entra\": issuer: is needed");
        for issuer in
            ["login.example", "http://login.example", "https://a@b.example", "https://b.example/?x", "file:///x"]
        {
            named(Given { issuer: Some(issuer.into()), ..entra() }, "issuer: must");
        }
        named(Given { client_id: Some(String::new()), ..entra() }, "client_id: must have");
        named(Given { client_secret_file: Some("x".into()), ..entra() }, "client_secret_file: goes without");
        named(Given { tenants: None, ..entra() }, "tenants: is needed");
        named(
            Given { tenants: Some(vec!["school.example".into()]), ..entra() },
            "tenants: \"school.example\" is no id",
        );
        named(Given { kind: None, ..entra() }, "tenants: goes only");
        named(Given { hosted_domains: Some(vec!["s.example".into()]), ..entra() }, "hosted_domains: goes only");
        named(Given { domains: Some(vec!["school".into()]), ..entra() }, "domains: \"school\" is no domain");
        named(Given { scopes: Some(vec!["email".into()]), ..entra() }, "scopes: must");
        let twice = checked(vec![entra(), entra()]).unwrap_err().to_string();
        assert!(twice.contains("name: another provider has it"), "{twice}");
    }

    #[test]
    fn a_secret_comes_from_a_file_of_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("secret");
        let given = || Given { client_secret: None, client_secret_file: Some(file.clone()), ..entra() };
        assert!(said(given()).contains("can't be read"));
        fs::write(&file, "open sesame\n").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(said(given()).contains("is open to others than its owner (mode 0644)"));
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(checked(vec![given()]).unwrap()[0].client_secret, Some(Hidden("open sesame".into())));
    }
}
