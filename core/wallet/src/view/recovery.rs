//! A recovery by officers, as the new phone sees it.

use crate::error::Message;
use crate::link::Snapshot;
use crate::record::RecoveryRow;
use crate::view::{Freshness, VerifiedMark, serial::plain, view};
use citizen_ledger::{RecoveryCase, RecoveryStage};
use citizen_primitives::{AccountId, UnixTime};

view! {
    /// How far a recovery is. Whether it is filed and what became of it is proved by the ledger; who has approved before is only said.
    RecoveryView {
        /// `asking`: fewer officers have approved than must agree. `sent`: they have signed, and the ledger does not show the case yet.
        /// `waiting`, `upheld`: it takes effect at `effective`. `objected`: the old phone says that it is not lost. `ready`: this phone may
        /// take over. `dismissed`: the officers have dropped it, and it may be asked for anew.
        state: &'static str,
        /// How many officers have approved.
        approved: usize,
        /// How many must.
        needed: usize,
        /// How many there are.
        officers: usize,
        /// The account, once an officer has named it.
        #[serde(serialize_with = "plain")]
        account: Option<AccountId>,
        /// From when on this phone may take over.
        #[serde(serialize_with = "plain")]
        effective: Option<UnixTime>,
        /// Whether it may now, by the time of the header.
        can_complete: bool,
        /// How the phone knows.
        verified: VerifiedMark,
        /// Whether it may be taken for the present.
        freshness: Freshness,
        /// For people, and for a screen reader.
        text: Message,
    }
}

view! {
    /// Who was told whose account this is.
    EnrolmentView {
        /// How many officers have noted it.
        enrolled: usize,
        /// How many must agree in a recovery.
        needed: usize,
        /// How many there are.
        officers: usize,
        /// For people, and for a screen reader.
        text: Message,
    }
}

view! {
    /// What the issuer says it did about a lost phone.
    LossView {
        /// How many copies of credentials it revoked now; those that were before are not counted.
        revoked: u64,
        /// For people, and for a screen reader.
        text: Message,
    }
}

impl LossView {
    /// By the issuer's word.
    pub(crate) fn new(revoked: u64) -> Self {
        let key = if revoked == 0 { "loss.nothing-left" } else { "loss.revoked" };
        Self { revoked, text: Message::of(key).with("revoked", revoked) }
    }
}

/// How many officers there are, and how many must agree.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bench {
    pub(crate) officers: usize,
    pub(crate) needed: usize,
}

impl RecoveryView {
    /// Of what this phone keeps and of the case as the ledger proves it, if it has it.
    pub(crate) fn from_verified(
        row: &RecoveryRow,
        open: Option<&RecoveryCase>,
        bench: Bench,
        (snapshot, verified): (&Snapshot, VerifiedMark),
        freshness: Freshness,
    ) -> Self {
        let time = snapshot.header().time();
        let account = row.account();
        let approved = account.map_or(0, |account| row.approved_for(&account).len());
        let can_complete = open.is_some_and(|open| open.is_effective(time));
        let state = match open.map(|open| &open.stage) {
            None if row.is_over => "dismissed",
            None if row.sent.is_some() => "sent",
            None => "asking",
            Some(RecoveryStage::Objected { .. }) => "objected",
            Some(_) if can_complete => "ready",
            Some(RecoveryStage::Waiting) => "waiting",
            Some(RecoveryStage::Upheld { .. }) => "upheld",
        };
        let effective = open.filter(|_| state != "objected").map(|open| open.effective);
        let mut text =
            Message::of(&format!("recovery.{state}")).with("approved", approved).with("needed", bench.needed);
        if let Some(effective) = effective {
            text = text.with("effective", effective.to_kst());
        }
        let Bench { officers, needed } = bench;
        Self {
            state,
            approved,
            needed,
            officers,
            account,
            effective,
            can_complete,
            verified,
            freshness,
            text,
        }
    }
}

impl EnrolmentView {
    /// So many officers have noted it.
    pub(crate) fn new(enrolled: usize, bench: Bench) -> Self {
        let Bench { officers, needed } = bench;
        let key = if enrolled >= needed { "recovery.enrolled" } else { "recovery.enrolled-too-few" };
        let text = Message::of(key).with("enrolled", enrolled).with("needed", needed);
        Self { enrolled, needed, officers, text }
    }
}
