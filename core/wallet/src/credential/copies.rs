//! A copy of a credential: verified whenever it is read, under the certificate that was registered when it came.

use crate::credential::registry::anchor;
use crate::error::{Party, Subject, WalletError, mapping};
use crate::record::CredentialRow;
use citizen_credential::sd_jwt::{Expected, HeldSdJwt, Kind, UnverifiedSdJwt};
use citizen_credential::vc::VerifiedCredential;
use citizen_credential::{ClaimPath, VerifiedSdJwt};
use citizen_jose::Jwk;
use citizen_primitives::{Hash, UnixTime};
use serde_json::{Map, Value};

/// Claims that say what a credential is; the others say something about its holder.
const TECHNICAL: [&str; 11] =
    ["iss", "vct", "vct#integrity", "aka_vcts", "iat", "nbf", "exp", "cnf", "status", "_sd_alg", "jti"];
/// Those in which copies of the same credential differ, or may.
const OF_A_COPY: [&str; 6] = ["iat", "nbf", "exp", "cnf", "status", "jti"];

/// A copy that breaks no rule.
pub(crate) struct CheckedCopy {
    pub(crate) held: HeldSdJwt,
    pub(super) credential: VerifiedCredential,
    /// The key that it was signed with.
    pub(super) issuer_key: Jwk,
}

impl CheckedCopy {
    /// Verifies a copy under a registered certificate, as of a time.
    pub(super) fn of(token: &str, certificate: &Hash, at: UnixTime) -> Result<Self, WalletError> {
        Self::read(token, certificate, at).ok_or(mapping::unverified(Subject::Credential, Party::Issuer))
    }

    fn read(token: &str, certificate: &Hash, at: UnixTime) -> Option<Self> {
        let token = UnverifiedSdJwt::parse_compact(token).ok()?;
        let chain = token.header_unverified()?.x5c.clone()?;
        let key = chain.verify(&[anchor(certificate)], at).ok()?.leaf().key().ok()?;
        let expected = Expected { now: at, kind: Kind::Credential, ..Expected::default() };
        let held = token.accept(&key, &expected).ok()?;
        let credential = VerifiedCredential::of(held.verified().clone()).ok()?;
        Some(Self { held, credential, issuer_key: key })
    }

    /// The key it is bound to.
    pub(super) fn holder_key(&self) -> Option<Jwk> {
        self.held.verified().holder_key().ok().flatten()
    }

    /// What it says about the holder, without what differs between copies.
    pub(super) fn content(&self) -> Map<String, Value> {
        let mut claims = self.claims().as_object().cloned().unwrap_or_default();
        claims.retain(|name, _| !OF_A_COPY.contains(&name.as_str()));
        claims
    }

    /// All claims.
    pub(crate) fn claims(&self) -> &Value {
        self.held.verified().claims()
    }

    /// Claims about the holder that are shown in every presentation: the issuer has not made them disclosable.
    pub(crate) fn open_claims(&self) -> Vec<(ClaimPath, Value)> {
        open_claims(self.held.verified())
    }

    /// Its types.
    pub(super) fn types(&self) -> Vec<String> {
        let others = self.held.verified().claim("aka_vcts").and_then(Value::as_array).into_iter().flatten();
        let others = others.filter_map(Value::as_str).map(str::to_owned);
        std::iter::once(self.credential.vct().to_owned()).chain(others).collect()
    }
}

impl CredentialRow {
    /// The credential, by the first copy that was not shown, or the first of all.
    pub(super) fn sample(&self) -> Result<CheckedCopy, WalletError> {
        let copy = self.unused().next().or(self.copies.first()).ok_or(WalletError::StoreDamaged)?;
        // As of when it came: an expired credential can still be looked at.
        CheckedCopy::of(&copy.token, &self.certificate, self.received).map_err(|_| WalletError::StoreDamaged)
    }
}

fn open_claims(token: &VerifiedSdJwt) -> Vec<(ClaimPath, Value)> {
    let disclosed: Vec<&ClaimPath> = token.disclosed().collect();
    let members = token.claims().as_object().into_iter().flatten();
    let mut open = Vec::new();
    for (name, value) in members.filter(|(name, _)| !TECHNICAL.contains(&name.as_str())) {
        walk(ClaimPath::root().name(name.as_str()), value, &disclosed, &mut open);
    }
    open
}

/// What stands in the open, also beside what is disclosed in the same object or array.
fn walk(path: ClaimPath, value: &Value, disclosed: &[&ClaimPath], open: &mut Vec<(ClaimPath, Value)>) {
    if disclosed.contains(&&path) {
        return;
    }
    match value {
        _ if !disclosed.iter().any(|shown| path.contains(shown)) => open.push((path, value.clone())),
        Value::Object(members) => {
            members
                .iter()
                .for_each(|(name, value)| walk(path.clone().name(name.as_str()), value, disclosed, open));
        }
        Value::Array(elements) => {
            let numbered = elements.iter().enumerate();
            numbered.for_each(|(index, value)| walk(path.clone().index(index), value, disclosed, open));
        }
        _ => {}
    }
}
