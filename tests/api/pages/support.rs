//! Support from school to school: offers, what schools write to each other, commissions with their next step.

use serde_json::{Value, json};

use super::says;
use crate::both_engines;
use crate::support::{Tab, TestHub, at, filled, new_offer, rate_card};

both_engines!(
    an_offer_is_made_once_found_and_withdrawn,
    what_is_written_about_an_offer_is_read_by_the_other_side,
    a_commission_goes_from_the_request_to_the_review,
    what_is_asked_of_all_is_found_by_whoever_can_quote,
    a_refused_quote_keeps_what_was_typed,
    a_dispute_is_decided_by_a_manager_and_what_is_stuck_is_found,
    a_quote_says_what_of_it_the_provider_gets,
    a_dispute_is_settled_by_the_two_with_what_each_gets,
    notices_of_support_say_who_which_part_and_how_much,
    the_rate_card_is_set_as_a_whole,
    others_do_not_see_or_do_it,
);

fn id(of: &Value) -> &str {
    of["id"].as_str().unwrap()
}

async fn an_offer_is_made_once_found_and_withdrawn(hub: TestHub) {
    hub.set_rate_card().await;
    let school = hub.school("Brentside").await;
    let lead = hub.lead(&school).await;
    let tab = hub.tab(&lead).await;
    says(&tab.get("/support/ours").await, &["There is no offer in this status."]);
    let form = tab.form("/support/offers/new?kind=expertise", "/support/offers/new").await;
    let refused = tab.send("/support/offers/new", filled(form.clone(), &[("subject", "Mathematics")])).await;
    assert!(refused.form("/support/offers/new").contains(&("subject".into(), "Mathematics".into())), "it is kept");
    let form = filled(
        form,
        &[
            ("title", "Leading maths"),
            ("subject", "Mathematics"),
            ("phases[]", "secondary"),
            ("specialist_kind", "Specialist Leader of Education"),
            ("offered", "3.5"),
        ],
    );
    let made = tab.send("/support/offers/new", form.clone()).await;
    assert_eq!(tab.send("/support/offers/new", form).await.location(), made.location(), "sent twice");
    let offers = lead.all("/v1/offers").await;
    assert_eq!(offers.len(), 1);
    assert_eq!((&offers[0]["phases"], &offers[0]["days"][0]["left"]), (&json!(["secondary"]), &json!("3.5")));
    let path = format!("/support/offers/{}", id(&offers[0]));
    assert_eq!(made.location(), format!("{path}?done=offered"));

    let other = hub.school("Drayton Manor").await;
    let buyer = hub.tab(&hub.lead(&other).await).await;
    let found = buyer.get("/support?text=maths").await;
    says(&found, &["Leading maths", "Brentside", "350 credits a day, 200 half a day", "3.5 days left"]);
    says(&buyer.get("/support?text=chess").await, &["No offer matches."]);
    says(&buyer.get(&path).await, &["Ask for a quote", "Secondary"]);

    let form = tab.form(&format!("{path}/edit"), &format!("{path}/edit")).await;
    let changed = filled(form, &[("title", "Leading mathematics")]);
    assert_eq!(tab.send(&format!("{path}/edit"), changed).await.location(), format!("{path}?done=saved"));
    let offer = lead.get(&format!("/v1/offers/{}", id(&offers[0]))).await.ok();
    assert_eq!(offer["specialist_kind"], "Specialist Leader of Education");
    tab.submit(&path, &format!("{path}/pause"), &[]).await.location();
    assert_eq!(buyer.get(&path).await.status, 404);
    tab.submit(&format!("{path}/close"), &format!("{path}/close"), &[]).await.location();
    says(&tab.get("/support/ours?status=closed").await, &["Leading mathematics"]);
}

