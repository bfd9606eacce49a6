//! What must hold when a run is over, whoever was killed and whether or not the phone came back (TORTURE-4).

use super::books::judge_trade;
use super::facts::{BookFacts, End, Facts, LedgerFacts, Noticed, PaymentFact, PhoneFacts, ReceiptFact};
use citizen_primitives::{AmountError, PaymentId};
use city_services::bank::{BookAccount, Booking, Purpose};
use std::collections::{BTreeMap, BTreeSet};

/// Something that must hold and does not.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Breach {
    /// A payment has not ended.
    #[error("payment {0} is still on hold")]
    StillHeld(PaymentId),
    /// Captured without exactly one debit, or reversed with one that was not credited back once.
    #[error("payment {id}: {end:?} with {debits} debits and {credits} credits of {won} won")]
    Debited {
        /// Which.
        id: PaymentId,
        /// How it ended.
        end: End,
        /// How often it was debited.
        debits: usize,
        /// How often that was credited back.
        credits: usize,
        /// Its part in won.
        won: u64,
    },
    /// A booking for a payment that the ledger never held.
    #[error("payment {0} was booked and never held")]
    BookedUnheld(PaymentId),
    /// Two numbers that must be the same.
    #[error("{what}: {found} and not {wanted}")]
    Differs {
        /// Of what.
        what: &'static str,
        /// What is there.
        found: i128,
        /// What should be there.
        wanted: i128,
    },
    /// The totals do not add up.
    #[error("the supply does not add up")]
    Supply,
    /// The replay found something.
    #[error("audit: {0}")]
    Audit(String),
    /// A phone shows another end than the ledger.
    #[error("payment {id} is {end:?} and the screen says {state}")]
    Screen {
        /// Which.
        id: PaymentId,
        /// How it ended, if the ledger ever held it.
        end: Option<End>,
        /// What the screen says.
        state: &'static str,
    },
    /// Something was shown before it was so.
    #[error("payment {0} was shown as {1} when it was not")]
    ShownTooEarly(PaymentId, &'static str),
    /// The ledger holds a payment that no phone has in its outbox.
    #[error("payment {0} is on no phone")]
    OnNoPhone(PaymentId),
    /// A receipt is missing, too many, or does not verify.
    #[error("payment {id}: receipt {found}")]
    Receipt {
        /// Which.
        id: PaymentId,
        /// What is wrong.
        found: String,
    },
    /// A phone that was replaced has paid.
    #[error("payment {0} of a fenced phone was held")]
    Fenced(PaymentId),
    /// A code for one order was paid more than once.
    #[error("a code for one order was paid {0} times")]
    PaidTwice(usize),
    /// Nobody was killed, and a payment was not paid.
    #[error("a quiet run without payment")]
    NotPaid,
    /// A place that is registered nowhere.
    #[error("stranger place {0}")]
    Stranger(&'static str),
    /// A disk was written at no place.
    #[error("{0} wrote to its disk at no place")]
    Elsewhere(&'static str),
    /// A program said that it is at fault.
    #[error("{0} answers of an internal fault")]
    Fault(u64),
    /// Something else that never may happen.
    #[error("{0}")]
    Defect(String),
    /// Something of a till's day that must not be.
    #[error("{what}: {of}")]
    Odd {
        /// What.
        what: &'static str,
        /// Of what.
        of: String,
    },
    /// An amount left its range.
    #[error(transparent)]
    Amount(#[from] AmountError),
}

/// Everything that does not hold.
#[must_use]
pub fn judge(facts: &Facts) -> Vec<Breach> {
    let mut breaches = Vec::new();
    let Facts { ledger, books, phones, shown, fenced, once, must_be_paid, noticed } = facts;
    judge_payments(ledger, books, &mut breaches);
    judge_won(ledger, books, &mut breaches);
    if let Err(error) = judge_points(ledger, books, &mut breaches) {
        breaches.push(error.into());
    }
    let ends: BTreeMap<_, _> = ledger.payments.iter().map(|payment| (payment.id, payment)).collect();
    if let Some(phones) = phones {
        judge_phones(phones, ledger, &ends, &mut breaches);
    }
    judge_trade(facts, &ends, &mut breaches);
    for shown in shown {
        let end = ends.get(&shown.payment).map(|payment| payment.end);
        if !shown.was_so || (shown.state == "captured" && end != Some(End::Captured)) {
            breaches.push(Breach::ShownTooEarly(shown.payment, shown.state));
        }
    }
    breaches.extend(fenced.iter().filter(|id| ends.contains_key(id)).map(|id| Breach::Fenced(*id)));
    let is_captured = |id: &&PaymentId| ends.get(id).is_some_and(|payment| payment.end == End::Captured);
    let paid = once.iter().map(|ids| ids.iter().filter(is_captured).count());
    breaches.extend(paid.filter(|count| *count > 1).map(Breach::PaidTwice));
    let is_paid = |payment: &PaymentFact| payment.end == End::Captured;
    if *must_be_paid && (ledger.payments.is_empty() || !ledger.payments.iter().all(is_paid)) {
        breaches.push(Breach::NotPaid);
    }
    judge_machine(noticed, &mut breaches);
    breaches
}

/// Every payment is captured, with one debit, or reversed, with none that stays.
fn judge_payments(ledger: &LedgerFacts, books: &BookFacts, breaches: &mut Vec<Breach>) {
    for payment in &ledger.payments {
        let PaymentFact { id, account: _, points: _, won, end } = payment;
        let of = |purpose| books.bookings.iter().filter(move |booking| booking.purpose == purpose);
        let (debits, credits) = (of(Purpose::Debit(*id)).count(), of(Purpose::CreditBack(*id)).count());
        let amounts = of(Purpose::Debit(*id)).chain(of(Purpose::CreditBack(*id)));
        let is_right = match end {
            End::Held => {
                breaches.push(Breach::StillHeld(*id));
                continue;
            }
            End::Captured => debits == usize::from(*won > 0) && credits == 0,
            End::Reversed => debits <= 1 && credits == debits,
        };
        if !is_right || amounts.into_iter().any(|booking| booking.won.amount() != *won) {
            breaches.push(Breach::Debited { id: *id, end: *end, debits, credits, won: *won });
        }
    }
    let known: BTreeSet<_> = ledger.payments.iter().map(|payment| payment.id).collect();
    let booked = books.bookings.iter().filter_map(|booking| match booking.purpose {
        Purpose::Debit(id) | Purpose::CreditBack(id) | Purpose::Captured(id) => Some(id),
        Purpose::Refund(_) | Purpose::Settlement(_) | Purpose::Opening | Purpose::PaidIn => None,
    });
    breaches.extend(booked.filter(|id| !known.contains(id)).map(Breach::BookedUnheld));
}

/// Won are neither made nor lost: double entry, and each balance is the sum of its bookings.
fn judge_won(ledger: &LedgerFacts, books: &BookFacts, breaches: &mut Vec<Breach>) {
    let captured = sum(ledger, |payment| payment.won);
    let customers: i128 = ledger.accounts.iter().map(|account| i128::from(account.won)).sum();
    let (issue, settlement) = (i128::from(books.issue), i128::from(books.settlement));
    let paid_out = i128::from(books.paid_out);
    same("all balances together", issue + settlement + customers + paid_out, 0, breaches);
    // A day's settlement pays out what was captured before: the part in points is the city's to pay.
    let back: i128 = ledger.acts.refunds.iter().map(|refund| i128::from(refund.won)).sum();
    same("the settlement account", settlement + paid_out, captured - back, breaches);
    same("the merchants' won", i128::from(books.takings.2), captured, breaches);
    same("the issuing account", issue, booked(&books.bookings, &BookAccount::Issue), breaches);
    for account in &ledger.accounts {
        let wanted = booked(&books.bookings, &BookAccount::Customer(account.id));
        same("a customer's balance", i128::from(account.won), wanted, breaches);
    }
    same("orders and grants that are open", i128::from(books.open), 0, breaches);
}

/// Points are neither made nor lost.
fn judge_points(
    ledger: &LedgerFacts,
    books: &BookFacts,
    breaches: &mut Vec<Breach>,
) -> Result<(), AmountError> {
    let supply = &ledger.supply;
    if supply.check().is_err() {
        breaches.push(Breach::Supply);
    }
    let captured = sum(ledger, |payment| payment.points);
    let count = ledger.payments.iter().filter(|payment| payment.end == End::Captured).count();
    let back: i128 = ledger.acts.refunds.iter().map(|refund| i128::from(refund.points)).sum();
    same("points spent", i128::from(supply.spent.amount()), captured - back, breaches);
    let redeemed = ledger.acts.redemptions.iter().map(|redemption| i128::from(redemption.points)).sum();
    same("points redeemed", i128::from(supply.redeemed.amount()), redeemed, breaches);
    let granted = ledger.acts.grants.iter().map(|(_, points)| i128::from(*points)).sum();
    same("points issued", i128::from(supply.issued.amount()), granted, breaches);
    same("points on hold", i128::from(supply.held.total()?.amount()), 0, breaches);
    same("the merchants' points", i128::from(books.takings.1), captured, breaches);
    same("the merchants' payments", i128::from(books.takings.0), of_count(count), breaches);
    let inside: i128 = ledger.accounts.iter().map(|account| i128::from(account.points)).sum();
    let spendable = i128::from(supply.spendable.total()?.amount());
    same("points in accounts", inside, spendable, breaches);
    let held: i128 = ledger.accounts.iter().map(|account| i128::from(account.held)).sum();
    same("points on hold in accounts", held, 0, breaches);
    match &ledger.audit {
        Some(Err(found)) => breaches.push(Breach::Audit(found.clone())),
        Some(Ok(replayed)) if replayed != supply => {
            breaches.push(Breach::Audit("another supply".to_owned()));
        }
        Some(Ok(_)) | None => {}
    }
    Ok(())
}

/// A phone that came back shows what is so, and keeps a receipt of what is paid and of nothing else.
fn judge_phones(
    phones: &[PhoneFacts],
    ledger: &LedgerFacts,
    ends: &BTreeMap<PaymentId, &PaymentFact>,
    breaches: &mut Vec<Breach>,
) {
    let mut known = BTreeSet::new();
    for phone in phones {
        for row in &phone.rows {
            known.insert(row.id);
            let payment = ends.get(&row.id).copied();
            let end = payment.map(|payment| payment.end);
            let wanted = match end {
                Some(End::Captured) => "captured",
                Some(End::Reversed) => "reversed",
                Some(End::Held) => "held",
                None => "never-held",
            };
            if row.state != wanted {
                breaches.push(Breach::Screen { id: row.id, end, state: row.state });
            }
            let found = match (&row.receipt, payment.filter(|_| end == Some(End::Captured))) {
                (None, None) => continue,
                (Some(ReceiptFact::Holds(points, won)), Some(payment))
                    if (*points, *won) == (payment.points, payment.won) =>
                {
                    continue;
                }
                (Some(ReceiptFact::Fails(why)), _) => format!("does not verify: {why}"),
                (Some(ReceiptFact::Holds(..)), Some(_)) => "says another amount".to_owned(),
                (Some(ReceiptFact::Holds(..)), None) => "of what was not paid".to_owned(),
                (None, Some(_)) => "is missing".to_owned(),
            };
            breaches.push(Breach::Receipt { id: row.id, found });
        }
        let account = ledger.accounts.iter().find(|account| Some(account.id) == phone.account);
        if let (Some((points, won)), Some(account)) = (phone.balance, account) {
            same("points on the screen", i128::from(points), i128::from(account.points), breaches);
            same("won on the screen", i128::from(won), i128::from(account.won), breaches);
        }
    }
    let unknown = ends.keys().filter(|id| !known.contains(id));
    breaches.extend(unknown.map(|id| Breach::OnNoPhone(*id)));
}

pub(super) fn judge_machine(noticed: &Noticed, breaches: &mut Vec<Breach>) {
    let Noticed { strangers, elsewhere, faults, defects } = noticed;
    breaches.extend(strangers.iter().map(|place| Breach::Stranger(place)));
    breaches.extend(elsewhere.iter().map(|party| Breach::Elsewhere(party)));
    if *faults > 0 {
        breaches.push(Breach::Fault(*faults));
    }
    breaches.extend(defects.iter().cloned().map(Breach::Defect));
}

pub(super) fn same(what: &'static str, found: i128, wanted: i128, breaches: &mut Vec<Breach>) {
    if found != wanted {
        breaches.push(Breach::Differs { what, found, wanted });
    }
}

/// Of all captured payments together.
fn sum(ledger: &LedgerFacts, part: impl Fn(&PaymentFact) -> u64) -> i128 {
    let captured = ledger.payments.iter().filter(|payment| payment.end == End::Captured);
    captured.map(|payment| i128::from(part(payment))).sum()
}

/// A balance as its bookings make it.
fn booked(bookings: &[Booking], account: &BookAccount) -> i128 {
    let won = |booking: &Booking| i128::from(booking.won.amount());
    let part = |booking: &Booking| {
        let given = if booking.to == *account { won(booking) } else { 0 };
        let taken = if booking.from == *account { won(booking) } else { 0 };
        given - taken
    };
    bookings.iter().map(part).sum()
}

fn of_count(count: usize) -> i128 {
    i128::try_from(count).unwrap_or(i128::MAX)
}
