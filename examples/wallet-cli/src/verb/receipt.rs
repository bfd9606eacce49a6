//! `receipt` and `verify`.

use crate::answer::{Answer, Failure, message};
use crate::arguments::{Arguments, Verify};
use crate::verb::show;
use crate::{folder, human};
use citizen_wallet::error::Input;
use citizen_wallet::view::ReceiptView;
use citizen_wallet::{
    City, Clock as _, Message, PaymentId, Refresh, SystemClock, SystemTimer, Trust, WalletError,
    refresh_receipt, verify_receipt,
};
use std::fs;
use std::sync::Arc;

pub(crate) async fn receipt(arguments: &Arguments, id: &str) -> Result<Answer, Failure> {
    let id = PaymentId::from_hex(id).map_err(|_| WalletError::Invalid { input: Input::PaymentUnknown })?;
    let wallet = folder::open(arguments)?;
    let (view, bytes) = match wallet.receipt(&id) {
        // The payment may have ended since it was last looked at.
        Err(WalletError::Invalid { input: Input::ReceiptMissing }) => {
            wallet.advance_payment(&id).await?;
            wallet.receipt(&id)?
        }
        receipt => receipt?,
    };
    let path = folder::write_receipt(arguments, &id, &bytes)?.display().to_string();
    let mut lines = lines(&view);
    lines.push(message(format!("영수증 {path}"), format!("Receipt {path}")));
    Ok(Answer::of(&view, lines).with("receipt", path))
}

pub(crate) async fn verify(arguments: &Arguments, verify: &Verify) -> Result<Answer, Failure> {
    let trust = folder::trust_file(&verify.trust)?;
    let bytes = fs::read(&verify.file).map_err(|_| Failure::of_file())?;
    let now = SystemClock.now();
    let (view, renewed) = match (verify_receipt(&bytes, &trust, now), &verify.city) {
        (Err(WalletError::NeedsRefresh { .. }), Some(url)) => {
            let url = url.parse().map_err(|_| WalletError::Invalid { input: Input::Url })?;
            human::progress(arguments, &message("새 증명을 받는 중", "fetching a newer proof"));
            let city = City { url, trust: Trust::File(trust.clone()) };
            let with = Refresh {
                transport: folder::transport()?,
                clock: Arc::new(SystemClock),
                timer: Arc::new(SystemTimer),
            };
            let bytes = refresh_receipt(&bytes, &city, with).await?;
            let view = verify_receipt(&bytes, &trust, SystemClock.now())?;
            folder::write_file(&verify.file, &bytes)?;
            (view, true)
        }
        (view, _) => (view?, false),
    };
    Ok(Answer::of(&view, lines(&view)).with("renewed", renewed))
}

fn lines(view: &ReceiptView) -> Vec<Message> {
    let (merchant, time) = (view.merchant(), view.captured_at().to_kst());
    let mut lines = vec![
        message(
            format!("✓ {time} {merchant}: 포인트 {}점 + {}원", view.points(), view.krw()),
            format!("✓ {time} {merchant}: {} points + {} won", view.points(), view.krw()),
        ),
        show::verified(view.verified()),
        show::attested(view.merchant_attested()),
    ];
    lines.extend(view.debit_attested().as_ref().map(show::attested));
    lines
}