async fn what_is_written_about_an_offer_is_read_by_the_other_side(hub: TestHub) {
    let (asking, offering) = (hub.school("Drayton Manor").await, hub.school("Brentside").await);
    let provider = hub.lead(&offering).await;
    let offer = provider.post("/v1/offers", new_offer(json!({}))).await.created();
    let (asks, offers) = (hub.tab(&hub.lead(&asking).await).await, hub.tab(&provider).await);
    let contact = format!("/support/offers/{}/contact", id(&offer));
    let sent = asks.submit(&contact, &contact, &[("subject", "A day in May"), ("text", "Are you <free> then?")]).await;
    let path = sent.location().split('?').next().unwrap().to_owned();
    says(&offers.get(&path).await, &["A day in May", "Are you <free> then?"]);
    says(&offers.get("/notices").await, &["of Drayton Manor has written to you about “A day in May”."]);
    offers.submit(&path, &format!("{path}/messages"), &[("text", "We are.")]).await.location();
    says(&asks.get(&path).await, &["We are."]);

    let manager = hub.tab(&hub.manager()).await;
    assert_eq!(manager.get(&path).await.status, 404, "nobody has complained");
    let complaint = format!("{path}/complaint");
    asks.submit(&complaint, &complaint, &[("reason", "They were rude")]).await.location();
    says(&manager.get(&path).await, &["They were rude"]);
    assert!(!offers.get(&path).await.words().contains("They were rude"));
    let answer = format!("{path}/answer");
    manager.submit(&answer, &answer, &[("answer", "We have spoken to both")]).await.location();
    says(&offers.get(&path).await, &["We have spoken to both", "The hub has answered"]);
}

async fn a_commission_goes_from_the_request_to_the_review(hub: TestHub) {
    let deal = hub.deal("100").await;
    let (buys, provides) = (hub.tab(&deal.buying).await, hub.tab(&deal.providing).await);
    let provider = format!("school:{}", deal.provider.id);
    let new = "/support/commissions/new";
    let asked =
        buys.submit(new, new, &[("provider", &provider), ("title", "Help with phonics"), ("budget", "80")]).await;
    let path = asked.location().split('?').next().unwrap().to_owned();
    says(&buys.get(&path).await, &["Waiting for a quote", "80 credits"]);
    let seen = provides.get(&path).await;
    says(&seen, &["Drayton Manor asks for a quote", "Quote"]);
    assert!(!seen.words().contains("80 credits"), "the budget is the buyer's");

    let quote = format!("{path}/quote");
    let typed = [
        ("valid_until", "2026-12-01"),
        ("notice_days", "5"),
        ("kept_percent", "50"),
        ("milestones/1/title", "Two days"),
        ("milestones/1/due_on", "2026-11-20"),
        ("milestones/1/days", "2"),
        ("milestones/1/day_rate", "30"),
    ];
    // What it comes to is seen before it is sent, and nothing else is sent than what was seen.
    let shown = provides.submit(&quote, &quote, &typed).await;
    says(&shown, &["What it comes to", "2 days", "60 credits in all", "Send the quote: 60 credits"]);
    let dearer = [("sure", "yes"), ("milestones/0/day_rate", "40")];
    let other = provides.send(&quote, filled(shown.form(&quote), &dearer)).await;
    says(&other, &["80 credits in all", "Send the quote: 80 credits"]);
    let sure = filled(shown.form(&quote), &[("sure", "yes")]);
    assert_eq!(provides.send(&quote, sure).await.location(), format!("{path}?done=quoted"));
    says(&buys.get(&path).await, &["Brentside offers it for 60 credits", "Look at the quote and agree"]);
    let commission = &deal.buying.all("/v1/commissions").await[0];
    let quotes = deal.buying.commission_get(commission, "quotes").await;
    let agree = format!("{path}/quotes/{}/agree", id(&quotes["items"][0]));
    assert!(!buys.get(&agree).await.words().contains("more than the budget"), "it is within it");
    says(&buys.get(&agree).await, &["60 credits", "Allocated credits of 2026/27", "100", "40"]);
    let fields = buys.form(&agree, &agree).await;
    assert_eq!(buys.send(&agree, fields.clone()).await.location(), format!("{path}?done=support-agreed"));
    assert_eq!(buys.send(&agree, fields).await.location(), format!("{path}?done=support-agreed"), "sent twice");
    assert_eq!(deal.buying.see(commission).await.ok()["held"], "60.00");

    let (base, visit) = (format!("{path}/milestones/1"), format!("{path}/visits/new"));
    let told = [
        ("milestone", "1"),
        ("visited_on", "2026-10-05"),
        ("minutes", "300"),
        ("who", "Ella Hart"),
        ("done", "Saw all"),
    ];
    provides.submit(&visit, &visit, &told).await.location();
    let deliver = format!("{base}/deliver");
    provides.submit(&deliver, &deliver, &[("days", "1.5")]).await.location();
    says(&buys.get(&path).await, &["is delivered: accept it", "Ella Hart", "1.5 days"]);
    let accept = format!("{base}/accept");
    says(&buys.get(&accept).await, &["45 credits", "15 credits", "Accept: 45 credits paid"]);
    buys.submit(&accept, &accept, &[]).await.location();
    let ended = deal.buying.see(commission).await.ok();
    assert_eq!([&ended["state"], &ended["settled"], &ended["held"]], ["completed", "45.00", "0.00"]);
    says(&buys.get(&path).await, &["Paid for what was accepted", "Given back", "Say what came of it"]);
    let review = format!("{path}/review");
    buys.submit(&review, &review, &[("rating", "5"), ("impact", "Reading is better")]).await.location();
    says(&provides.get(&path).await, &["Reading is better"]);
    hub.verified().await;
}

