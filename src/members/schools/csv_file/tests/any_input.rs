use proptest::prelude::*;

use super::*;

/// Every row is accounted for once, in order, on a line the file has.
fn accounted<T: Debug>(bytes: &[u8], parsed: &Parsed<T>) -> Result<(), TestCaseError> {
    let lines = u64::try_from(bytes.iter().filter(|b| matches!(**b, b'\n' | b'\r')).count()).unwrap() + 1;
    let good: Vec<u64> = parsed.good.iter().map(|row| row.line).collect();
    let bad: Vec<u64> = parsed.bad.first().iter().map(|row| row.line).collect();
    prop_assert!(good.windows(2).all(|two| two[0] < two[1]));
    prop_assert!(bad.windows(2).all(|two| two[0] <= two[1]));
    prop_assert!(good.iter().all(|line| !bad.contains(line)));
    prop_assert!(good.iter().chain(&bad).all(|line| (2..=lines).contains(line)));
    Ok(())
}

/// Pieces that make headers, broken rows and line ends likely.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        &b"urn,name,pupils,census_date\n"[..],
        b"urn,name\r\n",
        b"100000,A",
        b"100001,B,5,2023-01-19",
        b"\n",
        b"\r",
        b"\r\n",
        b",",
        b",,",
        b"\"",
        b"\"\"",
        b" ",
        b"\0",
        b"\xFF",
        b"\xC3\xA9",
        b"\xEF\xBB\xBF",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_bytes_panic(
        start in prop::sample::select(vec![&b""[..], b"urn,name,pupils\n", b"\xFF\xFE", b"\xFE\xFF", b"\xEF\xBB\xBFurn,name\n"]),
        rest in prop_oneof![prop::collection::vec(any::<u8>(), 0..300), pieces()],
    ) {
        let bytes = [start, &rest].concat();
        for options in [dated(), Options::default(), mapped(&[(Field::Name, "pupils"), (Field::Pupils, "")])] {
            if let Ok(parsed) = schools(&bytes, &options) && !start.starts_with(b"\xFF") && !start.starts_with(b"\xFE") {
                accounted(&bytes, &parsed)?;
            }
            if let Ok(parsed) = rolls(&bytes, &options) && !start.starts_with(b"\xFF") && !start.starts_with(b"\xFE") {
                accounted(&bytes, &parsed)?;
            }
        }
    }

    /// What is written is read back, each row on the line an editor shows; but for an apostrophe at its beginning, which guards a
    /// cell from being a formula.
    #[test]
    fn rows_are_read_back_from_their_lines(
        rows in prop::collection::vec(("[!-&(-~é’]([ -~é’]{0,30}[!-~é’])?", "[a-c\"\n, ]{0,8}", 0usize..3, 0u32..=100_000), 0..20),
        crlf in any::<bool>(),
    ) {
        let end = if crlf { "\r\n" } else { "\n" };
        let mut text = format!("note,urn,name,pupils{end}");
        let mut expected = Vec::new();
        for (number, (name, note, blank, pupils)) in (100_000u32..).zip(&rows) {
            text.push_str(&end.repeat(*blank));
            let line = u64::try_from(text.matches('\n').count()).unwrap() + 1;
            expected.push((line, number.to_string(), name.clone(), Some((day(CENSUS), *pupils))));
            let quoted = |cell: &str| format!("\"{}\"", cell.replace('"', "\"\""));
            text.push_str(&format!("{},{number},{},{pupils}{end}", quoted(note), quoted(name)));
        }
        let parsed = schools(text.as_bytes(), &dated()).unwrap();
        prop_assert_eq!(parsed.bad.first(), &[]);
        let read: Vec<_> = parsed.good.into_iter().map(|row| (row.line, row.value.urn.to_string(), row.value.name.to_string(), row.value.roll)).collect();
        prop_assert_eq!(read, expected);
    }
}
