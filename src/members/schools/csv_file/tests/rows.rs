use super::*;

#[test]
fn every_bad_cell_of_every_row_is_told() {
    let parsed = read_schools(
        "URN,Name,Phase,Membership,Joined on,Pupils\n\
         1,,Martian,guest,soon,few\n\
         100000,Good,,,,\n\
         ,B,Primary,full,2023-02-30,-1\n",
    );
    assert_eq!(
        faults(&parsed),
        [
            (2, "URN", "bad_urn"),
            (2, "Name", "empty"),
            (2, "Phase", "unknown_phase"),
            (2, "Membership", "unknown_membership"),
            (2, "Joined on", "bad_date"),
            (2, "Pupils", "bad_number"),
            (4, "URN", "empty"),
            (4, "Joined on", "bad_date"),
            (4, "Pupils", "bad_number"),
        ]
    );
    assert_eq!(parsed.good.len(), 1);
    assert_eq!(parsed.good[0].line, 3);
}

#[test]
fn a_row_with_another_number_of_cells_is_bad_and_the_rest_is_read() {
    let parsed = read_schools("urn,name\n100000\n100001,B,\n100002,C\n");
    assert_eq!(faults(&parsed), [(2, "", "wrong_cell_count"), (3, "", "wrong_cell_count")]);
    assert_eq!(parsed.bad.first()[0].reason, "expected 2 cells, as in the header, found 1");
    assert_eq!(parsed.bad.first()[1].reason, "expected 2 cells, as in the header, found 3");
    assert_eq!(parsed.good[0].value.urn.as_str(), "100002");
}

#[test]
fn broken_quotes_swallow_no_row_unseen() {
    let unclosed = read_schools("urn,name,note\n100000,A,ok\n100001,B,\"oh\n100002,C,\n100003,D,\n");
    assert_eq!(faults(&unclosed), [(3, "", "unclosed_quote")]);
    assert!(unclosed.bad.first()[0].reason.ends_with("(lines 3 to 5 were read as one row)"));
    assert_eq!(unclosed.good.len(), 1);

    let stray = read_schools("urn,name,note\n100000,A,\"oh\n100001,B,\"x\"\n100002,C,\n");
    assert_eq!(faults(&stray), [(2, "", "bad_quote")]);
    assert!(stray.bad.first()[0].reason.ends_with("(lines 2 to 3 were read as one row)"));
    assert_eq!(stray.good[0].value.urn.as_str(), "100002");

    let blank = read_schools("urn,name\n100000,A\n\"\n\n");
    assert_eq!(faults(&blank), [(3, "", "unclosed_quote")]);
}

#[test]
fn a_school_is_expected_once() {
    let parsed = read_schools("urn,name\n100000,A\n100001,\n100000,B\n100001,C\n100000,D\n");
    assert_eq!(
        faults(&parsed),
        [(3, "name", "empty"), (4, "urn", "duplicate_row"), (5, "urn", "duplicate_row"), (6, "urn", "duplicate_row")]
    );
    assert_eq!(parsed.bad.first()[1].reason, "URN 100000 is already on line 2; expected once in a file");
    assert!(parsed.bad.first()[3].reason.contains("line 2"), "{}", parsed.bad.first()[3].reason);
    assert_eq!(parsed.good.len(), 1);
}

/// What was read is forgotten on the way; lines, quotes and cells are as at the beginning.
#[test]
fn a_file_of_many_pieces_is_read_like_a_short_one() {
    let mut text = "urn,name,note\r\n".to_owned();
    let urns = 100_000..120_000_u32;
    for urn in urns.clone() {
        text.push_str(&format!("{urn},École {urn},\"two\r\nlines\"\r\n,,\r\n"));
    }
    text.push_str("1,A,\r\n");
    let parsed = read_schools(&text);
    let lines: Vec<u64> = parsed.good.iter().map(|row| row.line).collect();
    assert_eq!(lines, urns.clone().map(|urn| u64::from(urn - 100_000) * 3 + 2).collect::<Vec<_>>());
    assert!(parsed.good.iter().zip(urns).all(|(row, urn)| row.value.name.as_str() == format!("École {urn}")));
    assert_eq!(faults(&parsed), [(60_002, "urn", "bad_urn")]);
}

/// All faults are counted; the first are listed.
#[test]
fn of_many_faults_the_first_are_kept() {
    let rows = "no,,x\n".repeat(3_000);
    let parsed = read_schools(&format!("urn,name,pupils\n{rows}"));
    assert_eq!((parsed.bad.count(), parsed.bad.rows(), parsed.bad.first().len()), (9_000, 3_000, MOST_FAULTS));
    assert_eq!(parsed.bad.first().last().map(|bad| bad.line), Some(335));
}

#[test]
fn a_roll_is_expected_once_for_each_date() {
    let parsed = read_rolls("urn,census_date,pupils\n100000,2023-01-19,1\n100000,2024-01-18,2\n100000,19-01-2023,3\n");
    assert_eq!(faults(&parsed), [(4, "urn", "duplicate_row")]);
    assert!(
        parsed.bad.first()[0].reason.contains("2023-01-19 is already on line 2"),
        "{}",
        parsed.bad.first()[0].reason
    );
    assert_eq!(parsed.good.len(), 2);
}

