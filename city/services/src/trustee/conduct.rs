//! How a trustee behaves: as she should, or, in the sandbox and in tests, as one who lies.

use borsh::BorshDeserialize as _;
use citizen_keys::{Signed, SigningKey};
use citizen_voting::ceremony::Message;
use citizen_voting::decryption::DecryptionShares;
use citizen_voting::group::Scalar;

/// What a trustee does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Conduct {
    /// What she should.
    #[default]
    Honest,
    /// Seals what cannot be opened to the first of the others, and answers the complaint rightly.
    Garbles,
    /// Deals a wrong share to the first of the others, and stays with it when asked.
    DealsWrongly,
    /// Opens another sum than the one that stands there.
    OpensWrongly,
    /// Nothing at all.
    Silent,
}

impl Conduct {
    /// What she says in the place of what she should.
    pub(super) fn speak(self, message: Message, key: &SigningKey) -> Message {
        match (self, message) {
            (Self::Garbles | Self::DealsWrongly, Message::Dealing(signed)) => {
                Message::Dealing(changed(signed, key, |dealing| {
                    let own = usize::from(dealing.head.trustee.number()).saturating_sub(1);
                    let victim = usize::from(own == 0);
                    if let Some(sealed) = dealing.sealed.get_mut(victim) {
                        sealed.reverse();
                    }
                }))
            }
            (Self::DealsWrongly, Message::Answer(signed)) => {
                Message::Answer(changed(signed, key, |answer| {
                    if let Ok(nought) = Scalar::try_from_slice(&[0; 32]) {
                        answer.shares.iter_mut().for_each(|(_, share)| *share = nought);
                    }
                }))
            }
            (_, message) => message,
        }
    }

    /// The shares that she opens in the place of the right ones.
    pub(super) fn open(self, shares: Signed<DecryptionShares>, key: &SigningKey) -> Signed<DecryptionShares> {
        if self != Self::OpensWrongly {
            return shares;
        }
        changed(shares, key, |shares| shares.contests.iter_mut().for_each(|cells| cells.reverse()))
    }
}

/// The same document with a change, signed again.
fn changed<T: citizen_keys::Document>(
    signed: Signed<T>,
    key: &SigningKey,
    change: impl FnOnce(&mut T),
) -> Signed<T> {
    let Ok(mut document) = signed.dangerous_unverified() else { return signed };
    change(&mut document);
    Signed::sign(&document, key)
}
