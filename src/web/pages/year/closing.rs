//! The close of a year: the rule, what it would do with every wallet, doing it; and undoing it.

use actix_web::HttpResponse;
use askama::Template;

use super::said::{self, in_path, on_form};
use super::years::Closed;
use crate::base::text::Line;
use crate::base::year::AcademicYear;
use crate::lifecycle::quote::Quote;
use crate::lifecycle::year_close::{self, CloseLine, Hold, HoldKind, OpenHolds, Preview, Rule};
use crate::members::years::carry::Carry;
use crate::members::years::{self, State};
use crate::web::call::{Call, Caller};
use crate::web::pages::form::{Filled, Form, query};
use crate::web::pages::list_query::place_after;
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Limit, Reply, cursor, next_address};
use crate::web::roles::{HUB, MANAGER};

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/years/{year}/close", HUB, show);
    pages.post("/years/{year}/close", MANAGER, close);
    pages.get("/years/{year}/reopen", MANAGER, reopening);
    pages.post("/years/{year}/reopen", MANAGER, reopen);
}

/// The rule as it is chosen: how much, with the number that it takes.
#[derive(Default, eserde::Deserialize)]
struct Query {
    carry_by: Option<String>,
    carry_number: Option<String>,
    earned_by: Option<String>,
    earned_number: Option<String>,
    follow: Option<String>,
    after: Option<String>,
}

/// What a rule would do.
struct Would {
    wallets: i64,
    balance: String,
    carried: String,
    lapsed: String,
    /// What is still held, where that is something.
    held: Option<String>,
    /// What is not settled, in words; nothing where all is.
    open: String,
    /// Whether gifts are unanswered.
    gifts: bool,
    obstacles: Vec<String>,
    rule: String,
    earned_rule: String,
    follows: bool,
    carry: String,
    earned_carry: String,
    open_holds: &'static str,
    next_year: String,
    quote: String,
}

struct Row {
    school: String,
    path: String,
    wallet: &'static str,
    allocated: String,
    balance: String,
    carried: String,
    lapsed: String,
}

#[derive(Template)]
#[template(path = "pages/year/close.html")]
struct Close {
    shell: Shell,
    filled: Filled,
    year: String,
    path: String,
    open: bool,
    would: Option<Would>,
    close: Option<Closed>,
    before: Option<(String, Closed)>,
    rows: Vec<Row>,
    next: Option<String>,
    file_query: String,
}

/// How much may be carried, as it was chosen.
fn carry(by: &str, number: Option<&str>, field: &str) -> Result<Carry, Problem> {
    let wrong = |detail: &str| Problem::field(&format!("/{field}"), "invalid", detail);
    let number = number.unwrap_or_default();
    let text = match by {
        "percent" if number.is_empty() => return Err(wrong("say how many per cent")),
        "credits" if number.is_empty() => return Err(wrong("say how many credits")),
        "percent" => format!("{}%", number.trim_end_matches('%')),
        "credits" => number.to_owned(),
        word => word.to_owned(),
    };
    Carry::parse(&text).map_err(wrong)
}

impl Query {
    fn rule(&self) -> Result<Option<Rule>, Problem> {
        let Some(by) = &self.carry_by else { return Ok(None) };
        let all = carry(by, self.carry_number.as_deref(), "carry_number")?;
        let earned_carry = match self.earned_by.as_deref() {
            None | Some("same") => all,
            Some(by) => carry(by, self.earned_number.as_deref(), "earned_number")?,
        };
        let open_holds = if self.follow.is_some() { OpenHolds::FollowTheRule } else { OpenHolds::Refuse };
        Ok(Some(Rule { carry: all, earned_carry, open_holds }))
    }

    fn filled(&self) -> Filled {
        let text = |value: &Option<String>, or: &str| value.clone().unwrap_or_else(|| or.to_owned());
        Filled::with([
            ("carry_by", text(&self.carry_by, "percent")),
            ("carry_number", text(&self.carry_number, if self.carry_by.is_none() { "10" } else { "" })),
            ("earned_by", text(&self.earned_by, "same")),
            ("earned_number", text(&self.earned_number, "")),
            ("follow", text(&self.follow, "")),
        ])
    }
}

