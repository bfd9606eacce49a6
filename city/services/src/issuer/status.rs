//! Status lists: signed, anchored on the ledger, and served once the anchor is proved (ISSUER-5).

use super::Issuer;
use super::record::{
    LISTS, List, PENDING, PURGED, Pending, Published, Purged, REVOKED, Revoked, SERVED, StatusPlace,
};
use crate::db::{Rows as _, Writer};
use crate::error::ServiceError;
use crate::party::validity;
use crate::places;
use crate::run::{Stepped, Steps};
use async_trait::async_trait;
use citizen_client::{CallError, LedgerError, Proven};
use citizen_credential::status::{Bits, Publication, Status, StatusList};
use citizen_ledger::{Action, AnchorStatus, Parameters, SignedTransaction, StatusAnchor, state_key};
use citizen_primitives::{Hash, Height, Place, Seconds};
use std::collections::BTreeSet;

/// How long a signed list counts.
pub(super) const LIST_LIFE: Seconds = Seconds::new(48 * 60 * 60);
/// After which time it is signed again, though nothing has changed.
const LIST_AGE: Seconds = Seconds::new(12 * 60 * 60);
/// How long a verifier may use a copy without looking for a newer one.
const TIME_TO_LIVE: Seconds = Seconds::new(300);

#[async_trait]
impl Steps for Issuer {
    async fn step(&self) -> Result<Stepped, ServiceError> {
        let _publishing = self.publishing.lock().await;
        let mut stepped =
            Stepped { moved: self.hear_from_hospital()?.saturating_add(self.purge()?), open: 0 };
        for list in self.lists()? {
            match self.publish(list).await {
                Ok(moved) => stepped.moved = stepped.moved.saturating_add(u32::from(moved)),
                Err(ServiceError::Stopped) => return Err(ServiceError::Stopped),
                Err(error) => tracing::warn!(%error, "a status list waits"),
            }
        }
        let pending = self.party.db().read(|rows| rows.all_bytes(PENDING))?;
        stepped.open = u32::try_from(pending.len()).unwrap_or(u32::MAX);
        Ok(stepped)
    }
}

impl Issuer {
    /// A list as it is served: the newest version whose anchor is proved.
    pub fn status_list(&self, number: u32) -> Result<String, ServiceError> {
        let served: Option<Published> =
            self.party.db().read(|rows| rows.find(SERVED, &number.to_be_bytes()))?;
        served.map(|published| published.token).ok_or(ServiceError::NotFound)
    }

    /// Where a list is.
    pub(super) fn list_uri(&self, number: u32) -> String {
        self.certified.address(&format!("status-lists/{number}"))
    }

    /// All lists that somebody may have a copy of; the first is there before anything is issued.
    fn lists(&self) -> Result<BTreeSet<u32>, ServiceError> {
        let (lists, purged) = self.party.db().read(|rows| {
            let lists: Vec<(Vec<u8>, List)> = rows.all(LISTS)?;
            let purged: Vec<(Vec<u8>, Purged)> = rows.all(PURGED)?;
            Ok::<_, ServiceError>((lists, purged))
        })?;
        let number = |key: Vec<u8>| Some(u32::from_be_bytes(key.try_into().ok()?));
        let retired = purged.into_iter().filter(|(_, purged)| purged.is_retired);
        let retired: BTreeSet<u32> = retired.filter_map(|(key, _)| number(key)).collect();
        let numbers = lists.into_iter().filter_map(|(key, _)| number(key)).chain([0]);
        Ok(numbers.filter(|number| !retired.contains(number)).collect())
    }

    /// Brings a list on: signs it if there is something new to say, sends its anchor, serves it once that is proved. Says whether it moved.
    async fn publish(&self, number: u32) -> Result<bool, ServiceError> {
        let key = number.to_be_bytes();
        let (list, served, pending) = self.party.db().read(|rows| {
            let list: Option<List> = rows.find(LISTS, &key)?;
            let served: Option<Published> = rows.find(SERVED, &key)?;
            let pending: Option<Pending> = rows.find(PENDING, &key)?;
            Ok::<_, ServiceError>((list.unwrap_or_default(), served, pending))
        })?;
        let is_due = list.is_changed
            || served.as_ref().is_none_or(|served| self.party.now().since(served.signed) >= LIST_AGE);
        if pending.is_none() && !is_due {
            return Ok(false);
        }
        let anchor = state_key::status(&self.party.id(), &list_digest(&self.list_uri(number)));
        let asked = [anchor.clone(), state_key::parameters()];
        let proven = self.party.ledger().state(places::ISSUER_ASK_STATE, &asked).await?.fresh()?;
        let anchored = proven.get::<StatusAnchor>(&anchor)?.into_parts().0;
        let Some(pending) = pending else {
            let last = anchored.map_or(0, |anchored: StatusAnchor| anchored.version);
            self.sign_list(number, last.saturating_add(1), &proven)?;
            return Ok(true);
        };
        let published = &pending.published;
        match anchored {
            Some(anchored) if anchored.version >= published.version => {
                if anchored.token == token_digest(&published.token) {
                    return self.serve(number, published).map(|()| true);
                }
                // Another memory of this issuer has spoken: this one speaks after it.
                self.sign_list(number, anchored.version.saturating_add(1), &proven)?;
                Ok(true)
            }
            _ if proven.header().height() <= pending.valid_until => self.submit(&pending.transaction).await,
            _ => self.renew(number, &pending, &proven),
        }
    }

