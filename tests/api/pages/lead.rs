//! What a school's CPD lead uses, and a manager in their place: approvals, people, places for several, credits.

use serde_json::{Value, json};

use super::says;
use crate::both_engines;
use crate::support::{EventPlan, TestHub, filled};

both_engines!(
    what_is_ticked_is_approved_once_and_what_can_not_be_is_told,
    several_are_declined_at_once_for_one_reason,
    a_deputy_approves_and_other_teachers_do_not,
    a_person_is_added_once_and_a_refused_form_keeps_what_was_typed,
    a_sheet_is_looked_at_before_it_is_taken_in,
    our_own_file_of_people_comes_back_as_it_was,
    links_are_shown_once_to_the_manager_who_makes_them,
    a_role_and_a_school_change_after_a_look_at_what_that_does,
    a_team_is_told_its_cost_then_booked_once_and_places_are_named,
    where_not_all_can_come_there_is_a_way_on,
    what_needs_no_decision_is_changed_and_second_persons_are_asked,
    credits_are_what_the_api_says_and_their_months_add_up,
    a_gift_is_offered_and_accepted_once,
    others_see_none_of_it,
);

fn id(of: &Value) -> &str {
    of["id"].as_str().unwrap()
}

async fn what_is_ticked_is_approved_once_and_what_can_not_be_is_told(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton", "100").await;
    let event = hub.event(EventPlan::of(10, "30")).await;
    let (one, other) = (teacher.book(&event).await.created(), hub.teacher(&school).await.book(&event).await.created());
    let tab = hub.tab(&lead).await;
    let shown = tab.get("/approvals").await;
    let waits = lead.get("/v1/approvals").await.ok();
    assert_eq!(waits["items"][0]["available_if_declined"], "70.00");
    says(&shown, &["Spring conference", "30 credits", "70 credits if declined", "2 requests"]);
    says(&shown, &["Left if all are approved", "40 credits", "Left if all are declined", "100 credits"]);
    let fields = filled(shown.form("/approvals"), &[("pick", id(&one)), ("decision", "approve")]);
    let done = tab.send("/approvals", fields.clone()).await;
    assert_eq!(done.location(), "/approvals?done=approved");
    assert_eq!(tab.send("/approvals", fields).await.location(), done.location(), "sent twice");
    assert_eq!(lead.get(&format!("/v1/bookings/{}", id(&one))).await.ok()["state"], "confirmed");

    let mut fields = tab.form("/approvals", "/approvals").await;
    fields
        .extend([("pick", id(&one)), ("pick", id(&other)), ("decision", "decline")].map(|(a, b)| (a.into(), b.into())));
    let sure = tab.send("/approvals", fields).await;
    says(&sure, &["Decline these 2 requests?", "60 credits come back"]);
    assert_eq!(lead.booking(&other).await["state"], "requested", "nothing was decided before it was confirmed");
    let partly = tab.send("/approvals", sure.form("/approvals")).await;
    says(&partly, &["1 decided, 1 not", "Spring conference"]);
    assert_eq!(lead.get(&format!("/v1/bookings/{}", id(&other))).await.ok()["state"], "declined");
    says(&tab.get("/approvals").await, &["Nothing waits for a decision"]);
    hub.verified().await;
}

async fn several_are_declined_at_once_for_one_reason(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton", "100").await;
    let other = hub.teacher(&school).await;
    let event = hub.event(EventPlan::of(10, "30")).await;
    let (one, two) = (teacher.book(&event).await.created(), other.book(&event).await.created());
    let tab = hub.tab(&lead).await;
    let mut fields = tab.form("/approvals", "/approvals").await;
    fields.extend([("pick", id(&one)), ("pick", id(&two)), ("decision", "decline")].map(|(a, b)| (a.into(), b.into())));
    let sure = tab.send("/approvals", fields).await;
    let long = tab.send("/approvals", filled(sure.form("/approvals"), &[("reason", &"x".repeat(201))])).await;
    says(&long, &["must have at most 200 characters"]);
    assert_eq!(lead.booking(&one).await["state"], "requested", "nothing was decided");
    assert!(long.form("/approvals").contains(&("pick".to_owned(), id(&two).to_owned())), "what was ticked stays");
    let fields = filled(long.form("/approvals"), &[("reason", "No cover <that> week")]);
    assert_eq!(tab.send("/approvals", fields).await.location(), "/approvals?done=declined");
    for (who, booking) in [(&teacher, &one), (&other, &two)] {
        let tab = hub.tab(who).await;
        says(&tab.get(&format!("/places/{}", id(booking))).await, &["Why it was declined: “No cover <that> week”"]);
        says(&tab.get("/notices").await, &["was declined: “No cover <that> week”"]);
    }
}

