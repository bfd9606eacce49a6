//! `settlement`: the end-of-day file, read back and added up, and held against the payments that the ledger proves.

use super::today::{day, written};
use crate::answer::Answer;
use crate::arguments::{Arguments, Settlement};
use crate::catalogue::message;
use crate::desk::Desk;
use crate::failure::Failure;
use crate::folder::write_file;
use crate::proof::Paid;
use crate::settlement::File;
use crate::{link, mark};
use citizen_client::api::TillAnswer;
use citizen_payment::till::MerchantAct;
use std::collections::BTreeMap;

/// How the file and the day's payments agree.
struct Agreement {
    /// Payments in the file that are of an earlier day.
    carried_in: usize,
    /// Payments of the day that wait for a later file.
    carried_out: usize,
}

pub(super) async fn settlement(arguments: &Arguments, asked: &Settlement) -> Result<Answer, Failure> {
    let day = day(&asked.day)?;
    let desk = Desk::open(arguments)?;
    let centre = desk.centre().await?;
    let word = desk.ask(&centre, MerchantAct::Settlement { day }).await.into_answer()?;
    let TillAnswer::Settlement { file: text, paid } = &word.value().answer else {
        return Err(link::of_another_kind(&word.value().answer));
    };
    let file = File::read(text, &desk.shop.merchant, day).ok_or_else(wrong)?;
    let takings = desk.takings(&centre, day).await?;
    let agreement = compare(&file, &takings.paid)?;
    write_file(&asked.out, text.as_bytes())?;
    let sums = file.sums;
    let state = match (file.is_provisional, *paid) {
        (true, _) => ("잠정", "provisional"),
        (false, false) => ("확정, 지급 전", "final, not paid out yet"),
        (false, true) => ("지급됨", "paid out"),
    };
    let (payable, records) = (sums.payable, sums.records);
    let fee = sums.supply.saturating_add(sums.vat);
    let path = asked.out.display().to_string();
    Ok(Answer::default()
        .with("file", path.as_str())
        .with("day", written(day))
        .with("provisional", file.is_provisional)
        .with("paid", *paid)
        .with("records", records)
        .with("payments", sums.payments)
        .with("refunds", sums.refunds)
        .with("points", sums.points)
        .with("krw", sums.won)
        .with("supply", sums.supply)
        .with("vat", sums.vat)
        .with("payable", payable)
        .with("carried_in", agreement.carried_in)
        .with("carried_out", agreement.carried_out)
        .with("attested", mark::attested(&word))
        .with("verified", takings.paid.last().map(|paid| mark::verified(&paid.provenance)))
        .line(message(
            format!("{}건, 수수료 {fee}원, 받을 돈 {payable}원 ({})", records, state.0),
            format!("{} records, fee {fee} won, payable {payable} won ({})", records, state.1),
        ))
        .line(message(path.as_str(), path.as_str())))
}

/// Every payment of the day stands in the file (TILL-7) with the amounts that the ledger proves. A payment of an earlier day may stand there
/// too, and one of this day may wait: the centre pays out what is not below zero.
fn compare(file: &File, paid: &[Paid]) -> Result<Agreement, Failure> {
    let mut of_file: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for record in file.records.iter().filter(|record| !record.is_refund) {
        if of_file.insert(&record.payment, (record.points, record.won)).is_some() {
            return Err(wrong());
        }
    }
    let mut carried_out = 0_usize;
    for paid in paid {
        let id = paid.payment.to_hex();
        match of_file.remove(id.get(..32).unwrap_or_default()) {
            Some(amounts) if amounts == (paid.points.amount(), paid.won.amount()) => {}
            Some(_) => return Err(wrong()),
            None => carried_out = carried_out.saturating_add(1),
        }
    }
    Ok(Agreement { carried_in: of_file.len(), carried_out })
}

fn wrong() -> Failure {
    Failure::unverified("settlement", "centre")
}
