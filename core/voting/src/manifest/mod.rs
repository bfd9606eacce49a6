//! The manifest: everything about a poll that must be the same for everybody. Its digest is the poll's name, and that name is in
//! every proof, signature and token that follows (VOTE-4).
//!
//! A [`Manifest`] is what somebody wrote. A [`Poll`] is one that no rule refuses.

mod check;
mod districts;
mod poll;

pub use check::{ManifestError, Refusal};
pub use districts::{Districts, DistrictsError};
pub use poll::{Poll, PollError};

use crate::blind::BlindKey;
use crate::contest::ContestRule;
use crate::identifier::ElectorateIndex;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_keys::{PublicKey, SealingPublicKey};
use citizen_primitives::{ChainId, Hash, Points, Seconds, Text, UnixTime};

/// A poll as it is announced. Lists are in the order in which everything else counts.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Manifest {
    /// The ledger that carries the board.
    pub ledger: ChainId,
    /// What the poll is about.
    pub title: Bilingual,
    /// How heavy it is.
    pub kind: PollKind,
    /// Who votes, with what weight.
    pub electorates: Vec<Electorate>,
    /// What is voted on.
    pub contests: Vec<Contest>,
    /// When registrars sign.
    pub registration: Window,
    /// When the board takes ballots. Wallets cast until one slot before its end ([`Poll::last_cast`]).
    pub casting: Window,
    /// How long a relay gathers ballots before it submits them: the board knows slots, not times.
    pub slot: Seconds,
    /// Who holds the election key in shares.
    pub trustees: Trustees,
    /// Who keeps the roll and signs voting keys blindly. All of them must ([`Refusal::FewerThanAllRegistrars`]).
    pub registrars: Vec<Registrar>,
    /// How many registrars' signatures make a token.
    pub signatures: u8,
    /// Who carries ballots.
    pub relays: Vec<Relay>,
    /// Whether a later ballot replaces an earlier one.
    pub revote: Revote,
    /// How many ballots one citizen may open to check them.
    pub checks: u8,
    /// What taking part is rewarded with, if anything.
    pub reward: Option<Reward>,
}
citizen_primitives::canonical!(Manifest = 1);

/// A line in Korean and in English.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct Bilingual {
    /// In Korean.
    pub ko: Text,
    /// In English.
    pub en: Text,
}

/// How heavy a poll is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum PollKind {
    /// Its result binds: registration ends before casting begins, so that the two cannot be matched by time.
    Binding,
    /// Registration and casting may run together; the screen says so.
    Light,
}

/// A time from its first second up to the second before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Window {
    /// The first second.
    pub from: UnixTime,
    /// The first second after it.
    pub until: UnixTime,
}

impl Window {
    /// Whether a time lies in it.
    #[must_use]
    pub fn contains(&self, time: UnixTime) -> bool {
        self.from <= time && time < self.until
    }
}

/// People whose votes are summed together.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Electorate {
    /// What it is called.
    pub name: Bilingual,
    /// Who belongs to it: district, age.
    pub eligible: Bilingual,
    /// Its share in the weighted result, in parts of the sum of all weights.
    pub weight: u16,
    /// The root of its roll ([`crate::issuance::RollEntry`]).
    pub roll_root: Hash,
    /// How many people are on its roll.
    pub roll_size: u32,
    /// Below so many counted ballots its sums are not opened.
    pub minimum_turnout: u32,
}

impl Electorate {
    /// The minimum turnout where a manifest's maker names none, and the least a manifest may have.
    pub const LEAST_TURNOUT: u32 = 20;
}

/// A question and its options.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Contest {
    /// What is asked.
    pub question: Bilingual,
    /// What can be answered: as many as the rule has options, in its order.
    pub options: Vec<Bilingual>,
    /// How one answers.
    pub rule: ContestRule,
    /// Who answers, ascending.
    pub electorates: Vec<ElectorateIndex>,
}

/// The trustees and how many of them decrypt.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Trustees {
    /// How many shares open a sum.
    pub threshold: u8,
    /// The trustees; the first has index 1.
    pub members: Vec<Trustee>,
}

/// Who holds a share of the election key.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Trustee {
    /// Her name.
    pub name: Bilingual,
    /// Her identity key. It outlives the poll; the election key does not.
    pub signing: PublicKey,
    /// The key to which shares for her are sealed.
    pub sealing: SealingPublicKey,
}

/// Who keeps the roll and signs voting keys blindly.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Registrar {
    /// Its name.
    pub name: Bilingual,
    /// Its identity key: signs refusals and the issuance log's rows.
    pub signing: PublicKey,
    /// Its blind-signature key for each electorate, in their order: made for this poll and used in no other.
    pub keys: Vec<BlindKey>,
}

/// Who carries ballots to the board.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Relay {
    /// Its name.
    pub name: Bilingual,
    /// Its identity key: signs promises.
    pub signing: PublicKey,
}

/// Whether a later ballot replaces an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Revote {
    /// The last ballot of a voting key counts.
    LastCounts,
    /// A voting key casts once.
    Once,
}

/// What taking part is rewarded with.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Reward {
    /// The one key and
    pub key: BlindKey,
    /// the one amount for everybody.
    pub points: Points,
    /// The ordinance that allows it; without one there is no reward.
    pub legal_basis: Bilingual,
}
