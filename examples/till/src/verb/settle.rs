//! `settlement`: the end-of-day file, read back and added up, each record of it held against what the ledger proves.

use super::today::{day, written};
use crate::answer::Answer;
use crate::arguments::{Arguments, Settlement};
use crate::catalogue::message;
use crate::desk::{Centre, Desk};
use crate::failure::Failure;
use crate::folder::write_file;
use crate::proof::{GivenBack, Paid, Standing};
use crate::settlement::File;
use crate::{link, mark};
use citizen_client::api::{SettledRecord, TillAnswer};
use citizen_payment::Terms;
use citizen_payment::till::{MerchantAct, ReceiptOpening};
use citizen_primitives::{Day, RefundId};
use std::collections::BTreeSet;

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
    let TillAnswer::Settlement { file: text, paid, records } = &word.value().answer else {
        return Err(link::of_another_kind(&word.value().answer));
    };
    let file = File::read(text, &desk.shop.merchant, day).ok_or_else(wrong)?;
    let takings = desk.takings(&centre, day).await?;
    let agreement = compare(&file, &takings.paid);
    desk.prove_records(&centre, (day, &file), records).await?;
    write_file(&asked.out, text.as_bytes())?;
    let sums = file.sums;
    let state = match (file.is_provisional, *paid) {
        (true, _) => ("잠정", "provisional"),
        (false, false) => ("확정, 지급 전", "final, not paid out yet"),
        (false, true) => ("지급됨", "paid out"),
    };
    let (payable, count) = (sums.payable, sums.records);
    let fee = sums.supply.saturating_add(sums.vat);
    let path = asked.out.display().to_string();
    Ok(Answer::default()
        .with("file", path.as_str())
        .with("day", written(day))
        .with("provisional", file.is_provisional)
        .with("paid", *paid)
        .with("records", count)
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
            format!("{}건, 수수료 {fee}원, 받을 돈 {payable}원 ({})", count, state.0),
            format!("{} records, fee {fee} won, payable {payable} won ({})", count, state.1),
        ))
        .line(message(path.as_str(), path.as_str())))
}

/// What a record of the file is of, as the centre names it.
#[derive(Debug, Clone)]
struct Named {
    terms: Terms,
    refund: Option<RefundId>,
}

impl Desk {
    /// Every record of the file is what the ledger proves, of whatever day its payment is (TILL-7): a payment that this shop was paid, or
    /// a refund of one, with the file's amounts, once in this file and in no other day's.
    async fn prove_records(
        &self,
        centre: &Centre,
        (day, file): (Day, &File),
        records: &[SettledRecord],
    ) -> Result<(), Failure> {
        let named = self.named(file, records).ok_or_else(wrong)?;
        let terms: Vec<Terms> = named.iter().map(|named| named.terms.clone()).collect();
        let standings = self.standings(centre, &terms).await?;
        let refund = |named: &Named| named.refund.map(|refund| (refund, named.terms.payment));
        let refunds: Vec<_> = named.iter().filter_map(refund).collect();
        let given_back = self.all_given_back(centre, &refunds).await?;
        prove(file, &standings, &given_back)?;
        let ids: Vec<[u8; 32]> = named.iter().map(Named::id).collect();
        if ids.iter().collect::<BTreeSet<_>>().len() != ids.len()
            || self.journal.is_on_another_day(&ids, day)?
        {
            return Err(wrong());
        }
        if file.is_provisional { Ok(()) } else { self.journal.settled(&ids, day) }
    }

    /// The names that the centre gives to the records, each of the payment whose number the file shows.
    fn named(&self, file: &File, records: &[SettledRecord]) -> Option<Vec<Named>> {
        if file.records.len() != records.len() {
            return None;
        }
        let named = file.records.iter().zip(records).map(|(record, settled)| {
            let opening = ReceiptOpening::from_text(&settled.receipt).ok()?;
            let terms = opening.terms(self.shop.merchant.clone(), self.shop.name.clone());
            let refund = settled.refund.as_deref().map(RefundId::from_hex).transpose().ok()?;
            let is_it = record.is_refund == refund.is_some()
                && terms.payment.to_hex().starts_with(record.payment.as_str());
            is_it.then_some(Named { terms, refund })
        });
        named.collect()
    }
}

impl Named {
    fn id(&self) -> [u8; 32] {
        self.refund.map_or(*self.terms.payment.as_bytes(), |refund| *refund.as_bytes())
    }
}

/// Each record has the amounts that the ledger shows: of the payment, or of the refund.
fn prove(file: &File, standings: &[Standing], given_back: &[Option<GivenBack>]) -> Result<(), Failure> {
    let mut given_back = given_back.iter();
    for (record, standing) in file.records.iter().zip(standings) {
        let Standing::Paid(paid) = standing else { return Err(wrong()) };
        let proved = if record.is_refund {
            let back = given_back.next().and_then(Option::as_ref).ok_or_else(wrong)?;
            (back.points.amount(), back.won.amount())
        } else {
            (paid.points.amount(), paid.won.amount())
        };
        if proved != (record.points, record.won) {
            return Err(wrong());
        }
    }
    Ok(())
}

/// A payment of an earlier day may stand in the file, and one of this day may wait: the centre pays out what is not below zero.
fn compare(file: &File, paid: &[Paid]) -> Agreement {
    let payments = file.records.iter().filter(|record| !record.is_refund);
    let mut of_file: BTreeSet<&str> = payments.map(|record| record.payment.as_str()).collect();
    let mut carried_out = 0_usize;
    for paid in paid {
        let id = paid.payment.to_hex();
        if !of_file.remove(id.get(..32).unwrap_or_default()) {
            carried_out = carried_out.saturating_add(1);
        }
    }
    Agreement { carried_in: of_file.len(), carried_out }
}

fn wrong() -> Failure {
    Failure::unverified("settlement", "centre")
}
