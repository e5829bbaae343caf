//! Requests about who belongs to a hub: the hub itself, its years, schools, rolls, people and partners.

pub(crate) mod addresses;
pub(crate) mod api_keys;
pub(crate) mod hub;
pub(crate) mod identifiers;
pub(crate) mod me;
pub(crate) mod partners;
pub(crate) mod people;
pub(crate) mod people_import;
pub(crate) mod rolls;
pub(crate) mod schools;
pub(crate) mod sign_in;
pub(crate) mod years;
