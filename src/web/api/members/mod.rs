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

use crate::web::operations::Operations;

/// The resources of the district. The import of people comes before people, whose `/people/{id}` matches its path too.
pub(super) fn routes(config: &mut Operations<'_, '_>) {
    me::routes(config);
    sign_in::routes(config);
    api_keys::routes(config);
    hub::routes(config);
    addresses::routes(config);
    people_import::routes(config);
    people::routes(config);
    schools::routes(config);
    identifiers::routes(config);
    rolls::routes(config);
    years::routes(config);
    partners::routes(config);
}
