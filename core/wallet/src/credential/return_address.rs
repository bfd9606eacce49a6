//! Where the browser comes back to from an issuer's page: an address that the platform gives to this app alone (RFC 8252, section 7).

use crate::error::{Input, WalletError};
use std::fmt;
use url::Url;

/// The most letters of an address.
const LONGEST: usize = 500;

/// An address of the app: `https` on a host of whoever makes the app (RFC 8252, section 7.2), or a scheme of its own, a host's name turned
/// round (section 7.1: `kr.example.wallet:/back`). Its issuers have registered it, to the letter. Without query and fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnAddress(String);

impl ReturnAddress {
    /// Reads one; what is none is [`Input::Url`].
    pub fn new(text: &str) -> Result<Self, WalletError> {
        let invalid = WalletError::Invalid { input: Input::Url };
        if text.len() > LONGEST || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(invalid);
        }
        let url = Url::parse(text).map_err(|_| invalid.clone())?;
        let is_apps = is_private(url.scheme()) || (url.scheme() == "https" && url.has_host());
        let is_plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
        if is_apps && is_plain { Ok(Self(text.to_owned())) } else { Err(invalid) }
    }

    /// As its issuers have it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ReturnAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a link has the form of what a browser brings back from a sign-in, at whatever address: an answer and a state (RFC 6749, sections 4.1.2
/// and 4.1.2.1). Whether it is this wallet's, and of the sign-in that waits, [`Wallet::complete_authorization`](crate::Wallet::complete_authorization)
/// says (CARD-18).
pub(crate) fn is_return(link: &str) -> bool {
    let Ok(url) = Url::parse(link) else { return false };
    let has = |wanted: &str| url.query_pairs().any(|(name, _)| name == wanted);
    (url.scheme() == "https" || is_private(url.scheme())) && has("state") && (has("code") || has("error"))
}

/// A scheme that an app chose for itself has a dot in it (RFC 8252, section 7.1).
fn is_private(scheme: &str) -> bool {
    scheme.contains('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn card_70_an_address_is_the_apps_own_or_none() {
        for good in ["https://wallet.seoul.example/back", "https://a.example", "kr.example.wallet:/back"] {
            assert_eq!(ReturnAddress::new(good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            "back",
            "http://a.example/back",
            "javascript:alert(1)",
            "wallet:/back",
            "https://a.example/back?x=1",
            "https://a.example/back#x",
            "https://me@a.example/back",
            "https://a.example/뒤",
        ] {
            let refused = ReturnAddress::new(bad).unwrap_err();
            assert_eq!(refused, WalletError::Invalid { input: Input::Url }, "{bad}");
        }
    }

    #[test]
    fn card_70_what_a_browser_brings_back_is_known_by_its_form() {
        for back in ["https://a.example/b?code=x&state=y", "kr.example.wallet:/b?state=y&error=no"] {
            assert!(is_return(back), "{back}");
        }
        for other in
            ["https://a.example/b", "https://a.example/b?code=x", "http://a.example/b?code=x&state=y"]
        {
            assert!(!is_return(other), "{other}");
        }
        assert!(!is_return("zeropay:?code=x&state=y") && !is_return("code=x&state=y"));
    }
}
