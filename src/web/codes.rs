//! The codes of problems: stable words, each with its status, what it means and what to do about it.

use actix_web::http::StatusCode;

use crate::base::db::types::words;

macro_rules! codes {
    ($($variant:ident = $text:literal, $status:ident, $title:literal, $advice:literal;)+) => {
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

            /// What to do about it.
            pub const fn advice(self) -> &'static str {
                match self { $(Code::$variant => $advice),+ }
            }
        }
    };
}

codes! {
    MalformedJson = "malformed_json", BAD_REQUEST, "The body is not JSON",
        "Send a JSON object in UTF-8. The detail says where reading it stopped.";
    InvalidRequest = "invalid_request", BAD_REQUEST, "Some fields or parameters can't be taken",
        "Read `errors`: each names a field or parameter, what is wrong with it, and why. Correct all of them and send the request again.";
    InvalidFile = "invalid_file", BAD_REQUEST, "The file can't be imported",
        "Read `errors`: each names a line and a column of the file. Correct them and import the file again; nothing of it was imported.";
    IdempotencyKeyRequired = "idempotency_key_required", BAD_REQUEST, "This request moves credits or writes to many, and needs an Idempotency-Key",
        "Make a new key, a UUID does well, and send it as `Idempotency-Key`. Send the same key when you try the same request again.";
    Unauthorized = "unauthorized", UNAUTHORIZED, "An access token is needed",
        "Send a valid access token as `Authorization: Bearer …`.";
    TokenExpired = "token_expired", UNAUTHORIZED, "The access token has expired",
        "Get a new access token, and send the request again with it.";
    PersonDisabled = "person_disabled", UNAUTHORIZED, "The person is disabled",
        "Ask a manager of the hub to enable the person again.";
    KeyExpired = "key_expired", UNAUTHORIZED, "The API key has expired",
        "Have a new API key made, and give it to the program in place of the old one.";
    SessionEnded = "session_ended", UNAUTHORIZED, "The session has ended",
        "Sign in again. A session ends when somebody signs out, after a time without use, after 30 days, when a password is set, and when a refresh token is used twice.";
    SignInFailed = "sign_in_failed", UNAUTHORIZED, "Nobody can sign in with that",
        "Check the address, and what you signed in with. Where the password is forgotten, ask for a link to set a new one; a manager of the hub can make one too.";
    AppCodeNeeded = "code_needed", UNAUTHORIZED, "A code of the authenticator app is needed too",
        "Send the code that the authenticator app shows as `totp_code`, or one of the recovery codes.";
    Forbidden = "forbidden", FORBIDDEN, "The caller's role may not do this",
        "Ask somebody whose role may do it. The specification says of each request whose it is.";
    OpenidFailed = "openid_failed", BAD_REQUEST, "The sign-in by a provider can't be ended",
        "Begin again at `/v1/auth/openid/{provider}`, and come back in the same browser within ten minutes, with cookies allowed.";
    OpenidRefused = "openid_refused", FORBIDDEN, "The provider did not sign the person in",
        "Begin again and agree at the provider, or sign in another way. The detail has the provider's own word for the reason.";
    OpenidNotBelieved = "openid_not_believed", BAD_GATEWAY, "What the provider answered can't be believed",
        "Begin again. Where it stays so, tell whoever runs the service: the provider's settings do not fit, and the logs have the reason. Sign in another way meanwhile.";
    OpenidUnavailable = "openid_unavailable", SERVICE_UNAVAILABLE, "The provider can't be reached now",
        "Sign in another way, or try again as `Retry-After` says.";
    ScopeMissing = "scope_missing", FORBIDDEN, "The scope of the API key does not go so far",
        "Use an API key of a scope that the detail names. The specification says of each request, as `x-scopes`, which may do it; what none may is for people who sign in.";
    AskTheHub = "ask_the_hub", FORBIDDEN, "The hub changes this alone",
        "Ask the hub to make the change: what the hub agreed to when it published the event, and limits that protect a school, are changed by the hub alone.";
    AskTheOperator = "ask_the_operator", FORBIDDEN, "The operator of the service does this alone",
        "Ask whoever operates the service: a manager of one hub does not let in another manager, or somebody of several hubs.";
    TotpNeeded = "totp_needed", FORBIDDEN, "The hub asks its managers for an authenticator app",
        "Set up an authenticator app (`POST /v1/me/totp`, then `/v1/me/totp/confirm`), or give a code of it (`POST /v1/me/totp/verify`). Everything else then goes on.";
    WaySwitchedOff = "way_switched_off", FORBIDDEN, "People do not sign in this way here",
        "Sign in another way: `GET /v1/auth/ways` says which there are.";
    NotFound = "not_found", NOT_FOUND, "There is nothing here for the caller",
        "Check the path and the id. What belongs to another hub, school or person is answered in the same way as what is not there.";
    MethodNotAllowed = "method_not_allowed", METHOD_NOT_ALLOWED, "The path does not take this method",
        "Use one of the methods in the header `Allow`.";
    NoFont = "no_font", NOT_ACCEPTABLE, "A name can't be set on paper with the fonts of this service",
        "Ask for JSON instead, or have the operator give the service a folder of fonts that have the letters of the name: `--fonts FOLDER`, or HUB_CREDITS_FONTS. Noto has a font for every script.";
    Duplicate = "duplicate", CONFLICT, "There is one already",
        "Use the one that is there, or another name, number or date.";
    IdempotencyKeyInFlight = "idempotency_key_in_flight", CONFLICT, "A request with this Idempotency-Key is under way",
        "Wait for the first request with this key, or send the same request again in a moment: it then gets the same answer.";
    InvalidTransition = "invalid_transition", CONFLICT, "The state does not allow it",
        "Read the record again: its state has changed, or does not lead there.";
    InsufficientCredits = "insufficient_credits", CONFLICT, "The school has too few credits",
        "Reduce the amount, or have the credits allocated, bought or given first. The detail says how many are missing.";
    AmountTooLarge = "amount_too_large", CONFLICT, "The hub would have more credits in circulation than can be counted",
        "Bring less into circulation: all that a hub has issued and sold, of all years, comes to 9999999999.99 credits at most. Check the amount for a digit too many.";
    AlreadyReversed = "already_reversed", CONFLICT, "The transaction has been reversed already",
        "Nothing: the transaction has been undone. The detail names what undid it.";
    NotReversible = "not_reversible", CONFLICT, "Its own command undoes it",
        "Use the command that undoes it: cancel the booking, or call the event off.";
    ReversalOfReversal = "reversal_of_reversal", CONFLICT, "A reversal is not reversed",
        "Do again what was reversed, as a new sale, gift, correction or allocation.";
    NothingEarned = "nothing_earned", CONFLICT, "The partner has earned nothing that is on no statement yet",
        "Choose a later day, or wait until the partner has earned more than was corrected.";
    SettlementCancelled = "settlement_cancelled", CONFLICT, "The statement was cancelled",
        "Make a statement again: what was on the one that was cancelled is on the new one.";
    SettlementPaid = "settlement_paid", CONFLICT, "The statement is paid, or a part of it is",
        "Look at its payments. One that the bank returned is undone by reversing its transaction.";
    PaysTooMuch = "pays_too_much", CONFLICT, "More is to be paid than is left of the statement",
        "Pay at most what is left: the detail says how much.";
    OwedLess = "owed_less", CONFLICT, "Corrections since the statement left less that is owed",
        "Pay what is owed still, and the rest once the partner has earned more; or reverse what was paid of the statement, cancel it, and make it again with the corrections on it.";
    OfferClosed = "offer_closed", CONFLICT, "The offer is closed for good",
        "Make a new offer: what is closed stays as it was.";
    DaysAgreed = "days_agreed", CONFLICT, "More days of the offer are agreed than that",
        "Offer at least as many days as are agreed: the detail says how many.";
    OwnOffer = "own_offer", CONFLICT, "The offer is the school's own",
        "Nothing: the school has what it offers. Another school writes to it.";
    AlreadyComplained = "already_complained", CONFLICT, "The hub sees the conversation already",
        "Nothing: the hub's managers were told, and read the conversation.";
    EventNotOpen = "event_not_open", CONFLICT, "The event takes no bookings now",
        "Look at the event's state, `opens_at` and `closes_at`, and book while it takes bookings.";
    EventStarted = "event_started", CONFLICT, "The event has begun",
        "Choose another event: this one has begun.";
    QuoteExpired = "quote_expired", CONFLICT, "The quote does not hold any more",
        "Ask for a new quote, look at what it says, and send that.";
    QuoteOver = "quote_over", CONFLICT, "The quote was superseded, declined, withdrawn or agreed",
        "Read the quotes of the commission again, and agree the one that is offered.";
    AlreadyAgreed = "already_agreed", CONFLICT, "The caller's side has agreed already",
        "Nothing: it waits for the other side, or for your school's second person.";
    TooFewDays = "too_few_days", CONFLICT, "The offer has too few days left in the year",
        "Quote fewer days, or have the provider offer more days in the year.";
    OfferNotOpen = "offer_not_open", CONFLICT, "The offer is paused or closed",
        "Ask the provider to open the offer again, or request the support without it.";
    TooManyDays = "too_many_days", CONFLICT, "More days than were agreed",
        "Deliver at most the days that were agreed, or propose a variation with more.";
    SplitDoesNotSum = "split_does_not_sum", CONFLICT, "The parts are not the whole",
        "Divide the price of the milestone into two parts that come to it. The detail says what it is.";
    CasesClosed = "cases_closed", CONFLICT, "The time for stating a case is over",
        "Offer the other side a split, or wait for the hub's decision.";
    CasesOpen = "cases_open", CONFLICT, "Both sides still have time to state their case",
        "Decide when both sides have stated their case, or when their time is over.";
    NothingKept = "nothing_kept", CONFLICT, "The event keeps nothing of the booking",
        "Nothing: everything was given back already.";
    EventNotOver = "event_not_over", CONFLICT, "The event is not over",
        "Wait for the end of the event's last session.";
    RegisterNotOpen = "register_not_open", CONFLICT, "The register is not kept now",
        "Keep the register from the day of the session on, until the event is completed.";
    RegisterIncomplete = "register_incomplete", CONFLICT, "Marks are missing in the register",
        "Mark the delegates who have no mark, or say what missing marks are to be.";
    AlreadyBooked = "already_booked", CONFLICT, "The person has a live booking on this event",
        "Look at the person's bookings: one of them is on this event.";
    SchoolLeft = "school_left", CONFLICT, "The school is no member of the hub any more by then",
        "Choose another date, or ask the hub whether the school's membership goes on.";
    SchoolSucceeded = "school_succeeded", CONFLICT, "Another school took its place",
        "Use the school that took its place.";
    EventFull = "event_full", CONFLICT, "The event has too few free places",
        "Book fewer places, choose another run, or book with `best_effort` or alone to join the waiting list.";
    NotInAudience = "not_in_audience", CONFLICT, "The event is for others",
        "Look at the event's `admission`: it says which phases and roles it is for.";
    SchoolLimit = "school_limit", CONFLICT, "The school has as many bookings on the event as it may have",
        "Give up one of the school's places on the event first, or ask the hub for more.";
    Clash = "clash", CONFLICT, "The person has a booking at the same time",
        "Give up the other place, or send `allow_clash` where the person can be at both.";
    TooManyFilters = "too_many_filters", CONFLICT, "As many filters are saved as can be",
        "Remove a saved filter that is not needed any more, and save this one then.";
    TicketNotUsable = "ticket_not_usable", CONFLICT, "The ticket books no place any more",
        "Use another ticket, or book without one: this one is used, revoked or expired.";
    TicketDoesNotCover = "ticket_does_not_cover", CONFLICT, "The ticket does not cover the programme",
        "Choose a programme that the ticket's type covers, or book without the ticket.";
    TicketNotNeeded = "ticket_not_needed", CONFLICT, "The place is free and needs no ticket",
        "Book without the ticket, and keep it for a place that costs something.";
    CapacityBelowHeld = "capacity_below_held", CONFLICT, "More places are held than that",
        "Choose a capacity that is no lower than the places held, or cancel bookings first.";
    YearClosed = "year_closed", CONFLICT, "The academic year is closed or not opened",
        "Open the academic year, or use one that is open. A closed year takes no new postings.";
    YearNotOver = "year_not_over", CONFLICT, "The academic year is not over",
        "Wait for the year's last day, 31 August.";
    EarlierYearOpen = "earlier_year_open", CONFLICT, "An earlier academic year is open",
        "Close the earlier academic years first.";
    NextYearNotOpen = "next_year_not_open", CONFLICT, "The next academic year is not open",
        "Open the next academic year first: what is carried goes there.";
    OpenHolds = "open_holds", CONFLICT, "Something of the academic year is not settled",
        "Settle what is open, bookings, events, offers, gifts and support; or close the year with `open_holds` saying what \
         becomes of it.";
    MissingRolls = "missing_rolls", CONFLICT, "Schools have no roll on the census date",
        "Enter a roll on the census date for every school that `errors` names.";
    PoolNotPositive = "pool_not_positive", BAD_REQUEST, "There is nothing to divide",
        "Send a pool of more than zero, or funding that pays for one step at least.";
    StepDoesNotDivide = "step_does_not_divide", BAD_REQUEST, "The pool is no multiple of the step",
        "Send a pool that is a multiple of the step, or a smaller step.";
    FloorsOverPool = "floors_over_pool", CONFLICT, "The floors come to more than the pool",
        "Lower the floor or raise the pool, by what the detail says.";
    CapsUnderPool = "caps_under_pool", CONFLICT, "The caps come to less than the pool",
        "Raise the cap or lower the pool, by what the detail says.";
    NoSchools = "no_schools", CONFLICT, "The hub has no school in the year",
        "Add schools that are members in the academic year.";
    NoPupils = "no_pupils", CONFLICT, "No school has pupils that count",
        "Enter rolls with pupils, or give a weight above zero to some phase.";
    AllocationOutdated = "allocation_outdated", CONFLICT, "What the draft was computed from has changed",
        "Compute the draft again, look at it, and approve that.";
    NothingToAdjust = "nothing_to_adjust", CONFLICT, "Every school has what it should have",
        "Nothing: every school has what it should have.";
    ShortfallsUndecided = "shortfalls_undecided", CONFLICT, "Schools have spent what they should give back",
        "Say in `shortfalls` what becomes of credits that schools have spent: left to them, or deducted from a later allocation.";
    OwnRequest = "own_request", CONFLICT, "Somebody else must approve it",
        "Ask the lead, or another who may approve for the school.";
    LastManager = "last_manager", CONFLICT, "A hub keeps an active manager",
        "Name or enable another manager of the hub first, then disable this one.";
    SignsIn = "signs_in", CONFLICT, "The person signs in already",
        "Nothing: the person gets in by their own means. The operator can make a token on the machine that runs the service.";
    FourEyes = "four_eyes", CONFLICT, "Another person must agree",
        "Have somebody else agree to it: another manager of the hub, or another person of the school. The detail says who counts; the operator can name a hub manager who does at once.";
    NotAttended = "not_attended", CONFLICT, "The delegate has not attended a completed event",
        "Wait until the event is completed, or ask its provider to correct the register.";
    EvaluationRequired = "evaluation_required", CONFLICT, "The certificate waits for the delegate's evaluation",
        "Give the evaluation of the event; the certificate is there then.";
    EvaluationSettled = "evaluation_settled", CONFLICT, "The evaluation can't be changed any more",
        "Nothing: the time in which it could be changed is over.";
    InUse = "in_use", CONFLICT, "Something depends on it",
        "Undo what depends on it first; `errors` names it.";
    Stale = "stale", PRECONDITION_FAILED, "The record has changed since it was read",
        "Read the record again, look at what has changed, and send the change with its new ETag.";
    IfMatchRequired = "if_match_required", PRECONDITION_REQUIRED, "The change needs If-Match with the record's ETag",
        "Read the record, and send its ETag as `If-Match`.";
    BodyTooLarge = "body_too_large", PAYLOAD_TOO_LARGE, "The body is too large",
        "Send less at once: 1 MiB of JSON or 16 MiB of a file at most.";
    UnsupportedMediaType = "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE, "The content type is not taken here",
        "Send the content type that the specification names, without Content-Encoding.";
    IdempotencyKeyReused = "idempotency_key_reused", UNPROCESSABLE_ENTITY, "The Idempotency-Key was used with another request",
        "Use a new `Idempotency-Key` for each new request.";
    TooManyRequests = "too_many_requests", TOO_MANY_REQUESTS, "Too many requests",
        "Wait as long as `Retry-After` says.";
    Internal = "internal", INTERNAL_SERVER_ERROR, "Something went wrong here",
        "Try again later. Give the `request_id` to whoever runs the service: the logs have the reason.";
    Unavailable = "unavailable", SERVICE_UNAVAILABLE, "The service can't answer now",
        "Try again as `Retry-After` says: nothing was done.";
    TimedOut = "timed_out", SERVICE_UNAVAILABLE, "The request took too long and was given up",
        "Read what has become of it before you try again, or try again with the same `Idempotency-Key`.";
}

/// The `type` URI of problems with this code.
pub(super) fn page_of(code: Code) -> String {
    format!("/problems/{code}")
}
