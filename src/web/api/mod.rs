//! The JSON REST API: one file a resource, grouped by district. It only translates between HTTP and the domain.

pub(crate) mod booking;
pub(crate) mod credits;
pub(crate) mod ledger;
pub(crate) mod lifecycle;
pub(crate) mod members;
pub(crate) mod messages;
pub(crate) mod programme;
pub(crate) mod reports;
pub(super) mod schemas;
pub(crate) mod support;

use utoipa_actix_web::service_config::ServiceConfig;

/// Every resource of the API.
pub(super) fn v1(config: &mut ServiceConfig<'_>) {
    members::me::routes(config);
    members::sign_in::routes(config);
    booking::calendars::routes(config);
    members::api_keys::routes(config);
    members::hub::routes(config);
    members::addresses::routes(config);
    lifecycle::records::routes(config);
    lifecycle::erasure::routes(config);
    members::people_import::routes(config);
    members::people::routes(config);
    members::schools::routes(config);
    members::identifiers::routes(config);
    lifecycle::succession::routes(config);
    members::rolls::routes(config);
    members::years::routes(config);
    lifecycle::year_close::routes(config);
    credits::allocations::routes(config);
    members::partners::routes(config);
    programme::priorities::routes(config);
    programme::programmes::routes(config);
    programme::catalogue::routes(config);
    programme::events::routes(config);
    programme::history::routes(config);
    programme::sessions::routes(config);
    booking::completion::routes(config);
    booking::registers::routes(config);
    booking::check_in::routes(config);
    ledger::accounts::routes(config);
    reports::wallet::routes(config);
    reports::school_statement::routes(config);
    reports::personal::routes(config);
    ledger::transactions::routes(config);
    credits::top_ups::routes(config);
    credits::transfers::routes(config);
    credits::adjustments::routes(config);
    credits::settlements::routes(config);
    credits::purchases::routes(config);
    ledger::books::routes(config);
    ledger::checkpoints::routes(config);
    ledger::changes::routes(config);
    ledger::audit::routes(config);
    booking::groups::routes(config);
    booking::places::routes(config);
    booking::bookings::routes(config);
    booking::certificates::routes(config);
    booking::evaluations::routes(config);
    booking::cpd_record::routes(config);
    programme::ticket_types::routes(config);
    programme::tickets::routes(config);
    support::offers::routes(config);
    support::rate_card::routes(config);
    support::conversations::routes(config);
    messages::notices::routes(config);
    messages::letters::routes(config);
    messages::choices::routes(config);
    booking::cancellation::routes(config);
    booking::approvals::routes(config);
    booking::needs::routes(config);
    support::commissions::routes(config);
    support::milestones::routes(config);
    support::talk::routes(config);
}
