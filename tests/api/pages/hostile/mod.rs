//! Texts that somebody could type to have them run by whoever looks at them: put into every text field of every form that
//! a role is shown, and then looked for on every page of every role. Forms and pages are those that the links lead to.

mod forms;
mod texts;
mod walk;

use std::collections::BTreeSet;

use crate::both_engines;
use crate::support::{Demonstration, Tab};
use forms::Form;
use texts::{HOSTILE, looked_at};
use walk::{Walk, kind_of};

both_engines!(what_is_typed_anywhere_is_shown_everywhere_as_it_was_typed);

/// Each role of the demonstration with its browser; whoever can take most away comes last.
const ROLES: [&str; 5] = ["teacher", "school_lead", "partner", "hub_viewer", "hub_manager"];

async fn what_is_typed_anywhere_is_shown_everywhere_as_it_was_typed(demonstration: Demonstration) {
    let (mut kinds, mut taken) = (BTreeSet::new(), 0);
    for role in ROLES {
        let tab = demonstration.tab(role).await;
        let found = Walk::of(&tab, role).await;
        for (page, form) in found.forms {
            if !form.takes_text() || !kinds.insert((role, kind_of(&form.action), form.post)) {
                continue;
            }
            for turn in 0..HOSTILE.len() {
                taken += usize::from(send(&tab, role, &page, &form, turn).await);
            }
        }
    }
    assert!(kinds.len() >= 50 && taken >= 60, "only {} forms found, {taken} texts taken", kinds.len());
    // What was taken stands somewhere, as it was typed.
    let mut shown = BTreeSet::new();
    for role in ROLES {
        for page in Walk::of(&demonstration.tab(role).await, role).await.pages {
            let stands = |text: &&&str| page.words.contains(&text.split_whitespace().collect::<Vec<_>>().join(" "));
            shown.extend(HOSTILE.iter().filter(stands).map(|text| (kind_of(&page.path), *text)));
        }
    }
    let texts: BTreeSet<&str> = shown.iter().map(|(_, text)| *text).collect();
    assert!(texts.len() + 1 >= HOSTILE.len() && shown.len() >= 40, "shown: {shown:?}");
}

/// Sends a form of a page, as it stands there now, with the texts of this turn; whether it was taken.
async fn send(tab: &Tab, role: &str, page: &str, form: &Form, turn: usize) -> bool {
    let context = format!("{role}, {page}: {} at turn {turn}", form.action);
    let seen = tab.get(page).await;
    if seen.status != 200 {
        return false;
    }
    let Some(form) = Form::all(&seen.page(), page).into_iter().find(|now| now.is_as(form)) else { return false };
    let answer = form.send(tab, turn).await;
    looked_at(&answer, &context);
    if answer.status != 200 || !form.post {
        return answer.status == 303;
    }
    // What is asked once more is said yes to; what was refused is not.
    let again =
        Form::all(&answer.page(), &form.action).into_iter().find(|again| again.post && !again.is_refused(&answer));
    let Some(again) = again else { return false };
    let answer = again.send_as_it_stands(tab).await;
    looked_at(&answer, &context);
    answer.status == 303
}
