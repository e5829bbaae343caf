use super::*;

#[test]
fn column_names_are_compared_without_case_spaces_and_brackets() {
    let read = school(" URN ,NAME,Establishment type,Local  Authority,Joined_On", "100000,A,T,L,2020-09-01");
    assert_eq!(read.establishment_type.as_ref().map(Line::as_str), Some("T"));
    assert_eq!(read.local_authority.as_ref().map(Line::as_str), Some("L"));
    assert_eq!(read.joined_on, Some(day((2020, 9, 1))));
}

#[test]
fn the_columns_of_gias_are_known() {
    let gias = "URN,LA (code),LA (name),EstablishmentName,TypeOfEstablishment (name),\
                PhaseOfEducation (code),PhaseOfEducation (name),CensusDate,NumberOfPupils\n\
                100000,201,City of London,The Aldgate School,Voluntary aided school,2,Primary,19-01-2023,271\n";
    let parsed = schools(gias.as_bytes(), &Options::default()).unwrap();
    assert_eq!(
        parsed.good[0].value,
        SchoolRow {
            urn: Urn::parse("100000").unwrap(),
            name: line("The Aldgate School"),
            phase: Phase::parse("primary").ok(),
            establishment_type: Some(line("Voluntary aided school")),
            local_authority: Some(line("City of London")),
            membership: None,
            joined_on: None,
            roll: Some((day(CENSUS), 271)),
            status: None,
            closed_on: None,
        }
    );
    assert_eq!(parsed.reading.ignored_columns(), ["LA (code)", "PhaseOfEducation (code)"]);
}

#[test]
fn a_mapping_wins_over_our_own_name_and_that_over_the_name_of_gias() {
    let file = b"urn,EstablishmentName,name,short\n100000,Gias,Own,Short\n";
    let own = schools(file, &Options::default()).unwrap();
    assert_eq!(own.good[0].value.name.as_str(), "Own");
    assert_eq!(own.reading.ignored_columns(), ["EstablishmentName", "short"]);
    let chosen = schools(file, &mapped(&[(Field::Name, " SHORT ")])).unwrap();
    assert_eq!(chosen.good[0].value.name.as_str(), "Short");
    assert_eq!(chosen.reading.ignored_columns(), ["EstablishmentName", "name"]);
}

#[test]
fn a_mapped_column_is_not_read_for_another_field_as_well() {
    let file = b"urn,name,phase\n100000,A,Academy\n";
    let parsed = schools(file, &mapped(&[(Field::EstablishmentType, "phase")])).unwrap();
    assert_eq!(parsed.bad.first(), []);
    assert_eq!(parsed.good[0].value.phase, None);
    assert_eq!(parsed.good[0].value.establishment_type.as_ref().map(Line::as_str), Some("Academy"));
}

#[test]
fn an_empty_mapping_leaves_a_field_out() {
    let file = b"urn,name,phase,pupils\n100000,A,Martian,many\n";
    let parsed = schools(file, &mapped(&[(Field::Phase, ""), (Field::Pupils, " ")])).unwrap();
    assert_eq!(parsed.bad.first(), []);
    assert_eq!((&parsed.good[0].value.phase, parsed.good[0].value.roll), (&None, None));
    assert_eq!(parsed.reading.ignored_columns(), ["phase", "pupils"]);

    let error = refused(schools(file, &mapped(&[(Field::Urn, "")])));
    assert!(matches!(error, FileError::RequiredLeftOut { field: "urn", .. }), "{error}");
}

#[test]
fn a_column_we_would_read_may_not_be_there_twice() {
    let error = refused(schools(b"urn,LA (name),name,la_name\n", &Options::default()));
    assert_eq!(error.to_string(), "the column \"LA (name)\" is in the header twice, and which to read cannot be told");
    let error = refused(schools(b"urn,name,x,X\n", &mapped(&[(Field::Phase, "x")])));
    assert!(matches!(error, FileError::DuplicateColumn { .. }), "{error}");
    let unread = schools(b"urn,name,x,X,,\n", &Options::default()).unwrap();
    assert_eq!(unread.reading.ignored_columns(), ["x", "X"]);
}

#[test]
fn a_missing_column_is_named_with_those_that_are_there() {
    let message = |answer: Result<_, _>| refused(answer).to_string();
    let none = Options::default();
    assert_eq!(
        message(schools(b"id,name\n", &none)),
        "no column for `urn`; read with the comma as separator, the file has: id, name"
    );
    assert_eq!(
        message(schools(b"id;name\n", &none)),
        "no column for `urn`; read with the semicolon as separator, the file has: id, name"
    );
    assert_eq!(
        message(schools(b"urn|name\n", &none)),
        "no column for `urn`; read with the comma as separator, the file has: urn|name"
    );
    let found = "read with the comma as separator, the file has";
    assert_eq!(message(schools(b"urn,\n", &none)), format!("no column for `name`; {found}: urn"));
    let titled = message(schools(b"Our members list,\nurn,name\n", &none));
    assert!(titled.contains("has: Our members list; if that is a title, delete the rows above"), "{titled}");
    let message = |answer: Result<_, _>| refused(answer).to_string();
    assert_eq!(message(rolls(b"urn,n\n", &dated())), format!("no column for `pupils`; {found}: urn, n"));
    assert_eq!(
        message(rolls(b"urn,pupils\n", &none)),
        format!(
            "no column for `census_date`, unless one census date is given for the whole file; {found}: urn, pupils"
        )
    );
}

#[test]
fn a_mapping_must_fit_the_file() {
    let file = b"urn,name,pupils\n";
    let error = refused(schools(file, &mapped(&[(Field::Phase, "stage")])));
    assert_eq!(
        error.to_string(),
        "`phase` is mapped to the column \"stage\", which the file does not have; it has: urn, name, pupils"
    );
    let error = refused(schools(file, &mapped(&[(Field::Name, "name"), (Field::Name, "urn")])));
    assert!(matches!(error, FileError::MappedTwice { field: "name" }), "{error}");
    let error = refused(rolls(file, &mapped(&[(Field::Name, "name")])));
    assert_eq!(error.to_string(), "`name` is mapped, but is not read from a roll file");
}

#[test]
fn a_file_needs_a_header_and_nothing_more() {
    for empty in ["", "\n\r\n", " \n,,\n", "\u{feff}"] {
        assert!(matches!(refused(schools(empty.as_bytes(), &dated())), FileError::NoHeader));
    }
    for header in ["urn,name", "urn,name\r\n\r\n"] {
        let parsed = read_schools(header);
        assert_eq!((parsed.good.len(), parsed.bad.count()), (0, 0));
    }
    for broken in ["urn,\"name\n100000,A\n", "urn,\"name\"x\n100000,A\n"] {
        assert!(matches!(refused(schools(broken.as_bytes(), &dated())), FileError::HeaderQuote));
    }
}

#[test]
fn a_field_is_named_in_our_words() {
    for field in Field::ALL {
        assert_eq!(Field::parse(field.as_str()), Ok(field));
    }
    let error = Field::parse("Local authority").unwrap_err().to_string();
    assert!(error.contains("local_authority") && error.contains("Local authority"), "{error}");
}

#[test]
fn messages_do_not_repeat_the_file() {
    let wide = "x".repeat(100_000) + &",y".repeat(900);
    let error = refused(schools(wide.as_bytes(), &dated())).to_string();
    assert!(error.len() < 2_000 && error.ends_with("and 701 more"), "{}", error.len());
    let (_, reason) = fault("urn", &"9".repeat(100_000));
    assert!(reason.len() < 200, "{}", reason.len());
}
