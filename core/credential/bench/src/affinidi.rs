//! `affinidi-sd-jwt`. Its holder does not verify what it presents of.

use crate::{AUDIENCE, CONCEALED, Keys, NONCE, NOW, OF_ADDRESS, Way, claims};
use affinidi_sd_jwt::SdJwt;
use affinidi_sd_jwt::error::SdJwtError;
use affinidi_sd_jwt::hasher::Sha256Hasher;
use affinidi_sd_jwt::holder::{KbJwtInput, present, select_disclosures};
use affinidi_sd_jwt::issuer::issue;
use affinidi_sd_jwt::signer::{JwtSigner, JwtVerifier};
use affinidi_sd_jwt::verifier::{KbFreshness, VerificationOptions, verify_with_kb_freshness};
use citizen_jose::{Jwk, Signer as _, SoftwareSigner, base64url};
use serde_json::{Value, json};

pub(crate) struct Affinidi<'a>(pub(crate) &'a Keys);

struct Es256<'a>(&'a SoftwareSigner);
struct Verifier(Jwk);

impl JwtSigner for Es256<'_> {
    fn algorithm(&self) -> &str {
        "ES256"
    }

    fn sign_jwt(&self, header: &Value, payload: &Value) -> Result<String, SdJwtError> {
        let part = |value: &Value| base64url::encode(value.to_string());
        let input = format!("{}.{}", part(header), part(payload));
        let signature = self.0.sign(input.as_bytes()).unwrap();
        Ok(format!("{input}.{}", base64url::encode(signature)))
    }
}

impl JwtVerifier for Verifier {
    fn verify_jwt(&self, jws: &str) -> Result<Value, SdJwtError> {
        Ok(crate::payload::verified(jws, &self.0))
    }
}

impl Way for Affinidi<'_> {
    fn name(&self) -> &'static str {
        "affinidi-sd-jwt"
    }

    fn issue(&self) -> String {
        let frame = json!({ "_sd": CONCEALED, "address": { "_sd": OF_ADDRESS } });
        let holder = self.0.holder.jwk().to_value();
        let issued = issue(&claims(), &frame, &Es256(&self.0.issuer), &Sha256Hasher, Some(&holder));
        issued.unwrap().serialize()
    }

    fn present(&self, credential: &str) -> String {
        let held = SdJwt::parse(credential, &Sha256Hasher).unwrap();
        let shown = select_disclosures(&held, &["age_over_19", "address", "district"]);
        let signer = Es256(&self.0.holder);
        let binding = KbJwtInput { audience: AUDIENCE, nonce: NONCE, signer: &signer, iat: NOW };
        present(&held, &shown, Some(&binding), &Sha256Hasher).unwrap().serialize()
    }

    fn verify(&self, presentation: &str) -> Value {
        let shown = SdJwt::parse(presentation, &Sha256Hasher).unwrap();
        let options = VerificationOptions {
            verify_kb: true,
            expected_audience: Some(AUDIENCE),
            expected_nonce: Some(NONCE),
        };
        let issuer = Verifier(self.0.issuer.jwk());
        let bound = &shown.payload().unwrap()["cnf"]["jwk"];
        let holder = Verifier(Jwk::from_value(bound).unwrap());
        let now = KbFreshness::new(i64::try_from(NOW).unwrap(), 60);
        let verified =
            verify_with_kb_freshness(&shown, &issuer, &Sha256Hasher, &options, Some(&holder), &now);
        verified.unwrap().claims
    }
}
