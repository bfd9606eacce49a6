//! A copy of a credential: verified whenever it is read, under the certificate that was registered when it came.

use crate::credential::registry::named;
use crate::error::{Party, Subject, WalletError, mapping};
use crate::record::CredentialRow;
use citizen_credential::ClaimPath;
use citizen_credential::sd_jwt::{Expected, HeldSdJwt, Kind, UnverifiedSdJwt};
use citizen_credential::vc::{OF_THE_CREDENTIAL, VerifiedCredential};
use citizen_jose::{CertificateChain, Jwk};
use citizen_primitives::{Hash, UnixTime};
use serde_json::{Map, Value};

/// Those in which copies of the same credential differ, or may.
const OF_A_COPY: [&str; 6] = ["iat", "nbf", "exp", "cnf", "status", "jti"];

/// A copy that breaks no rule.
pub(crate) struct CheckedCopy {
    pub(crate) held: HeldSdJwt,
    pub(super) credential: VerifiedCredential,
    /// The certificates that it was signed with.
    pub(super) chain: CertificateChain,
}

impl CheckedCopy {
    /// Verifies a copy under a registered certificate, as of a time.
    pub(super) fn of(token: &str, certificate: &Hash, at: UnixTime) -> Result<Self, WalletError> {
        Self::read(token, certificate, at).ok_or(mapping::unverified(Subject::Credential, Party::Issuer))
    }

    fn read(token: &str, certificate: &Hash, at: UnixTime) -> Option<Self> {
        let token = UnverifiedSdJwt::parse_compact(token).ok()?;
        let chain = token.header_unverified()?.x5c.clone()?;
        let key = chain.registered_key(&named(certificate), at).ok()?;
        let expected = Expected { now: at, kind: Kind::Credential, ..Expected::default() };
        let held = token.accept(&key, &expected).ok()?;
        let credential = VerifiedCredential::of(held.verified().clone()).ok()?;
        Some(Self { held, credential, chain })
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

    /// Its type.
    pub(crate) fn vct(&self) -> &str {
        self.credential.vct()
    }

    /// All claims.
    pub(crate) fn claims(&self) -> &Value {
        self.held.verified().claims()
    }

    /// Claims about the holder that are shown in every presentation: the issuer has not made them disclosable.
    pub(crate) fn open_claims(&self) -> Vec<(ClaimPath, Value)> {
        self.shown_beside(&[])
    }

    /// Claims about the holder that are shown with these though they are none of them: those of every presentation, and those that
    /// stand in the open in what has to be disclosed on the way to one of these.
    pub(crate) fn shown_beside(&self, chosen: &[ClaimPath]) -> Vec<(ClaimPath, Value)> {
        let token = self.held.verified();
        let disclosable: Vec<&ClaimPath> = token.disclosed().collect();
        let members = token.claims().as_object().into_iter().flatten();
        let mut beside = Vec::new();
        for (name, value) in members.filter(|(name, _)| !OF_THE_CREDENTIAL.contains(&name.as_str())) {
            walk(ClaimPath::root().name(name.as_str()), value, (&disclosable, chosen), &mut beside);
        }
        beside
    }

    /// Its types.
    pub(super) fn types(&self) -> Vec<String> {
        self.credential.types().into_iter().map(str::to_owned).collect()
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

/// What is shown at a path or within it, but for what was chosen: nothing of what stays hidden, and beside what is chosen or hidden in an
/// object or array whatever stands there in the open.
fn walk(
    path: ClaimPath,
    value: &Value,
    (disclosable, chosen): (&[&ClaimPath], &[ClaimPath]),
    beside: &mut Vec<(ClaimPath, Value)>,
) {
    let is_on_the_way = chosen.iter().any(|claim| path.contains(claim));
    if chosen.iter().any(|claim| claim.contains(&path)) || (disclosable.contains(&&path) && !is_on_the_way) {
        return;
    }
    let is_whole = !is_on_the_way && !disclosable.iter().any(|inner| path.contains(inner) && **inner != path);
    match value {
        _ if is_whole => beside.push((path, value.clone())),
        Value::Object(members) => members.iter().for_each(|(name, value)| {
            walk(path.clone().name(name.as_str()), value, (disclosable, chosen), beside);
        }),
        Value::Array(elements) => elements.iter().enumerate().for_each(|(index, value)| {
            walk(path.clone().index(index), value, (disclosable, chosen), beside);
        }),
        _ => {}
    }
}
