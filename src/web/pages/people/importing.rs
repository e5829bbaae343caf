//! People of a sheet: what it would do is looked at line by line, then it is done.

use std::cell::RefCell;

use actix_web::HttpResponse;
use askama::Template;

use super::choices::{self, Choices};
use super::shown::{here, roles};
use crate::base::clock::london_date;
use crate::base::ids::SchoolId;
use crate::base::seal::Hash;
use crate::booking::certificates;
use crate::members::people::importing::{self, Field, File, Invited, Options, Plan, Reach};
use crate::members::people::{Post, Role};
use crate::members::schools::{self, Mode};
use crate::web::call::{Call, Caller};
use crate::web::flash;
use crate::web::imports;
use crate::web::pages::form::{Filled, Whole, query, written};
use crate::web::pages::labels::Labelled;
use crate::web::pages::router::Pages;
use crate::web::pages::sheets::{self, Asked, Columns, Wrong};
use crate::web::pages::shell::{Shell, page, see};
use crate::web::pages::upload::Upload;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::Reply;
use crate::web::roles::MANAGER_AND_LEADS;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/people/import", MANAGER_AND_LEADS, show);
    pages.post("/people/import", MANAGER_AND_LEADS, look);
    pages.get("/people/import/done", MANAGER_AND_LEADS, show_done);
    pages.post("/people/import/done", MANAGER_AND_LEADS, import);
}

#[derive(Template)]
#[template(path = "pages/people/import.html")]
struct Choose {
    shell: Shell,
    filled: Filled,
    list: String,
    roles: Vec<(&'static str, &'static str)>,
    schools: Choices,
    /// Those of a sheet whose columns were not all recognised.
    columns: Option<Columns>,
    /// Whether the service sends e-mail.
    sends: bool,
}

/// How the sheet is to be read and taken in.
#[derive(Default, eserde::Deserialize)]
struct Fields {
    role: Option<Role>,
    school_id: Option<SchoolId>,
    invite: Option<String>,
    partial: Option<String>,
}

/// How many lines of a kind a page shows.
const MOST: usize = 100;

/// Somebody of the sheet.
struct Line {
    line: u64,
    name: String,
    email: String,
    what: String,
}

/// Where a sheet is looked at.
const PATH: &str = "/people/import";

/// What a sheet of people is read for, as the page calls it.
const ASKED: &[Asked<Field>] = &[
    (Field::Email, "E-mail address", true),
    (Field::Name, "Whole name", false),
    (Field::FirstName, "First name", false),
    (Field::LastName, "Last name", false),
    (Field::Role, "Role", false),
    (Field::School, "School: its URN or name", false),
    (Field::Partner, "Partner: its name", false),
];

/// Lines of a kind: the first of them, and how many there are.
struct Lines<T> {
    shown: Vec<T>,
    count: usize,
}

#[derive(Template)]
#[template(path = "pages/people/import_preview.html")]
struct Look {
    shell: Shell,
    sent: Vec<(String, String)>,
    kept: Option<String>,
    rows: u64,
    new: Lines<Line>,
    changed: Lines<Line>,
    unchanged: usize,
    wrong: Wrong,
    cleaned: Vec<(u64, String)>,
    columns: Columns,
    invite: bool,
    sends: bool,
}

/// A link by which somebody comes in.
struct Link {
    name: String,
    email: String,
    link: String,
}

#[derive(Template)]
#[template(path = "pages/people/imported.html")]
struct Done {
    shell: Shell,
    list: String,
    new: usize,
    changed: usize,
    unchanged: usize,
    wrong: Wrong,
    links: Vec<Link>,
    invite: bool,
    sends: bool,
}

async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    choose(&caller, Filled::with([("role", "teacher")]), None).await
}

