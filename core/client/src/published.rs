//! What is published of a poll, out of the ledger's state: what a verifier has to know from elsewhere, and the proof of it (CLIENT-11).

use crate::ledger::{LedgerClient, LedgerError, Proven};
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_ledger::poll::{CeremonyMessages, ElectorateRecord, PollRecord as StatePoll, TallyShares};
use citizen_ledger::{
    HeaderError, LightBlock, LightBlockError, LightClient, LogHead, ProofError, ProvenState, StateKey,
    Verified, VerifiedHeader, state_key,
};
use citizen_merkle::Frontier;
use citizen_primitives::{Canonical as _, Place, PollId, UnixTime};
use citizen_voting::manifest::{Manifest, Poll, PollError};
use citizen_voting::result::{ContestSums, ElectorateResult, PollResult};
use citizen_voting::{PollAnchor, PollRecord};

/// The most keys of one question, as gateways bound it.
const MOST_KEYS: usize = 32;

/// A poll that is over, as the ledger has it.
#[derive(Debug, Clone)]
pub struct PublishedPoll {
    /// The poll.
    pub poll: Poll,
    /// Its two logs, proved under the header, whose time is after the closing of the board: they do not change any more.
    pub anchor: PollAnchor,
    /// Everything published but the logs. It is not trusted: the verifier checks all of it against the anchor.
    pub record: PollRecord,
    /// What proves the anchor to others.
    pub evidence: AnchorEvidence,
    /// The header under which the anchor is proved.
    pub header: VerifiedHeader,
}

/// That an anchor is the ledger's: the heads of both logs under a signed header.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct AnchorEvidence {
    /// The signed header: a protobuf `tendermint.types.LightBlock`.
    pub light_block: Vec<u8>,
    /// The frontiers of board and issuance log, or their absence.
    pub state: ProvenState,
}
citizen_primitives::canonical!(AnchorEvidence = 1);

/// Why a poll cannot be had as it was published.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PublishedError {
    /// The ledger could not be asked, or does not prove it.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// It is proved that the ledger knows no such poll.
    #[error("the ledger knows no such poll")]
    NoPoll,
    /// What stands there as its manifest is refused.
    #[error("the manifest: {0}")]
    Manifest(#[from] PollError),
    /// Its board is open: what is on it may still be added to.
    #[error("the board is open until {until}")]
    StillOpen {
        /// Until when.
        until: UnixTime,
    },
}

