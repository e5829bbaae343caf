//! Settings: flags first, then the environment (`HUB_CREDITS_…`, `DATABASE_URL`), then a TOML file.
//! With none at all the service runs on 127.0.0.1:8080 from an embedded database under `data/`.

mod network;

use std::net::SocketAddr;
use std::path::PathBuf;

use chrono::TimeDelta;
use clap::Args;
use serde::Deserialize;
use url::Url;

pub use network::Network;

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

/// What may be set, each by flag, environment or file.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[command(next_help_heading = "Settings")]
pub struct Given {
    /// The database: postgres://… or sqlite:FILE [default: sqlite:data/hub-credits.db]
    #[arg(long, global = true, env = "DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub database: Option<String>,
    /// Connections to PostgreSQL, or readers of SQLite [default: 8]
    #[arg(long, global = true, env = "HUB_CREDITS_CONNECTIONS", value_name = "N")]
    pub connections: Option<u32>,
    /// The file of the keys that sign access tokens, made for a new database [default: data/signing-keys.pem]
    #[arg(long, global = true, env = "HUB_CREDITS_KEYS", value_name = "FILE")]
    pub keys: Option<PathBuf>,
    /// The file that signed checkpoints of the ledgers are appended to, and that verify holds them against
    /// [default: the name of the key file and .checkpoints]
    #[arg(long, global = true, env = "HUB_CREDITS_CHECKPOINTS", value_name = "FILE")]
    pub checkpoints: Option<PathBuf>,
    /// An address that the newest checkpoint of each ledger is posted to as well, as text
    #[arg(long, global = true, env = "HUB_CREDITS_CHECKPOINTS_TO", value_name = "URL")]
    pub checkpoints_to: Option<Url>,
    /// Where to serve [default: 127.0.0.1:8080]
    #[arg(long, global = true, env = "HUB_CREDITS_LISTEN", value_name = "ADDRESS")]
    pub listen: Option<SocketAddr>,
    /// The address that people reach the service by, for the links it makes [default: http:// and where it listens]
    #[arg(long, global = true, env = "HUB_CREDITS_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
    /// Worker threads [default: one a processor]
    #[arg(long, global = true, env = "HUB_CREDITS_WORKERS", value_name = "N")]
    pub workers: Option<usize>,
    /// Requests a minute that one person may make, 0 for no limit [default: 1200]
    #[arg(long, global = true, env = "HUB_CREDITS_REQUESTS_PER_PERSON", value_name = "N")]
    pub requests_per_person: Option<u32>,
    /// Requests a minute from one address without a good token, 0 for no limit [default: 300]
    #[arg(long, global = true, env = "HUB_CREDITS_REQUESTS_PER_ADDRESS", value_name = "N")]
    pub requests_per_address: Option<u32>,
    /// Proxies whose X-Forwarded-For or Forwarded is believed: addresses or networks such as 10.0.0.0/8; several
    /// with commas, or the flag again [default: none]
    #[arg(
        long = "trusted-proxy",
        global = true,
        env = "HUB_CREDITS_TRUSTED_PROXIES",
        value_name = "NETWORK",
        value_delimiter = ','
    )]
    pub trusted_proxies: Option<Vec<Network>>,
    /// The header in which those proxies write whose request they forward: x-forwarded-for or forwarded; nothing is read
    /// in the other [default: either, and where both come and differ, the proxy's own address counts]
    #[arg(long, global = true, env = "HUB_CREDITS_FORWARDED_HEADER", value_name = "HEADER", value_parser = ForwardedHeader::parse)]
    pub forwarded_header: Option<ForwardedHeader>,
    /// The ways in which people sign in: password, code, openid; several with commas [default: all of them]
    #[arg(long, global = true, env = "HUB_CREDITS_SIGN_IN", value_name = "WAYS", value_delimiter = ',', value_parser = Way::parse)]
    pub sign_in: Option<Vec<Way>>,
    /// Hours after which a session that is not used ends [default: 12]
    #[arg(long, global = true, env = "HUB_CREDITS_SESSION_HOURS", value_name = "HOURS")]
    pub session_hours: Option<u32>,
    /// Days after which every session ends [default: 30]
    #[arg(long, global = true, env = "HUB_CREDITS_SESSION_DAYS", value_name = "DAYS")]
    pub session_days: Option<u32>,
    /// Memory that checking a password takes, in KiB (Argon2id) [default: 19456]
    #[arg(long, global = true, env = "HUB_CREDITS_PASSWORD_MEMORY_KIB", value_name = "KIB")]
    pub password_memory_kib: Option<u32>,
    /// How often checking a password passes over that memory [default: 2]
    #[arg(long, global = true, env = "HUB_CREDITS_PASSWORD_PASSES", value_name = "N")]
    pub password_passes: Option<u32>,
    /// Passwords that are checked at once; more wait for their turn [default: one for two processors]
    #[arg(long, global = true, env = "HUB_CREDITS_PASSWORD_CHECKS", value_name = "N")]
    pub password_checks: Option<usize>,
    /// Origins whose pages may call the API from a browser: https:// and a host; several with commas, or the flag again
    /// [default: none]
    #[arg(
        long = "cors-origin",
        global = true,
        env = "HUB_CREDITS_CORS_ORIGINS",
        value_name = "ORIGIN",
        value_delimiter = ','
    )]
    pub cors_origins: Option<Vec<String>>,
    /// In development alone: webhooks may go to private addresses and this machine, and by http [default: false]
    #[arg(long, global = true, env = "HUB_CREDITS_PRIVATE_WEBHOOKS", value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub private_webhooks: Option<bool>,
    /// A folder of fonts (.ttf, .otf, .ttc, .otc) for names in scripts that the fonts of the binary lack, on PDF
    #[arg(long, global = true, env = "HUB_CREDITS_FONTS", value_name = "FOLDER")]
    pub fonts: Option<PathBuf>,
    /// Seconds after which a request is given up [default: 30]
    #[arg(long, global = true, env = "HUB_CREDITS_REQUEST_SECONDS", value_name = "SECONDS")]
    pub request_seconds: Option<u64>,
    /// What is logged: error, warn, info, debug [default: info]
    #[arg(long, global = true, env = "HUB_CREDITS_LOG", value_name = "LEVEL")]
    pub log: Option<String>,
    /// OpenID Connect providers that people may sign in by; in the file alone, a table `[[openid]]` for each.
    #[arg(skip)]
    pub openid: Option<Vec<openid::Given>>,
    /// The mail server; in the file a table `[mail]`.
    #[command(flatten)]
    #[serde(default)]
    pub mail: mail::Given,
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
    /// In a demonstration alone: secrets that sign in by a link, each with whose it is.
    pub demonstration: Vec<(String, Email)>,
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

