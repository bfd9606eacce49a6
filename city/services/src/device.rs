//! Whether a request comes from the device that the ledger lists for the account (SERVICE-2).

use crate::error::{Reason, ServiceError};
use crate::party::Party;
use citizen_client::Proven;
use citizen_client::api::SignedRequest;
use citizen_coin::AccountRecord;
use citizen_keys::Signed;
use citizen_ledger::{CustodyRecord, Rejection, Signer, StateKey, state_key};
use citizen_payment::request::DeviceRequest;
use citizen_primitives::{AccountId, Place};

/// How old a request may be, in seconds; and how far ahead.
const OLDEST: u64 = 300;

/// Reads a request and checks its form, its addressee, its time and its signature.
pub(crate) fn read(party: &Party, request: &SignedRequest) -> Result<DeviceRequest, ServiceError> {
    check(party, &request.request.read().map_err(|_| ServiceError::Malformed)?)
}

/// The same for a request that came sealed.
pub(crate) fn check(party: &Party, signed: &Signed<DeviceRequest>) -> Result<DeviceRequest, ServiceError> {
    let named = signed.dangerous_unverified().map_err(|_| ServiceError::Malformed)?;
    let request = signed.verify(&named.device.ed25519()).map_err(|_| Reason::Signature)?;
    if request.to != party.id() {
        return Err(Reason::WrongParty.into());
    }
    let now = party.now();
    if now.since(request.time).count() > OLDEST || request.time.since(now).count() > OLDEST {
        return Err(Reason::TooOld.into());
    }
    Ok(request)
}

/// Proves that the device is the account's; `also` names other records to prove with it.
pub(crate) async fn prove(
    party: &Party,
    place: Place,
    request: &DeviceRequest,
    also: &[StateKey],
) -> Result<Proven, ServiceError> {
    let DeviceRequest { account, epoch, device, .. } = request;
    let signer = Signer::Device { account: *account, epoch: *epoch, device: *device };
    prove_signer(party, place, &signer, also).await
}

/// The same where what is asked for cannot be taken back: nothing is done for a phone whose account is frozen or under recovery, for
/// it may be in other hands.
pub(crate) async fn prove_free(
    party: &Party,
    place: Place,
    request: &DeviceRequest,
    also: &[StateKey],
) -> Result<Proven, ServiceError> {
    let custody = state_key::custody(&request.account);
    let keys = [also, std::slice::from_ref(&custody)].concat();
    let proven = prove(party, place, request, &keys).await?;
    check_free(&proven, &custody)?;
    Ok(proven)
}

/// The same of an account alone.
pub(crate) async fn prove_account_free(
    party: &Party,
    place: Place,
    account: &AccountId,
) -> Result<(), ServiceError> {
    let custody = state_key::custody(account);
    let proven = party.prove(place, std::slice::from_ref(&custody)).await?.fresh()?;
    check_free(&proven, &custody)
}

fn check_free(proven: &Proven, custody: &StateKey) -> Result<(), ServiceError> {
    let found = proven.get::<CustodyRecord>(custody)?.into_parts().0;
    match found.and_then(|custody| custody.stops_orders()) {
        None => Ok(()),
        Some(Rejection::UnderRecovery) => Err(Reason::UnderRecovery.into()),
        Some(_) => Err(Reason::Frozen.into()),
    }
}

/// The same for whoever has signed a transaction.
pub(crate) async fn prove_signer(
    party: &Party,
    place: Place,
    signer: &Signer,
    also: &[StateKey],
) -> Result<Proven, ServiceError> {
    let Signer::Device { account, epoch, device } = signer else { return Err(Reason::Signature.into()) };
    let account = state_key::account(account);
    let mut keys = vec![account.clone()];
    keys.extend_from_slice(also);
    let proven = party.prove(place, &keys).await?.fresh()?;
    let record = proven.get::<AccountRecord>(&account)?.present().ok_or(Reason::NoAccount)?;
    if record.value().device != *device || record.value().epoch != *epoch {
        return Err(Reason::Fenced.into());
    }
    Ok(proven)
}
