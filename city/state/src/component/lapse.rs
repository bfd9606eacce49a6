//! Holds that run out: each is visited once, in the first block after its time that has room (city/docs/adr/0001).
//!
//! A bucket of time has pages, so that nobody makes a record long. Page 0 is filled first; where a payment stands on another
//! one is a record of its own. The last page is emptied first.

use super::{Context, account, coin, limit};
use crate::overlay::{Overlay, Stop};
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_coin::EntryKind;
use citizen_ledger::state_key::{self, StateKey};
use citizen_payment::{PaymentRecord, PaymentState};
use citizen_primitives::{PaymentId, UnixTime};

/// The width of a bucket in seconds.
const WIDTH: u64 = 10;
/// The most payments of a page.
const PAGE: usize = 256;
/// The most holds that lapse in a block: whoever fills a bucket delays those in it, and not the block.
const MOST: usize = 500;

/// The payments of a page, in the order they were opened.
#[derive(Debug, Clone, Default, BorshSerialize, BorshDeserialize)]
struct Payments(Vec<PaymentId>);

/// The buckets that are not empty, sorted.
#[derive(Debug, Clone, Default, BorshSerialize, BorshDeserialize)]
struct Buckets(Vec<u64>);

/// The number of a page: a bucket's last that is not empty, or a payment's.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
struct Page(u32);
citizen_primitives::canonical!(Payments = 1, Buckets = 1, Page = 1);

/// The bucket of a time: due once every hold in it has run out.
const fn bucket(expires: UnixTime) -> u64 {
    expires.seconds().div_ceil(WIDTH)
}

/// A payment will lapse at its time unless it ends before.
pub(crate) fn schedule(overlay: &mut Overlay<'_>, payment: PaymentId, expires: UnixTime) -> Result<(), Stop> {
    let bucket = bucket(expires);
    let last: Page = overlay.find_or_default(&state_key::lapsing_pages(bucket))?;
    let (page, mut payments) = page_with_room(overlay, bucket, last)?;
    if payments.0.is_empty() && last == Page(0) {
        let mut buckets: Buckets = overlay.find_or_default(&state_key::lapsing_buckets())?;
        if let Err(place) = buckets.0.binary_search(&bucket) {
            buckets.0.insert(place, bucket);
            overlay.put(state_key::lapsing_buckets(), &buckets);
        }
    }
    payments.0.push(payment);
    overlay.put(key(bucket, page), &payments);
    if page != Page(0) {
        overlay.put(state_key::lapsing_place(&payment), &page);
        if page != last {
            overlay.put(state_key::lapsing_pages(bucket), &page);
        }
    }
    Ok(())
}

/// A payment has ended before its time. Buckets are exact, so that nothing is due in a block that has nothing to do (STATE-4).
pub(crate) fn unschedule(
    overlay: &mut Overlay<'_>,
    payment: &PaymentId,
    expires: UnixTime,
) -> Result<(), Stop> {
    let bucket = bucket(expires);
    let place = state_key::lapsing_place(payment);
    let page: Page = overlay.find_or_default(&place)?;
    if page != Page(0) {
        overlay.delete(place);
    }
    let mut payments: Payments = overlay.find_or_default(&key(bucket, page))?;
    payments.0.retain(|other| other != payment);
    if put_page(overlay, bucket, page, &payments) && is_emptied(overlay, bucket)? {
        let mut buckets: Buckets = overlay.find_or_default(&state_key::lapsing_buckets())?;
        buckets.0.retain(|other| *other != bucket);
        overlay.put(state_key::lapsing_buckets(), &buckets);
    }
    Ok(())
}

/// Lapses holds whose bucket is due, as many as a block has room for (PAY-7).
pub(crate) fn begin_block(overlay: &mut Overlay<'_>, context: &Context) -> Result<(), Stop> {
    let mut buckets: Buckets = overlay.find_or_default(&state_key::lapsing_buckets())?;
    let now = context.time.seconds() / WIDTH;
    let later = buckets.0.partition_point(|bucket| *bucket <= now);
    let (mut room, mut emptied) = (MOST, 0);
    for bucket in buckets.0.iter().take(later) {
        while room > 0 && !is_emptied(overlay, *bucket)? {
            room = room.saturating_sub(lapse_some(overlay, context, *bucket, room)?);
        }
        if !is_emptied(overlay, *bucket)? {
            break;
        }
        emptied += 1;
    }
    if emptied > 0 {
        buckets.0.drain(..emptied);
        overlay.put(state_key::lapsing_buckets(), &buckets);
    }
    Ok(())
}

/// Lapses holds of a bucket's last page. Returns how many.
fn lapse_some(overlay: &mut Overlay<'_>, context: &Context, bucket: u64, most: usize) -> Result<usize, Stop> {
    let page: Page = overlay.find_or_default(&state_key::lapsing_pages(bucket))?;
    let mut payments: Payments = overlay.find_or_default(&key(bucket, page))?;
    let due: Vec<PaymentId> = payments.0.drain(..payments.0.len().min(most)).collect();
    for payment in &due {
        lapse(overlay, context, *payment)?;
        if page != Page(0) {
            overlay.delete(state_key::lapsing_place(payment));
        }
    }
    put_page(overlay, bucket, page, &payments);
    Ok(due.len())
}

/// Page 0, or the last one, or a new one.
fn page_with_room(overlay: &Overlay<'_>, bucket: u64, last: Page) -> Result<(Page, Payments), Stop> {
    for page in [Page(0), last] {
        let payments: Payments = overlay.find_or_default(&key(bucket, page))?;
        if payments.0.len() < PAGE {
            return Ok((page, payments));
        }
    }
    Ok((Page(last.0.saturating_add(1)), Payments::default()))
}

/// Writes a page. Returns whether nothing is on it any more: then it is removed.
fn put_page(overlay: &mut Overlay<'_>, bucket: u64, page: Page, payments: &Payments) -> bool {
    let key = key(bucket, page);
    if payments.0.is_empty() {
        overlay.delete(key);
    } else {
        overlay.put(key, payments);
    }
    payments.0.is_empty()
}

/// Whether nothing is left in a bucket. Sees to it that its last page is one with payments, or page 0.
fn is_emptied(overlay: &mut Overlay<'_>, bucket: u64) -> Result<bool, Stop> {
    let pages = state_key::lapsing_pages(bucket);
    let last: Page = overlay.find_or_default(&pages)?;
    let mut page = last;
    while page != Page(0) && overlay.find::<Payments>(&key(bucket, page))?.is_none() {
        page = Page(page.0.saturating_sub(1));
    }
    match (page == last, page) {
        (true, _) => {}
        (false, Page(0)) => overlay.delete(pages),
        (false, page) => overlay.put(pages, &page),
    }
    Ok(page == Page(0) && overlay.find::<Payments>(&key(bucket, page))?.is_none())
}

fn key(bucket: u64, page: Page) -> StateKey {
    match page {
        Page(0) => state_key::lapsing(bucket),
        Page(page) => state_key::lapsing_page(bucket, page),
    }
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
