//! Who may give whom which role: one rule for pages and the API.

use super::call::Caller;
use super::problem::{Code, Problem};
use crate::base::ids::{PartnerId, SchoolId};
use crate::members::people::{Person, Post, Role};

/// A field that can't be taken, and why.
pub(crate) struct WrongField(&'static str, &'static str);

impl WrongField {
    /// Where it came in a body.
    pub(crate) fn of_body(self) -> Problem {
        Problem::field(&format!("/{}", self.0), "invalid", self.1)
    }

    /// Where it came as a parameter.
    pub(crate) fn of_query(self) -> Problem {
        Problem::field(self.0, "invalid", self.1)
    }
}

/// The post of somebody who is added. A lead adds leads and teachers of their own school.
pub(crate) fn of_new(
    caller: &Caller,
    role: Role,
    school: Option<SchoolId>,
    partner: Option<PartnerId>,
) -> Result<Post, Problem> {
    let post = Post::new(role, school, partner).map_err(|(field, reason)| WrongField(field, reason).of_body())?;
    match caller.own_school() {
        Some(own) if ![Post::SchoolLead(own), Post::Teacher(own)].contains(&post) => {
            Err(WrongField("role", "a lead adds leads and teachers of their own school").of_body())
        }
        _ => Ok(post),
    }
}

/// The post of somebody who goes to a school.
pub(crate) fn at_school(person: &Person, school: SchoolId, role: Option<Role>) -> Result<Post, WrongField> {
    match role.unwrap_or(person.role) {
        Role::SchoolLead => Ok(Post::SchoolLead(school)),
        Role::Teacher => Ok(Post::Teacher(school)),
        Role::HubManager | Role::HubViewer | Role::Partner => {
            Err(WrongField("role", "must be school_lead or teacher: what they are at the school"))
        }
    }
}

/// The post of somebody who gets another role, at the school or partner that they are of where none is given.
pub(crate) fn with_role(
    person: &Person,
    role: Role,
    school: Option<SchoolId>,
    partner: Option<PartnerId>,
) -> Result<Post, WrongField> {
    let of_school = matches!(role, Role::SchoolLead | Role::Teacher);
    let school = school.or(person.school_id.filter(|_| of_school));
    let partner = partner.or(person.partner_id.filter(|_| role == Role::Partner));
    Post::new(role, school, partner).map_err(|(field, reason)| WrongField(field, reason))
}

/// A lead appoints leads and teachers of their own school alone.
pub(crate) fn may_appoint(caller: &Caller, post: Post) -> Result<(), Problem> {
    match caller.own_school() {
        Some(own) if ![Post::SchoolLead(own), Post::Teacher(own)].contains(&post) => {
            let reason = "a lead makes people of their own school leads and teachers; everything else is the hub's";
            Err(Problem::new(Code::AskTheHub, reason))
        }
        _ => Ok(()),
    }
}
