//! The rules of a manifest, each with the field that breaks it.

use super::{Bilingual, Contest, Electorate, Manifest, PollKind, Window};
use crate::blind::BlindKeyError;
use crate::contest::RuleError;
use crate::identifier::ElectorateIndex;
use citizen_keys::{KeyError, PublicKey};
use citizen_primitives::order::set_of;
use std::collections::BTreeSet;
use std::fmt;

/// A manifest that a rule refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct ManifestError {
    /// Where: `electorates[1].roll_size`.
    pub field: String,
    /// Why.
    #[source]
    pub reason: Refusal,
}

/// Why a manifest is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A token would need fewer signatures than there are registrars (VOTE-40).
    #[error(
        "a token needs the signatures of all {registrars} registrars, not of {signatures}: blind signatures are not tied to \
         persons, and citizens who pool theirs would make more tokens than they are"
    )]
    FewerThanAllRegistrars {
        /// How many it asks for.
        signatures: u8,
        /// How many there are.
        registrars: usize,
    },
    /// A small electorate votes openly (VOTE-41).
    #[error("a roll of {roll} is below twice the minimum turnout of {minimum}: so few vote openly")]
    SmallRoll {
        /// How many are on it.
        roll: u32,
        /// The minimum turnout.
        minimum: u32,
    },
    /// A breakdown of too few people shows how they voted (VOTE-41).
    #[error("a minimum turnout of {0} is below {least}", least = Electorate::LEAST_TURNOUT)]
    SmallTurnout(u32),
    /// A window that ends before it begins (VOTE-42).
    #[error("the window ends before it begins")]
    EmptyWindow,
    /// The casting window is no whole number of slots, or of too few (VOTE-42).
    #[error("the casting window is not a whole number of slots, at least 2 and at most {most}", most = Manifest::MOST_SLOTS)]
    Slots,
    /// A binding poll registers while it casts (VOTE-43).
    #[error("registration in a binding poll ends before casting begins")]
    WindowsOverlap,
    /// Nobody could register any more when casting ends (VOTE-42).
    #[error("registration begins after casting has ended")]
    RegistrationTooLate,
    /// Registration would go on after the board has closed: rows could be written for keys that nobody can count any more (VOTE-42).
    #[error("registration goes on after casting has ended")]
    RegistrationTooLong,
    /// None, or too many.
    #[error("{found} of them; from {least} to {most} are possible")]
    Number {
        /// How many there are.
        found: usize,
        /// The fewest.
        least: usize,
        /// The most.
        most: usize,
    },
    /// A text that is missing in one of the languages (VOTE-44).
    #[error("the text is missing in Korean or in English")]
    Untranslated,
    /// Two that cannot be told apart (VOTE-44).
    #[error("the same text as another")]
    Twice,
    /// A rule that cannot be filled.
    #[error("{0}")]
    Rule(#[from] RuleError),
    /// The rule is about another number of options.
    #[error("{listed} options are listed and the rule is about {ruled}")]
    Options {
        /// Texts.
        listed: usize,
        /// What the rule counts.
        ruled: usize,
    },
    /// An electorate that does not exist, or not in ascending order.
    #[error("electorates are named in ascending order, each once, and exist")]
    Electorates,
    /// Nobody, or somebody with nothing to vote on.
    #[error("an electorate without a contest")]
    NothingToVoteOn,
    /// A ballot that would be longer than what ledger and relays take (VOTE-58).
    #[error("a ballot of {bytes} bytes; at most {most} are possible", most = Manifest::LONGEST_BALLOT)]
    LongBallot {
        /// How long a cast ballot of this electorate is, in the expanded form.
        bytes: usize,
    },
    /// All weights are zero, or one electorate has none.
    #[error("a weight of zero")]
    Weight,
    /// A minority of trustees could open sums, or not all of them could (VOTE-45).
    #[error(
        "a threshold of {threshold} of {trustees}: more than half of them, and at most all, must be needed"
    )]
    Threshold {
        /// The threshold.
        threshold: u8,
        /// How many there are.
        trustees: usize,
    },
    /// A key that is none.
    #[error("{0}")]
    Key(#[from] KeyError),
    /// A blind-signature key that is none.
    #[error("{0}")]
    BlindKey(#[from] BlindKeyError),
    /// A sealing key of small order: whatever is sealed to it everybody could open (VOTE-46).
    #[error("a sealing key of small order")]
    SealingKey,
    /// One key in two roles, or for two electorates (VOTE-46).
    #[error("a key that stands elsewhere in the manifest too")]
    KeyTwice,
    /// A blind-signature key is missing or one too many.
    #[error("{keys} blind-signature keys for {electorates} electorates")]
    KeyPerElectorate {
        /// How many keys.
        keys: usize,
        /// How many electorates.
        electorates: usize,
    },
    /// A reward of nothing.
    #[error("a reward of nothing")]
    NoPoints,
}

impl Manifest {
    /// The most bytes of a cast ballot on the board. 97 options of which some are chosen have about half as many; a transaction of
    /// a relay takes three of the longest.
    pub const LONGEST_BALLOT: usize = 64 * 1024;
    /// The most contests.
    pub const MOST_CONTESTS: usize = 16;
    /// The most electorates.
    pub const MOST_ELECTORATES: usize = 32;
    /// The most slots of a casting window: 60 days of 10 minutes.
    pub const MOST_SLOTS: u64 = 8_640;
    /// The most trustees.
    pub const MOST_TRUSTEES: usize = 20;
    /// The most registrars.
    pub const MOST_REGISTRARS: usize = 8;
    /// The most relays.
    pub const MOST_RELAYS: usize = 16;

    /// Whether any rule refuses it.
    pub fn check(&self) -> Result<(), ManifestError> {
        translated("title", &self.title)?;
        self.check_electorates()?;
        self.check_contests()?;
        self.check_windows()?;
        self.check_trustees()?;
        self.check_registrars()?;
        self.check_relays()?;
        self.check_reward()?;
        self.check_keys_once()
    }

    fn check_electorates(&self) -> Result<(), ManifestError> {
        number("electorates", self.electorates.len(), 1, Self::MOST_ELECTORATES)?;
        names("electorates", "name", self.electorates.iter().map(|electorate| &electorate.name))?;
        for (at, electorate) in self.electorates.iter().enumerate() {
            let field = |name: &str| format!("electorates[{at}].{name}");
            translated(&field("eligible"), &electorate.eligible)?;
            let Electorate { weight, roll_size: roll, minimum_turnout: minimum, .. } = *electorate;
            if weight == 0 {
                return refuse(field("weight"), Refusal::Weight);
            }
            if minimum < Electorate::LEAST_TURNOUT {
                return refuse(field("minimum_turnout"), Refusal::SmallTurnout(minimum));
            }
            if u64::from(roll) < u64::from(minimum).saturating_mul(2) {
                return refuse(field("roll_size"), Refusal::SmallRoll { roll, minimum });
            }
        }
        Ok(())
    }

    fn check_contests(&self) -> Result<(), ManifestError> {
        number("contests", self.contests.len(), 1, Self::MOST_CONTESTS)?;
        names("contests", "question", self.contests.iter().map(|contest| &contest.question))?;
        for (at, contest) in self.contests.iter().enumerate() {
            self.check_contest(&format!("contests[{at}]"), contest)?;
        }
        let voting = self.contests.iter().flat_map(|contest| &contest.electorates);
        let voting = set_of(voting.map(|e| usize::from(e.number())));
        for (at, electorate) in (0..self.electorates.len()).zip((0..=u8::MAX).map(ElectorateIndex::new)) {
            if !voting.contains(&at) {
                return refuse(format!("electorates[{at}]"), Refusal::NothingToVoteOn);
            }
            let bytes = self.ballot_bytes(electorate);
            if bytes > Self::LONGEST_BALLOT {
                return refuse(format!("electorates[{at}]"), Refusal::LongBallot { bytes });
            }
        }
        Ok(())
    }

    /// How many bytes a cast ballot of an electorate has on the board in the expanded form: with its token, and with as many
    /// registrars as a poll may have.
    #[must_use]
    pub fn ballot_bytes(&self, electorate: ElectorateIndex) -> usize {
        const SIGNATURE: usize = 32 + 384;
        // Version, kind; poll, electorate, voting key, sequence; the voting key's signature; the lengths of two lists.
        let frame = 2 + 32 + 1 + 32 + 4 + 64 + 4 + 4;
        let contests = self.contests.iter().filter(|contest| contest.electorates.contains(&electorate));
        contests
            .map(|contest| contest.rule.ballot_bytes())
            .fold(frame + Self::MOST_REGISTRARS.saturating_mul(SIGNATURE), usize::saturating_add)
    }

    fn check_contest(&self, at: &str, contest: &Contest) -> Result<(), ManifestError> {
        let Contest { question: _, options, rule, electorates } = contest;
        rule.check().or_else(|reason| refuse(format!("{at}.rule"), Refusal::Rule(reason)))?;
        if options.len() != rule.options() {
            let reason = Refusal::Options { listed: options.len(), ruled: rule.options() };
            return refuse(format!("{at}.options"), reason);
        }
        names(&format!("{at}.options"), "", options.iter())?;
        let ascending = electorates.is_sorted_by(|left, right| left < right);
        let exist = electorates.iter().all(|e| usize::from(e.number()) < self.electorates.len());
        if electorates.is_empty() || !ascending || !exist {
            return refuse(format!("{at}.electorates"), Refusal::Electorates);
        }
        Ok(())
    }

    fn check_windows(&self) -> Result<(), ManifestError> {
        let Self { registration, casting, slot, .. } = self;
        for (field, window) in [("registration", registration), ("casting", casting)] {
            if window.from >= window.until {
                return refuse(field.to_owned(), Refusal::EmptyWindow);
            }
        }
        let Window { from, until } = *casting;
        let length = until.since(from).count();
        let slots = length.checked_div(slot.count()).unwrap_or_default();
        if !(2..=Self::MOST_SLOTS).contains(&slots) || slots.checked_mul(slot.count()) != Some(length) {
            return refuse("slot".to_owned(), Refusal::Slots);
        }
        if registration.from >= until {
            return refuse("registration".to_owned(), Refusal::RegistrationTooLate);
        }
        if registration.until > until {
            return refuse("registration".to_owned(), Refusal::RegistrationTooLong);
        }
        if self.kind == PollKind::Binding && registration.until > from {
            return refuse("registration".to_owned(), Refusal::WindowsOverlap);
        }
        Ok(())
    }

    fn check_trustees(&self) -> Result<(), ManifestError> {
        let members = &self.trustees.members;
        number("trustees.members", members.len(), 2, Self::MOST_TRUSTEES)?;
        names("trustees.members", "name", members.iter().map(|trustee| &trustee.name))?;
        let needed = usize::from(self.trustees.threshold);
        if needed > members.len() || needed.saturating_mul(2) <= members.len() {
            let reason = Refusal::Threshold { threshold: self.trustees.threshold, trustees: members.len() };
            return refuse("trustees.threshold".to_owned(), reason);
        }
        Ok(())
    }

    fn check_registrars(&self) -> Result<(), ManifestError> {
        let registrars = self.registrars.len();
        number("registrars", registrars, 2, Self::MOST_REGISTRARS)?;
        names("registrars", "name", self.registrars.iter().map(|registrar| &registrar.name))?;
        if usize::from(self.signatures) != registrars {
            let reason = Refusal::FewerThanAllRegistrars { signatures: self.signatures, registrars };
            return refuse("signatures".to_owned(), reason);
        }
        for (at, registrar) in self.registrars.iter().enumerate() {
            let (keys, electorates) = (registrar.keys.len(), self.electorates.len());
            if keys != electorates {
                let reason = Refusal::KeyPerElectorate { keys, electorates };
                return refuse(format!("registrars[{at}].keys"), reason);
            }
            for (electorate, key) in registrar.keys.iter().enumerate() {
                let field = || format!("registrars[{at}].keys[{electorate}]");
                key.check().or_else(|reason| refuse(field(), Refusal::BlindKey(reason)))?;
            }
        }
        Ok(())
    }

    fn check_relays(&self) -> Result<(), ManifestError> {
        number("relays", self.relays.len(), 2, Self::MOST_RELAYS)?;
        names("relays", "name", self.relays.iter().map(|relay| &relay.name))
    }

    fn check_reward(&self) -> Result<(), ManifestError> {
        let Some(reward) = &self.reward else { return Ok(()) };
        translated("reward.legal_basis", &reward.legal_basis)?;
        reward.key.check().or_else(|reason| refuse("reward.key".to_owned(), Refusal::BlindKey(reason)))?;
        if reward.points.is_zero() {
            return refuse("reward.points".to_owned(), Refusal::NoPoints);
        }
        Ok(())
    }

    /// Every key is one that can be registered, and stands in one place only: a relay is no registrar, a registrar no trustee,
    /// and a token of one electorate is none in another (VOTE-46).
    fn check_keys_once(&self) -> Result<(), ManifestError> {
        let trustees = self.trustees.members.iter().map(|trustee| &trustee.signing);
        let registrars = self.registrars.iter().map(|registrar| &registrar.signing);
        let relays = self.relays.iter().map(|relay| &relay.signing);
        let places =
            [("trustees.members", trustees.collect()), ("registrars", registrars.collect::<Vec<_>>())];
        let mut seen: BTreeSet<&PublicKey> = BTreeSet::new();
        for (list, keys) in places.into_iter().chain([("relays", relays.collect())]) {
            for (at, key) in keys.into_iter().enumerate() {
                let field = || format!("{list}[{at}].signing");
                key.check().or_else(|reason| refuse(field(), Refusal::Key(reason)))?;
                if !seen.insert(key) {
                    return refuse(field(), Refusal::KeyTwice);
                }
            }
        }
        let mut sealing = BTreeSet::new();
        for (at, trustee) in self.trustees.members.iter().enumerate() {
            let field = || format!("trustees.members[{at}].sealing");
            trustee.sealing.check().or_else(|_| refuse(field(), Refusal::SealingKey))?;
            if !sealing.insert(trustee.sealing) {
                return refuse(field(), Refusal::KeyTwice);
            }
        }
        self.check_blind_keys_once()
    }

    fn check_blind_keys_once(&self) -> Result<(), ManifestError> {
        let mut seen = BTreeSet::new();
        for (at, registrar) in self.registrars.iter().enumerate() {
            for (electorate, key) in registrar.keys.iter().enumerate() {
                if !seen.insert(key) {
                    return refuse(format!("registrars[{at}].keys[{electorate}]"), Refusal::KeyTwice);
                }
            }
        }
        match &self.reward {
            Some(reward) if !seen.insert(&reward.key) => refuse("reward.key".to_owned(), Refusal::KeyTwice),
            _ => Ok(()),
        }
    }
}

fn refuse<T>(field: String, reason: Refusal) -> Result<T, ManifestError> {
    Err(ManifestError { field, reason })
}

fn number(field: &str, found: usize, least: usize, most: usize) -> Result<(), ManifestError> {
    if (least..=most).contains(&found) {
        return Ok(());
    }
    refuse(field.to_owned(), Refusal::Number { found, least, most })
}

fn translated(field: &str, text: &Bilingual) -> Result<(), ManifestError> {
    let Bilingual { ko, en } = text;
    if ko.as_str().trim().is_empty() || en.as_str().trim().is_empty() {
        return refuse(field.to_owned(), Refusal::Untranslated);
    }
    Ok(())
}

/// Each is there in both languages, and no two are the same in either.
fn names<'a>(
    list: &str,
    field: &str,
    texts: impl Iterator<Item = &'a Bilingual>,
) -> Result<(), ManifestError> {
    let (mut korean, mut english) = (BTreeSet::new(), BTreeSet::new());
    for (at, text) in texts.enumerate() {
        let place = Place { list, at, field }.to_string();
        translated(&place, text)?;
        if !korean.insert(&text.ko) || !english.insert(&text.en) {
            return refuse(place, Refusal::Twice);
        }
    }
    Ok(())
}

/// `electorates[0].name`, `contests[0].options[1]`.
struct Place<'a> {
    list: &'a str,
    at: usize,
    field: &'a str,
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}]", self.list, self.at)?;
        if self.field.is_empty() { Ok(()) } else { write!(f, ".{}", self.field) }
    }
}
