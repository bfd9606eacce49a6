//! `sync` and `backup`.

use crate::answer::{Answer, Failure, message};
use crate::arguments::Arguments;
use crate::verb::show;
use crate::{folder, human, secret};
use std::path::Path;

pub(crate) async fn sync(arguments: &Arguments) -> Result<Answer, Failure> {
    let wallet = folder::open(arguments)?;
    human::progress(arguments, &message("장부와 맞추는 중", "asking the ledger"));
    let report = wallet.sync().await?;
    for payment in report.payments().iter().filter(|payment| payment.is_captured()) {
        // A receipt whose words are still missing comes with the next synchronisation.
        if let Ok((_, bytes)) = wallet.receipt(payment.payment_id()) {
            folder::write_receipt(arguments, payment.payment_id(), &bytes)?;
        }
    }
    let mut lines = vec![message(
        format!("새 내역 {}건, 새로 받은 증명 {}건", report.new_entries(), report.renewed_receipts()),
        format!("{} new entries, {} receipts renewed", report.new_entries(), report.renewed_receipts()),
    )];
    lines.extend(report.payments().iter().map(|payment| {
        let (merchant, text) = (payment.merchant(), payment.text());
        message(format!("{merchant}: {}", text.ko), format!("{merchant}: {}", text.en))
    }));
    lines.extend(report.verified().as_ref().map(show::verified));
    Ok(Answer::of(&report, lines))
}

pub(crate) async fn backup(arguments: &Arguments, file: &Path) -> Result<Answer, Failure> {
    let wallet = folder::open(arguments)?;
    let code = secret::recovery_code(arguments)?;
    let bytes = wallet.backup(&code)?;
    folder::write_file(file, &bytes)?;
    let path = file.display().to_string();
    let lines = vec![message(
        format!("백업 {path} (복구 코드로만 열립니다)"),
        format!("Backup {path} (only the recovery code opens it)"),
    )];
    Ok(Answer::of(&serde_json::json!({ "file": path, "bytes": bytes.len() }), lines))
}
