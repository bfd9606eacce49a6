//! `credential`: what is held, what was shown, and what is removed.

use crate::answer::{Answer, Failure, message};
use crate::arguments::{Arguments, Credential};
use crate::verb::approval::approved;
use crate::verb::{check, offer, request, service, show};
use crate::{folder, human};
use citizen_wallet::error::Input;
use citizen_wallet::view::{ClaimView, CredentialDetailView, CredentialView, StatusView};
use citizen_wallet::{CredentialId, Message, Wallet, WalletError};
use serde_json::json;

/// So many digits of an identifier at the least.
const DIGITS: usize = 4;

pub(crate) async fn run(arguments: &Arguments, credential: &Credential) -> Result<Answer, Failure> {
    match credential {
        Credential::Check(credential) => check::check(credential),
        Credential::List { offline } => list(arguments, *offline).await,
        Credential::Show { id, offline } => detail(arguments, id, *offline).await,
        Credential::Receive(receive) => offer::receive(arguments, receive).await,
        Credential::Present(present) => request::present(arguments, present).await,
        Credential::Forget { id, yes } => forget(arguments, id, *yes).await,
        Credential::Services => service::list(arguments),
        Credential::Leave { id, yes } => service::leave(arguments, id, *yes).await,
        Credential::Log => log(arguments),
    }
}

async fn list(arguments: &Arguments, offline: bool) -> Result<Answer, Failure> {
    let wallet = folder::open(arguments)?;
    let hint = refreshed(arguments, &wallet, offline).await?;
    let credentials = wallet.credentials()?;
    let mut lines: Vec<Message> = credentials.iter().flat_map(credential_lines).collect();
    if credentials.is_empty() {
        lines.push(message("가진 증명서가 없습니다.", "No credential is held."));
    }
    let pending = wallet.pending_credentials()?;
    lines.extend(pending.iter().map(|pending| pending.text().clone()));
    lines.extend(hint.clone());
    let fields = json!({ "credentials": credentials, "pending": pending });
    Ok(looked_up(Answer::of(&fields, lines), offline, hint))
}

async fn detail(arguments: &Arguments, id: &str, offline: bool) -> Result<Answer, Failure> {
    let wallet = folder::open(arguments)?;
    let id = found(&wallet, id)?;
    let hint = refreshed(arguments, &wallet, offline).await?;
    let view = wallet.credential(&id)?;
    let mut lines = detail_lines(&view);
    lines.extend(hint.clone());
    Ok(looked_up(Answer::of(&view, lines), offline, hint))
}

/// Asks issuers for what is awaited and for fresh copies, and about statuses. What cannot be asked about now is shown as it was known, and why is said.
async fn refreshed(
    arguments: &Arguments,
    wallet: &Wallet,
    offline: bool,
) -> Result<Option<Message>, Failure> {
    if offline {
        return Ok(None);
    }
    human::progress(arguments, &message("상태를 묻는 중", "asking about statuses"));
    match wallet.refresh_credentials().await {
        Ok(_) => Ok(None),
        Err(
            error @ (WalletError::Offline { .. }
            | WalletError::Stale { .. }
            | WalletError::Unverified { .. }
            | WalletError::Refused { .. }),
        ) => Ok(Some(error.message())),
        Err(error) => Err(error.into()),
    }
}

fn looked_up(answer: Answer, offline: bool, hint: Option<Message>) -> Answer {
    let is_refreshed = !offline && hint.is_none();
    answer.with("refreshed", is_refreshed).with("hint", json!(hint))
}

async fn forget(arguments: &Arguments, id: &str, yes: bool) -> Result<Answer, Failure> {
    let wallet = folder::open(arguments)?;
    let id = found(&wallet, id)?;
    let view = wallet.credential(&id)?;
    let mut lines = detail_lines(&view);
    lines.push(message(
        "이 휴대전화에서 지웁니다. 다시 쓰려면 새로 발급받아야 합니다.",
        "It is removed from this phone: to have it again it has to be issued again.",
    ));
    approved(arguments, yes, &view, &lines)?;
    wallet.forget_credential(&id).await?;
    let lines = vec![message("지웠습니다.", "Removed.")];
    let fields = json!({ "id": id.to_string(), "vct": view.credential().vct(), "forgotten": true });
    Ok(Answer::of(&fields, lines))
}

