//! How the domain's values appear in the specification: ids, words, amounts, text. Models derive their own schemas.

use std::borrow::Cow;

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{
    AdditionalProperties, ArrayBuilder, KnownFormat, ObjectBuilder, Schema, SchemaFormat, Type,
};
use utoipa::{PartialSchema, ToSchema};

use crate::base::colour::Colour;
use crate::base::credits::{Amount, Credits};
use crate::base::days::Days;
use crate::base::hours::Hours;
use crate::base::ids;
use crate::base::month::Month;
use crate::base::outbound;
use crate::base::text::{Day, Email, Instant, Line, Link, Markdown, Prose, Urn};
use crate::base::year::AcademicYear;
use crate::booking::announcements;
use crate::booking::bookings;
use crate::booking::certificates::Number;
use crate::booking::evaluations::Rating;
use crate::booking::registers;
use crate::credits::adjustments;
use crate::credits::allocation;
use crate::credits::purchases;
use crate::credits::settlements;
use crate::credits::top_ups;
use crate::credits::transfers;
use crate::ledger;
use crate::ledger::changes;
use crate::lifecycle::quote;
use crate::lifecycle::year_close;
use crate::members::api_keys;
use crate::members::logins;
use crate::members::people;
use crate::members::schools;
use crate::members::years;
use crate::messages::{choices, notices, outbox, webhooks};
use crate::news;
use crate::programme::programmes;
use crate::programme::programmes::policy::{Policy, Tier};
use crate::programme::tickets;
use crate::reports;
use crate::support::commissions;
use crate::support::conversations;
use crate::support::offers;
use crate::support::rate_card;
use crate::web::body::Flag;
use crate::web::imports::{Mapping, PeopleMapping};
use crate::web::reply::Limit;

macro_rules! schema {
    ($type:ty, $name:literal, $schema:expr) => {
        impl PartialSchema for $type {
            fn schema() -> RefOr<Schema> {
                RefOr::T(Schema::Object($schema.build()))
            }
        }

        impl ToSchema for $type {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed($name)
            }
        }
    };
}

macro_rules! id_schemas {
    ($($type:ident),+ $(,)?) => {
        $(schema!(ids::$type, "Id", uuid());)+
    };
}

macro_rules! word_schemas {
    ($($type:ty = $name:literal),+ $(,)?) => {
        $(schema!(
            $type,
            $name,
            words_of(<$type>::MEANING, <$type>::ALL.iter().map(|word| (word.as_str(), word.meaning())))
        ));+;

        fn words() -> Vec<(Cow<'static, str>, RefOr<Schema>)> {
            vec![$(named::<$type>()),+]
        }
    };
}

fn named<T: ToSchema>() -> (Cow<'static, str>, RefOr<Schema>) {
    (T::name(), T::schema())
}

/// Every schema that a parameter may name: the handlers do not bring in those that only parameters name.
pub(crate) fn of_parameters() -> Vec<(Cow<'static, str>, RefOr<Schema>)> {
    let mut all = words();
    all.extend([
        named::<ids::HubId>(),
        named::<Limit>(),
        named::<Credits>(),
        named::<Colour>(),
        named::<AcademicYear>(),
        named::<Days>(),
        named::<choices::TimeOfDay>(),
    ]);
    all.extend([named::<Line>(), named::<Email>(), named::<Urn>(), named::<Link>()]);
    all.extend([named::<ledger::KeptHead>(), named::<years::carry::Carry>()]);
    all.extend([
        named::<Day>(),
        named::<Instant>(),
        named::<Mapping>(),
        named::<PeopleMapping>(),
        named::<bookings::Quote>(),
    ]);
    all
}

/// A closed set of words, with the meaning of each.
fn words_of(meaning: &str, words: impl Iterator<Item = (&'static str, &'static str)>) -> ObjectBuilder {
    let (words, meanings): (Vec<_>, Vec<_>) = words.unzip();
    let mut description = format!("{}\n", meaning.trim());
    for (word, meaning) in words.iter().zip(meanings) {
        description.push_str(&format!("\n- `{word}`: {}", meaning.trim()));
    }
    string().description(Some(description)).enum_values(Some(words))
}

fn string() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

