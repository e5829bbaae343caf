//! The codes of problems: stable words, each with its status and meaning. What to do about each is in `advice`.

use actix_web::http::StatusCode;

use crate::base::db::types::words;

macro_rules! codes {
    ($($variant:ident = $text:literal, $status:ident, $title:literal;)+) => {
        words!(/** Every code a problem may carry; they do not change. */ Code { $(#[doc = $title] $variant = $text),+ });

        impl Code {
            /// The HTTP status that goes with the code.
            pub const fn status(self) -> StatusCode {
                match self { $(Code::$variant => StatusCode::$status),+ }
            }

            /// What the code means, in a few words.
            pub const fn title(self) -> &'static str {
                match self { $(Code::$variant => $title),+ }
            }
        }
    };
}

codes! {
    MalformedJson = "malformed_json", BAD_REQUEST, "The body is not JSON";
    InvalidRequest = "invalid_request", BAD_REQUEST, "Some fields or parameters can't be taken";
    InvalidFile = "invalid_file", BAD_REQUEST, "The file can't be imported";
    IdempotencyKeyRequired = "idempotency_key_required", BAD_REQUEST, "This request moves credits and needs an Idempotency-Key";
    Unauthorized = "unauthorized", UNAUTHORIZED, "An access token is needed";
    TokenExpired = "token_expired", UNAUTHORIZED, "The access token has expired";
    PersonDisabled = "person_disabled", UNAUTHORIZED, "The person is disabled";
    KeyExpired = "key_expired", UNAUTHORIZED, "The API key has expired";
    SessionEnded = "session_ended", UNAUTHORIZED, "The session has ended";
    SignInFailed = "sign_in_failed", UNAUTHORIZED, "Nobody can sign in with that";
    AppCodeNeeded = "code_needed", UNAUTHORIZED, "A code of the authenticator app is needed too";
    Forbidden = "forbidden", FORBIDDEN, "The caller's role may not do this";
    OpenidFailed = "openid_failed", BAD_REQUEST, "The sign-in by a provider can't be ended";
    OpenidRefused = "openid_refused", FORBIDDEN, "The provider did not sign the person in";
    OpenidNotBelieved = "openid_not_believed", BAD_GATEWAY, "What the provider answered can't be believed";
    OpenidUnavailable = "openid_unavailable", SERVICE_UNAVAILABLE, "The provider can't be reached now";
    ScopeMissing = "scope_missing", FORBIDDEN, "The scope of the API key does not go so far";
    AskTheHub = "ask_the_hub", FORBIDDEN, "The hub changes this alone";
    AskTheOperator = "ask_the_operator", FORBIDDEN, "The operator of the service does this alone";
    TotpNeeded = "totp_needed", FORBIDDEN, "The hub asks its managers for an authenticator app";
    WaySwitchedOff = "way_switched_off", FORBIDDEN, "People do not sign in this way here";
    NotFound = "not_found", NOT_FOUND, "There is nothing here for the caller";
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED, "The path does not take this method";
    NoFont = "no_font", NOT_ACCEPTABLE, "A name can't be set on paper with the fonts of this service";
    Duplicate = "duplicate", CONFLICT, "There is one already";
    IdempotencyKeyInFlight = "idempotency_key_in_flight", CONFLICT, "A request with this Idempotency-Key is under way";
    InvalidTransition = "invalid_transition", CONFLICT, "The state does not allow it";
    InsufficientCredits = "insufficient_credits", CONFLICT, "The school has too few credits";
    AmountTooLarge = "amount_too_large", CONFLICT, "The hub would have more credits in circulation than can be counted";
    AlreadyReversed = "already_reversed", CONFLICT, "The transaction has been reversed already";
    NotReversible = "not_reversible", CONFLICT, "Its own command undoes it";
    ReversalOfReversal = "reversal_of_reversal", CONFLICT, "A reversal is not reversed";
    NothingEarned = "nothing_earned", CONFLICT, "The partner has earned nothing that is on no statement yet";
    SettlementCancelled = "settlement_cancelled", CONFLICT, "The statement was cancelled";
    SettlementPaid = "settlement_paid", CONFLICT, "The statement is paid, or a part of it is";
    PaysTooMuch = "pays_too_much", CONFLICT, "More is to be paid than is left of the statement";
    OwedLess = "owed_less", CONFLICT, "Corrections since the statement left less that is owed";
    OfferClosed = "offer_closed", CONFLICT, "The offer is closed for good";
    DaysAgreed = "days_agreed", CONFLICT, "More days of the offer are agreed than that";
    OwnOffer = "own_offer", CONFLICT, "The offer is the school's own";
    AlreadyComplained = "already_complained", CONFLICT, "The hub sees the conversation already";
    EventNotOpen = "event_not_open", CONFLICT, "The event takes no bookings now";
    EventStarted = "event_started", CONFLICT, "The event has begun";
    QuoteExpired = "quote_expired", CONFLICT, "The quote does not hold any more";
    QuoteOver = "quote_over", CONFLICT, "The quote was superseded, declined, withdrawn or agreed";
    AlreadyAgreed = "already_agreed", CONFLICT, "The caller's side has agreed already";
    TooFewDays = "too_few_days", CONFLICT, "The offer has too few days left in the year";
    OfferNotOpen = "offer_not_open", CONFLICT, "The offer is paused or closed";
    TooManyDays = "too_many_days", CONFLICT, "More days than were agreed";
    SplitDoesNotSum = "split_does_not_sum", CONFLICT, "The parts are not the whole";
    CasesClosed = "cases_closed", CONFLICT, "The time for stating a case is over";
    CasesOpen = "cases_open", CONFLICT, "Both sides still have time to state their case";
    NothingKept = "nothing_kept", CONFLICT, "The event keeps nothing of the booking";
    EventNotOver = "event_not_over", CONFLICT, "The event is not over";
    RegisterNotOpen = "register_not_open", CONFLICT, "The register is not kept now";
    RegisterIncomplete = "register_incomplete", CONFLICT, "Marks are missing in the register";
    AlreadyBooked = "already_booked", CONFLICT, "The person has a live booking on this event";
    SchoolLeft = "school_left", CONFLICT, "The school is no member of the hub any more by then";
    SchoolSucceeded = "school_succeeded", CONFLICT, "Another school took its place";
    EventFull = "event_full", CONFLICT, "The event has too few free places";
    NotInAudience = "not_in_audience", CONFLICT, "The event is for others";
    TooManyFilters = "too_many_filters", CONFLICT, "As many filters are saved as can be";
    SchoolLimit = "school_limit", CONFLICT, "The school has as many bookings on the event as it may have";
    Clash = "clash", CONFLICT, "The person has a booking at the same time";
    TicketNotUsable = "ticket_not_usable", CONFLICT, "The ticket books no place any more";
    TicketDoesNotCover = "ticket_does_not_cover", CONFLICT, "The ticket does not cover the programme";
    TicketNotNeeded = "ticket_not_needed", CONFLICT, "The place is free and needs no ticket";
    CapacityBelowHeld = "capacity_below_held", CONFLICT, "More places are held than that";
    YearClosed = "year_closed", CONFLICT, "The academic year is closed or not opened";
    YearNotOver = "year_not_over", CONFLICT, "The academic year is not over";
    EarlierYearOpen = "earlier_year_open", CONFLICT, "An earlier academic year is open";
    NextYearNotOpen = "next_year_not_open", CONFLICT, "The next academic year is not open";
    OpenHolds = "open_holds", CONFLICT, "Credits of the academic year are held";
    MissingRolls = "missing_rolls", CONFLICT, "Schools have no roll on the census date";
    PoolNotPositive = "pool_not_positive", BAD_REQUEST, "There is nothing to divide";
    StepDoesNotDivide = "step_does_not_divide", BAD_REQUEST, "The pool is no multiple of the step";
    FloorsOverPool = "floors_over_pool", CONFLICT, "The floors come to more than the pool";
    CapsUnderPool = "caps_under_pool", CONFLICT, "The caps come to less than the pool";
    NoSchools = "no_schools", CONFLICT, "The hub has no school in the year";
    NoPupils = "no_pupils", CONFLICT, "No school has pupils that count";
    AllocationOutdated = "allocation_outdated", CONFLICT, "What the draft was computed from has changed";
    NothingToAdjust = "nothing_to_adjust", CONFLICT, "Every school has what it should have";
    ShortfallsUndecided = "shortfalls_undecided", CONFLICT, "Schools have spent what they should give back";
    OwnRequest = "own_request", CONFLICT, "Somebody else must approve it";
    LastManager = "last_manager", CONFLICT, "A hub keeps an active manager";
    SignsIn = "signs_in", CONFLICT, "The person signs in already";
    FourEyes = "four_eyes", CONFLICT, "Another person must agree";
    NotAttended = "not_attended", CONFLICT, "The delegate has not attended a completed event";
    EvaluationRequired = "evaluation_required", CONFLICT, "The certificate waits for the delegate's evaluation";
    EvaluationSettled = "evaluation_settled", CONFLICT, "The evaluation can't be changed any more";
    InUse = "in_use", CONFLICT, "Something depends on it";
    Stale = "stale", PRECONDITION_FAILED, "The record has changed since it was read";
    IfMatchRequired = "if_match_required", PRECONDITION_REQUIRED, "The change needs If-Match with the record's ETag";
    BodyTooLarge = "body_too_large", PAYLOAD_TOO_LARGE, "The body is too large";
    UnsupportedMediaType = "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE, "The content type is not taken here";
    IdempotencyKeyReused = "idempotency_key_reused", UNPROCESSABLE_ENTITY, "The Idempotency-Key was used with another request";
    TooManyRequests = "too_many_requests", TOO_MANY_REQUESTS, "Too many requests";
    Internal = "internal", INTERNAL_SERVER_ERROR, "Something went wrong here";
    Unavailable = "unavailable", SERVICE_UNAVAILABLE, "The service can't answer now";
    TimedOut = "timed_out", SERVICE_UNAVAILABLE, "The request took too long and was given up";
}

/// The `type` URI of problems with this code.
pub(super) fn page_of(code: Code) -> String {
    format!("/problems/{code}")
}
