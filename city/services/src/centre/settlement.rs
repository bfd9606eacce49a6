//! The merchants' book and the end of a day: what each merchant is paid out, less refunds and fees, booked once by the bank.

use super::Centre;
use super::fee::{self, Fee};
use super::funds::{self, Net};
use super::merchant::{MERCHANTS, MerchantRecord, Taking};
use super::settlement_file::{Detail, SettlementFile, Summary};
use crate::db::{DbError, Rows, Table, Writer};
use crate::error::{Reason, ServiceError};
use crate::places;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_client::SettlementStand;
use citizen_client::registry::prove_role;
use citizen_keys::Signed;
use citizen_ledger::{Role, state_key};
use citizen_payment::word::{BankSettlement, Payout, Settlement};
use citizen_payment::{RefundTerms, Terms};
use citizen_primitives::{Day, MerchantId, PaymentId, Points, RefundId, UnixTime, Won};
use std::collections::BTreeMap;

/// [`Line`] by number.
const LINES: Table = Table::new("settlement-lines");
/// [`Counter`], the one.
const COUNTER: Table = Table::new("settlement-counter");
/// [`Closed`] by day.
const CLOSED: Table = Table::new("closed-days");
/// [`LastClosed`], the one.
const LAST: Table = Table::new("last-closed-day");

/// One line of the merchants' book: a payment that was captured, or a refund that was decided.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Line {
    merchant: MerchantId,
    payment: PaymentId,
    refund: Option<RefundId>,
    points: Points,
    won: Won,
    time: UnixTime,
    /// On which day's settlement it is, once it is on one.
    settled: Option<Day>,
}

/// How many lines there are.
#[derive(Debug, Clone, Copy, Default, BorshSerialize, BorshDeserialize)]
struct Counter(u64);

/// A day that was closed.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
struct Closed {
    settlement: Signed<Settlement>,
    word: Option<Signed<BankSettlement>>,
}

#[derive(Debug, Clone, Copy, BorshSerialize, BorshDeserialize)]
struct LastClosed(Day);

citizen_primitives::canonical!(Line = 1, Counter = 1, Closed = 1, LastClosed = 1);

impl Line {
    pub(super) fn payment(terms: &Terms, time: UnixTime) -> Self {
        let Terms { payment, merchant, points, won, .. } = terms.clone();
        Self { merchant, payment, refund: None, points, won, time, settled: None }
    }

    pub(super) fn refund(terms: &RefundTerms, (points, won): (Points, Won), time: UnixTime) -> Self {
        let RefundTerms { refund, payment, merchant, .. } = terms.clone();
        Self { merchant, payment, refund: Some(refund), points, won, time, settled: None }
    }

    fn total(&self) -> Result<Won, ServiceError> {
        let points = Won::new(self.points.amount()).map_err(|_| Reason::Amount)?;
        self.won.plus(points).map_err(|_| Reason::Amount.into())
    }

    /// What the line brings the merchant, or takes.
    fn net(&self) -> Net {
        let sum = Net::of(self.points, self.won);
        if self.refund.is_some() { Net::default().minus(sum) } else { sum }
    }
}

