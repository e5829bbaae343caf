use super::*;

#[test]
fn the_schools_of_west_london_are_read_without_a_fault() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/schools-west-london.csv");
    let options = Options { census_date: Some(day(CENSUS)), ..mapped(&[(Field::LocalAuthority, "la_name")]) };
    let parsed = schools(std::fs::read(path).unwrap(), &options).unwrap();

    assert_eq!((parsed.good.len(), parsed.bad.count(), parsed.skipped), (495, 0, 0));
    assert_eq!(parsed.good.iter().filter(|row| row.value.roll.is_some()).count(), 488);
    assert_eq!(parsed.good[0].line, 2);
    assert_eq!(parsed.good[494].line, 496);
    assert_eq!(
        parsed.good[1].value,
        SchoolRow {
            urn: Urn::parse("134911").unwrap(),
            name: line("Abingdon House School"),
            phase: Phase::parse("not_applicable").ok(),
            establishment_type: Some(line("Independent special schools")),
            local_authority: Some(line("Westminster")),
            membership: None,
            joined_on: None,
            roll: Some((day(CENSUS), 118)),
            status: None,
            closed_on: None,
        }
    );
    assert_eq!(parsed.good[2].value.phase.map(Phase::as_str), Some("sixteen_plus"));
    assert!(parsed.reading.ignored_columns().contains(&"ukprn".to_owned()));
    assert!(!parsed.reading.ignored_columns().contains(&"la_name".to_owned()));
}

#[test]
fn the_same_file_gives_its_rolls_and_counts_the_schools_without_one() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/schools-west-london.csv");
    let parsed = rolls(std::fs::read(path).unwrap(), &dated()).unwrap();
    assert_eq!((parsed.good.len(), parsed.bad.count(), parsed.skipped), (488, 0, 7));
}

#[test]
fn every_encoding_gives_the_same_text() {
    let text = "urn,name\r\n100000,École d’Été\r\n";
    let utf16: Vec<u16> = text.encode_utf16().collect();
    let marked = |mark: &[u8], body: Vec<u8>| [mark.to_vec(), body].concat();
    let files = [
        text.as_bytes().to_vec(),
        marked(&[0xEF, 0xBB, 0xBF], text.as_bytes().to_vec()),
        marked(&[0xEF, 0xBB, 0xBF, 0xEF, 0xBB, 0xBF], text.as_bytes().to_vec()),
        marked(&[0xFF, 0xFE], utf16.iter().flat_map(|unit| unit.to_le_bytes()).collect()),
        marked(&[0xFE, 0xFF], utf16.iter().flat_map(|unit| unit.to_be_bytes()).collect()),
        b"urn,name\r\n100000,\xC9cole d\x92\xC9t\xE9\r\n".to_vec(),
    ];
    for file in files {
        let parsed = schools(&file, &Options::default()).unwrap();
        assert_eq!(parsed.bad.first(), [], "{file:?}");
        assert_eq!(parsed.good[0].line, 2);
        assert_eq!(parsed.good[0].value.name.as_str(), "École d’Été");
    }
}

/// Read as Windows-1252, every name of it would be broken by one stray byte, or by an end inside a letter.
#[test]
fn utf_8_with_a_stray_byte_is_refused() {
    let long = "urn,name\n100000,École\n".to_owned() + &"100001,A\n".repeat(9_000);
    for (before, stray) in [
        ("urn,name\n100000,École\n100001,Caf", &b"\xE9\n"[..]),
        (&long, b"\xC3"),
        ("", b"\xE9,urn,name\n1,2,\xC3\x89\n"),
    ] {
        let file = [before.as_bytes(), stray].concat();
        let refused = schools(&file, &Options::default()).unwrap_err();
        assert!(matches!(refused, FileError::Mixed), "{refused}");
    }
}

#[test]
fn bytes_that_contradict_the_mark_are_refused() {
    for file in [&b"\xEF\xBB\xBFurn,name\n100000,\xC9cole\n"[..], b"\xFF\xFEu", b"\xFE\xFF\xD8\x00"] {
        let error = refused(schools(file, &Options::default()));
        assert!(matches!(error, FileError::NotAsMarked { .. }), "{error}");
    }
}

#[test]
fn all_line_ends_count_the_same_physical_lines() {
    for end in ["\n", "\r\n", "\r"] {
        let rows = ["urn,name,note", "100000,A,\"x", "y", "z\"", "", "   ", ",,", "100001,B,", "12,C,"];
        for last in ["", end] {
            let parsed = read_schools(&(rows.join(end) + last));
            let lines: Vec<u64> = parsed.good.iter().map(|row| row.line).collect();
            assert_eq!(lines, [2, 8], "{end:?}");
            assert_eq!(faults(&parsed), [(9, "urn", "bad_urn")], "{end:?}");
        }
    }
}

#[test]
fn a_header_after_blank_lines_keeps_its_line() {
    let parsed = read_schools("\n\r\n,,\nurn,name\n\n100000,A\n");
    assert_eq!(parsed.good[0].line, 6);
}

#[test]
fn quoted_cells_hold_commas_and_doubled_quotes() {
    let name = school("urn,name", "100000,\"St \"\"Anne\"\", Hayes\" ").name;
    assert_eq!(name.as_str(), "St \"Anne\", Hayes");
    assert_eq!(school("urn,name", "100000,The \"Best\" School").name.as_str(), "The \"Best\" School");
}
