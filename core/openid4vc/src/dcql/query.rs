//! The query as a verifier writes it: OpenID4VP 1.0 §6.1 to §6.3 and Appendix B.

use crate::dcql::parse;
use crate::dcql::pointer::ClaimsPointer;
use citizen_primitives::text::to_nfc;
use serde_json::Value;
use std::fmt;

/// Why a query is refused, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("DCQL: {fault} at {at}")]
pub struct QueryError {
    /// The place, as `credentials[0].claims[2].path`: names of the standard and indexes, nothing of the sender's.
    pub at: String,
    /// What is wrong there.
    pub fault: QueryFault,
}

/// What a query does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QueryFault {
    /// A required property is absent.
    #[error("a required property is missing")]
    Missing,
    /// A property has another JSON type than the standard gives it.
    #[error("the JSON type is wrong")]
    WrongType,
    /// An array that must not be empty is.
    #[error("an array is empty")]
    Empty,
    /// An identifier is empty or has characters other than letters, digits, `_` and `-`.
    #[error("an identifier has forbidden characters")]
    BadId,
    /// The same identifier stands twice.
    #[error("an identifier stands twice")]
    DuplicateId,
    /// A reference to an identifier that nothing has.
    #[error("a reference leads nowhere")]
    UnknownReference,
    /// `claim_sets` without `claims`.
    #[error("claim_sets without claims")]
    ClaimSetsWithoutClaims,
    /// A pointer that the credential's format cannot have.
    #[error("the claims path pointer does not fit the format")]
    BadPointer,
    /// Longer, deeper or more than this wallet reads.
    #[error("too large")]
    TooLarge,
}

/// Identifies a credential query, or a claims query inside one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QueryId(String);

impl QueryId {
    /// Letters, digits, `_` and `-` (§6.1); at most [`Query::MAX_TEXT`] of them.
    #[must_use]
    pub fn new(id: &str) -> Option<Self> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        (!id.is_empty() && id.len() <= Query::MAX_TEXT && id.chars().all(allowed))
            .then(|| Self(id.to_owned()))
    }

    /// Its characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for QueryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A credential format identifier (Appendix B).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Format {
    /// `dc+sd-jwt`: SD-JWT VC.
    SdJwtVc,
    /// `jwt_vc_json`: W3C credential as a JWT.
    JwtVcJson,
    /// `ldp_vc`: W3C credential with Data Integrity.
    LdpVc,
    /// `mso_mdoc`: ISO mdoc.
    MsoMdoc,
    /// Any other: nothing here matches it.
    Other(String),
}

impl Format {
    /// The identifier of [`Format::SdJwtVc`].
    pub const SD_JWT_VC: &'static str = "dc+sd-jwt";
    /// The identifier of [`Format::LdpVc`].
    pub const LDP_VC: &'static str = "ldp_vc";

    /// By its identifier.
    #[must_use]
    pub fn of(identifier: &str) -> Self {
        match identifier {
            Self::SD_JWT_VC => Self::SdJwtVc,
            "jwt_vc_json" => Self::JwtVcJson,
            Self::LDP_VC => Self::LdpVc,
            "mso_mdoc" => Self::MsoMdoc,
            other => Self::Other(other.to_owned()),
        }
    }

    /// Whether a credential is shown with all that it says, because nothing can be left out of it.
    #[must_use]
    pub const fn is_shown_whole(&self) -> bool {
        matches!(self, Self::LdpVc)
    }

    /// Its identifier.
    #[must_use]
    pub fn identifier(&self) -> &str {
        match self {
            Self::SdJwtVc => Self::SD_JWT_VC,
            Self::JwtVcJson => "jwt_vc_json",
            Self::LdpVc => Self::LDP_VC,
            Self::MsoMdoc => "mso_mdoc",
            Self::Other(other) => other,
        }
    }
}

/// `meta`: which types of credential are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meta {
    /// `vct_values` (B.3.5): one of these.
    Vct(Vec<String>),
    /// `type_values` (B.1.1): all of one of these.
    Types(Vec<Vec<String>>),
    /// `doctype_value` (B.2.3): this.
    Doctype(String),
    /// Of a format that is not known here.
    Unknown,
}

