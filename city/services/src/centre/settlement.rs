//! The end of a day: what each merchant is paid out, less refunds and fees, booked once by the bank.

use super::Centre;
use super::fee::{self, Fee};
use super::funds::{self, Net};
use super::line::{self, Line, PartOf};
use super::merchant::{MERCHANTS, MerchantRecord};
use super::settlement_file::{Detail, SettlementFile, Summary};
use crate::db::{DbError, Rows, Table, Writer};
use crate::error::{Reason, ServiceError};
use crate::places;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_client::SettlementStand;
use citizen_keys::Signed;
use citizen_ledger::{Role, state_key};
use citizen_payment::word::{BankSettlement, Payout, Settlement};
use citizen_primitives::{Day, MerchantId, Points, Won};
use std::collections::{BTreeMap, BTreeSet};

/// [`Closed`] by day.
const CLOSED: Table = Table::new("closed-days");
/// [`Part`] by day and number.
const PARTS: Table = Table::new("settlement-parts");
/// [`PartOf`] by day and number: the parts that the bank has not booked.
const OPEN_PARTS: Table = Table::new("open-settlement-parts");
/// [`LastClosed`], the one.
const LAST: Table = Table::new("last-closed-day");

/// The most merchants in one part of a day's settlement: such a part is far smaller than what the bank's door lets in.
pub const LARGEST_PART: usize = 1_000;

/// A day that was closed, in so many parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
struct Closed {
    parts: u32,
}

/// An order to the bank, and its word.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
struct Part {
    settlement: Signed<Settlement>,
    word: Option<Signed<BankSettlement>>,
}

#[derive(Debug, Clone, Copy, BorshSerialize, BorshDeserialize)]
struct LastClosed(Day);

citizen_primitives::canonical!(Closed = 2, Part = 1, LastClosed = 1);

/// A merchant's sums of a day: payments and refunds apart, then the fee.
#[derive(Debug, Clone, Default)]
struct Sums {
    details: Vec<(u64, Detail)>,
    in_points: i128,
    in_won: i128,
    fee: i128,
}

impl Centre {
    /// Closes a day (CENTRE-12): every merchant whose balance is not below zero gets an entry; what is below zero waits for
    /// another day. Closed once; the orders to the bank, one for each part of the day, are signed in the same commit.
    pub fn close_day(&self, day: Day) -> Result<(), ServiceError> {
        if day.next().start() > self.party.now() {
            return Err(Reason::TooOld.into());
        }
        self.party.db().commit(places::CENTRE_CLOSE, |writer| {
            if writer.find::<Closed>(CLOSED, &key(day))?.is_some() {
                return Ok(());
            }
            let payouts = pay_out(writer, day, self.largest_part)?;
            let time = self.party.now();
            let mut parts = 0;
            for payouts in payouts.chunks(self.largest_part) {
                let settlement = Settlement { day, part: parts, payouts: payouts.to_vec(), time };
                let of = PartOf { day, part: parts };
                let part = Part { settlement: self.party.sign(&settlement), word: None };
                writer.put(PARTS, &of.key(), &part)?;
                writer.put(OPEN_PARTS, &of.key(), &of)?;
                parts = parts.saturating_add(1);
            }
            writer.put(CLOSED, &key(day), &Closed { parts })?;
            // A day may be closed late, by hand: that opens no later one again.
            let last = writer.find(LAST, b"")?.map_or(day, |LastClosed(last)| last.max(day));
            Ok::<_, ServiceError>(writer.put(LAST, b"", &LastClosed(last))?)
        })
    }

    /// Closes the days that are over, and hands what is closed to the bank until it is booked. Returns how much moved. A day that
    /// cannot be closed or a part that cannot be booked keeps no other one.
    pub(super) async fn step_settlements(&self) -> Result<u32, ServiceError> {
        let mut moved = went(self.close_yesterday())?;
        let open: Vec<(Vec<u8>, PartOf)> = self.party.db().read(|rows| rows.all(OPEN_PARTS))?;
        for (_, of) in open {
            moved = moved.saturating_add(went(self.hand_in(of).await)?);
        }
        Ok(moved)
    }

