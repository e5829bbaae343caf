//! Charts: bars, beside each other or stacked, as SVG with its key and its table. `{{ chart|safe }}` shows one: what it is
//! made of is escaped by its own template.

use askama::Template;

use super::words;
use crate::base::credits::Credits;

/// What the picture measures, in units of its own: the bars stand between the left edge and its end, above the foot.
const WIDTH: i64 = 640;
/// The same where there are few labels, and all of it fits on a phone.
const NARROW: i64 = 340;
/// How wide a bar is at least on a phone.
const THINNEST: i64 = 12;
const LEFT: i64 = 56;
const TOP: i64 = 12;
const HEIGHT: i64 = 200;
const FOOT: i64 = 24;

/// Into how many steps the axis is divided at most.
const STEPS: i64 = 5;

/// Of how many bars the names stand below the picture.
const MOST_NAMED: usize = 40;

/// A row of figures that belong together, one for each label of the chart.
pub(crate) struct Series {
    name: String,
    figures: Vec<Figure>,
}

struct Figure {
    value: i64,
    said: String,
}

impl Series {
    /// Amounts of credits.
    pub(crate) fn of_credits(name: impl Into<String>, amounts: impl IntoIterator<Item = Credits>) -> Series {
        let figure = |amount: Credits| Figure { value: amount.hundredths(), said: words::amount(amount) };
        Series { name: name.into(), figures: amounts.into_iter().map(figure).collect() }
    }

    /// Numbers of something.
    #[allow(dead_code, reason = "a chart may count")]
    pub(crate) fn of_numbers(name: impl Into<String>, numbers: impl IntoIterator<Item = i64>) -> Series {
        // In hundredths as credits are, so that one axis serves both.
        let figure = |number: i64| Figure { value: number.saturating_mul(100), said: number.to_string() };
        Series { name: name.into(), figures: numbers.into_iter().map(figure).collect() }
    }
}

/// What a chart shows.
pub(crate) struct Shown {
    /// Its name in the page, of letters: `year`.
    pub(crate) id: &'static str,
    /// What it shows.
    pub(crate) title: String,
    /// What stands out in it, in a sentence, for those who do not see it.
    pub(crate) desc: String,
    /// What the labels are: `Month`.
    pub(crate) of: &'static str,
    /// What stands below the bars.
    pub(crate) labels: Vec<String>,
    /// Four at most.
    pub(crate) series: Vec<Series>,
    /// Whether the bars of a label stand on each other.
    pub(crate) stacked: bool,
}

/// A chart, ready to be shown.
#[derive(Template)]
#[template(path = "pages/chart.html")]
pub(crate) struct Chart {
    id: &'static str,
    title: String,
    desc: String,
    of: &'static str,
    /// Whether it stands under a heading of its own.
    under: bool,
    /// Whether it fits on a phone.
    few: bool,
    /// Whether it begins at its end, where it does not fit.
    latest: bool,
    width: i64,
    height: i64,
    left: i64,
    foot: i64,
    key: Vec<(&'static str, String)>,
    ticks: Vec<(i64, String)>,
    labels: Vec<(i64, String)>,
    bars: Vec<Bar>,
    rows: Vec<(String, Vec<(String, String)>)>,
    /// Whether what stands below the bars is short for what the rows begin with.
    short: bool,
}

struct Bar {
    class: &'static str,
    x: i64,
    y: i64,
    width: i64,
    height: i64,
    said: String,
}

/// The colours of the series, in their order.
const CLASSES: [&str; 4] = ["a", "b", "c", "d"];

impl Chart {
    /// Draws what is shown.
    pub(crate) fn of(shown: Shown) -> Chart {
        let Shown { id, title, desc, of, labels, series, stacked } = shown;
        let groups = i64::try_from(labels.len()).unwrap_or(1).max(1);
        let top = top(&series, labels.len(), stacked);
        let step = step(top);
        let most = step * ((top + step - 1) / step).max(1);
        let up = |value: i64| value.max(0) * HEIGHT / most;
        let beside = if stacked { 1 } else { i64::try_from(series.len()).unwrap_or(1).max(1) };
        let few = groups * beside * THINNEST * 10 / 7 <= NARROW - LEFT;
        let width = if few { NARROW } else { WIDTH };
        let (floor, room) = (TOP + HEIGHT, (width - LEFT) / groups);
        let (wide, mut bars) = ((room * 7 / 10 / beside).max(2), Vec::new());
        for (group, (label, start)) in labels.iter().zip((0..).map(|group| LEFT + group * room)).enumerate() {
            let (mut x, mut y) = (start + (room - wide * beside) / 2, floor);
            for (one, class) in series.iter().zip(CLASSES) {
                let Some(figure) = one.figures.get(group) else { continue };
                let height = up(figure.value);
                if height > 0 {
                    let said = format!("{label}, {}: {}", one.name, figure.said);
                    bars.push(Bar { class, x, y: y - height, width: wide, height, said });
                }
                if stacked {
                    y -= height;
                } else {
                    x += wide;
                }
            }
        }
        // Labels that would run into each other are left out; the table has them all.
        let every = labels.iter().map(|label| label.chars().count()).max().unwrap_or(1);
        let every = (i64::try_from(every).unwrap_or(1) * 8 / room.max(1) + 1).max(1);
        let below = |index: i64| LEFT + index * room + room / 2;
        let under = (0..).zip(&labels).filter(|(index, _)| index % every == 0);
        let ticks = (0..=most / step).map(|tick| tick * step).map(|value| (floor - up(value), said(value)));
        Chart {
            id,
            title,
            desc,
            of,
            under: true,
            few,
            latest: false,
            width,
            height: TOP + HEIGHT + FOOT,
            left: LEFT,
            foot: TOP + HEIGHT + FOOT - 6,
            key: CLASSES.into_iter().zip(series.iter().map(|one| one.name.clone())).collect(),
            ticks: ticks.collect(),
            labels: under.map(|(index, label)| (below(index), label.clone())).collect(),
            bars,
            rows: rows(&labels, &series),
            short: false,
        }
    }