async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    let query: Query = query(caller.uri())?;
    match query.rule() {
        Ok(rule) => shown(&caller, rule, query.after.as_deref(), query.filled()).await,
        Err(problem) => shown(&caller, None, None, query.filled().because(&problem)).await,
    }
}

async fn shown(caller: &Caller, rule: Option<Rule>, after: Option<&str>, filled: Filled) -> Answer {
    let year = caller.year("year")?;
    let (mut tx, hub, limit) = (caller.read().await?, caller.hub(), Limit::default());
    let known = years::get(&mut tx, hub, year).await?.ok_or_else(Problem::not_found)?;
    let open = known.state == State::Open;
    let (after, last) = (place_after(caller, after), year_close::last(&mut tx, hub, year).await?);
    let (mut would, mut lines) = (None, Vec::new());
    match (rule.filter(|_| open), &last) {
        (Some(rule), _) => {
            let preview = year_close::preview(&mut tx, hub, year, rule, caller.now()).await?;
            would = Some(Would::of(preview, &year_close::holds(&mut tx, hub, year, None, i64::MAX).await?));
            lines = year_close::preview_lines(&mut tx, hub, year, rule, after, limit.and_one()).await?;
        }
        (None, Some(close)) if !open => {
            lines = year_close::lines(&mut tx, hub, close.id, None, after, limit.and_one()).await?;
        }
        _ => {}
    }
    let before = match year.before() {
        Some(before) => year_close::last(&mut tx, hub, before).await?,
        None => None,
    };
    drop(tx);
    let more = limit.cut(&mut lines);
    let next = lines.last().filter(|_| more).and_then(|line| cursor(&line.account_id));
    let file_query = would.as_ref().map_or_else(String::new, Would::query);
    let view = Close {
        shell: Shell::of(caller, format!("The close of {year}"), "/years").await?,
        filled,
        year: year.to_string(),
        path: format!("/years/{}", in_path(year)),
        open,
        would,
        close: last.as_ref().filter(|_| !open).map(Closed::of),
        before: before.map(|close| (close.year.to_string(), Closed::of(&close))),
        rows: lines.into_iter().map(Row::of).collect(),
        next: next.map(|next| next_address(caller.uri(), &next)),
        file_query,
    };
    page(caller, &view).await
}

impl Would {
    fn of(preview: Preview, open: &[Hold]) -> Would {
        let Preview { year, next_year, rule, totals, held, obstacles, .. } = preview;
        Would {
            wallets: totals.wallets,
            balance: words::credits(totals.balance),
            carried: words::credits(totals.carried),
            lapsed: words::credits(totals.lapsed),
            held: (!held.is_zero()).then(|| words::credits(held)),
            open: said::still_open(open).join(", "),
            gifts: open.iter().any(|hold| hold.kind == HoldKind::Gift),
            obstacles: obstacles.into_iter().map(|it| said::obstacle(it, year, next_year)).collect(),
            rule: said::carry(rule.carry),
            earned_rule: said::carry(rule.earned_carry),
            follows: rule.open_holds == OpenHolds::FollowTheRule,
            carry: rule.carry.to_string(),
            earned_carry: rule.earned_carry.to_string(),
            open_holds: rule.open_holds.as_str(),
            next_year: next_year.to_string(),
            quote: totals.quote().as_str().to_owned(),
        }
    }

    /// The rule as the whole list in a file takes it.
    fn query(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("carry", &self.carry).append_pair("earned_carry", &self.earned_carry);
        query.append_pair("open_holds", self.open_holds);
        format!("?{}", query.finish())
    }
}

impl Row {
    fn of(line: CloseLine) -> Row {
        Row {
            school: line.name.to_string(),
            path: format!("/schools/{}/credits", line.school_id),
            wallet: said::wallet(line.wallet),
            allocated: words::amount(line.allocated),
            balance: words::amount(line.balance),
            carried: words::amount(line.carried + line.carried_later),
            lapsed: words::amount(line.lapsed + line.lapsed_later),
        }
    }
}

