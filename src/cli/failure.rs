//! How a command fails: one line on stderr, and the exit code.

use std::io::{self, ErrorKind};
use std::process::ExitCode;

use hub_credits::base::auth;
use hub_credits::base::config;
use hub_credits::base::db;
use hub_credits::demo;
use hub_credits::ledger;
use hub_credits::members::hubs;
use hub_credits::members::people;

/// Why a command ended without having done its work.
#[derive(Debug)]
pub enum Failure {
    /// Wrong usage or settings: exit code 2.
    Usage(String),
    /// It could not be done: exit code 1.
    Failed(String),
    /// It was done, and found something wrong, which has been reported: exit code 1.
    FoundWrong,
    /// Nobody reads the output any more: exit code 0.
    NoReader,
}

impl Failure {
    /// A failure with this message.
    pub fn failed(words: impl ToString) -> Failure {
        Failure::Failed(words.to_string())
    }

    /// Wrong usage with this message.
    pub fn usage(words: impl ToString) -> Failure {
        Failure::Usage(words.to_string())
    }

    /// Prints the message and gives the exit code.
    pub fn end(self) -> ExitCode {
        match self {
            Failure::Usage(words) => said(&words, 2),
            Failure::Failed(words) => said(&words, 1),
            Failure::FoundWrong => ExitCode::from(1),
            Failure::NoReader => ExitCode::SUCCESS,
        }
    }
}

#[expect(clippy::print_stderr, reason = "the command line speaks to people here")]
fn said(words: &str, code: u8) -> ExitCode {
    eprintln!("hub-credits: {}", words.split_whitespace().collect::<Vec<_>>().join(" "));
    ExitCode::from(code)
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Failure {
        if error.kind() == ErrorKind::BrokenPipe { Failure::NoReader } else { Failure::failed(error) }
    }
}

impl From<config::Wrong> for Failure {
    fn from(wrong: config::Wrong) -> Failure {
        Failure::usage(wrong)
    }
}

impl From<auth::KeyFileError> for Failure {
    fn from(error: auth::KeyFileError) -> Failure {
        Failure::usage(format!("keys: {error}"))
    }
}

/// Turns errors that simply mean failure into [`Failure::Failed`].
macro_rules! fails {
    ($($error:ty),+ $(,)?) => {
        $(impl From<$error> for Failure {
            fn from(error: $error) -> Failure {
                Failure::failed(error)
            }
        })+
    };
}

fails!(
    db::Error,
    demo::Error,
    hubs::Error,
    hubs::journal::Error,
    people::Error,
    ledger::Error,
    serde_norway::Error,
    serde_json::Error
);
