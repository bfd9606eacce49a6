//! Verification of an SD-JWT, with or without key binding (RFC 9901, 7.1 and 7.3).

use super::binding::{self, KeyBound, Transaction};
use super::disclosure::HashAlgorithm;
use super::format::{UnverifiedSdJwt, jwt_rule};
use super::rule::{Rule, SdJwtError};
use super::tree::{ALGORITHM, Shown, Tree};
use crate::path::ClaimPath;
use citizen_jose::{Header, Jwk, Times, json};
use citizen_primitives::{Seconds, UnixTime};
use serde_json::{Map, Value};

/// How far clocks may be apart: a token from so far in the future is taken.
pub const CLOCK_SKEW: Seconds = Seconds::new(60);

/// Claims that validity hangs on: nobody may hide them (RFC 9901, 9.7).
const NEVER_CONCEALED: [&str; 6] = ["iss", "aud", "exp", "nbf", "cnf", "status"];
/// Those of an SD-JWT VC besides (SD-JWT VC, 2.2.2.3).
const NEVER_CONCEALED_IN_A_CREDENTIAL: [&str; 3] = ["vct", "vct#integrity", "aka_vcts"];

/// What an SD-JWT is to be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Kind {
    /// Any SD-JWT: its `typ` is missing, `JWT`, `sd-jwt`, or ends in `+sd-jwt`.
    #[default]
    Any,
    /// An SD-JWT VC: `dc+sd-jwt`, or `vc+sd-jwt` as drafts had it.
    Credential,
}

/// Whether the holder's key is asked for. The verifier decides it before, never by what it was sent (7.3, step 1).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum KeyBinding<'a> {
    /// Not asked for. One that came all the same must hold in itself, and counts for nothing.
    #[default]
    NotRequired,
    /// Asked for, for this transaction.
    Required(Transaction<'a>),
}

/// What a verifier asks for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Expected<'a> {
    /// The time.
    pub now: UnixTime,
    /// What it is to be.
    pub kind: Kind,
    /// Whose key it is verified with: `iss` must say so, if it says anything.
    pub issuer: Option<&'a str>,
    /// Who verifies: where there is `aud`, it must name her.
    pub audience: Option<&'a str>,
    /// Claims at the top that must be there.
    pub required: &'a [&'a str],
    /// Whether the holder's key is asked for.
    pub key_binding: KeyBinding<'a>,
}

/// An SD-JWT that breaks no rule.
#[derive(Clone)]
pub struct VerifiedSdJwt {
    header: Header,
    claims: Value,
    tree: Tree,
    shown: Vec<Shown>,
    binding: Binding,
}

/// What became of the key binding.
#[derive(Clone)]
enum Binding {
    None,
    Unasked,
    Bound(Box<KeyBound>),
}

/// The claims are the holder's to show.
impl std::fmt::Debug for VerifiedSdJwt {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "VerifiedSdJwt({} disclosed)", self.shown.len())
    }
}

impl UnverifiedSdJwt {
    /// Checks everything under the issuer's key, which the caller has from elsewhere.
    pub fn verify(&self, issuer: &Jwk, expected: &Expected<'_>) -> Result<VerifiedSdJwt, SdJwtError> {
        if matches!((&expected.key_binding, &self.key_binding), (KeyBinding::Required(_), None)) {
            return Err(Rule::KeyBindingMissing.into());
        }
        let (verified, algorithm) = self.verify_issued(issuer, expected)?;
        let Some(token) = &self.key_binding else { return Ok(verified) };
        let bound = binding::Bound { token, text: &self.bound_text(), algorithm };
        let key_bound = bound.verify(verified.claim("cnf"), &expected.key_binding, expected.now)?;
        let binding = match expected.key_binding {
            KeyBinding::Required(_) => Binding::Bound(Box::new(key_bound)),
            KeyBinding::NotRequired => Binding::Unasked,
        };
        Ok(VerifiedSdJwt { binding, ..verified })
    }

    /// All but the key binding.
    pub(super) fn verify_issued(
        &self,
        issuer: &Jwk,
        expected: &Expected<'_>,
    ) -> Result<(VerifiedSdJwt, HashAlgorithm), SdJwtError> {
        let jws = self.jws.verify(issuer, &citizen_jose::Expected::any()).map_err(jwt_rule)?;
        let payload = json::parse_object(jws.payload()).map_err(|_| Rule::Jwt)?;
        let algorithm = HashAlgorithm::of(payload.get(ALGORITHM))?;
        let tree = Tree::assemble(payload, &self.disclosures, algorithm)?;
        let verified = VerifiedSdJwt {
            header: jws.header().clone(),
            claims: tree.to_value(),
            shown: tree.shown(),
            tree,
            binding: Binding::None,
        };
        verified.check(expected)?;
        Ok((verified, algorithm))
    }
}

impl VerifiedSdJwt {
    /// The header that the issuer signed.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// The claims: what stands in the open and what was disclosed, in its places. An object.
    #[must_use]
    pub const fn claims(&self) -> &Value {
        &self.claims
    }

