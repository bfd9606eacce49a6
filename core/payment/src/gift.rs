//! The code that a citizen shows to be given points: her ledger and her account.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_primitives::{AccountId, Canonical as _, ChainId};

/// How the text of a gift code begins.
pub const GIFT_PREFIX: &str = "SWG1.";

/// Where points shall go. It is no secret and no promise: the giver's phone proves that the account is there.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct GiftCode {
    /// The ledger.
    pub chain_id: ChainId,
    /// The account.
    pub account: AccountId,
}
citizen_primitives::canonical!(GiftCode = 1);

/// A text is no gift code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a gift code")]
pub struct GiftCodeError;

impl GiftCode {
    /// The code's text.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!("{GIFT_PREFIX}{}", URL_SAFE_NO_PAD.encode(self.to_canonical()))
    }

    /// Reads the text.
    pub fn from_text(text: &str) -> Result<Self, GiftCodeError> {
        let body = text.trim().strip_prefix(GIFT_PREFIX).ok_or(GiftCodeError)?;
        let bytes = URL_SAFE_NO_PAD.decode(body).map_err(|_| GiftCodeError)?;
        Self::from_canonical(&bytes).map_err(|_| GiftCodeError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gift_code_reads_as_it_was_written_and_nothing_else_is_one() {
        let chain_id = ChainId::new("seoul-1").unwrap();
        let code = GiftCode { chain_id, account: AccountId::from_bytes([7; 32]) };
        let text = code.to_text();
        assert!(text.len() < 80, "{}", text.len());
        assert_eq!(GiftCode::from_text(&format!(" {text}\n")), Ok(code));
        for wrong in ["", "SWG1.", "SWR1.AAAA", &text[..text.len() - 1], &format!("{text}A"), "SWG1.한글"] {
            assert_eq!(GiftCode::from_text(wrong), Err(GiftCodeError), "{wrong}");
        }
    }
}
