//! The settings of the mail server: a table `[mail]` of the settings file, or flags and variables of the same names.

use std::fmt::{self, Debug, Formatter};
use std::path::{Path, PathBuf};

use clap::Args;
use lettre::message::Mailbox;
use serde::Deserialize;

use crate::base::db::types::words;

words!(/** How the connection to the mail server is encrypted. */ Encryption {
    /// From its first byte: port 465.
    Tls = "tls",
    /// After a greeting in the clear, by STARTTLS, or not at all: port 587.
    Starttls = "starttls",
    /// Not: for a server on the same machine or in the same network. Port 25.
    None = "none",
});

impl Encryption {
    /// The port that servers listen on.
    fn port(self) -> u16 {
        match self {
            Encryption::Tls => 465,
            Encryption::Starttls => 587,
            Encryption::None => 25,
        }
    }
}

/// What may be set of the mail server.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[group(skip)]
#[serde(default, deny_unknown_fields)]
#[command(next_help_heading = "Settings of e-mail")]
pub struct Given {
    /// The mail server (SMTP) that letters are handed to: its name or address [default: no e-mail is sent]
    #[arg(
        id = "mail_server",
        long = "mail-server",
        global = true,
        env = "HUB_CREDITS_MAIL_SERVER",
        value_name = "HOST"
    )]
    pub server: Option<String>,
    /// Its port [default: 465, 587 or 25, as it encrypts]
    #[arg(id = "mail_port", long = "mail-port", global = true, env = "HUB_CREDITS_MAIL_PORT", value_name = "PORT")]
    pub port: Option<u16>,
    /// How the connection is encrypted: tls, starttls or none [default: starttls]
    #[arg(id = "mail_encryption", long = "mail-encryption", global = true, env = "HUB_CREDITS_MAIL_ENCRYPTION", value_name = "HOW", value_parser = Encryption::parse)]
    pub encryption: Option<Encryption>,
    /// A file with the certificate that vouches for the server (PEM), where no public authority does
    #[arg(
        id = "mail_authority",
        long = "mail-authority",
        global = true,
        env = "HUB_CREDITS_MAIL_AUTHORITY",
        value_name = "FILE"
    )]
    pub authority: Option<PathBuf>,
    /// The login at the server [default: none is asked for]
    #[arg(id = "mail_login", long = "mail-login", global = true, env = "HUB_CREDITS_MAIL_LOGIN", value_name = "LOGIN")]
    pub login: Option<String>,
    /// The password of that login
    #[arg(
        id = "mail_password",
        long = "mail-password",
        global = true,
        env = "HUB_CREDITS_MAIL_PASSWORD",
        value_name = "PASSWORD",
        hide_env_values = true
    )]
    pub password: Option<Password>,
    /// A file that holds that password, readable by its owner only
    #[arg(
        id = "mail_password_file",
        long = "mail-password-file",
        global = true,
        env = "HUB_CREDITS_MAIL_PASSWORD_FILE",
        value_name = "FILE"
    )]
    pub password_file: Option<PathBuf>,
    /// The address that letters come from; the name before it is that of the hub
    #[arg(id = "mail_from", long = "mail-from", global = true, env = "HUB_CREDITS_MAIL_FROM", value_name = "ADDRESS")]
    pub from: Option<String>,
    /// The address that answers go to [default: the one that letters come from]
    #[arg(
        id = "mail_reply_to",
        long = "mail-reply-to",
        global = true,
        env = "HUB_CREDITS_MAIL_REPLY_TO",
        value_name = "ADDRESS"
    )]
    pub reply_to: Option<String>,
    /// How many letters a minute the server is handed, 0 for no limit [default: 0]
    #[arg(id = "mail_rate", long = "mail-rate", global = true, env = "HUB_CREDITS_MAIL_RATE", value_name = "N")]
    pub rate: Option<u32>,
    /// How many connections are held to it [default: 4]
    #[arg(
        id = "mail_connections",
        long = "mail-connections",
        global = true,
        env = "HUB_CREDITS_MAIL_CONNECTIONS",
        value_name = "N"
    )]
    pub connections: Option<u32>,
}

/// A password that is never shown.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Password(pub(super) String);

impl From<String> for Password {
    fn from(text: String) -> Password {
        Password(text)
    }
}

impl Debug for Password {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("hidden")
    }
}

/// A mail server, with all that is needed to hand letters to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Its name or address.
    pub server: String,
    /// Its port.
    pub port: u16,
    /// How the connection is encrypted.
    pub encryption: Encryption,
    /// The certificate that vouches for it, where no public authority does.
    pub authority: Option<PathBuf>,
    /// The login and its password.
    pub login: Option<(String, Password)>,
    /// The address that letters come from.
    pub from: Mailbox,
    /// The address that answers go to.
    pub reply_to: Option<Mailbox>,
    /// How many letters a minute the server is handed; 0 is no limit.
    pub rate: u32,
    /// How many connections are held to it.
    pub connections: u32,
}

/// A setting of the mail server that can't be used: one line that names it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("mail {field}: {reason}")]
pub struct Wrong {
    /// The field.
    pub field: &'static str,
    /// What it must be.
    pub reason: String,
}

