//! One component per subject of the state.

pub(crate) mod account;
pub(crate) mod coin;
pub(crate) mod governance;
pub(crate) mod history;
pub(crate) mod lapse;
pub(crate) mod payment;
pub(crate) mod registry;
pub(crate) mod replay;

use citizen_ledger::Parameters;
use citizen_primitives::{ChainId, Height, Month, TransactionId, UnixTime};

/// Where and when a transaction is executed.
#[derive(Debug, Clone)]
pub(crate) struct Context<'a> {
    pub(crate) chain_id: &'a ChainId,
    pub(crate) height: Height,
    pub(crate) time: UnixTime,
    /// The month of `time` in Seoul.
    pub(crate) month: Month,
    pub(crate) parameters: Parameters,
}

impl Context<'_> {
    pub(crate) fn by(&self, transaction: TransactionId) -> citizen_coin::account::Occasion {
        let cause = citizen_coin::Cause::Transaction(transaction);
        citizen_coin::account::Occasion { height: self.height, time: self.time, cause }
    }

    pub(crate) fn by_itself(&self) -> citizen_coin::account::Occasion {
        let cause = citizen_coin::Cause::Block;
        citizen_coin::account::Occasion { height: self.height, time: self.time, cause }
    }
}
