//! What mail servers send back: that a letter was not delivered (RFC 3464), or that somebody complained of it (RFC 5965).
//! Both quote the head of the letter, by whose `Message-ID` it is known.

use uuid::Uuid;

/// A letter that came back, or was complained of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Returned {
    /// The part of its Message-ID before the `@`.
    pub id: Uuid,
    /// Why, in a line.
    pub why: String,
    /// Whether it arrived, and its receiver complained of it.
    pub complained: bool,
}

/// What the reason of a letter begins with that came back.
pub const CAME_BACK: &str = "it came back: ";

/// The types of feedback that are no complaint: that a letter was taken for one wrongly (RFC 5965), and how its signatures
/// were judged (RFC 6591).
const NO_COMPLAINTS: [&str; 2] = ["not-spam", "auth-failure"];

/// The longest reason that is kept, in characters.
const LONGEST: usize = 300;

/// Reads a report; none where it is not one, tells only of a delay or of success, or quotes no letter of ours.
pub fn read(message: &[u8]) -> Option<Returned> {
    let lines = unfolded(&String::from_utf8_lossy(message));
    let part = |media_type: &str| {
        let of_type = |line: &String| {
            value(line, "Content-Type").is_some_and(|value| value.to_ascii_lowercase().starts_with(media_type))
        };
        lines.iter().position(of_type).and_then(|at| lines.get(at + 1..))
    };
    let first = |lines: &[String], name: &str| lines.iter().find_map(|line| value(line, name)).map(str::to_owned);
    // Of a letter to an address beyond ASCII the report has a type of its own (RFC 6533).
    let undelivered = part("message/delivery-status").or_else(|| part("message/global-delivery-status"));
    let (report, why, complained) = if let Some(report) = undelivered {
        if !first(report, "Action")?.eq_ignore_ascii_case("failed") {
            return None;
        }
        // `smtp; 550 5.1.1 nobody of this name`
        let said = first(report, "Diagnostic-Code");
        let said = said.map(|said| said.split_once(';').map_or(said.as_str(), |(_, words)| words).trim().to_owned());
        // Where the words do not say the status, it stands after them: by it a wrong address is known.
        let (status, said) = (first(report, "Status").unwrap_or_default(), said.unwrap_or_default());
        let why = match (said.is_empty(), said.contains(&status)) {
            (true, _) => status,
            (false, true) => said,
            (false, false) => format!("{said} ({status})"),
        };
        (report, format!("{CAME_BACK}{why}"), false)
    } else {
        let report = part("message/feedback-report")?;
        let kind = first(report, "Feedback-Type")?;
        if NO_COMPLAINTS.iter().any(|no| kind.eq_ignore_ascii_case(no)) {
            return None;
        }
        (report, format!("its receiver complained of it: {kind}"), true)
    };
    let id = report.iter().filter_map(|line| value(line, "Message-ID")).find_map(local_part)?;
    Some(Returned { id, why: why.chars().take(LONGEST).collect(), complained })
}

/// The lines, with those that go on (RFC 5322, 2.2.3) put to the one before.
fn unfolded(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        let goes_on = line.starts_with([' ', '\t']) && !line.trim().is_empty();
        match lines.last_mut().filter(|before| goes_on && !before.is_empty()) {
            Some(before) => {
                before.push(' ');
                before.push_str(line.trim());
            }
            None => lines.push(line.trim_end().to_owned()),
        }
    }
    lines
}

/// What the field of this name says, where the line is that field.
fn value<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (field, value) = line.split_once(':')?;
    field.trim_end().eq_ignore_ascii_case(name).then(|| value.trim())
}

/// The id in `<id@domain>`.
fn local_part(message_id: &str) -> Option<Uuid> {
    let (local, _) = message_id.trim_start_matches('<').split_once('@')?;
    Uuid::try_parse(local).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "01990a00-0000-7000-8000-000000000001";

    fn report(action: &str) -> String {
        format!(
            "Message-ID: <dsn.1@mx.school.example>\r\nContent-Type: multipart/report; report-type=delivery-status;\r\n\
             \tboundary=\"b\"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n--b\r\n\
             Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.school.example\r\n\r\n\
             Final-Recipient: rfc822; zoe@school.example\r\nAction: {action}\r\nStatus: 5.1.1\r\n\
             Diagnostic-Code: smtp; 550 5.1.1\r\n nobody of this name is here\r\n\r\n--b\r\n\
             Content-Type: text/rfc822-headers\r\n\r\nMessage-Id: <{ID}@hub.example>\r\nSubject: A place\r\n\r\n--b--\r\n"
        )
    }

    #[test]
    fn what_was_not_delivered_says_why() {
        let read = read(report("failed").as_bytes()).unwrap();
        assert_eq!(read.id.to_string(), ID);
        assert_eq!(read.why, "it came back: 550 5.1.1 nobody of this name is here");
    }

    #[test]
    fn a_delay_is_no_failure_and_other_mail_is_no_report() {
        assert_eq!(read(report("delayed").as_bytes()), None);
        assert_eq!(read(b"Message-ID: <x@y.example>\r\nSubject: Re: A place\r\n\r\nI am away.\r\n"), None);
        assert_eq!(read(report("failed").replace(ID, "somebody").as_bytes()), None);
        assert_eq!(read(&[0xff, 0, 1, b'\n']), None);
        assert_eq!(read(b""), None);
    }

    #[test]
    fn a_complaint_says_what_kind_it_is() {
        let report = format!(
            "Content-Type: multipart/report; report-type=feedback-report\n\n--b\nContent-Type: message/feedback-report\n\n\
             Feedback-Type: abuse\nVersion: 1\n\n--b\nContent-Type: message/rfc822\n\nMessage-ID: <{ID}@hub.example>\n\nHello\n"
        );
        assert_eq!(read(report.as_bytes()).unwrap().why, "its receiver complained of it: abuse");
        for no in ["not-spam", "Auth-Failure"] {
            assert_eq!(read(report.replace("abuse", no).as_bytes()), None, "{no}");
        }
    }

    #[test]
    fn a_letter_to_an_address_beyond_ascii_comes_back_too() {
        let global = report("failed")
            .replace("message/delivery-status", "message/global-delivery-status")
            .replace("rfc822; zoe@school.example", "utf-8; zoë@school.example")
            .replace("text/rfc822-headers", "message/global-headers");
        assert_eq!(read(global.as_bytes()), read(report("failed").as_bytes()));
    }
}
