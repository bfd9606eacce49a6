//! Admission to the mempool: the checks of execution, on a copy that is thrown away.

use crate::component::{Context, replay};
use crate::execute::apply;
use crate::outcome::ExecuteError;
use crate::overlay::{Overlay, Stop};
use crate::read::{ReadError, StateRead};
use crate::signatures::judge;
use citizen_ledger::transaction::{CheckedTransaction, SignedTransaction};
use citizen_ledger::{Parameters, Rejection};
use citizen_primitives::{ChainId, Height, UnixTime};
use std::collections::BTreeSet;
use std::num::NonZeroUsize;

/// Why a transaction is not admitted.
#[derive(Debug, thiserror::Error)]
pub enum AdmitError {
    /// It would be refused.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The state could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A record in the state is not what its key says, or does not add up with another.
    #[error("an unreadable record in the state")]
    Record,
}

impl From<ExecuteError> for AdmitError {
    fn from(error: ExecuteError) -> Self {
        match error {
            ExecuteError::Read(error) => Self::Read(error),
            ExecuteError::Record | ExecuteError::Unbalanced | ExecuteError::Time => Self::Record,
        }
    }
}

/// A transaction that was admitted, with the bytes that it was read from: only a [`Desk`] makes one, so a block of them can be
/// executed without a second look at the signatures.
#[derive(Debug)]
pub struct Admitted {
    transaction: CheckedTransaction,
    bytes: Vec<u8>,
}

impl Admitted {
    /// The transaction.
    #[must_use]
    pub const fn transaction(&self) -> &CheckedTransaction {
        &self.transaction
    }

    /// Its bytes, as they stand in a block.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// Where transactions are admitted between one block and the next. What each of them needs of the state is read once.
pub struct Desk<S> {
    state: S,
    context: Context,
}

impl<S: StateRead> Desk<S> {
    /// Opens over the state after a block; `height` is the next block's, `time` about when it comes.
    pub fn open(state: S, height: Height, time: UnixTime) -> Result<Self, ExecuteError> {
        let context = Context::new(&Overlay::new(&state), height, time)?;
        Ok(Self { state, context })
    }

    /// The state it is open over.
    #[must_use]
    pub const fn state(&self) -> &S {
        &self.state
    }

    /// The height at which an admitted transaction would be executed at the earliest.
    #[must_use]
    pub const fn height(&self) -> Height {
        self.context.height
    }

    /// The parameters in force.
    #[must_use]
    pub fn parameters(&self) -> &Parameters {
        &self.context.parameters
    }

    /// Says whether a transaction would be executed now, by itself. Nobody's order in the queue counts: there is no per-account
    /// number. What begins a block (a month's end, holds that lapse) is left out: the block judges again.
    pub fn admit(&self, bytes: Vec<u8>, chain_id: &ChainId, time: UnixTime) -> Result<Admitted, AdmitError> {
        let transaction = SignedTransaction::check_stateless(&bytes, chain_id)?;
        self.admit_signed(transaction, bytes, time)
    }

    /// [`Self::admit`] for many that came together; their signatures are checked in one batch. The verdict on each is the one
    /// that it would have alone (STATE-9).
    pub fn admit_all(
        &self,
        transactions: Vec<Vec<u8>>,
        chain_id: &ChainId,
        time: UnixTime,
    ) -> Vec<Result<Admitted, AdmitError>> {
        let judged = judge(&transactions, chain_id, NonZeroUsize::MIN);
        let judged = judged.into_iter().zip(transactions);
        judged.map(|(judged, bytes)| self.admit_signed(judged?, bytes, time)).collect()
    }

    /// The checks that need the state.
    fn admit_signed(
        &self,
        transaction: CheckedTransaction,
        bytes: Vec<u8>,
        time: UnixTime,
    ) -> Result<Admitted, AdmitError> {
        let context = self.context.at(time)?;
        replay::check_heights(&context, transaction.body())?;
        let mut overlay = Overlay::new(&self.state);
        if replay::was_consumed(&overlay, &BTreeSet::new(), &transaction.id())? {
            return Err(Rejection::Replayed.into());
        }
        match apply(&mut overlay, &context, &transaction) {
            Ok(()) => Ok(Admitted { transaction, bytes }),
            Err(Stop::Rejected(rejection)) => Err(rejection.into()),
            Err(Stop::Read(error)) => Err(error.into()),
            Err(Stop::Record | Stop::Unbalanced) => Err(AdmitError::Record),
        }
    }
}