#[test]
fn pupils_need_a_census_date_from_the_file_or_for_the_file() {
    let file = b"urn,name,NumberOfPupils\n100000,A,5\n";
    let error = refused(schools(file, &Options::default()));
    assert!(matches!(error, FileError::NeedsAnother { .. }), "{error}");
    let message = error.to_string();
    for part in ["NumberOfPupils", "census_date", "give one census date", "leave out `pupils`"] {
        assert!(message.contains(part), "{message}");
    }
    let left_out = refused(schools(b"urn,name,pupils,census_date\n", &mapped(&[(Field::CensusDate, "")])));
    assert!(matches!(left_out, FileError::NeedsAnother { .. }), "{left_out}");
}

#[test]
fn the_date_of_the_row_comes_before_that_of_the_file() {
    let file = b"urn,name,pupils,census_date\n100000,A,5,2022-01-20\n100001,B,6,\n100002,C,,\n";
    let parsed = schools(file, &dated()).unwrap();
    let read: Vec<_> = parsed.good.iter().map(|row| row.value.roll).collect();
    assert_eq!(read, [Some((day((2022, 1, 20)), 5)), Some((day(CENSUS), 6)), None]);

    let undated = schools(file, &Options::default()).unwrap();
    assert_eq!(faults(&undated), [(3, "census_date", "empty")]);
    assert_eq!(undated.good.len(), 2);

    let file = b"urn,pupils,census_date\n100000,5,2022-01-20\n100001,6,\n";
    let parsed = rolls(file, &dated()).unwrap();
    let read: Vec<_> = parsed.good.iter().map(|row| row.value.census_date).collect();
    assert_eq!(read, [day((2022, 1, 20)), day(CENSUS)]);
    assert_eq!(faults(&rolls(file, &Options::default()).unwrap()), [(3, "census_date", "empty")]);
}

#[test]
fn a_census_date_without_pupils_is_not_read() {
    let parsed = schools(b"urn,name,census_date\n100000,A,soon\n", &Options::default()).unwrap();
    assert_eq!((parsed.good.len(), parsed.bad.count()), (1, 0));
    assert_eq!(parsed.reading.ignored_columns(), ["census_date"]);
}

#[test]
fn a_bad_census_date_is_not_replaced_by_that_of_the_file() {
    let parsed = read_schools("urn,name,pupils,census_date\n100000,A,5,soon\n100001,A,,soon\n");
    assert_eq!(faults(&parsed), [(2, "census_date", "bad_date"), (3, "census_date", "bad_date")]);
}

#[test]
fn rolls_without_pupils_are_counted_and_not_looked_at() {
    let parsed = read_rolls(
        "URN,CensusDate,NumberOfPupils,name\n100000,19-01-2023,271,A\nx,x, ,B\n100000,2023-01-19,,C\n,,,\n100001,2023-01-19,0,D\n",
    );
    assert_eq!((parsed.skipped, parsed.bad.count()), (2, 0));
    assert_eq!(
        parsed.good,
        [
            Row {
                line: 2,
                value: RollRow { urn: Urn::parse("100000").unwrap(), census_date: day(CENSUS), pupils: 271 }
            },
            Row { line: 6, value: RollRow { urn: Urn::parse("100001").unwrap(), census_date: day(CENSUS), pupils: 0 } },
        ]
    );
    assert_eq!(parsed.reading.ignored_columns(), ["name"]);
}

#[test]
fn every_bad_cell_of_a_roll_is_told() {
    let parsed = read_rolls("urn,census_date,pupils\n1,soon,many\n");
    assert_eq!(faults(&parsed), [(2, "urn", "bad_urn"), (2, "census_date", "bad_date"), (2, "pupils", "bad_number")]);
}

#[test]
fn a_file_has_an_end_to_its_rows_and_columns() {
    let many = |rows: u64| format!("urn,pupils,census_date\n{}", "1,,\n".repeat(usize::try_from(rows).unwrap()));
    let parsed = read_rolls(&many(MOST_ROWS));
    assert_eq!((parsed.rows, parsed.skipped), (MOST_ROWS, MOST_ROWS));
    let error = refused(rolls(many(MOST_ROWS + 1).as_bytes(), &Options::default()));
    assert!(matches!(error, FileError::TooManyRows), "{error}");

    let broken = format!("urn,name\n{}", "1\n".repeat(usize::try_from(MOST_ROWS).unwrap() + 1));
    assert!(matches!(refused(schools(broken.as_bytes(), &dated())), FileError::TooManyRows));

    let wide = |columns: usize| format!("urn,name{}\n", ",".repeat(columns - 2));
    assert!(schools(wide(MOST_COLUMNS).as_bytes(), &dated()).is_ok());
    let error = refused(schools(wide(MOST_COLUMNS + 1).as_bytes(), &dated()));
    assert!(matches!(error, FileError::TooManyColumns { found: 1001 }), "{error}");
}

#[test]
fn rows_and_the_columns_they_were_read_from_are_told() {
    let parsed = read_schools("URN,School,LA (name),name\n100000,x,y,A\n\n1,x,y,B\n");
    assert_eq!(parsed.rows, 2);
    assert_eq!((parsed.column(Field::Urn), parsed.column(Field::LocalAuthority)), ("URN", "LA (name)"));
    assert_eq!(parsed.column(Field::Phase), "phase");
}
