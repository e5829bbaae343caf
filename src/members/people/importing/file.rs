//! Files of people, read into typed rows: an address, a name, a role, a school or partner. Pure; see
//! [`crate::base::csv_file`] for what holds for every file.

use std::collections::HashMap;
use std::io::{Read, Seek};

use crate::base::csv_file::cells::{clip, text};
use crate::base::csv_file::{
    self, Column, Columns, Fault, FileError, Parsed, Table, Wanted, read_rows, refuse_duplicate,
};
use crate::base::text::{Email, Line};
use crate::members::people::Role;

/// A field that a column of a file of people can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The e-mail address.
    Email,
    /// The whole name.
    Name,
    /// The first name, where first and last stand in columns of their own.
    FirstName,
    /// The last name.
    LastName,
    /// What they may do.
    Role,
    /// Their school: its URN, or its name.
    School,
    /// Their organisation: its name.
    Partner,
}

impl Field {
    /// All fields, in the order in which they are documented.
    pub const ALL: [Field; 7] =
        [Field::Email, Field::Name, Field::FirstName, Field::LastName, Field::Role, Field::School, Field::Partner];

    /// Reads our own name of a field, such as `first_name`.
    ///
    /// # Errors
    /// Any other word is refused with a list of the valid ones.
    pub fn parse(word: &str) -> Result<Field, String> {
        let named = Field::ALL.into_iter().find(|field| field.as_str() == word);
        let fields = || Field::ALL.map(Column::as_str).join(", ");
        named.ok_or_else(|| format!("expected a field ({}), found {:?}", fields(), clip(word, 40)))
    }
}

impl Column for Field {
    fn as_str(self) -> &'static str {
        match self {
            Field::Email => "email",
            Field::Name => "name",
            Field::FirstName => "first_name",
            Field::LastName => "last_name",
            Field::Role => "role",
            Field::School => "school",
            Field::Partner => "partner",
        }
    }

    fn known_as(self) -> &'static [&'static str] {
        match self {
            Field::Email => {
                &["email", "e-mail", "email_address", "e-mail_address", "work_email", "work_email_address", "mail"]
            }
            Field::Name => &["name", "full_name", "display_name", "staff_name", "teacher_name", "name_of_teacher"],
            Field::FirstName => &["first_name", "forename", "given_name", "firstname"],
            Field::LastName => &["last_name", "surname", "family_name", "lastname"],
            Field::Role => &["role", "role_in_the_hub", "hub_role"],
            // A number is never two schools, and nor is the id that our own files have: they come before a name.
            Field::School => &[
                "school_urn",
                "urn",
                "unique_reference_number",
                "school_id",
                "school",
                "school_name",
                "name_of_school",
            ],
            Field::Partner => &["partner", "partner_name", "organisation", "organization"],
        }
    }

    fn or_else(self) -> &'static str {
        match self {
            Field::Name => ", nor one each for first name and last name",
            Field::Role => ", unless one role is given for the whole file",
            _ => "",
        }
    }
}

/// How to read one file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// Our field and the column of the file that holds it. An empty column name leaves the field out.
    pub mapping: Vec<(Field, String)>,
    /// The role of those whose row names none.
    pub role: Option<Role>,
}

/// A person as a file describes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Their address.
    pub email: Email,
    /// What the cell says, where it had to be cleaned.
    pub cleaned_from: Option<String>,
    /// Their name.
    pub name: Line,
    /// Their role.
    pub role: Role,
    /// The URN or name of their school.
    pub school: Option<Line>,
    /// The name of their organisation.
    pub partner: Option<Line>,
}

/// Reads a file of people: `email`, and `name` or `first_name` and `last_name`, are required, and `role` where none is
/// given for the whole file.
///
/// # Errors
/// A [`FileError`] where the file as a whole cannot be read; a bad row is not one.
pub fn people(mut file: impl Read + Seek, options: &Options) -> Result<Parsed<Field, Row>, FileError> {
    let options = &with_roles_of_jobs(&mut file, options)?;
    let mut table = Table::open(file, Field::Email)?;
    let columns = columns(&table, options)?;
    let mut first_lines = HashMap::new();
    read_rows(&mut table, &columns, |row| {
        let email = row.required(Field::Email, email);
        if let Some((email, _)) = &email {
            refuse_duplicate(row, &mut first_lines, Field::Email, email.clone(), || email.to_string());
        }
        let name = if columns.has(Field::Name) {
            row.required(Field::Name, text)
        } else {
            let (first, last) = (row.optional(Field::FirstName, text), row.required(Field::LastName, text));
            let whole = first.map_or_else(String::new, |first| format!("{first} "));
            match last.map(|last| Line::parse(&format!("{whole}{last}"))) {
                Some(Ok(name)) => Some(name),
                Some(Err(reason)) => {
                    row.fault(Field::LastName, Fault { code: "too_long", reason });
                    None
                }
                None => None,
            }
        };
        let role = match options.role {
            Some(given) if row.is_empty(Field::Role) => Some(given),
            _ => row.required(Field::Role, role),
        };
        let (school, partner) = (row.optional(Field::School, text), row.optional(Field::Partner, text));
        let (email, cleaned_from) = email?;
        Some(Row { email, cleaned_from, name: name?, role: role?, school, partner })
    })
}

