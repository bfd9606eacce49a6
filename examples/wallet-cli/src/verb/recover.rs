//! `card enrol`, `recover`, `recovery`, `uphold`, `takeover`, `dismiss`: phone and recovery code are lost, and officers help.

use crate::answer::{Answer, Failure, message};
use crate::arguments::{Arguments, RecoverCard, Who};
use crate::verb::{begin, give, show};
use crate::{folder, human, secret};
use citizen_wallet::view::RecoveryView;
use citizen_wallet::{Identity, Message};

pub(crate) async fn report_loss(arguments: &Arguments, who: &Who) -> Result<Answer, Failure> {
    let view = folder::open(arguments)?.report_loss(&identity(who)).await?;
    Ok(Answer::of(&view, vec![view.text().clone()]))
}

pub(crate) async fn enrol(arguments: &Arguments, who: &Who) -> Result<Answer, Failure> {
    let view = folder::open(arguments)?.enrol_recovery(&identity(who)).await?;
    Ok(Answer::of(&view, vec![view.text().clone()]))
}

/// The code is made before anybody is asked, and shown in the same answer: what is filed cannot be completed without it.
pub(crate) async fn ask(arguments: &Arguments, asked: &RecoverCard) -> Result<Answer, Failure> {
    let (wallet, code) = begin::without_account(arguments, &asked.city)?;
    human::progress(arguments, &message("담당자에게 신청하는 중", "asking the officers"));
    wallet.recover_by_office(&identity(&asked.who), &code).await?;
    let view = wallet.follow_recovery().await?;
    let text = code.to_text();
    let mut said = lines(&view);
    said.push(begin::code_line(&text));
    Ok(Answer::of(&view, said).with("recovery_code", text.as_str()))
}

pub(crate) async fn show(arguments: &Arguments) -> Result<Answer, Failure> {
    let view = folder::open(arguments)?.follow_recovery().await?;
    Ok(Answer::of(&view, lines(&view)))
}

pub(crate) async fn uphold(arguments: &Arguments) -> Result<Answer, Failure> {
    let view = folder::open(arguments)?.uphold_recovery().await?;
    Ok(Answer::of(&view, lines(&view)))
}

pub(crate) async fn take_over(arguments: &Arguments) -> Result<Answer, Failure> {
    let wallet = folder::open(arguments)?;
    let code = secret::recovery_code(arguments)?;
    human::progress(arguments, &message("계정을 넘겨받는 중", "taking the account over"));
    let account = wallet.complete_recovery(&code).await?;
    let lines = vec![message(
        format!("계정 {}을 넘겨받았습니다. 이전 휴대전화는 볼 수만 있습니다.", account.account()),
        format!("Account {} is on this device now. The old one can only show.", account.account()),
    )];
    Ok(Answer::of(&account, lines))
}

pub(crate) async fn dismiss(arguments: &Arguments, who: &Who) -> Result<Answer, Failure> {
    let wallet = folder::open(arguments)?;
    let sent = wallet.dismiss_recovery(&identity(who)).await?;
    give::answer(wallet.follow_submission(sent.id()).await?)
}

fn identity(who: &Who) -> Identity {
    let Who { number, name, birth_date } = who;
    Identity { number: number.clone(), name: name.clone(), birth_date: birth_date.clone() }
}

fn lines(view: &RecoveryView) -> Vec<Message> {
    let mut lines = vec![view.text().clone()];
    if let Some(account) = view.account() {
        lines.push(message(format!("  계정 {account}"), format!("  Account {account}")));
    }
    lines.push(show::verified(view.verified()));
    lines
}
