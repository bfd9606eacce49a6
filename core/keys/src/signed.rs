//! A signed document: its content cannot be reached before its signature is checked.

use crate::public::PublicKey;
use crate::signature::Signature;
use crate::signing::SigningKey;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_primitives::{Canonical, DecodeError, KeyId, Label};
use std::fmt;
use std::io::{self, Read, Write};
use std::marker::PhantomData;

/// Something a party signs, under the one label of its kind.
pub trait Document: Canonical {
    /// What the signature is about.
    const LABEL: Label;
}

/// A document's canonical bytes, the name of the key that is said to have signed them, and the signature.
pub struct Signed<T> {
    key: KeyId,
    signature: Signature,
    bytes: Vec<u8>,
    document: PhantomData<fn() -> T>,
}

/// Why a signed document is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignedError {
    /// It names another key than the one it is checked against.
    #[error("signed by another key")]
    AnotherKey,
    /// The signature is not the key's over these bytes.
    #[error("the signature does not verify")]
    Signature,
    /// The signature is right, the bytes are not such a document.
    #[error("the signed bytes are not the document")]
    Malformed(#[from] DecodeError),
}

impl<T: Document> Signed<T> {
    /// Signs a document.
    #[must_use]
    pub fn sign(document: &T, key: &SigningKey) -> Self {
        let bytes = document.to_canonical();
        let signature = key.sign(T::LABEL, &bytes);
        Self::from_parts(bytes, key.id(), signature)
    }

    /// Puts together what was signed elsewhere: by a hardware key, say. Nothing is checked here.
    #[must_use]
    pub const fn from_parts(bytes: Vec<u8>, key: KeyId, signature: Signature) -> Self {
        Self { key, signature, bytes, document: PhantomData }
    }

    /// Checks the signature, then reads the document (KEYS-2).
    pub fn verify(&self, key: &PublicKey) -> Result<T, SignedError> {
        if key.id() != self.key {
            return Err(SignedError::AnotherKey);
        }
        key.verify(T::LABEL, &self.bytes, &self.signature).map_err(|_| SignedError::Signature)?;
        Ok(T::from_canonical(&self.bytes)?)
    }

    /// Reads the document without any check: to find out whose key to look up, never to show or to act on.
    pub fn dangerous_unverified(&self) -> Result<T, DecodeError> {
        T::from_canonical(&self.bytes)
    }
}

impl<T> Signed<T> {
    /// The name of the key that is said to have signed.
    #[must_use]
    pub const fn key(&self) -> KeyId {
        self.key
    }

    /// The signature.
    #[must_use]
    pub const fn signature(&self) -> &Signature {
        &self.signature
    }
}

impl<T: Document> Canonical for Signed<T> {
    const VERSION: u8 = 1;
}

impl<T> BorshSerialize for Signed<T> {
    fn serialize<W: Write>(&self, writer: &mut W) -> io::Result<()> {
        let Self { key, signature, bytes, document: _ } = self;
        (key, signature, bytes).serialize(writer)
    }
}

impl<T> BorshDeserialize for Signed<T> {
    fn deserialize_reader<R: Read>(reader: &mut R) -> io::Result<Self> {
        let (key, signature, bytes) = BorshDeserialize::deserialize_reader(reader)?;
        Ok(Self { key, signature, bytes, document: PhantomData })
    }
}

impl<T> Clone for Signed<T> {
    fn clone(&self) -> Self {
        let Self { key, signature, bytes, document } = self;
        Self { key: *key, signature: *signature, bytes: bytes.clone(), document: *document }
    }
}

impl<T> PartialEq for Signed<T> {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key && self.signature == other.signature && self.bytes == other.bytes
    }
}

impl<T> Eq for Signed<T> {}

impl<T> fmt::Debug for Signed<T> {
    /// The key and the length: the content may be personal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signed").field("key", &self.key).field("length", &self.bytes.len()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Counting;

    #[derive(Debug, PartialEq, BorshSerialize, BorshDeserialize)]
    struct Balance(u64);
    citizen_primitives::canonical!(Balance = 1);
    impl Document for Balance {
        const LABEL: Label = Label::BankBalance;
    }

    /// The same bytes, about something else.
    #[derive(Debug, PartialEq, BorshSerialize, BorshDeserialize)]
    struct Debit(u64);
    citizen_primitives::canonical!(Debit = 1);
    impl Document for Debit {
        const LABEL: Label = Label::BankDebit;
    }

    fn keys() -> (SigningKey, SigningKey) {
        let rng = &mut Counting::default();
        (SigningKey::generate(rng), SigningKey::generate(rng))
    }

    #[test]
    fn keys_2_a_document_is_read_only_under_the_key_that_signed_it() {
        let (bank, other) = keys();
        let signed = Signed::sign(&Balance(7_000), &bank);
        assert_eq!(signed.verify(&bank.public()), Ok(Balance(7_000)));
        assert_eq!(signed.verify(&other.public()), Err(SignedError::AnotherKey));
        // The other key's name put over the bank's signature does not help.
        let renamed: Signed<Balance> =
            Signed::from_parts(Balance(7_000).to_canonical(), other.id(), *signed.signature());
        assert_eq!(renamed.verify(&other.public()), Err(SignedError::Signature));
        assert_eq!(signed.dangerous_unverified(), Ok(Balance(7_000)));
    }

    #[test]
    fn keys_2_a_signature_for_one_kind_of_document_is_none_for_another() {
        let (bank, _) = keys();
        let signed = Signed::sign(&Balance(7_000), &bank);
        let moved: Signed<Debit> = Signed::from_canonical(&signed.to_canonical()).unwrap();
        assert_eq!(moved.verify(&bank.public()), Err(SignedError::Signature));
    }

    #[test]
    fn keys_2_a_signed_document_with_one_byte_changed_is_refused() {
        let (bank, _) = keys();
        let bytes = Signed::sign(&Balance(7_000), &bank).to_canonical();
        let accepted = |bytes: &[u8]| {
            Signed::<Balance>::from_canonical(bytes).is_ok_and(|signed| signed.verify(&bank.public()).is_ok())
        };
        assert!(accepted(&bytes));
        for position in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[position] ^= 1;
            assert!(!accepted(&changed), "byte {position}");
        }
    }

    #[test]
    fn signed_bytes_that_are_no_document_are_refused_after_the_signature() {
        let (bank, _) = keys();
        let signature = bank.sign(Balance::LABEL, b"nonsense");
        let signed: Signed<Balance> = Signed::from_parts(b"nonsense".to_vec(), bank.id(), signature);
        assert!(matches!(signed.verify(&bank.public()), Err(SignedError::Malformed(_))));
    }

    #[test]
    fn a_signed_document_does_not_show_its_content() {
        let (bank, _) = keys();
        let shown = format!("{:?}", Signed::sign(&Balance(7_000), &bank));
        assert_eq!(shown, format!("Signed {{ key: {:?}, length: 9 }}", bank.id()));
    }
}
