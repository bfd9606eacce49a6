//! What the phone keeps of polls: their manifests, its registrations, its ballots. Never what was chosen, and never a cast ballot's
//! seed (BALLOT-8).

use super::KeptProof;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_keys::Signed;
use citizen_primitives::{Canonical, PollId, UnixTime};
use citizen_store::{Row, Store, StoreError, Table};
use citizen_voting::blind::BlindedOutcome;
use citizen_voting::board::BallotLeaf;
use citizen_voting::issuance::{RegistrarRefusal, RollEntry};
use citizen_voting::receipt::Receipt;
use citizen_voting::relay::RelayPromise;
use citizen_voting::reward::RewardToken;
use citizen_voting::token::Token;
use citizen_voting::{ElectorateIndex, Sequence};

/// A registration: it is written before the first request leaves, and every request follows from it and from the voting root.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct RegistrationRow {
    /// The poll.
    pub(crate) poll: PollId,
    /// As a member of which electorate.
    pub(crate) electorate: ElectorateIndex,
    /// What the registrars answered, in the manifest's order.
    pub(crate) answers: Vec<KeptAnswer>,
    /// Her place on the roll, once a registrar has told it.
    pub(crate) roll: Option<RollEntry>,
    /// The highest number that was given to a ballot.
    pub(crate) numbered: u32,
    /// Whether another phone may have numbered ballots before: its voting root came out of a backup, and the board was not read yet.
    pub(crate) inherited: bool,
    /// Whether a ballot of an earlier phone stands on the board.
    pub(crate) cast_before: bool,
    /// How many ballots were opened.
    pub(crate) opened: u8,
    /// The reward for taking part.
    pub(crate) reward: KeptReward,
}

/// What a registrar has answered.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) enum KeptAnswer {
    /// Nothing yet.
    Awaited,
    /// Its signature over the voting key, checked under the manifest's key.
    Signed(Box<BlindedOutcome>),
    /// Its word that it does not sign.
    Refused(Signed<RegistrarRefusal>),
}

/// How far the reward is.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) enum KeptReward {
    /// Not asked for.
    None,
    /// The treasury has signed; not to be redeemed before a time that was drawn.
    Token {
        /// What is redeemed.
        token: Box<RewardToken>,
        /// From when on.
        from: UnixTime,
    },
    /// The treasury says that it grants.
    Redeemed,
}

/// A ballot that was cast or opened. It is written before it leaves, and the same bytes are sent until it stands on the board.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct BallotRow {
    /// The poll.
    pub(crate) poll: PollId,
    /// Whether it was opened: then it never counts.
    pub(crate) opened: bool,
    /// Its leaf of the board.
    pub(crate) leaf: BallotLeaf,
    /// What is sent: a `BoardEntry`.
    pub(crate) entry: Vec<u8>,
    /// When she decided.
    pub(crate) approved: UnixTime,
    /// What became of it.
    pub(crate) fate: BallotFate,
    /// Promises that were broken: each can be shown to anybody.
    pub(crate) breaches: Vec<KeptBreach>,
}

/// What became of a ballot.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) enum BallotFate {
    /// No relay has promised to bring it.
    Outbox,
    /// A relay has.
    Promised(KeptPromise),
    /// It stands on the board, by proof.
    Placed(Box<KeptReceipt>),
    /// A later ballot of the same key stands there, and it does not.
    Overtaken,
    /// The board closed without it.
    Missed,
}

/// A relay's promise as it was signed.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct KeptPromise {
    /// Which relay, by its place in the manifest.
    pub(crate) relay: u8,
    /// The last slot in which the ballot will stand on the board.
    pub(crate) slot: u32,
    /// Its word.
    pub(crate) signed: Signed<RelayPromise>,
}

/// A promise that was broken, with the head of the board on which the ballot does not stand.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct KeptBreach {
    /// The promise.
    pub(crate) promise: KeptPromise,
    /// The board's frontier under a header after the promised slot: the whole board of that head was read.
    pub(crate) proof: KeptProof,
}

/// A receipt with the proof of the board's head.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct KeptReceipt {
    /// The place.
    pub(crate) receipt: Receipt,
    /// The board's frontier under a header.
    pub(crate) proof: KeptProof,
}