async fn a_refused_quote_keeps_what_was_typed(hub: TestHub) {
    let deal = hub.deal("10").await;
    let commission = deal.request().await;
    let provides = hub.tab(&deal.providing).await;
    let quote = format!("/support/commissions/{}/quote", id(&commission));
    let typed = [
        ("valid_until", "2026-12-01"),
        ("milestones/2/title", "A part"),
        ("milestones/2/due_on", "2020-01-01"),
        ("milestones/2/price", "5"),
    ];
    let nothing = provides.submit(&quote, &quote, &[("valid_until", "2026-12-01")]).await;
    says(&nothing, &["Parts: must have 1 to 50 parts, has 0"]);
    assert!(!nothing.words().to_lowercase().contains("milestone"), "pages call them parts");
    let refused = provides.submit(&quote, &quote, &typed).await;
    says(&refused, &["That could not be done", "Part 1: ", "must be today"]);
    let fields = refused.form(&quote);
    assert!(fields.contains(&("milestones/0/title".into(), "A part".into())), "{fields:?}");
    assert!(refused.text.contains("href=\"#milestones/0/due_on\""), "it leads to the field");
    let shown = provides.send(&quote, filled(fields, &[("milestones/0/due_on", "2026-11-20")])).await;
    provides.send(&quote, filled(shown.form(&quote), &[("sure", "yes")])).await.location();
    let buys = hub.tab(&deal.buying).await;
    let quotes = deal.buying.commission_get(&commission, "quotes").await;
    let agree = format!("/support/commissions/{}/quotes/{}/agree", id(&commission), id(&quotes["items"][0]));
    says(&buys.get(&agree).await, &["5 credits"]);
    buys.submit(&agree, &agree, &[]).await.location();
    let cancel = format!("/support/commissions/{}/cancel", id(&commission));
    says(&buys.get(&cancel).await, &["Comes back to you now", "5 credits"]);
    buys.submit(&cancel, &cancel, &[("reason", "Not needed")]).await.location();
    assert_eq!(hub.wallet_of(&deal.buyer, "allocated").await, "10.00");
}

async fn what_is_asked_of_all_is_found_by_whoever_can_quote(hub: TestHub) {
    let deal = hub.deal("100").await;
    let teacher = hub.teacher(&deal.provider).await;
    let (_, partner) = hub.partner("Language Line").await;
    let buys = hub.tab(&deal.buying).await;
    let new = "/support/commissions/new";
    let asked = buys.submit(new, new, &[("provider", ""), ("title", "Somebody for maths")]).await;
    let path = asked.location().split('?').next().unwrap().to_owned();
    for can in [&deal.providing, &partner] {
        let tab = hub.tab(can).await;
        let seen = tab.get("/support").await;
        says(
            &seen,
            &["Schools ask for help", "Somebody for maths", "Drayton Manor asks every school and partner for help"],
        );
        assert!(seen.text.contains(&format!("href=\"{path}\"")));
        says(&tab.get("/").await, &["Drayton Manor asks every school and partner for support"]);
        says(&tab.get(&path).await, &["Quote by"]);
    }
    for other in [&deal.buying, &teacher, &hub.manager()] {
        let seen = hub.tab(other).await.get("/support").await.words();
        assert!(!seen.contains("Schools ask for help"), "{seen}");
    }
    buys.submit(&format!("{path}/withdraw"), &format!("{path}/withdraw"), &[("reason", "Found")]).await.location();
    let seen = hub.tab(&partner).await.get("/support").await.words();
    assert!(!seen.contains("Somebody for maths"), "{seen}");
}