impl Given {
    /// These settings, completed from `file` where they are not given.
    pub fn over(self, file: Given) -> Given {
        Given {
            server: self.server.or(file.server),
            port: self.port.or(file.port),
            encryption: self.encryption.or(file.encryption),
            authority: self.authority.or(file.authority),
            login: self.login.or(file.login),
            password: self.password.or(file.password),
            password_file: self.password_file.or(file.password_file),
            from: self.from.or(file.from),
            reply_to: self.reply_to.or(file.reply_to),
            rate: self.rate.or(file.rate),
            connections: self.connections.or(file.connections),
        }
    }

    /// The mail server, checked; none where none is named.
    pub fn checked(self) -> Result<Option<Settings>, Wrong> {
        let Some(server) = self.server else {
            let without = self.from.is_some() || self.login.is_some();
            return if without {
                Err(wrong("server", "is needed where anything else of e-mail is set"))
            } else {
                Ok(None)
            };
        };
        let encryption = self.encryption.unwrap_or(Encryption::Starttls);
        let password = match (self.password, self.password_file) {
            (Some(_), Some(_)) => return Err(wrong("password_file", "goes without password")),
            (password, None) => password,
            (None, Some(file)) => Some(read(&file)?),
        };
        let login = match (self.login, password) {
            (Some(login), Some(password)) => Some((login, password)),
            (None, None) => None,
            (Some(_), None) => return Err(wrong("password", "is needed with a login")),
            (None, Some(_)) => return Err(wrong("login", "is needed with a password")),
        };
        if login.is_some() && encryption == Encryption::None {
            return Err(wrong("encryption", "must be tls or starttls where there is a password"));
        }
        let from = self.from.ok_or_else(|| wrong("from", "is needed: the address that letters come from"))?;
        let connections = self.connections.unwrap_or(4);
        if !(1..=32).contains(&connections) {
            return Err(wrong("connections", "must be 1 to 32"));
        }
        Ok(Some(Settings {
            server,
            port: self.port.unwrap_or_else(|| encryption.port()),
            encryption,
            authority: self.authority,
            login,
            from: address("from", &from)?,
            reply_to: self.reply_to.map(|text| address("reply_to", &text)).transpose()?,
            rate: self.rate.unwrap_or(0),
            connections,
        }))
    }
}

pub(super) fn wrong(field: &'static str, reason: impl Into<String>) -> Wrong {
    Wrong { field, reason: reason.into() }
}

fn address(field: &'static str, text: &str) -> Result<Mailbox, Wrong> {
    text.parse().map_err(|_| wrong(field, "must be an e-mail address, such as credits@hub.example"))
}

fn read(file: &Path) -> Result<Password, Wrong> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| wrong("password_file", format!("{} can't be read: {error}", file.display())))?;
    Ok(Password(text.trim_end_matches(['\r', '\n']).to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(text: &str) -> Given {
        toml::from_str(text).unwrap()
    }

    #[test]
    fn nothing_set_sends_nothing() {
        assert_eq!(Given::default().checked(), Ok(None));
    }

    #[test]
    fn a_server_and_an_address_are_enough() {
        let settings = given("server = 'mail.hub.example'\nfrom = 'credits@hub.example'").checked().unwrap().unwrap();
        assert_eq!((settings.port, settings.encryption), (587, Encryption::Starttls));
        assert_eq!(settings.from.to_string(), "credits@hub.example");
        let tls = given("server = 'm'\nfrom = 'a@b.example'\nencryption = 'tls'").checked().unwrap().unwrap();
        assert_eq!(tls.port, 465);
    }

    #[test]
    fn flags_come_before_the_file() {
        let flags = Given { port: Some(2525), ..Given::default() };
        let settings = flags.over(given("server = 'm'\nport = 25\nfrom = 'a@b.example'")).checked().unwrap().unwrap();
        assert_eq!((settings.port, settings.server.as_str()), (2525, "m"));
    }

    #[test]
    fn a_password_is_read_from_its_file_and_never_shown() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        std::fs::write(&file, "open sesame\n").unwrap();
        let text = format!("server = 'm'\nfrom = 'a@b.example'\nlogin = 'hub'\npassword_file = '{}'", file.display());
        let settings = given(&text).checked().unwrap().unwrap();
        assert_eq!(settings.login, Some(("hub".to_owned(), Password("open sesame".to_owned()))));
        assert!(!format!("{settings:?}").contains("sesame"));
    }

    #[test]
    fn what_does_not_go_together_is_named() {
        let reason = |text: &str| given(text).checked().unwrap_err().to_string();
        assert!(reason("from = 'a@b.example'").starts_with("mail server: "));
        assert!(reason("server = 'm'").starts_with("mail from: "));
        assert!(reason("server = 'm'\nfrom = 'nobody'").starts_with("mail from: "));
        assert!(reason("server = 'm'\nfrom = 'a@b.example'\nlogin = 'x'").starts_with("mail password: "));
        assert!(reason("server = 'm'\nfrom = 'a@b.example'\npassword = 'x'").starts_with("mail login: "));
        let clear = "server = 'm'\nfrom = 'a@b.example'\nlogin = 'x'\npassword = 'y'\nencryption = 'none'";
        assert!(reason(clear).starts_with("mail encryption: "));
        assert!(reason("server = 'm'\nfrom = 'a@b.example'\nconnections = 0").starts_with("mail connections: "));
        assert!(toml::from_str::<Given>("sever = 'm'").is_err());
    }
}