async fn choose(caller: &Caller, filled: Filled, columns: Option<Columns>) -> Answer {
    let schools = match caller.own_school() {
        Some(_) => Vec::new(),
        None => {
            let mut tx = caller.read().await?;
            choices::schools(&mut tx, caller.hub(), london_date(caller.now()), "As the sheet says").await?
        }
    };
    let shell = Shell::of(caller, "Import people", here(caller)).await?;
    let (list, roles, sends) = (list(caller), roles(caller), caller.app().postbox.takes());
    page(caller, &Choose { shell, filled, list, roles, schools, columns, sends }).await
}

fn list(caller: &Caller) -> String {
    caller.own_school().map_or_else(|| "/people".to_owned(), |school| format!("/schools/{school}/people"))
}

/// What was sent, read: the file, with how it is to be taken in.
struct Sent {
    file: File,
    digest: Hash,
    reach: Reach,
    fields: Fields,
}

async fn read(caller: &Caller, upload: &Upload) -> Result<Sent, Problem> {
    let fields: Fields = upload.form.read()?;
    let reach = imports::reach(caller, fields.school_id, fields.invite.is_some())?;
    let options = Options { mapping: sheets::chosen(&upload.form, &Field::ALL), role: fields.role };
    let (digest, file) = imports::read(upload.file()?, options, importing::read).await?;
    Ok(Sent { file, digest, reach, fields })
}

async fn look(call: Call, upload: Upload) -> Answer {
    let caller = call.allow()?;
    match looked(&caller, &upload).await {
        Err(problem) => again(&caller, &upload, problem).await,
        answer => answer,
    }
}

/// The form once more: a sheet whose columns were not all recognised need not be sent again.
async fn again(caller: &Caller, upload: &Upload, problem: Problem) -> Answer {
    let columns = Columns::after(&problem, PATH, ASKED, upload).await;
    choose(caller, upload.form.again(problem)?, columns).await
}

async fn looked(caller: &Caller, upload: &Upload) -> Answer {
    let Sent { file, reach, fields, .. } = read(caller, upload).await?;
    let mut tx = caller.read().await?;
    let plan = importing::plan(&mut tx, caller.hub(), &file, reach, london_date(caller.now())).await?;
    if sheets::faults_asked(upload) {
        return sheets::faults_file(&plan.bad);
    }
    let of: Vec<SchoolId> = plan.created.iter().take(MOST).filter_map(|(_, _, post)| post.parts().1).collect();
    let names = schools::names(&mut tx, caller.hub(), &of).await?;
    drop(tx);
    let post = |post: &Post| {
        let (role, school, _) = post.parts();
        let at = school.and_then(|school| names.get(&school));
        at.map_or_else(|| role.label().to_owned(), |(_, name)| format!("{} at {name}", role.label()))
    };
    let new = plan.created.iter().take(MOST).map(|(line, row, of)| Line {
        line: *line,
        name: row.name.to_string(),
        email: row.email.to_string(),
        what: post(of),
    });
    let changed = plan.renamed.iter().take(MOST).map(|(line, person, name)| Line {
        line: *line,
        name: name.to_string(),
        email: person.email.to_string(),
        what: format!("was {}", person.name),
    });
    let look = Look {
        shell: Shell::of(caller, "Import people", here(caller)).await?,
        sent: sheets::sent(&upload.form),
        kept: upload.kept()?,
        rows: plan.rows,
        new: Lines { shown: new.collect(), count: plan.created.len() },
        changed: Lines { shown: changed.collect(), count: plan.renamed.len() },
        unchanged: plan.unchanged.len(),
        wrong: Wrong::of(&plan.bad),
        cleaned: plan.cleaned.iter().map(|row| (row.line, row.reason.clone())).collect(),
        columns: Columns::read(PATH, ASKED, upload, &plan.reading)?,
        invite: fields.invite.is_some(),
        sends: caller.app().postbox.takes(),
    };
    page(caller, &look).await
}

/// What an import did, as its address says.
#[derive(Default, eserde::Deserialize)]
struct Did {
    added: Option<Whole>,
    renamed: Option<Whole>,
    unchanged: Option<Whole>,
    left_out: Option<Whole>,
}

