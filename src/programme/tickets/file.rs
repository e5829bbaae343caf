//! Files of tickets to be issued, read into typed rows: a person's address, the name of a type, a last day. Pure; see
//! [`crate::base::csv_file`] for what holds for every file.

use std::collections::HashMap;
use std::io::{Read, Seek};

use chrono::NaiveDate;

use crate::base::csv_file::cells::{date, text};
use crate::base::csv_file::{Column, Columns, Fault, FileError, Parsed, Table, Wanted, read_rows, refuse_duplicate};
use crate::base::text::{Email, Line};

/// A field that a column of a file of tickets can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The person's e-mail address.
    Email,
    /// The name of the ticket type.
    TicketType,
    /// The ticket's last day.
    ValidUntil,
}

impl Field {
    /// All fields, in the order in which they are documented.
    pub const ALL: [Field; 3] = [Field::Email, Field::TicketType, Field::ValidUntil];
}

impl Column for Field {
    fn as_str(self) -> &'static str {
        match self {
            Field::Email => "email",
            Field::TicketType => "ticket_type",
            Field::ValidUntil => "valid_until",
        }
    }

    fn known_as(self) -> &'static [&'static str] {
        match self {
            Field::Email => &["email", "e-mail", "email_address", "e-mail_address", "work_email"],
            Field::TicketType => &["ticket_type", "ticket", "type", "type_of_ticket"],
            Field::ValidUntil => &["valid_until", "valid_to", "expires", "expires_on", "last_day", "until"],
        }
    }

    fn or_else(self) -> &'static str {
        match self {
            Field::TicketType => ", unless one type is given for the whole file",
            Field::Email | Field::ValidUntil => "",
        }
    }
}

/// How to read one file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Our field and the column of the file that holds it. An empty column name leaves the field out.
    pub mapping: Vec<(Field, String)>,
    /// Whether one type is given for the whole file: the file's own column of types is then not read.
    pub of_one_type: bool,
}

/// A ticket as a file describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The e-mail address of the person it is for.
    pub email: Email,
    /// The ticket type; none where one is given for the whole file.
    pub ticket_type: Option<Line>,
    /// The ticket's last day; the type decides where the cell is empty.
    pub valid_until: Option<NaiveDate>,
}

/// Reads a file of tickets: `email` and `ticket_type` are required, except for the type where one is given for the
/// whole file.
///
/// # Errors
/// A [`FileError`] where the file as a whole cannot be read; a bad row is not one.
pub fn tickets(file: impl Read + Seek, options: &Options) -> Result<Parsed<Field, Row>, FileError> {
    let mut table = Table::open(file, Field::Email)?;
    let required: &[Field] = if options.of_one_type { &[Field::Email] } else { &[Field::Email, Field::TicketType] };
    let wanted = Wanted { file: "a ticket file", required, optional: &[Field::ValidUntil] };
    let columns = Columns::find(table.header(), table.separator(), &wanted, &options.mapping)?;

    let mut first_lines = HashMap::new();
    read_rows(&mut table, &columns, |row| {
        let email = row.required(Field::Email, email);
        let ticket_type = if options.of_one_type { None } else { row.required(Field::TicketType, text) };
        if let Some(email) = &email
            && (options.of_one_type || ticket_type.is_some())
        {
            let key = (email.clone(), ticket_type.clone());
            refuse_duplicate(row, &mut first_lines, Field::Email, key, || format!("a ticket for {email}"));
        }
        let valid_until = row.optional(Field::ValidUntil, date);
        Some(Row { email: email?, ticket_type, valid_until })
    })
}

fn email(cell: &str) -> Result<Email, Fault> {
    Email::parse(cell).map_err(|_| Fault::expected("bad_email", "an e-mail address", cell))
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn tickets(bytes: impl AsRef<[u8]>, options: &Options) -> Result<Parsed<Field, Row>, FileError> {
        super::tickets(Cursor::new(bytes), options)
    }

    fn faults(parsed: &Parsed<Field, Row>) -> Vec<(u64, &str, &'static str)> {
        parsed.bad.first().iter().map(|bad| (bad.line, bad.column.as_str(), bad.code)).collect()
    }

    #[test]
    fn rows_are_read_as_they_are_written() {
        let file = "Email,Ticket type,Valid until,note\nA.Teacher@school.example, Fabulinus Ticket ,2027-07-31,x\n,,,\nb@school.example,Fabulinus Ticket,,\n";
        let parsed = tickets(file.as_bytes(), &Options::default()).unwrap();
        let row = |email: &str, last: Option<&str>| Row {
            email: Email::parse(email).unwrap(),
            ticket_type: Some(Line::parse("Fabulinus Ticket").unwrap()),
            valid_until: last.map(|day| day.parse().unwrap()),
        };
        let good: Vec<_> = parsed.good.into_iter().map(|row| (row.line, row.value)).collect();
        assert_eq!(
            good,
            [(2, row("a.teacher@school.example", Some("2027-07-31"))), (4, row("b@school.example", None))]
        );
        assert_eq!((parsed.bad.first(), parsed.reading.ignored_columns()), (&[][..], vec!["note".to_owned()]));
    }

    #[test]
    fn every_fault_of_every_row_is_told() {
        let file =
            "email,ticket_type,valid_until\nnobody,,07/31/2027\na@b.example,F,\na@b.example,G,\nA@B.example,F,\nx\n";
        let parsed = tickets(file.as_bytes(), &Options::default()).unwrap();
        assert_eq!(
            faults(&parsed),
            [
                (2, "email", "bad_email"),
                (2, "ticket_type", "empty"),
                (2, "valid_until", "bad_date"),
                (5, "email", "duplicate_row"),
                (6, "", "wrong_cell_count"),
            ]
        );
        assert_eq!((parsed.good.len(), parsed.rows), (2, 5));
    }

    #[test]
    fn one_type_may_be_given_for_the_whole_file() {
        let refused = tickets(b"email\na@b.example\n", &Options::default()).unwrap_err();
        assert!(refused.to_string().contains("unless one type is given"), "{refused}");
        let parsed = tickets(
            b"email,ticket_type\na@b.example,F\na@b.example,G\n",
            &Options { of_one_type: true, ..Options::default() },
        )
        .unwrap();
        assert_eq!(parsed.good[0].value.ticket_type, None);
        assert_eq!(faults(&parsed), [(3, "email", "duplicate_row")]);
        assert_eq!(parsed.reading.ignored_columns(), ["ticket_type"]);
    }
}
