//! The tags: groups of requests, as the specification describes them.

/// What the requests with a tag are about.
pub(super) fn described(tag: &str) -> &'static str {
    match tag {
        "webhooks" => "Other systems that are sent the hub's changes, signed, and what came of it.",
        "adjustments" => "Corrections of balances by hand, with a reason, and their approval by a second person.",
        "allocations" => {
            "The division of a pool of credits over the hub's schools: drafted, compared, approved, adjusted, reversed."
        }
        "api-keys" => "Keys by which programs call, each with the rights of a person as far as its scope goes.",
        "announcements" => "What the hub writes to the delegates of an event, or to the CPD leads of schools.",
        "approvals" => {
            "Requests that wait for a school's decision, who decides in its lead's place, and what passes without."
        }
        "audit" => "Who did what to what, when and from where: kept, never changed, for the hub manager to search.",
        "bookings" => "Places on events: asked for, approved, cancelled, passed on, waited for.",
        "calendars" => "Events and bookings for calendar programs (RFC 5545).",
        "certificates" => "Certificates of attendance, and the public check of their numbers.",
        "changes" => "Everything that happened in the hub, in order, for programs that follow it.",
        "cpd" => "What a person has attended, by academic year, with its hours.",
        "evaluations" => "What delegates thought of events, and its summary.",
        "commissions" => {
            "Support that a school commissions from another school or a partner: quotes, milestones, visits, disputes."
        }
        "conversations" => "What a school and the provider of an offer write to each other.",
        "events" => {
            "Dated, bookable runs of programmes, with their sessions: prepared, published, completed, called off."
        }
        "hub" => "The hub's settings, and the hubs of the deployment.",
        "ledger" => "Accounts, transactions, balances, exports and the proof of the double-entry ledger.",
        "needs" => "Access and dietary needs: written by a person, read by those who run the events they go to.",
        "letters" => "What is sent by e-mail, what has become of it, and why.",
        "newsletter" => {
            "The hub's weekly newsletter: when it is sent, its issues, and whom outside the hub it goes to."
        }
        "notices" => "What the service tells a person, and what of it they have read.",
        "offers" => "What schools and partners can do for others: expertise, facilities, activities.",
        "partners" => "Outside organisations that give programmes.",
        "people" => "Those who sign in: their roles, invitations, and leaving.",
        "priorities" => "The lines of the Hub Action Plan that programmes serve.",
        "programmes" => "What the hub, its schools and its partners offer.",
        "rate-card" => {
            "What specialists are paid unless an offer says otherwise, and what the hub keeps of a commission."
        }
        "registers" => "Who came to each session, and check-in at the door.",
        "rolls" => "Pupils on roll at each school on each census date.",
        "saved-filters" => "What somebody looks for in the catalogue, and whether they are told of what is new of it.",
        "schools" => "The hub's schools, their identifiers, wallets, statements and successors.",
        "service" => "Health and public keys: what belongs to no hub.",
        "settlements" => "What partners have earned, and what they were paid for it.",
        "sign-in" => "Signing in and out, and whatever somebody signs in by.",
        "tickets" => "Named free places that the hub pays for, and their types.",
        "top-ups" => "Credits sold to schools by an invoice.",
        "transfers" => "Credits given by one school to another.",
        "years" => "Academic years: opened, closed, and what is carried over.",
        _ => "",
    }
}
