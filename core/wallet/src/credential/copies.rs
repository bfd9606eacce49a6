//! A copy of a credential: verified whenever it is read, under the certificate that was registered when it came.

use crate::credential::registry::named;
use crate::error::{Party, Subject, WalletError, mapping};
use crate::record::{CredentialRow, DidSigner};
use citizen_credential::ClaimPath;
use citizen_credential::sd_jwt::{Expected, HeldSdJwt, Kind, UnverifiedSdJwt};
use citizen_credential::vc::{OF_THE_CREDENTIAL, VerifiedCredential};
use citizen_jose::{CertificateChain, Jwk};
use citizen_openid4vc::dcql::Authority;
use citizen_primitives::{Hash, UnixTime};
use serde_json::{Map, Value};

/// Those in which copies of the same credential differ, or may.
const OF_A_COPY: [&str; 6] = ["iat", "nbf", "exp", "cnf", "status", "jti"];

/// A copy that breaks no rule.
pub(crate) struct CheckedCopy {
    pub(crate) held: HeldSdJwt,
    pub(super) credential: VerifiedCredential,
    /// The certificates that it was signed with, if it was with any.
    pub(super) chain: Option<CertificateChain>,
    /// The issuer's DID, if it was signed with a key of one.
    pub(super) did: Option<String>,
}

/// By what a copy is verified.
#[derive(Clone, Copy)]
pub(super) enum SignedBy<'a> {
    /// A certificate of the registry.
    Certificate(&'a Hash),
    /// A key of a DID of the registry.
    Did(&'a DidSigner),
}

impl CheckedCopy {
    /// Verifies a copy under a registered certificate or DID, as of a time.
    pub(super) fn of(token: &str, by: SignedBy<'_>, at: UnixTime) -> Result<Self, WalletError> {
        Self::read(token, by, at).ok_or(mapping::unverified(Subject::Credential, Party::Issuer))
    }

    fn read(token: &str, by: SignedBy<'_>, at: UnixTime) -> Option<Self> {
        let token = UnverifiedSdJwt::parse_compact(token).ok()?;
        let header = token.header_unverified()?;
        let (key, chain, did) = match by {
            SignedBy::Certificate(certificate) => {
                let chain = header.x5c.clone()?;
                (chain.registered_key(&named(certificate), at).ok()?, Some(chain), None)
            }
            // CARD-51: nothing else vouches for it, nor marks it (CARD-31).
            SignedBy::Did(signer) => {
                let is_alone = header.x5c.is_none();
                (signer.jwk().filter(|_| is_alone)?, None, Some(signer.did().to_owned()))
            }
        };
        let expected = Expected { now: at, kind: Kind::Credential, ..Expected::default() };
        let held = token.accept(&key, &expected).ok()?;
        let credential = VerifiedCredential::of(held.verified().clone()).ok()?;
        // CARD-51: in this DID's name.
        let is_its_own = did.is_none() || credential.issuer() == did.as_deref();
        is_its_own.then_some(Self { held, credential, chain, did })
    }

    /// By which authorities a verifier may ask for it.
    pub(super) fn authorities(&self, at: UnixTime) -> Vec<Authority> {
        self.chain.as_ref().map(|chain| Authority::of_chain(chain, at)).unwrap_or_default()
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
        self.check(&copy.token).map_err(|_| WalletError::StoreDamaged)
    }

    /// One of its copies, as of when it came: an expired credential can still be looked at.
    pub(super) fn check(&self, token: &str) -> Result<CheckedCopy, WalletError> {
        CheckedCopy::of(token, signed_by(&self.certificate, self.signer.0.as_ref()), self.received)
    }
}

/// A DID's key, or a certificate where there is none.
pub(super) fn signed_by<'a>(certificate: &'a Hash, signer: Option<&'a DidSigner>) -> SignedBy<'a> {
    signer.map_or(SignedBy::Certificate(certificate), SignedBy::Did)
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
