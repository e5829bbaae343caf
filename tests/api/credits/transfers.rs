//! `/v1/transfers`: gifts of credits from school to school, of the same year and kind.

use hub_credits::ledger::WalletKind;
use serde_json::{Value, json};

use crate::both_engines;
use crate::support::{Client, EventPlan, School, TestHub, World, nobody};

/// Two schools with their leads; the first has these credits.
async fn two(hub: &TestHub, credits: &str) -> ((School, Client), (School, Client)) {
    let (giver, giving, _) = hub.funded_school("Lampton", credits).await;
    let (receiver, receiving, _) = hub.funded_school("Heston", "0").await;
    ((giver, giving), (receiver, receiving))
}

/// The kinds of notice that a lead was told, the newest first.
async fn told(lead: &Client) -> Vec<String> {
    lead.all("/v1/me/notices").await.iter().map(|notice| notice["kind"].as_str().unwrap().to_owned()).collect()
}

both_engines!(
    a_gift_moves_when_it_is_accepted,
    a_gift_can_be_declined_or_withdrawn_and_then_stays_so,
    each_school_decides_its_own_half,
    what_can_t_be_given_is_refused_by_its_field,
    credits_keep_their_year_and_kind,
    what_the_giver_has_spent_since_is_not_received,
    a_gift_is_accepted_or_withdrawn_never_both
);

async fn a_gift_moves_when_it_is_accepted(hub: TestHub) {
    let ((giver, giving), (receiver, receiving)) = two(&hub, "100").await;
    let body = json!({ "to_school_id": receiver.id, "amount": "40.01", "message": "For your new departments" });
    let made = giving.post("/v1/transfers", body).await;
    let offered = made.created();
    assert_eq!(made.header("location"), Some(format!("/v1/transfers/{}", offered["id"].as_str().unwrap()).as_str()));
    let is = |gift: &Value, field: &str| gift[field].as_str().unwrap_or("none").to_owned();
    assert_eq!(
        ["state", "year", "wallet", "amount", "from_school_name", "to_school_name", "transaction_id"]
            .map(|field| is(&offered, field)),
        ["offered", "2026/27", "allocated", "40.01", "Lampton", "Heston", "none"]
    );
    assert_eq!((hub.balance(&giver).await, hub.balance(&receiver).await), ("100.00".to_owned(), "none".to_owned()));

    let accepted = receiving.answer(&offered, "accept").await.ok();
    assert_eq!(
        (is(&accepted, "state"), is(&accepted, "decided_by")),
        ("accepted".to_owned(), receiving.id().to_owned())
    );
    assert_eq!((hub.balance(&giver).await, hub.balance(&receiver).await), ("59.99".to_owned(), "40.01".to_owned()));
    let posted = hub.manager().get(&format!("/v1/transactions/{}", is(&accepted, "transaction_id"))).await.ok();
    assert_eq!(
        (&posted["kind"], &posted["memo"], &posted["source_id"]),
        (&json!("credits_given"), &json!("For your new departments"), &offered["id"])
    );
    for lead in [&giving, &receiving] {
        let wallet = lead.all("/v1/accounts?kind=wallet").await.remove(0);
        let lines = lead.all(&format!("/v1/accounts/{}/entries", wallet["id"].as_str().unwrap())).await;
        assert_eq!(lines.last().unwrap()["what_for"], "Gift from Lampton to Heston");
        assert_eq!(lead.get(&format!("/v1/transfers/{}", is(&offered, "id"))).await.ok(), accepted);
    }
    // The receiver spends it.
    let event = hub.event(EventPlan::of(10, "40.01")).await;
    receiving.book(&event).await.created();
    assert_eq!(
        (told(&giving).await, told(&receiving).await.pop().unwrap()),
        (vec!["gift_accepted".to_owned()], "gift_offered".to_owned())
    );
    let notice = giving.all("/v1/me/notices").await.remove(0);
    assert_eq!(
        (&notice["transfer_id"], is(&notice, "transfer_amount"), is(&notice, "to_school_name")),
        (&offered["id"], "40.01".to_owned(), "Heston".to_owned())
    );
    hub.verified().await;
}