/// What schools call a column of what people do, which may say our roles, or else what they teach.
const JOBS: &[&str] = &["job", "job title", "job_title", "position", "post"];

/// The options with such a column for the role, where none says it and all that stands in that one is roles.
fn with_roles_of_jobs(file: &mut (impl Read + Seek), options: &Options) -> Result<Options, FileError> {
    let (names, known) = csv_file::header(&mut *file, Field::Email, &[Field::Role])?;
    let job = names.into_iter().find(|name| JOBS.contains(&name.to_lowercase().as_str()));
    let asked = options.mapping.iter().any(|(field, column)| *field == Field::Role || Some(column) == job.as_ref());
    let Some(job) = job.filter(|_| !asked && known.is_empty()) else { return Ok(options.clone()) };
    let of_jobs = vec![(Field::Role, job.clone())];
    let wanted = Wanted { file: "a file of people", required: &[], optional: &[Field::Role] };
    let mut table = Table::open(&mut *file, Field::Email)?;
    let columns = Columns::find(table.header(), table.separator(), &wanted, &of_jobs)?;
    let read = read_rows(&mut table, &columns, |row| row.optional(Field::Role, role))?;
    if read.good.is_empty() || read.bad.kept().iter().any(|fault| fault.code == "unknown_role") {
        return Ok(options.clone());
    }
    let mapping = options.mapping.iter().cloned().chain(of_jobs).collect();
    Ok(Options { mapping, ..options.clone() })
}

fn columns(table: &Table<'_>, options: &Options) -> Result<Columns<Field>, FileError> {
    const WHOLE: &[Field] = &[Field::Email, Field::Name];
    const WHOLE_WITH_ROLE: &[Field] = &[Field::Email, Field::Name, Field::Role];
    const APART: &[Field] = &[Field::Email, Field::LastName];
    const APART_WITH_ROLE: &[Field] = &[Field::Email, Field::LastName, Field::Role];
    let (whole, apart) = if options.role.is_some() { (WHOLE, APART) } else { (WHOLE_WITH_ROLE, APART_WITH_ROLE) };
    let find = |required: &'static [Field], optional: &'static [Field]| {
        let wanted = Wanted { file: "a file of people", required, optional };
        Columns::find(table.header(), table.separator(), &wanted, &options.mapping)
    };
    let more: &[Field] = &[Field::FirstName, Field::LastName, Field::Role, Field::School, Field::Partner];
    match find(whole, more) {
        Err(refused) if is_without(&refused, Field::Name) => {
            let more: &[Field] = &[Field::Name, Field::FirstName, Field::Role, Field::School, Field::Partner];
            find(apart, more).map_err(|error| if is_without(&error, Field::LastName) { refused } else { error })
        }
        found => found,
    }
}

/// Whether a file is refused because it has no column for a field, or is to be read without it.
fn is_without(refused: &FileError, of: Field) -> bool {
    matches!(refused,
        FileError::MissingColumn { field, .. } | FileError::RequiredLeftOut { field, .. } if *field == of.as_str())
}

fn email(cell: &str) -> Result<(Email, Option<String>), Fault> {
    let email = Email::cleaned(cell).map_err(|_| Fault::expected("bad_email", "one e-mail address", cell))?;
    let cleaned_from = Email::parse(cell).is_err().then(|| clip(cell, 60));
    Ok((email, cleaned_from))
}

/// A role as a sheet may say it.
pub(super) fn said(role: Role) -> &'static str {
    match role {
        Role::HubManager => "Hub manager",
        Role::HubViewer => "Hub viewer",
        Role::SchoolLead => "CPD lead",
        Role::Teacher => "Teacher",
        Role::Partner => "Partner",
    }
}

