//! What is the case when a run is over: by the ledger's blocks, the bank's books, the merchants' book and the phones.

use super::acts::{self, Acts, TillFacts};
use super::citizen::Shown;
use super::stage::Stage;
use super::world::{World, WorldError};
use citizen_coin::{AccountRecord, Supply};
use citizen_ledger::{LightBlock, StateKey, state_key};
use citizen_payment::{PaymentRecord, PaymentState};
use citizen_primitives::{
    AccountId, AmountError, Canonical, Height, IdentifierError, PaymentId, RedemptionId, TimeError,
    TransactionId, UnixTime,
};
use city_chain::{AuditError, Chain as _, audit};
use city_services::bank::{BookAccount, Booking, Purpose};
use city_services::centre::{MerchantsError, default_merchants};
use city_services::{Bank, ServiceError, Steps as _};
use city_storage::StorageError;
use std::collections::BTreeSet;

/// How a payment stands on the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It has not ended.
    Held,
    /// Paid.
    Captured,
    /// Released or lapsed.
    Reversed,
}

/// A payment on the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentFact {
    /// Which.
    pub id: PaymentId,
    /// Who pays.
    pub account: AccountId,
    /// Its part in points.
    pub points: u64,
    /// Its part in won.
    pub won: u64,
    /// How it stands.
    pub end: End,
}

/// An account on the ledger, with its won account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountFact {
    /// Which.
    pub id: AccountId,
    /// Points in it, whether or not their month has passed.
    pub points: u64,
    /// Points of it on hold.
    pub held: u64,
    /// Won, by the bank's balance.
    pub won: i64,
}

/// The ledger, as far as a verdict needs it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LedgerFacts {
    /// All payments that were ever held.
    pub payments: Vec<PaymentFact>,
    /// All accounts.
    pub accounts: Vec<AccountFact>,
    /// What was done besides.
    pub acts: Acts,
    /// The totals.
    pub supply: Supply,
    /// Whether the newest header names other validators than the first.
    pub have_validators_changed: bool,
    /// What the replay of every block found, if this run was audited; the totals it came to.
    pub audit: Option<Result<Supply, String>>,
}

/// The bank's books and the merchants' book.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BookFacts {
    /// All bookings.
    pub bookings: Vec<Booking>,
    /// The issuing account's balance.
    pub issue: i64,
    /// What the bank holds of the centre's payments, in suspense or to be paid out.
    pub settlement: i64,
    /// What merchants, the city and the centre's fees have been booked by settlements, all of them together.
    pub paid_out: i64,
    /// What merchants were credited: payments, points, won.
    pub takings: (u64, u64, u64),
    /// Orders and grants that are not at their end.
    pub open: u32,
    /// The till's merchant's books.
    pub till: Option<TillFacts>,
    /// The certificates that the treasury has issued, by redemption.
    pub certificates: Vec<(RedemptionId, CertificateFact)>,
}

/// A receipt that a phone keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReceiptFact {
    /// Verified with the trust file alone: so many points and won.
    Holds(u64, u64),
    /// It does not verify, or there is none where one is said to be.
    Fails(String),
}

/// A payment on a phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowFact {
    /// Which.
    pub id: PaymentId,
    /// The word on the screen.
    pub state: &'static str,
    /// Its receipt, if it keeps one.
    pub receipt: Option<ReceiptFact>,
    /// What came back of it, points and won together, if this phone may still ask.
    pub given_back: Option<u64>,
}

/// A code that a phone has shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeFact {
    /// Its payment.
    pub payment: PaymentId,
    /// The word on the screen.
    pub state: &'static str,
    /// The most that may be charged.
    pub most: u64,
    /// Until when.
    pub until: UnixTime,
}

/// What a phone has asked of the ledger itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmissionFact {
    /// The transaction.
    pub id: TransactionId,
    /// What it is.
    pub kind: &'static str,
    /// The word on the screen.
    pub state: &'static str,
    /// Points that it takes.
    pub points: u64,
    /// The certificate that it keeps.
    pub certificate: Option<CertificateFact>,
}

