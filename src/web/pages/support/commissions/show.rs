//! The page of a commission: what is next, what was agreed, the credits, and what the sides told each other.

use askama::Template;
use chrono::{DateTime, Utc};

use super::next::{Act, Who, base, next};
use super::views::{MilestoneView, MoveRow, QuoteView, ReviewView, Said, VisitView, terms_of_cancelling};
use crate::base::credits::Credits;
use crate::base::db::Tx;
use crate::base::ids::{CommissionId, HubId, QuestionId};
use crate::base::text::Line;
use crate::members::people::Role;
use crate::members::{partners, schools};
use crate::programme::programmes::priorities;
use crate::support::commissions::{
    self, Commission, Dispute, Milestone, MilestoneState, Move, Party, Provider, Question, Quote, Review, Visit,
    disputes,
};
use crate::support::rate_card::BorneBy;
use crate::web::call::{Call, Caller};
use crate::web::in_sight::reach;
use crate::web::pages::form::Filled;
use crate::web::pages::labels::Labelled;
use crate::web::pages::list_query::{asked_for, place_after};
use crate::web::pages::router::Pages;
use crate::web::pages::shell::{Shell, page};
use crate::web::pages::words;
use crate::web::problem::{Answer, Problem};
use crate::web::reply::{Limit, next_page};
use crate::web::roles::ACCOUNT_HOLDERS;

pub(super) fn pages(pages: &mut Pages<'_>) {
    pages.get("/support/commissions/{id}", ACCOUNT_HOLDERS, show);
}

/// Which page of the questions.
#[derive(Default, eserde::Deserialize)]
struct Query {
    after: Option<String>,
}

