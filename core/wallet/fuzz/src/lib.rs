//! What the fuzz target does with a stranger's bytes; a test replays the kept corpus through the same function.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a fuzz target fails by panicking")]

use citizen_wallet::DeepLink;

/// A link. What is found in it is found again by itself, and what is handed on is the link as it came.
pub fn deep_link(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let link = DeepLink::of(text);
    assert_eq!(DeepLink::of(text.trim()), link);
    assert!(!link.is_usable() || matches!(link, DeepLink::PaymentCode(_)));
    match &link {
        DeepLink::PaymentCode(reading) => assert_eq!(DeepLink::of(&reading.text), link, "{text:?}"),
        DeepLink::GiftCode(code) | DeepLink::ReceiptCode(code) => {
            assert_eq!(DeepLink::of(code), link, "{text:?}")
        }
        DeepLink::Presentation(whole)
        | DeepLink::CredentialOffer(whole)
        | DeepLink::AuthorizationReturn(whole) => {
            assert_eq!(whole, text.trim());
        }
        DeepLink::Page(name) => assert_eq!(DeepLink::of(&format!("citizenwallet://{name}")), link),
        DeepLink::Unknown => {}
    }
    link.refusal().is_none()
}