fn uuid() -> ObjectBuilder {
    string()
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
        .description(Some("A UUID; those made later sort later."))
}

id_schemas!(
    HubId,
    SchoolId,
    PersonId,
    ApiKeyId,
    LoginId,
    LoginSessionId,
    PartnerId,
    PriorityId,
    SavedFilterId,
    AccountId,
    TransactionId,
    AllocationId,
    ProgrammeId,
    EventId,
    SessionId,
    OfferId,
    ConversationId,
    MessageId,
    CommissionId,
    QuoteId,
    QuestionId,
    VisitId,
    SourceId,
    BookingId,
    DeputyId,
    AnnouncementId,
    LetterId,
    NewsletterId,
    ContactId,
    NoticeId,
    WebhookId,
    DeliveryId,
    TopUpId,
    TransferId,
    AdjustmentId,
    SettlementId,
    PaymentId,
    TicketTypeId,
    TicketId,
    YearCloseId,
    SuccessionId
);

word_schemas!(
    crate::web::problem::Code = "Code",
    api_keys::Scope = "ApiKeyScope",
    people::Role = "Role",
    people::Standing = "Standing",
    people::Order = "PersonOrder",
    logins::Means = "SignInMeans",
    ledger::Side = "Side",
    ledger::AccountKind = "AccountKind",
    ledger::WalletKind = "WalletKind",
    ledger::TransactionKind = "TransactionKind",
    ledger::SourceKind = "SourceKind",
    reports::ExportFormat = "ExportFormat",
    allocation::State = "AllocationState",
    allocation::Bound = "Bound",
    allocation::Presence = "Presence",
    allocation::OnShortfall = "OnShortfall",
    programmes::Kind = "ProgrammeKind",
    programmes::ProviderKind = "ProviderKind",
    programmes::Stage = "ProgrammeState",
    programmes::events::State = "EventState",
    programmes::catalogue::Order = "EventOrder",
    programmes::catalogue::PlacesLeft = "PlacesLeft",
    programmes::policy::Basis = "PolicyBasis",
    programmes::attendance::Excused = "Excused",
    programmes::attendance::Mark = "Mark",
    registers::Way = "MarkWay",
    Flag = "Flag",
    schools::Phase = "Phase",
    schools::Membership = "Membership",
    schools::Order = "SchoolOrder",
    schools::Mode = "ImportMode",
    schools::Scheme = "SchoolIdentifierScheme",
    years::State = "YearState",
    year_close::OpenHolds = "OpenHolds",
    year_close::Obstacle = "CloseObstacle",
    year_close::HoldKind = "HoldKind",
    commissions::State = "CommissionState",
    commissions::MilestoneState = "MilestoneState",
    commissions::Party = "CommissionParty",
    commissions::QuoteState = "CommissionQuoteState",
    bookings::State = "BookingState",
    announcements::Audience = "AnnouncementAudience",
    announcements::Which = "AnnouncementDelegates",
    tickets::State = "TicketState",
    tickets::Order = "TicketOrder",
    offers::Kind = "OfferKind",
    offers::Status = "OfferStatus",
    offers::directory::Order = "OfferOrder",
    conversations::Side = "ConversationSide",
    rate_card::BorneBy = "BrokerageBorneBy",
    top_ups::State = "TopUpState",
    settlements::State = "SettlementState",
    settlements::PaymentState = "SettlementPaymentState",
    purchases::Field = "PurchaseLedgerField",
    transfers::State = "TransferState",
    adjustments::State = "AdjustmentState",
    adjustments::Adjustable = "Adjustable",
    tickets::ReturnRule = "ReturnRule",
    notices::Kind = "NoticeKind",
    outbox::Kind = "LetterKind",
    outbox::State = "LetterState",
    choices::Topic = "LetterTopic",
    choices::Way = "LetterWay",
    news::State = "NewsletterState",
    news::Because = "NewsletterSkippedBecause",
    news::Audience = "NewsletterAudience",
    news::Weekday = "Weekday",
    webhooks::State = "WebhookState",
    webhooks::Because = "WebhookDisabledBecause",
    webhooks::DeliveryState = "DeliveryState",
    outbound::Failure = "DeliveryFailure",
    changes::Kind = "ChangeKind",
    ledger::audit::Outcome = "AuditOutcome",
    crate::web::api::booking::groups::GroupMode = "GroupMode",
    crate::web::api::lifecycle::succession::ClashKind = "SuccessionClashKind",
);