/// A setting that can't be used: one line that names it.
#[derive(Debug, thiserror::Error)]
pub enum Wrong {
    /// The file can't be read.
    #[error("config: {file} can't be read: {error}")]
    Unreadable {
        /// The settings file.
        file: PathBuf,
        /// Why it could not be read.
        error: std::io::Error,
    },
    /// The file is not a settings file.
    #[error("config: {file}: {reason}")]
    NotSettings {
        /// The settings file.
        file: PathBuf,
        /// What is wrong, with the name of the setting.
        reason: String,
    },
    /// A value is out of its range.
    #[error("{setting}: {reason}")]
    Value {
        /// The setting's name.
        setting: &'static str,
        /// What it must be.
        reason: &'static str,
    },
    /// An OpenID Connect provider can't be used.
    #[error(transparent)]
    Openid(#[from] openid::Wrong),
    /// The mail server can't be used.
    #[error(transparent)]
    Mail(#[from] mail::Wrong),
}

impl Given {
    /// The settings in a file.
    pub fn from_file(file: PathBuf) -> Result<Given, Wrong> {
        match std::fs::read_to_string(&file) {
            Ok(text) => toml::from_str(&text).map_err(|error| {
                let reason = error.message().lines().collect::<Vec<_>>().join(" ");
                let line = error.span().and_then(|span| line_at(&text, span.start)).unwrap_or_default();
                Wrong::NotSettings { file, reason: format!("{line}{reason}") }
            }),
            Err(error) => Err(Wrong::Unreadable { file, error }),
        }
    }

    /// These settings, completed from `file` where they are not given.
    pub fn over(self, file: Given) -> Given {
        Given {
            database: self.database.or(file.database),
            connections: self.connections.or(file.connections),
            keys: self.keys.or(file.keys),
            checkpoints: self.checkpoints.or(file.checkpoints),
            checkpoints_to: self.checkpoints_to.or(file.checkpoints_to),
            listen: self.listen.or(file.listen),
            public_url: self.public_url.or(file.public_url),
            workers: self.workers.or(file.workers),
            requests_per_person: self.requests_per_person.or(file.requests_per_person),
            requests_per_address: self.requests_per_address.or(file.requests_per_address),
            trusted_proxies: self.trusted_proxies.or(file.trusted_proxies),
            forwarded_header: self.forwarded_header.or(file.forwarded_header),
            sign_in: self.sign_in.or(file.sign_in),
            session_hours: self.session_hours.or(file.session_hours),
            session_days: self.session_days.or(file.session_days),
            password_memory_kib: self.password_memory_kib.or(file.password_memory_kib),
            password_passes: self.password_passes.or(file.password_passes),
            password_checks: self.password_checks.or(file.password_checks),
            cors_origins: self.cors_origins.or(file.cors_origins),
            private_webhooks: self.private_webhooks.or(file.private_webhooks),
            fonts: self.fonts.or(file.fonts),
            request_seconds: self.request_seconds.or(file.request_seconds),
            log: self.log.or(file.log),
            openid: self.openid.or(file.openid),
            mail: self.mail.over(file.mail),
        }
    }

    /// The settings, checked, with defaults for whatever is not given.
    pub fn complete(self) -> Result<Settings, Wrong> {
        let processors = std::thread::available_parallelism().map_or(2, usize::from);
        let listen = self.listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080)));
        let settings = Settings {
            database: self.database.unwrap_or_else(|| "sqlite:data/hub-credits.db".to_owned()),
            connections: self.connections.unwrap_or(8),
            keys: self.keys.unwrap_or_else(|| PathBuf::from("data/signing-keys.pem")),
            checkpoints: self.checkpoints,
            checkpoints_to: self.checkpoints_to,
            listen,
            public_url: self.public_url.unwrap_or_else(|| format!("http://{listen}")).trim_end_matches('/').to_owned(),
            workers: self.workers.unwrap_or(processors),
            requests_per_person: self.requests_per_person.unwrap_or(1200),
            requests_per_address: self.requests_per_address.unwrap_or(300),
            proxies: Proxies { trusted: self.trusted_proxies.unwrap_or_default(), header: self.forwarded_header },
            sign_in: self.sign_in.unwrap_or_else(|| Way::ALL.to_vec()),
            sessions: SessionTimes {
                unused: TimeDelta::hours(self.session_hours.unwrap_or(12).into()),
                longest: TimeDelta::days(self.session_days.unwrap_or(30).into()),
            },
            passwords: PasswordCost {
                memory_kib: self.password_memory_kib.unwrap_or(19_456),
                passes: self.password_passes.unwrap_or(2),
                at_once: self.password_checks.unwrap_or_else(|| (processors / 2).max(1)),
            },
            cors_origins: self.cors_origins.unwrap_or_default(),
            private_webhooks: self.private_webhooks.unwrap_or_default(),
            fonts: self.fonts,
            request_seconds: self.request_seconds.unwrap_or(30),
            log: self.log.unwrap_or_else(|| "info".to_owned()),
            openid: openid::checked(self.openid.unwrap_or_default())?,
            mail: self.mail.checked()?,
            demonstration: Vec::new(),
            founding: None,
        };
        let engine = ["postgres:", "postgresql:", "sqlite:"].iter().any(|scheme| settings.database.starts_with(scheme));
        let value = |good: bool, setting, reason| if good { Ok(()) } else { Err(Wrong::Value { setting, reason }) };
        value(engine, "database", "must begin with postgres:// or sqlite:")?;
        value(
            !settings.database.contains(":memory:"),
            "database",
            "must be a file: a database in memory would lose everything",
        )?;
        value((1..=1000).contains(&settings.connections), "connections", "must be 1 to 1000")?;
        value((1..=1024).contains(&settings.workers), "workers", "must be 1 to 1024")?;
        let hours = settings.sessions.unused.num_hours();
        value((1..=24 * 90).contains(&hours), "session_hours", "must be 1 to 2160 hours")?;
        value((1..=365).contains(&settings.sessions.longest.num_days()), "session_days", "must be 1 to 365 days")?;
        let PasswordCost { memory_kib, passes, at_once } = settings.passwords;
        value((7_168..=1_048_576).contains(&memory_kib), "password_memory_kib", "must be 7168 to 1048576 KiB")?;
        value((1..=100).contains(&passes), "password_passes", "must be 1 to 100")?;
        value((1..=256).contains(&at_once), "password_checks", "must be 1 to 256")?;
        value((1..=3600).contains(&settings.request_seconds), "request_seconds", "must be 1 to 3600")?;
        value(
            settings.sign_in != [Way::Openid] || !settings.openid.is_empty(),
            "sign_in",
            "openid alone lets nobody in without a provider: name one in the settings file, in a table [[openid]]",
        )?;
        value(
            settings.public_url.starts_with("http://") || settings.public_url.starts_with("https://"),
            "public_url",
            "must begin with http:// or https://",
        )?;
        value(
            settings.checkpoints_to.as_ref().is_none_or(|url| ["http", "https"].contains(&url.scheme())),
            "checkpoints_to",
            "must begin with http:// or https://",
        )?;
        value(
            settings.cors_origins.iter().all(|origin| is_origin(origin)),
            "cors_origins",
            "must be origins such as https://app.example, without a path; * is not taken",
        )?;
        value(
            ["error", "warn", "info", "debug"].contains(&settings.log.as_str()),
            "log",
            "must be error, warn, info or debug",
        )?;
        Ok(settings)
    }
}

