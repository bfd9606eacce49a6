//! `static-code` and `dynamic-code`: what customers pay.

use super::amount;
use crate::answer::Answer;
use crate::arguments::{Arguments, DynamicCode, Pictures, StaticCode};
use crate::catalogue::message;
use crate::desk::Desk;
use crate::failure::Failure;
use crate::folder::{Folder, write_file};
use crate::{link, mark, print};
use citizen_client::api::TillAnswer;
use citizen_payment::code::{Code, Leniency, MerchantCode, SandboxCode};
use citizen_payment::till::MerchantAct;
use citizen_payment::word::MerchantStatus;
use citizen_primitives::{MerchantId, UnixTime, Won};
use std::path::PathBuf;

/// Files that are ready to be written.
type Files = Vec<(&'static str, PathBuf, Vec<u8>)>;

/// The printed code, as the centre attested it when the till was made: no network is needed.
pub(super) fn printed(arguments: &Arguments, asked: &StaticCode) -> Result<Answer, Failure> {
    let shop = Folder::of(arguments)?.shop()?;
    let code = &shop.printed_code;
    merchant_code(code, &shop.merchant)?;
    let mut files = draw(code, &asked.pictures)?;
    if let Some(path) = &asked.a6 {
        files.push(("a6", path.clone(), print::page(&shop)?.into_bytes()));
    }
    let answer = Answer::default()
        .with("merchant", shop.merchant.as_str())
        .with("name", shop.name.as_str())
        .with("code", code.as_str())
        .line(message(code.as_str(), code.as_str()));
    write(answer, files)
}

/// A code for one order. The centre's signed word says that it is this shop's, of this amount, and may be paid.
pub(super) async fn dynamic(arguments: &Arguments, asked: &DynamicCode) -> Result<Answer, Failure> {
    let amount = amount(asked.amount)?;
    let desk = Desk::open(arguments)?;
    let centre = desk.centre().await?;
    let word = desk.ask(&centre, MerchantAct::OrderCode { amount }).await.into_answer()?;
    let TillAnswer::OrderCode { code, until } = &word.value().answer else {
        return Err(link::of_another_kind(&word.value().answer));
    };
    let read = merchant_code(code, &desk.shop.merchant)?;
    let said = centre.whose(code).await?;
    let is_ours = said.word.value().merchant.as_ref().is_some_and(|it| it.id == desk.shop.merchant);
    let is_so = is_ours
        && said.word.value().status == MerchantStatus::Usable
        && said.word.value().amount == Some(amount)
        && read.amount_in_won() == Some(amount);
    if !is_so {
        return Err(Failure::unverified("code", "centre"));
    }
    let until = UnixTime::from_seconds(*until);
    let answer = Answer::default()
        .with("code", code.as_str())
        .with("amount", amount.amount())
        .with("until", until.to_rfc3339())
        .with("attested", mark::attested(&said.word))
        .line(message(code.as_str(), code.as_str()))
        .line(line(amount, until));
    write(answer, draw(code, &asked.pictures)?)
}

fn line(amount: Won, until: UnixTime) -> crate::catalogue::Message {
    let until = until.to_kst();
    message(format!("{amount}원, {until}까지 한 번"), format!("{amount} won, once, until {until}"))
}

/// A merchant's code of this shop.
fn merchant_code(code: &str, merchant: &MerchantId) -> Result<MerchantCode, Failure> {
    let wrong = || Failure::unverified("code", "centre");
    let Ok(Code::Merchant(read)) = Code::parse(code, Leniency::Strict).outcome else { return Err(wrong()) };
    let is_ours = SandboxCode::of(&read).is_some_and(|it| it.merchant.as_str() == merchant.as_str());
    if is_ours { Ok(*read) } else { Err(wrong()) }
}

fn draw(code: &str, pictures: &Pictures) -> Result<Files, Failure> {
    let mut files = Files::new();
    if let Some(path) = &pictures.png {
        files.push(("png", path.clone(), print::png(code)?));
    }
    if let Some(path) = &pictures.svg {
        files.push(("svg", path.clone(), print::svg(code)?.into_bytes()));
    }
    Ok(files)
}

/// Writes the files; which were asked for stands in the answer, null for those that were not.
fn write(answer: Answer, files: Files) -> Result<Answer, Failure> {
    let mut answer = answer.with("png", ()).with("svg", ()).with("a6", ());
    for (name, path, bytes) in files {
        write_file(&path, &bytes)?;
        let path = path.display().to_string();
        answer = answer.with(name, path.as_str()).line(message(path.as_str(), path.as_str()));
    }
    Ok(answer)
}
