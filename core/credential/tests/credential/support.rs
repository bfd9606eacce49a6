//! Tokens made by hand: what no issuer here would issue.

use citizen_credential::sd_jwt::HashAlgorithm;
use citizen_jose::{Algorithm, Header, Jwk, Signer as _, SoftwareSigner, base64url, jws, jwt};
use citizen_primitives::UnixTime;
use serde_json::{Value, json};

pub(crate) const NOW: UnixTime = UnixTime::from_seconds(1_800_000_000);
pub(crate) const NONCE: &str = "n-0S6_WzA2Mj";
pub(crate) const AUDIENCE: &str = "https://library.seoul.example";

pub(crate) fn issuer() -> SoftwareSigner {
    SoftwareSigner::from_bytes(Algorithm::Es256, &[7; 32]).unwrap()
}

pub(crate) fn holder() -> SoftwareSigner {
    SoftwareSigner::from_bytes(Algorithm::Es256, &[8; 32]).unwrap()
}

pub(crate) fn key(signer: &SoftwareSigner) -> Jwk {
    signer.jwk()
}

/// A disclosure of any text.
pub(crate) fn disclosure(content: &str) -> String {
    base64url::encode(content)
}

pub(crate) fn digest(disclosure: &str) -> String {
    HashAlgorithm::Sha256.digest(disclosure)
}

/// A token in the making; every field can be made wrong.
#[derive(Clone)]
pub(crate) struct Forge {
    pub(crate) typ: Option<&'static str>,
    pub(crate) payload: Value,
    pub(crate) disclosures: Vec<String>,
    pub(crate) binding: Option<Binding>,
}

/// A key binding in the making.
#[derive(Clone)]
pub(crate) struct Binding {
    pub(crate) typ: &'static str,
    pub(crate) claims: Value,
    /// Claims that are left out.
    pub(crate) without: &'static str,
}

impl Forge {
    /// A token that breaks no rule: members and elements disclosed, one within another; a digest that nothing is sent for.
    pub(crate) fn valid() -> Self {
        let district = disclosure(r#"["s-1","district","마포구"]"#);
        let address =
            disclosure(&format!(r#"["s-2","address",{{"_sd":["{}"],"city":"서울"}}]"#, digest(&district)));
        let element = disclosure(r#"["s-3","KR"]"#);
        let name = disclosure(r#"["s-4","name","홍 길동"]"#);
        let payload = json!({
            "iss": "https://seoul.example", "iat": 1_799_990_000, "nbf": 1_799_990_000, "exp": 1_800_100_000,
            "vct": "urn:seoul:card:1", "cnf": { "jwk": holder().jwk().to_value() }, "_sd_alg": "sha-256",
            "_sd": [digest(&address), digest(&name), digest("a decoy")],
            "nationalities": [{ "...": digest(&element) }, "US", { "...": digest("another") }],
            "open": { "inner": [1, null, {}] },
        });
        Self {
            typ: Some("dc+sd-jwt"),
            payload,
            disclosures: vec![address, district, element, name],
            binding: None,
        }
    }

    /// The same, bound.
    pub(crate) fn bound() -> Self {
        let claims = json!({ "iat": NOW.seconds() - 5, "aud": AUDIENCE, "nonce": NONCE });
        Self { binding: Some(Binding { typ: "kb+jwt", claims, without: "" }), ..Self::valid() }
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// One more disclosure, and its digest among those of the members at the top.
    pub(crate) fn property(self, content: &str) -> Self {
        let text = disclosure(content);
        self.with(|forge| {
            forge.payload["_sd"].as_array_mut().unwrap().push(digest(&text).into());
            forge.disclosures.push(text);
        })
    }

    /// One more disclosure, and its digest as an element of an array.
    pub(crate) fn element(self, content: &str) -> Self {
        let text = disclosure(content);
        self.with(|forge| {
            forge.payload["nationalities"].as_array_mut().unwrap().push(json!({ "...": digest(&text) }));
            forge.disclosures.push(text);
        })
    }

    pub(crate) fn jwt(&self) -> String {
        let header = Header { typ: self.typ.map(str::to_owned), ..Header::new(Algorithm::Es256) };
        jwt::sign(&header, &self.payload, &issuer()).unwrap()
    }

    /// The compact form.
    pub(crate) fn token(&self) -> String {
        let mut text = self.jwt() + "~";
        for disclosure in &self.disclosures {
            text += disclosure;
            text.push('~');
        }
        let Some(binding) = &self.binding else { return text };
        let mut claims = json!({ "sd_hash": HashAlgorithm::Sha256.digest(&text) });
        claims.as_object_mut().unwrap().extend(binding.claims.as_object().unwrap().clone());
        claims.as_object_mut().unwrap().remove(binding.without);
        let header = Header::new(Algorithm::Es256).with_typ(binding.typ);
        text + &jwt::sign(&header, &claims, &holder()).unwrap()
    }

    /// The flattened form.
    pub(crate) fn flattened(&self) -> Value {
        to_flattened(&self.token())
    }
}

/// Signs a header of any kind, which no type here would make.
pub(crate) fn sign_raw(header: &Value, payload: &str, signer: &SoftwareSigner) -> String {
    let input = format!("{}.{}", base64url::encode(header.to_string()), base64url::encode(payload));
    let signature = signer.sign(input.as_bytes()).unwrap();
    format!("{input}.{}", base64url::encode(signature))
}

/// A compact token in flattened form.
pub(crate) fn to_flattened(token: &str) -> Value {
    let mut parts: Vec<&str> = token.split('~').collect();
    let binding = parts.pop().unwrap();
    let jwt = parts.remove(0);
    let mut header = json!({ "disclosures": parts });
    if !binding.is_empty() {
        header["kb_jwt"] = binding.into();
    }
    jws::to_flattened(jwt, header.as_object().unwrap().clone()).unwrap()
}
