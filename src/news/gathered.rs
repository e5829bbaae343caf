//! What is new, as a newsletter says it: a section for each sort of news, and nothing where there is none. What of an
//! event may be another by the time it is sent stands as a [placeholder](super::placeholders).

use chrono::NaiveDate;

use super::fresh::{Achieved, Coming, Fresh, MOST};
use super::placeholders::Placeholder;
use crate::base::credits::Credits;
use crate::base::markdown::escaped;
use crate::base::said;
use crate::base::text::{Line, Markdown, counted};
use crate::base::year::AcademicYear;
use crate::support::offers::Offer;

/// How many of each sort are told of: fewer, where all would be longer than a newsletter may be.
const AT_MOST: &[usize] = &[MOST, 10, 5, 2];

/// How many who speak at an event are named.
const SPEAKERS: usize = 3;

/// As Markdown; empty where nothing is new.
pub(super) fn written(fresh: &Fresh) -> String {
    let all = AT_MOST.iter().map(|most| up_to(fresh, *most));
    all.into_iter().find(|text| text.chars().count() <= Markdown::LONGEST).unwrap_or_default()
}

/// With so many of each sort at most.
fn up_to(fresh: &Fresh, most: usize) -> String {
    let closing = fresh.closing.iter().map(closing).collect();
    let sections = [
        section("New in the programme", programme(fresh), most, "[catalogue](/catalogue)"),
        section("Places left, and booking closes soon", closing, most, "[catalogue](/catalogue)"),
        section(
            "What schools and partners offer",
            fresh.offers.iter().map(offer).collect(),
            most,
            "[directory](/support)",
        ),
        section("What we have achieved", achieved(fresh.achieved), MOST, ""),
        ending(fresh),
    ];
    sections.into_iter().filter(|section| !section.is_empty()).collect::<Vec<_>>().join("\n")
}

/// A section of these; where there may be more than are told of, it says where.
fn section(heading: &str, items: Vec<String>, most: usize, elsewhere: &str) -> String {
    if items.is_empty() {
        return String::new();
    }
    let more = if items.len() >= most { format!("\nThere may be more in the {elsewhere}.\n") } else { String::new() };
    format!("## {heading}\n\n{}{more}", items.iter().take(most).map(|item| format!("- {item}\n")).collect::<String>())
}

/// Events that were published, and programmes that were added.
fn programme(fresh: &Fresh) -> Vec<String> {
    let added = fresh.programmes.iter();
    let added =
        added.map(|it| format!("**{}**, given by {}: dates follow", plain(&it.title), plain(&it.provider_name)));
    fresh.events.iter().map(event).chain(added).collect()
}

fn event(event: &Coming) -> String {
    let [when, price, places] =
        [Placeholder::When, Placeholder::Price, Placeholder::PlacesLeft].map(Placeholder::typed);
    format!("{}: {when}; given by {}; {price}; {places}", of_event(event), plain(&event.provider_name))
}

fn closing(event: &Coming) -> String {
    let [places, when] = [Placeholder::LastPlaces, Placeholder::When].map(Placeholder::typed);
    format!("{}: {places}; it is on {when}", of_event(event))
}

/// An event by its title, with who speaks.
fn of_event(event: &Coming) -> String {
    let title = format!("[{}](/events/{})", plain(&event.title), event.id);
    if event.speakers.is_empty() {
        return title;
    }
    let speakers: Vec<String> = event.speakers.iter().take(SPEAKERS).map(plain).collect();
    let others = if event.speakers.len() > SPEAKERS { " and others" } else { "" };
    format!("{title} with {}{others}", speakers.join(", "))
}

fn offer(offer: &Offer) -> String {
    let (title, whose) = (plain(&offer.details.title), plain(&offer.provider.name));
    format!("[{title}](/support/offers/{}), offered by {whose}", offer.id)
}

