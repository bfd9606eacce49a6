//! base64url without padding (RFC 7515, section 2): one text for each byte string, and no other is read.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The text is not base64url without padding, or not the one text of its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not base64url without padding")]
pub struct Base64UrlError;

/// The text of the bytes.
#[must_use]
pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The bytes of the text. Padding, line breaks, `+`, `/`, and bits left over that are not zero are refused.
pub fn decode(text: impl AsRef<[u8]>) -> Result<Vec<u8>, Base64UrlError> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| Base64UrlError)
}

/// The bytes of a text that has exactly so many.
pub(crate) fn decode_array<const N: usize>(text: &str) -> Result<[u8; N], Base64UrlError> {
    decode(text)?.try_into().map_err(|_| Base64UrlError)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jose_3_bytes_have_one_text() {
        // RFC 7515, appendix C.
        assert_eq!(encode([3, 236, 255, 224, 193]), "A-z_4ME");
        assert_eq!(decode("A-z_4ME"), Ok(vec![3, 236, 255, 224, 193]));
        for other in ["A-z_4ME=", "A+z/4ME", "A-z_4MF", "A-z_4M\n", "A", " A-z_4ME"] {
            assert_eq!(decode(other), Err(Base64UrlError), "{other:?}");
        }
    }
}