async fn a_deputy_approves_and_other_teachers_do_not(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton", "100").await;
    let deputy = hub.teacher(&school).await;
    let booked = teacher.book(&hub.event(EventPlan::default()).await).await.created();
    let (leads, deputies) = (hub.tab(&lead).await, hub.tab(&deputy).await);
    assert_eq!(deputies.get("/approvals").await.status, 403);
    let path = format!("/schools/{}/deputies", school.id);
    let refused = leads.submit(&path, &path, &[("person_id", deputy.id()), ("ends_on", "2026-01-01")]).await;
    says(&refused, &["the last day must not be before the first"]);
    let named = leads.send(&path, filled(refused.form(&path), &[("ends_on", "2026-12-01")])).await;
    assert_eq!(named.location(), format!("{path}?done=deputy-named"));
    let done = deputies.submit("/approvals", "/approvals", &[("approve", id(&booked))]).await;
    assert_eq!(done.location(), "/approvals?done=approved");
    assert_eq!(hub.tab(&teacher).await.get("/approvals").await.status, 403);
}

async fn a_person_is_added_once_and_a_refused_form_keeps_what_was_typed(hub: TestHub) {
    let (school, lead, _) = hub.funded_school("Lampton", "0").await;
    let tab = hub.tab(&lead).await;
    let (list, path) = (format!("/schools/{}/people", school.id), format!("/schools/{}/people/new", school.id));
    let refused = tab.submit(&path, &path, &[("name", "Noor <Hart>"), ("email", "no address")]).await;
    let fields = refused.form(&path);
    assert!(fields.contains(&("name".to_owned(), "Noor <Hart>".to_owned())), "{fields:?}");
    says(&refused, &["That could not be done"]);
    let fields = filled(fields, &[("email", "noor@s.example")]);
    let added = tab.send(&path, fields.clone()).await;
    assert!(added.location().ends_with("?done=person-added"), "{}", added.location());
    assert_eq!(tab.send(&path, fields).await.location(), added.location());
    let found = lead.all("/v1/people?email=noor@s.example").await;
    assert_eq!((found.len(), &found[0]["role"]), (1, &json!("teacher")));
    let seen = tab.get(added.location()).await;
    says(&seen, &["The person is added.", "Noor <Hart>", "Has not signed in"]);
    says(&tab.get(&format!("{list}?standing=not_signed_in&text=noor")).await, &["Noor <Hart>", "noor@s.example"]);
    says(&tab.get(&format!("{list}?standing=disabled")).await, &["Nobody matches."]);

    let person = format!("/people/{}", id(&found[0]));
    let edit = format!("{person}/edit");
    let changed = tab.submit(&edit, &edit, &[("name", "Noor Hart"), ("email", "n.hart@s.example")]).await;
    assert_eq!(changed.location(), format!("{person}?done=person-changed"));
    let now = lead.get(&format!("/v1{person}")).await.ok();
    assert_eq!((&now["name"], &now["email"]), (&json!("Noor Hart"), &json!("n.hart@s.example")));
    let disable = format!("{person}/disable");
    assert!(tab.submit(&disable, &disable, &[]).await.location().ends_with("?done=person-disabled"));
    let manager = hub.tab(&hub.manager()).await;
    says(&manager.get("/people?standing=disabled").await, &["Noor Hart", "Lampton"]);
    assert!(
        manager.submit(&person, &format!("{person}/enable"), &[]).await.location().ends_with("?done=person-enabled")
    );
    for path in ["merge", "erase", "move", "role", "data"] {
        assert_eq!(manager.get(&format!("{person}/{path}")).await.status, 200, "{path}");
    }
    let erase = format!("{person}/erase");
    assert!(manager.submit(&erase, &erase, &[]).await.location().ends_with("?done=erased"));
}

