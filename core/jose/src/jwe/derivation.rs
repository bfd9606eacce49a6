//! The content key out of the shared secret: Concat KDF (NIST SP 800-56A, section 5.8.1; RFC 7518, section 4.6.2).

use super::{ContentEncryption, JweHeader, SharedSecret};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

/// One round of SHA-256 gives 32 bytes, of which A128GCM takes the first half.
pub(super) fn content_key(secret: &SharedSecret, header: &JweHeader) -> Zeroizing<[u8; 32]> {
    let JweHeader { enc, apu, apv, kid: _, typ: _, cty: _, extra: _ } = header;
    let mut hash = Sha256::new();
    hash.update(1_u32.to_be_bytes());
    hash.update(secret.as_slice());
    for field in [enc.name().as_bytes(), apu, apv] {
        // What was read is shorter than `LARGEST`.
        hash.update(u32::try_from(field.len()).unwrap_or(u32::MAX).to_be_bytes());
        hash.update(field);
    }
    hash.update(ContentEncryption::key_bits(*enc).to_be_bytes());
    Zeroizing::new(hash.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::super::{KeyAgreement as _, SoftwareKeyAgreement};
    use super::*;
    use crate::base64url;
    use serde_json::json;

    #[test]
    fn rfc_7518_appendix_c() {
        let alice = SoftwareKeyAgreement::from_private_jwk(&json!({ "kty": "EC", "crv": "P-256",
            "x": "gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0", "y": "SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps",
            "d": "0_NxaRPUMQoAJt50Gz8YiTr8gRTwyEaCumd-MToTmIo" }))
        .unwrap();
        let bob = SoftwareKeyAgreement::from_private_jwk(&json!({ "kty": "EC", "crv": "P-256",
            "x": "weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ", "y": "e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck",
            "d": "VEmDZpDXXK8p8N0Cndsxs924q6nS1RXFASRl6BfUqdw" }))
        .unwrap();
        let secret = alice.agree(&bob.jwk().key).unwrap();
        assert_eq!(secret, bob.agree(&alice.jwk().key).unwrap());
        let mut header = JweHeader::new(ContentEncryption::A128Gcm);
        (header.apu, header.apv) = (b"Alice".to_vec(), b"Bob".to_vec());
        let key = content_key(&secret, &header);
        assert_eq!(base64url::encode(&key[..16]), "VqqN6vgjbSBcIijNcacQGg");
    }
}
