//! Issuance (RFC 9901, 4): claims, which of them the holder may show or not, decoys.

use super::disclosure::{Disclosure, HashAlgorithm};
use super::format::{compact, flattened};
use super::rule::{Rule, SdJwtError};
use super::tree::{ALGORITHM, DIGESTS, ELEMENT};
use super::verify::{Kind, is_never_concealed};
use crate::path::ClaimPath;
use citizen_jose::{Header, Jwk, SignError, Signer, UnsignedJwt, base64url};
use citizen_primitives::random::{CryptoRng, generate_array};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Why it is not issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IssueError {
    /// A claim is named `_sd`, `...` or `_sd_alg` (4.1, 7).
    #[error("a claim is named as what digests stand in")]
    ReservedName,
    /// There is no such claim.
    #[error("no claim stands there")]
    NoSuchClaim,
    /// Validity hangs on the claim (9.7).
    #[error("the claim may not be selectively disclosable")]
    NeverConcealed,
    /// Decoys stand beside members or elements, and there are none at that place.
    #[error("decoys stand in objects and arrays")]
    NoPlaceForDecoys,
}

/// What is to be issued: all claims stand in the open until [`Self::conceal`] says otherwise.
#[derive(Clone)]
pub struct SdJwtIssuer {
    claims: Value,
    kind: Kind,
    concealed: BTreeSet<ClaimPath>,
    decoys: BTreeMap<ClaimPath, u8>,
    algorithm: HashAlgorithm,
}

/// An SD-JWT without its signature: what is signed, and the disclosures of it.
#[derive(Clone)]
pub struct UnsignedSdJwt {
    token: UnsignedJwt,
    disclosures: Vec<Disclosure>,
}

/// An SD-JWT as it goes to its holder, with all disclosures.
#[derive(Clone)]
pub struct IssuedSdJwt {
    jwt: String,
    disclosures: Vec<Disclosure>,
}

impl SdJwtIssuer {
    /// Claims to issue.
    pub fn new(claims: Map<String, Value>, kind: Kind) -> Result<Self, IssueError> {
        let claims = Value::Object(claims);
        if has_reserved_name(&claims) {
            return Err(IssueError::ReservedName);
        }
        let (concealed, decoys) = (BTreeSet::new(), BTreeMap::new());
        Ok(Self { claims, kind, concealed, decoys, algorithm: HashAlgorithm::default() })
    }

    /// With the holder's key in `cnf`.
    #[must_use]
    pub fn holder(mut self, key: &Jwk) -> Self {
        if let Some(claims) = self.claims.as_object_mut() {
            claims.insert("cnf".to_owned(), json!({ "jwk": key.to_value() }));
        }
        self
    }

    /// With another hash algorithm than SHA-256.
    #[must_use]
    pub const fn algorithm(mut self, algorithm: HashAlgorithm) -> Self {
        self.algorithm = algorithm;
        self
    }

    /// Makes claims selectively disclosable: members of objects and elements of arrays, one within another too.
    pub fn conceal(mut self, paths: impl IntoIterator<Item = ClaimPath>) -> Result<Self, IssueError> {
        for path in paths {
            if is_never_concealed(&path, self.kind) {
                return Err(IssueError::NeverConcealed);
            }
            if path.steps().is_empty() || path.find(&self.claims).is_none() {
                return Err(IssueError::NoSuchClaim);
            }
            self.concealed.insert(path);
        }
        Ok(self)
    }

    /// Adds digests of nothing to the object or array at a path, so that nobody sees how many claims there are (4.2.5).
    pub fn decoys(mut self, path: ClaimPath, count: u8) -> Result<Self, IssueError> {
        if !path.find(&self.claims).is_some_and(|value| value.is_object() || value.is_array()) {
            return Err(IssueError::NoPlaceForDecoys);
        }
        self.decoys.insert(path, count);
        Ok(self)
    }

    /// Makes disclosures and digests, each with a fresh salt; the issuer's signature is still to come.
    #[must_use]
    pub fn prepare(&self, header: &Header, rng: &mut dyn CryptoRng) -> UnsignedSdJwt {
        let mut sealing = Sealing { plan: self, disclosures: Vec::new(), rng };
        let mut payload = sealing.value(&self.claims, &ClaimPath::root());
        let disclosures = sealing.disclosures;
        if let Some(payload) = payload.as_object_mut() {
            payload.insert(ALGORITHM.to_owned(), Value::from(self.algorithm.name()));
        }
        UnsignedSdJwt { token: UnsignedJwt::new(header, &payload), disclosures }
    }