async fn a_sheet_is_looked_at_before_it_is_taken_in(hub: TestHub) {
    let (school, lead, _) = hub.funded_school("Lampton", "0").await;
    let tab = hub.tab(&lead).await;
    let fields = tab.form("/people/import", "/people/import").await;
    let nothing = tab.upload("/people/import", fields.clone(), None).await;
    says(&nothing, &["Choose a file"]);
    let sheet =
        "email,name,role\nella@s.example,Ella Ash,teacher\nwrong,Tom,teacher\nboss@s.example,Boss,hub_manager\n";
    let looked = tab.upload("/people/import", fields, Some(("people.csv", sheet.as_bytes()))).await;
    says(&looked, &["What the sheet would do", "Ella Ash", "Line 3", "Line 4", "expected Teacher or CPD lead"]);
    assert_eq!(lead.all("/v1/people?email=ella@s.example").await.len(), 0, "nothing is changed");
    let fields = looked.form("/people/import/done");
    let done = tab.upload("/people/import/done", fields.clone(), None).await;
    let to = done.location().to_owned();
    says(&tab.get(&to).await, &["The sheet was imported", "Added 1", "Left out 2"]);
    assert_eq!(tab.get(&to).await.location(), format!("/schools/{}/people", school.id), "it is said once");
    assert_eq!(lead.all("/v1/people?email=ella@s.example").await.len(), 1);
    assert_eq!(tab.upload("/people/import/done", fields, None).await.location(), to, "what is sent twice is done once");
    // The words of the pages are words of a sheet, and columns of other names are chosen.
    let sheet = "Contact,Person,Role\nfay@s.example,Fay Oak,CPD lead\n";
    let fields = tab.form("/people/import", "/people/import").await;
    let chosen = tab.upload("/people/import", fields, Some(("people.csv", sheet.as_bytes()))).await;
    says(&chosen, &["Which column is which?", "Contact, Person, Role"]);
    let fields = filled(chosen.form("/people/import"), &[("column_email", "Contact"), ("column_name", "Person")]);
    let looked = tab.upload("/people/import", fields, None).await;
    says(&looked, &["New 1", "Fay Oak", "CPD lead"]);
    let done = tab.upload("/people/import/done", looked.form("/people/import/done"), None).await;
    says(&tab.get(done.location()).await, &["Added 1"]);
    assert_eq!(lead.all("/v1/people?email=fay@s.example").await[0]["role"], "school_lead");
    let people = tab.get(&format!("/schools/{}/people", school.id)).await;
    assert!(!people.words().contains("Hub manager"), "a school has nobody of the hub: {}", people.words());
    let forged = vec![("form_key".to_owned(), "a".to_owned()), ("form_mark".to_owned(), "b".to_owned())];
    assert_eq!(tab.upload("/people/import", forged, Some(("people.csv", sheet.as_bytes()))).await.status, 403);
}

async fn our_own_file_of_people_comes_back_as_it_was(hub: TestHub) {
    let (school, _, _) = hub.funded_school("Lampton", "0").await;
    let odd = json!({ "name": "-2+3", "email": "odd@s.example", "role": "teacher", "school_id": school.id });
    hub.manager().post("/v1/people", odd).await.created();
    let tab = hub.tab(&hub.manager()).await;
    let file = tab.get("/files/people.csv").await.text;
    assert!(file.contains("'-2+3"), "guarded against spreadsheets: {file}");
    let fields = tab.form("/people/import", "/people/import").await;
    let looked = tab.upload("/people/import", fields, Some(("people.csv", file.as_bytes()))).await;
    says(&looked, &["New 0", "Renamed 0", "Wrong 0"]);
}

