//! "How do I know this?": what stands behind every number.

use crate::error::Message;
use crate::view::{serial::plain, view};
use citizen_ledger::{Attested, Party, Provenance, Trust, Word};
use citizen_primitives::{Hash, Height, UnixTime};
use serde::Serialize;

/// How trust in the ledger began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[serde(rename_all = "kebab-case")]
pub enum TrustOrigin {
    /// By a file that came with the app.
    File,
    /// From the server itself: say so beside every number.
    FirstUse,
}

/// Whether it may be taken for the present.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "uniffi", derive(uniffi::Enum))]
#[serde(rename_all = "kebab-case")]
pub enum Freshness {
    /// It may.
    Fresh,
    /// Shown greyed with its time; nothing may be approved on it.
    Stale,
}

view! {
    /// Checked by this phone: the block, its time, who signed it.
    VerifiedMark {
        /// The header's height.
        #[serde(serialize_with = "plain")]
        height: Height,
        /// Its time.
        #[serde(serialize_with = "plain")]
        time: UnixTime,
        /// Its hash.
        #[serde(serialize_with = "plain")]
        header_hash: Hash,
        /// The root of the state in which it is proved.
        #[serde(serialize_with = "plain")]
        app_hash: Hash,
        /// How many validators' signatures were checked.
        signers: u16,
        /// Of how many.
        validators: u16,
        /// Their share of the power, in whole per cent.
        power_percent: u8,
        /// How trust began.
        trust: TrustOrigin,
        /// The newer header in whose history this one was proved, if it was.
        #[serde(serialize_with = "plain", skip_serializing_if = "Option::is_none")]
        through: Option<Height>,
    }
}

view! {
    /// One party's word: who, and when.
    AttestedMark {
        /// The party's name in the registry.
        by: Message,
        /// When it was said, as the party has it.
        #[serde(serialize_with = "plain")]
        time: UnixTime,
    }
}

impl VerifiedMark {
    pub(crate) const fn of(provenance: &Provenance) -> Self {
        let Provenance {
            height,
            time,
            header_hash,
            app_hash,
            signers,
            validators,
            power_percent,
            trust,
            through,
        } = *provenance;
        let trust = match trust {
            Trust::File => TrustOrigin::File,
            Trust::FirstUse => TrustOrigin::FirstUse,
        };
        Self { height, time, header_hash, app_hash, signers, validators, power_percent, trust, through }
    }
}

impl AttestedMark {
    pub(crate) fn of<T: Word>(word: &Attested<T>) -> Self {
        Self { by: party_name(word.by()), time: word.time() }
    }
}

impl Freshness {
    /// Whether it is fresh.
    #[must_use]
    pub const fn is_fresh(self) -> bool {
        matches!(self, Self::Fresh)
    }
}

fn party_name(party: &Party) -> Message {
    Message { ko: party.name_ko.as_str().to_owned(), en: party.name_en.as_str().to_owned() }
}
