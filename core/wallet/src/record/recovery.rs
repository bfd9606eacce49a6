//! A recovery by officers that this phone has asked for: it has no account yet.

use borsh::{BorshDeserialize, BorshSerialize};
use citizen_client::api::Identity;
use citizen_keys::PublicKey;
use citizen_primitives::order::set_of;
use citizen_primitives::text::to_nfc;
use citizen_primitives::{AccountId, Height, KeyId, RecoveryCaseId, Text, TextError};
use citizen_store::{Row, Table};
use std::collections::BTreeMap;

/// What was asked, and how far it is. The store seals it: nobody reads who asks without the PIN.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct RecoveryRow {
    /// What this phone calls the case.
    pub(crate) case: RecoveryCaseId,
    /// The public key of the code that shall stand behind the account.
    pub(crate) recovery: PublicKey,
    /// Who asks.
    pub(crate) who: Who,
    /// Who has approved, and which account each named.
    pub(crate) approvals: Vec<(KeyId, AccountId)>,
    /// A transaction that officers have signed together, with the last height at which it may be executed.
    pub(crate) sent: Option<(Vec<u8>, Height)>,
    /// The account, once the ledger has the case.
    pub(crate) filed: Option<AccountId>,
    /// The ledger had the case, and has it no more.
    pub(crate) is_over: bool,
}
citizen_primitives::canonical!(RecoveryRow = 1);

/// Who asks.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(crate) struct Who {
    pub(crate) number: Text,
    pub(crate) name: Text,
    pub(crate) birth_date: Text,
}

impl Who {
    pub(crate) fn of(identity: &Identity) -> Result<Self, TextError> {
        let Identity { number, name, birth_date } = identity;
        Ok(Self { number: Text::new(number)?, name: Text::new(name)?, birth_date: Text::new(birth_date)? })
    }

    /// Whether it is the same person, however she writes her name: in NFD too, with a space between family and given name or without.
    pub(crate) fn is_called(&self, other: &Self) -> bool {
        (self.number.as_str().trim(), self.birth_date.as_str().trim())
            == (other.number.as_str().trim(), other.birth_date.as_str().trim())
            && plain(&self.name) == plain(&other.name)
    }

    pub(crate) fn identity(&self) -> Identity {
        Identity {
            number: self.number.as_str().to_owned(),
            name: self.name.as_str().to_owned(),
            birth_date: self.birth_date.as_str().to_owned(),
        }
    }
}

impl RecoveryRow {
    /// Whether officers have signed it, and the ledger may have it, as far as was looked.
    pub(crate) const fn is_under_way(&self) -> bool {
        !self.is_over && (self.sent.is_some() || self.filed.is_some())
    }

    /// Which account it is about: what the ledger has, or what most officers named. One who lies does not lead astray.
    pub(crate) fn account(&self) -> Option<AccountId> {
        let mut named: BTreeMap<AccountId, usize> = BTreeMap::new();
        for (_, account) in &self.approvals {
            let count = named.entry(*account).or_default();
            *count = count.saturating_add(1);
        }
        let most = named.into_iter().max_by_key(|(_, count)| *count).map(|(account, _)| account);
        self.filed.or(most)
    }

    /// Who has approved it for this account: each officer once.
    pub(crate) fn approved_for(&self, account: &AccountId) -> Vec<KeyId> {
        let of_account = self.approvals.iter().filter(|(_, named)| named == account);
        set_of(of_account.map(|(officer, _)| *officer)).into_iter().collect()
    }
}

fn plain(name: &Text) -> String {
    to_nfc(name.as_str()).chars().filter(|c| !c.is_whitespace()).collect()
}

/// The row of the one recovery that this phone may ask for.
pub(crate) fn recovery_row() -> Row {
    Row::new(Table::Account, b"recovery")
}
