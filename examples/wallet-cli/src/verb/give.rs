//! `gift`, `gift-code`, `redeem`: points that leave for good.

use crate::answer::{Answer, Failure, message};
use crate::arguments::{Arguments, Gift};
use crate::verb::approval::approved;
use crate::verb::show;
use crate::{folder, picture};
use citizen_wallet::draw::{ErrorCorrection, qr_png};
use citizen_wallet::view::SubmissionView;
use citizen_wallet::{Leniency, Points, WalletError};
use std::path::Path;

/// Pixels to the module.
const MODULE: u32 = 8;

pub(crate) async fn gift(arguments: &Arguments, gift: &Gift) -> Result<Answer, Failure> {
    let points = Points::new(gift.points).map_err(WalletError::from)?;
    let code = picture::read(gift.code.trim(), None, Leniency::Strict)?.text;
    let wallet = folder::open(arguments)?;
    let review = wallet.review_gift(&code, points).await?;
    let lines = [review.view().spoken().clone(), show::verified(review.view().verified())];
    approved(arguments, gift.yes, review.view(), &lines)?;
    let sent = wallet.approve_gift(review).await?;
    answer(wallet.follow_submission(sent.id()).await?)
}

pub(crate) async fn gift_code(arguments: &Arguments, png: Option<&Path>) -> Result<Answer, Failure> {
    let wallet = folder::open(arguments)?;
    let code = wallet.gift_code().await?;
    if let Some(path) = png {
        let drawn = qr_png(&code, MODULE, ErrorCorrection::M).map_err(|_| Failure::of_file())?;
        folder::write_file(path, &drawn)?;
    }
    let lines = vec![
        message(code.clone(), code.clone()),
        message(
            "이 코드를 본 사람은 이 계정의 포인트와 내역을 읽을 수 있습니다.",
            "Whoever sees this code can read this account's points and history.",
        ),
    ];
    Ok(Answer::of(&serde_json::json!({ "code": code }), lines))
}

pub(crate) async fn redeem(arguments: &Arguments, points: u64, yes: bool) -> Result<Answer, Failure> {
    let points = Points::new(points).map_err(WalletError::from)?;
    let wallet = folder::open(arguments)?;
    let review = wallet.review_redemption(points).await?;
    let lines = [review.view().spoken().clone(), show::verified(review.view().verified())];
    approved(arguments, yes, review.view(), &lines)?;
    let sent = wallet.approve_redemption(review).await?;
    answer(wallet.follow_submission(sent.id()).await?)
}

/// What came of it; what did not come about is a refusal.
pub(crate) fn answer(view: SubmissionView) -> Result<Answer, Failure> {
    if !view.is_done() {
        let (id, text) = (view.id().to_hex(), view.text().clone());
        return Err(Failure::NotDone { id, state: view.state(), text });
    }
    let mut lines = vec![view.text().clone()];
    if let Some(certificate) = view.certificate() {
        let (number, won, until) = (certificate.number(), certificate.won(), certificate.until().to_kst());
        lines.push(message(
            format!("상품권 {number}: {won}원, {until}까지"),
            format!("Certificate {number}: {won} won, until {until}"),
        ));
        lines.push(show::attested(certificate.attested()));
    }
    lines.extend(view.verified().as_ref().map(show::verified));
    Ok(Answer::of(&view, lines))
}
