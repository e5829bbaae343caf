//! What was measured: round by round, as a table of medians, and as one line for a machine.

use crate::support::Engine;

/// All that was measured, in the order in which it first was.
#[derive(Default)]
pub struct Figures(Vec<Figure>);

struct Figure {
    what: String,
    unit: &'static str,
    sqlite: Vec<f64>,
    postgres: Vec<f64>,
}

/// The engine's name.
pub fn name(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "sqlite",
        Engine::Postgres => "postgresql",
    }
}

fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 {
        sorted.get(middle).copied()
    } else {
        Some((sorted.get(middle.checked_sub(1)?)? + sorted[middle]) / 2.0)
    }
}

fn shown(value: Option<f64>) -> String {
    match value {
        None => "-".to_owned(),
        Some(value) if value >= 100.0 => format!("{value:.0}"),
        Some(value) if value >= 10.0 => format!("{value:.1}"),
        Some(value) if value >= 1.0 => format!("{value:.2}"),
        Some(value) => format!("{value:.3}"),
    }
}

impl Figures {
    /// Adds what one round measured.
    pub fn add(&mut self, engine: Engine, what: String, unit: &'static str, value: f64) {
        let known = self.0.iter().position(|figure| figure.what == what && figure.unit == unit);
        let at = known.unwrap_or_else(|| {
            self.0.push(Figure { what, unit, sqlite: Vec::new(), postgres: Vec::new() });
            self.0.len() - 1
        });
        match engine {
            Engine::Sqlite => self.0[at].sqlite.push(value),
            Engine::Postgres => self.0[at].postgres.push(value),
        }
    }

    /// Adds how a time grows between two sizes, against how the sizes do.
    pub fn growth(&mut self, what: &str, from: usize, to: usize) {
        let medians = |size: usize| {
            let figure = self.0.iter().find(|figure| figure.what == format!("{what} {size}") && figure.unit == "s");
            figure.map(|figure| (median(&figure.sqlite), median(&figure.postgres)))
        };
        let (Some(small), Some(large)) = (medians(from), medians(to)) else { return };
        let growth = |small: Option<f64>, large: Option<f64>| Some(large? / small? * from as f64 / to as f64);
        let what = format!("growth of {what} from {from} to {to}");
        let (sqlite, postgres) = (growth(small.0, large.0), growth(small.1, large.1));
        let figure = |value: Option<f64>| value.into_iter().collect();
        self.0.push(Figure { what, unit: "1 is linear", sqlite: figure(sqlite), postgres: figure(postgres) });
    }

    /// Prints the table, and after it one line of pairs.
    pub fn print(&self) {
        println!(
            "{:44} {:12} {:>10} {:>10} {:>20}",
            "median of the rounds", "", "SQLite", "PostgreSQL", "PostgreSQL ÷ SQLite"
        );
        let mut pairs = Vec::new();
        for Figure { what, unit, sqlite, postgres } in &self.0 {
            let (sqlite, postgres) = (median(sqlite), median(postgres));
            let ratio = sqlite.zip(postgres).map(|(sqlite, postgres)| postgres / sqlite);
            println!("{what:44} {unit:12} {:>10} {:>10} {:>20}", shown(sqlite), shown(postgres), shown(ratio));
            let word = |text: &str| {
                text.replace(|c: char| !c.is_ascii_alphanumeric(), " ").split_whitespace().collect::<Vec<_>>().join("_")
            };
            for (engine, value) in [(Engine::Sqlite, sqlite), (Engine::Postgres, postgres)] {
                if let Some(value) = value {
                    pairs.push(format!("{}.{}.{}={value:.4}", name(engine), word(what), word(unit)));
                }
            }
        }
        println!("main_job {}", pairs.join(" "));
    }
}
