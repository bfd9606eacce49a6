//! What a link is that the system hands to the app, told by its form before anybody is asked. Schemes: `zeropay:`, the app's own;
//! the address where a browser comes back to (RFC 6749, section 4.1.2); `openid4vp:` (OpenID4VP 1.0, section 5.10; HAIP 1.0 has `haip-vp:`), `openid-credential-offer:` (OpenID4VCI 1.0, section 4.1; `haip-vci:`).

use crate::error::Message;
use crate::scan::{inspect, payable};
use citizen_payment::code::{Kind, Leniency, Reading};
use citizen_payment::gift::GiftCode;
use citizen_payment::till::ReceiptOpening;
use url::Url;

/// The app's own scheme: `citizenwallet://pay?code=…`, `citizenwallet://receipts`.
pub const OWN_SCHEME: &str = "citizenwallet";
/// ZeroPay's scheme: its grammar is not public. A code is looked for in `code=`, or else behind the scheme.
const ZEROPAY: &str = "zeropay";
/// The most letters of a page's name.
const LONGEST_PAGE: usize = 32;

/// What a link is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeepLink {
    /// A payment code, unverified, valid or not: its text goes to [`Wallet::scan_text`](crate::Wallet::scan_text).
    PaymentCode(Box<Reading>),
    /// A gift code: its text goes to [`Wallet::review_gift`](crate::Wallet::review_gift).
    GiftCode(String),
    /// A receipt code, which a till reads and a wallet does not.
    ReceiptCode(String),
    /// Somebody asks for credentials: the link goes to [`Wallet::review_presentation`](crate::Wallet::review_presentation).
    Presentation(String),
    /// Somebody offers one: the link goes to [`Wallet::review_offer`](crate::Wallet::review_offer).
    CredentialOffer(String),
    /// The browser comes back from a sign-in at an issuer's page: the link goes to
    /// [`Wallet::complete_authorization`](crate::Wallet::complete_authorization).
    AuthorizationReturn(String),
    /// A page of the app, by name.
    Page(String),
    /// Nothing that this version knows.
    Unknown,
}

impl DeepLink {
    /// Reads a link or a scanned text, without asking anybody and without a wallet.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let text = text.trim();
        let known = text.split_once(':').and_then(|(scheme, rest)| Self::by_scheme(scheme, rest, text));
        known.unwrap_or_else(|| Self::by_content(text))
    }

    /// Whether a payment code may be acted on: it breaks no rule, and it is of a kind that a payer scans.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        matches!(self, Self::PaymentCode(reading) if payable(reading).is_ok())
    }

    /// What to tell the citizen of a link that this version does not follow.
    #[must_use]
    pub fn refusal(&self) -> Option<Message> {
        match self {
            Self::ReceiptCode(_) => Some(Message::of("link.receipt-code")),
            Self::Unknown => Some(Message::of("link.unknown")),
            Self::PaymentCode(_)
            | Self::GiftCode(_)
            | Self::Presentation(_)
            | Self::CredentialOffer(_)
            | Self::AuthorizationReturn(_)
            | Self::Page(_) => None,
        }
    }

    fn by_scheme(scheme: &str, rest: &str, whole: &str) -> Option<Self> {
        match scheme.to_ascii_lowercase().as_str() {
            #[cfg(feature = "credentials")]
            "openid4vp" | "haip-vp" => Some(Self::Presentation(whole.to_owned())),
            #[cfg(feature = "credentials")]
            "openid-credential-offer" | "haip-vci" => Some(Self::CredentialOffer(whole.to_owned())),
            #[cfg(feature = "credentials")]
            _ if crate::credential::is_return(whole) => Some(Self::AuthorizationReturn(whole.to_owned())),
            ZEROPAY => Some(Self::by_content(&carried(whole).unwrap_or_else(|| unslashed(rest).to_owned()))),
            OWN_SCHEME => Some(carried(whole).map_or_else(|| page(rest), |code| Self::by_content(&code))),
            _ => None,
        }
    }

    fn by_content(text: &str) -> Self {
        if GiftCode::from_text(text).is_ok() {
            return Self::GiftCode(text.to_owned());
        }
        if ReceiptOpening::from_text(text).is_ok() {
            return Self::ReceiptCode(text.to_owned());
        }
        match inspect(text, Leniency::Strict) {
            reading if reading.kind == Kind::Unknown => Self::Unknown,
            reading => Self::PaymentCode(Box::new(reading)),
        }
    }
}

/// The code in a link's query.
fn carried(link: &str) -> Option<String> {
    let url = Url::parse(link).ok()?;
    let code = url.query_pairs().find(|(name, _)| name == "code")?.1.into_owned();
    Some(code)
}

fn unslashed(rest: &str) -> &str {
    rest.trim_start_matches('/')
}