/// A certificate, by what stands on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFact {
    /// Its number.
    pub number: String,
    /// Its face.
    pub won: u64,
}

/// A phone that came back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PhoneFacts {
    /// Its payments.
    pub rows: Vec<RowFact>,
    /// Points and won on the screen, if this phone may still ask for them.
    pub balance: Option<(u64, u64)>,
    /// The account.
    pub account: Option<AccountId>,
    /// The codes that it has shown.
    pub codes: Vec<CodeFact>,
    /// What it has asked of the ledger itself.
    pub submissions: Vec<SubmissionFact>,
}

/// What was noticed on the way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Noticed {
    /// Places that are registered nowhere.
    pub strangers: Vec<&'static str>,
    /// Parties that wrote to their disks at no place.
    pub elsewhere: Vec<&'static str>,
    /// Answers that said that a program is at fault.
    pub faults: u64,
    /// What never may happen.
    pub defects: Vec<String>,
}

/// All of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// The ledger.
    pub ledger: LedgerFacts,
    /// The books.
    pub books: BookFacts,
    /// The phones that came back; nothing if one never did, so that its payments are not known here.
    pub phones: Option<Vec<PhoneFacts>>,
    /// What was shown on the way.
    pub shown: Vec<Shown>,
    /// Orders of a phone that was replaced before it signed them.
    pub fenced: Vec<PaymentId>,
    /// Payments of which one at most may be paid.
    pub once: Vec<Vec<PaymentId>>,
    /// Whether every payment must have been paid: nobody was killed, and the bank says yes in the end.
    pub must_be_paid: bool,
    /// What was noticed.
    pub noticed: Noticed,
}

