//! Polls: the proved log of all that were announced, and each one's manifest, whose digest is its name (BALLOT-1).

use crate::error::{Input, Party, Subject, WalletError, mapping};
use crate::link::{Link, Snapshot};
use crate::place;
use crate::record;
use crate::view::{Freshness, PollView};
use crate::vote::Phase;
use crate::wallet::Wallet;
use citizen_ledger::poll::PollRecord;
use citizen_ledger::{StateKey, Verified, state_key};
use citizen_merkle::{Frontier, leaf_hash};
use citizen_primitives::{PollId, UnixTime};
use citizen_store::ChangeSet;
use citizen_voting::board::LogHead;
use citizen_voting::manifest::{Districts, Manifest, Poll};

/// How many polls are asked for at once, three records each: gateways bound a question to 32 records.
const AT_ONCE: usize = 10;

/// A poll that was announced, by proof.
pub(crate) struct Announced {
    pub(crate) poll: Poll,
    pub(crate) record: Verified<PollRecord>,
    /// Where its electorates live, if that was told.
    pub(crate) districts: Option<Districts>,
    pub(crate) freshness: Freshness,
}

impl Announced {
    /// The header's time.
    pub(crate) fn time(&self) -> UnixTime {
        self.record.provenance().time
    }

    /// Where the poll stands.
    pub(crate) fn phase(&self) -> Phase {
        Phase::of(&self.poll, self.record.value(), self.time())
    }
}

impl Wallet {
    /// All polls of the city, the newest first. None can be left out or added: the log of all names is proved.
    pub async fn polls(&self) -> Result<Vec<PollView>, WalletError> {
        self.session().touch()?;
        let link = self.link().await?;
        let ids = announced_ids(link).await?;
        let mut views = Vec::with_capacity(ids.len());
        for some in ids.chunks(AT_ONCE) {
            let keys: Vec<StateKey> = some.iter().flat_map(keys).collect();
            let snapshot = link.read(&keys).await?;
            for id in some {
                views.push(self.poll_view(&self.read_poll(&snapshot, id)?)?);
            }
        }
        views.reverse();
        Ok(views)
    }

    /// One poll: what is asked, of whom, when, and where it stands.
    pub async fn poll(&self, id: &PollId) -> Result<PollView, WalletError> {
        self.session().touch()?;
        self.poll_view(&self.announced(id).await?)
    }

    /// A poll by proof; what is shown of it may be stale.
    pub(crate) async fn announced(&self, id: &PollId) -> Result<Announced, WalletError> {
        let snapshot = self.link().await?.read(&keys(id)).await?;
        self.read_poll(&snapshot, id)
    }

    /// A poll by proof, recent enough to act on, with more records besides.
    pub(crate) async fn announced_now(
        &self,
        id: &PollId,
        more: &[StateKey],
    ) -> Result<(Announced, Snapshot), WalletError> {
        let keys = [&keys(id)[..], more].concat();
        let snapshot = self.link().await?.fresh(&keys).await?;
        Ok((self.read_poll(&snapshot, id)?, snapshot))
    }

    /// The same over another link: one that nothing under her name goes over.
    pub(crate) async fn announced_over(&self, link: &Link, id: &PollId) -> Result<Announced, WalletError> {
        self.read_poll(&link.fresh(&keys(id)).await?, id)
    }

    /// The poll of something that this phone has begun, as it was kept: its name vouches for it.
    pub(crate) fn kept_poll(&self, id: &PollId) -> Result<Poll, WalletError> {
        let manifest: Option<Manifest> = self.session().load(&record::manifest_row(id))?;
        let manifest = manifest.ok_or(WalletError::Invalid { input: Input::NotRegistered })?;
        named(id, manifest).ok_or(WalletError::StoreDamaged)
    }

    fn read_poll(&self, snapshot: &Snapshot, id: &PollId) -> Result<Announced, WalletError> {
        let unknown = WalletError::Invalid { input: Input::PollUnknown };
        let manifest: Option<Manifest> = snapshot.get(&state_key::manifest(id))?.into_parts().0;
        let record: Verified<Option<PollRecord>> = snapshot.get(&state_key::poll(id))?;
        let (manifest, record) = manifest.zip(record.present()).ok_or(unknown)?;
        // The ledger's rules let no other manifest in; a state that holds one is another program's.
        let poll = named(id, manifest).ok_or(mapping::unverified(Subject::Poll, Party::Ledger))?;
        let districts = districts(snapshot, &poll)?;
        Ok(Announced { poll, record, districts, freshness: crate::sync::freshness(snapshot)? })
    }

    pub(crate) fn poll_view(&self, announced: &Announced) -> Result<PollView, WalletError> {
        let id = announced.poll.id();
        let registration = self.session().load(&record::registration_row(&id))?;
        let ballots = self.ballot_rows(&id)?;
        Ok(PollView::of(announced, registration.as_ref(), &ballots))
    }

    /// The change that keeps a manifest.
    pub(crate) fn keep_manifest(poll: &Poll) -> ChangeSet {
        record::put(record::manifest_row(&poll.id()), poll.manifest())
    }
}

fn keys(id: &PollId) -> [StateKey; 3] {
    [state_key::poll(id), state_key::manifest(id), state_key::districts(id)]
}

/// Where a poll's electorates live. The ledger's rules let nothing in that is not this poll's (VOTE-61).
fn districts(snapshot: &Snapshot, poll: &Poll) -> Result<Option<Districts>, WalletError> {
    let told: Option<Districts> = snapshot.get(&state_key::districts(&poll.id()))?.into_parts().0;
    let wrong = mapping::unverified(Subject::Poll, Party::Ledger);
    match told {
        Some(told) => told.check(poll).map(|()| Some(told)).map_err(|_| wrong),
        None => Ok(None),
    }
}

/// The poll of a manifest, if it has that name.
fn named(id: &PollId, manifest: Manifest) -> Option<Poll> {
    Poll::new(manifest).ok().filter(|poll| poll.id() == *id)
}

/// Every name in the log, none left out: the root over them is the proved one.
async fn announced_ids(link: &Link) -> Result<Vec<PollId>, WalletError> {
    let key = state_key::polls();
    let snapshot = link.read(std::slice::from_ref(&key)).await?;
    let Some(frontier) = snapshot.get::<Frontier>(&key)?.into_parts().0 else { return Ok(Vec::new()) };
    let head = LogHead::of(&frontier);
    let unproved = mapping::unverified(Subject::Poll, Party::Ledger);
    let (mut seen, mut ids) = (Frontier::new(), Vec::new());
    while seen.count() < head.count {
        let page = link.ledger().log_leaves(place::ASK_POLLS, &key, seen.count()).await?;
        if page.is_empty() {
            return Err(unproved);
        }
        for leaf in page {
            if seen.count() < head.count {
                seen.append(leaf_hash(&leaf.leaf));
                let id = leaf.leaf.as_slice().try_into().map_err(|_| unproved.clone())?;
                ids.push(PollId::from_bytes(id));
            }
        }
    }
    if LogHead::of(&seen) == head { Ok(ids) } else { Err(unproved) }
}
