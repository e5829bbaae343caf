//! What is held on a person, section by section: which columns name them, and the statement that reads what those rows
//! say. A test of the house asks the catalogue for every column that can name a person, and fails where one is neither
//! here nor excused.

/// A part of what is held on a person.
#[derive(Debug)]
pub struct Section {
    /// Its name, as JSON has it.
    pub name: &'static str,
    /// Its heading on a page.
    pub heading: &'static str,
    /// The columns that name the person, as `table.column`.
    pub names: &'static [&'static str],
    /// Reads it, of the hub `$1` and the person `$2`.
    pub(super) statement: &'static str,
}

/// The section of what they thought of events.
pub(super) const EVALUATIONS: &str = "evaluations";

/// Every section, in the order in which it is handed out.
pub const SECTIONS: &[Section] = &[
    Section {
        name: "record",
        heading: "Record",
        names: &["people.id"],
        statement: "SELECT p.id, p.name, p.email, p.role, s.name AS school, r.name AS partner, p.created_at, p.signed_in_at, p.disabled_at, p.erased_at
             FROM people p
             LEFT JOIN schools s ON s.hub_id = p.hub_id AND s.id = p.school_id
             LEFT JOIN partners r ON r.hub_id = p.hub_id AND r.id = p.partner_id
             WHERE p.hub_id = $1 AND p.id = $2",
    },
    Section {
        name: "earlier_records",
        heading: "Records that were merged into this one",
        names: &["merged_people.person_id", "merged_people.old_id"],
        statement: "SELECT m.old_id AS id, m.merged_at FROM merged_people m
             WHERE m.hub_id = $1 AND (m.person_id = $2 OR m.old_id = $2) ORDER BY m.old_id",
    },
    Section {
        name: "bookings",
        heading: "Bookings",
        names: &["bookings.person_id"],
        statement: "SELECT b.id, e.title AS event, e.starts_at, e.ends_at, s.name AS school, b.state, b.price, b.held, b.requested_at, b.approved_at, b.ended_at, r.reason AS declined_because
             FROM bookings b
             LEFT JOIN decline_reasons r ON r.hub_id = b.hub_id AND r.booking_id = b.id
             JOIN events e ON e.hub_id = b.hub_id AND e.id = b.event_id
             JOIN schools s ON s.hub_id = b.hub_id AND s.id = b.school_id
             WHERE b.hub_id = $1 AND b.person_id = $2 ORDER BY b.id",
    },
    Section {
        name: "bookings_handed_on",
        heading: "Bookings that somebody else took over",
        names: &["handed_on.person_id"],
        statement: "SELECT h.booking_id, e.title AS event, h.handed_on_at
             FROM handed_on h
             JOIN bookings b ON b.hub_id = h.hub_id AND b.id = h.booking_id
             JOIN events e ON e.hub_id = b.hub_id AND e.id = b.event_id
             WHERE h.hub_id = $1 AND h.person_id = $2 ORDER BY h.handed_on_at, h.booking_id",
    },
    Section {
        name: "attendance",
        heading: "Attendance",
        names: &[],
        statement: "SELECT e.title AS event, n.title AS session, n.starts_at, m.mark, m.minutes, m.way, m.marked_at
             FROM bookings b
             JOIN register_marks m ON m.hub_id = b.hub_id AND m.event_id = b.event_id AND m.booking_id = b.id
             JOIN events e ON e.hub_id = b.hub_id AND e.id = b.event_id
             JOIN sessions n ON n.hub_id = m.hub_id AND n.id = m.session_id
             WHERE b.hub_id = $1 AND b.person_id = $2 ORDER BY n.starts_at, m.revision",
    },
    Section {
        name: "certificates",
        heading: "Certificates",
        names: &["certificates.person_id"],
        statement: "SELECT c.number, c.person_name, c.school_name, c.programme_title, c.event_title, c.provider_name, c.starts_on, c.ends_on, c.sessions, c.sessions_attended, c.minutes, c.issued_at, c.reissued_at, c.withdrawn_at
             FROM certificates c WHERE c.hub_id = $1 AND c.person_id = $2 ORDER BY c.issued_at, c.number",
    },
    Section {
        name: EVALUATIONS,
        heading: "Evaluations",
        names: &[],
        statement: "SELECT e.title AS event, v.rating, v.comment, v.given_at
             FROM bookings b
             JOIN evaluations v ON v.hub_id = b.hub_id AND v.booking_id = b.id
             JOIN events e ON e.hub_id = b.hub_id AND e.id = b.event_id
             WHERE b.hub_id = $1 AND b.person_id = $2 ORDER BY v.given_at, v.booking_id",
    },
    Section {
        name: "refunds_with_reasons",
        heading: "Reasons of refunds",
        names: &[],
        statement: "SELECT e.title AS event, t.effective_on, m.memo AS reason
             FROM bookings b
             JOIN transactions t ON t.hub_id = b.hub_id AND t.source_id = b.id AND t.source_kind = 'booking'
             JOIN transaction_memos m ON m.hub_id = t.hub_id AND m.transaction_id = t.id
             JOIN events e ON e.hub_id = b.hub_id AND e.id = b.event_id
             WHERE b.hub_id = $1 AND b.person_id = $2 AND m.memo <> '' ORDER BY t.sequence",
    },
    Section {
        name: "tickets",
        heading: "Tickets",
        names: &["tickets.person_id"],
        statement: "SELECT t.id, y.name AS ticket_type, t.state, t.valid_until, t.booking_id, t.issued_at, t.returned_at, t.revoked_at, t.revoked_because
             FROM tickets t JOIN ticket_types y ON y.hub_id = t.hub_id AND y.id = t.type_id
             WHERE t.hub_id = $1 AND t.person_id = $2 ORDER BY t.id",
    },
    Section {
        name: "notices",
        heading: "Notices",
        names: &["notices.person_id"],
        statement: "SELECT n.kind, e.title AS event, n.subject, n.told_at, n.due_at, n.read_at
             FROM notices n LEFT JOIN events e ON e.hub_id = n.hub_id AND e.id = n.event_id
             WHERE n.hub_id = $1 AND n.person_id = $2 ORDER BY n.id",
    },
    Section {
        name: "letter_choices",
        heading: "What they want by e-mail",
        names: &["letter_choices.person_id"],
        statement: "SELECT c.topic, c.way, c.chosen_at FROM letter_choices c WHERE c.hub_id = $1 AND c.person_id = $2 ORDER BY c.topic",
    },
    Section {
        name: "quiet_hours",
        heading: "When they want no e-mail, in minutes from midnight",
        names: &["letter_quiet_hours.person_id"],
        statement: "SELECT q.begins, q.ends FROM letter_quiet_hours q WHERE q.hub_id = $1 AND q.person_id = $2",
    },
    Section {
        name: "letters",
        heading: "Letters by e-mail",
        names: &["letters.person_id"],
        statement: "SELECT l.kind, l.address, l.state, l.reason, l.written_at, l.ended_at
             FROM letters l WHERE l.hub_id = $1 AND l.id IN (
                 SELECT t.id FROM letters t WHERE t.hub_id = $1 AND t.person_id = $2 AND (t.state <> 'waiting' OR t.tries > 0)
                 UNION ALL
                 SELECT u.id FROM letters u WHERE u.hub_id = $1 AND u.state = 'waiting' AND u.person_id = $2 AND u.tries = 0)
             ORDER BY l.id",
    },
    Section {
        name: "notices_about_them",
        heading: "Notices to others about them",
        names: &["notices.about_id"],
        statement: "SELECT n.kind, n.told_at FROM notices n WHERE n.hub_id = $1 AND n.about_id = $2 ORDER BY n.id",
    },
    Section {
        name: "saved_filters",
        heading: "Filters of the catalogue that they saved",
        names: &["saved_filters.person_id"],
        statement: "SELECT f.name, f.text, f.kind, f.phase, p.name AS priority, f.from_month, f.to_month, f.places_left, f.free, f.alert, f.saved_at
             FROM saved_filters f LEFT JOIN priorities p ON p.hub_id = f.hub_id AND p.id = f.priority_id
             WHERE f.hub_id = $1 AND f.person_id = $2 ORDER BY f.name_key",
    },
    Section {
        name: "deputations",
        heading: "Times as a deputy",
        names: &["deputies.person_id"],
        statement: "SELECT s.name AS school, d.starts_on, d.ends_on, d.named_at
             FROM deputies d JOIN schools s ON s.hub_id = d.hub_id AND s.id = d.school_id
             WHERE d.hub_id = $1 AND d.person_id = $2 ORDER BY d.id",
    },
    Section {
        name: "sessions_hosted",
        heading: "Sessions whose register they keep",
        names: &["sessions.host_id"],
        statement: "SELECT e.title AS event, n.title AS session, n.starts_at
             FROM sessions n JOIN events e ON e.hub_id = n.hub_id AND e.id = n.event_id
             WHERE n.hub_id = $1 AND n.host_id = $2 ORDER BY n.starts_at, n.id",
    },
    Section {
        name: "messages",
        heading: "Messages in conversations",
        names: &["conversation_messages.person_id"],
        statement: "SELECT c.subject, m.words, m.sent_at
             FROM conversation_messages m
             JOIN conversations c ON c.hub_id = m.hub_id AND c.id = m.conversation_id
             WHERE m.hub_id = $1 AND m.person_id = $2 ORDER BY m.id",
    },
    Section {
        name: "invitations",
        heading: "Invitations",
        names: &["invitations.person_id"],
        statement: "SELECT i.created_at, i.expires_at, i.used_at FROM invitations i
             WHERE i.hub_id = $1 AND i.person_id = $2 ORDER BY i.id",
    },
    Section {
        name: "address_asked_for",
        heading: "Address asked for",
        names: &["address_changes.person_id"],
        statement: "SELECT a.email, a.asked_at, a.expires_at FROM address_changes a WHERE a.hub_id = $1 AND a.person_id = $2",
    },
    Section {
        name: "calendar_link",
        heading: "Link of their calendar",
        names: &["calendar_links.person_id"],
        statement: "SELECT c.created_at FROM calendar_links c WHERE c.hub_id = $1 AND c.person_id = $2",
    },
    Section {
        name: "calendar_invitations",
        heading: "What they were last sent of each session for their calendar",
        names: &["calendar_invitations.person_id"],
        statement: "SELECT i.title, i.starts_at, i.ends_at, i.place, i.invited, i.told_at
             FROM calendar_invitations i WHERE i.hub_id = $1 AND i.person_id = $2 ORDER BY i.starts_at, i.session_id",
    },
    Section {
        name: "api_keys",
        heading: "API keys that act for them",
        names: &["api_keys.person_id"],
        statement: "SELECT k.id, k.name, k.scope, k.created_at, k.expires_at, k.last_used_at, k.revoked_at
             FROM api_keys k WHERE k.hub_id = $1 AND k.person_id = $2 ORDER BY k.id",
    },
    Section {
        name: "audit",
        heading: "What the audit has of them",
        names: &["audit.person_id"],
        statement: "SELECT a.at, a.act, a.outcome, a.target, a.detail, a.address, a.agent
             FROM audit a WHERE a.hub_id = $1 AND a.person_id = $2 ORDER BY a.at, a.id",
    },
    Section {
        name: "answers_kept",
        heading: "Answers kept for repeated requests, for two days",
        names: &["idempotency_keys.person_id"],
        statement: "SELECT k.route, k.created_at FROM idempotency_keys k WHERE k.hub_id = $1 AND k.person_id = $2 ORDER BY k.created_at, k.key",
    },
];

/// Columns that can name a person and are not handed out, each with its reason.
pub const EXCUSED: &[(&str, &str)] = &[(
    "needs.person_id",
    "handed out to themselves in a section of its own, opened with the key of the service; to others, that there are some",
)];

/// Tables of the deployment that hold something of whoever signs in by an address: handed out to themselves alone, since
/// a login opens other hubs too; or why not at all.
pub const OF_SIGN_IN: &[(&str, &str)] = &[
    ("logins", "handed out to themselves"),
    ("login_sessions", "handed out to themselves"),
    ("recovery_codes", "digests of secrets, and nothing else"),
    ("refresh_tokens", "digests of secrets, and nothing else"),
    ("login_links", "digests of secrets, and nothing else"),
    ("known_browsers", "digests of secrets, and nothing else"),
    ("openid_subjects", "an identity provider's own name for them, which means nothing but to it"),
    ("audit", "handed out as what the audit has of them"),
    ("sign_in_tries", "digests that tell nobody whose they are, for a while"),
];
