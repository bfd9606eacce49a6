//! Admission to the mempool: the checks of execution, on a copy that is thrown away.

use crate::component::{Context, replay};
use crate::execute::{ExecuteError, apply};
use crate::overlay::{Overlay, Stop};
use crate::read::{ReadError, StateRead};
use citizen_ledger::Rejection;
use citizen_ledger::transaction::{CheckedTransaction, SignedTransaction};
use citizen_primitives::{ChainId, Height, UnixTime};
use std::collections::BTreeSet;

/// Where and when a transaction would be executed at the earliest.
#[derive(Debug, Clone, Copy)]
pub struct Admission<'a> {
    /// The ledger.
    pub chain_id: &'a ChainId,
    /// The next height.
    pub height: Height,
    /// About when.
    pub time: UnixTime,
}

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

/// Says whether a transaction would be executed now, by itself. Nobody's order in the queue counts: there is no per-account number.
/// What begins a block (a month's end, holds that lapse) is left out: the block judges again.
pub fn admit(
    state: &dyn StateRead,
    bytes: &[u8],
    at: &Admission<'_>,
) -> Result<CheckedTransaction, AdmitError> {
    let transaction = SignedTransaction::check_stateless(bytes, at.chain_id)?;
    let mut overlay = Overlay::new(state);
    let context = Context::new(&overlay, at.height, at.time).map_err(|error| match error {
        ExecuteError::Read(error) => AdmitError::Read(error),
        ExecuteError::Record | ExecuteError::Unbalanced | ExecuteError::Time => AdmitError::Record,
    })?;
    replay::check_heights(&context, transaction.body())?;
    if replay::was_consumed(&overlay, &BTreeSet::new(), &transaction.id())? {
        return Err(Rejection::Replayed.into());
    }
    match apply(&mut overlay, &context, &transaction) {
        Ok(()) => Ok(transaction),
        Err(Stop::Rejected(rejection)) => Err(rejection.into()),
        Err(Stop::Read(error)) => Err(error.into()),
        Err(Stop::Record | Stop::Unbalanced) => Err(AdmitError::Record),
    }
}
