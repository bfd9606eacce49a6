//! Phone and recovery code are lost: what the new phone sees of it, and what the old one.

use super::{DAY, HOUR, PreviewState, ago, ahead, hash, verified};
use crate::error::Message;
use crate::view::{Bench, CustodyView, EnrolmentView, Freshness, LossView, RecoveryView};
use citizen_primitives::{AccountId, UnixTime};

/// Two of five officers must agree.
const BENCH: Bench = Bench { officers: 5, needed: 2 };

/// All officers have noted whose account it is.
pub(super) fn enrolment() -> EnrolmentView {
    EnrolmentView::new(BENCH.officers, BENCH)
}

/// The issuer has revoked the card's ten copies.
pub(super) fn loss() -> LossView {
    LossView::new(10)
}

/// What the new phone sees, where a state is about it.
pub(super) fn recovery(state: PreviewState) -> Option<RecoveryView> {
    let word = match state {
        PreviewState::RecoveryAsking => "asking",
        PreviewState::RecoverySent => "sent",
        PreviewState::Recovering => "waiting",
        PreviewState::RecoveryObjected => "objected",
        PreviewState::RecoveryUpheld => "upheld",
        PreviewState::RecoveryReady => "ready",
        PreviewState::RecoveryDismissed => "dismissed",
        _ => return None,
    };
    let Bench { officers, needed } = BENCH;
    let approved = if word == "asking" { 1 } else { needed };
    let effective = effective(state);
    let text = Message::of(&format!("recovery.{word}")).with("approved", approved).with("needed", needed);
    Some(RecoveryView {
        state: word,
        approved,
        needed,
        officers,
        account: Some(AccountId::from_hash(hash("account"))),
        effective,
        can_complete: word == "ready",
        verified: verified(state),
        freshness: Freshness::Fresh,
        text: effective.iter().fold(text, |text, effective| text.with("effective", effective.to_kst())),
    })
}

/// In whose hands the account is: what the old phone sees.
pub(super) fn custody(state: PreviewState) -> CustodyView {
    let (word, since) = match state {
        PreviewState::Frozen => ("frozen", Some(ago(HOUR))),
        PreviewState::Recovering => ("recovery-waiting", Some(ago(DAY))),
        PreviewState::RecoveryObjected => ("recovery-objected", Some(ago(HOUR))),
        PreviewState::RecoveryUpheld => ("recovery-upheld", Some(ago(HOUR))),
        PreviewState::RecoveryReady => ("recovery-waiting", Some(ago(3 * DAY + HOUR))),
        _ => ("free", None),
    };
    let (effective, text) = (effective(state), Message::of(&format!("custody.{word}")));
    CustodyView {
        state: word,
        is_frozen: state == PreviewState::Frozen,
        since,
        effective,
        can_object: state == PreviewState::Recovering,
        verified: verified(state),
        freshness: if state == PreviewState::Stale { Freshness::Stale } else { Freshness::Fresh },
        text: effective.iter().fold(text, |text, effective| text.with("effective", effective.to_kst())),
    }
}

/// When the account changes hands, if nobody stops it.
const fn effective(state: PreviewState) -> Option<UnixTime> {
    match state {
        PreviewState::Recovering => Some(ahead(2 * DAY)),
        PreviewState::RecoveryUpheld => Some(ahead(3 * DAY - HOUR)),
        PreviewState::RecoveryReady => Some(ago(HOUR)),
        _ => None,
    }
}
