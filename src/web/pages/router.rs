//! The pages as they are registered: each with its path, the roles it is for, and its handler.

use actix_web::http::Method;
use actix_web::{FromRequest, Handler, Responder, Route, web};

use crate::members::people::Role;

/// Pages on their way into the service, or read for their roles alone.
pub(super) struct Pages<'c> {
    config: Option<&'c mut web::ServiceConfig>,
    routes: Vec<(&'static str, Route)>,
    roles: Vec<(String, &'static [Role])>,
}

impl<'c> Pages<'c> {
    /// Into the service.
    pub(super) fn into(config: &'c mut web::ServiceConfig) -> Pages<'c> {
        Pages { config: Some(config), routes: Vec::new(), roles: Vec::new() }
    }

    /// For their roles.
    pub(super) fn read() -> Pages<'static> {
        Pages { config: None, routes: Vec::new(), roles: Vec::new() }
    }

    /// Each operation, `GET /catalogue`, with its roles.
    pub(super) fn roles(self) -> Vec<(String, &'static [Role])> {
        self.roles
    }

    /// A page to look at.
    pub(super) fn get<F, Args>(&mut self, path: &'static str, roles: &'static [Role], page: F)
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.add(Method::GET, path, roles, web::get().to(page));
    }

    /// What a form of a page does.
    pub(super) fn post<F, Args>(&mut self, path: &'static str, roles: &'static [Role], form: F)
    where
        F: Handler<Args>,
        Args: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.add(Method::POST, path, roles, web::post().to(form));
    }

    fn add(&mut self, method: Method, path: &'static str, roles: &'static [Role], route: Route) {
        self.roles.push((format!("{method} {path}"), roles));
        self.routes.push((path, route));
    }

    /// Registers them: a path that names all of itself comes before one that leaves a part open, whoever added it first,
    /// so that `/schools/new` is no school.
    pub(super) fn register(mut self) {
        self.routes.sort_by_key(|(path, _)| path.split('/').map(|part| part.starts_with('{')).collect::<Vec<_>>());
        if let Some(config) = self.config {
            for (path, route) in self.routes {
                config.route(path, route);
            }
        }
    }
}
