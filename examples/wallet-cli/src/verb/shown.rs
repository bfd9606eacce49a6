//! `show-code` and `code`: what a shop may charge, for three minutes, once.

use crate::answer::{Answer, Failure, message};
use crate::arguments::{Arguments, ShowCode, ShownCode};
use crate::verb::approval::approved;
use crate::verb::{pay, show};
use crate::{folder, human};
use citizen_wallet::draw::{ErrorCorrection, code128_png, qr_png};
use citizen_wallet::error::Input;
use citizen_wallet::view::{CodeReviewView, ShownCodeView};
use citizen_wallet::{Coins, Message, PaymentId, Points, Wallet, WalletError, Won};
use std::path::Path;

/// Pixels to the module.
const MODULE: u32 = 8;
/// How high bars are drawn, in pixels.
const BARS: u32 = 160;

pub(crate) async fn show_code(arguments: &Arguments, show: &ShowCode) -> Result<Answer, Failure> {
    let total = Won::new(show.max).map_err(WalletError::from)?;
    let coins = match show.coins {
        Some(points) => Coins::Exactly(Points::new(points).map_err(WalletError::from)?),
        None => Coins::Preferred,
    };
    let wallet = folder::open(arguments)?;
    let review = wallet.review_code(total, coins).await?;
    approved(arguments, show.yes, review.view(), &review_lines(review.view()))?;
    let code = wallet.show_code(review).await?;
    draw(&code, show.qr.as_deref(), show.barcode.as_deref())?;
    for line in code_lines(&code) {
        human::progress(arguments, &line);
    }
    if show.no_wait {
        return Ok(Answer::of(&code, code_lines(&code)));
    }
    let id = *code.payment_id();
    let code = wallet.follow_code(&id, |step| human::progress(arguments, step.text())).await?;
    ended(arguments, &wallet, &code).await
}

pub(crate) async fn code(arguments: &Arguments, code: &ShownCode) -> Result<Answer, Failure> {
    let id = PaymentId::from_hex(&code.id).map_err(|_| WalletError::Invalid { input: Input::CodeUnknown })?;
    let wallet = folder::open(arguments)?;
    let view = if code.renew {
        wallet.renew_code(&id).await?
    } else {
        if code.hide {
            wallet.hide_code(&id).await?;
        }
        wallet.advance_code(&id).await?
    };
    ended(arguments, &wallet, &view).await
}

/// A charge is followed to the payment's end; anything else is told as it is.
async fn ended(arguments: &Arguments, wallet: &Wallet, code: &ShownCodeView) -> Result<Answer, Failure> {
    if !code.is_charged() {
        return Ok(Answer::of(code, code_lines(code)));
    }
    let id = *code.payment_id();
    let paid = wallet.follow_payment(&id, |step| human::progress(arguments, step.text())).await?;
    pay::answer(arguments, wallet, &paid)
}

fn draw(code: &ShownCodeView, qr: Option<&Path>, barcode: Option<&Path>) -> Result<(), Failure> {
    if let Some(path) = qr {
        let png = qr_png(code.qr(), MODULE, ErrorCorrection::M).map_err(|_| Failure::of_file())?;
        folder::write_file(path, &png)?;
    }
    if let Some(path) = barcode {
        let png = code128_png(code.barcode(), MODULE, BARS).map_err(|_| Failure::of_file())?;
        folder::write_file(path, &png)?;
    }
    Ok(())
}

fn review_lines(review: &CodeReviewView) -> Vec<Message> {
    vec![review.spoken().clone(), show::verified(review.verified())]
}

fn code_lines(code: &ShownCodeView) -> Vec<Message> {
    let mut lines = vec![code.text().clone()];
    if !code.is_final() {
        lines.push(message(format!("QR {}", code.qr()), format!("QR {}", code.qr())));
        lines.push(message(format!("바코드 {}", code.barcode()), format!("Bar code {}", code.barcode())));
        let until = code.until().to_kst();
        lines.push(message(format!("{until}까지"), format!("Until {until}")));
    }
    lines.extend(code.verified().as_ref().map(show::verified));
    if let Some(refused) = code.refused() {
        lines.push(refused.text().clone());
        lines.push(show::attested(refused.attested()));
    }
    lines
}