    /// The same, signed. The header must name the signer's algorithm.
    pub fn issue(
        &self,
        header: &Header,
        signer: &dyn Signer,
        rng: &mut dyn CryptoRng,
    ) -> Result<IssuedSdJwt, SignError> {
        if header.alg != signer.algorithm() {
            return Err(SignError::NotForThis);
        }
        let unsigned = self.prepare(header, rng);
        let signature = signer.sign(unsigned.signing_input())?;
        Ok(unsigned.with_signature(&signature))
    }
}

impl UnsignedSdJwt {
    /// The bytes that the issuer's key signs.
    #[must_use]
    pub fn signing_input(&self) -> &[u8] {
        self.token.signing_input()
    }

    /// With the signature.
    #[must_use]
    pub fn with_signature(self, signature: &[u8; 64]) -> IssuedSdJwt {
        IssuedSdJwt { jwt: self.token.with_signature(signature), disclosures: self.disclosures }
    }
}

impl IssuedSdJwt {
    /// The compact form.
    #[must_use]
    pub fn to_compact(&self) -> String {
        compact(&self.jwt, &self.disclosures)
    }

    /// The flattened JSON form.
    pub fn to_flattened(&self) -> Result<Value, SdJwtError> {
        flattened(&self.jwt, &self.disclosures, None).map_err(|_| Rule::Jwt.into())
    }
}

/// Puts digests in the places of what is concealed, from the inside out.
struct Sealing<'a> {
    plan: &'a SdJwtIssuer,
    disclosures: Vec<Disclosure>,
    rng: &'a mut dyn CryptoRng,
}

impl Sealing<'_> {
    fn value(&mut self, value: &Value, path: &ClaimPath) -> Value {
        match value {
            Value::Object(members) => self.object(members, path),
            Value::Array(elements) => self.array(elements, path),
            leaf => leaf.clone(),
        }
    }

    fn object(&mut self, members: &Map<String, Value>, path: &ClaimPath) -> Value {
        let (mut open, mut digests) = (Map::new(), Vec::new());
        for (name, value) in members {
            let path = path.clone().name(name);
            let value = self.value(value, &path);
            if self.plan.concealed.contains(&path) {
                digests.push(self.conceal(Some(name), value));
            } else {
                open.insert(name.clone(), value);
            }
        }
        digests.extend((0..self.decoys(path)).map(|_| self.decoy()));
        // In the order of the digests, which says nothing of that of the claims.
        digests.sort_unstable();
        if !digests.is_empty() {
            open.insert(DIGESTS.to_owned(), Value::from(digests));
        }
        Value::Object(open)
    }

    fn array(&mut self, elements: &[Value], path: &ClaimPath) -> Value {
        let mut array = Vec::with_capacity(elements.len());
        for (index, value) in elements.iter().enumerate() {
            let path = path.clone().index(index);
            let value = self.value(value, &path);
            array.push(if self.plan.concealed.contains(&path) {
                json!({ ELEMENT: self.conceal(None, value) })
            } else {
                value
            });
        }
        for _ in 0..self.decoys(path) {
            let decoy = json!({ ELEMENT: self.decoy() });
            let anywhere = u64::from_le_bytes(generate_array(self.rng));
            let place =
                usize::try_from(anywhere).unwrap_or_default().checked_rem(array.len().saturating_add(1));
            array.insert(place.unwrap_or_default(), decoy);
        }
        Value::Array(array)
    }

    fn conceal(&mut self, name: Option<&str>, value: Value) -> String {
        let disclosure = Disclosure::generate(name, value, self.rng);
        let digest = disclosure.digest(self.plan.algorithm);
        self.disclosures.push(disclosure);
        digest
    }

    fn decoys(&self, path: &ClaimPath) -> u8 {
        self.plan.decoys.get(path).copied().unwrap_or_default()
    }

    fn decoy(&mut self) -> String {
        self.plan.algorithm.digest(&base64url::encode(generate_array::<32>(self.rng)))
    }
}

fn has_reserved_name(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.iter().any(|(name, value)| {
            [DIGESTS, ELEMENT, ALGORITHM].contains(&name.as_str()) || has_reserved_name(value)
        }),
        Value::Array(elements) => elements.iter().any(has_reserved_name),
        _ => false,
    }
}
