//! `credential present`: who asks for what, what is shown of it, where she signs in, and the answer.

use crate::answer::{Answer, Failure, message};
use crate::arguments::{Arguments, Present, Unknown};
use crate::verb::approval::approved;
use crate::verb::credential::{age_line, claim_lines, named, one_of};
use crate::verb::show;
use crate::{folder, human, picture};
use citizen_wallet::error::Input;
use citizen_wallet::view::{AskedView, ClaimView, PresentationReviewView, ShowableView};
use citizen_wallet::{
    ClaimPath, CredentialId, Leniency, Message, PresentationChoice, PresentationPick, UnknownVerifiers,
    WalletError,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Claims by credential.
type Chosen = BTreeMap<CredentialId, BTreeSet<String>>;

pub(crate) async fn present(arguments: &Arguments, present: &Present) -> Result<Answer, Failure> {
    let link = picture::read(present.request.trim(), None, Leniency::Strict)?.text;
    let policy = match present.unknown_verifiers {
        Unknown::Refuse => UnknownVerifiers::Refuse,
        Unknown::IfInsisted => UnknownVerifiers::IfInsisted,
    };
    let wallet = folder::open_with(arguments, policy)?;
    human::progress(arguments, &message("누가 무엇을 묻는지 확인하는 중", "looking who asks for what"));
    let review = wallet.review_presentation(&link).await?;
    let view = review.view().clone();
    if present.decline {
        wallet.decline_presentation(review).await?;
        return Ok(declined(&view));
    }
    let choice = if present.select.is_empty() {
        review.suggested()
    } else {
        Some(selected(&view, &present.select).ok_or(wrong())?)
    };
    let insists = present.insist && *view.can_insist();
    let choice = choice.filter(|_| *view.can_present() || insists).ok_or_else(|| unanswerable(&view))?;
    let choice = if insists { choice.insisting() } else { choice };
    let mut shown = serde_json::to_value(&view).unwrap_or_default();
    if let Value::Object(fields) = &mut shown {
        fields.insert("choice".to_owned(), told(&choice));
    }
    approved(arguments, present.yes, &shown, &review_lines(&view, &choice))?;
    let presented = wallet.present_credentials(review, &choice).await?;
    let mut lines = vec![presented.text().clone()];
    lines.extend(presented.go_to().iter().map(|to| message(to.clone(), to.clone())));
    let fields = json!({
        "presented": true,
        "verifier": view.verifier(),
        "purposes": view.purposes(),
        "shown": told(&choice),
        "signed_in": view.sign_in(),
        "insisted": insists,
        "go_to": presented.go_to(),
        "text": presented.text(),
    });
    Ok(Answer::of(&fields, lines))
}

fn declined(view: &PresentationReviewView) -> Answer {
    let name = view.verifier().name();
    let text = message(
        format!("{}의 요청을 거절했습니다. 아무것도 보여 주지 않았습니다.", name.ko),
        format!("The request of {} was declined. Nothing was shown.", name.en),
    );
    let fields = json!({ "presented": false, "verifier": view.verifier(), "shown": [], "text": text });
    Answer::of(&fields, vec![text])
}

fn unanswerable(view: &PresentationReviewView) -> Failure {
    Failure::CannotPresent { review: serde_json::to_value(view).unwrap_or_default() }
}

const fn wrong() -> Failure {
    Failure::Wallet(WalletError::Invalid { input: Input::Selection })
}

fn told(choice: &PresentationChoice) -> Value {
    let pick = |pick: &PresentationPick| {
        let claims: Vec<String> = pick.claims.iter().map(ToString::to_string).collect();
        json!({ "query": pick.query, "credential": pick.credential.to_string(), "claims": claims })
    };
    choice.picks.iter().map(pick).collect()
}

/// Reads `ID.claim,ID.claim`: for each part of the request the longest combination of what was chosen. All that was chosen is asked
/// for, or nothing is shown.
fn selected(view: &PresentationReviewView, select: &[String]) -> Option<PresentationChoice> {
    let chosen = chosen(view, select)?;
    let picks: Vec<PresentationPick> = view.asked().iter().flat_map(|part| picked(part, &chosen)).collect();
    let mut covered = Chosen::new();
    for pick in &picks {
        let claims = pick.claims.iter().map(ToString::to_string);
        covered.entry(pick.credential).or_default().extend(claims);
    }
    (covered == chosen).then(|| PresentationChoice { picks, ..PresentationChoice::default() })
}

fn chosen(view: &PresentationReviewView, select: &[String]) -> Option<Chosen> {
    let mut chosen = Chosen::new();
    for word in select.iter().flat_map(|text| words(text)) {
        let end = word.find(['.', '[']).unwrap_or(word.len());
        let (digits, claim) = word.split_at(end);
        let offered = view.asked().iter().flat_map(AskedView::showable);
        let id = one_of(offered.map(|showable| *showable.credential()), digits)?;
        let claims = chosen.entry(id).or_default();
        if !claim.is_empty() {
            let path: ClaimPath = claim.strip_prefix('.').unwrap_or(claim).parse().ok()?;
            claims.insert(path.to_string());
        }
    }
    Some(chosen)
}

/// Parts between commas, but for commas in brackets: `["a,b"]` is one name.
fn words(text: &str) -> Vec<&str> {
    let mut depth = 0_u32;
    let is_between = |letter: char| {
        match letter {
            '[' => depth = depth.saturating_add(1),
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        letter == ',' && depth == 0
    };
    text.split(is_between).map(str::trim).filter(|word| !word.is_empty()).collect()
}

fn picked(part: &AskedView, chosen: &Chosen) -> Vec<PresentationPick> {
    let most = if *part.multiple() { usize::MAX } else { 1 };
    let pick = |showable: &ShowableView| {
        let wanted = chosen.get(showable.credential())?;
        let paths = |claims: &Vec<ClaimView>| claims.iter().map(|claim| claim.path().clone()).collect();
        let combinations = showable.combinations().iter().map(paths);
        let fitting = combinations.filter(|paths: &BTreeSet<String>| paths.is_subset(wanted));
        let longest = fitting.reduce(|best, next| if next.len() > best.len() { next } else { best })?;
        let claims = longest.iter().map(|path| path.parse().ok()).collect::<Option<_>>()?;
        let (query, credential) = (part.query().clone(), *showable.credential());
        Some(PresentationPick { query, credential, claims })
    };
    part.showable().iter().filter_map(pick).take(most).collect()
}

fn review_lines(view: &PresentationReviewView, choice: &PresentationChoice) -> Vec<Message> {
    let mut lines = vec![view.text().clone()];
    if let Some(name) = view.claimed_name() {
        lines.push(message(
            format!("  스스로 부르는 이름(확인되지 않음): {name}"),
            format!("  It calls itself, which nobody has checked: {name}"),
        ));
    }
    for purpose in view.purposes() {
        lines.push(message(format!("  목적: {}", purpose.ko), format!("  Purpose: {}", purpose.en)));
    }
    if let Some(sign_in) = view.sign_in() {
        let text = sign_in.text();
        lines.push(message(format!("  {}", text.ko), format!("  {}", text.en)));
    }
    if !choice.picks.is_empty() {
        lines.push(message("  보여 줄 것:", "  What would be shown:"));
    }
    for pick in &choice.picks {
        lines.extend(pick_lines(view, pick));
    }
    lines.extend(view.verifier().verified().as_ref().map(show::verified));
    lines
}

fn pick_lines(view: &PresentationReviewView, pick: &PresentationPick) -> Vec<Message> {
    let part = view.asked().iter().find(|part| *part.query() == pick.query);
    let showable =
        part.and_then(|part| part.showable().iter().find(|it| *it.credential() == pick.credential));
    let Some(showable) = showable else { return Vec::new() };
    let name = named(showable.name(), showable.vct());
    let mut lines = vec![message(format!("  {}", name.ko), format!("  {}", name.en))];
    let picked: BTreeSet<String> = pick.claims.iter().map(ToString::to_string).collect();
    let mut seen = BTreeSet::new();
    let claims = showable.combinations().iter().flatten();
    let claims = claims.filter(|claim| picked.contains(claim.path()) && seen.insert(claim.path().clone()));
    lines.extend(claim_lines(&claims.cloned().collect::<Vec<_>>()));
    lines.extend(claim_lines(showable.open()));
    lines.extend(age_line(showable.status()));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_in_brackets_are_part_of_a_name() {
        assert_eq!(words(r#"ab.a, cd["b,c"][0],,ef"#), ["ab.a", r#"cd["b,c"][0]"#, "ef"]);
    }
}