    /// Once a day; a day on which nothing is due is over too, or every step would look again.
    fn close_yesterday(&self) -> Result<bool, ServiceError> {
        let last: Option<LastClosed> = self.party.db().read(|rows| rows.find(LAST, b""))?;
        let yesterday = Day::new(self.party.now().day_in_seoul().value().saturating_sub(1));
        if last.is_some_and(|LastClosed(day)| day >= yesterday) {
            return Ok(false);
        }
        let is_due = self.party.db().read(|rows| line::is_due(rows, yesterday))?;
        if is_due {
            self.close_day(yesterday)?;
        } else {
            let last = LastClosed(yesterday);
            self.party.db().commit(places::CENTRE_NOTHING_DUE, |writer| writer.put(LAST, b"", &last))?;
        }
        Ok(is_due)
    }

    /// The file of a merchant's day, and whether the bank has booked it. A day that is not closed has a provisional file.
    pub fn settlement_file(
        &self,
        merchant: &MerchantId,
        day: Day,
    ) -> Result<(SettlementFile, bool), ServiceError> {
        self.party.db().read(|rows| file(rows, merchant, day))
    }

    async fn hand_in(&self, of: PartOf) -> Result<bool, ServiceError> {
        let part: Option<Part> = self.party.db().read(|rows| rows.find(PARTS, &of.key()))?;
        let part = part.ok_or(ServiceError::NotFound)?;
        let role = state_key::role(Role::Bank, &self.bank.key);
        let proven = self.party.ledger().state(places::CENTRE_ASK_STATE, std::slice::from_ref(&role)).await?;
        match self.bank_client(&proven)?.settle(places::CENTRE_SEND_SETTLEMENT, &part.settlement).await? {
            SettlementStand::Unsure => Ok(false),
            SettlementStand::Refused { .. } => {
                tracing::error!("the bank refuses a settlement");
                Ok(false)
            }
            SettlementStand::Booked(word) => {
                let part = Part { word: Some(word.signed), ..part };
                self.party.db().commit(places::CENTRE_SETTLED, |writer| {
                    writer.put(PARTS, &of.key(), &part)?;
                    writer.remove(OPEN_PARTS, &of.key())
                })?;
                Ok(true)
            }
        }
    }
}

/// How many parts the bank has not booked.
pub(super) fn open(rows: &impl Rows) -> Result<u64, DbError> {
    Ok(u64::try_from(rows.all_bytes(OPEN_PARTS)?.len()).unwrap_or(u64::MAX))
}

impl PartOf {
    fn key(self) -> Vec<u8> {
        [key(self.day).as_slice(), &self.part.to_be_bytes()].concat()
    }
}

/// Whether something moved; what fails is tried again at the next step.
fn went(moved: Result<bool, ServiceError>) -> Result<u32, ServiceError> {
    match moved {
        Ok(moved) => Ok(u32::from(moved)),
        Err(ServiceError::Stopped) => Err(ServiceError::Stopped),
        Err(error) => {
            tracing::warn!(%error, "a settlement waits");
            Ok(0)
        }
    }
}

fn file(rows: &impl Rows, merchant: &MerchantId, day: Day) -> Result<(SettlementFile, bool), ServiceError> {
    let shop: MerchantRecord =
        rows.find(MERCHANTS, merchant.as_str().as_bytes())?.ok_or(ServiceError::NotFound)?;
    let closed: Option<Closed> = rows.find(CLOSED, &key(day))?;
    let lines = match closed {
        Some(_) => line::settled_on(rows, merchant, day)?,
        None => line::due_of(rows, merchant, day)?,
    };
    let open: Vec<(Vec<u8>, PartOf)> = rows.under(OPEN_PARTS, &key(day))?;
    let open: BTreeSet<PartOf> = open.into_iter().map(|(_, of)| of).collect();
    let is_open = |line: &Line| line.settled().is_none_or(|of| open.contains(&of));
    // Nothing of its own waits: then for the whole day.
    let waits = if lines.is_empty() { !open.is_empty() } else { lines.iter().any(is_open) };
    let mut sums = Sums::default();
    (1..).zip(&lines).try_for_each(|(number, line)| sums.add(number, line, &shop))?;
    let details = sums.details.into_iter().map(|(_, detail)| detail).collect();
    let file = SettlementFile { merchant: merchant.clone(), day, is_provisional: closed.is_none(), details };
    Ok((file, closed.is_some() && !waits))
}