async fn a_gift_can_be_declined_or_withdrawn_and_then_stays_so(hub: TestHub) {
    let ((giver, giving), (receiver, receiving)) = two(&hub, "100").await;
    let (first, second) = (giving.give(&receiver, "10").await.created(), giving.give(&receiver, "20").await.created());
    assert_eq!(receiving.answer(&first, "decline").await.ok()["state"], "declined");
    assert_eq!(giving.answer(&second, "withdraw").await.ok()["state"], "withdrawn");
    for (gift, over) in [(&first, "declined"), (&second, "withdrawn")] {
        for (lead, what) in [(&receiving, "accept"), (&receiving, "decline"), (&giving, "withdraw")] {
            let refused = lead.answer(gift, what).await.refused(409, "invalid_transition");
            assert!(refused["detail"].as_str().unwrap().contains(over), "{refused}");
        }
    }
    assert_eq!(
        (told(&giving).await, told(&receiving).await),
        (
            vec!["gift_declined".to_owned()],
            ["gift_withdrawn", "gift_offered", "gift_offered"].map(str::to_owned).to_vec()
        )
    );
    assert_eq!((hub.balance(&giver).await, hub.balance(&receiver).await), ("100.00".to_owned(), "none".to_owned()));
    hub.verified().await;
}

async fn each_school_decides_its_own_half(world: World) {
    let (hub, other) = (world.hub("West London").await, world.hub("East London").await);
    let ((giver, giving), (receiver, receiving)) = two(&hub, "100").await;
    let (third, teacher, viewer) =
        (hub.funded_school("Cranford", "5").await.1, hub.teacher(&receiver).await, hub.viewer().await);
    let stranger = other.funded_school("Mulberry", "5").await.1;
    let gift = giving.give(&receiver, "10").await.created();
    let path = format!("/v1/transfers/{}", gift["id"].as_str().unwrap());
    giving.answer(&gift, "accept").await.refused(403, "forbidden");
    giving.answer(&gift, "decline").await.refused(403, "forbidden");
    receiving.answer(&gift, "withdraw").await.refused(403, "forbidden");
    for what in ["accept", "decline", "withdraw"] {
        for outsider in [&third, &stranger] {
            outsider.answer(&gift, what).await.refused(404, "not_found");
        }
        for caller in [&teacher, &viewer, &hub.manager()] {
            caller.answer(&gift, what).await.refused(403, "forbidden");
        }
    }
    for outsider in [&third, &stranger, &other.manager()] {
        outsider.get(&path).await.refused(404, "not_found");
        assert!(outsider.all("/v1/transfers").await.is_empty());
    }
    for reader in [&giving, &receiving, &viewer, &hub.manager()] {
        assert_eq!(reader.get(&path).await.ok(), gift);
        assert_eq!(reader.all("/v1/transfers").await, std::slice::from_ref(&gift));
    }
    teacher.get("/v1/transfers").await.refused(403, "forbidden");
    for caller in [&teacher, &viewer, &hub.manager()] {
        caller.give(&receiver, "1").await.refused(403, "forbidden");
    }
    giving.get(&format!("/v1/transfers?school_id={}", receiver.id)).await.refused(404, "not_found");
    let back = hub.lead(&receiver).await.give(&giver, "1").await;
    assert_eq!(back.refused(409, "insufficient_credits")["errors"][0]["pointer"], "/amount");
    receiving.answer(&gift, "accept").await.ok();
    let returned = receiving.give(&giver, "4").await.created();
    let (gifts, both) = (viewer.all("/v1/transfers?limit=1").await, giving.all("/v1/transfers?limit=1").await);
    assert_eq!(gifts.iter().map(|one| &one["id"]).collect::<Vec<_>>(), [&gift["id"], &returned["id"]]);
    assert_eq!(both, gifts);
    let offered = viewer.all(&format!("/v1/transfers?school_id={}&state=offered&year=2026-27", giver.id)).await;
    assert_eq!(offered, [returned]);
    let table = viewer.get("/v1/transfers").as_csv().await.sheet();
    assert!(
        table.starts_with("id,from_school_name,to_school_name,year,wallet,amount,message,state,")
            && table.contains(",Heston,Lampton,2026/27,allocated,4.00,,offered,"),
        "{table}"
    );
}

