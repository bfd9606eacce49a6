//! Reading what a party has signed.

use crate::api::{Bytes, MalformedBytes};
use crate::exchange::CallError;
use citizen_keys::Signed;
use citizen_ledger::{Attested, AttestedError, RoleRecord, Verified, Word};

/// Why a party's word was not had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WordError {
    /// No answer, or a refusal.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The answer is not signed by the party, or not its to say.
    #[error("the party's word does not verify")]
    Unverified(#[from] AttestedError),
    /// It is the party's word, but about something else than was asked: another code, payment, account or an old answer.
    #[error("the party's word is about something else")]
    AboutSomethingElse,
    /// The party takes no sealed messages.
    #[error("nothing can be sealed to the party")]
    NoSealingKey,
}

impl From<MalformedBytes> for WordError {
    fn from(_: MalformedBytes) -> Self {
        CallError::Malformed.into()
    }
}

/// A word as it was signed, and as it was verified: the first is handed on, the second is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedWord<T> {
    /// As it was signed.
    pub signed: Signed<T>,
    /// As it was verified.
    pub word: Attested<T>,
}

/// Reads and verifies a word; `is_asked` says whether it is about what was asked (CLIENT-9).
pub(crate) fn read<T: Word>(
    bytes: &Bytes,
    party: &Verified<RoleRecord>,
    is_asked: impl FnOnce(&T) -> bool,
) -> Result<SignedWord<T>, WordError> {
    let signed: Signed<T> = bytes.read()?;
    let word = Attested::verify(&signed, party)?;
    if is_asked(word.value()) { Ok(SignedWord { signed, word }) } else { Err(WordError::AboutSomethingElse) }
}
