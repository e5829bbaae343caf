//! Which roles may do what: declared beside each operation's path as `x-roles` of the specification, and enforced from
//! there; likewise the scopes of API keys (`x-scopes`). An operation that declares none is for nobody.

use std::collections::{BTreeSet, HashMap};

use actix_web::HttpRequest;
use serde_json::Value;

use crate::members::api_keys::Scope;
use crate::members::people::Role;

/// Hub managers only.
pub(crate) const MANAGER: &[Role] = &[Role::HubManager];
/// Those who read everything in the hub.
pub(crate) const HUB: &[Role] = &[Role::HubManager, Role::HubViewer];
/// The hub and the leads of schools.
pub(crate) const HUB_AND_LEADS: &[Role] = &[Role::HubManager, Role::HubViewer, Role::SchoolLead];
/// The hub and the people of schools.
pub(crate) const HUB_AND_SCHOOLS: &[Role] = &[Role::HubManager, Role::HubViewer, Role::SchoolLead, Role::Teacher];
/// The leads of schools.
pub(crate) const LEADS: &[Role] = &[Role::SchoolLead];
/// Hub managers and the leads of schools.
pub(crate) const MANAGER_AND_LEADS: &[Role] = &[Role::HubManager, Role::SchoolLead];
/// Those who book for themselves or others; the desk decides what exactly they may do.
pub(crate) const AT_DESK: &[Role] = &[Role::HubManager, Role::SchoolLead, Role::Teacher];
/// Those who have accounts in the ledger: the hub, schools by their leads, partners.
pub(crate) const ACCOUNT_HOLDERS: &[Role] = &[Role::HubManager, Role::HubViewer, Role::SchoolLead, Role::Partner];
/// Those who buy or provide support, and the hub in their place.
pub(crate) const SUPPORT: &[Role] = &[Role::HubManager, Role::SchoolLead, Role::Partner];
/// The hub and the partners.
pub(crate) const HUB_AND_PARTNERS: &[Role] = &[Role::HubManager, Role::HubViewer, Role::Partner];
/// Who prepares programmes and events: hub managers all of them, partners their own.
pub(crate) const MAKERS: &[Role] = &[Role::HubManager, Role::Partner];
/// Who organises events: the hub, a school by its leads, a partner.
pub(crate) const MAKERS_AND_LEADS: &[Role] = &[Role::HubManager, Role::SchoolLead, Role::Partner];
/// Who may see an event's delegates: the hub, leads (their school's), the event's partner.
pub(crate) const ORGANISERS: &[Role] = &[Role::HubManager, Role::HubViewer, Role::SchoolLead, Role::Partner];
/// Everyone with a login in the hub.
pub(crate) const EVERYONE: &[Role] = Role::ALL;

/// The roles and scopes of each operation of a specification.
pub(super) struct Roles(HashMap<String, Who>);

#[derive(Default)]
struct Who {
    roles: Vec<Role>,
    scopes: Vec<Scope>,
    /// What it does, as its specification says it first.
    summary: String,
}

impl Roles {
    /// The roles that the specification declares.
    pub(super) fn of(specification: &Value) -> Roles {
        let mut roles = HashMap::new();
        for (path, methods) in specification["paths"].as_object().into_iter().flatten() {
            for (method, operation) in methods.as_object().into_iter().flatten() {
                let named = |field: &str| operation[field].as_array().into_iter().flatten().filter_map(Value::as_str);
                let summary = operation["summary"].as_str().unwrap_or_default().to_owned();
                let who = Who {
                    summary,
                    roles: named("x-roles").filter_map(|name| Role::parse(name).ok()).collect(),
                    scopes: named("x-scopes").filter_map(|name| Scope::parse(name).ok()).collect(),
                };
                roles.insert(format!("{} {path}", method.to_uppercase()), who);
            }
        }
        Roles(roles)
    }

    /// With those of the pages, by method and path.
    pub(super) fn with(mut self, pages: Vec<(String, &'static [Role])>) -> Roles {
        let of_page = |roles: &[Role]| Who { roles: roles.to_vec(), ..Who::default() };
        self.0.extend(pages.into_iter().map(|(operation, roles)| (operation, of_page(roles))));
        self
    }

    /// Whether somebody with this role may do what is asked for.
    pub(super) fn allow(&self, role: Role, request: &HttpRequest) -> bool {
        self.of_request(request).is_some_and(|who| who.roles.contains(&role))
    }

    /// The scopes of API keys by which it may be done.
    pub(super) fn scopes(&self, request: &HttpRequest) -> &[Scope] {
        self.of_request(request).map_or(&[], |who| who.scopes.as_slice())
    }

    /// The methods that an operation or a page at this path takes.
    pub(super) fn methods(&self, path: &str) -> BTreeSet<&str> {
        let operations = self.0.keys().filter_map(|operation| operation.split_once(' '));
        let here = operations.filter(|(_, pattern)| is_of(pattern, path)).map(|(method, _)| method);
        // Whatever answers GET answers HEAD.
        here.flat_map(|method| if method == "GET" { vec!["GET", "HEAD"] } else { vec![method] }).collect()
    }

    /// What an operation of the API does, by its method and path, in the words of its specification.
    pub(super) fn summary(&self, operation: &str) -> Option<&str> {
        self.0.get(operation).map(|who| who.summary.as_str()).filter(|summary| !summary.is_empty())
    }

    fn of_request(&self, request: &HttpRequest) -> Option<&Who> {
        let operation = request.match_pattern().map(|path| format!("{} {path}", request.method()));
        operation.and_then(|operation| self.0.get(&operation))
    }
}

/// Whether a path is one of a pattern, `/people/{id}`.
fn is_of(pattern: &str, path: &str) -> bool {
    let same = |(pattern, part): (&str, &str)| pattern == part || (pattern.starts_with('{') && !part.is_empty());
    pattern.split('/').count() == path.split('/').count() && pattern.split('/').zip(path.split('/')).all(same)
}