/// Our own words, those of the pages, and those that people say; spaces, hyphens and underscores count as the same.
fn role(cell: &str) -> Result<Role, Fault> {
    let word = cell.to_lowercase().replace([' ', '-'], "_");
    match word.as_str() {
        "manager" => Ok(Role::HubManager),
        "viewer" => Ok(Role::HubViewer),
        "lead" | "cpd_lead" => Ok(Role::SchoolLead),
        word => Role::parse(word).map_err(|_| {
            let words = "Teacher, CPD lead, Hub manager, Hub viewer or Partner";
            Fault::expected("unknown_role", &format!("a role ({words})"), cell)
        }),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn read(file: &str, role: Option<Role>) -> Parsed<Field, Row> {
        people(Cursor::new(file), &Options { mapping: Vec::new(), role }).unwrap()
    }

    fn faults(parsed: &Parsed<Field, Row>) -> Vec<(u64, &str, &'static str)> {
        parsed.bad.first().iter().map(|bad| (bad.line, bad.column.as_str(), bad.code)).collect()
    }

    #[test]
    fn people_are_read_as_schools_write_them() {
        let file = "E-mail,Forename,Surname,URN,School,Role\n\
                    Noor Hart <noor@s.example>,Noor,Hart,100001,Lampton,School lead\n\
                    ella@s.example,,Ash,,Heston,teacher\n";
        let parsed = read(file, None);
        assert_eq!(faults(&parsed), []);
        let [noor, ella] = &parsed.good[..] else { panic!("{parsed:?}") };
        assert_eq!((noor.value.name.as_str(), noor.value.role), ("Noor Hart", Role::SchoolLead));
        assert_eq!(noor.value.school.as_ref().unwrap().as_str(), "100001", "a number comes before a name");
        assert_eq!(noor.value.cleaned_from.as_deref(), Some("Noor Hart <noor@s.example>"));
        assert_eq!((ella.value.name.as_str(), &ella.value.cleaned_from), ("Ash", &None));
    }

    #[test]
    fn the_words_of_the_pages_are_roles() {
        for role in Role::ALL {
            for word in [said(*role), role.as_str(), &said(*role).to_uppercase()] {
                assert!(matches!(super::role(word), Ok(read) if read == *role), "{word}");
            }
        }
    }

    #[test]
    fn a_column_of_jobs_is_read_where_all_of_them_are_roles() {
        let read = |job: &str| {
            read(&format!("email,name,Job title\na@s.example,A,{job}\nb@s.example,B,\n"), Some(Role::Teacher))
        };
        let roles = |parsed: Parsed<Field, Row>| parsed.good.iter().map(|row| row.value.role).collect::<Vec<_>>();
        assert_eq!(roles(read("CPD lead")), [Role::SchoolLead, Role::Teacher]);
        let taught = read("Head of Maths");
        assert_eq!(taught.reading.ignored_columns(), ["Job title"]);
        assert_eq!(roles(taught), [Role::Teacher, Role::Teacher]);
    }

    #[test]
    fn a_name_in_parts_is_read_where_no_whole_one_is_wanted() {
        let mapping = [(Field::Name, ""), (Field::FirstName, "Given"), (Field::LastName, "Family")];
        let mapping = mapping.map(|(field, column)| (field, column.to_owned())).to_vec();
        let options = Options { mapping, role: Some(Role::Teacher) };
        let parsed = people(Cursor::new("email,Given,Family\na@s.example,Ella,Ash\n"), &options).unwrap();
        assert_eq!(parsed.good[0].value.name.as_str(), "Ella Ash");
    }

    #[test]
    fn every_bad_cell_is_told() {
        let file = "name,email,role,school\n,x,king,\nA,a@s.example,,1\nB,A@S.example,teacher,1\nC,c@s.example;d@s.example,teacher,1\n";
        let parsed = read(file, None);
        let expected = [
            (2, "email", "bad_email"),
            (2, "name", "empty"),
            (2, "role", "unknown_role"),
            (3, "role", "empty"),
            (4, "email", "duplicate_row"),
            (5, "email", "bad_email"),
        ];
        assert_eq!(faults(&parsed), expected);
        let given = read(file, Some(Role::Teacher));
        assert!(!faults(&given).contains(&(3, "role", "empty")), "one role for the whole file");
    }

    #[test]
    fn each_column_is_said_to_be_read_once() {
        for (header, role) in [
            ("email,name,role,school", None),
            ("email,name,role,school", Some(Role::Teacher)),
            ("email,first_name,surname,role,school", None),
        ] {
            let parsed = read(&format!("{header}\n"), role);
            let columns: Vec<&str> = parsed.reading.columns.iter().map(|(_, column)| column.as_str()).collect();
            let mut once = columns.clone();
            once.sort_unstable();
            once.dedup();
            assert_eq!((columns.len(), once.len()), (header.split(',').count(), columns.len()), "{columns:?}");
        }
    }

    #[test]
    fn a_file_without_names_or_roles_is_refused() {
        let refused = |file: &str| people(Cursor::new(file), &Options::default()).unwrap_err().to_string();
        assert!(refused("email,role\n").contains("no column for `name`, nor one each for first name and last name"));
        assert!(refused("email,name\n").contains("no column for `role`, unless one role is given"));
        assert!(refused("email,surname\n").contains("no column for `role`"));
    }
}