#[derive(Template)]
#[template(path = "pages/support/commissions/show.html")]
struct Page {
    shell: Shell,
    filled: Filled,
    path: String,
    title: String,
    brief: String,
    state: &'static str,
    tone: &'static str,
    says: Vec<String>,
    acts: Vec<Act>,
    facts: Vec<(&'static str, String)>,
    offer: Option<(String, String)>,
    figures: Vec<(&'static str, String)>,
    quotes: Vec<QuoteView>,
    milestones: Vec<MilestoneView>,
    moves: Vec<MoveRow>,
    visits: Vec<VisitView>,
    visits_file: String,
    said: Vec<Said>,
    later: Option<String>,
    writes: bool,
    providers: Vec<(String, String)>,
    reviews: Vec<ReviewView>,
}

async fn show(call: Call) -> Answer {
    let caller = call.allow()?;
    show_with(&caller, Filled::default()).await
}

/// Who looks at a commission.
pub(super) fn who(caller: &Caller, of: &Commission) -> Result<Who, Problem> {
    let reach = reach(caller)?;
    Ok(Who { reach, party: of.party(reach), acts: caller.role() != Role::HubViewer })
}

/// The page, with what stands in the form for a question.
pub(super) async fn show_with(caller: &Caller, filled: Filled) -> Answer {
    let Query { after } = asked_for(caller)?;
    let mut tx = caller.read().await?;
    let (hub, reach) = (caller.hub(), reach(caller)?);
    let whole = commissions::get(&mut tx, hub, caller.id("id")?).await?.ok_or_else(Problem::not_found)?;
    let quotes = commissions::quotes(&mut tx, hub, &whole, reach).await?;
    let Some(of) = whole.clone().seen_by(reach) else {
        // Whoever quoted, and was not agreed with, reads their own quote still.
        return if quotes.is_empty() { Err(Problem::not_found()) } else { quoted_once(caller, tx, &quotes).await };
    };
    let who = who(caller, &of)?;
    let Records { milestones, disputes, moves, visits, reviews } = Records::of(&mut tx, hub, of.id, who.party).await?;
    let closed = not_now(&of, &disputes, caller.now());
    let next = next(who, &of, &quotes, (&milestones, &disputes)).without(&closed);
    let (limit, after) = (Limit::default(), place_after::<QuestionId>(caller, after.as_deref()));
    let mut questions = commissions::questions(&mut tx, hub, &of, reach, after, limit.and_one()).await?;
    let later = next_page(&mut questions, limit, caller.uri(), |last| last.id);
    let quoted = newest_first(&mut tx, hub, &quotes, who).await?;
    let facts = facts(caller, &mut tx, &of).await?;
    let offer = match of.offer_id {
        Some(offer) => crate::support::offers::get(&mut tx, hub, offer).await?,
        None => None,
    };
    let names = providers(caller, &mut tx, &of, &quotes, &questions).await?;
    drop(tx);
    let writes = match who.party {
        Some(Party::Buyer) => !names.is_empty(),
        Some(Party::Hub) => false,
        Some(Party::Provider) | None => true,
    };
    let chooses = who.party == Some(Party::Buyer) && of.provider().is_none();
    let template = Page {
        shell: Shell::of(caller, of.title.as_str(), "/support").await?,
        filled,
        path: base(&of),
        title: of.title.as_str().to_owned(),
        brief: of.brief.as_str().to_owned(),
        state: of.state.label(),
        tone: of.state.tone(),
        says: next.says,
        acts: next.acts,
        facts,
        offer: offer.map(|one| (format!("/support/offers/{}", one.id), one.details.title.as_str().to_owned())),
        figures: figures(&of, &milestones),
        quotes: quoted,
        milestones: milestones
            .iter()
            .map(|milestone| MilestoneView::of(milestone, who, &of, (&disputes, &moves)).without(&closed))
            .collect(),
        moves: rows(&moves, who),
        visits: visits.iter().map(VisitView::of).collect(),
        visits_file: format!("/files/commissions/{}/visits", of.id),
        said: questions.iter().map(|question| Said::of(question, who, &of, &names)).collect(),
        later,
        writes,
        providers: if chooses { names.iter().map(choice).collect() } else { Vec::new() },
        reviews: reviews.iter().map(|review| ReviewView::of(review, &of)).collect(),
    };
    page(caller, &template).await
}

/// What moved the credits. The provider reads what each part came to, and not how the buyer's credits moved.
fn rows(moves: &[Move], who: Who) -> Vec<MoveRow> {
    let sees = matches!(who.party, Some(Party::Buyer | Party::Hub));
    moves.iter().filter(|_| sees).map(MoveRow::of).collect()
}

/// What the sides recorded of a commission, as far as a reader sees it.
#[derive(Default)]
struct Records {
    milestones: Vec<Milestone>,
    disputes: Vec<Dispute>,
    moves: Vec<Move>,
    visits: Vec<Visit>,
    reviews: Vec<Review>,
}

impl Records {
    /// The sides and the hub see what was recorded.
    async fn of(tx: &mut Tx, hub: HubId, id: CommissionId, party: Option<Party>) -> Result<Records, Problem> {
        if party.is_none() {
            return Ok(Records::default());
        }
        Ok(Records {
            milestones: commissions::milestones(tx, hub, id).await?,
            disputes: disputes::list(tx, hub, id).await?,
            moves: commissions::moves(tx, hub, id).await?,
            visits: commissions::visits(tx, hub, id, None, 200).await?,
            reviews: commissions::reviews(tx, hub, id).await?,
        })
    }
}

#[derive(Template)]
#[template(path = "pages/support/commissions/quoted_once.html")]
struct QuotedOnce {
    shell: Shell,
    quotes: Vec<QuoteView>,
}

async fn quoted_once(caller: &Caller, mut tx: Tx, quotes: &[Quote]) -> Answer {
    let who = Who { reach: reach(caller)?, party: None, acts: false };
    let quotes = newest_first(&mut tx, caller.hub(), quotes, who).await?;
    drop(tx);
    let shell = Shell::of(caller, "What we quoted", "/support").await?;
    page(caller, &QuotedOnce { shell, quotes }).await
}

/// The pages on which the hub would decide disputes that it can't decide yet, or a side state a case that is not heard any
/// more.
fn not_now(of: &Commission, disputes: &[Dispute], now: DateTime<Utc>) -> Vec<String> {
    let what = |dispute: &Dispute| if now < dispute.cases_until { "resolve" } else { "state-case" };
    let closed = disputes.iter().filter(|dispute| now >= dispute.cases_until || !dispute.is_heard(now));
    closed.map(|dispute| format!("{}/milestones/{}/{}", base(of), dispute.milestone, what(dispute))).collect()
}

/// The quotes with their milestones, the newest first.
async fn newest_first(tx: &mut Tx, hub: HubId, quotes: &[Quote], who: Who) -> Result<Vec<QuoteView>, Problem> {
    let mut views = Vec::new();
    for quote in quotes.iter().rev() {
        let terms = commissions::terms(tx, hub, quote.id).await?;
        views.push(QuoteView::of(quote, &terms, who));
    }
    Ok(views)
}

async fn facts(caller: &Caller, tx: &mut Tx, of: &Commission) -> Result<Vec<(&'static str, String)>, Problem> {
    let priority = match of.priority_id {
        Some(id) => priorities::get(tx, caller.hub(), id).await?.map(|priority| priority.name.as_str().to_owned()),
        None => None,
    };
    let provider = of.provider_name.as_ref().map_or("Open to every school and partner", Line::as_str);
    let mut all = vec![
        ("Buys", Some(of.buyer_name.as_str().to_owned())),
        ("Provides", Some(provider.to_owned())),
        ("Asked for on", Some(words::day_of(of.requested_at))),
        ("Means to spend", of.budget.map(words::credits)),
        ("Action Plan", priority),
    ];
    match of.agreed_at {
        None => all.push(("Quotes until", Some(words::day(of.answer_by)))),
        Some(agreed) => {
            all.push(("Agreed on", Some(words::day_of(agreed))));
            all.push(("Paid from the credits of", of.year.map(|year| year.as_str())));
            all.push(("If it is cancelled", Some(terms_of_cancelling(of.notice_days, of.kept_percent))));
            if !of.brokerage_share.is_zero() {
                let (share, whole) = (words::amount(of.brokerage_share), words::credits(of.brokerage_of));
                let by = match of.borne_by {
                    BorneBy::Provider => "it comes out of what the provider is paid",
                    BorneBy::Buyer => "the buyer pays it on top of the price",
                };
                all.push(("The hub keeps", Some(format!("{share} of every {whole}: {by}"))));
            }
        }
    }
    if let Some(ended) = of.ended_at {
        all.push(("Ended on", Some(words::day_of(ended))));
        all.push(("Because", of.ended_because.as_ref().map(|because| because.as_str().to_owned())));
    }
    Ok(all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect())
}

/// What was agreed for how much, and what has become of it: the parts that a change replaced are not counted.
fn figures(of: &Commission, milestones: &[Milestone]) -> Vec<(&'static str, String)> {
    if of.agreed_at.is_none() {
        return Vec::new();
    }
    let agreed = milestones.iter().filter(|milestone| milestone.state != MilestoneState::Replaced);
    let agreed: Credits = agreed.map(|milestone| milestone.terms.price).sum();
    let paid = of.brokerage().paid(Credits::ZERO, of.settled);
    let of_hub = !paid.hub.is_zero();
    [
        ("Price agreed", agreed, true),
        ("Of it not to be paid any more", agreed - of.committed, agreed != of.committed),
        ("Paid for", of.settled, true),
        ("Went to the provider", paid.provider, of_hub),
        ("Went to the hub", paid.hub, of_hub),
        ("Set aside for the rest", of.held, true),
    ]
    .into_iter()
    .filter(|(_, _, said)| *said)
    .map(|(name, credits, _)| (name, words::amount(credits)))
    .collect()
}

/// The providers that quoted, asked or were asked, with their names.
async fn providers(
    caller: &Caller,
    tx: &mut Tx,
    of: &Commission,
    quotes: &[Quote],
    questions: &[Question],
) -> Result<Vec<(Provider, String)>, Problem> {
    let asked = of.provider().zip(of.provider_name.as_ref());
    let quoted = quotes.iter().filter_map(|quote| Some((quote.provider()?, &quote.provider_name)));
    let known = asked.into_iter().chain(quoted).map(|(provider, name)| (provider, name.as_str().to_owned()));
    let mut all: Vec<(Provider, String)> = Vec::new();
    for (provider, name) in known {
        if !all.iter().any(|(known, _)| *known == provider) {
            all.push((provider, name));
        }
    }
    for question in questions {
        let provider = Provider::of(question.provider_school_id, question.provider_partner_id);
        let Some(provider) = provider.filter(|one| !all.iter().any(|(known, _)| known == one)) else { continue };
        let name = match provider {
            Provider::School(school) => schools::get(tx, caller.hub(), school).await?.map(|one| one.details.name),
            Provider::Partner(partner) => partners::get(tx, caller.hub(), partner).await?.map(|one| one.name),
        };
        all.extend(name.map(|name| (provider, name.as_str().to_owned())));
    }
    Ok(all)
}

/// A provider as it is chosen from a list.
fn choice((provider, name): &(Provider, String)) -> (String, String) {
    let value = match provider {
        Provider::School(school) => format!("school:{school}"),
        Provider::Partner(partner) => format!("partner:{partner}"),
    };
    (value, name.clone())
}