impl Did {
    fn of(plan: &Plan) -> Did {
        let number = |number: usize| Some(Whole(i64::try_from(number).unwrap_or(i64::MAX)));
        Did {
            added: number(plan.created.len()),
            renamed: number(plan.renamed.len()),
            unchanged: number(plan.unchanged.len()),
            left_out: number(plan.bad.rows()),
        }
    }

    fn address(&self) -> String {
        let numbers = [
            ("added", &self.added),
            ("renamed", &self.renamed),
            ("unchanged", &self.unchanged),
            ("left_out", &self.left_out),
        ];
        let numbers = numbers.map(|(name, number)| (name, number.map(|Whole(number)| number.to_string())));
        format!("/people/import/done?done=people-imported&{}", written(numbers))
    }
}

/// What was done is said once, where the form has just led here; an address alone leads to the people.
async fn show_done(call: Call) -> Answer {
    let caller = call.allow()?;
    if !flash::is_first(caller.request()) {
        return Ok(see(&list(&caller)));
    }
    let Did { added, renamed, unchanged, left_out } = query(caller.uri()).unwrap_or_default();
    let number =
        |number: Option<Whole>| number.and_then(|Whole(number)| usize::try_from(number).ok()).unwrap_or_default();
    let done = Done {
        shell: Shell::of(&caller, "People imported", here(&caller)).await?,
        list: list(&caller),
        new: number(added),
        changed: number(renamed),
        unchanged: number(unchanged),
        wrong: Wrong { shown: Vec::new(), count: 0, rows: number(left_out) },
        links: Vec::new(),
        invite: false,
        sends: caller.app().postbox.takes(),
    };
    page(&caller, &done).await
}

async fn import(call: Call, upload: Upload) -> Answer {
    let caller = call.allow()?;
    match imported(&caller, &upload).await {
        Err(problem) => again(&caller, &upload, problem).await,
        answer => answer,
    }
}

async fn imported(caller: &Caller, upload: &Upload) -> Answer {
    let Sent { file, digest, reach, fields } = read(caller, upload).await?;
    let mode = if fields.partial.is_some() { Mode::Partial } else { Mode::All };
    let (invite, done) = (fields.invite.is_some(), RefCell::new(None));
    let sent: Result<HttpResponse, Problem> = caller
        .write(&digest, async |journal| {
            let (hub, today) = (journal.hub(), journal.today());
            let plan = importing::plan(journal.tx(), hub, &file, reach, today).await?;
            let invited = importing::import(journal, &plan, mode, invite).await?;
            let secrets: Vec<_> = invited.iter().map(|one| (one.person, one.secret.as_str())).collect();
            caller.post_invitations(journal, &secrets).await?;
            for (_, person, name) in &plan.renamed {
                certificates::rename(journal, person.id, person.version, name.clone()).await?;
            }
            let to = Did::of(&plan).address();
            done.replace(Some((plan, invited)));
            Ok(Reply::see(&to))
        })
        .await;
    let sent = sent?;
    // Links are shown once, in this answer: nothing keeps them. Everything else is said by the page that it leads to, and so is a
    // form that is sent again.
    let Some((plan, invited)) = done.into_inner().filter(|(_, invited)| !invited.is_empty()) else {
        return Ok(sent);
    };
    let link = |Invited { name, email, secret, .. }: Invited| Link {
        name: name.to_string(),
        email: email.to_string(),
        link: format!("{}/invitation/{secret}", caller.public_url()),
    };
    let done = Done {
        shell: Shell::of(caller, "People imported", here(caller)).await?,
        list: list(caller),
        new: plan.created.len(),
        changed: plan.renamed.len(),
        unchanged: plan.unchanged.len(),
        wrong: Wrong::of(&plan.bad),
        links: invited.into_iter().map(link).collect(),
        invite,
        sends: caller.app().postbox.takes(),
    };
    page(caller, &done).await
}
