//! Holding and presenting (RFC 9901, 7.2): accept what was issued, select what to show, bind it to one verifier.

use super::binding::TYPE;
use super::disclosure::{Disclosure, HashAlgorithm};
use super::format::{UnverifiedSdJwt, compact, flattened};
use super::rule::{Rule, SdJwtError};
use super::verify::{Expected, VerifiedSdJwt};
use crate::path::ClaimPath;
use citizen_jose::{Algorithm, Header, Jwk, UnsignedJwt};
use citizen_primitives::UnixTime;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// An SD-JWT that its holder has checked and keeps.
#[derive(Debug, Clone)]
pub struct HeldSdJwt {
    jwt: String,
    disclosures: Vec<Disclosure>,
    algorithm: HashAlgorithm,
    verified: VerifiedSdJwt,
}

/// What the holder has chosen to show: it holds no disclosure of anything else.
#[derive(Debug, Clone)]
pub struct Presentation {
    jwt: String,
    disclosures: Vec<Disclosure>,
    algorithm: HashAlgorithm,
    paths: Vec<ClaimPath>,
}

/// A presentation that waits for the holder's signature.
#[derive(Debug)]
pub struct UnsignedKeyBinding {
    presentation: Presentation,
    token: UnsignedJwt,
}

/// A presentation with the holder's signature.
#[derive(Debug)]
pub struct BoundPresentation {
    presentation: Presentation,
    token: String,
}

impl UnverifiedSdJwt {
    /// Takes what an issuer has issued: all checks of 7.1, and that there is no key binding (SDJWT-26).
    pub fn accept(self, issuer: &Jwk, expected: &Expected<'_>) -> Result<HeldSdJwt, SdJwtError> {
        if self.key_binding.is_some() {
            return Err(Rule::HolderKeyBinding.into());
        }
        let (verified, algorithm) = self.verify_issued(issuer, expected)?;
        Ok(HeldSdJwt { jwt: self.jwt, disclosures: self.disclosures, algorithm, verified })
    }
}

impl HeldSdJwt {
    /// What it says, with everything disclosed.
    #[must_use]
    pub const fn verified(&self) -> &VerifiedSdJwt {
        &self.verified
    }

    /// The whole in compact form, as it was issued: for the holder's store, and for nobody else.
    #[must_use]
    pub fn dangerous_to_compact(&self) -> String {
        compact(&self.jwt, &self.disclosures)
    }

    /// The claims that the holder may show or not, outer before inner.
    pub fn disclosable(&self) -> impl Iterator<Item = &ClaimPath> {
        self.verified.disclosed()
    }

    /// Shows the claims at these paths, and what they stand in as far as it is needed; of what stands in them only what is not
    /// disclosable by itself. A path to a claim that stands in the open shows nothing more.
    pub fn select<'a>(
        &self,
        paths: impl IntoIterator<Item = &'a ClaimPath>,
    ) -> Result<Presentation, SdJwtError> {
        self.choose(paths, |shown, path| shown.contains(path))
    }

    /// Shows the claims at these paths with all that stands in them.
    pub fn select_whole<'a>(
        &self,
        paths: impl IntoIterator<Item = &'a ClaimPath>,
    ) -> Result<Presentation, SdJwtError> {
        self.choose(paths, |shown, path| shown.contains(path) || path.contains(shown))
    }

    /// SDJWT-27: whatever is shown is connected with the issuer's JWT, for the disclosures on its way are shown with it.
    fn choose<'a>(
        &self,
        paths: impl IntoIterator<Item = &'a ClaimPath>,
        is_needed: impl Fn(&ClaimPath, &ClaimPath) -> bool,
    ) -> Result<Presentation, SdJwtError> {
        let mut chosen = BTreeSet::new();
        for path in paths {
            path.find(self.verified.claims()).ok_or(Rule::Selection)?;
            let needed = self.verified.shown().iter().filter(|shown| is_needed(&shown.path, path));
            chosen.extend(needed.map(|shown| shown.disclosure));
        }
        let numbered = self.disclosures.iter().enumerate();
        let disclosures = numbered.filter(|(place, _)| chosen.contains(place));
        let shown = self.verified.shown().iter().filter(|shown| chosen.contains(&shown.disclosure));
        Ok(Presentation {
            jwt: self.jwt.clone(),
            disclosures: disclosures.map(|(_, disclosure)| disclosure.clone()).collect(),
            algorithm: self.algorithm,
            paths: shown.map(|shown| shown.path.clone()).collect(),
        })
    }
}

impl Presentation {
    /// The claims it discloses, by their paths in the holder's claims.
    #[must_use]
    pub fn paths(&self) -> &[ClaimPath] {
        &self.paths
    }

    /// The compact form without key binding.
    #[must_use]
    pub fn to_compact(&self) -> String {
        compact(&self.jwt, &self.disclosures)
    }

    /// The flattened JSON form without key binding.
    pub fn to_flattened(&self) -> Result<Value, SdJwtError> {
        flattened(&self.jwt, &self.disclosures, None).map_err(|_| Rule::Jwt.into())
    }

    /// Binds it to a verifier and her transaction; the signature of the holder's key is still to come. `extra` are further claims, as
    /// `transaction_data_hashes`; they cannot stand for those that have to be there.
    #[must_use]
    pub fn bind(
        self,
        algorithm: Algorithm,
        (nonce, audience): (&str, &str),
        now: UnixTime,
        extra: Map<String, Value>,
    ) -> UnsignedKeyBinding {
        let mut claims = extra;
        let sd_hash = self.algorithm.digest(&self.to_compact());
        let own = [("nonce", nonce), ("aud", audience), ("sd_hash", &sd_hash)];
        claims.extend(own.map(|(name, value)| (name.to_owned(), Value::from(value))));
        claims.insert("iat".to_owned(), Value::from(now.seconds()));
        let header = Header::new(algorithm).with_typ(TYPE);
        UnsignedKeyBinding { presentation: self, token: UnsignedJwt::new(&header, &Value::Object(claims)) }
    }
}

impl UnsignedKeyBinding {
    /// The bytes that the holder's key signs.
    #[must_use]
    pub fn signing_input(&self) -> &[u8] {
        self.token.signing_input()
    }

    /// With the signature.
    #[must_use]
    pub fn with_signature(self, signature: &[u8; 64]) -> BoundPresentation {
        BoundPresentation { presentation: self.presentation, token: self.token.with_signature(signature) }
    }
}

impl BoundPresentation {
    /// The compact form: SD-JWT+KB.
    #[must_use]
    pub fn to_compact(&self) -> String {
        format!("{}{}", self.presentation.to_compact(), self.token)
    }

    /// The flattened JSON form.
    pub fn to_flattened(&self) -> Result<Value, SdJwtError> {
        let Presentation { jwt, disclosures, .. } = &self.presentation;
        flattened(jwt, disclosures, Some(&self.token)).map_err(|_| Rule::Jwt.into())
    }
}
