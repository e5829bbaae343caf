use super::*;

#[test]
fn a_urn_is_six_digits() {
    assert_eq!(school("urn,name", " 999999 ,A").urn.as_str(), "999999");
    for bad in ["99999", "099999", "1000000", "10000a", "100000.0", "１00000", "+10000"] {
        assert_eq!(fault("urn", bad).0, "bad_urn");
    }
    assert_eq!(fault("urn", " ").0, "empty");
    assert!(fault("urn", "12").1.contains("six digits"));
}

#[test]
fn text_is_trimmed_and_bounded() {
    assert_eq!(school("urn,name", "100000,\" \u{a0}A\n\"").name.as_str(), "A");
    let longest = "é".repeat(200);
    assert_eq!(school("urn,name", &format!("100000,{longest}")).name.as_str(), longest);
    for column in ["name", "establishment_type", "local_authority"] {
        let (code, reason) = fault(column, &"é".repeat(201));
        assert_eq!(code, "too_long");
        assert!(reason.contains("200") && reason.contains("201"), "{reason}");
        for bad in ["A\0B", "A\nB", "A\u{85}B", "\0", "A\u{1b}[2J"] {
            let (code, reason) = fault(column, bad);
            assert_eq!(code, "control_character");
            assert!(!reason.contains(char::is_control), "{reason:?}");
        }
    }
    assert_eq!(fault("name", "\t").0, "empty");
}

#[test]
fn phases_are_read_in_the_words_of_dfe_and_in_ours() {
    let words = [
        ("Primary", "primary"),
        ("Secondary", "secondary"),
        ("Middle deemed primary", "middle_deemed_primary"),
        ("Middle deemed secondary", "middle_deemed_secondary"),
        ("All-through", "all_through"),
        ("All through", "all_through"),
        ("ALL_THROUGH", "all_through"),
        ("16 plus", "sixteen_plus"),
        ("sixteen_plus", "sixteen_plus"),
        ("nursery", "nursery"),
        ("Not applicable", "not_applicable"),
    ];
    for (word, ours) in words {
        let read = school("urn,name,phase", &format!("100000,A,{word}"));
        assert_eq!(read.phase.map(Phase::as_str), Some(ours), "{word}");
    }
    assert_eq!(school("urn,name,phase", "100000,A, ").phase, None);
    for bad in ["2", "Prim", "16", "primary secondary"] {
        let (code, reason) = fault("phase", bad);
        assert_eq!(code, "unknown_phase");
        assert!(reason.contains("Middle deemed secondary") && reason.contains(bad), "{reason}");
    }
}

#[test]
fn membership_is_full_or_participant() {
    for (word, ours) in [
        ("Full", Some("full")),
        ("Full member", Some("full")),
        ("participant", Some("participant")),
        ("Participating school", Some("participant")),
        ("", None),
    ] {
        let read = school("urn,name,membership", &format!("100000,A,{word}"));
        assert_eq!(read.membership.map(Membership::as_str), ours);
    }
    assert_eq!(fault("membership", "member").0, "unknown_membership");
}

#[test]
fn pupils_are_digits_up_to_100000() {
    for (cell, pupils) in [("0", 0), ("1522", 1522), ("100000", 100_000), ("007", 7), ("\"1,522\"", 1522)] {
        assert_eq!(school("urn,name,pupils", &format!("100000,A,{cell}")).roll, Some((day(CENSUS), pupils)));
    }
    assert_eq!(school("urn,name,pupils", "100000,A,").roll, None);
    for bad in ["-1", "+1", "1.0", "1e3", "٣", "1 522", "SUPP", "=1"] {
        assert_eq!(fault("pupils", bad).0, "bad_number");
    }
    for bad in ["100001", "4294967296", "99999999999999999999999"] {
        assert_eq!(fault("pupils", bad).0, "out_of_range");
    }
    for bad in ["1,5", "1522,", ",522", "1,5222", "1.522"] {
        assert_eq!(fault("pupils", bad).0, "bad_number", "{bad}");
    }
}

#[test]
fn dates_are_iso_or_those_of_gias() {
    for cell in [
        "2024-02-29",
        "29-02-2024",
        "29/02/2024",
        "29/2/2024",
        "29.02.2024",
        "29 February 2024",
        "29-Feb-2024",
        "29/02/2024 00:00",
        "2024-02-29T00:00:00",
        "2024-02-29 00:00:00.000",
    ] {
        let read = school("urn,name,joined_on", &format!("100000,A,{cell}"));
        assert_eq!(read.joined_on, Some(day((2024, 2, 29))));
    }
    assert_eq!(school("urn,name,joined_on", "100000,A,").joined_on, None);
    let bad_dates = [
        "2023-02-29",
        "02/29/2024",
        "Feb 29 2024",
        "29 Februar 2024",
        "29/02/2024 12:00",
        "29-02/2024",
        "2024/02/29",
        "29-02-24",
        "2024-2-29",
        "20240229",
        "2024-13-01",
        "1899-12-31",
        "2101-01-01",
        "+024-02-29",
        "29-02-2024-",
        "０１-01-2024",
    ];
    for bad in bad_dates {
        let (code, reason) = fault("joined_on", bad);
        assert_eq!(code, "bad_date");
        assert!(reason.contains("2023-01-19, or with the day first as 19/01/2023"), "{reason}");
    }
}