/// Whether a text is a scheme and a host, with a port or without, as browsers send it.
fn is_origin(text: &str) -> bool {
    Url::parse(text)
        .is_ok_and(|url| ["http", "https"].contains(&url.scheme()) && url.origin().ascii_serialization() == text)
}

/// `line 3, connections: `, for a position in a settings file.
fn line_at(text: &str, place: usize) -> Option<String> {
    let before = text.get(..place)?;
    let line = text.lines().nth(before.matches('\n').count())?;
    let name = line.split_once('=').map(|(name, _)| format!(", {}", name.trim())).unwrap_or_default();
    Some(format!("line {}{name}: ", before.matches('\n').count() + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(given: Given) -> String {
        given.complete().unwrap_err().to_string()
    }

    #[test]
    fn nothing_set_is_the_embedded_database() {
        let settings = Given::default().complete().unwrap();
        assert_eq!(
            (settings.database.as_str(), settings.public_url.as_str()),
            ("sqlite:data/hub-credits.db", "http://127.0.0.1:8080")
        );
    }

    #[test]
    fn flags_come_before_the_file() {
        let file: Given =
            toml::from_str("listen = \"0.0.0.0:9000\"\nconnections = 3\ntrusted_proxies = ['10.0.0.0/8', '::1']")
                .unwrap();
        let settings = Given { connections: Some(5), ..Given::default() }.over(file).complete().unwrap();
        assert_eq!((settings.connections, settings.listen.port()), (5, 9000));
        assert_eq!(settings.proxies.trusted, ["10.0.0.0/8", "::1"].map(|text| text.parse().unwrap()));
    }

    #[test]
    fn a_wrong_line_of_a_file_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("settings.toml");
        let reason = |text: &str| {
            std::fs::write(&file, text).unwrap();
            Given::from_file(file.clone()).unwrap_err().to_string()
        };
        assert!(reason("log = 'info'\nconnections = 'many'").contains("line 2, connections: "));
        assert!(reason("log = 'info'\n\nlisten = 'here'").contains("line 3, listen: "));
        assert!(reason("listen").contains("line 1: "));
    }

    #[test]
    fn a_wrong_setting_is_named() {
        assert!(wrong(Given { database: Some("mysql://x".into()), ..Given::default() }).starts_with("database: "));
        assert!(
            wrong(Given { database: Some("sqlite::memory:".into()), ..Given::default() }).starts_with("database: ")
        );
        assert!(wrong(Given { connections: Some(0), ..Given::default() }).starts_with("connections: "));
        assert!(wrong(Given { public_url: Some("hub".into()), ..Given::default() }).starts_with("public_url: "));
        assert!(wrong(Given { session_hours: Some(0), ..Given::default() }).starts_with("session_hours: "));
        assert!(wrong(Given { password_memory_kib: Some(8), ..Given::default() }).starts_with("password_memory_kib: "));
        assert!(wrong(Given { password_checks: Some(0), ..Given::default() }).starts_with("password_checks: "));
        let alone = Given { sign_in: Some(vec![Way::Openid]), ..Given::default() };
        assert!(wrong(alone).starts_with("sign_in: openid alone lets nobody in without a provider"));
        assert!(toml::from_str::<Given>("forwarded_header = 'via'").unwrap_err().message().contains("x-forwarded-for"));
        assert!(toml::from_str::<Given>("sign_in = ['passwords']").unwrap_err().message().contains("password, code"));
        for origin in
            ["*", "app.example", "https://app.example/", "https://app.example/path", "null", "HTTPS://app.example"]
        {
            let given = Given { cors_origins: Some(vec![origin.into()]), ..Given::default() };
            assert!(wrong(given).starts_with("cors_origins: "), "{origin}");
        }
        assert!(wrong(Given { log: Some("loud".into()), ..Given::default() }).starts_with("log: "));
        assert!(toml::from_str::<Given>("lisen = 1").unwrap_err().message().contains("lisen"));
        assert!(toml::from_str::<Given>("trusted_proxies = ['proxy']").unwrap_err().message().contains("10.0.0.0/8"));
        assert!(Given::from_file("/nonexistent".into()).unwrap_err().to_string().starts_with("config: /nonexistent"));
    }
}
