//! The till's journal: what was asked is on the disk before it is sent, so that a till that is cut off knows what to ask about,
//! and never takes a receipt twice. One program at a time has it open.

use crate::failure::Failure;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_ledger::TrustedState;
use citizen_payment::till::ChargeNumber;
use citizen_primitives::{Canonical, Day, Hash, PaymentId, Points, RefundId, Seconds, Text, UnixTime, Won};
use redb::{Database, ReadableDatabase as _, ReadableTable as _, TableDefinition, TableError};
use std::io;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// A charge that was asked for so near to the day's end may be paid on the next day.
const SETTLING: Seconds = Seconds::new(3_600);
/// The centre's book may be so far behind the ledger.
const YOUNG: Seconds = Seconds::new(60);

type Rows = TableDefinition<'static, &'static [u8], &'static [u8]>;

/// [`ChargeEntry`] by number.
const CHARGES: Rows = TableDefinition::new("charges");
/// [`RefundEntry`] by refund.
const REFUNDS: Rows = TableDefinition::new("refunds");
/// [`ReceiptEntry`] by payment.
const RECEIPTS: Rows = TableDefinition::new("receipts");
/// [`SettledOn`] by payment or refund: on which day's final file it stood.
const SETTLED: Rows = TableDefinition::new("settled");
/// [`TrustedState`], the one.
const TRUSTED: Rows = TableDefinition::new("trusted");

/// How long to wait for another program to close the journal.
const PATIENCE: Duration = Duration::from_secs(5);

/// A charge of this till.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct ChargeEntry {
    /// The digest of the code.
    pub(crate) code: Hash,
    /// How much.
    pub(crate) amount: Won,
    /// When it was first asked.
    pub(crate) time: UnixTime,
    /// How far it is.
    pub(crate) stage: ChargeStage,
}

/// How far a charge is.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) enum ChargeStage {
    /// No answer came yet: a reversal is owed.
    Unanswered,
    /// The centre has it.
    Checking,
    /// Proved to be paid.
    Captured(PaymentId),
    /// The centre has said that it never will be, or is no more.
    Reversed,
    /// It has ended unpaid.
    Failed,
}

/// A refund or a cancel of this till.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct RefundEntry {
    /// Of which payment.
    pub(crate) payment: PaymentId,
    /// How much; nothing for all that is left.
    pub(crate) amount: Option<Won>,
    /// Why.
    pub(crate) reason: Text,
    /// When it was first asked.
    pub(crate) time: UnixTime,
    /// How far it is.
    pub(crate) stage: RefundStage,
}

/// How far a refund is.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) enum RefundStage {
    /// Asked; whether it arrived, or how it ends, is not known.
    Open,
    /// Proved to be on the ledger.
    Refunded(Points, Won),
    /// It never will be.
    Refused,
}

/// A receipt that was shown to this till, or a charge's that needs none.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct ReceiptEntry {
    /// By which the centre knows the request again.
    pub(crate) nonce: [u8; 16],
    /// What came of it.
    pub(crate) stage: ReceiptStage,
}

/// What came of asking the centre to mark a payment as served.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) enum ReceiptStage {
    /// Not known yet. `owed` if the goods were handed over already: the till asks until it is.
    Asked { owed: bool },
    /// Taken, by this counter or another, at this time.
    Taken { counter: String, time: UnixTime },
}

#[derive(Debug, Clone, Copy, BorshSerialize, BorshDeserialize)]
struct SettledOn(Day);

citizen_primitives::canonical!(ChargeEntry = 1, RefundEntry = 1, ReceiptEntry = 1, SettledOn = 1);

impl ChargeStage {
    pub(crate) const fn is_open(&self) -> bool {
        matches!(self, Self::Unanswered | Self::Checking)
    }
}

/// The journal, open: nobody else has it.
pub(crate) struct Journal(Database);

