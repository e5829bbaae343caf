//! The settings of the hub, and the second pair of eyes, which two managers switch off.

use askama::Template;

use super::eyes::Eyes;
use super::form::{Filled, Form, Whole};
use super::router::Pages;
use super::shell::{Shell, page};
use super::words;
use crate::base::colour::Colour;
use crate::base::credits::Credits;
use crate::base::text::{Change, Line, counted};
use crate::credits::allocation::Pounds;
use crate::members::hubs::{self, CREDIT_VALUES, Hub};
use crate::members::people;
use crate::reports::{self, Named, Sight};
use crate::web::call::{Call, Caller};
use crate::web::hub_change::HubChange;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::Reply;
use crate::web::roles::{HUB, MANAGER};

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/settings", HUB, show);
    pages.get("/settings/edit", MANAGER, edit);
    pages.post("/settings/edit", MANAGER, save);
    pages.post("/settings/four-eyes", MANAGER, four_eyes);
}

/// The settings as they are read.
struct View {
    name: String,
    step: String,
    credit_value: String,
    returned_share: i64,
    approval_days: String,
    smallest_group: i64,
    totp: bool,
    retention: Option<String>,
    audit_days: i64,
    founded: String,
    colour: String,
    /// The page of the events to come, where anyone may look at it: its path and its whole address.
    public: Option<(String, String)>,
    four_eyes: bool,
    /// Who has asked to switch the second pair of eyes off.
    asked_by: Option<String>,
    /// Whether that was whoever looks.
    asked_by_me: bool,
    /// Whether the caller may agree, and from when where not yet.
    may_agree: bool,
    from: Option<String>,
    /// Whether anybody counts as a second pair of eyes beside the caller.
    seconds: bool,
    version: i64,
}

#[derive(Template)]
#[template(path = "pages/settings/show.html")]
struct Settings {
    shell: Shell,
    filled: Filled,
    view: View,
    /// Who will count as a second pair of eyes beside the caller, and from when.
    later: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "pages/settings/edit.html")]
struct Edit {
    shell: Shell,
    filled: Filled,
    steps: Vec<(&'static str, &'static str)>,
    totp: Vec<(&'static str, &'static str)>,
}

async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    settings(&caller, Filled::default()).await
}

async fn settings(caller: &Caller, filled: Filled) -> Answer {
    let mut tx = caller.read().await?;
    let hub = hubs::get(&mut tx, caller.hub()).await?.ok_or_else(Problem::not_found)?;
    let asked = hub.four_eyes_off_asked_by;
    let asked_by = match asked {
        Some(id) => {
            let mut found = reports::names(&mut tx, hub.id, Named::Person, vec![id.0], Sight::Hub).await?;
            Some(found.remove(&id.0).unwrap_or_else(|| "Another manager".to_owned()))
        }
        None => None,
    };
    let agreeing = Eyes::on(caller, &mut tx, asked.or(Some(caller.person.id))).await?;
    let beside_me = Eyes::on(caller, &mut tx, Some(caller.person.id)).await?;
    drop(tx);
    let view = View {
        step: words::credits(hub.step),
        credit_value: pounds(hub.credit_value_pence),
        returned_share: hub.returned_share_percent,
        approval_days: counted(hub.approval_days, "working day"),
        smallest_group: hub.smallest_group,
        totp: hub.totp_for_managers,
        retention: hub.retention_years.map(|years| counted(years, "year")),
        audit_days: hub.audit_days,
        founded: words::day_of(hub.created_at),
        colour: hub.colour.as_str(),
        public: hub.public_programme.then(|| {
            let path = format!("/programme/{}", hub.id);
            (path.clone(), format!("{}{path}", caller.public_url()))
        }),
        four_eyes: hub.four_eyes,
        asked_by,
        asked_by_me: asked == Some(caller.person.id),
        may_agree: agreeing.may(),
        from: agreeing.from(),
        seconds: !beside_me.others.is_empty(),
        version: hub.version,
        name: hub.name.as_str().to_owned(),
    };
    let shell = Shell::of(caller, "Settings", "/settings").await?;
    page(caller, &Settings { shell, filled, view, later: beside_me.later() }).await
}

/// Pence as pounds: `£10`, `£2.50`.
fn pounds(pence: i64) -> String {
    match pence % 100 {
        0 => format!("£{}", pence / 100),
        rest => format!("£{}.{rest:02}", pence / 100),
    }
}

async fn edit(call: Call) -> Answer {
    let caller = call.allow()?;
    let hub = hubs::get(&mut caller.read().await?, caller.hub()).await?.ok_or_else(Problem::not_found)?;
    form(&caller, filled(&hub)).await
}

async fn form(caller: &Caller, filled: Filled) -> Answer {
    let shell = Shell::of(caller, "Change the settings", "/settings").await?;
    let steps = vec![("1.00", "Whole credits"), ("0.50", "Half credits"), ("0.01", "Hundredths of a credit")];
    let totp =
        vec![("no", "A password or a code by e-mail is enough"), ("yes", "A code of their authenticator app too")];
    page(caller, &Edit { shell, filled, steps, totp }).await
}

