//! The floors as `ARCHITECTURE.md` draws them, and every path of the source held against the drawing.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{Source, sources};

/// The floors of the drawing from the top down, each with its folders and files.
fn floors() -> Vec<Vec<String>> {
    let text = include_str!("../../ARCHITECTURE.md");
    let drawing =
        text.split("## Floors").nth(1).and_then(|rest| rest.split("```").nth(1)).expect("a drawing of the floors");
    let of = |line: &str| {
        let places = line.split_whitespace().take_while(|word| word.ends_with('/') || word.ends_with(".rs"));
        places.map(|place| place.trim_end_matches('/').to_owned()).collect::<Vec<_>>()
    };
    drawing.lines().map(of).filter(|places| !places.is_empty()).collect()
}

/// The files that are on a floor: all but the list of the districts.
fn files() -> impl Iterator<Item = &'static Source> {
    sources().iter().filter(|source| source.path != "lib.rs")
}

/// Which floor a file is on, counted from the top, and the place of the drawing that says so.
fn floor(path: &str) -> (usize, String) {
    let found =
        floors().into_iter().enumerate().flat_map(|(at, places)| places.into_iter().map(move |place| (at, place)));
    let holds = |place: &str| path == place || path.strip_prefix(place).is_some_and(|rest| rest.starts_with('/'));
    let best = found.filter(|(_, place)| holds(place)).max_by_key(|(_, place)| place.len());
    best.unwrap_or_else(|| panic!("{path} is on no floor: see the drawing in ARCHITECTURE.md"))
}

/// The room of a file: the folder or file below its place of the drawing; the place itself where the file is its contract.
fn room(source: &Source) -> String {
    let (_, place) = floor(&source.path);
    let inside = source.path.strip_prefix(&format!("{place}/")).unwrap_or("");
    match inside.split('/').next().unwrap_or("") {
        "" | "mod.rs" => place,
        first => format!("{place}/{}", first.trim_end_matches(".rs")),
    }
}

/// Each file with the files that it names.
fn uses() -> Vec<(&'static Source, BTreeSet<&'static Source>)> {
    let by_module: BTreeMap<String, &Source> = files().map(|source| (source.module(), source)).collect();
    let of = |source: &'static Source| {
        let found = source.paths().into_iter().filter_map(|path| {
            let mut path = path.as_str();
            loop {
                if let Some(found) = by_module.get(path) {
                    return Some(*found);
                }
                path = path.rsplit_once("::")?.0;
            }
        });
        (source, found.filter(|found| found.path != source.path).collect())
    };
    files().map(of).collect()
}

/// Those who use each other in a circle: what is left when whoever uses nothing that is left, or is used by nothing that
/// is left, is taken away, again and again.
fn circles<'a>(edges: impl Iterator<Item = (&'a str, &'a str)>) -> BTreeSet<(&'a str, &'a str)> {
    let mut left: BTreeSet<(&str, &str)> = edges.filter(|(from, to)| from != to).collect();
    loop {
        let (users, used): (BTreeSet<&str>, BTreeSet<&str>) = left.iter().copied().unzip();
        let before = left.len();
        left.retain(|(from, to)| users.contains(to) && used.contains(from));
        if left.len() == before {
            return left;
        }
    }
}

#[test]
fn the_drawing_has_every_folder_once_and_nothing_else() {
    let drawn: Vec<String> = floors().into_iter().flatten().collect();
    let unique: BTreeSet<&String> = drawn.iter().collect();
    assert_eq!(unique.len(), drawn.len(), "a place is drawn twice: {drawn:?}");
    for place in &drawn {
        assert!(files().any(|source| &floor(&source.path).1 == place), "{place} is drawn, and nothing is there");
    }
}

#[test]
fn nothing_uses_what_is_above_it() {
    let mut upward = Vec::new();
    for (source, used) in uses() {
        let (from, _) = floor(&source.path);
        upward.extend(
            used.iter()
                .filter(|used| floor(&used.path).0 < from)
                .map(|used| format!("{} uses {}", source.path, used.path)),
        );
    }
    assert!(upward.is_empty(), "{}", upward.join("\n"));
}

#[test]
fn rooms_do_not_use_each_other_in_a_circle() {
    let rooms: BTreeMap<&str, String> = files().map(|source| (source.path.as_str(), room(source))).collect();
    let all = uses();
    let edges = all.iter().flat_map(|(source, used)| {
        used.iter().map(|used| (rooms[source.path.as_str()].as_str(), rooms[used.path.as_str()].as_str()))
    });
    let round = circles(edges);
    assert!(round.is_empty(), "these use each other in a circle: {round:?}");
}

/// The contract of a room is not counted: it names the room's types, which its files use, and what its files do.
#[test]
fn files_of_a_room_do_not_use_each_other_in_a_circle() {
    let all = uses();
    let inside = all.iter().filter(|(source, _)| !source.is_contract()).flat_map(|(source, used)| {
        let same = |other: &&&Source| room(source) == room(other) && !other.is_contract();
        used.iter().filter(same).map(|used| (source.path.as_str(), used.path.as_str()))
    });
    let round = circles(inside);
    assert!(round.is_empty(), "these use each other in a circle: {round:?}");
}

#[test]
fn pages_know_nothing_of_the_api() {
    let found: Vec<String> = uses()
        .into_iter()
        .filter(|(source, _)| source.path.starts_with("web/pages/"))
        .flat_map(|(source, used)| used.into_iter().map(move |used| (source.path.clone(), used.path.clone())))
        .filter(|(_, used)| used.starts_with("web/api/"))
        .map(|(source, used)| format!("{source} uses {used}"))
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}