/// Why the facts could not be gathered: a defect too.
#[derive(Debug, thiserror::Error)]
pub enum FactError {
    /// A party that should live is dead.
    #[error(transparent)]
    World(#[from] WorldError),
    /// The ledger's file.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// A party's answer.
    #[error(transparent)]
    Party(#[from] ServiceError),
    /// The merchants.
    #[error(transparent)]
    Merchants(#[from] MerchantsError),
    /// An amount.
    #[error(transparent)]
    Amount(#[from] AmountError),
    /// A time.
    #[error(transparent)]
    Time(#[from] TimeError),
    /// A name.
    #[error(transparent)]
    Name(#[from] IdentifierError),
    /// A block or a record that is missing or cannot be read.
    #[error("{0} cannot be read")]
    Missing(&'static str),
}

/// A payment's record in the newest state; nothing if there is none.
pub fn record_of(world: &World, id: &PaymentId) -> Result<Option<PaymentRecord>, FactError> {
    read(world, &state_key::payment(id))
}

/// Whether the bank has booked a debit for a payment.
pub fn is_debited(world: &World, id: &PaymentId) -> Result<bool, FactError> {
    let bookings = world.bank()?.bookings()?;
    Ok(bookings.iter().any(|booking| booking.purpose == Purpose::Debit(*id)))
}

/// What the ledger says; with the replay of every block if that is asked for.
pub fn ledger(world: &World, with_audit: bool) -> Result<LedgerFacts, FactError> {
    let acts = Acts::in_blocks(world)?;
    let payments = acts.payments.iter().map(|id| payment(world, id)).collect::<Result<_, _>>()?;
    let accounts = acts.accounts.iter().map(|id| account(world, id)).collect::<Result<_, _>>()?;
    let supply = read(world, &state_key::supply())?.ok_or(FactError::Missing("the supply"))?;
    let audited = |report: Result<city_chain::AuditReport, AuditError>| {
        report.map(|report| report.supply).map_err(|error| error.to_string())
    };
    let audit = if with_audit { Some(audited(audit(&*world.storage()?, |_| {}))) } else { None };
    let have_validators_changed = validators(world, Height::new(1))? != validators(world, newest(world)?)?;
    Ok(LedgerFacts { payments, accounts, acts, supply, have_validators_changed, audit })
}

/// What the books say.
pub async fn books(world: &World, till: Option<TillFacts>) -> Result<BookFacts, FactError> {
    let (bank, centre) = (world.bank()?, world.centre()?);
    let mut takings = (0, 0, 0);
    let mut merchants: Vec<_> = default_merchants()?.into_iter().map(|record| record.merchant.id).collect();
    merchants.extend(till.as_ref().and_then(|till| till.merchant.clone()));
    for merchant in merchants {
        let of_one = centre.takings(&merchant)?;
        takings.0 += of_one.count;
        takings.1 += of_one.points.amount();
        takings.2 += of_one.won.amount();
    }
    Ok(BookFacts {
        bookings: bank.bookings()?,
        issue: bank.balance_of(&BookAccount::Issue)?,
        settlement: bank.held_for(&centre.party().id())?,
        paid_out: paid_out(&bank)?,
        takings,
        open: open(world).await?,
        till,
        certificates: acts::certificates(world)?,
    })
}

/// The balances of the accounts that only settlements book on.
fn paid_out(bank: &Bank) -> Result<i64, FactError> {
    let of_settlements = |account: &BookAccount| {
        matches!(account, BookAccount::Merchant(..) | BookAccount::Fees(_) | BookAccount::City)
    };
    let bookings = bank.bookings()?;
    let sides = bookings.iter().flat_map(|booking| [booking.from, booking.to]);
    let accounts: BTreeSet<BookAccount> = sides.filter(of_settlements).collect();
    let mut sum = 0_i64;
    for account in accounts {
        sum = sum.saturating_add(bank.balance_of(&account)?);
    }
    Ok(sum)
}

/// How many orders and grants are not at their end.
pub async fn open(world: &World) -> Result<u32, FactError> {
    let orders = world.centre()?.step().await?.open;
    Ok(orders.saturating_add(world.treasury()?.step().await?.open))
}

/// What was noticed.
#[must_use]
pub fn noticed(stage: &Stage) -> Noticed {
    let cutter = stage.cutter();
    Noticed {
        strangers: cutter.strangers().iter().map(|place| place.name()).collect(),
        elsewhere: cutter.elsewhere().into_iter().collect(),
        faults: stage.world().faults(),
        defects: stage.defects(),
    }
}

pub(super) fn newest(world: &World) -> Result<Height, FactError> {
    Ok(world.chain()?.status().latest)
}

/// The hash of the validators that a header names.
fn validators(world: &World, height: Height) -> Result<Vec<u8>, FactError> {
    let bytes = world.chain()?.light_block(Some(height))?.ok_or(FactError::Missing("a header"))?;
    let block = LightBlock::decode(&bytes).map_err(|_| FactError::Missing("a header"))?;
    Ok(block.signed_header().header().validators_hash.as_bytes().to_vec())
}

fn payment(world: &World, id: &PaymentId) -> Result<PaymentFact, FactError> {
    let record = record_of(world, id)?.ok_or(FactError::Missing("a payment's record"))?;
    let end = match record.state {
        PaymentState::Held => End::Held,
        PaymentState::Captured { .. } => End::Captured,
        PaymentState::Released { .. } | PaymentState::Lapsed { .. } | PaymentState::Revoked { .. } => {
            End::Reversed
        }
    };
    let points = record.lots.total()?.amount();
    Ok(PaymentFact { id: *id, account: record.account, points, won: record.won.amount(), end })
}

fn account(world: &World, id: &AccountId) -> Result<AccountFact, FactError> {
    let record: AccountRecord =
        read(world, &state_key::account(id))?.ok_or(FactError::Missing("an account's record"))?;
    let points = record.lots.total()?.amount();
    let won = world.bank()?.customer_balance(id)?;
    Ok(AccountFact { id: *id, points, held: record.held.amount(), won })
}

pub(super) fn read<T: Canonical>(world: &World, key: &StateKey) -> Result<Option<T>, FactError> {
    let value = world.storage()?.snapshot()?.value(key)?;
    value.map(|bytes| T::from_canonical(&bytes).map_err(|_| FactError::Missing("a record"))).transpose()
}
