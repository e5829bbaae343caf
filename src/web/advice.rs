//! Advice for each problem: the page of every code, which a problem's `type` links to.

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use askama::Template;

use super::headers;
use super::problem::{Answer, Code, Problem};

/// The pages: `/problems/{code}` is a problem's `type`, `/problems` lists them all.
pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.route("/problems", web::get().to(all)).route("/problems/{code}", web::get().to(one));
}

/// What to do about a problem of this code.
pub(super) const fn advice(code: Code) -> &'static str {
    match code {
        Code::MalformedJson => "Send a JSON object in UTF-8. The detail says where reading it stopped.",
        Code::InvalidRequest => {
            "Read `errors`: each names a field or parameter, what is wrong with it, and why. Correct all of them and send the request again."
        }
        Code::InvalidFile => {
            "Read `errors`: each names a line and a column of the file. Correct them and import the file again; nothing of it was imported."
        }
        Code::IdempotencyKeyRequired => {
            "Make a new key, a UUID does well, and send it as `Idempotency-Key`. Send the same key when you try the same request again."
        }
        Code::Unauthorized => "Send a valid access token as `Authorization: Bearer …`.",
        Code::TokenExpired => "Get a new access token, and send the request again with it.",
        Code::PersonDisabled => "Ask a manager of the hub to enable the person again.",
        Code::KeyExpired => "Have a new API key made, and give it to the program in place of the old one.",
        Code::SessionEnded => {
            "Sign in again. A session ends when somebody signs out, after a time without use, after 30 days, when a password is set, and when a refresh token is used twice."
        }
        Code::SignInFailed => {
            "Check the address, and what you signed in with. Where the password is forgotten, ask for a link to set a new one; a manager of the hub can make one too."
        }
        Code::AppCodeNeeded => {
            "Send the code that the authenticator app shows as `totp_code`, or one of the recovery codes."
        }
        Code::AskTheOperator => {
            "Ask whoever operates the service: a manager of one hub does not let in another manager, or somebody of several hubs."
        }
        Code::TotpNeeded => {
            "Set up an authenticator app (`POST /v1/me/totp`, then `/v1/me/totp/confirm`), or give a code of it (`POST /v1/me/totp/verify`). Everything else then goes on."
        }
        Code::WaySwitchedOff => "Sign in another way: `GET /v1/auth/ways` says which there are.",
        Code::Forbidden => "Ask somebody whose role may do it. The specification says of each request whose it is.",
        Code::OpenidFailed => {
            "Begin again at `/v1/auth/openid/{provider}`, and come back in the same browser within ten minutes, with cookies allowed."
        }
        Code::OpenidRefused => {
            "Begin again and agree at the provider, or sign in another way. The detail has the provider's own word for the reason."
        }
        Code::OpenidNotBelieved => {
            "Begin again. Where it stays so, tell whoever runs the service: the provider's settings do not fit, and the logs have the reason. Sign in another way meanwhile."
        }
        Code::OpenidUnavailable => "Sign in another way, or try again as `Retry-After` says.",
        Code::ScopeMissing => {
            "Use an API key of a scope that the detail names. The specification says of each request, as `x-scopes`, which may do it; what none may is for people who sign in."
        }
        Code::AskTheHub => {
            "Ask the hub to make the change: what the hub agreed to when it published the event, and limits that protect a school, are changed by the hub alone."
        }
        Code::NotFound => {
            "Check the path and the id. What belongs to another hub, school or person is answered in the same way as what is not there."
        }
        Code::MethodNotAllowed => "Use one of the methods in the header `Allow`.",
        Code::NoFont => {
            "Ask for JSON instead, or have the operator give the service a folder of fonts that have the letters of the name: `--fonts FOLDER`, or HUB_CREDITS_FONTS. Noto has a font for every script."
        }
        Code::Duplicate => "Use the one that is there, or another name, number or date.",
        Code::IdempotencyKeyInFlight => {
            "Wait for the first request with this key, or send the same request again in a moment: it then gets the same answer."
        }
        Code::InvalidTransition => "Read the record again: its state has changed, or does not lead there.",
        Code::InsufficientCredits => {
            "Reduce the amount, or have the credits allocated, bought or given first. The detail says how many are missing."
        }
        Code::AmountTooLarge => {
            "Bring less into circulation: all that a hub has issued and sold, of all years, comes to 9999999999.99 credits at most. Check the amount for a digit too many."
        }
        Code::AlreadyReversed => "Nothing: the transaction has been undone. The detail names what undid it.",
        Code::NotReversible => "Use the command that undoes it: cancel the booking, or call the event off.",
        Code::ReversalOfReversal => "Do again what was reversed, as a new sale, gift, correction or allocation.",
        Code::NothingEarned => "Choose a later day, or wait until the partner has earned more than was corrected.",
        Code::SettlementCancelled => {
            "Make a statement again: what was on the one that was cancelled is on the new one."
        }
        Code::SettlementPaid => {
            "Look at its payments. One that the bank returned is undone by reversing its transaction."
        }
        Code::PaysTooMuch => "Pay at most what is left: the detail says how much.",
        Code::OwedLess => {
            "Pay what is owed still, and the rest once the partner has earned more; or reverse what was paid of the statement, cancel it, and make it again with the corrections on it."
        }
        Code::OfferClosed => "Make a new offer: what is closed stays as it was.",
        Code::DaysAgreed => "Offer at least as many days as are agreed: the detail says how many.",
        Code::OwnOffer => "Nothing: the school has what it offers. Another school writes to it.",
        Code::AlreadyComplained => "Nothing: the hub's managers were told, and read the conversation.",
        Code::EventNotOpen => {
            "Look at the event's state, `opens_at` and `closes_at`, and book while it takes bookings."
        }
        Code::EventStarted => "Choose another event: this one has begun.",
        Code::QuoteExpired => "Ask for a new quote, look at what it says, and send that.",
        Code::QuoteOver => "Read the quotes of the commission again, and agree the one that is offered.",
        Code::AlreadyAgreed => "Nothing: it waits for the other side, or for your school's second person.",
        Code::TooFewDays => "Quote fewer days, or have the provider offer more days in the year.",
        Code::OfferNotOpen => "Ask the provider to open the offer again, or request the support without it.",
        Code::TooManyDays => "Deliver at most the days that were agreed, or propose a variation with more.",
        Code::SplitDoesNotSum => {
            "Divide the price of the milestone into two parts that come to it. The detail says what it is."
        }
        Code::CasesClosed => "Offer the other side a split, or wait for the hub's decision.",
        Code::CasesOpen => "Decide when both sides have stated their case, or when their time is over.",
        Code::NothingKept => "Nothing: everything was given back already.",
        Code::EventNotOver => "Wait for the end of the event's last session.",
        Code::RegisterNotOpen => "Keep the register from the day of the session on, until the event is completed.",
        Code::RegisterIncomplete => "Mark the delegates who have no mark, or say what missing marks are to be.",
        Code::AlreadyBooked => "Look at the person's bookings: one of them is on this event.",
        Code::SchoolLeft => "Choose another date, or ask the hub whether the school's membership goes on.",
        Code::SchoolSucceeded => "Use the school that took its place.",
        Code::EventFull => {
            "Book fewer places, choose another run, or book with `best_effort` or alone to join the waiting list."
        }
        Code::NotInAudience => "Look at the event's `admission`: it says which phases and roles it is for.",
        Code::SchoolLimit => "Give up one of the school's places on the event first, or ask the hub for more.",
        Code::Clash => "Give up the other place, or send `allow_clash` where the person can be at both.",
        Code::TicketNotUsable => "Use another ticket, or book without one: this one is used, revoked or expired.",
        Code::TicketDoesNotCover => "Choose a programme that the ticket's type covers, or book without the ticket.",
        Code::TicketNotNeeded => "Book without the ticket, and keep it for a place that costs something.",
        Code::CapacityBelowHeld => "Choose a capacity that is no lower than the places held, or cancel bookings first.",
        Code::YearClosed => "Open the academic year, or use one that is open. A closed year takes no new postings.",
        Code::YearNotOver => "Wait for the year's last day, 31 August.",
        Code::EarlierYearOpen => "Close the earlier academic years first.",
        Code::NextYearNotOpen => "Open the next academic year first: what is carried goes there.",
        Code::OpenHolds => {
            "Decide on the bookings that hold credits, or close the year with `open_holds` saying what becomes of them."
        }
        Code::MissingRolls => "Enter a roll on the census date for every school that `errors` names.",
        Code::PoolNotPositive => "Send a pool of more than zero, or funding that pays for one step at least.",
        Code::StepDoesNotDivide => "Send a pool that is a multiple of the step, or a smaller step.",
        Code::FloorsOverPool => "Lower the floor or raise the pool, by what the detail says.",
        Code::CapsUnderPool => "Raise the cap or lower the pool, by what the detail says.",
        Code::NoSchools => "Add schools that are members in the academic year.",
        Code::NoPupils => "Enter rolls with pupils, or give a weight above zero to some phase.",
        Code::AllocationOutdated => "Compute the draft again, look at it, and approve that.",
        Code::NothingToAdjust => "Nothing: every school has what it should have.",
        Code::ShortfallsUndecided => {
            "Say in `shortfalls` what becomes of credits that schools have spent: left to them, or deducted from a later allocation."
        }
        Code::OwnRequest => "Ask the lead, or another who may approve for the school.",
        Code::FourEyes => {
            "Have somebody else agree to it: another manager of the hub, or another person of the school. The detail says who counts."
        }
        Code::NotAttended => "Wait until the event is completed, or ask its provider to correct the register.",
        Code::EvaluationRequired => "Give the evaluation of the event; the certificate is there then.",
        Code::EvaluationSettled => "Nothing: the time in which it could be changed is over.",
        Code::LastManager => "Name or enable another manager of the hub first, then disable this one.",
        Code::SignsIn => {
            "Nothing: the person gets in by their own means. The operator can make a token on the machine that runs the service."
        }
        Code::InUse => "Undo what depends on it first; `errors` names it.",
        Code::Stale => "Read the record again, look at what has changed, and send the change with its new ETag.",
        Code::IfMatchRequired => "Read the record, and send its ETag as `If-Match`.",
        Code::BodyTooLarge => "Send less at once: 1 MiB of JSON or 16 MiB of a file at most.",
        Code::UnsupportedMediaType => "Send the content type that the specification names, without Content-Encoding.",
        Code::IdempotencyKeyReused => "Use a new `Idempotency-Key` for each new request.",
        Code::TooManyRequests => "Wait as long as `Retry-After` says.",
        Code::Internal => {
            "Try again later. Give the `request_id` to whoever runs the service: the logs have the reason."
        }
        Code::Unavailable => "Try again as `Retry-After` says: nothing was done.",
        Code::TimedOut => {
            "Read what has become of it before you try again, or try again with the same `Idempotency-Key`."
        }
    }
}