async fn a_dispute_is_decided_by_a_manager_and_what_is_stuck_is_found(hub: TestHub) {
    let (commission, deal) = hub.disputed().await;
    let manager = hub.tab(&hub.manager()).await;
    says(&manager.get("/support/commissions?stuck=yes").await, &["Help with phonics", "is disputed"]);
    let home = async |tab: &Tab| tab.get("/").await;
    let buys = hub.tab(&deal.buying).await;
    says(&home(&manager).await, &["A part of it is disputed: the sides can state their case"]);
    says(&manager.get("/hub").await, &["Disputed, cases until"]);
    says(&home(&buys).await, &["A part of it is disputed: you can still offer to settle"]);
    let path = format!("/support/commissions/{}", id(&commission));
    let provides = hub.tab(&deal.providing).await;
    says(&home(&provides).await, &["A part of it is disputed: state your case, or offer to settle until"]);
    let case = format!("{path}/milestones/1/state-case");
    provides.submit(&case, &case, &[("case", "We came")]).await.location();
    let stated = "Brentside has stated its case about “A part of it” (part 1 of “Help with phonics”), 2 credits. You can still \
                  offer to settle; otherwise the hub decides.";
    says(&buys.get("/notices").await, &[stated]);
    assert!(!provides.get("/notices").await.words().contains("has stated its case"), "nobody is told of their own");
    let theirs = provides.get(&path).await;
    says(
        &theirs,
        &["your case is stated. You can still offer to settle", "Offer to settle: A part of it", "Change your case"],
    );
    assert!(!theirs.words().contains("State your case"), "{}", theirs.words());
    says(&home(&manager).await, &["A part of it is disputed: decide how its price is divided"]);
    says(&manager.get("/hub").await, &["Disputed, to be decided"]);
    let resolve = format!("{path}/milestones/1/resolve");
    let wrong = [("to_provider", "1"), ("to_buyer", "2"), ("reason", "Half each")];
    says(
        &manager.submit(&resolve, &resolve, &wrong).await,
        &["what is paid and what goes back must come to 2.00 credits, the price of the part"],
    );
    let right = [("to_provider", "1"), ("to_buyer", "1"), ("reason", "Half each")];
    let shown = manager.submit(&resolve, &resolve, &right).await;
    says(&shown, &["What it comes to", "The provider gets", "Goes back to the buyer", "Divide it: 1 credit paid"]);
    let sure = filled(shown.form(&resolve), &[("sure", "yes")]);
    assert_eq!(manager.send(&resolve, sure).await.location(), format!("{path}?done=resolved#part-1"));
    says(
        &buys.get(&path).await,
        &["1 credit to the provider, 1 credit back to the buyer. The hub decided so: Half each"],
    );
    assert_eq!(hub.wallet_of(&deal.provider, "earned").await, "1.00");
    says(&manager.get("/support/commissions?stuck=yes").await, &["Nothing is stuck"]);
    for tab in [&manager, &buys, &provides] {
        let now = home(tab).await.page();
        let now = now.all("section").into_iter().find(|it| it.attribute("aria-labelledby") == Some("now")).unwrap();
        assert!(!now.text.contains("is disputed"), "{}", now.text);
    }
    hub.verified().await;
}

async fn a_quote_says_what_of_it_the_provider_gets(hub: TestHub) {
    hub.set_rate_card().await;
    let deal = hub.deal("100").await;
    let commission = deal.request().await;
    let (buys, provides) = (hub.tab(&deal.buying).await, hub.tab(&deal.providing).await);
    let path = format!("/support/commissions/{}", id(&commission));
    let quote = format!("{path}/quote");
    let typed = [
        ("valid_until", "2026-12-01"),
        ("milestones/0/title", "A day"),
        ("milestones/0/due_on", "2026-11-20"),
        ("milestones/0/price", "35"),
    ];
    let shown = provides.submit(&quote, &quote, &typed).await;
    says(&shown, &["35 credits in all : the hub keeps 5 credits of it, and you get 30 credits"]);
    provides.send(&quote, filled(shown.form(&quote), &[("sure", "yes")])).await.location();
    says(&provides.get(&path).await, &["Of the price the hub keeps", "You get"]);
    let quotes = deal.buying.commission_get(&commission, "quotes").await;
    let agree = format!("{path}/quotes/{}/agree", id(&quotes["items"][0]));
    says(&buys.get(&agree).await, &["The hub keeps", "5 credits", "The provider gets", "30 credits"]);
}