/// Enters a line; refunds may come out of what it brings until that is paid out.
pub(super) fn enter(writer: &Writer, line: &Line) -> Result<(), DbError> {
    let Counter(last) = writer.find(COUNTER, b"")?.unwrap_or_default();
    let number = last.saturating_add(1);
    writer.put(COUNTER, b"", &Counter(number))?;
    funds::add(writer, &line.merchant, line.net())?;
    writer.put(LINES, &number.to_be_bytes(), line)
}

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
    /// another day. Closed once; the order to the bank is signed in the same commit.
    pub fn close_day(&self, day: Day) -> Result<(), ServiceError> {
        if day.next().start() > self.party.now() {
            return Err(Reason::TooOld.into());
        }
        self.party.db().commit(places::CENTRE_CLOSE, |writer| {
            if writer.find::<Closed>(CLOSED, &key(day))?.is_some() {
                return Ok(());
            }
            let payouts = self.pay_out(writer, day)?;
            let settlement = Settlement { day, payouts, time: self.party.now() };
            let closed = Closed { settlement: self.party.sign(&settlement), word: None };
            writer.put(CLOSED, &key(day), &closed)?;
            Ok::<_, ServiceError>(writer.put(LAST, b"", &LastClosed(day))?)
        })
    }

    /// Closes the days that are over, and hands what is closed to the bank until it is booked. Returns how much moved.
    pub(super) async fn step_settlements(&self) -> Result<u32, ServiceError> {
        let mut moved = 0_u32;
        let last: Option<LastClosed> = self.party.db().read(|rows| rows.find(LAST, b""))?;
        let yesterday = Day::new(self.party.now().day_in_seoul().value().saturating_sub(1));
        if last.is_none_or(|LastClosed(day)| day < yesterday) && self.has_lines_until(yesterday)? {
            self.close_day(yesterday)?;
            moved = moved.saturating_add(1);
        }
        let closed: Vec<(Vec<u8>, Closed)> = self.party.db().read(|rows| rows.all(CLOSED))?;
        for (key, closed) in closed.into_iter().filter(|(_, closed)| closed.word.is_none()) {
            if self.hand_in(&key, &closed).await? {
                moved = moved.saturating_add(1);
            }
        }
        Ok(moved)
    }

    /// The file of a merchant's day, and whether the bank has booked it. A day that is not closed has a provisional file.
    pub fn settlement_file(
        &self,
        merchant: &MerchantId,
        day: Day,
    ) -> Result<(SettlementFile, bool), ServiceError> {
        self.party.db().read(|rows| {
            let shop: MerchantRecord =
                rows.find(MERCHANTS, merchant.as_str().as_bytes())?.ok_or(ServiceError::NotFound)?;
            let closed: Option<Closed> = rows.find(CLOSED, &key(day))?;
            let lines: Vec<(Vec<u8>, Line)> = rows.all(LINES)?;
            let belongs = |line: &Line| match (&closed, line.settled) {
                (Some(_), settled) => settled == Some(day),
                (None, settled) => settled.is_none() && line.time.day_in_seoul() <= day,
            };
            let mut sums = Sums::default();
            let own = lines.iter().filter(|(_, line)| line.merchant == *merchant && belongs(line));
            for (number, (_, line)) in (1..).zip(own) {
                sums.add(number, line, &shop)?;
            }
            let is_paid = closed.as_ref().is_some_and(|closed| closed.word.is_some());
            let file = SettlementFile {
                merchant: merchant.clone(),
                day,
                is_provisional: closed.is_none(),
                details: sums.details.iter().map(|(_, detail)| detail.clone()).collect(),
            };
            Ok((file, is_paid))
        })
    }

    fn has_lines_until(&self, day: Day) -> Result<bool, ServiceError> {
        let lines: Vec<(Vec<u8>, Line)> = self.party.db().read(|rows| rows.all(LINES))?;
        Ok(lines.iter().any(|(_, line)| line.settled.is_none() && line.time.day_in_seoul() <= day))
    }

    /// What each merchant gets; its lines are marked, and refunds come out of them no more.
    fn pay_out(&self, writer: &Writer, day: Day) -> Result<Vec<Payout>, ServiceError> {
        let lines: Vec<(Vec<u8>, Line)> = writer.all(LINES)?;
        let mut by_merchant: BTreeMap<MerchantId, Vec<(Vec<u8>, Line)>> = BTreeMap::new();
        let due = |line: &Line| line.settled.is_none() && line.time.day_in_seoul() <= day;
        for (number, line) in lines.into_iter().filter(|(_, line)| due(line)) {
            by_merchant.entry(line.merchant.clone()).or_default().push((number, line));
        }
        let mut payouts = Vec::new();
        for (merchant, lines) in by_merchant {
            let shop: MerchantRecord =
                writer.find(MERCHANTS, merchant.as_str().as_bytes())?.ok_or(ServiceError::NotFound)?;
            let mut sums = Sums::default();
            for (number, (_, line)) in (1..).zip(&lines) {
                sums.add(number, line, &shop)?;
            }
            let Some(payout) = sums.payout(merchant)? else { continue };
            let net = lines.iter().fold(Net::default(), |net, (_, line)| net.plus(line.net()));
            if !funds::pay_out(writer, &payout.merchant, net)? {
                // Refunds come first, on their way or of today; this merchant is paid another day, and no other one waits for it.
                continue;
            }
            for (number, line) in lines {
                writer.put(LINES, &number, &Line { settled: Some(day), ..line })?;
            }
            payouts.push(payout);
        }
        Ok(payouts)
    }

    async fn hand_in(&self, key: &[u8], closed: &Closed) -> Result<bool, ServiceError> {
        let role = state_key::role(Role::Bank, &self.bank.key);
        let proven = self.party.ledger().state(places::CENTRE_ASK_STATE, std::slice::from_ref(&role)).await?;
        let role = prove_role(&proven, Role::Bank, &self.bank.key)?;
        let bank = citizen_client::BankClient::new(self.bank.exchange.clone(), role);
        match bank.settle(places::CENTRE_SEND_SETTLEMENT, &closed.settlement).await? {
            SettlementStand::Unsure => Ok(false),
            SettlementStand::Refused { .. } => {
                tracing::error!("the bank refuses a settlement");
                Ok(false)
            }
            SettlementStand::Booked(word) => {
                let closed = Closed { word: Some(word.signed), ..closed.clone() };
                self.party.db().commit(places::CENTRE_SETTLED, |writer| writer.put(CLOSED, key, &closed))?;
                Ok(true)
            }
        }
    }
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

/// Credits a merchant's book with a captured payment.
pub(super) fn credit(writer: &Writer, terms: &Terms, time: UnixTime) -> Result<(), ServiceError> {
    Ok(enter(writer, &Line::payment(terms, time))?)
}

/// The payments of a merchant's day, in order.
pub(super) fn takings_of(
    rows: &impl Rows,
    merchant: &MerchantId,
    day: Day,
) -> Result<Vec<(PaymentId, Taking)>, ServiceError> {
    let lines: Vec<(Vec<u8>, Line)> = rows.all(LINES)?;
    let own = lines.into_iter().map(|(_, line)| line).filter(|line| {
        line.merchant == *merchant && line.refund.is_none() && line.time.day_in_seoul() == day
    });
    Ok(own
        .map(|line| {
            let Line { merchant, payment, points, won, time, .. } = line;
            (payment, Taking { merchant, points, won, time })
        })
        .collect())
}