    /// A claim at the top.
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<&Value> {
        self.claims.get(name)
    }

    /// The claims that disclosures showed, by their paths in [`Self::claims`]; outer before inner.
    pub fn disclosed(&self) -> impl Iterator<Item = &ClaimPath> {
        self.shown.iter().map(|shown| &shown.path)
    }

    /// The holder's signature over this, if it was asked for: it is there then.
    #[must_use]
    pub const fn key_bound(&self) -> Option<&KeyBound> {
        match &self.binding {
            Binding::Bound(bound) => Some(bound),
            Binding::None | Binding::Unasked => None,
        }
    }

    /// Whether a key binding came that nobody had asked for: it shows neither when nor for whom it was made.
    #[must_use]
    pub const fn has_unasked_key_binding(&self) -> bool {
        matches!(self.binding, Binding::Unasked)
    }

    /// The holder's key, `cnf.jwk`, if it names one.
    pub fn holder_key(&self) -> Result<Option<Jwk>, SdJwtError> {
        self.claim("cnf").map(binding::holder_key).transpose().map_err(SdJwtError::from)
    }

    pub(crate) const fn tree(&self) -> &Tree {
        &self.tree
    }

    pub(super) fn shown(&self) -> &[Shown] {
        &self.shown
    }

    fn check(&self, expected: &Expected<'_>) -> Result<(), SdJwtError> {
        check_type(&self.header, expected.kind)?;
        if self.shown.iter().any(|shown| is_never_concealed(&shown.path, expected.kind)) {
            return Err(Rule::Concealed.into());
        }
        let Value::Object(claims) = &self.claims else { return Err(Rule::Jwt.into()) };
        check_issuer(claims, expected.issuer)?;
        check_times(claims, expected.now)?;
        check_audience(claims, expected.audience)?;
        if expected.required.iter().any(|name| !claims.contains_key(*name)) {
            return Err(Rule::ClaimMissing.into());
        }
        Ok(())
    }
}

/// SDJWT-25.
fn check_type(header: &Header, kind: Kind) -> Result<(), Rule> {
    let typ = header.typ.as_deref().map(str::to_ascii_lowercase);
    let typ = typ.as_deref().map(|typ| typ.strip_prefix("application/").unwrap_or(typ));
    let is_so = match (kind, typ) {
        (Kind::Any, None) => true,
        (Kind::Any, Some(typ)) => ["jwt", "sd-jwt"].contains(&typ) || typ.ends_with("+sd-jwt"),
        (Kind::Credential, typ) => typ.is_some_and(is_credential_type),
    };
    if is_so { Ok(()) } else { Err(Rule::Type) }
}

/// Whether a `typ`, in lower case and without `application/`, is that of an SD-JWT VC.
pub(crate) fn is_credential_type(typ: &str) -> bool {
    ["dc+sd-jwt", "vc+sd-jwt"].contains(&typ)
}

/// SDJWT-24. Entries of `aud` may be concealed, the claim may not.
pub(super) fn is_never_concealed(path: &ClaimPath, kind: Kind) -> bool {
    let Some(top) = path.top() else { return false };
    let is_entry_of_aud = top == "aud" && path.steps().len() > 1;
    let is_critical = NEVER_CONCEALED.contains(&top) && !is_entry_of_aud;
    is_critical || (kind == Kind::Credential && NEVER_CONCEALED_IN_A_CREDENTIAL.contains(&top))
}

/// SDJWT-7.
fn check_issuer(claims: &Map<String, Value>, issuer: Option<&str>) -> Result<(), Rule> {
    match (claims.get("iss"), issuer) {
        (None, _) => Ok(()),
        (Some(Value::String(said)), Some(expected)) if said != expected => Err(Rule::Issuer),
        (Some(Value::String(_)), _) => Ok(()),
        (Some(_), _) => Err(Rule::ClaimForm),
    }
}

/// SDJWT-19, SDJWT-20.
fn check_times(claims: &Map<String, Value>, now: UnixTime) -> Result<(), Rule> {
    let times = Times::of(claims).map_err(|_| Rule::ClaimForm)?;
    if times.expires.is_some_and(|expires| expires <= now) {
        return Err(Rule::Expired);
    }
    if times.not_before.is_some_and(|from| from > now.plus(CLOCK_SKEW)) {
        return Err(Rule::NotYetValid);
    }
    Ok(())
}

/// SDJWT-21. A verifier without a name is none that `aud` names (RFC 7519, 4.1.3).
fn check_audience(claims: &Map<String, Value>, audience: Option<&str>) -> Result<(), Rule> {
    let named: Vec<&Value> = match claims.get("aud") {
        None => return Ok(()),
        Some(Value::Array(list)) => list.iter().collect(),
        Some(only) => vec![only],
    };
    if named.iter().any(|name| !name.is_string()) {
        return Err(Rule::ClaimForm);
    }
    let is_named = audience.is_some_and(|audience| named.iter().any(|name| name.as_str() == Some(audience)));
    if is_named { Ok(()) } else { Err(Rule::Audience) }
}
