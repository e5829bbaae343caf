//! The settings that everything works by, once they are [read](super::config).

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;

use chrono::TimeDelta;
use ipnet::IpNet;
use serde::Deserialize;
use url::Url;

use crate::base::db::types::words;
use crate::base::outbound::Reach;
use crate::base::text::Email;
use crate::base::{mail, openid};

words!(/** A way of signing in. */ Way {
    /// By a password.
    Password = "password",
    /// By a code of six digits or a link.
    Code = "code",
    /// By an identity provider (OpenID Connect).
    Openid = "openid",
});

words!(/** A header in which proxies say whose request they forward. */ ForwardedHeader {
    /// `X-Forwarded-For: client, proxy`.
    XForwardedFor = "x-forwarded-for",
    /// `Forwarded: for=client, for=proxy` (RFC 7239).
    Forwarded = "forwarded",
});

/// An address, or a network of them: `10.0.0.7`, `10.0.0.0/8`, `2001:db8::/32`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Network(IpNet);

impl Network {
    /// Whether the address belongs to the network.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address)
    }
}

impl FromStr for Network {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Network, &'static str> {
        let (text, wrong) = (text.trim(), "must be an address or a network, such as 10.0.0.7 or 10.0.0.0/8");
        match text.parse::<IpAddr>() {
            Ok(address) => Ok(Network(address.to_canonical().into())),
            Err(_) => text.parse().map(Network).map_err(|_| wrong),
        }
    }
}

impl TryFrom<String> for Network {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Network, &'static str> {
        text.parse()
    }
}

/// Who says whose request it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies {
    /// The proxies that are trusted to say whose request they forward.
    pub trusted: Vec<Network>,
    /// The one header in which they say it.
    pub header: Option<ForwardedHeader>,
}

/// How long sessions last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionTimes {
    /// Without being used.
    pub unused: TimeDelta,
    /// At most.
    pub longest: TimeDelta,
}

/// What checking a password costs (Argon2id with one lane).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over that memory.
    pub passes: u32,
    /// Checks at once.
    pub at_once: usize,
}

/// Somebody as whom one can look at a demonstration.
#[derive(Clone, Debug)]
pub struct Demonstrated {
    /// The secret of the link that signs in as them.
    pub secret: String,
    /// Their address.
    pub email: Email,
    /// Their name.
    pub name: String,
    /// The word of their role.
    pub role: String,
}

/// All settings, complete.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `postgres://…` or `sqlite:FILE`.
    pub database: String,
    /// The size of the pool.
    pub connections: u32,
    /// The key file.
    pub keys: PathBuf,
    /// The checkpoint file, where one was named: see [`Settings::checkpoint_file`].
    pub checkpoints: Option<PathBuf>,
    /// The address that checkpoints are posted to.
    pub checkpoints_to: Option<Url>,
    /// Where to serve.
    pub listen: SocketAddr,
    /// The address that people reach the service by, without a slash at its end.
    pub public_url: String,
    /// The number of worker threads.
    pub workers: usize,
    /// Requests a minute for each person; 0 is no limit.
    pub requests_per_person: u32,
    /// Requests a minute for each address without a good token; 0 is no limit.
    pub requests_per_address: u32,
    /// The proxies before the service.
    pub proxies: Proxies,
    /// The ways in which people sign in.
    pub sign_in: Vec<Way>,
    /// How long sessions last.
    pub sessions: SessionTimes,
    /// What checking a password costs.
    pub passwords: PasswordCost,
    /// The origins whose pages may call the API from a browser.
    pub cors_origins: Vec<String>,
    /// Whether webhooks may go to private addresses and by http: in development alone.
    pub private_webhooks: bool,
    /// The folder of fonts for scripts that the built-in fonts lack.
    pub fonts: Option<PathBuf>,
    /// Seconds after which a request is given up.
    pub request_seconds: u64,
    /// The level of the logs.
    pub log: String,
    /// The OpenID Connect providers that people may sign in by.
    pub openid: Vec<openid::Settings>,
    /// The mail server; none where no e-mail is sent.
    pub mail: Option<mail::Settings>,
    /// In a demonstration alone: whom one can look at it as.
    pub demonstration: Vec<Demonstrated>,
    /// In a service that was started without a database alone: the digest of the secret by which its first hub is founded.
    pub founding: Option<[u8; 32]>,
}

impl Settings {
    /// Where webhooks may go.
    pub fn reach(&self) -> Reach {
        if self.private_webhooks { Reach::Anywhere } else { Reach::public(&self.public_url) }
    }

    /// The checkpoint file: the one that was named, or one beside the key file.
    pub fn checkpoint_file(&self) -> PathBuf {
        self.checkpoints.clone().unwrap_or_else(|| {
            let mut name = self.keys.clone().into_os_string();
            name.push(".checkpoints");
            PathBuf::from(name)
        })
    }
}
