//! The card: the account's key in this phone, and whether it may be used.

use crate::error::Message;
use crate::view::{AccountView, CustodyView, Freshness, VerifiedMark, serial::plain, view};
use citizen_primitives::AccountId;

view! {
    /// The key by which the ledger knows this phone, and in whose hands the account is, proved. No verifier is shown this key: each copy
    /// of a credential has one of its own.
    CardView {
        /// The account.
        #[serde(serialize_with = "plain")]
        account: AccountId,
        /// How often its device was replaced.
        epoch: u32,
        /// The key as a DID: did:jwk of the P-256 key in the key store.
        did: String,
        /// The same key by the SHA-256 of its JWK (RFC 7638), in base64url.
        thumbprint: String,
        /// `active`, `frozen`, `recovering`, or `replaced`: the ledger lists another key, and this phone can only show.
        standing: &'static str,
        /// Whether the ledger lists this phone's key.
        is_listed: bool,
        /// What the ledger says of freezes and recoveries.
        custody: CustodyView,
        /// How many credentials this phone holds.
        credentials: usize,
        /// How the phone knows.
        verified: VerifiedMark,
        /// Whether it may be taken for the present.
        freshness: Freshness,
        /// For people, and for a screen reader.
        text: Message,
    }
}

/// A key under its two names.
pub(crate) struct NamedKey {
    pub(crate) did: String,
    pub(crate) thumbprint: String,
}

impl CardView {
    pub(crate) fn new(
        account: &AccountView,
        key: NamedKey,
        is_listed: bool,
        custody: CustodyView,
        credentials: usize,
    ) -> Self {
        let standing = match (is_listed, *custody.is_frozen(), *custody.state()) {
            (false, ..) => "replaced",
            (true, true, _) => "frozen",
            (true, false, "free") => "active",
            (true, false, _) => "recovering",
        };
        Self {
            account: *account.account(),
            epoch: *account.epoch(),
            did: key.did,
            thumbprint: key.thumbprint,
            standing,
            is_listed,
            credentials,
            verified: custody.verified().clone(),
            freshness: *custody.freshness(),
            text: Message::of(&format!("card.{standing}")),
            custody,
        }
    }

    /// Whether the account can be ordered from with this card.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.standing == "active"
    }
}