#[derive(eserde::Deserialize)]
struct Fields {
    carry: Carry,
    earned_carry: Carry,
    open_holds: OpenHolds,
    /// What the page has shown.
    quote: Quote,
}

async fn close(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    let answer = match closed(&caller, &form).await {
        Err(problem) => {
            let filled = Query::default().filled().because(&on_form(problem)?);
            let rule = form.read::<Fields>().ok().map(|it| it.rule());
            shown(&caller, rule, None, filled).await
        }
        done => done,
    };
    caller.sign_now();
    answer
}

impl Fields {
    fn rule(&self) -> Rule {
        let &Fields { carry, earned_carry, open_holds, .. } = self;
        Rule { carry, earned_carry, open_holds }
    }
}

async fn closed(caller: &Caller, form: &Form) -> Result<HttpResponse, Problem> {
    let (year, fields): (AcademicYear, Fields) = (caller.year("year")?, form.read()?);
    let (rule, quote) = (fields.rule(), fields.quote);
    caller
        .write_keyed(form.bytes(), async |journal| {
            year_close::close(journal, year, rule, Some(&quote)).await?;
            Ok(Reply::see(&format!("/years/{}?done=year-closed", in_path(year))))
        })
        .await
}

#[derive(Template)]
#[template(path = "pages/year/reopen.html")]
struct Reopen {
    shell: Shell,
    filled: Filled,
    year: String,
    path: String,
    close: Closed,
}

async fn reopening(call: Call) -> Answer {
    reopen_shown(&call.allow()?, Filled::default()).await
}

async fn reopen_shown(caller: &Caller, filled: Filled) -> Answer {
    let (year, hub): (AcademicYear, _) = (caller.year("year")?, caller.hub());
    let close = year_close::last(&mut caller.read().await?, hub, year).await?;
    let close = close.filter(|close| close.reopened_at.is_none()).ok_or_else(Problem::not_found)?;
    let view = Reopen {
        shell: Shell::of(caller, format!("Reopen {year}"), "/years").await?,
        filled,
        year: year.to_string(),
        path: format!("/years/{}", in_path(year)),
        close: Closed::of(&close),
    };
    page(caller, &view).await
}

#[derive(eserde::Deserialize)]
struct Reason {
    reason: Line,
}

async fn reopen(call: Call, form: Form) -> Answer {
    let caller = call.allow()?;
    match reopened(&caller, &form).await {
        Err(problem) => reopen_shown(&caller, form.refused(&on_form(problem)?)).await,
        done => done,
    }
}

async fn reopened(caller: &Caller, form: &Form) -> Result<HttpResponse, Problem> {
    let (year, Reason { reason }) = (caller.year("year")?, form.read()?);
    caller
        .write_keyed(form.bytes(), async |journal| {
            year_close::reopen(journal, year, &reason).await?;
            Ok(Reply::see(&format!("/years/{}?done=year-reopened", in_path(year))))
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::credits::Credits;

    #[test]
    fn a_rule_is_what_was_chosen() {
        let query = |by: &str, number: &str| Query {
            carry_by: Some(by.to_owned()),
            carry_number: Some(number.to_owned()),
            ..Query::default()
        };
        let rule = |by: &str, number: &str| query(by, number).rule().map(|rule| rule.map(|rule| rule.carry));
        assert_eq!(rule("percent", "10%").unwrap(), Some(Carry::Percent(10)));
        assert_eq!(rule("credits", "250").unwrap(), Some(Carry::Credits(Credits::from_hundredths(25_000))));
        assert_eq!(rule("none", "").unwrap(), Some(Carry::None));
        assert!(rule("percent", "").is_err() && rule("credits", "many").is_err() && rule("most", "").is_err());
        assert!(Query::default().rule().unwrap().is_none());
    }
}