fn achieved(achieved: Achieved) -> Vec<String> {
    let Achieved { places, certificates, people, hours } = achieved;
    let taken = (places > 0).then(|| format!("{} booked", counted(places, "place")));
    let certified = (certificates > 0).then(|| {
        let whom = if people == 1 { "1 colleague".to_owned() } else { format!("{people} colleagues") };
        format!("{} for {whom}, and {} of training", counted(certificates, "certificate"), said::hours(hours))
    });
    taken.into_iter().chain(certified).collect()
}

/// What may lapse: of interest to those who can do something about it.
fn ending(fresh: &Fresh) -> String {
    let item = |(year, last_day, left): &(AcademicYear, NaiveDate, Credits)| {
        format!(
            "{} of {} were left in the wallets of our schools on {}: those that nobody has used by the end of {} may lapse",
            said::credits(*left),
            year.as_str(),
            said::day(fresh.today),
            said::day(*last_day)
        )
    };
    match section("Credits that lapse soon", fresh.ending.iter().map(item).collect(), MOST, "") {
        nothing if nothing.is_empty() => nothing,
        section => format!("::: leads, managers\n{section}:::\n"),
    }
}

fn plain(line: &Line) -> String {
    escaped(line.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::hours::Hours;
    use crate::base::ids::EventId;
    use crate::base::markdown;
    use crate::news::Audience;
    use crate::news::fresh::Added;
    use crate::news::{parts, placeholders};

    fn line(text: &str) -> Line {
        Line::parse(text).unwrap()
    }

    fn fresh() -> Fresh {
        let year = AcademicYear::parse("2026/27").unwrap();
        let event = Coming {
            id: EventId(uuid::Uuid::nil()),
            title: line("Reading [today](javascript:x) *now*"),
            provider_name: line("Lampton Academy"),
            speakers: vec![line("Ella Hart"), line("Kofi <b>Mensah</b>")],
        };
        Fresh {
            events: vec![event.clone()],
            closing: vec![event],
            programmes: vec![Added { title: line("Oracy"), provider_name: line("West London") }],
            offers: Vec::new(),
            achieved: Achieved { places: 1, certificates: 3, people: 2, hours: Hours::from_minutes(330) },
            ending: vec![(year, year.last_day(), Credits::from_hundredths(120_050))],
            today: "2027-08-11".parse().unwrap(),
        }
    }

    #[test]
    fn each_sort_of_news_has_its_section() {
        let said = markdown::text(&parts::of(&written(&fresh()), Audience::Lead), Some("https://hub.example"));
        for wanted in [
            "Reading [today](javascript:x) *now* (https://hub.example/events/00000000-0000-0000-0000-000000000000) with Ella Hart, Kofi <b>Mensah</b>: {{when}}; given by Lampton Academy; {{price}}; {{places left}}",
            "Oracy, given by West London: dates follow",
            ": {{last places}}; it is on {{when}}",
            "- 1 place booked",
            "- 3 certificates for 2 colleagues, and 5.5 hours of training",
            "1,200.50 credits of 2026/27 were left in the wallets of our schools on Wednesday 11 August 2027",
        ] {
            assert!(said.contains(wanted), "{wanted}: {said}");
        }
        assert!(!parts::of(&written(&fresh()), Audience::Teacher).contains("lapse"));
        assert_eq!((parts::flaw(&written(&fresh())), placeholders::flaw(&written(&fresh()))), (None, None));
    }

    #[test]
    fn however_much_is_new_it_fits() {
        let long = line(&"*".repeat(200));
        let mut much = fresh();
        much.events[0].title = long.clone();
        much.events[0].provider_name = long.clone();
        much.events[0].speakers = vec![long.clone(); 5];
        much.closing = vec![much.events[0].clone(); MOST];
        much.events = much.closing.clone();
        much.programmes = vec![Added { title: long.clone(), provider_name: long }; MOST];
        let said = written(&much);
        assert!(
            said.chars().count() <= Markdown::LONGEST
                && said.contains("and others")
                && said.contains("There may be more")
        );
    }

    #[test]
    fn nothing_new_is_nothing() {
        assert_eq!(written(&Fresh::default()), "");
    }
}
