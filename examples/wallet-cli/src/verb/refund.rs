//! `refund` and `receipt-code`: what the shop gives back, and what shows it that it was paid.

use crate::answer::{Answer, Failure, message};
use crate::arguments::{Arguments, Refund};
use crate::folder;
use crate::verb::show;
use citizen_wallet::draw::{ErrorCorrection, qr_png};
use citizen_wallet::error::Input;
use citizen_wallet::view::RefundsView;
use citizen_wallet::{PaymentId, WalletError, Won};
use std::path::Path;

/// Pixels to the module.
const MODULE: u32 = 8;

pub(crate) async fn refund(arguments: &Arguments, refund: &Refund) -> Result<Answer, Failure> {
    let id = payment(&refund.id)?;
    let amount = refund.amount.map(Won::new).transpose().map_err(WalletError::from)?;
    let wallet = folder::open(arguments)?;
    let refunds = match amount {
        Some(amount) => wallet.ask_refund(&id, amount, &refund.reason).await?,
        None => wallet.refunds(&id).await?,
    };
    Ok(answer(&refunds, amount))
}

pub(crate) fn receipt_code(arguments: &Arguments, id: &str, png: Option<&Path>) -> Result<Answer, Failure> {
    let id = payment(id)?;
    let code = folder::open(arguments)?.receipt_code(&id)?;
    if let Some(path) = png {
        let drawn = qr_png(&code, MODULE, ErrorCorrection::M).map_err(|_| Failure::of_file())?;
        folder::write_file(path, &drawn)?;
    }
    let lines = vec![message(code.clone(), code.clone())];
    Ok(Answer::of(&serde_json::json!({ "payment_id": id.to_hex(), "code": code }), lines))
}

fn payment(id: &str) -> Result<PaymentId, Failure> {
    PaymentId::from_hex(id)
        .map_err(|_| Failure::Wallet(WalletError::Invalid { input: Input::PaymentUnknown }))
}

fn answer(refunds: &RefundsView, asked: Option<Won>) -> Answer {
    let mut lines = Vec::new();
    if let Some(asked) = asked {
        lines.push(message(
            format!("{asked}원을 돌려 달라고 했습니다. 가맹점이 결정합니다."),
            format!("Asked for {asked} won back. The merchant decides."),
        ));
    }
    for refund in refunds.refunds() {
        let (time, points, krw) = (refund.time().to_kst(), refund.points(), refund.krw());
        lines.push(message(
            format!("{time} 환불: 포인트 {points}점 + {krw}원"),
            format!("{time} refunded: {points} points + {krw} won"),
        ));
    }
    let left = refunds.left();
    lines.push(message(
        format!("더 돌려받을 수 있는 금액 {left}원"),
        format!("{left} won can still be given back"),
    ));
    lines.push(show::verified(refunds.verified()));
    Answer::of(refunds, lines).with("asked", asked.map(Won::amount))
}