    /// Signs what stands in the database, with the transaction that anchors it, in one commit.
    fn sign_list(&self, number: u32, version: u64, proven: &Proven) -> Result<(), ServiceError> {
        let now = self.party.now();
        self.party.db().commit(places::ISSUER_SIGNED, |writer| {
            let list = self.read_list(writer, number)?;
            let publication = Publication {
                uri: self.list_uri(number),
                issued_at: now,
                expires: Some(now.plus(LIST_LIFE)),
                time_to_live: Some(TIME_TO_LIVE),
            };
            let token = publication.sign(&list, self.certified.signer());
            let token = token.map_err(|_| ServiceError::Unavailable)?;
            let (transaction, valid_until) = self.anchoring(number, version, &token, proven)?;
            let published = Published { version, token, signed: now };
            writer.put(PENDING, &number.to_be_bytes(), &Pending { published, transaction, valid_until })?;
            let state: List = writer.find(LISTS, &number.to_be_bytes())?.unwrap_or_default();
            Ok(writer.put(LISTS, &number.to_be_bytes(), &List { is_changed: false, ..state })?)
        })
    }

    fn read_list(&self, writer: &Writer<'_>, number: u32) -> Result<StatusList, ServiceError> {
        let capacity = usize::try_from(self.capacity).map_err(|_| ServiceError::Unavailable)?;
        let mut list = StatusList::new(Bits::One, capacity).map_err(|_| ServiceError::Unavailable)?;
        let revoked: Vec<(Vec<u8>, Revoked)> = writer.under(REVOKED, &number.to_be_bytes())?;
        for (key, _) in revoked {
            let place = StatusPlace::of_key(&key).ok_or(ServiceError::Unavailable)?;
            let index = usize::try_from(place.index).map_err(|_| ServiceError::Unavailable)?;
            list.set(index, Status::Invalid).map_err(|_| ServiceError::Unavailable)?;
        }
        Ok(list)
    }

    fn anchoring(
        &self,
        number: u32,
        version: u64,
        token: &str,
        proven: &Proven,
    ) -> Result<(SignedTransaction, Height), ServiceError> {
        let parameters = proven.get::<Parameters>(&state_key::parameters())?.into_parts().0;
        let parameters = parameters.ok_or(ServiceError::Unavailable)?;
        let action = Action::AnchorStatus(AnchorStatus {
            certificate: self.certified.thumbprint(),
            list: list_digest(&self.list_uri(number)),
            version,
            token: token_digest(token),
        });
        let height = proven.header().height();
        let transaction = self.party.transaction(action, height, &parameters);
        Ok((transaction, height.plus(validity(&parameters))))
    }

    fn serve(&self, number: u32, published: &Published) -> Result<(), ServiceError> {
        self.party.db().commit(places::ISSUER_PUBLISHED, |writer| {
            writer.put(SERVED, &number.to_be_bytes(), published)?;
            Ok(writer.remove(PENDING, &number.to_be_bytes())?)
        })
    }

    fn renew(&self, number: u32, pending: &Pending, proven: &Proven) -> Result<bool, ServiceError> {
        let Published { version, token, .. } = &pending.published;
        let (transaction, valid_until) = self.anchoring(number, *version, token, proven)?;
        let renewed = Pending { transaction, valid_until, ..pending.clone() };
        self.put_pending(places::ISSUER_RENEWED, number, &renewed)?;
        Ok(true)
    }

    fn put_pending(&self, place: Place, number: u32, pending: &Pending) -> Result<(), ServiceError> {
        self.party.db().commit(place, |writer| Ok(writer.put(PENDING, &number.to_be_bytes(), pending)?))
    }

    /// What a node says against it decides nothing.
    async fn submit(&self, transaction: &SignedTransaction) -> Result<bool, ServiceError> {
        match self.party.ledger().submit(places::ISSUER_SUBMIT, transaction).await {
            Ok(_) => Ok(false),
            Err(LedgerError::Call(CallError::Refused(refusal))) => {
                tracing::debug!(rejection = refusal.rejection, "the ledger does not admit an anchor");
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// A list's name on the ledger.
fn list_digest(uri: &str) -> Hash {
    Hash::plain(&[uri.as_bytes()])
}

fn token_digest(token: &str) -> Hash {
    Hash::plain(&[token.as_bytes()])
}
