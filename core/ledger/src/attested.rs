//! What one named party has said and signed: the bank on won, the centre on merchants, the treasury on claims.

use crate::role::{Role, RoleRecord};
use crate::verified::{Provenance, Verified};
use citizen_keys::{Document, Signed, SignedError};
use citizen_payment::word::{
    Acceptance, BankBalance, BankDebit, BankEnding, BankRefund, BankSettlement, CardRequest, Certificate,
    ChargeRefusal, ClaimAnswer, ConsumerCode, MerchantAnswer, Settlement,
};
use citizen_primitives::{KeyId, Text, UnixTime};

/// A document that one role alone may sign, with the time it says it was signed.
pub trait Word: Document {
    /// Whose word it is.
    const ROLE: Role;

    /// When it was said.
    fn time(&self) -> UnixTime;
}

macro_rules! words {
    ($($word:ident: $role:ident),+ $(,)?) => { $(
        impl Word for $word {
            const ROLE: Role = Role::$role;

            fn time(&self) -> UnixTime {
                self.time
            }
        }
    )+ };
}

words! {
    BankDebit: Bank,
    BankEnding: Bank,
    BankBalance: Bank,
    MerchantAnswer: Centre,
    Acceptance: Centre,
    CardRequest: Centre,
    ClaimAnswer: Treasury,
    BankRefund: Bank,
    BankSettlement: Bank,
    ConsumerCode: Centre,
    ChargeRefusal: Centre,
    Settlement: Centre,
    Certificate: Treasury,
}

/// Who has said something: a party as the registry names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// Its role.
    pub role: Role,
    /// Its key.
    pub key: KeyId,
    /// Its name in Korean.
    pub name_ko: Text,
    /// Its name in English.
    pub name_en: Text,
}

/// A party's word. Its signature was checked with a key that the ledger has proved to be the party's. It cannot be made
/// outside this crate (LEDGER-9):
///
/// ```compile_fail,E0451
/// # fn forge(by: citizen_ledger::Party, registered: citizen_ledger::Provenance) {
/// let forged = citizen_ledger::Attested { value: 7, by, registered };
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attested<T> {
    value: T,
    by: Party,
    registered: Provenance,
}

/// Why a word does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AttestedError {
    /// The party's role is not the one whose word this is.
    #[error("not this party's to say")]
    WrongRole,
    /// The party did not have its role when it said this.
    #[error("the party did not have its role at that time")]
    NotActive,
    /// The key, the signature or the document is wrong.
    #[error(transparent)]
    Signed(#[from] SignedError),
}

impl<T: Word> Attested<T> {
    /// Checks a signed word against the proved record of the party (LEDGER-7): the role whose word it is, the key, the
    /// signature, and that the party had its role at the time the word gives.
    pub fn verify(signed: &Signed<T>, party: &Verified<RoleRecord>) -> Result<Self, AttestedError> {
        let record = party.value();
        if record.role != T::ROLE {
            return Err(AttestedError::WrongRole);
        }
        let value = signed.verify(&record.key)?;
        if !record.is_active(value.time()) {
            return Err(AttestedError::NotActive);
        }
        let by = Party {
            role: record.role,
            key: record.id(),
            name_ko: record.name_ko.clone(),
            name_en: record.name_en.clone(),
        };
        Ok(Self { value, by, registered: *party.provenance() })
    }

    /// When it was said, as the party has it.
    #[must_use]
    pub fn time(&self) -> UnixTime {
        self.value.time()
    }
}

impl<T> Attested<T> {
    /// What was said.
    #[must_use]
    pub const fn value(&self) -> &T {
        &self.value
    }

    /// Who has said it.
    #[must_use]
    pub const fn by(&self) -> &Party {
        &self.by
    }

    /// By what the party's key is proved.
    #[must_use]
    pub const fn registered(&self) -> &Provenance {
        &self.registered
    }

    /// Takes it apart; from here on the value is any value.
    #[must_use]
    pub fn into_parts(self) -> (T, Party) {
        (self.value, self.by)
    }
}
