//! One component per subject of the state.

pub(crate) mod account;
pub(crate) mod certificate;
pub(crate) mod coin;
pub(crate) mod custody;
pub(crate) mod did;
pub(crate) mod governance;
pub(crate) mod history;
pub(crate) mod lapse;
pub(crate) mod limit;
pub(crate) mod mandate;
pub(crate) mod payment;
pub(crate) mod poll;
pub(crate) mod redemption;
pub(crate) mod refund;
pub(crate) mod registry;
pub(crate) mod replay;

use crate::outcome::ExecuteError;
use crate::overlay::Overlay;
use citizen_coin::account::Occasion;
use citizen_coin::{Cause, Supply};
use citizen_ledger::{Parameters, PaymentRules, Rejection, state_key};
use citizen_primitives::{Height, Month, TransactionId, UnixTime};
use std::sync::Arc;

/// Where and when a transaction is executed.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    pub(crate) height: Height,
    pub(crate) time: UnixTime,
    /// The month in Seoul by which lots expire. It never goes back, whatever a block's time says.
    pub(crate) month: Month,
    pub(crate) parameters: Arc<Parameters>,
    /// The rules of payments as they stood before the block: what governors decide in it holds from the next one on.
    pub(crate) rules: Option<Arc<PaymentRules>>,
}

impl Context {
    /// Where and when, with the parameters in force.
    pub(crate) fn new(overlay: &Overlay<'_>, height: Height, time: UnixTime) -> Result<Self, ExecuteError> {
        let parameters: Parameters = overlay.find(&state_key::parameters())?.ok_or(ExecuteError::Record)?;
        let supply: Supply = overlay.find_or_default(&state_key::supply())?;
        let month = time.month_in_seoul().map_err(|_| ExecuteError::Time)?;
        let month = supply.month.map_or(month, |counted| counted.max(month));
        let rules = overlay.find(&state_key::payment_rules())?.map(Arc::new);
        Ok(Self { height, time, month, parameters: Arc::new(parameters), rules })
    }

    /// The same height at another time.
    pub(crate) fn at(&self, time: UnixTime) -> Result<Self, ExecuteError> {
        let month = time.month_in_seoul().map_err(|_| ExecuteError::Time)?;
        Ok(Self { time, month: self.month.max(month), ..self.clone() })
    }

    /// The rules of payments, which some acts need.
    pub(crate) fn rules(&self) -> Result<&PaymentRules, Rejection> {
        self.rules.as_deref().ok_or(Rejection::NoRules)
    }

    /// An occasion of a transaction.
    pub(crate) const fn by(&self, transaction: TransactionId) -> Occasion {
        Occasion { height: self.height, time: self.time, cause: Cause::Transaction(transaction) }
    }

    /// An occasion of the block itself.
    pub(crate) const fn by_itself(&self) -> Occasion {
        Occasion { height: self.height, time: self.time, cause: Cause::Block }
    }
}