async fn links_are_shown_once_to_the_manager_who_makes_them(hub: TestHub) {
    let (_, _, teacher) = hub.funded_school("Lampton", "0").await;
    let (manager, person) = (hub.tab(&hub.manager()).await, format!("/people/{}", teacher.id()));
    let made = manager.submit(&person, &format!("{person}/invite"), &[]).await;
    says(&made, &["shown once", "/invitation/"]);
    let text = made.words();
    let secret = text.split("/invitation/").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
    assert_eq!(hub.world.stranger().get(&format!("/v1/auth/invitations/{secret}")).await.ok()["name"], {
        hub.manager().get(&format!("/v1{person}")).await.ok()["name"].clone()
    });
    assert!(!manager.get(&person).await.text.contains(&secret));
    hub.tab(&teacher).await;
    let made = manager.submit(&person, &format!("{person}/reset"), &[]).await;
    says(&made, &["/reset/"]);
}

async fn a_role_and_a_school_change_after_a_look_at_what_that_does(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton", "100").await;
    let other = hub.school("Acton High").await;
    let event = hub.event(EventPlan::of(10, "30")).await;
    teacher.book(&event).await.created();
    let (leads, manager) = (hub.tab(&lead).await, hub.tab(&hub.manager()).await);
    let person = format!("/people/{}", teacher.id());
    let role = format!("{person}/role");
    let look = leads.get(&format!("{role}?role=school_lead")).await;
    says(&look, &["CPD lead at Lampton"]);
    assert!(leads.send(&role, look.form(&role)).await.location().ends_with("?done=role-changed"));
    assert_eq!(leads.get(&format!("{role}?role=hub_viewer")).await.status, 200);
    says(&leads.get(&format!("{role}?role=hub_viewer")).await, &["everything else is the hub's"]);

    let path = format!("{person}/move");
    let look = manager.get(&format!("{path}?role=teacher&school_id={}", other.id)).await;
    let told = hub.manager().get(&format!("/v1{path}?role=teacher&school_id={}", other.id)).await.ok();
    assert_eq!(told["returned"], "30.00");
    says(&look, &["Teacher at Acton High", "What ends", "30 credits go back"]);
    let fields = look.form(&path);
    assert!(manager.send(&path, fields.clone()).await.location().ends_with("?done=person-moved"));
    assert!(manager.send(&path, fields).await.location().ends_with("?done=person-moved"), "sent twice");
    assert_eq!(hub.balance(&school).await, "100.00");
    assert_eq!(leads.get(&person).await.status, 404, "of another school now");
}

async fn where_not_all_can_come_there_is_a_way_on(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton", "100").await;
    let (event, tab) = (hub.event(EventPlan::of(1, "20")).await, hub.tab(&lead).await);
    let path = format!("/events/{event}/book");
    let both = format!("{path}?delegates={}&delegates={}&mode=all_or_nothing&check=yes", teacher.id(), lead.id());
    let refused = tab.get(&both).await;
    says(&refused, &["As things stand this will be refused", "Nobody is booked unless all can be", "Could come"]);
    let on = refused.page().all("a").into_iter().find(|link| link.text == "Book whom you can instead").cloned();
    let looked = tab.get(on.unwrap().attribute("href").unwrap()).await;
    says(&looked, &["Booked", "On the waiting list", "20 credits"]);
    says(&tab.send(&path, looked.form(&path)).await, &["1 of 2 has a place, 1 is on the waiting list"]);
    assert_eq!(hub.balance(&school).await, "80.00");
    hub.verified().await;
}