citizen_primitives::canonical!(RegistrationRow = 1, BallotRow = 1);

impl RegistrationRow {
    /// Nothing asked yet.
    pub(crate) fn new(poll: PollId, electorate: ElectorateIndex, registrars: usize, inherited: bool) -> Self {
        Self {
            poll,
            electorate,
            answers: vec![KeptAnswer::Awaited; registrars],
            roll: None,
            numbered: 0,
            inherited,
            cast_before: false,
            opened: 0,
            reward: KeptReward::None,
        }
    }

    /// The token, once all registrars have signed.
    pub(crate) fn token(&self) -> Option<Token> {
        let signature = |answer: &KeptAnswer| match answer {
            KeptAnswer::Signed(signature) => Some(**signature),
            KeptAnswer::Awaited | KeptAnswer::Refused(_) => None,
        };
        Some(Token { signatures: self.answers.iter().map(signature).collect::<Option<_>>()? })
    }

    /// Whether a registrar has not decided yet.
    pub(crate) fn is_awaited(&self) -> bool {
        self.answers.contains(&KeptAnswer::Awaited)
    }

    /// Whether a registrar does not sign.
    pub(crate) fn is_refused(&self) -> bool {
        self.answers.iter().any(|answer| matches!(answer, KeptAnswer::Refused(_)))
    }
}

impl BallotRow {
    /// Whether something is still to come. Of an opened ballot nothing is, once a relay has promised to publish it.
    pub(crate) const fn needs_work(&self) -> bool {
        match self.fate {
            BallotFate::Outbox => true,
            BallotFate::Promised(_) => !self.opened,
            BallotFate::Placed(_) | BallotFate::Overtaken | BallotFate::Missed => false,
        }
    }

    /// A relay's promise that was neither kept nor broken yet, as far as the phone has looked.
    pub(crate) const fn promise(&self) -> Option<&KeptPromise> {
        match &self.fate {
            BallotFate::Promised(promise) => Some(promise),
            BallotFate::Outbox | BallotFate::Placed(_) | BallotFate::Overtaken | BallotFate::Missed => None,
        }
    }

    /// Its number.
    pub(crate) const fn sequence(&self) -> Sequence {
        self.leaf.sequence
    }
}

// 0 is the voting root's, in `record`.
const MANIFEST: u8 = 1;
const REGISTRATION: u8 = 2;
const BALLOT: u8 = 3;
const REGISTRATION_CARD: u8 = 4;

fn row(kind: u8, poll: &PollId, rest: &[u8]) -> Row {
    Row::new(Table::Votes, [&[kind], poll.as_bytes().as_slice(), rest].concat())
}

/// The row of a poll's manifest: a `Manifest`, whose digest is the poll's name.
pub(crate) fn manifest_row(poll: &PollId) -> Row {
    row(MANIFEST, poll, &[])
}

/// The row of a registration.
pub(crate) fn registration_row(poll: &PollId) -> Row {
    row(REGISTRATION, poll, &[])
}

/// The row of the card for a registration with one registrar: there in every build that votes, so that one which shows no card knows that
/// another has.
pub(crate) fn registration_card_row(poll: &PollId, registrar: u8) -> Row {
    row(REGISTRATION_CARD, poll, &[registrar])
}

/// The row of a ballot.
pub(crate) fn ballot_row(poll: &PollId, sequence: Sequence) -> Row {
    row(BALLOT, poll, &sequence.number().to_be_bytes())
}

/// All registrations.
pub(crate) fn registrations(store: &dyn Store) -> Result<Vec<RegistrationRow>, StoreError> {
    of_kind(store, &[REGISTRATION])
}

/// All ballots of a poll, by their numbers.
pub(crate) fn ballots(store: &dyn Store, poll: &PollId) -> Result<Vec<BallotRow>, StoreError> {
    of_kind(store, &[&[BALLOT], poll.as_bytes().as_slice()].concat())
}

fn of_kind<T: Canonical>(store: &dyn Store, prefix: &[u8]) -> Result<Vec<T>, StoreError> {
    let entries = store.list(Table::Votes)?;
    let of_kind = entries.iter().filter(|entry| entry.key.starts_with(prefix));
    of_kind.map(|entry| T::from_canonical(&entry.value).map_err(|_| StoreError::Damaged)).collect()
}