fn log(arguments: &Arguments) -> Result<Answer, Failure> {
    let events = folder::open(arguments)?.credential_log()?;
    let lines = events
        .iter()
        .map(|event| {
            let (time, text) = (event.time().to_kst(), event.text());
            message(format!("{time}  {}", text.ko), format!("{time}  {}", text.en))
        })
        .collect();
    Ok(Answer::of(&json!({ "events": events }), lines))
}

/// The credential of a name: its 32 hexadecimal digits, or so many of them that only one begins with them.
fn found(wallet: &Wallet, text: &str) -> Result<CredentialId, Failure> {
    let held = wallet.credentials()?;
    one_of(held.iter().map(|credential| *credential.id()), text).ok_or(unknown())
}

/// The one that begins with these digits.
pub(crate) fn one_of<T: ToString + PartialEq>(held: impl Iterator<Item = T>, digits: &str) -> Option<T> {
    let is_it = |id: &T| digits.len() >= DIGITS && id.to_string().starts_with(digits);
    let mut fitting = held.filter(is_it);
    let first = fitting.next()?;
    fitting.all(|other| other == first).then_some(first)
}

const fn unknown() -> Failure {
    Failure::Wallet(WalletError::Invalid { input: Input::CredentialUnknown })
}

/// The lines of one that is held.
pub(crate) fn credential_lines(view: &CredentialView) -> Vec<Message> {
    let (id, text, left) = (view.id(), view.text(), view.copies_left());
    let name = named(view.name(), view.vct());
    let nobody = message("알 수 없음", "unknown");
    let issuer = view.issuer().as_ref().unwrap_or(&nobody);
    let mut lines = vec![
        message(format!("{id}  {}", name.ko), format!("{id}  {}", name.en)),
        message(
            format!("    {}: {}. {left}번 더 보여 줄 수 있습니다.", issuer.ko, text.ko),
            format!("    {}: {}. It can be shown {left} more times.", issuer.en, text.en),
        ),
    ];
    if let Some(expires) = view.expires() {
        let expires = expires.to_kst();
        lines.push(message(format!("    {expires}까지"), format!("    until {expires}")));
    }
    lines.extend(age_line(view.status()));
    if *view.needs_refill() {
        lines.push(message("    곧 새로 발급받아야 합니다.", "    It should be issued again soon."));
    }
    lines
}

/// How old what is known of a status is, where that is old.
pub(crate) fn age_line(status: &StatusView) -> Option<Message> {
    let is_old = ["stale", "unknown"].contains(status.state());
    is_old.then(|| message(format!("    {}", status.text().ko), format!("    {}", status.text().en)))
}

fn detail_lines(view: &CredentialDetailView) -> Vec<Message> {
    let mut lines = credential_lines(view.credential());
    lines.extend(claim_lines(view.disclosable()));
    if !view.open().is_empty() {
        lines.push(message("  보여 줄 때마다 함께 나가는 것:", "  Shown every time:"));
        lines.extend(claim_lines(view.open()));
    }
    lines.push(show::verified(view.verified()));
    lines
}

/// A name with the type beside it: the name is the issuer's word, the type is what programs go by.
pub(crate) fn named(name: &Message, vct: &str) -> Message {
    let beside = |name: &str| if name == vct { name.to_owned() } else { format!("{name} ({vct})") };
    message(beside(&name.ko), beside(&name.en))
}

/// A claim a line.
pub(crate) fn claim_lines(claims: &[ClaimView]) -> Vec<Message> {
    let line = |claim: &ClaimView, label: &str| match label {
        "" => format!("    {}: {}", claim.path(), claim.value()),
        label => format!("    {label} ({}): {}", claim.path(), claim.value()),
    };
    let both = |claim: &ClaimView| {
        let label = claim.label().clone().unwrap_or_else(|| message("", ""));
        message(line(claim, &label.ko), line(claim, &label.en))
    };
    claims.iter().map(both).collect()
}