    /// The same with these words at the head of the rows of its table, where the labels of the picture are short.
    pub(crate) fn with_heads(mut self, heads: impl IntoIterator<Item = String>) -> Chart {
        for ((head, _), words) in self.rows.iter_mut().zip(heads) {
            *head = words;
        }
        self.short = true;
        self
    }

    /// What stands below the bars in full, where that fits below the picture.
    fn in_full(&self) -> Vec<&str> {
        let all = if self.short && self.rows.len() <= MOST_NAMED { self.rows.as_slice() } else { &[] };
        all.iter().map(|(head, _)| head.as_str()).collect()
    }

    /// The same of times: where there is no room for all of it, its end is seen first.
    pub(crate) fn of_times(self) -> Chart {
        Chart { latest: !self.few, ..self }
    }

    /// The same where no heading stands between it and that of the page.
    pub(crate) fn at_the_top(self) -> Chart {
        Chart { under: false, ..self }
    }
}

fn rows(labels: &[String], series: &[Series]) -> Vec<(String, Vec<(String, String)>)> {
    let cells = |row: usize| {
        let cell =
            |one: &Series| (one.name.clone(), one.figures.get(row).map_or_else(String::new, |it| it.said.clone()));
        series.iter().map(cell).collect()
    };
    labels.iter().enumerate().map(|(row, label)| (label.clone(), cells(row))).collect()
}

/// The highest that stands in the chart.
fn top(series: &[Series], labels: usize, stacked: bool) -> i64 {
    let of = |row: usize| series.iter().filter_map(move |one| one.figures.get(row)).map(|figure| figure.value.max(0));
    (0..labels).map(|row| if stacked { of(row).sum() } else { of(row).max().unwrap_or(0) }).max().unwrap_or(0)
}

/// The distance between two lines of the axis: 1, 2 or 5 with noughts, of whole units.
fn step(top: i64) -> i64 {
    let mut unit = 100;
    loop {
        for times in [1, 2, 5] {
            if top <= unit * times * STEPS {
                return unit * times;
            }
        }
        unit *= 10;
    }
}

/// A figure of the axis, of which all are whole.
fn said(value: i64) -> String {
    let mut text = (value / 100).to_string();
    for place in (1..text.len()).rev().filter(|place| (text.len() - place).is_multiple_of(3)).collect::<Vec<_>>() {
        text.insert(place, ',');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(stacked: bool) -> Chart {
        let amount = |text: &str| Credits::parse(text).unwrap();
        let labels = vec!["Sep".to_owned(), "Oct".to_owned()];
        let series = vec![
            Series::of_credits("Allocated", [amount("1200"), amount("0")]),
            Series::of_credits("Spent", [amount("12.50"), amount("300")]),
        ];
        let (title, desc) = ("The <year>".to_owned(), "Most in September".to_owned());
        Chart::of(Shown { id: "year", title, desc, of: "Month", labels, series, stacked })
    }

    #[test]
    fn bars_stand_within_the_axis_and_the_table_has_every_figure() {
        for stacked in [false, true] {
            let chart = drawn(stacked);
            assert!(chart.bars.iter().all(|bar| bar.y >= TOP && bar.y + bar.height <= TOP + HEIGHT && bar.x >= LEFT));
            assert_eq!(chart.bars.len(), 3);
            assert_eq!(chart.ticks.last().unwrap().1, "1,500");
            let text = chart.to_string();
            assert!(text.contains("12.50") && text.contains("The &#60;year&#62;"), "{text}");
        }
    }

    #[test]
    fn what_is_small_fits_and_what_is_large_begins_at_its_end() {
        let few = drawn(false).of_times();
        assert!(few.few && !few.latest && few.width == NARROW);
        let labels: Vec<String> = (1..=12).map(|month| month.to_string()).collect();
        let series = vec![Series::of_numbers("Places", 1..=12), Series::of_numbers("Attended", 1..=12)];
        let (title, desc) = ("Places".to_owned(), "More each month".to_owned());
        let many = Chart::of(Shown { id: "year", title, desc, of: "Month", labels, series, stacked: false });
        let many = many.of_times().at_the_top().with_heads((1..=12).map(|month| format!("Month {month}")));
        assert!(many.latest && many.width == WIDTH);
        let text = many.to_string();
        assert!(text.contains("Month: Month 1 · Month 2 ·"), "{text}");
        assert!(text.contains("<th scope=\"row\">Month 12</th>") && text.contains("<h2 id=\"year-name\">"), "{text}");
    }

    #[test]
    fn steps_are_round() {
        for (top, stands) in [(0, 100), (500, 100), (501, 200), (120_000, 50_000), (1_000_000, 200_000)] {
            assert_eq!(step(top), stands, "{top}");
        }
        assert_eq!(said(123_456_700), "1,234,567");
    }
}
