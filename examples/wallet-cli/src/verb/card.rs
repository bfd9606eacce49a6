//! `card`: this phone's key on the ledger, whether it may be used, and what stops it.

use crate::answer::{Answer, Failure, message};
use crate::arguments::{Arguments, Card, MakeCard, RevokeCard};
use crate::verb::approval::approved;
use crate::verb::{begin, give, recover, show};
use crate::{folder, human, secret};
use citizen_wallet::error::Input;
use citizen_wallet::view::CardView;
use citizen_wallet::{Message, WalletError};
use serde_json::Value;

pub(crate) async fn run(arguments: &Arguments, card: &Card) -> Result<Answer, Failure> {
    match card {
        Card::Init(init) => make(arguments, init).await,
        Card::Show => {
            let view = folder::open(arguments)?.card().await?;
            Ok(Answer::of(&view, lines(&view)))
        }
        Card::Rotate { yes } => rotate(arguments, *yes).await,
        Card::Revoke(asked) => revoke(arguments, asked).await,
        Card::Unfreeze => {
            let wallet = folder::open(arguments)?;
            let sent = wallet.unfreeze(&secret::recovery_code(arguments)?).await?;
            give::answer(wallet.follow_submission(sent.id()).await?)
        }
        Card::Object => {
            let wallet = folder::open(arguments)?;
            let sent = wallet.object_to_recovery().await?;
            give::answer(wallet.follow_submission(sent.id()).await?)
        }
        Card::Lost(who) => recover::report_loss(arguments, who).await,
        Card::Enrol(who) => recover::enrol(arguments, who).await,
        Card::Recover(asked) => recover::ask(arguments, asked).await,
        Card::Recovery => recover::show(arguments).await,
        Card::Uphold => recover::uphold(arguments).await,
        Card::Takeover => recover::take_over(arguments).await,
        Card::Dismiss(who) => recover::dismiss(arguments, who).await,
    }
}

/// A card that is there already is shown, whatever else was said: nothing is made twice.
async fn make(arguments: &Arguments, init: &MakeCard) -> Result<Answer, Failure> {
    if folder::has_wallet(arguments)? {
        let wallet = folder::open(arguments)?;
        match wallet.card().await {
            Err(WalletError::Invalid { input: Input::AccountMissing }) => {}
            card => {
                let card = card?;
                let answer = Answer::of(&card, lines(&card));
                return Ok(answer.with("made", false).with("recovery_code", Value::Null));
            }
        }
    }
    let (wallet, code) = begin::make(arguments, &init.city).await?;
    let card = wallet.card().await?;
    let text = code.to_text();
    let mut said = lines(&card);
    said.push(begin::code_line(&text));
    Ok(Answer::of(&card, said).with("made", true).with("recovery_code", text.as_str()))
}

async fn rotate(arguments: &Arguments, yes: bool) -> Result<Answer, Failure> {
    let wallet = folder::open(arguments)?;
    let before = wallet.card().await?;
    let mut review = lines(&before);
    review.push(message(
        "새 열쇠를 만들어 이 열쇠를 대신하게 합니다. 복구 코드는 그대로입니다. 보여 준 코드와 보내지 않은 주문은 없던 일이 됩니다.",
        "A new key takes this one's place. The recovery code stays. Codes that are shown and orders that were not sent end.",
    ));
    approved(arguments, yes, &before, &review)?;
    human::progress(arguments, &message("장부에서 열쇠를 바꾸는 중", "changing the key on the ledger"));
    let after = wallet.rotate_card().await?;
    Ok(Answer::of(&after, lines(&after)).with("replaced", before.thumbprint().as_str()))
}

/// The code is the decision: whoever types it in wants the account stopped now. A wallet without an account will do.
async fn revoke(arguments: &Arguments, asked: &RevokeCard) -> Result<Answer, Failure> {
    let wallet = match &asked.city.city {
        Some(_) if !folder::has_wallet(arguments)? => begin::without_account(arguments, &asked.city)?.0,
        _ => folder::open(arguments)?,
    };
    let code = secret::recovery_code(arguments)?;
    human::progress(arguments, &message("계정을 멈추는 중", "stopping the account"));
    let sent = wallet.freeze(&code).await?;
    give::answer(wallet.follow_submission(sent.id()).await?)
}

fn lines(card: &CardView) -> Vec<Message> {
    let (account, did, thumbprint) = (card.account(), card.did(), card.thumbprint());
    let credentials = card.credentials();
    let mut lines = vec![
        card.text().clone(),
        message(format!("  계정 {account}"), format!("  Account {account}")),
        message(format!("  열쇠 {thumbprint}"), format!("  Key {thumbprint}")),
        message(format!("  {did}"), format!("  {did}")),
        message(format!("  증명서 {credentials}개"), format!("  {credentials} credentials")),
    ];
    if *card.custody().state() != "free" {
        lines.push(card.custody().text().clone());
    }
    lines.push(show::verified(card.verified()));
    lines
}
