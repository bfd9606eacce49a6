//! Admission to the mempool: the checks of execution, on a copy that is thrown away.

use crate::component::replay;
use crate::execute::{ExecuteError, apply, context};
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
    /// A record in the state is not what its key says.
    #[error("an unreadable record in the state")]
    Record,
}

/// Says whether a transaction would be executed now. Nobody's order in the queue counts: there is no per-account number.
pub fn admit(
    state: &dyn StateRead,
    bytes: &[u8],
    at: &Admission<'_>,
) -> Result<CheckedTransaction, AdmitError> {
    let transaction = SignedTransaction::check_stateless(bytes, at.chain_id)?;
    let mut overlay = Overlay::new(state);
    let context = context(&overlay, at.chain_id, at.height, at.time).map_err(|error| match error {
        ExecuteError::Read(error) => AdmitError::Read(error),
        ExecuteError::Record | ExecuteError::Unbalanced | ExecuteError::Time => AdmitError::Record,
    })?;
    let dry_run = replay::check(&overlay, &context, &BTreeSet::new(), transaction.body(), &transaction.id())
        .and_then(|()| apply(&mut overlay, &context, &transaction));
    match dry_run {
        Ok(()) => Ok(transaction),
        Err(Stop::Rejected(rejection)) => Err(rejection.into()),
        Err(Stop::Read(error)) => Err(error.into()),
        Err(Stop::Record) => Err(AdmitError::Record),
    }
}
