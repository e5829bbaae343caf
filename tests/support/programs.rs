//! Independent programs that judge an exported journal. None where one is not installed and not required: the test
//! says that it did not run.

use std::io::Write;
use std::process::{Command, Stdio};

/// What hledger says about a journal, whether it ends well or not.
pub fn hledger(journal: &str, arguments: &[&str]) -> Option<Result<String, String>> {
    let mut command = Command::new("hledger");
    command.args(["-f", "-"]).args(arguments);
    judge(command, journal, "HUB_CREDITS_REQUIRE_HLEDGER")
}

/// What bean-check says about a journal, whether it ends well or not.
pub fn bean_check(journal: &str) -> Option<Result<String, String>> {
    let mut file = tempfile::NamedTempFile::with_suffix(".beancount").unwrap();
    file.write_all(journal.as_bytes()).unwrap();
    let mut command = Command::new("bean-check");
    command.arg("--no-cache").arg(file.path());
    judge(command, "", "HUB_CREDITS_REQUIRE_BEANCOUNT")
}

fn judge(mut command: Command, input: &str, required: &str) -> Option<Result<String, String>> {
    command.env("LC_ALL", "C.UTF-8").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let Ok(mut child) = command.spawn() else {
        let required_here = std::env::var(required).is_ok_and(|value| value == "1");
        assert!(!required_here, "{required}=1, and {:?} was not found", command.get_program());
        eprintln!("did not run: {:?} was not found", command.get_program());
        return None;
    };
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    let _ = writer.join().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Some(if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) })
}
