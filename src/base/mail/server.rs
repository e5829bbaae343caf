//! The mail server: letters are handed to it over connections that are held, so many a minute at most.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::transport::smtp::{self, PoolConfig};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use tokio::time::timeout;

use super::message::{Unwritable, one_line};
use super::settings::wrong;
use super::{Encryption, Mail, Settings, Wrong};

/// How long the server may take for one letter, from the connection to its answer.
const IN_ALL: Duration = Duration::from_secs(30);

/// For how long a connection that nothing is sent over is held.
const UNUSED: Duration = Duration::from_secs(20);

/// Why a letter was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Whether it will never be, however often it is sent.
    pub for_good: bool,
    /// Whether that is because nobody is at the address.
    pub nobody_there: bool,
    /// What the server said, or what went wrong on the way to it: one line.
    pub words: String,
}

/// A mail server. Cheap to clone.
#[derive(Clone)]
pub struct Server {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    reply_to: Option<Mailbox>,
    rate: Option<Arc<DefaultDirectRateLimiter>>,
    connections: usize,
}

impl Server {
    /// The server of these settings; nothing is sent yet.
    pub fn new(settings: &Settings) -> Result<Server, Wrong> {
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&settings.server)
            .port(settings.port)
            .tls(tls(settings)?)
            .timeout(Some(IN_ALL))
            .pool_config(PoolConfig::new().max_size(settings.connections).idle_timeout(UNUSED));
        if let Some((login, password)) = &settings.login {
            builder = builder.credentials(Credentials::new(login.clone(), password.0.clone()));
        }
        let rate = NonZeroU32::new(settings.rate).map(|rate| {
            // One after the other, so that no server sees a minute's letters at once.
            let one_each = Quota::per_minute(rate).allow_burst(NonZeroU32::MIN);
            Arc::new(RateLimiter::direct(one_each))
        });
        Ok(Server {
            transport: builder.build(),
            from: settings.from.clone(),
            reply_to: settings.reply_to.clone(),
            rate,
            connections: usize::try_from(settings.connections).unwrap_or(1),
        })
    }

    /// How many letters it is handed at once.
    pub fn at_once(&self) -> usize {
        self.connections
    }

    /// The longest that [`Server::take`] lasts, without waiting for a turn.
    pub fn longest(&self) -> Duration {
        IN_ALL
    }

    /// Waits until the rate has room for another letter.
    pub async fn turn(&self) {
        if let Some(rate) = &self.rate {
            rate.until_ready().await;
        }
    }

    /// Hands it a letter; done once it has answered for it.
    pub async fn take(&self, mail: &Mail) -> Result<(), Refused> {
        let message = mail.written(&self.from, self.reply_to.as_ref()).map_err(|error| Refused {
            for_good: true,
            nobody_there: matches!(error, Unwritable::Address(_)),
            words: error.to_string(),
        })?;
        match timeout(IN_ALL, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(refused(&error)),
            Err(_) => {
                let words = format!("the mail server did not answer within {} seconds", IN_ALL.as_secs());
                Err(Refused { for_good: false, nobody_there: false, words })
            }
        }
    }
}

fn tls(settings: &Settings) -> Result<Tls, Wrong> {
    if settings.encryption == Encryption::None {
        return Ok(Tls::None);
    }
    let mut parameters = TlsParameters::builder(settings.server.clone());
    if let Some(file) = &settings.authority {
        let pem = std::fs::read(file)
            .map_err(|error| wrong("authority", format!("{} can't be read: {error}", file.display())))?;
        let certificate = Certificate::from_pem(&pem).map_err(|error| wrong("authority", error.to_string()))?;
        parameters = parameters.add_root_certificate(certificate);
    }
    let parameters = parameters.build_rustls().map_err(|error| wrong("encryption", error.to_string()))?;
    Ok(match settings.encryption {
        Encryption::Tls => Tls::Wrapper(parameters),
        Encryption::Starttls => Tls::Required(parameters),
        Encryption::None => Tls::None,
    })
}

/// Codes of answers that are about the login or the service of the server, not about the letter.
const ABOUT_THE_SERVER: [u16; 6] = [421, 454, 530, 534, 535, 538];

/// What an error comes to for the letter. Whatever went wrong on the way is over some day; so is what the server says of
/// our login, once the settings are mended. What it says for good of a letter is believed.
fn refused(error: &smtp::Error) -> Refused {
    let mut words = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let cause_in_words = cause.to_string();
        if !words.contains(&cause_in_words) {
            words = format!("{words}: {cause_in_words}");
        }
        source = cause.source();
    }
    let code = error.status().map_or(0, u16::from);
    // An address that the server can't be told, since it takes none but ASCII; other errors of the client are about it.
    let untold = error.is_client() && words.contains("SMTPUTF8");
    let for_good = (error.is_permanent() && !ABOUT_THE_SERVER.contains(&code)) || untold;
    Refused { for_good, nobody_there: for_good && nobody_there(code, &words), words: kept(&words) }
}

/// Whether an answer says that nobody is at the address: by its enhanced code where it has one (RFC 3463), or 550 and 553
/// without.
fn nobody_there(code: u16, words: &str) -> bool {
    let enhanced = words.split([' ', ':', '-']).find(|word| word.starts_with("5.") && word.matches('.').count() == 2);
    match enhanced {
        Some(enhanced) => ["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"].contains(&enhanced),
        None => [550, 553].contains(&code),
    }
}

/// What is kept of an answer: a line of no more than 300 characters.
fn kept(words: &str) -> String {
    one_line(words).chars().take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_says_whether_anybody_is_there() {
        assert!(nobody_there(550, "permanent error (550): 5.1.1 no such user"));
        assert!(nobody_there(550, "permanent error (550): no such user"));
        assert!(!nobody_there(550, "permanent error (550): 5.7.1 looks like spam"));
        assert!(!nobody_there(552, "permanent error (552): too large"));
    }

    #[test]
    fn what_is_kept_of_an_answer_is_a_line() {
        assert_eq!(kept("a\r\n b"), "a b");
        assert_eq!(kept(&"x".repeat(900)).len(), 300);
    }
}