impl Journal {
    /// Opens or makes it; waits a little for another program to let go.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let began = Instant::now();
        loop {
            match unless_it_panics(|| Database::create(path))? {
                Ok(database) => return Ok(Self(database)),
                Err(redb::DatabaseError::DatabaseAlreadyOpen) if began.elapsed() < PATIENCE => {
                    thread::sleep(Duration::from_millis(20));
                }
                Err(error) => return Err(of_redb(&error.into())),
            }
        }
    }

    pub(crate) fn charge(&self, number: &ChargeNumber, entry: &ChargeEntry) -> Result<(), Failure> {
        self.put(CHARGES, number.as_bytes(), entry)
    }

    pub(crate) fn refund(&self, refund: &RefundId, entry: &RefundEntry) -> Result<(), Failure> {
        self.put(REFUNDS, refund.as_bytes(), entry)
    }

    pub(crate) fn receipt(&self, payment: &PaymentId, entry: &ReceiptEntry) -> Result<(), Failure> {
        self.put(RECEIPTS, payment.as_bytes(), entry)
    }

    pub(crate) fn known_receipt(&self, payment: &PaymentId) -> Result<Option<ReceiptEntry>, Failure> {
        self.find(RECEIPTS, payment.as_bytes())
    }

    /// The charges that are not at their end.
    pub(crate) fn open_charges(&self) -> Result<Vec<(ChargeNumber, ChargeEntry)>, Failure> {
        let all: Vec<([u8; 16], ChargeEntry)> = self.all(CHARGES)?;
        let open = all.into_iter().filter(|(_, entry)| entry.stage.is_open());
        Ok(open.map(|(number, entry)| (ChargeNumber::from_bytes(number), entry)).collect())
    }

    /// The payments of a day that this till has proved to be paid. Not those of the last minute, nor those asked for near the day's
    /// end: on which day the centre has them is its own clock's to say.
    pub(crate) fn captured(&self, day: Day, now: UnixTime) -> Result<Vec<PaymentId>, Failure> {
        let all: Vec<([u8; 16], ChargeEntry)> = self.all(CHARGES)?;
        let captured = all.into_iter().filter_map(|(_, entry)| match entry.stage {
            ChargeStage::Captured(payment)
                if entry.time.day_in_seoul() == day
                    && entry.time.plus(SETTLING).day_in_seoul() == day
                    && now.since(entry.time) > YOUNG =>
            {
                Some(payment)
            }
            _ => None,
        });
        Ok(captured.collect())
    }

    /// The refunds that are not at their end.
    pub(crate) fn open_refunds(&self) -> Result<Vec<(RefundId, RefundEntry)>, Failure> {
        let all: Vec<([u8; 32], RefundEntry)> = self.all(REFUNDS)?;
        let open = all.into_iter().filter(|(_, entry)| entry.stage == RefundStage::Open);
        Ok(open.map(|(refund, entry)| (RefundId::from_bytes(refund), entry)).collect())
    }

    /// The payments whose goods were handed over and that the centre has not marked yet.
    pub(crate) fn owed_receipts(&self) -> Result<Vec<PaymentId>, Failure> {
        let all: Vec<([u8; 32], ReceiptEntry)> = self.all(RECEIPTS)?;
        let owed = all.into_iter().filter(|(_, entry)| entry.stage == ReceiptStage::Asked { owed: true });
        Ok(owed.map(|(payment, _)| PaymentId::from_bytes(payment)).collect())
    }

    /// Whether one of these payments and refunds stood on another day's final file.
    pub(crate) fn is_on_another_day(&self, ids: &[[u8; 32]], day: Day) -> Result<bool, Failure> {
        for id in ids {
            if self.find(SETTLED, id)?.is_some_and(|SettledOn(known)| known != day) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// These payments and refunds stand on the day's final file.
    pub(crate) fn settled(&self, ids: &[[u8; 32]], day: Day) -> Result<(), Failure> {
        let value = SettledOn(day).to_canonical();
        self.put_all(SETTLED, &ids.iter().map(|id| (id.as_slice(), value.as_slice())).collect::<Vec<_>>())
    }

    /// The newest header that this till has verified.
    pub(crate) fn trusted(&self) -> Result<Option<TrustedState>, Failure> {
        self.find(TRUSTED, b"")
    }

    pub(crate) fn keep_trusted(&self, state: &TrustedState) -> Result<(), Failure> {
        if self.trusted()?.is_some_and(|known| known.height >= state.height) {
            return Ok(());
        }
        self.put(TRUSTED, b"", state)
    }

    /// On the disk when it returns.
    fn put<T: Canonical>(&self, rows: Rows, key: &[u8], value: &T) -> Result<(), Failure> {
        self.put_all(rows, &[(key, value.to_canonical().as_slice())])
    }

    /// All of them or none, on the disk when it returns.
    fn put_all(&self, rows: Rows, all: &[(&[u8], &[u8])]) -> Result<(), Failure> {
        let commit = || {
            let writing = self.0.begin_write()?;
            for (key, value) in all {
                writing.open_table(rows)?.insert(*key, *value)?;
            }
            writing.commit()?;
            Ok(())
        };
        unless_it_panics(commit)?.map_err(|error: redb::Error| of_redb(&error))
    }

    fn find<T: Canonical>(&self, rows: Rows, key: &[u8]) -> Result<Option<T>, Failure> {
        let read = || {
            let reading = self.0.begin_read()?;
            match reading.open_table(rows) {
                Err(TableError::TableDoesNotExist(_)) => Ok(None),
                table => Ok(table?.get(key)?.map(|value| value.value().to_vec())),
            }
        };
        let bytes = unless_it_panics(read)?.map_err(|error: redb::Error| of_redb(&error))?;
        bytes.map(|bytes| T::from_canonical(&bytes).map_err(|_| damaged())).transpose()
    }

    fn all<const N: usize, T: Canonical>(&self, rows: Rows) -> Result<Vec<([u8; N], T)>, Failure> {
        let read = || {
            let reading = self.0.begin_read()?;
            let table = match reading.open_table(rows) {
                Err(TableError::TableDoesNotExist(_)) => return Ok(Vec::new()),
                table => table?,
            };
            let mut all = Vec::new();
            for row in table.iter()? {
                let (key, value) = row?;
                all.push((key.value().to_vec(), value.value().to_vec()));
            }
            Ok(all)
        };
        let all = unless_it_panics(read)?.map_err(|error: redb::Error| of_redb(&error))?;
        let decoded = all.into_iter().map(|(key, value)| {
            let key = <[u8; N]>::try_from(key).map_err(|_| damaged())?;
            Ok((key, T::from_canonical(&value).map_err(|_| damaged())?))
        });
        decoded.collect()
    }
}

/// redb believes the numbers in some pages before it has checked them, and panics over a damaged one. The program ends with the
/// failure, so nothing half-done can be seen after such a panic.
fn unless_it_panics<T>(act: impl FnOnce() -> T) -> Result<T, Failure> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(act)).map_err(|_| damaged())
}