async fn a_dispute_is_settled_by_the_two_with_what_each_gets(hub: TestHub) {
    hub.set_rate_card().await;
    let deal = hub.deal("100").await;
    let commission = deal.agreed(json!([at("35")])).await;
    deal.buying.milestone(&commission, 1, "dispute", json!({ "reason": "Nobody came" })).await.created();
    let (buys, provides) = (hub.tab(&deal.buying).await, hub.tab(&deal.providing).await);
    let path = format!("/support/commissions/{}", id(&commission));
    let base = format!("{path}/milestones/1");
    let offer = format!("{base}/offer-split");
    // What it comes to is seen before it is offered, and nothing else is offered than what was seen.
    let shown = provides.submit(&offer, &offer, &[("to_provider", "14")]).await;
    says(
        &shown,
        &["What it comes to", "You get", "12 credits", "The hub keeps", "2 credits", "21 credits", "Offer 14 credits"],
    );
    let other = filled(shown.form(&offer), &[("sure", "yes"), ("to_provider", "7")]);
    says(&provides.send(&offer, other).await, &["6 credits", "1 credit", "28 credits", "Offer 7 credits"]);
    let sure = filled(shown.form(&offer), &[("sure", "yes")]);
    assert_eq!(provides.send(&offer, sure).await.location(), format!("{path}?done=split-offered#part-1"));
    says(&provides.get(&path).await, &["waiting for Drayton Manor to agree to the 14 credits that you offered"]);

    let what_is_next = "Brentside would settle for 14 of the price of 35 credits";
    let comes_to = "12 credits to the provider, 2 credits to the hub, 21 credits back to the buyer";
    says(&buys.get(&path).await, &[what_is_next, "Agree to 14 credits", comes_to]);
    says(&buys.get("/").await, &["the other side offers to settle: agree, or offer something else"]);
    let agree = format!("{base}/agree-split");
    let page = buys.get(&agree).await;
    says(&page, &["The provider gets", "12 credits", "The hub keeps", "2 credits", "Comes back to you", "21 credits"]);
    // What was shown does not hold any more: nothing is done.
    deal.providing.milestone(&commission, 1, "offer-split", json!({ "to_provider": "7" })).await.ok();
    says(&buys.send(&agree, page.form(&agree)).await, &["nothing was done", "Agree to 7 credits"]);
    deal.providing.milestone(&commission, 1, "offer-split", json!({ "to_provider": "14" })).await.ok();
    says(
        &buys.submit(&offer, &offer, &[("to_provider", "14")]).await,
        &["has offered the same", "Agree to 14 credits"],
    );
    assert_eq!(buys.submit(&agree, &agree, &[]).await.location(), format!("{path}?done=settled#part-1"));
    assert_eq!(hub.wallet_of(&deal.provider, "earned").await, "12.00");
    assert_eq!(hub.wallet_of(&deal.buyer, "allocated").await, "86.00");
    for tab in [&buys, &provides] {
        let ended = format!("{comes_to}. The two agreed so.");
        says(&tab.get(&path).await, &[&ended, "Paid for: 14 credits (12 to the provider, 2 to the hub)"]);
        says(&tab.get(&path).await, &["Price agreed", "Of it not to be paid any more", "Went to the hub"]);
    }
    hub.verified().await;
}

