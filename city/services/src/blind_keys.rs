//! The blind-signature keys of a party: made for one poll on the office's order, on the disk before anybody hears of them, and used
//! in no other poll (REGISTRAR-1).

use crate::db::{Rows, Table, Writer};
use crate::error::{Reason, ServiceError};
use crate::party::Party;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_client::api::{BlindKeysAnswer, BlindKeysRequest, Bytes};
use citizen_client::registry::prove_role;
use citizen_client::{BlindKeysOrder, BlindKeysWord};
use citizen_keys::Signed;
use citizen_ledger::{Role, state_key};
use citizen_primitives::{Place, PollId};
use citizen_voting::blind::{BlindKey, BlindSigningKey};
use std::fmt;
use zeroize::Zeroizing;

/// [`Draft`] by the office's random name for it.
const DRAFTS: Table = Table::new("blind-drafts");
/// [`Unfinished`] by the same: drafts whose keys are not all made.
const UNFINISHED: Table = Table::new("blind-unfinished");
/// [`Made`] by the public key.
const KEYS: Table = Table::new("blind-keys");

/// How old an order may be, in seconds; and how far ahead.
const OLDEST: u64 = 300;
/// The most keys of a draft: as many as a manifest may have electorates.
const MOST: u8 = 32;

#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
struct Draft {
    count: u8,
    keys: Vec<BlindKey>,
}

#[derive(Debug, Clone, Copy, BorshSerialize, BorshDeserialize)]
struct Unfinished([u8; 32]);

/// A key, and the poll for which it has signed.
#[derive(Clone, BorshSerialize, BorshDeserialize)]
struct Made {
    pkcs8: Vec<u8>,
    poll: Option<PollId>,
}

citizen_primitives::canonical!(Draft = 1, Unfinished = 1, Made = 1);

impl fmt::Debug for Made {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Made").field("poll", &self.poll).finish_non_exhaustive()
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        drop(Zeroizing::new(std::mem::take(&mut self.pkcs8)));
    }
}

/// Where a party proves the office, and where it writes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct At {
    pub(crate) ask: Place,
    pub(crate) write: Place,
}

/// Takes an order of the election office; the same draft has the same keys. They are made by [`step`].
pub(crate) async fn order(
    party: &Party,
    at: At,
    request: &BlindKeysRequest,
    most: u8,
) -> Result<BlindKeysAnswer, ServiceError> {
    let signed: Signed<BlindKeysOrder> = request.request.read().map_err(|_| ServiceError::Malformed)?;
    let proven =
        party.ledger().state(at.ask, &[state_key::role(Role::ElectionOffice, &signed.key())]).await?;
    let proven = proven.fresh()?;
    let office = prove_role(&proven, Role::ElectionOffice, &signed.key()).map_err(|_| Reason::Signature)?;
    let order = signed.verify(&office.value().key).map_err(|_| Reason::Signature)?;
    if order.to != party.id() {
        return Err(Reason::WrongParty.into());
    }
    let now = party.now();
    if now.since(order.time).count() > OLDEST || order.time.since(now).count() > OLDEST {
        return Err(Reason::TooOld.into());
    }
    if order.count == 0 || order.count > most.min(MOST) {
        return Err(ServiceError::Malformed);
    }
    let draft = party.db().commit(at.write, |writer| {
        if let Some(known) = writer.find::<Draft>(DRAFTS, &order.draft)? {
            return if known.count == order.count { Ok(known) } else { Err(Reason::AnotherDraft.into()) };
        }
        let draft = Draft { count: order.count, keys: Vec::new() };
        writer.put(DRAFTS, &order.draft, &draft)?;
        writer.put(UNFINISHED, &order.draft, &Unfinished(order.draft))?;
        Ok::<_, ServiceError>(draft)
    })?;
    let word = BlindKeysWord { draft: order.draft, count: draft.count, keys: draft.keys };
    Ok(BlindKeysAnswer { answer: Bytes::of(&party.sign(&word)) })
}

/// Makes one key that is missing; says whether it made one, and how many drafts are unfinished.
pub(crate) fn step(party: &Party, write: Place) -> Result<(bool, u32), ServiceError> {
    let unfinished: Vec<(Vec<u8>, Unfinished)> = party.db().read(|rows| rows.all(UNFINISHED))?;
    let open = u32::try_from(unfinished.len()).unwrap_or(u32::MAX);
    let Some((_, Unfinished(draft))) = unfinished.first() else { return Ok((false, open)) };
    let key = party.blind_key()?;
    party.db().commit(write, |writer| add(writer, draft, &key))?;
    Ok((true, open))
}

/// Keys that were made elsewhere, for a draft: on a machine that is on no network, say.
pub(crate) fn bring(
    party: &Party,
    write: Place,
    draft: [u8; 32],
    keys: &[BlindSigningKey],
) -> Result<(), ServiceError> {
    let count = u8::try_from(keys.len()).map_err(|_| ServiceError::Malformed)?;
    party.db().commit(write, |writer| {
        if writer.find::<Draft>(DRAFTS, &draft)?.is_some() {
            return Ok(());
        }
        writer.put(DRAFTS, &draft, &Draft { count, keys: Vec::new() })?;
        keys.iter().try_for_each(|key| add(writer, &draft, key))
    })
}

fn add(writer: &Writer<'_>, name: &[u8; 32], key: &BlindSigningKey) -> Result<(), ServiceError> {
    let Some(mut draft) = writer.find::<Draft>(DRAFTS, name)? else { return Ok(()) };
    if draft.keys.len() < usize::from(draft.count) {
        let public = key.public().map_err(|_| ServiceError::Unavailable)?;
        let pkcs8 = key.dangerous_pkcs8().map_err(|_| ServiceError::Unavailable)?.to_vec();
        writer.put(KEYS, public.as_bytes(), &Made { pkcs8, poll: None })?;
        draft.keys.push(public);
        writer.put(DRAFTS, name, &draft)?;
    }
    if draft.keys.len() >= usize::from(draft.count) {
        writer.remove(UNFINISHED, name)?;
    }
    Ok(())
}

/// The private half, to sign with in a poll.
pub(crate) fn find(rows: &impl Rows, key: &BlindKey, poll: PollId) -> Result<BlindSigningKey, ServiceError> {
    let made = of_poll(rows, key, poll)?;
    BlindSigningKey::from_pkcs8(&made.pkcs8).map_err(|_| ServiceError::Unavailable)
}

/// From here on the key is this poll's alone: what it signs blindly for one poll could be a token of another that names the same key.
pub(crate) fn bind(writer: &Writer<'_>, key: &BlindKey, poll: PollId) -> Result<(), ServiceError> {
    let made = of_poll(writer, key, poll)?;
    if made.poll.is_none() {
        writer.put(KEYS, key.as_bytes(), &Made { pkcs8: made.pkcs8.clone(), poll: Some(poll) })?;
    }
    Ok(())
}

fn of_poll(rows: &impl Rows, key: &BlindKey, poll: PollId) -> Result<Made, ServiceError> {
    let made: Option<Made> = rows.find(KEYS, key.as_bytes())?;
    made.filter(|made| made.poll.is_none_or(|bound| bound == poll)).ok_or(Reason::NoPoll.into())
}