fn of_redb(error: &redb::Error) -> Failure {
    match error {
        redb::Error::DatabaseAlreadyOpen => Failure::new("store-busy"),
        redb::Error::Io(error)
            if !matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof) =>
        {
            Failure::new("storage-full")
        }
        _ => damaged(),
    }
}

fn damaged() -> Failure {
    Failure::new("store-damaged")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(stage: ChargeStage) -> ChargeEntry {
        let (code, amount) = (Hash::plain(&[b"code"]), Won::new(1_000).unwrap());
        ChargeEntry { code, amount, time: UnixTime::from_seconds(1), stage }
    }

    #[test]
    fn what_was_asked_is_there_after_the_program_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.redb");
        let (one, two) = (ChargeNumber::from_bytes([1; 16]), ChargeNumber::from_bytes([2; 16]));
        let journal = Journal::open(&path).unwrap();
        assert!(journal.open_charges().unwrap().is_empty());
        journal.charge(&one, &entry(ChargeStage::Unanswered)).unwrap();
        journal.charge(&two, &entry(ChargeStage::Reversed)).unwrap();
        drop(journal);
        let journal = Journal::open(&path).unwrap();
        assert_eq!(journal.open_charges().unwrap(), [(one, entry(ChargeStage::Unanswered))]);
    }

    #[test]
    fn what_was_proved_to_be_paid_is_looked_for_on_its_day_once_the_centre_must_have_it() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(&folder.path().join("journal.redb")).unwrap();
        let noon = UnixTime::from_seconds(1_795_230_000);
        let paid = PaymentId::from_bytes([1; 32]);
        let captured = ChargeEntry { time: noon, ..entry(ChargeStage::Captured(paid)) };
        journal.charge(&ChargeNumber::from_bytes([1; 16]), &captured).unwrap();
        let day = noon.day_in_seoul();
        let late = ChargeEntry {
            time: UnixTime::from_seconds(day.next().start().seconds() - 60),
            ..entry(ChargeStage::Captured(PaymentId::from_bytes([2; 32])))
        };
        journal.charge(&ChargeNumber::from_bytes([2; 16]), &late).unwrap();
        let at = |day, seconds| journal.captured(day, noon.plus(Seconds::new(seconds))).unwrap();
        assert_eq!((at(day, 60), at(day, 61), at(day, 90_000)), (vec![], vec![paid], vec![paid]));
        assert_eq!(at(day.next(), 90_000), []);
    }

    #[test]
    fn a_damaged_journal_is_said_in_words() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.redb");
        let number = ChargeNumber::from_bytes([1; 16]);
        Journal::open(&path).unwrap().charge(&number, &entry(ChargeStage::Checking)).unwrap();
        let whole = std::fs::read(&path).unwrap();
        for place in (0..whole.len().min(16_384)).step_by(131) {
            let mut changed = whole.clone();
            changed[place] ^= 0xff;
            std::fs::write(&path, changed).unwrap();
            let read = Journal::open(&path).and_then(|journal| journal.open_charges());
            assert!(read.map_or_else(|failure| failure.code() == "store-damaged", |_| true), "{place}");
        }
    }

    #[test]
    fn a_second_program_is_told_that_the_journal_is_in_use_and_a_damaged_one_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.redb");
        let first = Journal::open(&path).unwrap();
        assert_eq!(Journal::open(&path).err().unwrap().code(), "store-busy");
        drop(first);
        std::fs::write(&path, "junk").unwrap();
        assert_eq!(Journal::open(&path).err().unwrap().code(), "store-damaged");
    }
}