#[derive(Template)]
#[template(path = "problem.html")]
struct Page {
    title: &'static str,
    code: Code,
    status: u16,
    advice: &'static str,
}

#[derive(Template)]
#[template(path = "problems.html")]
struct Index {
    codes: Vec<Page>,
}

fn page(code: Code) -> Page {
    Page { title: code.title(), code, status: code.status().as_u16(), advice: advice(code) }
}

async fn one(code: web::Path<String>) -> Answer {
    let code = Code::parse(&code).map_err(|_| Problem::new(Code::NotFound, "no problem has this code"))?;
    html(&page(code))
}

async fn all() -> Answer {
    html(&Index { codes: Code::ALL.iter().copied().map(page).collect() })
}

fn html(page: &impl Template) -> Answer {
    let text = page.render().map_err(|error| {
        tracing::error!(%error, "a page could not be made");
        Problem::new(Code::Internal, "something went wrong here; the request id finds it in the logs")
    })?;
    let mut response = HttpResponse::Ok();
    response.insert_header((header::CACHE_CONTROL, "public, max-age=3600"));
    response.insert_header((header::CONTENT_SECURITY_POLICY, headers::PAGE));
    Ok(response.content_type("text/html; charset=utf-8").body(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::codes::page_of;

    #[test]
    fn every_code_has_a_page_that_says_what_it_means_and_what_to_do() {
        let index = Index { codes: Code::ALL.iter().copied().map(page).collect() }.render().unwrap();
        for code in Code::ALL {
            assert!(advice(*code).ends_with('.'), "{code}");
            let page = page(*code).render().unwrap();
            assert!(page.contains(code.as_str()) && page.contains("What to do"), "{page}");
            assert!(index.contains(&format!("href=\"{}\"", page_of(*code))), "{code}");
        }
    }
}