/// What each merchant gets; its lines are marked, and refunds come out of them no more.
fn pay_out(writer: &Writer<'_>, day: Day, largest_part: usize) -> Result<Vec<Payout>, ServiceError> {
    let mut by_merchant: BTreeMap<MerchantId, Vec<Line>> = BTreeMap::new();
    for line in line::due(writer, day)? {
        by_merchant.entry(line.merchant.clone()).or_default().push(line);
    }
    let mut payouts = Vec::new();
    for (merchant, lines) in by_merchant {
        let Some(payout) = payout(writer, &merchant, &lines)? else { continue };
        let net = lines.iter().fold(Net::default(), |net, line| net.plus(line.net()));
        if !funds::pay_out(writer, &merchant, net)? {
            // Refunds come first, on their way or of today; this merchant is paid another day, and no other one waits for it.
            continue;
        }
        let part = payouts.len().checked_div(largest_part).unwrap_or_default();
        let of = PartOf { day, part: u32::try_from(part).map_err(|_| Reason::Amount)? };
        for line in &lines {
            line::settle(writer, line, of)?;
        }
        payouts.push(payout);
    }
    Ok(payouts)
}

/// What these lines of a merchant come to, if that can be paid out. Sums out of range are for people to look at: nobody else waits
/// for that.
fn payout(rows: &impl Rows, merchant: &MerchantId, lines: &[Line]) -> Result<Option<Payout>, ServiceError> {
    let shop: Option<MerchantRecord> = rows.find(MERCHANTS, merchant.as_str().as_bytes())?;
    let shop = shop.ok_or(ServiceError::NotFound);
    let sums = shop.and_then(|shop| {
        let mut sums = Sums::default();
        (1..).zip(lines).try_for_each(|(number, line)| sums.add(number, line, &shop))?;
        sums.payout(merchant.clone())
    });
    Ok(sums.unwrap_or_else(|error| {
        tracing::error!(%error, "a merchant cannot be paid out");
        None
    }))
}

impl Sums {
    fn add(&mut self, number: u64, line: &Line, shop: &MerchantRecord) -> Result<(), ServiceError> {
        let rate = fee::rate(shop.prior_year_sales, line.time)?;
        let fee = Fee::of(line.total()?, rate)?;
        let sign = if line.refund.is_some() { -1 } else { 1 };
        self.in_points = self.in_points.saturating_add(i128::from(line.points.amount()).saturating_mul(sign));
        self.in_won = self.in_won.saturating_add(i128::from(line.won.amount()).saturating_mul(sign));
        self.fee = self.fee.saturating_add(i128::from(fee.total()?.amount()).saturating_mul(sign));
        let detail = Detail {
            number,
            payment: line.payment,
            refund: line.refund,
            time: line.time,
            points: line.points,
            won: line.won,
            rate,
            fee,
        };
        self.details.push((number, detail));
        Ok(())
    }

    /// Nothing for a merchant whose won, points or fees are below zero: that waits until the next days outweigh it.
    fn payout(&self, merchant: MerchantId) -> Result<Option<Payout>, ServiceError> {
        let gross = self.in_points.saturating_add(self.in_won);
        if self.in_points < 0 || self.in_won < 0 || self.fee < 0 || gross <= 0 || self.fee > gross {
            return Ok(None);
        }
        let amount = |sum: i128| u64::try_from(sum).map_err(|_| ServiceError::Refused(Reason::Amount));
        let won = |sum: i128| amount(sum).and_then(|sum| Won::new(sum).map_err(|_| Reason::Amount.into()));
        Ok(Some(Payout {
            merchant,
            won: won(gross.saturating_sub(self.fee))?,
            points: Points::new(amount(self.in_points)?).map_err(|_| Reason::Amount)?,
            fee: won(self.fee)?,
        }))
    }
}

impl SettlementFile {
    /// The sums at the file's end.
    pub fn summary(&self) -> Result<Summary, ServiceError> {
        let mut sums = Summary::default();
        for detail in &self.details {
            sums.add(detail)?;
        }
        Ok(sums)
    }
}

fn key(day: Day) -> [u8; 8] {
    day.value().to_be_bytes()
}

#[cfg(test)]
mod tests;
