//! Holds that run out: each is visited once, in the first block after its time (city/docs/adr/0001).

use super::{Context, account, coin, limit};
use crate::overlay::{Overlay, Stop};
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_coin::EntryKind;
use citizen_ledger::state_key;
use citizen_payment::{PaymentRecord, PaymentState};
use citizen_primitives::{PaymentId, UnixTime};

/// The width of a bucket in seconds.
const WIDTH: u64 = 10;

/// The payments of a bucket, in the order they were opened.
#[derive(Debug, Clone, Default, BorshSerialize, BorshDeserialize)]
struct Payments(Vec<PaymentId>);

/// The buckets that are not empty, sorted.
#[derive(Debug, Clone, Default, BorshSerialize, BorshDeserialize)]
struct Buckets(Vec<u64>);
citizen_primitives::canonical!(Payments = 1, Buckets = 1);

/// The bucket of a time: due once every hold in it has run out.
const fn bucket(expires: UnixTime) -> u64 {
    expires.seconds().div_ceil(WIDTH)
}

/// A payment will lapse at its time unless it ends before.
pub(crate) fn schedule(overlay: &mut Overlay<'_>, payment: PaymentId, expires: UnixTime) -> Result<(), Stop> {
    let bucket = bucket(expires);
    let mut payments: Payments = overlay.find_or_default(&state_key::lapsing(bucket))?;
    if payments.0.is_empty() {
        let mut buckets: Buckets = overlay.find_or_default(&state_key::lapsing_buckets())?;
        if let Err(place) = buckets.0.binary_search(&bucket) {
            buckets.0.insert(place, bucket);
            overlay.put(state_key::lapsing_buckets(), &buckets);
        }
    }
    payments.0.push(payment);
    overlay.put(state_key::lapsing(bucket), &payments);
    Ok(())
}

/// A payment has ended before its time. Buckets are exact, so that nothing is due in a block that has nothing to do (STATE-4).
pub(crate) fn unschedule(
    overlay: &mut Overlay<'_>,
    payment: &PaymentId,
    expires: UnixTime,
) -> Result<(), Stop> {
    let bucket = bucket(expires);
    let key = state_key::lapsing(bucket);
    let mut payments: Payments = overlay.find_or_default(&key)?;
    payments.0.retain(|other| other != payment);
    if !payments.0.is_empty() {
        overlay.put(key, &payments);
        return Ok(());
    }
    overlay.delete(key);
    let mut buckets: Buckets = overlay.find_or_default(&state_key::lapsing_buckets())?;
    buckets.0.retain(|other| *other != bucket);
    overlay.put(state_key::lapsing_buckets(), &buckets);
    Ok(())
}

/// Lapses every hold whose bucket is due (PAY-7).
pub(crate) fn begin_block(overlay: &mut Overlay<'_>, context: &Context) -> Result<(), Stop> {
    let mut buckets: Buckets = overlay.find_or_default(&state_key::lapsing_buckets())?;
    let now = context.time.seconds() / WIDTH;
    let later = buckets.0.partition_point(|bucket| *bucket <= now);
    if later == 0 {
        return Ok(());
    }
    let due: Vec<u64> = buckets.0.drain(..later).collect();
    overlay.put(state_key::lapsing_buckets(), &buckets);
    for bucket in due {
        let key = state_key::lapsing(bucket);
        let payments: Payments = overlay.find_or_default(&key)?;
        for payment in payments.0 {
            lapse(overlay, context, payment)?;
        }
        overlay.delete(key);
    }
    Ok(())
}

fn lapse(overlay: &mut Overlay<'_>, context: &Context, payment: PaymentId) -> Result<(), Stop> {
    let key = state_key::payment(&payment);
    let mut record: PaymentRecord = overlay.find(&key)?.ok_or(Stop::Record)?;
    let by = context.by_itself();
    let mut payer = account::touched(overlay, context, &record.account, by)?;
    let expired = payer.give_back(&record.lots, context.month).map_err(|_| Stop::Unbalanced)?;
    if !record.lots.is_empty() {
        coin::with_supply(overlay, |supply| supply.give_back(&record.lots, context.month))?;
    }
    limit::uncount(overlay, &record.account, record.lots.total()?, record.won, record.opened)?;
    record.state = PaymentState::Lapsed { at: context.time };
    account::append(overlay, record.account, &mut payer, EntryKind::Lapsed { payment, expired }, by);
    account::store(overlay, record.account, &payer);
    overlay.put(key, &record);
    Ok(())
}
