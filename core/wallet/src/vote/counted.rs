//! "My ballot is counted": the board is read whole, and the last ballot of her key on it is the one that this phone cast (BALLOT-13).

use crate::error::{Input, Party, Subject, WalletError, mapping};
use crate::record::{BallotFate, BallotRow};
use crate::view::{CountedView, VerifiedMark};
use crate::vote::board::{Asked, BoardRead};
use crate::wallet::Wallet;
use citizen_ledger::poll::PollRecord;
use citizen_ledger::state_key;
use citizen_primitives::PollId;
use citizen_voting::board::LogHead;

/// What the board says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counted {
    /// It counts.
    Yes {
        /// Its place.
        index: u64,
        /// Its slot.
        slot: Option<u32>,
    },
    /// A later ballot of the same key counts, which this phone did not cast: another phone has the voting root.
    Replaced,
}

impl Wallet {
    /// Sees for itself that the ballot it cast last counts. Nobody is asked about it: the whole board is read. A board that does not hold
    /// the ballot of a receipt, or that does not begin with the receipt's board, is refused as unverified.
    pub async fn verify_counted(&self, id: &PollId) -> Result<CountedView, WalletError> {
        self.session().touch()?;
        let poll = self.kept_poll(id)?;
        let row = self.last_cast(id)?;
        let registration = self.registration(id)?;
        let asked = Asked { placed: None, earlier: receipt_head(&row) };
        let board = self.read_board(self.whose(&poll, &registration)?, asked).await?;
        let counted = judge(&board, &row)?;
        let (announced, _) = self.announced_now(id, &[state_key::board(id)]).await?;
        let record: &PollRecord = announced.record.value();
        let mark = VerifiedMark::of(board.snapshot.header().provenance());
        Ok(CountedView::new(&poll, &row, (counted, announced.is_closed()), (record, mark)))
    }

    fn last_cast(&self, id: &PollId) -> Result<BallotRow, WalletError> {
        let rows = self.ballot_rows(id)?;
        let row = rows.into_iter().rev().find(|row| !row.opened && matches!(row.fate, BallotFate::Placed(_)));
        row.ok_or(WalletError::Invalid { input: Input::BallotMissing })
    }
}

fn receipt_head(row: &BallotRow) -> Option<LogHead> {
    match &row.fate {
        BallotFate::Placed(kept) => Some(kept.receipt.head.log),
        _ => None,
    }
}

/// A ballot that was there once is there: the log only grows.
fn judge(board: &BoardRead, row: &BallotRow) -> Result<Counted, WalletError> {
    let refuted = mapping::unverified(Subject::Board, Party::Ledger);
    if board.extends == Some(false) {
        return Err(refuted);
    }
    let found =
        board.cast(&row.leaf.fingerprint).filter(|found| found.leaf == row.leaf).ok_or(refuted.clone())?;
    let last = board.counts().ok_or(refuted)?;
    if last.leaf == found.leaf {
        Ok(Counted::Yes { index: found.index, slot: found.slot })
    } else {
        Ok(Counted::Replaced)
    }
}