async fn what_can_t_be_given_is_refused_by_its_field(hub: TestHub) {
    let ((giver, giving), (receiver, _)) = two(&hub, "100").await;
    let give = async |over: Value| {
        giving
            .post("/v1/transfers", crate::support::with(json!({ "to_school_id": receiver.id, "amount": "10" }), over))
            .await
    };
    for wrong in ["0", "0.00", "-1", "0.001", "1000000000000"] {
        give(json!({ "amount": wrong })).await.invalid(&[("/amount", "invalid")]);
    }
    give(json!({ "to_school_id": giver.id })).await.invalid(&[("/to_school_id", "own_school")]);
    give(json!({ "to_school_id": nobody() })).await.invalid(&[("/to_school_id", "unknown")]);
    let elsewhere = hub.world.hub("East London").await.school("Mulberry").await;
    give(json!({ "to_school_id": elsewhere.id })).await.invalid(&[("/to_school_id", "unknown")]);
    give(json!({ "wallet": "golden", "from_school_id": receiver.id }))
        .await
        .invalid(&[("/wallet", "invalid"), ("/from_school_id", "unknown_field")]);
    assert_eq!(give(json!({ "year": "2025/26" })).await.refused(409, "year_closed")["errors"][0]["pointer"], "/year");
    for (over, short_by) in [(json!({ "amount": "100.01" }), "0.01"), (json!({ "wallet": "earned" }), "10.00")] {
        let refused = give(over).await.refused(409, "insufficient_credits");
        assert!(
            refused["errors"][0]["pointer"] == "/amount" && refused["detail"].as_str().unwrap().contains(short_by),
            "{refused}"
        );
    }
    assert!(giving.all("/v1/transfers").await.is_empty());
    give(json!({ "amount": "100" })).await.created();
    hub.verified().await;
}

async fn credits_keep_their_year_and_kind(hub: TestHub) {
    let ((giver, giving), (receiver, receiving)) = two(&hub, "100").await;
    hub.fund_wallet(&giver, "2027/28", WalletKind::Earned, "30").await;
    let gift = giving
        .post(
            "/v1/transfers",
            json!({ "to_school_id": receiver.id, "amount": "30", "year": "2027/28", "wallet": "earned" }),
        )
        .await
        .created();
    receiving.answer(&gift, "accept").await.ok();
    let wallets = receiving.all("/v1/accounts?kind=wallet").await;
    assert_eq!(wallets.len(), 1);
    assert_eq!(
        ["year", "wallet", "balance"].map(|field| wallets[0][field].as_str().unwrap().to_owned()),
        ["2027/28", "earned", "30.00"]
    );
    hub.verified().await;
}

async fn what_the_giver_has_spent_since_is_not_received(hub: TestHub) {
    let ((_, giving), (receiver, receiving)) = two(&hub, "100").await;
    let (first, second) =
        (giving.give(&receiver, "60").await.created(), giving.give(&receiver, "40.01").await.created());
    receiving.answer(&first, "accept").await.ok();
    let refused = receiving.answer(&second, "accept").await.refused(409, "insufficient_credits");
    let detail = refused["detail"].as_str().unwrap();
    assert!(detail.contains("Lampton") && !detail.contains("0.01"), "the giver's balance is its own: {detail}");
    assert_eq!(
        receiving.get(&format!("/v1/transfers/{}", second["id"].as_str().unwrap())).await.ok()["state"],
        "offered"
    );
    giving.answer(&second, "withdraw").await.ok();
    hub.verified().await;
}

async fn a_gift_is_accepted_or_withdrawn_never_both(hub: TestHub) {
    let ((giver, giving), (receiver, receiving)) = two(&hub, "100").await;
    let mut accepted = 0;
    for _ in 0..6 {
        let gift = giving.give(&receiver, "10").await.created();
        let path = |what: &str| format!("/v1/transfers/{}/{what}", gift["id"].as_str().unwrap());
        let tasks = [(&receiving, "accept"), (&giving, "withdraw"), (&receiving, "decline"), (&receiving, "accept")]
            .map(|(lead, what)| tokio::spawn(lead.post(&path(what), None).into_future()));
        let mut won = Vec::new();
        for task in tasks {
            let reply = task.await.unwrap();
            if reply.status == 200 {
                won.push(reply.json()["state"].as_str().unwrap().to_owned())
            } else {
                reply.refused(409, "invalid_transition");
            }
        }
        assert_eq!(won.len(), 1, "{won:?}");
        accepted += usize::from(won[0] == "accepted");
    }
    let (left, has) = (format!("{}.00", 100 - 10 * accepted), format!("{}.00", 10 * accepted));
    assert_eq!(
        (hub.balance(&giver).await, hub.balance(&receiver).await),
        (left, if accepted == 0 { "none".to_owned() } else { has })
    );
    hub.verified().await;
}