/// One entry of `trusted_authorities` (§6.1.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedAuthorities {
    /// `aki`, `etsi_tl`, `openid_federation` or another.
    pub kind: String,
    /// One of these.
    pub values: Vec<String>,
}

/// One entry of `claims` (§6.3).
#[derive(Debug, Clone, PartialEq)]
pub struct ClaimsQuery {
    /// Named by `claim_sets`.
    pub id: Option<QueryId>,
    /// Which claim.
    pub path: ClaimsPointer,
    /// Strings, integers and booleans it may be; any if empty.
    pub values: Vec<Value>,
    /// Of ISO mdoc (B.2.4): the verifier means to keep the value.
    pub intent_to_retain: bool,
}

/// One entry of `credentials` (§6.1).
#[derive(Debug, Clone, PartialEq)]
pub struct CredentialQuery {
    /// Names it in the response.
    pub id: QueryId,
    /// Of which format.
    pub format: Format,
    /// Of which type.
    pub meta: Meta,
    /// Whether several credentials may be returned.
    pub multiple: bool,
    /// By whom; anyone if empty.
    pub trusted_authorities: Vec<TrustedAuthorities>,
    /// Whether the holder must prove that the credential is bound to her key.
    pub holder_binding: bool,
    /// Which claims; none that is selectively disclosable if empty.
    pub claims: Vec<ClaimsQuery>,
    /// Combinations of `claims` (by index), most preferred first; all of them if empty.
    pub claim_sets: Vec<Vec<usize>>,
}

/// One entry of `credential_sets` (§6.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialSet {
    /// Each satisfies the use case.
    pub options: Vec<Vec<QueryId>>,
    /// Whether the verifier needs it.
    pub required: bool,
}

/// A query that no rule refuses.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    pub(super) credentials: Vec<CredentialQuery>,
    pub(super) credential_sets: Vec<CredentialSet>,
    pub(super) source: Value,
}

impl Query {
    /// The longest text in a query, in bytes.
    pub const MAX_TEXT: usize = 1024;
    /// Credentials asked for.
    pub const MAX_CREDENTIALS: usize = 32;
    /// Claims of one credential, and combinations of them.
    pub const MAX_CLAIMS: usize = 128;
    /// Components of a pointer.
    pub const MAX_DEPTH: usize = 16;
    /// Values, authorities, sets and their options.
    pub const MAX_LIST: usize = 64;

    /// Reads a query. Unknown properties are ignored (§6).
    pub fn from_value(value: &Value) -> Result<Self, QueryError> {
        parse::query(value)
    }

    /// What a request for an ID token alone asks for: no credential at all. No verifier can write it (§6 wants one at least).
    #[must_use]
    pub const fn nothing() -> Self {
        Self { credentials: Vec::new(), credential_sets: Vec::new(), source: Value::Null }
    }

    /// Whether it asks for no credential at all.
    #[must_use]
    pub const fn is_nothing(&self) -> bool {
        self.credentials.is_empty()
    }

    /// The same with every text of `values` in normal form C. The standard compares values exactly (§6.4.1), and what is issued here is in that
    /// form: a verifier that writes Hangul otherwise would find nobody.
    #[must_use]
    pub fn with_values_in_nfc(self) -> Self {
        let mut source = self.source.clone();
        let credentials = source.get_mut("credentials").and_then(Value::as_array_mut).into_iter().flatten();
        let claims = credentials.filter_map(|one| one.get_mut("claims")?.as_array_mut()).flatten();
        for value in claims.filter_map(|claim| claim.get_mut("values")?.as_array_mut()).flatten() {
            if let Value::String(text) = value {
                *text = to_nfc(text);
            }
        }
        Self::from_value(&source).unwrap_or(self)
    }

    /// What the verifier wrote.
    #[must_use]
    pub const fn to_value(&self) -> &Value {
        &self.source
    }

    /// What is asked for.
    #[must_use]
    pub fn credentials(&self) -> &[CredentialQuery] {
        &self.credentials
    }

    /// Which combinations of it; empty if all of it.
    #[must_use]
    pub fn credential_sets(&self) -> &[CredentialSet] {
        &self.credential_sets
    }

    /// One of what is asked for.
    #[must_use]
    pub fn credential(&self, id: &QueryId) -> Option<&CredentialQuery> {
        self.credentials.iter().find(|credential| credential.id == *id)
    }
}
