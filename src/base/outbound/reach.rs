//! Where requests may go: to the public internet by https, and in development anywhere.

use url::{Host, Url};

use super::addresses;
use std::net::IpAddr;

/// Where requests may go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// By https to addresses on the public internet that are not this machine's, and not by the name of the service.
    Public {
        /// The host by which people reach the service.
        own_host: Option<String>,
    },
    /// Anywhere, and by http too: for development.
    Anywhere,
}

impl Reach {
    /// The reach of a service that people reach by this address.
    pub fn public(public_url: &str) -> Reach {
        let own_host = Url::parse(public_url).ok().and_then(|url| url.host_str().map(bare));
        Reach::Public { own_host }
    }

    /// Whether requests may go to an address of the web, as far as its text tells: in words what it must be, where not.
    pub fn of_text(&self, url: &Url) -> Result<(), &'static str> {
        if !url.username().is_empty() || url.password().is_some() {
            return Err("must not hold a user or a password");
        }
        let Reach::Public { own_host } = self else {
            let of_web = ["http", "https"].contains(&url.scheme()) && url.has_host();
            return if of_web { Ok(()) } else { Err("must be an http or https address") };
        };
        if url.scheme() != "https" {
            return Err("must begin with https://");
        }
        match url.host() {
            None => Err("must have a host"),
            Some(Host::Domain(name)) if of_this_machine(name) => Err("must not be an address of this machine"),
            Some(Host::Domain(name)) if Some(bare(name)) == *own_host => Err("must not be an address of the service"),
            Some(Host::Domain(_)) => Ok(()),
            Some(Host::Ipv4(address)) => self.of_literal(address.into()),
            Some(Host::Ipv6(address)) => self.of_literal(address.into()),
        }
    }

    fn of_literal(&self, address: IpAddr) -> Result<(), &'static str> {
        if self.of_address(address) { Ok(()) } else { Err("must be an address on the public internet") }
    }

    /// Whether requests may go to a network address.
    pub fn of_address(&self, address: IpAddr) -> bool {
        match self {
            Reach::Public { .. } => addresses::is_public(address) && !addresses::is_own(address),
            Reach::Anywhere => true,
        }
    }
}

/// A name without the full stop of the root, in small letters.
fn bare(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

/// Names that stand for the machine itself (RFC 6761).
fn of_this_machine(name: &str) -> bool {
    let name = bare(name);
    name == "localhost" || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_public_is_refused_by_its_text() {
        let reach = Reach::public("https://hub.example/");
        for good in ["https://finance.example/hook?x=1", "https://1.1.1.1/", "https://hub.example.org:8443/"] {
            assert_eq!(reach.of_text(&Url::parse(good).unwrap()), Ok(()), "{good}");
        }
        for wrong in [
            "http://finance.example/",
            "ftp://finance.example/",
            "https://user@finance.example/",
            "https://:secret@finance.example/",
            "https://localhost/",
            "https://LOCALHOST./",
            "https://a.localhost/",
            "https://hub.example/v1",
            "https://HUB.example.:444/",
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://0177.0.0.1/",
            "https://[::1]/",
            "https://[::ffff:169.254.169.254]/",
            "https://10.1.2.3/",
        ] {
            assert!(reach.of_text(&Url::parse(wrong).unwrap()).is_err(), "{wrong}");
        }
        let anywhere = Reach::Anywhere;
        assert_eq!(anywhere.of_text(&Url::parse("http://127.0.0.1:9/").unwrap()), Ok(()));
        assert!(anywhere.of_text(&Url::parse("file:///etc/passwd").unwrap()).is_err());
    }
}
