//! The registry of parties: every role on the ledger is a key that governance enters (core/docs/decisions.md, 24).

use borsh::{BorshDeserialize, BorshSerialize};
use citizen_keys::PublicKey;
use citizen_primitives::{KeyId, Text, UnixTime};

/// What a party may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub enum Role {
    /// Decides on roles, programmes and parameters, k of n.
    Governor,
    /// Grants points.
    Treasury,
    /// Brings payments to their end.
    Centre,
    /// Debits won.
    Bank,
    /// Announces polls.
    ElectionOffice,
    /// Keeps a roll and signs voting keys blindly.
    Registrar,
    /// Carries ballots.
    Relay,
    /// Holds a share of election keys.
    Trustee,
    /// Sees who asks for the recovery of an account, k of n.
    RecoveryOfficer,
    /// Has a DID of its own.
    Organisation,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 10] = [
        Self::Governor,
        Self::Treasury,
        Self::Centre,
        Self::Bank,
        Self::ElectionOffice,
        Self::Registrar,
        Self::Relay,
        Self::Trustee,
        Self::RecoveryOfficer,
        Self::Organisation,
    ];

    /// Its name in state keys and messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Governor => "governor",
            Self::Treasury => "treasury",
            Self::Centre => "centre",
            Self::Bank => "bank",
            Self::ElectionOffice => "election-office",
            Self::Registrar => "registrar",
            Self::Relay => "relay",
            Self::Trustee => "trustee",
            Self::RecoveryOfficer => "recovery-officer",
            Self::Organisation => "organisation",
        }
    }
}

/// A party in the registry.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RoleRecord {
    /// What it may do.
    pub role: Role,
    /// Its key.
    pub key: PublicKey,
    /// The X25519 key to which messages for it are sealed, if it takes such.
    pub sealing: Option<[u8; 32]>,
    /// Its name in Korean.
    pub name_ko: Text,
    /// Its name in English.
    pub name_en: Text,
    /// From when.
    pub from: UnixTime,
    /// Until when, if it has ended or will.
    pub until: Option<UnixTime>,
}
citizen_primitives::canonical!(RoleRecord = 1);

/// The names of all keys that ever had a role, sorted ([`crate::state_key::role_members`]).
#[derive(Debug, Clone, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RoleMembers(pub Vec<KeyId>);
citizen_primitives::canonical!(RoleMembers = 1);

impl RoleRecord {
    /// The key's name.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.key.id()
    }

    /// Whether the party may act at `time`.
    #[must_use]
    pub fn is_active(&self, time: UnixTime) -> bool {
        self.from <= time && self.until.is_none_or(|until| time < until)
    }
}
