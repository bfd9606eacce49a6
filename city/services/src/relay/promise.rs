//! A ballot comes in: checked, kept, promised.

use super::Relay;
use super::board::{is_repeated, standing_of, standing_with};
use super::known::Known;
use super::record::{
    ACTIVE, Active, COMING, COMING_ELEMENTS, Coming, STANDING, Stands, There, coming_key, element_key,
    elements, poll_of, standing_key, voter_key,
};
use crate::db::{Rows as _, Writer};
use crate::error::{Reason, ServiceError};
use crate::places;
use citizen_client::api::{BallotAnswer, BallotRequest, Bytes};
use citizen_keys::Signed;
use citizen_primitives::{Canonical as _, Seconds};
use citizen_voting::board::{BallotLeaf, BoardEntry, BoardError, BoardLeaf};
use citizen_voting::relay::RelayPromise;

/// The most ballots of one voting key that are on their way at once.
const MOST_COMING: usize = 8;
/// The longest entry: two of them and their transaction are below the ledger's longest.
const LONGEST_ENTRY: usize = 100 * 1024;
/// So long beyond one slot ago the board may have been read last.
const GRACE: Seconds = Seconds::new(60);

impl Relay {
    /// Promises a ballot, cast or opened, once it is on the disk (RELAY-2). The same bytes again get the same promise.
    pub async fn ballot(&self, request: BallotRequest) -> Result<BallotAnswer, ServiceError> {
        let bytes = request.entry.decode().map_err(|_| ServiceError::Malformed)?;
        if bytes.len() > LONGEST_ENTRY {
            return Err(ServiceError::Malformed);
        }
        let entry = BoardEntry::from_canonical(&bytes).map_err(|_| ServiceError::Malformed)?;
        let id = poll_of(&entry).ok_or(ServiceError::Malformed)?;
        let known = self.known(id).await?;
        let leaf = entry.leaf();
        let ballot = *leaf.ballot().ok_or(ServiceError::Malformed)?;
        known.check(&entry)?;
        let promise = self
            .party
            .db()
            .commit(places::RELAY_PROMISE, |writer| self.promise(writer, &known, &entry, &leaf, &ballot))?;
        Ok(BallotAnswer { promise: Bytes::of(&promise) })
    }

    fn promise(
        &self,
        writer: &Writer<'_>,
        known: &Known,
        entry: &BoardEntry,
        leaf: &BoardLeaf,
        ballot: &BallotLeaf,
    ) -> Result<Signed<RelayPromise>, ServiceError> {
        let id = known.poll.id();
        let key = coming_key(id, ballot);
        if let Some(coming) = writer.find::<Coming>(COMING, &key)? {
            return Ok(coming.promise);
        }
        let slot = self.casting_slot(known)?;
        let promise = self.party.sign(&RelayPromise::new(id, ballot, slot));
        let stands = standing_key(id, ballot.electorate, &ballot.voting_key, &ballot.fingerprint);
        if writer.find::<Stands>(STANDING, &stands)?.is_some() {
            // It is on the board already: nothing is promised that is not kept.
            return Ok(promise);
        }
        let voter = voter_key(id, ballot.electorate, &ballot.voting_key);
        let coming: Vec<(Vec<u8>, Coming)> = writer.under(COMING, &voter)?;
        if coming.len() >= MOST_COMING {
            return Err(Reason::TooManyBallots.into());
        }
        let coming: Vec<BoardEntry> = coming.into_iter().map(|(_, coming)| coming.entry).collect();
        standing_with(standing_of(writer, id, ballot)?, &known.poll, &coming, leaf).map_err(refusal)?;
        if is_repeated(writer, id, entry)? {
            return Err(Reason::RepeatedElement.into());
        }
        writer.put(COMING, &key, &Coming { entry: entry.clone(), promise: promise.clone(), slot })?;
        for element in elements(entry) {
            writer.put(COMING_ELEMENTS, &element_key(id, &element), &There)?;
        }
        writer.put(ACTIVE, id.as_bytes(), &Active(id))?;
        Ok(promise)
    }

    /// The slot that it is, if there is a later one to promise (RELAY-3), and if the board was read lately: a relay that does not
    /// reach the ledger promises nothing.
    fn casting_slot(&self, known: &Known) -> Result<u32, ServiceError> {
        let (now, poll) = (self.now(), &known.poll);
        if !poll.is_casting(now) {
            return Err(Reason::NotCasting.into());
        }
        if known.read_at().plus(poll.manifest().slot).plus(GRACE) < now {
            return Err(ServiceError::Unavailable);
        }
        poll.slot_at(now).ok_or(Reason::NotCasting.into())
    }
}

const fn refusal(error: BoardError) -> ServiceError {
    ServiceError::Refused(match error {
        BoardError::Sequence { .. } => Reason::OldBallot,
        BoardError::CastBefore => Reason::CastBefore,
        BoardError::OpenedTooMany => Reason::OpenedTooMany,
        BoardError::CastTooOften => Reason::CastTooOften,
        BoardError::TooFarAhead { .. }
        | BoardError::Slot { .. }
        | BoardError::NoSlot
        | BoardError::Electorate => Reason::Ballot,
    })
}
