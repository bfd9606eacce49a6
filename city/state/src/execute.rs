//! A block, from the state before it to what it changes.

use crate::admit::Admitted;
use crate::component::{
    Context, account, certificate, coin, custody, did, governance, history, lapse, limit, mandate, payment,
    poll, redemption, refund, replay,
};
use crate::outcome::{ExecuteError, Outcome, TransactionResult};
use crate::overlay::{Changes, Overlay, Stop};
use crate::read::StateRead;
use crate::signatures::judge;
use citizen_coin::Supply;
use citizen_ledger::state_key;
use citizen_ledger::transaction::CheckedTransaction;
use citizen_ledger::{Action, Rejection};
use citizen_primitives::{ChainId, Hash, Height, TransactionId, UnixTime};
use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::sync::Arc;

/// A block to execute.
#[derive(Debug, Clone, Copy)]
pub struct Block<'a> {
    /// The ledger.
    pub chain_id: &'a ChainId,
    /// The block's height.
    pub height: Height,
    /// The block's time.
    pub time: UnixTime,
    /// The hash of the block's own header.
    pub hash: Hash,
    /// The transactions, in order.
    pub transactions: &'a [Vec<u8>],
}

/// Where a block stands.
#[derive(Debug, Clone, Copy)]
pub struct Head {
    /// The block's height.
    pub height: Height,
    /// The block's time.
    pub time: UnixTime,
    /// The hash of the block's own header.
    pub hash: Hash,
}

/// Executes a block on one thread.
pub fn execute(state: &dyn StateRead, block: &Block<'_>) -> Result<Outcome, ExecuteError> {
    execute_with(state, block, NonZeroUsize::MIN)
}

/// Executes a block; signatures are checked on so many threads, and the outcome does not depend on how many (STATE-9).
pub fn execute_with(
    state: &dyn StateRead,
    block: &Block<'_>,
    threads: NonZeroUsize,
) -> Result<Outcome, ExecuteError> {
    let judged = judge(block.transactions, block.chain_id, threads);
    let head = Head { height: block.height, time: block.time, hash: block.hash };
    execute_judged(state, head, judged.iter().map(|judged| judged.as_ref().map_err(Rejection::clone)))
}

/// Executes a block of transactions that this node has admitted: their form and signatures have been checked, and are not
/// checked again. The outcome is that of [`execute`] on their bytes.
pub fn execute_admitted(
    state: &dyn StateRead,
    head: Head,
    transactions: &[Arc<Admitted>],
) -> Result<Outcome, ExecuteError> {
    execute_judged(state, head, transactions.iter().map(|admitted| Ok(admitted.transaction())))
}

fn execute_judged<'a>(
    state: &dyn StateRead,
    head: Head,
    transactions: impl Iterator<Item = Result<&'a CheckedTransaction, Rejection>>,
) -> Result<Outcome, ExecuteError> {
    let mut overlay = Overlay::new(state);
    let context = Context::new(&overlay, head.height, head.time)?;
    coin::begin_block(&mut overlay, &context)?;
    lapse::begin_block(&mut overlay, &context)?;
    overlay.keep();
    let mut consumed = BTreeSet::new();
    let mut results = Vec::new();
    for judged in transactions {
        results.push(execute_one(&mut overlay, &context, &mut consumed, judged)?);
    }
    replay::end_block(&mut overlay, &context, &consumed)?;
    let headers = history::end_block(&mut overlay, &context, head.hash)?;
    check_supply(&overlay)?;
    let Changes { writes, entries, leaves, .. } = overlay.finish()?;
    Ok(Outcome { writes, results, entries, leaves, consumed: consumed.into_iter().collect(), headers })
}

fn execute_one(
    overlay: &mut Overlay<'_>,
    context: &Context,
    consumed: &mut BTreeSet<TransactionId>,
    judged: Result<&CheckedTransaction, Rejection>,
) -> Result<TransactionResult, ExecuteError> {
    // What nobody signed, and what may not be executed at this height, cannot consume an id (STATE-2).
    let allowed = judged
        .and_then(|transaction| replay::check_heights(context, transaction.body()).map(|()| transaction));
    let transaction = match allowed {
        Ok(transaction) => transaction,
        Err(rejection) => return Ok(TransactionResult { id: None, code: rejection.code() }),
    };
    let id = transaction.id();
    if replay::was_consumed(overlay, consumed, &id)? {
        return Ok(TransactionResult { id: Some(id), code: Rejection::Replayed.code() });
    }
    consumed.insert(id);
    let code = match apply(overlay, context, transaction) {
        Ok(()) => {
            overlay.keep();
            0
        }
        Err(Stop::Rejected(rejection)) => {
            overlay.drop_transaction();
            rejection.code()
        }
        Err(stop) => return Err(stop.into()),
    };
    Ok(TransactionResult { id: Some(id), code })
}

/// Carries a transaction out on the overlay.
pub(crate) fn apply(
    overlay: &mut Overlay<'_>,
    context: &Context,
    transaction: &CheckedTransaction,
) -> Result<(), Stop> {
    match &transaction.body().action {
        Action::OpenAccount(open) => account::open(overlay, context, open, context.by(transaction.id())),
        Action::ReplaceDevice(replace) => account::replace_device(overlay, context, transaction, replace),
        Action::Grant(grant) => coin::grant(overlay, context, transaction, grant),
        Action::Transfer(transfer) => coin::transfer(overlay, context, transaction, transfer),
        Action::Hold(hold) => payment::hold(overlay, context, transaction, hold),
        Action::Capture(capture) => payment::capture(overlay, context, transaction, capture),
        Action::Release(release) => payment::release(overlay, context, transaction, release),
        Action::Govern(decision) => {
            governance::govern(overlay, context, &transaction.body().signer, decision)
        }
        Action::Charge(charge) => mandate::charge(overlay, context, transaction, charge),
        Action::Revoke(revoke) => mandate::revoke(overlay, context, transaction, revoke),
        Action::Refund(refund) => refund::refund(overlay, context, transaction, refund),
        Action::Redeem(redeem) => redemption::redeem(overlay, context, transaction, redeem),
        Action::SetLimits(set) => limit::set(overlay, context, transaction, set),
        Action::Poll(act) => poll::act(overlay, context, transaction, act),
        Action::Custody(act) => custody::act(overlay, context, transaction, act),
        Action::Did(act) => did::act(overlay, context, transaction, act),
        Action::AnchorStatus(anchor) => certificate::anchor(overlay, context, transaction, anchor),
    }
}

fn check_supply(overlay: &Overlay<'_>) -> Result<(), ExecuteError> {
    let supply: Supply = overlay.find_or_default(&state_key::supply())?;
    supply.check().map_err(|_| ExecuteError::Unbalanced)
}