async fn a_team_is_told_its_cost_then_booked_once_and_places_are_named(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton", "100").await;
    let (event, tab) = (hub.event(EventPlan::of(10, "20")).await, hub.tab(&lead).await);
    let path = format!("/events/{event}/book");
    says(&tab.get(&path).await, &["10 places left", "20 credits", "100 credits"]);
    let empty = tab.get(&format!("{path}?check=yes&mode=all_or_nothing")).await;
    says(&empty, &["Tick who is to come"]);
    let check = format!(
        "{path}?delegates={}&delegates={}&places=1&names_by=2026-11-01&mode=all_or_nothing&check=yes",
        teacher.id(),
        lead.id()
    );
    let check = tab.get(&check).await;
    says(&check, &["60 credits", "40 credits", "one place without a name", "Booked"]);
    let fields = check.form(&path);
    let booked = tab.send(&path, fields.clone()).await;
    says(&booked, &["3 of 3 have a place", "40 credits left"]);
    says(&tab.send(&path, fields).await, &["3 of 3 have a place"]);
    assert_eq!(hub.balance(&school).await, "40.00");
    assert_eq!(hub.places(&event).await, (3, 0));

    let places = format!("/schools/{}/places", school.id);
    says(&tab.get(&places).await, &["Spring conference", "Sunday 1 November 2026"]);
    let unnamed = lead.all("/v1/bookings").await.into_iter().find(|booking| booking["person_id"].is_null()).unwrap();
    let (name, colleague) = (format!("/places/{}/name", id(&unnamed)), hub.teacher(&school).await);
    let named = tab.submit(&name, &name, &[("person_id", colleague.id())]).await;
    assert_eq!(named.location(), format!("/schools/{}/bookings?done=named", school.id));
    says(&tab.get(&places).await, &["No place waits for a name"]);
    let (other, substitute) = (hub.teacher(&school).await, format!("/places/{}/substitute", id(&unnamed)));
    let taken = tab.submit(&substitute, &substitute, &[("person_id", other.id())]).await;
    assert!(taken.location().ends_with("?done=substituted"), "{}", taken.location());
    let refused = tab.submit(&substitute, &substitute, &[("person_id", teacher.id())]).await;
    says(&refused, &["That could not be done"]);
    let rows = tab.get(&format!("/schools/{}/bookings", school.id)).await;
    assert_eq!(rows.page().all("tbody")[0].all("tr").len(), 3);
    let on = hub.tab(&hub.manager()).await.get(&path).await;
    says(&on, &["For which school?"]);
    hub.verified().await;
}

async fn what_needs_no_decision_is_changed_and_second_persons_are_asked(hub: TestHub) {
    let (school, lead, _) = hub.funded_school("Lampton", "100").await;
    let (tab, path) = (hub.tab(&lead).await, format!("/schools/{}/approval", school.id));
    let refused = tab.submit(&path, &path, &[("yearly_limit", "many")]).await;
    assert!(refused.form(&path).contains(&("yearly_limit".to_owned(), "many".to_owned())));
    let saved = tab.submit(&path, &path, &[("yearly_limit", "45"), ("second_person", "yes")]).await;
    assert_eq!(saved.location(), format!("{path}?done=rules-changed"));
    let rules = lead.get(&format!("/v1{path}")).await.ok();
    assert_eq!((&rules["yearly_limit"], &rules["second_person"]), (&json!("45.00"), &json!(true)));
    let fields = tab.form(&path, &path).await.into_iter().filter(|(name, _)| name != "second_person").collect();
    tab.send(&path, fields).await.location();
    let rules = lead.get(&format!("/v1{path}")).await.ok();
    assert_eq!((&rules["second_person"], &rules["one_person_asked_by"]), (&json!(true), &json!(lead.id())));
    says(&tab.get(&path).await, &["asked that no second person be needed"]);
    let overview = tab.get(&format!("/schools/{}", school.id)).await;
    says(&overview, &["up to 45 credits in a year", "A second person decides"]);
}

