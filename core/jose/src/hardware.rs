//! A citizen's key in the phone's key store, as a signer of tokens.

use crate::algorithm::Algorithm;
use crate::jwk::{Jwk, JwkError, PublicJwk};
use crate::signer::{SignError, Signer};
use citizen_keys::{TokenKey, TokenKeyError};

/// A key in the key store that signs tokens alone: the platform may ask for the citizen's finger.
#[derive(Debug, Clone)]
pub struct HardwareSigner {
    key: TokenKey,
    jwk: Jwk,
}

impl HardwareSigner {
    /// Over a key that was made for tokens ([`TokenKey`]).
    pub fn new(key: TokenKey) -> Result<Self, JwkError> {
        let jwk = Jwk::new(PublicJwk::from_ledger(key.public())?);
        Ok(Self { key, jwk })
    }

    /// With a name for the key.
    #[must_use]
    pub fn with_kid(mut self, kid: &str) -> Self {
        self.jwk.kid = Some(kid.to_owned());
        self
    }
}

impl Signer for HardwareSigner {
    fn algorithm(&self) -> Algorithm {
        Algorithm::Es256
    }

    fn jwk(&self) -> Jwk {
        self.jwk.clone()
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], SignError> {
        self.key.sign(message).map(|signature| *signature.as_bytes()).map_err(|error| match error {
            TokenKeyError::NotASigningInput => SignError::NotForThis,
            TokenKeyError::Keystore(error) => SignError::Keystore(error),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::Header;
    use crate::jws::Expected;
    use crate::jwt::{self, UnverifiedJwt};
    use citizen_keys::{KeyAlias, MemoryBackend, SoftwareKeystore};
    use citizen_primitives::random;
    use serde_json::json;
    use std::sync::Arc;

    #[test]
    fn a_key_store_signs_a_token_and_nothing_but_tokens() {
        let keystore =
            SoftwareKeystore::open(Box::new(MemoryBackend::default()), Box::new(random::system())).unwrap();
        let key = TokenKey::create(Arc::new(keystore), &KeyAlias::new("card-1").unwrap()).unwrap();
        let signer = HardwareSigner::new(key).unwrap().with_kid("card");
        let header = Header::new(Algorithm::Es256).with_typ("kb+jwt");
        let token = jwt::sign(&header, &json!({ "nonce": "한" }), &signer).unwrap();
        let jwt =
            UnverifiedJwt::parse(&token).unwrap().verify(&signer.jwk(), &Expected::typ("kb+jwt")).unwrap();
        assert_eq!(jwt.claims()["nonce"], "한");
        assert_eq!(signer.sign(b"\x18seoul-wallet/transaction"), Err(SignError::NotForThis));
        assert_eq!(signer.jwk().kid.as_deref(), Some("card"));
    }
}
