//! Accounts: opened, taken over by another device, touched.

use super::{Context, custody};
use crate::overlay::{Overlay, Stop};
use citizen_coin::account::{Occasion, account_id};
use citizen_coin::{AccountRecord, EntryKind};
use citizen_ledger::transaction::CheckedTransaction;
use citizen_ledger::{OpenAccount, Rejection, ReplaceDevice, Signer, parameters, state_key};
use citizen_primitives::{AccountId, Points, Won};

/// Opens an account; its name is the digest of its keys and salt, so nobody can take another's.
pub(crate) fn open(
    overlay: &mut Overlay<'_>,
    context: &Context,
    open: &OpenAccount,
    by: Occasion,
) -> Result<(), Stop> {
    let OpenAccount { device, recovery, salt } = open;
    let id = account_id(device, recovery, salt);
    if overlay.find::<AccountRecord>(&state_key::account(&id))?.is_some() {
        return Err(Rejection::AccountExists.into());
    }
    let mut record = AccountRecord::open(*device, *recovery, context.time);
    append(overlay, id, &mut record, EntryKind::Opened, by);
    store(overlay, id, &record);
    Ok(())
}

/// Another device takes over, by the recovery key or by both keys of the device before (STATE-6).
pub(crate) fn replace_device(
    overlay: &mut Overlay<'_>,
    context: &Context,
    transaction: &CheckedTransaction,
    replace: &ReplaceDevice,
) -> Result<(), Stop> {
    let ReplaceDevice { account, device } = replace;
    let by = context.by(transaction.id());
    let mut record = match &transaction.body().signer {
        Signer::Recovery { account: signer, key } if signer == account => {
            let record = touched(overlay, context, account, by)?;
            if record.recovery != *key {
                return Err(Rejection::NotAllowed.into());
            }
            custody::check_replaceable(overlay, context, account)?;
            record
        }
        // Both keys have signed: form demands all signatures of a replacement.
        Signer::Device { .. } => signing_account(overlay, context, transaction)?.1,
        Signer::Recovery { .. }
        | Signer::Opening
        | Signer::Party { .. }
        | Signer::Governors { .. }
        | Signer::Several { .. } => return Err(Rejection::NotAllowed.into()),
    };
    record.device = *device;
    record.epoch = record.epoch.next();
    let epoch = record.epoch;
    append(overlay, *account, &mut record, EntryKind::DeviceReplaced { epoch }, by);
    store(overlay, *account, &record);
    Ok(())
}

/// The account whose listed device has signed, if it may order anything now: neither frozen nor under recovery (STATE-14).
pub(crate) fn signing_account(
    overlay: &mut Overlay<'_>,
    context: &Context,
    transaction: &CheckedTransaction,
) -> Result<(AccountId, AccountRecord), Stop> {
    let (id, record) = listed_account(overlay, context, transaction)?;
    custody::check_free(overlay, &id)?;
    Ok((id, record))
}

/// The account whose listed device has signed; any other device is fenced off (STATE-5).
pub(crate) fn listed_account(
    overlay: &mut Overlay<'_>,
    context: &Context,
    transaction: &CheckedTransaction,
) -> Result<(AccountId, AccountRecord), Stop> {
    let Signer::Device { account, epoch, device } = &transaction.body().signer else {
        return Err(Rejection::NotAllowed.into());
    };
    let record = touched(overlay, context, account, context.by(transaction.id()))?;
    if record.epoch != *epoch || record.device != *device {
        return Err(Rejection::Fenced.into());
    }
    Ok((*account, record))
}

/// An account as it is now: what has expired is dropped and written into its history (COIN-4).
pub(crate) fn touched(
    overlay: &mut Overlay<'_>,
    context: &Context,
    id: &AccountId,
    by: Occasion,
) -> Result<AccountRecord, Stop> {
    let mut record = overlay.account(id)?;
    let expired = record.drop_expired(context.month)?;
    if !expired.is_zero() {
        append(overlay, *id, &mut record, EntryKind::Expired { points: expired }, by);
    }
    Ok(record)
}

/// Above the limit in force, the device's hardware key must have signed too (STATE-7).
pub(crate) fn check_cosignature(
    context: &Context,
    transaction: &CheckedTransaction,
    points: Points,
    won: Won,
) -> Result<(), Stop> {
    let sum = Won::new(points.amount())?.plus(won)?;
    check_cosigned(context, transaction.is_cosigned(), sum)
}

/// The same for a sum that was signed for elsewhere than in a transaction.
pub(crate) fn check_cosigned(context: &Context, is_cosigned: bool, sum: Won) -> Result<(), Stop> {
    let limit = parameters::in_force(&context.parameters.cosign_above, context.time);
    let is_above = limit.is_some_and(|limit| sum > *limit);
    if is_above && !is_cosigned { Err(Rejection::CosignatureNeeded.into()) } else { Ok(()) }
}

/// Appends to the account's history.
pub(crate) fn append(
    overlay: &mut Overlay<'_>,
    id: AccountId,
    record: &mut AccountRecord,
    kind: EntryKind,
    by: Occasion,
) {
    let entry = record.append(kind, by);
    overlay.push_entry(id, entry);
}

/// Writes the account's record.
pub(crate) fn store(overlay: &mut Overlay<'_>, id: AccountId, record: &AccountRecord) {
    overlay.put(state_key::account(&id), record);
}
