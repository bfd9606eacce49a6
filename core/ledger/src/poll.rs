//! Polls: what their parties do on the ledger, and what the state keeps of them. The protocol itself is `citizen-voting`'s.

use borsh::{BorshDeserialize, BorshSerialize};
use citizen_keys::Signed;
use citizen_primitives::{Hash, KeyId, PollId, UnixTime};
use citizen_voting::board::{BoardEntry, KeyStanding, SlotStanding};
use citizen_voting::ceremony::Message;
use citizen_voting::decryption::DecryptionShares;
use citizen_voting::election::ElectionKey;
use citizen_voting::identifier::ContestIndex;
use citizen_voting::issuance::IssuanceRow;
use citizen_voting::manifest::{Districts, Manifest};

/// What the parties of a poll do. Who may do what is in the manifest, and each of them has its role in the registry.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum PollAction {
    /// The election office announces a poll; its name is the manifest's digest.
    Announce(Box<Manifest>),
    /// A trustee speaks in the ceremony that makes the election key.
    Speak(Box<Message>),
    /// A registrar enters what it signs, before its signatures leave.
    Issue {
        /// The poll.
        poll: PollId,
        /// One row for each signature.
        rows: Vec<IssuanceRow>,
    },
    /// A relay brings ballots, shuffled. The slot is that of the block's time. Each entry stands or falls by itself.
    Bring {
        /// The poll.
        poll: PollId,
        /// Ballots, cast and opened; no slot marks, which are the ledger's.
        entries: Vec<BoardEntry>,
    },
    /// A trustee opens her part of an electorate's sums.
    Open(Box<Signed<DecryptionShares>>),
    /// The election office announces a poll, and says of which districts its electorates are. The name is the manifest's digest all the same.
    AnnounceIn {
        /// The poll.
        manifest: Box<Manifest>,
        /// Where its electorates live.
        districts: Districts,
    },
}

/// A poll in the state.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PollRecord {
    /// Who announced it.
    pub office: KeyId,
    /// When.
    pub announced: UnixTime,
    /// How far the ceremony is.
    pub ceremony: CeremonyStanding,
    /// The last slot that began on the board.
    pub slot: SlotStanding,
    /// The electorates, in the manifest's order.
    pub electorates: Vec<ElectorateRecord>,
}

/// How far a ceremony is.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum CeremonyStanding {
    /// Some have not spoken yet.
    Running,
    /// All have confirmed: ballots are encrypted to this key.
    Done(ElectionKey),
    /// It cannot end well: there will be no ballots.
    Failed,
}

/// What the state counts of an electorate.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ElectorateRecord {
    /// Rows of the issuance log, by registrar in the manifest's order.
    pub issued: Vec<u32>,
    /// Voting keys on the board, also those of which only opened ballots stand there: never more than rows of any registrar.
    pub keys: u32,
    /// Voting keys whose ballot counts.
    pub counted: u32,
    /// Ballots that were cast, replaced ones too.
    pub cast: u32,
    /// Ballots that were opened.
    pub opened: u32,
    /// The result, once enough trustees have opened it.
    pub result: Option<ElectorateResult>,
}

/// The sums of an electorate.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct ElectorateResult {
    /// How many ballots are in them.
    pub counted: u64,
    /// For each contest the sums of its cells.
    pub contests: Vec<(ContestIndex, Vec<u64>)>,
}

/// What the state keeps of a voting key.
#[derive(Debug, Clone, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct VoterRecord {
    /// Its numbers so far.
    pub standing: KeyStanding,
    /// The ballot that counts, if one was cast.
    pub counts: Option<CountedBallot>,
}

/// A ballot that counts, until another one replaces it. What was added to the sums stands in the board's leaf.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct CountedBallot {
    /// Its place on the board.
    pub place: u64,
    /// The digest of its entry, as its leaf has it.
    pub entry: Hash,
}

/// In which poll a blind-signature key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct BlindKeyRecord {
    /// The poll.
    pub poll: PollId,
}

/// The most work of a transaction that brings ballots, in branches of proofs: of entries that could stand, those beyond it do not.
/// Ballots that are cast are too long to come near it; opened ones, which are short, are not.
pub const MOST_BRANCHES: usize = 4_096;

citizen_primitives::canonical!(PollRecord = 1, VoterRecord = 1, BlindKeyRecord = 1);

/// What was said in a ceremony, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct CeremonyMessages(pub Vec<Message>);

/// The trustees' shares of one tally, as they came. Each is of this tally and signed; one whose proof is wrong names who made it.
#[derive(Debug, Clone, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct TallyShares(pub Vec<Signed<DecryptionShares>>);

citizen_primitives::canonical!(CeremonyMessages = 1, TallyShares = 1);
