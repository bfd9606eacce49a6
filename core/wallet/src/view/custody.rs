//! In whose hands the account is: free, frozen, or under recovery.

use crate::error::Message;
use crate::view::{Freshness, VerifiedMark, serial::plain, view};
use citizen_ledger::{CustodyRecord, RecoveryStage, Verified};
use citizen_primitives::UnixTime;

view! {
    /// Whether the account may be used, proved by the ledger.
    CustodyView {
        /// `free`, `frozen`, `recovery-waiting`, `recovery-objected`, or `recovery-upheld`. A frozen account may be under recovery too:
        /// then it is the recovery that is said, since it is what changes hands.
        state: &'static str,
        /// Whether the recovery key has it frozen.
        is_frozen: bool,
        /// Since when it is frozen, or since when the case stands so.
        #[serde(serialize_with = "plain", skip_serializing_if = "Option::is_none")]
        since: Option<UnixTime>,
        /// When a recovery takes effect, unless it is stopped.
        #[serde(serialize_with = "plain", skip_serializing_if = "Option::is_none")]
        effective: Option<UnixTime>,
        /// Whether this phone may object now: it is listed, not frozen, and the time is not over.
        can_object: bool,
        /// How the phone knows.
        verified: VerifiedMark,
        /// Whether it may be taken for the present.
        freshness: Freshness,
        /// For people, and for a screen reader.
        text: Message,
    }
}

impl CustodyView {
    /// Of the proved record, or of its proved absence; `is_listed` if the ledger lists this phone.
    pub(crate) fn from_verified(
        custody: Verified<Option<CustodyRecord>>,
        is_listed: bool,
        freshness: Freshness,
    ) -> Self {
        let (custody, provenance) = custody.into_parts();
        let CustodyRecord { frozen, recovery } = custody.unwrap_or_default();
        let can_object = is_listed
            && frozen.is_none()
            && recovery.as_ref().is_some_and(|case| case.is_open_to_objection(provenance.time));
        let (state, since, effective) = match (&recovery, frozen) {
            (None, None) => ("free", None, None),
            (None, Some(since)) => ("frozen", Some(since), None),
            (Some(case), _) => match &case.stage {
                RecoveryStage::Waiting => ("recovery-waiting", Some(case.filed), Some(case.effective)),
                RecoveryStage::Objected { at } => ("recovery-objected", Some(*at), None),
                RecoveryStage::Upheld { at, officers: _ } => {
                    ("recovery-upheld", Some(*at), Some(case.effective))
                }
            },
        };
        let mut text = Message::of(&format!("custody.{state}"));
        if let Some(effective) = effective {
            text = text.with("effective", effective.to_kst());
        }
        let verified = VerifiedMark::of(&provenance);
        Self { state, is_frozen: frozen.is_some(), since, effective, can_object, verified, freshness, text }
    }
}
