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

/// Every payment of the day stands in the file (TILL-7) with the amounts that the ledger proves, and no more is taken off for refunds of it
/// than the ledger shows given back. A payment of an earlier day may stand there
/// too, and one of this day may wait: the centre pays out what is not below zero.
fn compare(file: &File, paid: &[Paid]) -> Result<Agreement, Failure> {
    let mut of_file: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for record in file.records.iter().filter(|record| !record.is_refund) {
        if of_file.insert(&record.payment, (record.points, record.won)).is_some() {
            return Err(wrong());
        }
    }
    let mut given_back: BTreeMap<&str, u64> = BTreeMap::new();
    for record in file.records.iter().filter(|record| record.is_refund) {
        let sum = given_back.entry(&record.payment).or_default();
        *sum = sum.saturating_add(record.points).saturating_add(record.won);
    }
    let mut carried_out = 0_usize;
    for paid in paid {
        let id = paid.payment.to_hex();
        let refunds = given_back.get(id.get(..32).unwrap_or_default()).copied().unwrap_or_default();
        if refunds > paid.refunded.amount() {
            return Err(wrong());
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use citizen_ledger::{Provenance, Trust};
    use citizen_primitives::{Day, Hash, Height, MerchantId, PaymentId, Points, RefundId, UnixTime, Won};
    use city_services::centre::{Detail, Fee, SettlementFile};

    const TIME: UnixTime = UnixTime::from_seconds(1_795_219_200);

    fn paid(id: u8, points: u64, won: u64) -> Paid {
        let hash = Hash::from_bytes([0; 32]);
        let provenance = Provenance {
            height: Height::new(1),
            time: TIME,
            header_hash: hash,
            app_hash: hash,
            signers: 4,
            validators: 4,
            power_percent: 100,
            trust: Trust::File,
            through: None,
        };
        Paid {
            payment: PaymentId::from_bytes([id; 32]),
            points: Points::new(points).unwrap(),
            won: Won::new(won).unwrap(),
            refunded: Won::ZERO,
            captured_at: TIME,
            provenance,
        }
    }

    /// What the centre writes of these payments.
    fn file(payments: &[(u8, u64, u64)]) -> File {
        file_with(payments, &[])
    }

    /// The same, with refunds.
    fn file_with(payments: &[(u8, u64, u64)], refunds: &[(u8, u64, u64)]) -> File {
        let merchant = MerchantId::new("2000001").unwrap();
        let day: Day = TIME.day_in_seoul();
        let lines = payments.iter().map(|line| (line, None));
        let refund = RefundId::from_bytes([9; 32]);
        let lines = lines.chain(refunds.iter().map(|line| (line, Some(refund))));
        let details = (1..).zip(lines).map(|(number, ((id, points, won), refund))| Detail {
            number,
            payment: PaymentId::from_bytes([*id; 32]),
            refund,
            time: TIME,
            points: Points::new(*points).unwrap(),
            won: Won::new(*won).unwrap(),
            rate: 0,
            fee: Fee::default(),
        });
        let written = SettlementFile {
            merchant: merchant.clone(),
            day,
            is_provisional: true,
            details: details.collect(),
        };
        File::read(&written.to_text().unwrap(), &merchant, day).unwrap()
    }

    #[test]
    fn till_7_a_file_whose_amounts_are_not_the_ledgers_is_refused() {
        let of_ledger = [paid(1, 5_000, 7_000), paid(2, 0, 3_000)];
        let agreed = compare(&file(&[(1, 5_000, 7_000), (2, 0, 3_000)]), &of_ledger).unwrap();
        assert_eq!((agreed.carried_in, agreed.carried_out), (0, 0));
        for wrong in [
            &[(1, 5_000, 7_001), (2, 0, 3_000)][..],
            &[(1, 7_000, 5_000), (2, 0, 3_000)],
            &[(1, 5_000, 7_000), (2, 0, 3_000), (2, 0, 3_000)],
        ] {
            assert!(compare(&file(wrong), &of_ledger).is_err());
        }
        let mut given = paid(1, 5_000, 7_000);
        given.refunded = Won::new(3_000).unwrap();
        let given = [given];
        assert!(compare(&file_with(&[(1, 5_000, 7_000)], &[(1, 1_000, 2_000)]), &given).is_ok());
        assert!(compare(&file_with(&[(1, 5_000, 7_000)], &[(1, 1_000, 2_001)]), &given).is_err());
        let later = compare(&file(&[(2, 0, 3_000), (3, 0, 1)]), &of_ledger).unwrap();
        assert_eq!((later.carried_in, later.carried_out), (1, 1));
    }
}
