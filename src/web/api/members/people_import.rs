//! `/v1/people/import`: the people of a sheet.

use std::cell::RefCell;

use actix_web::post;
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use crate::base::clock::london_date;
use crate::base::ids::{PersonId, SchoolId};
use crate::base::text::{Email, Line};
use crate::booking::certificates;
use crate::members::people::Role;
use crate::members::people::importing::{self, Invited, Options, Plan};
use crate::members::schools::Mode;
use crate::web::body::{CsvFile, Flag};
use crate::web::call::{Call, Caller};
use crate::web::imports::{self, PeopleMapping, ReadingBody};
use crate::web::links;
use crate::web::operations::Operations;
use crate::web::problem::{Answer, FieldError, row_errors};
use crate::web::reply::{self, Reply, Table};
use crate::web::roles::MANAGER_AND_LEADS;
use crate::web::secret::Secret;

pub(crate) fn routes(config: &mut Operations<'_, '_>) {
    config.service(import);
}

#[derive(eserde::Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ImportQuery {
    /// What to do with a file that has bad rows: `all` imports nothing of it, `partial` its good rows.
    mode: Option<Mode>,
    /// Only says what the import would do, with everything that is wrong; nothing is changed.
    #[param(value_type = Option<bool>)]
    dry_run: Option<Flag>,
    /// Which columns to read.
    map: Option<PeopleMapping>,
    /// The role of those whose row names none.
    role: Option<Role>,
    /// The school of leads and teachers whose row names none.
    school_id: Option<SchoolId>,
    /// Makes a link for everybody of the file who has not signed in yet; the answer has the links, and nothing else does.
    #[param(value_type = Option<bool>)]
    invite: Option<Flag>,
}

/// What an import of people did, or would do.
#[derive(Serialize, ToSchema)]
#[schema(as = ImportedPeople)]
struct ImportedBody {
    /// Whether it was only asked for: nothing is changed then.
    dry_run: bool,
    /// How many rows the file has; the header and blank rows are not counted.
    rows: u64,
    /// People who are new in the hub.
    created: usize,
    /// People who have another name now.
    updated: usize,
    /// People who already are as the file says.
    unchanged: usize,
    /// How many faults there are in rows that were left out.
    faults: usize,
    /// The first thousand of those faults, each with its line and column.
    errors: Vec<FieldError>,
    /// Addresses that stood among other things, and how they were read: the first thousand.
    cleaned: Vec<FieldError>,
    /// The links of those who are invited, in the order of the file.
    links: Vec<LinkBody>,
    /// Columns of the file that were not read; `reading` says why.
    ignored_columns: Vec<String>,
    /// How the file was read.
    reading: ReadingBody,
}

/// The link of somebody who is invited.
#[derive(Clone, Serialize, ToSchema)]
#[schema(as = ImportedLink)]
struct LinkBody {
    /// The line of the file.
    line: u64,
    /// The person.
    person_id: PersonId,
    /// The person's name.
    name: Line,
    /// The person's e-mail address.
    email: Email,
    /// Give it to the person; it works once, for seven days.
    link: Secret,
}

impl Table for LinkBody {
    const COLUMNS: &'static [&'static str] = &["line", "person_id", "name", "email", "link"];
}

impl ImportedBody {
    fn of(plan: &Plan, dry_run: bool, links: Vec<LinkBody>) -> ImportedBody {
        ImportedBody {
            dry_run,
            rows: plan.rows,
            created: plan.created.len(),
            updated: plan.renamed.len(),
            unchanged: plan.unchanged.len(),
            faults: plan.bad.count(),
            errors: row_errors(plan.bad.first()),
            cleaned: row_errors(&plan.cleaned),
            links,
            ignored_columns: plan.reading.ignored_columns(),
            reading: plan.reading.clone().into(),
        }
    }
}

/// Adds the people of a CSV file or of a sheet of an Excel workbook
///
/// The columns are `email`, `name` (or `first_name` and `last_name`), `role`, `school` (a URN, or the name of a school of
/// the hub) and `partner`; others are ignored. Who is there already, by their address in whatever form, is renamed where
/// the file has another name, and otherwise said to be unchanged; who has another role or school than the file says is a
/// bad row, since a move touches what they have booked. An address that stands among other things, such as
/// `Noor Hart <noor@school.example>`, is cleaned where there is one way to read it, which the answer says. A lead imports
/// leads and teachers of their own school. With `invite`, whoever of the file has not signed in yet gets a link, which
/// `Accept: text/csv` gives as a table. A file sent again changes nothing but the links. A file has at most 100,000 rows.
#[utoipa::path(
    tag = "people",
    params(ImportQuery),
    request_body(content = String, content_type = "text/csv"),
    responses((status = 200, content((ImportedBody = "application/json"), (String = "text/csv")))),
    extensions(("x-roles" = json!(MANAGER_AND_LEADS)))
)]
#[post("/people/import")]
async fn import(call: Call, file: CsvFile) -> Answer {
    let caller = call.allow()?;
    let ImportQuery { mode, dry_run, map, role, school_id, invite } = caller.query()?;
    let (dry_run, invite) = (dry_run.is_some_and(Flag::is_true), invite.is_some_and(Flag::is_true));
    if invite {
        caller.in_person("invite people: import without invite")?;
    }
    let reach = imports::reach(&caller, school_id, invite)?;
    let options = Options { mapping: map.map(|map| map.0).unwrap_or_default(), role };
    let (digest, file) = imports::read(file, options, importing::read).await?;
    if dry_run {
        let today = london_date(caller.now());
        let plan = importing::plan(&mut caller.read().await?, caller.hub(), &file, reach, today).await?;
        return Ok(Reply::ok(&ImportedBody::of(&plan, true, Vec::new()))?.into_response());
    }
    let links = RefCell::new(Vec::new());
    let answer = caller
        .write(&digest, async |journal| {
            let (hub, today) = (journal.hub(), journal.today());
            let plan = importing::plan(journal.tx(), hub, &file, reach, today).await?;
            let invited = importing::import(journal, &plan, mode.unwrap_or(Mode::All), invite).await?;
            let secrets: Vec<_> = invited.iter().map(|one| (one.person, one.secret.as_str())).collect();
            caller.post_invitations(journal, &secrets).await?;
            for (_, person, name) in &plan.renamed {
                certificates::rename(journal, person.id, person.version, name.clone()).await?;
            }
            let made: Vec<LinkBody> = invited.into_iter().map(|invited| link(&caller, invited)).collect();
            links.replace(made.clone());
            Reply::ok(&ImportedBody::of(&plan, false, made))
        })
        .await?;
    if caller.wants("text/csv") { reply::csv(&links.into_inner()) } else { Ok(answer) }
}

fn link(caller: &Caller, invited: Invited) -> LinkBody {
    let Invited { line, person, name, email, secret } = invited;
    let link = Secret(links::invitation(caller.public_url(), &secret));
    LinkBody { line, person_id: person, name, email, link }
}
