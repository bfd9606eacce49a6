//! A manifest that no rule refuses, with its name.

use super::{Contest, Electorate, Manifest, ManifestError, Registrar, Relay};
use crate::ballot::BallotStyle;
use crate::ceremony::{CeremonyParameters, ParametersError, TrusteeKeys};
use crate::contest::ContestRule;
use crate::election::ElectionKey;
use crate::identifier::{ContestIndex, ElectorateIndex};
use citizen_primitives::{Canonical as _, DecodeError, Hash, Label, PollId, UnixTime};

/// A poll whose manifest is in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Poll {
    id: PollId,
    manifest: Manifest,
}

/// Why bytes are no poll.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PollError {
    /// Not a manifest.
    #[error("not a manifest")]
    Malformed(#[from] DecodeError),
    /// A manifest with another name than the one looked for.
    #[error("the manifest of another poll")]
    AnotherPoll,
    /// A rule refuses it.
    #[error("the manifest is refused: {0}")]
    Refused(#[from] ManifestError),
}

impl Poll {
    /// Checks a manifest.
    pub fn new(manifest: Manifest) -> Result<Self, ManifestError> {
        manifest.check()?;
        let id = PollId::from_hash(Hash::labelled(Label::PollManifest, &manifest.to_canonical()));
        Ok(Self { id, manifest })
    }

    /// Reads and checks the manifest of a poll whose name is known (VOTE-4).
    pub fn read(id: PollId, bytes: &[u8]) -> Result<Self, PollError> {
        // The canonical form is the only one that is read, so the name of these bytes is the name of what they say.
        let poll = Self::new(Manifest::from_canonical(bytes)?)?;
        if poll.id == id { Ok(poll) } else { Err(PollError::AnotherPoll) }
    }

    /// Its name: the digest of the canonical manifest.
    #[must_use]
    pub const fn id(&self) -> PollId {
        self.id
    }

    /// What was announced.
    #[must_use]
    pub const fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// An electorate.
    #[must_use]
    pub fn electorate(&self, index: ElectorateIndex) -> Option<&Electorate> {
        self.manifest.electorates.get(usize::from(index.number()))
    }

    /// The electorates with their indexes.
    pub fn electorates(&self) -> impl Iterator<Item = (ElectorateIndex, &Electorate)> {
        (0..=u8::MAX).map(ElectorateIndex::new).zip(&self.manifest.electorates)
    }

    /// The contests that an electorate votes on, in the manifest's order.
    pub fn contests(&self, electorate: ElectorateIndex) -> impl Iterator<Item = (ContestIndex, &Contest)> {
        let all = (0..=u8::MAX).map(ContestIndex::new).zip(&self.manifest.contests);
        all.filter(move |(_, contest)| contest.electorates.contains(&electorate))
    }

    /// The rules of the contests that an electorate votes on.
    #[must_use]
    pub fn rules(&self, electorate: ElectorateIndex) -> Vec<(ContestIndex, ContestRule)> {
        self.contests(electorate).map(|(index, contest)| (index, contest.rule.clone())).collect()
    }

    /// How many branches the proofs of a ballot of an electorate have: what it costs to check one, or to make an opened one again.
    #[must_use]
    pub fn branches(&self, electorate: ElectorateIndex) -> usize {
        self.contests(electorate).map(|(_, contest)| contest.rule.branches()).fold(0, usize::saturating_add)
    }

    /// What a ballot of an electorate looks like, once the trustees have made the election key.
    #[must_use]
    pub fn style(&self, electorate: ElectorateIndex, key: &ElectionKey) -> Option<BallotStyle> {
        self.electorate(electorate)?;
        BallotStyle::new(self.id, electorate, *key, self.rules(electorate)).ok()
    }

    /// The styles of all electorates, in their order.
    #[must_use]
    pub fn styles(&self, key: &ElectionKey) -> Vec<BallotStyle> {
        // Every electorate of a checked manifest has a style.
        self.electorates().filter_map(|(electorate, _)| self.style(electorate, key)).collect()
    }

    /// The ceremony that its trustees hold.
    pub fn ceremony(&self) -> Result<CeremonyParameters, ParametersError> {
        let trustees = &self.manifest.trustees;
        let keys =
            |trustee: &super::Trustee| TrusteeKeys { signing: trustee.signing, sealing: trustee.sealing };
        CeremonyParameters::new(self.id, trustees.threshold, trustees.members.iter().map(keys).collect())
    }

    /// The registrars, all of whom sign a token.
    #[must_use]
    pub fn registrars(&self) -> &[Registrar] {
        &self.manifest.registrars
    }

    /// The relays.
    #[must_use]
    pub fn relays(&self) -> &[Relay] {
        &self.manifest.relays
    }

    /// How many slots the casting window has, from 0 to this less one.
    #[must_use]
    pub fn slots(&self) -> u32 {
        let length = self.manifest.casting.until.since(self.manifest.casting.from);
        let slots = length.count().checked_div(self.manifest.slot.count()).unwrap_or_default();
        // A manifest with more than `Manifest::MOST_SLOTS` is refused.
        u32::try_from(slots).unwrap_or(u32::MAX)
    }

    /// The slot of a time in the casting window.
    #[must_use]
    pub fn slot_at(&self, time: UnixTime) -> Option<u32> {
        if !self.manifest.casting.contains(time) {
            return None;
        }
        let passed = time.since(self.manifest.casting.from).count();
        u32::try_from(passed.checked_div(self.manifest.slot.count())?).ok()
    }

    /// The first second at which nothing is cast any more: one slot before the board closes, so that what a relay promised in
    /// the last slot of casting still gets onto the board in the board's last.
    #[must_use]
    pub fn last_cast(&self) -> UnixTime {
        let until = self.manifest.casting.until.seconds();
        UnixTime::from_seconds(until.saturating_sub(self.manifest.slot.count()))
    }

    /// Whether wallets cast at this time.
    #[must_use]
    pub fn is_casting(&self, time: UnixTime) -> bool {
        self.manifest.casting.from <= time && time < self.last_cast()
    }

    /// Whether registrars sign at this time.
    #[must_use]
    pub fn is_registering(&self, time: UnixTime) -> bool {
        self.manifest.registration.contains(time)
    }
}
