//! Links: what the system hands to the app, told before anybody is asked.

use crate::code::CodeReading;
use citizen_wallet::{DeepLink, Message};

/// What a link is, and what follows.
// A link is made, written to the foreign side's buffer and gone.
#[allow(clippy::large_enum_variant)]
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Enum)]
pub enum Link {
    /// A payment code: hand its text to [`Wallet::scan_text`](crate::Wallet::scan_text), which asks whose it is.
    PaymentCode {
        /// The code's text.
        text: String,
        /// What can be read in it: unverified.
        reading: CodeReading,
        /// Whether it may be acted on. If not, `scan_text` says why, without asking anybody.
        usable: bool,
    },
    /// A gift code: hand its text to [`Wallet::review_gift`](crate::Wallet::review_gift).
    GiftCode {
        /// The code's text.
        text: String,
    },
    /// A receipt code, which a till reads and a wallet does not.
    ReceiptCode {
        /// The code's text.
        text: String,
        /// What to tell the citizen.
        refusal: Message,
    },
    /// Somebody asks for credentials (OpenID4VP): hand it to [`Wallet::review_presentation`](crate::Wallet::review_presentation).
    Presentation {
        /// The link.
        text: String,
    },
    /// Somebody offers a credential (OpenID4VCI): hand it to [`Wallet::review_offer`](crate::Wallet::review_offer).
    CredentialOffer {
        /// The link.
        text: String,
    },
    /// The browser comes back from a sign-in at an issuer's page: hand it to
    /// [`Wallet::complete_authorization`](crate::Wallet::complete_authorization).
    AuthorizationReturn {
        /// The link.
        text: String,
    },
    /// A page of the app, from its own scheme: `citizenwallet://receipts`.
    Page {
        /// Its name: lower-case letters, digits, hyphens.
        name: String,
    },
    /// Nothing that this version knows.
    Unknown {
        /// What to tell the citizen.
        refusal: Message,
    },
}

/// Says what a link or a scanned text is, without asking anybody and without a wallet. Nothing is done: what follows is the app's call.
#[uniffi::export]
#[must_use]
pub fn open_link(text: String) -> Link {
    let link = DeepLink::of(&text);
    let usable = link.is_usable();
    let refusal = link.refusal().unwrap_or_else(|| Message { ko: String::new(), en: String::new() });
    match link {
        DeepLink::PaymentCode(reading) => {
            Link::PaymentCode { text: reading.text.clone(), reading: CodeReading::of(&reading), usable }
        }
        DeepLink::GiftCode(text) => Link::GiftCode { text },
        DeepLink::ReceiptCode(text) => Link::ReceiptCode { text, refusal },
        DeepLink::Presentation(text) => Link::Presentation { text },
        DeepLink::CredentialOffer(text) => Link::CredentialOffer { text },
        DeepLink::AuthorizationReturn(text) => Link::AuthorizationReturn { text },
        DeepLink::Page(name) => Link::Page { name },
        DeepLink::Unknown => Link::Unknown { refusal },
    }
}
