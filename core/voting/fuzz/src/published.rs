//! Everything else that is published or sent: the first byte says what the others are.

use citizen_keys::Signed;
use citizen_primitives::Canonical;
use citizen_voting::BoardEntry;
use citizen_voting::issuance::{IssuanceRow, RegistrarRefusal, RollEntry};
use citizen_voting::manifest::{Manifest, Poll};
use citizen_voting::receipt::Receipt;
use citizen_voting::relay::RelayPromise;
use citizen_voting::result::PollResult;
use citizen_voting::reward::{RewardRequest, RewardToken};
use citizen_voting::token::Token;
use citizen_voting::verify::{PollAnchor, PollRecord};

/// Decodes; what was read has one byte form, and what can be checked alone is. Whether it was read.
pub fn published(bytes: &[u8]) -> bool {
    let Some((kind, bytes)) = bytes.split_first() else { return false };
    match kind {
        0 => {
            read::<Manifest>(bytes).is_some_and(|manifest| Poll::new(manifest).is_ok_and(|poll| walk(&poll)))
        }
        1 => read::<BoardEntry>(bytes).is_some_and(|entry| entry.leaf().hash() == entry.leaf().hash()),
        2 => read::<IssuanceRow>(bytes).is_some(),
        3 => read::<RollEntry>(bytes).is_some(),
        4 => read::<Token>(bytes).is_some(),
        5 => read::<Receipt>(bytes).is_some_and(|receipt| {
            let Receipt { leaf, proof: _, head } = &receipt;
            receipt.verify(head, &leaf.voting_key, &leaf.fingerprint).is_ok()
        }),
        6 => {
            read::<Signed<RelayPromise>>(bytes).is_some_and(|promise| promise.dangerous_unverified().is_ok())
        }
        7 => read::<PollResult>(bytes).is_some(),
        8 => read::<PollRecord>(bytes).is_some(),
        9 => read::<PollAnchor>(bytes).is_some(),
        10 => {
            read::<Signed<RewardRequest>>(bytes).is_some_and(|request| request.dangerous_unverified().is_ok())
        }
        11 => read::<RewardToken>(bytes).is_some(),
        12 => read::<Signed<RegistrarRefusal>>(bytes)
            .is_some_and(|refusal| refusal.dangerous_unverified().is_ok()),
        _ => false,
    }
}

fn read<T: Canonical>(bytes: &[u8]) -> Option<T> {
    let value = T::from_canonical(bytes).ok()?;
    assert_eq!(value.to_canonical(), bytes, "one form of each value");
    Some(value)
}

/// What a wallet asks of a poll before it shows it.
fn walk(poll: &Poll) -> bool {
    let electorates: Vec<_> = poll.electorates().map(|(index, _)| index).collect();
    assert!(poll.slots() >= 2 && poll.last_cast() < poll.manifest().casting.until);
    electorates.into_iter().all(|index| !poll.rules(index).is_empty()) && poll.ceremony().is_ok()
}
