//! Points that were earned.

use crate::error::Message;
use crate::view::{AttestedMark, VerifiedMark, serial::plain, view};
use citizen_coin::{Entry, EntryKind};
use citizen_ledger::{Attested, Provenance};
use citizen_payment::word::ClaimAnswer;
use citizen_primitives::{Points, ProgrammeId, Text, TransactionId};

view! {
    /// A claim that was granted, and that the ledger shows.
    EarnView {
        /// The programme.
        #[serde(serialize_with = "programme")]
        programme: ProgrammeId,
        /// How many points came.
        #[serde(serialize_with = "plain")]
        points: Points,
        /// The granting transaction.
        #[serde(serialize_with = "plain")]
        transaction: TransactionId,
        /// The treasury's word.
        attested: AttestedMark,
        /// How the phone knows that the points are there.
        verified: VerifiedMark,
        /// For a screen reader.
        spoken: Message,
    }
}

impl EarnView {
    /// Of the treasury's word and the entry in the proved history that bears it out; nothing if the entry says another thing.
    pub(crate) fn of(
        word: &Attested<ClaimAnswer>,
        transaction: TransactionId,
        entry: &Entry,
        provenance: &Provenance,
    ) -> Option<Self> {
        let EntryKind::Granted { programme, points } = &entry.kind else { return None };
        (*programme == word.value().programme).then(|| Self {
            programme: programme.clone(),
            points: *points,
            transaction,
            attested: AttestedMark::of(word),
            verified: VerifiedMark::of(provenance),
            spoken: Message::of("spoken.earned").with("points", points),
        })
    }

    /// The programme's name as it stands in messages.
    #[must_use]
    pub fn programme_name(&self) -> Option<Text> {
        Text::new(self.programme.as_str()).ok()
    }
}

fn programme<S: serde::Serializer>(value: &ProgrammeId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(value.as_str())
}