/// Why evidence does not show that an anchor is the ledger's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EvidenceError {
    /// The bytes of the header.
    #[error(transparent)]
    Malformed(#[from] LightBlockError),
    /// The header is not one to believe.
    #[error("the header: {0}")]
    Header(#[from] HeaderError),
    /// A log's head is not proved.
    #[error("a log's head: {0}")]
    Log(#[from] ProofError),
    /// The header is of a time when the board was still open.
    #[error("the header is of a time when the board was open, before {until}")]
    StillOpen {
        /// Until when.
        until: UnixTime,
    },
    /// The ledger has other logs than the anchor says.
    #[error("the ledger has another {0}")]
    AnotherLog(&'static str),
}

impl LedgerClient {
    /// What was published of a poll whose board is closed, proved under the newest header (CLIENT-11).
    pub async fn published_poll(&self, place: Place, id: PollId) -> Result<PublishedPoll, PublishedError> {
        let manifest = state_key::manifest(&id);
        let announced = self.state(place, std::slice::from_ref(&manifest)).await?;
        let (manifest, _) = announced.get::<Manifest>(&manifest)?.into_parts();
        let manifest = manifest.ok_or(PublishedError::NoPoll)?.to_canonical();
        let poll = Poll::read(id, &manifest)?;

        let (board, issuance) = (state_key::board(&id), state_key::issuance(&id));
        let shares: Vec<StateKey> =
            poll.electorates().map(|(electorate, _)| state_key::tally_shares(&id, electorate)).collect();
        let mut keys = vec![state_key::poll(&id), state_key::ceremony(&id), issuance.clone(), board.clone()];
        let (first, rest) = shares.split_at(shares.len().min(MOST_KEYS.saturating_sub(keys.len())));
        keys.extend_from_slice(first);
        let proven = self.state(place, &keys).await?;
        let until = poll.manifest().casting.until;
        if proven.header().time() < until {
            return Err(PublishedError::StillOpen { until });
        }
        // Shares do not change once the result stands, and the verifier holds them against the sums, whatever header they are under.
        let further = if rest.is_empty() { None } else { Some(self.state(place, rest).await?) };
        let shares = first
            .iter()
            .map(|key| (key, &proven))
            .chain(rest.iter().zip(&further))
            .map(|(key, proven)| Ok(list::<TallyShares>(proven, key)?.0))
            .collect::<Result<_, LedgerError>>()?;

        let record = PollRecord {
            manifest,
            ceremony: list::<CeremonyMessages>(&proven, &state_key::ceremony(&id))?.0,
            shares,
            result: result(&proven, id)?,
        };
        let anchor = PollAnchor {
            poll: id,
            board: *proven.log_head(&board)?.value(),
            issuance: *proven.log_head(&issuance)?.value(),
        };
        let evidence = AnchorEvidence {
            light_block: proven.light_block().to_bytes(),
            state: proven.only(&[issuance, board]).proofs().clone(),
        };
        Ok(PublishedPoll { poll, anchor, record, evidence, header: proven.header().clone() })
    }
}

impl Proven {
    /// The head of a public log: that of an empty one if nothing was ever appended.
    pub fn log_head(&self, log: &StateKey) -> Result<Verified<LogHead>, LedgerError> {
        Ok(self.get::<Frontier>(log)?.map(head))
    }
}

impl AnchorEvidence {
    /// Proves an anchor without asking anybody (CLIENT-11): for whoever was handed a file.
    pub fn verify(
        &self,
        anchor: &PollAnchor,
        poll: &Poll,
        light: &LightClient,
        now: UnixTime,
    ) -> Result<VerifiedHeader, EvidenceError> {
        let header = light.verify(&LightBlock::decode(&self.light_block)?, now)?;
        let until = poll.manifest().casting.until;
        if header.time() < until {
            return Err(EvidenceError::StillOpen { until });
        }
        let logs = [
            ("board", state_key::board(&anchor.poll), anchor.board),
            ("issuance log", state_key::issuance(&anchor.poll), anchor.issuance),
        ];
        for (name, log, claimed) in logs {
            let proved: Verified<Option<Frontier>> = header.prove_in(&log, &self.state)?;
            if *proved.map(head).value() != claimed {
                return Err(EvidenceError::AnotherLog(name));
            }
        }
        Ok(header)
    }
}

fn head(frontier: Option<Frontier>) -> LogHead {
    LogHead::of(&frontier.unwrap_or_default())
}

fn list<T: citizen_primitives::Canonical + Default>(
    proven: &Proven,
    key: &StateKey,
) -> Result<T, LedgerError> {
    Ok(proven.get::<T>(key)?.into_parts().0.unwrap_or_default())
}

/// The result as the ledger has it; electorates that are not opened have counts and no sums.
fn result(proven: &Proven, id: PollId) -> Result<PollResult, PublishedError> {
    let (record, _) = proven.get::<StatePoll>(&state_key::poll(&id))?.into_parts();
    let electorates = record.ok_or(PublishedError::NoPoll)?.electorates;
    Ok(PollResult { poll: id, electorates: electorates.into_iter().map(published).collect() })
}

fn published(electorate: ElectorateRecord) -> ElectorateResult {
    let sums = |(contest, cells)| ContestSums { contest, cells };
    let opened = electorate.result.map(|result| result.contests.into_iter().map(sums).collect());
    ElectorateResult { counted: electorate.counted, sums: opened }
}