schema!(
    Credits,
    "Credits",
    string()
        .pattern(Some(r"^-?[0-9]{1,10}(\.[0-9]{1,2})?$"))
        .description(Some("An amount of credits as a decimal string with at most two places, at most 9999999999.99. A request may also send a whole JSON number."))
        .examples([serde_json::json!("12.50")])
);
schema!(
    Amount,
    "Amount",
    string()
        .pattern(Some(r"^[0-9]{1,10}(\.[0-9]{1,2})?$"))
        .description(Some("Credits above zero as a decimal string with at most two places, at most 9999999999.99. A request may also send a whole JSON number."))
        .examples([serde_json::json!("12.50")])
);
schema!(
    years::carry::Carry,
    "Carry",
    string()
        .pattern(Some(r"^(all|none|[0-9]{1,3}%|[0-9]{1,10}(\.[0-9]{1,2})?)$"))
        .description(Some("What is carried over at most: all, none, a whole percentage of the year's allocation (cut off below the hundredth), or a number of credits."))
        .examples([serde_json::json!("10%")])
);
schema!(
    allocation::Pounds,
    "Pounds",
    string()
        .pattern(Some(r"^[0-9]{1,10}(\.[0-9]{1,2})?$"))
        .description(Some("Pounds as a decimal string with at most two places, at most 9999999999.99."))
        .examples([serde_json::json!("120000.00")])
);
schema!(
    allocation::Weight,
    "Weight",
    string()
        .pattern(Some(r"^[0-9]{1,4}(\.[0-9]{1,4})?$"))
        .description(Some("From 0 to 1000 as a decimal string with at most four places."))
        .examples([serde_json::json!("1.25")])
);
schema!(
    Colour,
    "Colour",
    string()
        .pattern(Some("^#[0-9A-Fa-f]{6}$"))
        .description(Some("A colour in sRGB on which white words can be read."))
        .examples([serde_json::json!("#0f5257")])
);
schema!(
    AcademicYear,
    "AcademicYear",
    string()
        .pattern(Some("^20[0-9]{2}[/-][0-9]{2}$"))
        .description(Some("1 September to 31 August; in paths and queries 2026-27."))
        .examples([serde_json::json!("2026/27")])
);
schema!(
    Month,
    "Month",
    string()
        .pattern(Some("^[0-9]{4}-(0[1-9]|1[0-2])$"))
        .description(Some("A month of the calendar."))
        .examples([serde_json::json!("2027-03")])
);
schema!(
    Number,
    "CertificateNumber",
    string()
        .pattern(Some("^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$"))
        .description(Some("A certificate's number, without the letters I, L, O and U."))
        .examples([serde_json::json!("7K3M-9QRT-4XWD-2HFA")])
);
schema!(
    choices::TimeOfDay,
    "TimeOfDay",
    string()
        .pattern(Some("^([01][0-9]|2[0-3]):[0-5][0-9]$"))
        .description(Some("A time of the day in London, to the minute."))
        .examples([serde_json::json!("22:00")])
);
schema!(
    Hours,
    "Hours",
    string()
        .pattern(Some(r"^[0-9]+\.[0-9]{2}$"))
        .description(Some("Hours as a decimal string with two places."))
        .examples([serde_json::json!("5.50")])
);
schema!(
    Days,
    "Days",
    string()
        .pattern(Some(r"^[0-9]{1,3}(\.[05])?$"))
        .description(Some(
            "Whole or half days as a decimal string, at most 366. A request may also send a whole JSON number."
        ))
        .examples([serde_json::json!("3.5")])
);
schema!(
    Rating,
    "Rating",
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(1))
        .maximum(Some(5))
        .description(Some("From 1, poor, to 5, excellent."))
);
schema!(
    Line,
    "Line",
    string().min_length(Some(1)).max_length(Some(200)).description(Some("One line without control characters."))
);
schema!(
    Prose,
    "Prose",
    string().max_length(Some(5000)).description(Some("Text without control characters other than line ends and tabs."))
);
schema!(
    Markdown,
    "Markdown",
    string().max_length(Some(20_000)).description(Some("Markdown (CommonMark). Of HTML in it nothing is shown."))
);
schema!(Email, "Email", string().format(Some(SchemaFormat::KnownFormat(KnownFormat::Email))).max_length(Some(254)));
schema!(
    Urn,
    "Urn",
    string()
        .pattern(Some("^[1-9][0-9]{5}$"))
        .description(Some("A school's Unique Reference Number."))
        .examples([serde_json::json!("136341")])
);
schema!(
    Link,
    "Link",
    string().format(Some(SchemaFormat::Custom("uri".to_owned()))).pattern(Some("^https?://")).max_length(Some(500))
);
schema!(
    Day,
    "Day",
    string()
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)))
        .description(Some("A date between 1900 and 2200."))
);
schema!(
    Instant,
    "Instant",
    string()
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
        .description(Some("An RFC 3339 time between 1900 and 2200."))
);
schema!(
    ledger::KeptHead,
    "KeptHead",
    string()
        .pattern(Some("^[0-9]{1,18}:[0-9a-f]{64}$"))
        .description(Some("A head of the ledger as `SEQUENCE:HASH`, the hash in hexadecimal."))
        .examples([serde_json::json!(format!("42:{}", "0f".repeat(32)))])
);
schema!(
    Mapping,
    "Mapping",
    string()
        .pattern(Some(r"^[a-z_]+:.*$"))
        .description(Some(r"Pairs `field:column` between commas. A column's name may have colons; a comma in it is written `\,` and a backslash `\\`. An empty column leaves the field out."))
        .examples([serde_json::json!("local_authority:la_name,pupils:NOR")])
);
schema!(
    PeopleMapping,
    "PeopleMapping",
    string()
        .pattern(Some(r"^[a-z_]+:.*$"))
        .description(Some(r"Pairs `field:column` between commas. A column's name may have colons; a comma in it is written `\,` and a backslash `\\`. An empty column leaves the field out."))
        .examples([serde_json::json!("name:Display name,school:URN")])
);
schema!(
    registers::Code,
    "SignedCode",
    string()
        .pattern(Some(r"^[0-9a-f]{32}\.[A-Za-z0-9_-]{86}$"))
        .description(Some("What a delegate shows at the door: their booking, signed by the service."))
        .examples([serde_json::json!(format!("01990000000070008000000000000000.{}", "A".repeat(86)))])
);
schema!(
    Limit,
    "Limit",
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(1))
        .maximum(Some(200))
        .default(Some(serde_json::json!(50)))
        .description(Some("How many items a page has."))
);
schema!(
    bookings::Quote,
    "Quote",
    string()
        .description(Some("What was quoted, to be sent back as it is."))
        .examples([serde_json::json!("300.00@2026-10-20T23:00:00Z")])
);
schema!(
    quote::Quote,
    "PreviewQuote",
    string()
        .pattern(Some("^[0-9a-f]{64}$"))
        .description(Some("Stands for all that a preview says would be done; to be sent back as it is."))
);
schema!(Tier, "CancellationTier", tier());
schema!(
    Policy,
    "CancellationPolicy",
    ObjectBuilder::new()
        .description(Some(
            "What comes back when a booking is cancelled: the percentage or the amount of the first tier whose days are still left, nothing where there is none."
        ))
        .property("basis", string().enum_values(Some(["calendar_days", "working_days"])))
        .required("basis")
        .property("tiers", ArrayBuilder::new().items(tier()).max_items(Some(10)))
        .required("tiers")
        .additional_properties(Some(AdditionalProperties::FreeForm(false)))
);

fn tier() -> ObjectBuilder {
    let whole = |most: u32, description: &str| {
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(0))
            .maximum(Some(most))
            .description(Some(description))
    };
    ObjectBuilder::new()
        .property("days_before", whole(65_535, "At least this many whole days before the first session."))
        .required("days_before")
        .property("refund_percent", whole(100, "Of the price; this or refund_amount."))
        .property("refund_amount", Credits::schema())
        .additional_properties(Some(AdditionalProperties::FreeForm(false)))
}