async fn notices_of_support_say_who_which_part_and_how_much(hub: TestHub) {
    hub.set_rate_card().await;
    let deal = hub.deal("105").await;
    let (colleague, manager) = (hub.lead(&deal.provider).await, hub.tab(&hub.manager()).await);
    let commission = deal.request().await;
    let (buys, provides) = (hub.tab(&deal.buying).await, hub.tab(&colleague).await);
    says(&provides.get("/notices").await, &["Drayton Manor asks you for support: “Help with phonics”. Quote by"]);
    let quote = deal.quote(&commission, json!([at("35"), at("70")])).await;
    let quoted = "Brentside would do “Help with phonics” for 105 credits: agree or decline by Saturday 31 July 2027.";
    says(&buys.get("/notices").await, &[quoted]);
    deal.buying.agree(&commission, &quote).await.ok();
    let agreed =
        "“Help with phonics” is agreed with Drayton Manor, for 105 credits: 90 credits to you, 15 credits to the hub.";
    says(&provides.get("/notices").await, &[agreed]);
    for number in [1, 2] {
        deal.providing.milestone(&commission, number, "deliver", json!({})).await.ok();
    }
    // Both are of one instant, and each has its own part.
    let first = "Brentside has delivered “A part of it” (part 1 of “Help with phonics”), worth 35 credits.";
    let second = "Brentside has delivered “A part of it” (part 2 of “Help with phonics”), worth 70 credits.";
    says(&buys.get("/notices").await, &[first, second, "After that it counts as accepted, and is paid."]);
    deal.buying.milestone(&commission, 2, "accept", json!({})).await.ok();
    let paid = "Drayton Manor has accepted “A part of it” (part 2 of “Help with phonics”), and it is paid: 60 credits to you, \
                10 credits to the hub.";
    says(&provides.get("/notices").await, &[paid]);
    deal.providing.milestone(&commission, 1, "dispute", json!({ "reason": "They let nobody in" })).await.created();
    deal.buying.milestone(&commission, 1, "state-case", json!({ "case": "Nobody rang" })).await.ok();
    let raised = "The provider, Brentside, disputes “A part of it” (part 1 of “Help with phonics”) with Drayton Manor: 35 credits.";
    let stated = "The buyer, Drayton Manor, has stated its case about “A part of it” (part 1 of “Help with phonics”), 35 credits.";
    says(&manager.get("/notices").await, &[raised, stated]);
    deal.buying.milestone(&commission, 1, "offer-split", json!({ "to_provider": "7" })).await.ok();
    let offered = "Drayton Manor would settle the dispute about “A part of it” (part 1 of “Help with phonics”) for 7 credits of its \
                   35 credits: 6 credits to you, 1 credit to the hub, 28 credits back to Drayton Manor.";
    says(&provides.get("/notices").await, &[offered]);
    deal.providing.milestone(&commission, 1, "offer-split", json!({ "to_provider": "7" })).await.ok();
    let over = "The dispute between Drayton Manor and Brentside about “A part of it” (part 1 of “Help with phonics”) is over: \
                6 credits to Brentside, 1 credit to the hub, 28 credits back to Drayton Manor. The two sides agreed so.";
    says(&manager.get("/notices").await, &[over]);
    says(
        &buys.get("/notices").await,
        &["“Help with phonics” with Brentside is completed: it came to 77 credits in all."],
    );
}

async fn the_rate_card_is_set_as_a_whole(hub: TestHub) {
    hub.set_rate_card().await;
    let manager = hub.tab(&hub.manager()).await;
    let edit = "/support/rate-card/edit";
    let form = manager.form(edit, edit).await;
    let wrong = filled(form.clone(), &[("lines/1/half_day", "900")]);
    says(&manager.send(edit, wrong).await, &["no more than a full day"]);
    let less = filled(form, &[("lines/0/specialist_kind", ""), ("lines/0/full_day", ""), ("lines/0/half_day", "")]);
    assert_eq!(manager.send(edit, less).await.location(), "/support/rate-card?done=saved");
    let card = hub.manager().get("/v1/rate-card").await.ok();
    assert_eq!(card["lines"], json!([rate_card()["lines"][1]]));
    let shown = manager.get("/support/rate-card").await;
    says(&shown, &["National Leader of Education", "Of every 350 credits the hub keeps 50"]);
}

async fn others_do_not_see_or_do_it(hub: TestHub) {
    let deal = hub.deal("10").await;
    let commission = deal.agreed(json!([at("2")])).await;
    let path = format!("/support/commissions/{}", id(&commission));
    let stranger = hub.tab(&hub.lead(&hub.school("Lampton").await).await).await;
    assert_eq!(stranger.get(&path).await.status, 404);
    assert_eq!(stranger.get(&format!("{path}/cancel")).await.status, 404);
    let teacher = hub.tab(&hub.teacher(&deal.buyer).await).await;
    assert_eq!(teacher.get(&path).await.status, 403);
    assert_eq!(teacher.get("/support").await.status, 200);
    let viewer = hub.tab(&hub.viewer().await).await;
    let seen = viewer.get(&path).await;
    says(&seen, &["Price agreed"]);
    assert!(!seen.words().contains("Cancel it"), "a viewer reads");
    assert_eq!(viewer.get(&format!("{path}/cancel")).await.status, 403);
    assert_eq!(viewer.get("/support/rate-card/edit").await.status, 403);
}