async fn credits_are_what_the_api_says_and_their_months_add_up(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton", "100").await;
    let (kept, soon) = (hub.event(EventPlan::of(10, "30")).await, hub.event(EventPlan::of(10, "12.50")).await);
    lead.book_for(&kept, &lead).await.created();
    let gone = lead.book_for(&soon, &teacher).await.created();
    lead.act(&gone, "cancel").await.ok();
    let tab = hub.tab(&lead).await;
    assert_eq!(tab.get("/credits").await.location(), format!("/schools/{}/credits", school.id));
    let shown = tab.get(&format!("/schools/{}/credits", school.id)).await;
    let wallet = lead.get(&format!("/v1/schools/{}/wallet", school.id)).await.ok();
    assert_eq!((&wallet["total"]["available"], &wallet["total"]["held"]), (&json!("70.00"), &json!("30.00")));
    says(
        &shown,
        &["To spend 70 credits", "Held for what is to come 30 credits", "Spring conference", "31 August 2027"],
    );
    let page = shown.page();
    let chart = page.all("figure")[0].all("table")[0].all("tbody")[0].all("tr").len();
    assert_eq!(chart, 12);
    let october = page.all("tr").into_iter().find(|row| row.text.starts_with("Oct 26")).unwrap().text.clone();
    assert!(october.contains("30"), "{october}");

    let statement = tab.get(&format!("/schools/{}/statement", school.id)).await;
    let told = lead.get(&format!("/v1/schools/{}/statement", school.id)).await.ok();
    let rows = statement.page().all("tbody")[0].all("tr").len();
    assert_eq!(rows, told["items"].as_array().unwrap().len());
    says(&statement, &["At the end 70 credits"]);
    let wrong = tab.get(&format!("/schools/{}/statement?from=2026-10-05&until=2026-10-01", school.id)).await;
    says(&wrong, &["must not be before from"]);
    let pdf = tab.get(&format!("/schools/{}/statement.pdf", school.id)).await;
    assert_eq!((pdf.status, &pdf.headers["content-type"]), (200, &"application/pdf".parse().unwrap()));
}

async fn a_gift_is_offered_and_accepted_once(hub: TestHub) {
    let (school, giver, _) = hub.funded_school("Lampton", "100").await;
    let (other, receiver, _) = hub.funded_school("Acton High", "10").await;
    let (gives, takes) = (hub.tab(&giver).await, hub.tab(&receiver).await);
    let path = format!("/schools/{}/gifts/new", school.id);
    let refused = gives.submit(&path, &path, &[("to_school_id", &other.id), ("amount", "1000")]).await;
    assert!(refused.form(&path).contains(&("amount".to_owned(), "1000".to_owned())), "{}", refused.words());
    let offered = gives.send(&path, filled(refused.form(&path), &[("amount", "40"), ("message", "For <you>")])).await;
    let gift = offered.location().split('?').next().unwrap().to_owned();
    says(&gives.get(offered.location()).await, &["The gift is offered", "60 credits to spend", "Withdraw the offer"]);
    says(&takes.get(&format!("/schools/{}/gifts", other.id)).await, &["From Lampton", "For <you>", "Offered to you"]);
    let shown = takes.get(&gift).await;
    says(&shown, &["50 credits to spend"]);
    let accept = format!("{gift}/accept");
    let fields = shown.form(&accept);
    let accepted = takes.send(&accept, fields.clone()).await;
    assert_eq!(accepted.location(), format!("{gift}?done=gift-accepted"));
    assert_eq!(takes.send(&accept, fields).await.location(), accepted.location());
    assert_eq!((hub.balance(&school).await, hub.balance(&other).await), ("60.00".into(), "50.00".into()));
    hub.verified().await;
}

async fn others_see_none_of_it(hub: TestHub) {
    let (school, lead, teacher) = hub.funded_school("Lampton", "0").await;
    let (other, _, _) = hub.funded_school("Acton High", "0").await;
    let (leads, teachers) = (hub.tab(&lead).await, hub.tab(&teacher).await);
    let pages = ["", "/people", "/people/new", "/bookings", "/places", "/deputies", "/approval", "/credits", "/gifts"];
    for page in pages {
        let (own, others) = (format!("/schools/{}{page}", school.id), format!("/schools/{}{page}", other.id));
        assert_eq!(leads.get(&own).await.status, 200, "{own}");
        assert_eq!(leads.get(&others).await.status, 404, "{others}");
        assert_eq!(teachers.get(&own).await.status, 403, "{own}");
    }
    for page in ["/people", "/people/new", &format!("/people/{}/merge", teacher.id())] {
        assert_eq!(leads.get(page).await.status, 403, "{page}");
    }
    let viewer = hub.tab(&hub.viewer().await).await;
    for page in pages.into_iter().filter(|page| *page != "/people/new") {
        let seen = viewer.get(&format!("/schools/{}{page}", school.id)).await;
        assert_eq!(seen.status, 200, "{page}");
        let posts = seen.page().all("form").iter().filter(|form| form.attribute("method") == Some("post")).count();
        assert_eq!(posts, 1, "{page}: signing out alone");
    }
}