/// A page's name: lower-case letters, digits and hyphens. What else stands in such a link is not the app's.
fn page(rest: &str) -> DeepLink {
    let name = unslashed(rest).trim_end_matches('/');
    let is_name = !name.is_empty()
        && name.len() <= LONGEST_PAGE
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if is_name { DeepLink::Page(name.to_owned()) } else { DeepLink::Unknown }
}

#[cfg(test)]
mod tests {
    use super::*;
    use citizen_payment::code::SandboxCode;
    use citizen_primitives::{AccountId, ChainId};

    const STICKER: &str = "20100000000000001000001000000000000000000014821";

    fn payment_code(text: &str) -> String {
        match DeepLink::of(text) {
            DeepLink::PaymentCode(reading) => reading.text,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn a_payment_code_is_found_bare_behind_zeropays_scheme_and_in_the_apps_own_link() {
        let code = SandboxCode::printed("M1").merchant("5462", "MANGWON BAKERY", "SEOUL").build().unwrap();
        assert_eq!(payment_code(&format!(" {code}\n")), code);
        assert!(DeepLink::of(&code).is_usable());
        let broken = code.replacen("MANGWON", "MANGWOM", 1);
        assert_eq!(payment_code(&broken), broken);
        assert!(!DeepLink::of(&broken).is_usable(), "told as what it is, and not acted on");
        for link in [
            format!("zeropay:{STICKER}"),
            format!("ZeroPay://{STICKER}"),
            format!("zeropay://pay?code={STICKER}"),
            format!("citizenwallet://pay?from=web&code={STICKER}"),
            format!("CitizenWallet:pay?code={STICKER}#top"),
        ] {
            assert_eq!(payment_code(&link), STICKER, "{link}");
        }
        let escaped = code.replace(' ', "%20");
        assert_eq!(payment_code(&format!("citizenwallet://pay?code={escaped}")), code);
    }

    #[cfg(feature = "credentials")]
    #[test]
    fn requests_and_offers_are_told_by_their_scheme_and_not_followed() {
        for link in ["openid4vp://?request_uri=https%3A%2F%2Fx", "OPENID4VP:", "haip-vp://authorize"] {
            assert_eq!(DeepLink::of(&format!(" {link}\n")), DeepLink::Presentation(link.to_owned()));
        }
        for link in ["openid-credential-offer://?credential_offer=%7B%7D", "haip-vci://"] {
            assert_eq!(DeepLink::of(link), DeepLink::CredentialOffer(link.to_owned()));
        }
        let own = "kr.example.wallet:/back?error=access_denied&state=b".to_owned();
        assert_eq!(DeepLink::of(&own), DeepLink::AuthorizationReturn(own.clone()));
        let back = "https://wallet.seoul.example/back?code=a&state=b".to_owned();
        assert_eq!(DeepLink::of(&format!(" {back}\n")), DeepLink::AuthorizationReturn(back.clone()));
        assert!(DeepLink::of(&back).refusal().is_none());
        for other in ["https://wallet.seoul.example/back", &back.replace("https", "http")] {
            assert_eq!(DeepLink::of(other), DeepLink::Unknown, "{other}");
        }
        let asked = DeepLink::of("openid4vp:");
        assert!(!asked.is_usable() && asked.refusal().is_none());
    }

    #[cfg(not(feature = "credentials"))]
    #[test]
    fn a_wallet_without_credentials_knows_no_request_for_them() {
        for link in ["openid4vp://?request_uri=https%3A%2F%2Fx", "openid-credential-offer://", "haip-vci://"]
        {
            assert_eq!(DeepLink::of(link), DeepLink::Unknown, "{link}");
        }
    }

    #[test]
    fn gift_codes_pages_and_strangers_are_told_apart() {
        let chain_id = ChainId::new("seoul-1").unwrap();
        let gift = GiftCode { chain_id, account: AccountId::from_bytes([7; 32]) }.to_text();
        assert_eq!(DeepLink::of(&gift), DeepLink::GiftCode(gift.clone()));
        assert_eq!(DeepLink::of(&format!("citizenwallet://gift?code={gift}")), DeepLink::GiftCode(gift));
        assert_eq!(DeepLink::of("citizenwallet://receipts/"), DeepLink::Page("receipts".to_owned()));
        let long = format!("citizenwallet:{}", "a".repeat(33));
        for stranger in [
            "",
            ":",
            "zeropay:",
            "망원빵집 🥐",
            "https://example.org/menu",
            "citizenwallet://",
            "citizenwallet://pay/../admin",
            "citizenwallet://pay?code=hello",
            "javascript:alert(1)",
            &long,
            &"9".repeat(100_000),
        ] {
            assert_eq!(DeepLink::of(stranger), DeepLink::Unknown, "{stranger:.40}");
            assert!(DeepLink::of(stranger).refusal().is_some());
        }
    }
}
