//! SD-JWT VC (draft-ietf-oauth-sd-jwt-vc-24): an SD-JWT that says of which type it is.

mod metadata;

pub use metadata::{
    ClaimMetadata, Disclosability, MetadataError, TypeMetadata, check_integrity, integrity_of,
};

use crate::path::ClaimPath;
use crate::sd_jwt::{Expected, Kind, Rule, SdJwtError, UnverifiedSdJwt, VerifiedSdJwt};
use crate::status::{StatusError, StatusReference};
use citizen_jose::{Jwk, Times};
use citizen_primitives::UnixTime;
use serde_json::Value;

/// The `typ` of a credential.
pub const TYPE: &str = "dc+sd-jwt";

/// Claims that say what a credential is; all others say something of its holder.
pub const OF_THE_CREDENTIAL: [&str; 11] =
    ["iss", "vct", "vct#integrity", "aka_vcts", "iat", "nbf", "exp", "cnf", "status", "_sd_alg", "jti"];

/// Why a credential is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// It breaks a rule of SD-JWT.
    #[error("{0}")]
    SdJwt(#[from] SdJwtError),
    /// Its type is missing, or no name: `vct` (SD-JWT VC, 2.2.2.1).
    #[error("a credential without a type")]
    Type,
    /// Its status cannot be looked up (SD-JWT VC, 2.2.2.3).
    #[error("{0}")]
    Status(#[from] StatusError),
}

impl CredentialError {
    /// Where the rule is written.
    #[must_use]
    pub const fn section(self) -> &'static str {
        match self {
            Self::SdJwt(error) => error.section(),
            Self::Type => "SD-JWT VC 2.2.2.1",
            Self::Status(_) => "SD-JWT VC 2.2.2.3",
        }
    }
}

/// A credential that breaks no rule.
#[derive(Debug, Clone)]
pub struct VerifiedCredential {
    token: VerifiedSdJwt,
    vct: String,
    status: Option<StatusReference>,
    times: Times,
}

/// Verifies a credential: as an SD-JWT, and what makes it one of a type (VC-1 to VC-4). Whether it was revoked is to be seen in the list that
/// [`VerifiedCredential::status`] refers to.
pub fn verify(
    token: &UnverifiedSdJwt,
    issuer: &Jwk,
    expected: &Expected<'_>,
) -> Result<VerifiedCredential, CredentialError> {
    let expected = Expected { kind: Kind::Credential, ..*expected };
    VerifiedCredential::of(token.verify(issuer, &expected)?)
}

impl VerifiedCredential {
    /// Takes a token that was verified, or accepted by a holder, as [`Kind::Credential`].
    pub fn of(token: VerifiedSdJwt) -> Result<Self, CredentialError> {
        let is_credential = token.header().is_typ(TYPE) || token.header().is_typ("vc+sd-jwt");
        if !is_credential {
            return Err(SdJwtError::from(Rule::Type).into());
        }
        let vct = token.claim("vct").and_then(Value::as_str).filter(|vct| !vct.is_empty());
        let vct = vct.ok_or(CredentialError::Type)?.to_owned();
        if !are_types(token.claim("aka_vcts")) || !is_text(token.claim("vct#integrity")) {
            return Err(CredentialError::Type);
        }
        let status = token.claim("status").map(StatusReference::from_claim).transpose()?.flatten();
        let claims = token.claims().as_object();
        let times = claims.and_then(|claims| Times::of(claims).ok());
        let times = times.ok_or(SdJwtError::from(Rule::ClaimForm))?;
        Ok(Self { token, vct, status, times })
    }

    /// The token under it: its claims, what was disclosed, the key binding.
    #[must_use]
    pub const fn token(&self) -> &VerifiedSdJwt {
        &self.token
    }

    /// The type.
    #[must_use]
    pub fn vct(&self) -> &str {
        &self.vct
    }

    /// All types that it says it has: `vct`, and those of `aka_vcts`. Whoever trusts its issuer for one of them asks about each.
    #[must_use]
    pub fn types(&self) -> Vec<&str> {
        let others = self.token.claim("aka_vcts").and_then(Value::as_array).into_iter().flatten();
        std::iter::once(self.vct.as_str()).chain(others.filter_map(Value::as_str)).collect()
    }

    /// Whether it is of a type: by `vct`, or by one of `aka_vcts`.
    #[must_use]
    pub fn is_of_type(&self, vct: &str) -> bool {
        self.types().contains(&vct)
    }

    /// The paths of what it says of its holder: to each value with nothing within it, but for the claims that are about the credential.
    #[must_use]
    pub fn statements(&self) -> Vec<ClaimPath> {
        let members = self.token.claims().as_object().into_iter().flatten();
        let mut paths = Vec::new();
        for (name, value) in members.filter(|(name, _)| !OF_THE_CREDENTIAL.contains(&name.as_str())) {
            leaves(ClaimPath::root().name(name.as_str()), value, &mut paths);
        }
        paths
    }

    /// The digest that the issuer gave for the type's description.
    #[must_use]
    pub fn type_integrity(&self) -> Option<&str> {
        self.token.claim("vct#integrity").and_then(Value::as_str)
    }

    /// Where its status stands, if anywhere.
    #[must_use]
    pub const fn status(&self) -> Option<&StatusReference> {
        self.status.as_ref()
    }

    /// The issuer, if it names one: else it is the subject of the certificate.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.token.claim("iss").and_then(Value::as_str)
    }

    /// When it ends.
    #[must_use]
    pub const fn expires(&self) -> Option<UnixTime> {
        self.times.expires
    }
}

fn leaves(path: ClaimPath, value: &Value, found: &mut Vec<ClaimPath>) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            members.iter().for_each(|(name, value)| leaves(path.clone().name(name.as_str()), value, found));
        }
        Value::Array(elements) if !elements.is_empty() => {
            let numbered = elements.iter().enumerate();
            numbered.for_each(|(index, value)| leaves(path.clone().index(index), value, found));
        }
        _ => found.push(path),
    }
}

fn are_types(claim: Option<&Value>) -> bool {
    let Some(claim) = claim else { return true };
    claim.as_array().is_some_and(|types| types.iter().all(Value::is_string))
}

fn is_text(claim: Option<&Value>) -> bool {
    claim.is_none_or(Value::is_string)
}
