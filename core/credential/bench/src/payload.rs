//! `sd-jwt-payload`. It verifies no signature: what RFC 9901 asks for beside its decoding is done here, with this project's signatures.

use crate::{AUDIENCE, CONCEALED, Keys, NONCE, NOW, OF_ADDRESS, Way, claims};
use async_trait::async_trait;
use citizen_jose::{Algorithm, Jwk, Signer as _, SoftwareSigner, base64url};
use sd_jwt_payload::{
    Hasher as _, JsonObject, JwsSigner, KeyBindingJwtBuilder, RequiredKeyBinding, SdJwt, SdJwtBuilder,
    Sha256Hasher,
};
use serde_json::Value;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

pub(crate) struct Payload<'a>(pub(crate) &'a Keys);

struct Es256<'a>(&'a SoftwareSigner);

#[async_trait]
impl JwsSigner for Es256<'_> {
    type Error = String;

    async fn sign(&self, header: &JsonObject, payload: &JsonObject) -> Result<Vec<u8>, String> {
        let part = |value: &JsonObject| base64url::encode(serde_json::to_string(value).unwrap());
        let input = format!("{}.{}", part(header), part(payload));
        let signature = self.0.sign(input.as_bytes()).unwrap();
        Ok(format!("{input}.{}", base64url::encode(signature)).into_bytes())
    }
}

/// Its signer is asynchronous; this one never waits.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("it waits"),
    }
}

/// The payload of a JWS by ES256.
pub(crate) fn verified(jws: &str, key: &Jwk) -> Value {
    let (input, signature) = jws.rsplit_once('.').unwrap();
    let (header, payload) = input.split_once('.').unwrap();
    let value = |part: &str| -> Value { serde_json::from_slice(&base64url::decode(part).unwrap()).unwrap() };
    assert_eq!(value(header)["alg"], "ES256");
    let signature: [u8; 64] = base64url::decode(signature).unwrap().try_into().unwrap();
    key.verify(Algorithm::Es256, input.as_bytes(), &signature).unwrap();
    value(payload)
}

impl Way for Payload<'_> {
    fn name(&self) -> &'static str {
        "sd-jwt-payload"
    }

    fn issue(&self) -> String {
        let mut plan = SdJwtBuilder::new(claims()).unwrap();
        for name in OF_ADDRESS {
            plan = plan.make_concealable(&format!("/address/{name}")).unwrap();
        }
        for name in CONCEALED {
            plan = plan.make_concealable(&format!("/{name}")).unwrap();
        }
        let holder = self.0.holder.jwk().to_value().as_object().unwrap().clone();
        let plan = plan.require_key_binding(RequiredKeyBinding::Jwk(holder));
        now(plan.finish(&Es256(&self.0.issuer), "ES256")).unwrap().presentation()
    }

    fn present(&self, credential: &str) -> String {
        let hasher = Sha256Hasher::new();
        let held: SdJwt = credential.parse().unwrap();
        let shown = held.into_presentation(&hasher).unwrap().conceal_all();
        let shown = shown.disclose("/age_over_19").unwrap().disclose("/address/district").unwrap();
        let (mut shown, _) = shown.finish();
        let binding = KeyBindingJwtBuilder::new().aud(AUDIENCE).nonce(NONCE).iat(i64::try_from(NOW).unwrap());
        let signer = Es256(&self.0.holder);
        let binding = binding.finish(&shown, &hasher, "ES256", &signer);
        shown.attach_key_binding_jwt(now(binding).unwrap());
        shown.presentation()
    }

    fn verify(&self, presentation: &str) -> Value {
        let hasher = Sha256Hasher::new();
        let (whole, binding) = presentation.rsplit_once('~').unwrap();
        verified(whole.split('~').next().unwrap(), &self.0.issuer.jwk());
        let shown: SdJwt = presentation.parse().unwrap();
        let Some(RequiredKeyBinding::Jwk(holder)) = shown.required_key_bind() else { panic!("no key") };
        let holder = Jwk::from_value(&Value::Object(holder.clone())).unwrap();
        let said = verified(binding, &holder);
        let digest = hasher.encoded_digest(&format!("{whole}~"));
        assert!(said["nonce"] == NONCE && said["aud"] == AUDIENCE && said["sd_hash"] == digest.as_str());
        assert!(said["iat"].as_u64().is_some_and(|iat| iat <= NOW && NOW - iat <= 60));
        Value::Object(shown.into_disclosed_object(&hasher).unwrap())
    }
}
