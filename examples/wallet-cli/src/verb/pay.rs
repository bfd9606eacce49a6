//! `pay`: scan, see, approve, receipt.

use crate::answer::{Answer, Failure, message};
use crate::arguments::{Arguments, Pay};
use crate::verb::approval::approved;
use crate::verb::show;
use crate::{folder, human, picture};
use citizen_wallet::view::{PaymentView, ReviewView};
use citizen_wallet::{Coins, Leniency, Message, PaymentReview, Points, Wallet, WalletError, Won};

pub(crate) async fn pay(arguments: &Arguments, pay: &Pay) -> Result<Answer, Failure> {
    let amount = pay.amount.map(Won::new).transpose().map_err(WalletError::from)?;
    let coins = match pay.coins {
        Some(points) => Coins::Exactly(Points::new(points).map_err(WalletError::from)?),
        None => Coins::Preferred,
    };
    let reading = picture::read(pay.code.code.trim(), pay.code.pick, Leniency::Strict)?;
    let wallet = folder::open(arguments)?;
    let scanned = wallet.scan(reading).await?;
    let review = wallet.review_payment(&scanned, amount, coins).await?;
    approved(arguments, pay.yes, review.view(), &review_lines(review.view()))?;
    let payment = complete(arguments, &wallet, review).await?;
    answer(arguments, &wallet, &payment)
}

async fn complete(
    arguments: &Arguments,
    wallet: &Wallet,
    review: PaymentReview,
) -> Result<PaymentView, Failure> {
    let payment = wallet.approve(review).await?;
    let id = *payment.payment_id();
    if let Some(card) = payment.card() {
        human::progress(arguments, card.reason().as_ref().unwrap_or_else(|| card.text()));
    }
    Ok(wallet.follow_payment(&id, |step| human::progress(arguments, step.text())).await?)
}

/// What a payment that has ended is answered with.
pub(crate) fn answer(
    arguments: &Arguments,
    wallet: &Wallet,
    payment: &PaymentView,
) -> Result<Answer, Failure> {
    let id = payment.payment_id();
    if !payment.is_captured() {
        let text = payment.text().clone();
        return Err(Failure::NotPaid { payment: id.to_hex(), state: payment.state(), text });
    }
    let (points, krw) = (payment.points(), payment.krw());
    let merchant = payment.merchant().as_str();
    let mut lines = vec![message(
        format!("{merchant}에 냈습니다: 포인트 {points}점 + {krw}원"),
        format!("Paid {merchant}: {points} points + {krw} won"),
    )];
    lines.extend(payment.verified().as_ref().map(show::verified));
    lines.extend(payment.debited().as_ref().map(show::attested));
    // The receipt follows as soon as the bank's word is at hand; `sync` fetches what is missing.
    let receipt = match wallet.receipt(id) {
        Ok((_, bytes)) => Some(folder::write_receipt(arguments, id, &bytes)?.display().to_string()),
        Err(_) => None,
    };
    if let Some(path) = &receipt {
        lines.push(message(format!("영수증 {path}"), format!("Receipt {path}")));
    }
    Ok(Answer::of(payment, lines).with("receipt", receipt))
}

fn review_lines(review: &ReviewView) -> Vec<Message> {
    let (points, krw, left) = (review.points(), review.krw(), review.points_left());
    let mut lines = vec![
        message(
            format!("{} ({})에 {}원", review.merchant(), review.district(), review.amount()),
            format!("{} won to {} ({})", review.amount(), review.merchant(), review.district()),
        ),
        message(
            format!("포인트 {points}점 (남는 포인트 {left}점) + {krw}원"),
            format!("{points} points ({left} left) + {krw} won"),
        ),
        show::attested(review.merchant_attested()),
        show::verified(review.verified()),
    ];
    lines.extend(review.krw_attested().as_ref().map(show::attested));
    lines.extend(review.card().as_ref().map(|card| card.text().clone()));
    lines
}