fn filled(hub: &Hub) -> Filled {
    Filled::with([
        ("version", hub.version.to_string()),
        ("name", hub.name.as_str().to_owned()),
        ("step", hub.step.to_string()),
        ("credit_value", Pounds::from_pence(hub.credit_value_pence).as_str()),
        ("returned_share_percent", hub.returned_share_percent.to_string()),
        ("approval_days", hub.approval_days.to_string()),
        ("smallest_group", hub.smallest_group.to_string()),
        ("totp_for_managers", if hub.totp_for_managers { "yes" } else { "no" }.to_owned()),
        ("retention_years", hub.retention_years.map_or_else(String::new, |years| years.to_string())),
        ("audit_days", hub.audit_days.to_string()),
        ("public_programme", if hub.public_programme { "yes" } else { "" }.to_owned()),
        ("colour", hub.colour.as_str()),
    ])
}

/// The settings as they were typed.
#[derive(eserde::Deserialize)]
struct Fields {
    version: Whole,
    name: Line,
    step: Credits,
    credit_value: Pounds,
    returned_share_percent: Whole,
    approval_days: Whole,
    smallest_group: Whole,
    retention_years: Option<Whole>,
    audit_days: Whole,
    colour: Colour,
}

impl Fields {
    /// The change that they make. A number that no setting may have is refused with the words for that setting.
    fn change(self, totp: bool, public: bool) -> HubChange {
        let small = |Whole(number): Whole| u8::try_from(number).unwrap_or(u8::MAX);
        HubChange {
            name: Some(self.name),
            step: Some(self.step),
            credit_value_pence: Some(u32::try_from(self.credit_value.pence()).unwrap_or(u32::MAX)),
            returned_share_percent: Some(small(self.returned_share_percent)),
            approval_days: Some(small(self.approval_days)),
            smallest_group: Some(small(self.smallest_group)),
            totp_for_managers: Some(totp),
            retention_years: Change(Some(self.retention_years.map(small))),
            audit_days: Some(u16::try_from(self.audit_days.0).unwrap_or(u16::MAX)),
            four_eyes: None,
            public_programme: Some(public),
            colour: Some(self.colour),
        }
    }
}

async fn save(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    match saved(&caller, &sent).await {
        Ok(answer) => Ok(answer),
        Err(problem) => {
            let hub = hubs::get(&mut caller.read().await?, caller.hub()).await?.ok_or_else(Problem::not_found)?;
            form(&caller, sent.again(problem)?.beside(filled(&hub))).await
        }
    }
}

/// What is said of a value of a credit that no hub may set.
pub(super) fn no_credit_value() -> String {
    let [least, most] = [*CREDIT_VALUES.start(), *CREDIT_VALUES.end()].map(|pence| words::pounds(pence.into()));
    format!("must be from {least} to {most}")
}

async fn saved(caller: &Caller, sent: &Form) -> Answer {
    let fields = sent.read::<Fields>()?;
    let Whole(version) = fields.version;
    if !u32::try_from(fields.credit_value.pence()).is_ok_and(|pence| CREDIT_VALUES.contains(&pence)) {
        return Err(Problem::field("/credit_value", "invalid", no_credit_value()));
    }
    let change = fields.change(sent.text("totp_for_managers") == "yes", sent.has("public_programme"));
    change.sense()?;
    caller
        .write(sent.bytes(), async |journal| {
            let old = hubs::get(journal.tx(), caller.hub()).await?.ok_or_else(Problem::not_found)?;
            people::change_hub(journal, version, change.over(old), None).await?;
            Ok(Reply::see("/settings?done=settings-saved"))
        })
        .await
}

/// Whether a second pair of eyes is asked for, and the version of the settings that were shown.
#[derive(eserde::Deserialize)]
struct FourEyes {
    version: Whole,
}

async fn four_eyes(call: Call, sent: Form) -> Answer {
    let caller = call.allow()?;
    match switched(&caller, &sent).await {
        Ok(answer) => Ok(answer),
        Err(problem) => settings(&caller, sent.again(problem)?).await,
    }
}

async fn switched(caller: &Caller, sent: &Form) -> Answer {
    let FourEyes { version: Whole(version) } = sent.read()?;
    let on = sent.text("four_eyes") == "yes";
    caller
        .write(sent.bytes(), async |journal| {
            let old = hubs::get(journal.tx(), caller.hub()).await?.ok_or_else(Problem::not_found)?;
            let same = HubChange::default().over(old);
            let hub = people::change_hub(journal, version, same, Some(on)).await?;
            Ok(Reply::see(match (hub.four_eyes, hub.four_eyes_off_asked_by) {
                (true, Some(_)) => "/settings?done=four-eyes-asked",
                (true, None) => "/settings?done=four-eyes-on",
                (false, _) => "/settings?done=four-eyes-off",
            }))
        })
        .await
}
