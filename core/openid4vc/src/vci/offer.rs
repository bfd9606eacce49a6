//! The credential offer: OpenID4VCI 1.0 §4.1. Nobody signs it: it says where to ask, and nothing that is believed.

use crate::http::{self, Endpoint, Reach};
use citizen_jose::json;
use citizen_primitives::text::{is_deceptive, to_nfc};
use serde_json::{Map, Value, json};

/// The grant type of pre-authorised codes.
pub const PRE_AUTHORIZED: &str = "urn:ietf:params:oauth:grant-type:pre-authorized_code";
/// In a refusal of a transaction code: how often another may be typed. A member of this house; the standard has none.
pub(crate) const TRIES_LEFT: &str = "tx_code_tries_left";
/// The most configurations of an offer, and characters of a text in it.
const MOST: usize = 32;
const LONGEST: usize = 4096;
/// The schemes of links with an offer (§12.1.1).
const SCHEMES: [&str; 3] = ["openid-credential-offer", "haip-vci", "https"];

/// Why an offer is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OfferError {
    /// No link with an offer, or one with both kinds.
    #[error("not a link with a credential offer")]
    Link,
    /// The offer breaks a rule of §4.1.1.
    #[error("not a credential offer")]
    Offer,
}

/// What stands in a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OfferLink {
    /// The offer itself.
    Value(Box<CredentialOffer>),
    /// Where it is fetched.
    Reference(Endpoint),
}

/// What must be typed in (§4.1.1, `tx_code`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransactionCode {
    /// Whether it is digits alone.
    pub numeric: bool,
    /// How many characters.
    pub length: Option<usize>,
    /// How to get it, in the issuer's words.
    pub description: Option<String>,
}

/// A pre-authorised code.
#[derive(Clone, PartialEq, Eq)]
pub struct PreAuthorized {
    /// The code.
    pub code: String,
    /// What must be typed in with it.
    pub transaction_code: Option<TransactionCode>,
    /// At which authorization server.
    pub server: Option<String>,
}

/// An authorization code can be had.
#[derive(Clone, PartialEq, Eq)]
pub struct AuthorizationGrant {
    /// What the issuer wants back.
    pub issuer_state: Option<String>,
    /// At which authorization server.
    pub server: Option<String>,
}

/// An offer that no rule refuses.
#[derive(Clone, PartialEq, Eq)]
pub struct CredentialOffer {
    /// Who issues.
    pub issuer: Endpoint,
    /// What, by the names of the issuer's metadata.
    pub configurations: Vec<String>,
    /// With a code that is here.
    pub pre_authorized: Option<PreAuthorized>,
    /// After she signed in at the issuer's.
    pub authorization: Option<AuthorizationGrant>,
}

/// A code in an offer is as good as the credential.
impl std::fmt::Debug for CredentialOffer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CredentialOffer({:?}, {:?})", self.issuer, self.configurations)
    }
}

impl OfferLink {
    /// Reads the text of a QR code or a link.
    pub fn parse(link: &str, reach: Reach) -> Result<Self, OfferError> {
        let parameters = http::link_parameters(link, &SCHEMES).ok_or(OfferError::Link)?;
        match (parameters.get("credential_offer"), parameters.get("credential_offer_uri")) {
            (Some(text), None) => {
                let value = json::parse(text.as_bytes()).map_err(|_| OfferError::Offer)?;
                CredentialOffer::from_value(&value, reach).map(|offer| Self::Value(Box::new(offer)))
            }
            (None, Some(uri)) => {
                Endpoint::parse(uri, reach).map(Self::Reference).map_err(|_| OfferError::Link)
            }
            _ => Err(OfferError::Link),
        }
    }
}

impl CredentialOffer {
    /// **VCI-1** Reads an offer. Unknown members and grants are ignored.
    pub fn from_value(value: &Value, reach: Reach) -> Result<Self, OfferError> {
        let issuer = value.get("credential_issuer").and_then(Value::as_str).ok_or(OfferError::Offer)?;
        let issuer = Endpoint::parse(issuer, reach).map_err(|_| OfferError::Offer)?;
        if issuer.as_str().contains('?') {
            return Err(OfferError::Offer);
        }
        let empty = Map::new();
        let grants = match value.get("grants") {
            None => &empty,
            Some(grants) => grants.as_object().ok_or(OfferError::Offer)?,
        };
        Ok(Self {
            issuer,
            configurations: configurations(value).ok_or(OfferError::Offer)?,
            pre_authorized: grants.get(PRE_AUTHORIZED).map(pre_authorized).transpose()?,
            authorization: grants.get("authorization_code").map(authorization).transpose()?,
        })
    }

    /// As JSON.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut grants = Map::new();
        if let Some(PreAuthorized { code, transaction_code, server }) = &self.pre_authorized {
            let mut grant = json!({ "pre-authorized_code": code });
            insert(&mut grant, "tx_code", transaction_code.as_ref().map(TransactionCode::to_value));
            insert(&mut grant, "authorization_server", server.as_deref().map(Value::from));
            grants.insert(PRE_AUTHORIZED.to_owned(), grant);
        }
        if let Some(AuthorizationGrant { issuer_state, server }) = &self.authorization {
            let mut grant = json!({});
            insert(&mut grant, "issuer_state", issuer_state.as_deref().map(Value::from));
            insert(&mut grant, "authorization_server", server.as_deref().map(Value::from));
            grants.insert("authorization_code".to_owned(), grant);
        }
        json!({ "credential_issuer": self.issuer.as_str(), "credential_configuration_ids": self.configurations,
            "grants": grants })
    }

    /// The link of the offer itself.
    #[must_use]
    pub fn to_link(&self) -> String {
        let text = self.to_value().to_string();
        format!("openid-credential-offer://?{}", http::encode_form(&[("credential_offer", &text)]))
    }
}

impl TransactionCode {
    fn to_value(&self) -> Value {
        let mut value = json!({ "input_mode": if self.numeric { "numeric" } else { "text" } });
        insert(&mut value, "length", self.length.map(Value::from));
        insert(&mut value, "description", self.description.as_deref().map(Value::from));
        value
    }

    /// Whether a text could be the code.
    #[must_use]
    pub fn fits(&self, text: &str) -> bool {
        let right_length = self.length.is_none_or(|length| text.chars().count() == length);
        let right_kind = !self.numeric || text.chars().all(|c| c.is_ascii_digit());
        right_length && right_kind && (1..=256).contains(&text.len())
    }
}

fn insert(object: &mut Value, name: &str, value: Option<Value>) {
    if let (Some(members), Some(value)) = (object.as_object_mut(), value) {
        members.insert(name.to_owned(), value);
    }
}

fn configurations(offer: &Value) -> Option<Vec<String>> {
    let list = offer.get("credential_configuration_ids")?.as_array()?;
    let mut names: Vec<String> = Vec::new();
    for name in list {
        // A citizen reads it where the issuer has no better name for it.
        let name = name
            .as_str()
            .filter(|name| (1..=LONGEST).contains(&name.len()) && !name.chars().any(is_deceptive))?;
        let name = name.to_owned();
        if names.contains(&name) {
            return None;
        }
        names.push(name);
    }
    (1..=MOST).contains(&names.len()).then_some(names)
}

fn text(object: &Value, name: &str) -> Result<Option<String>, OfferError> {
    match object.get(name) {
        None => Ok(None),
        Some(Value::String(text)) if text.len() <= LONGEST => Ok(Some(text.clone())),
        Some(_) => Err(OfferError::Offer),
    }
}

fn pre_authorized(grant: &Value) -> Result<PreAuthorized, OfferError> {
    let code =
        text(grant, "pre-authorized_code")?.filter(|code| !code.is_empty()).ok_or(OfferError::Offer)?;
    let transaction_code = grant.get("tx_code").map(transaction_code).transpose()?;
    Ok(PreAuthorized { code, transaction_code, server: text(grant, "authorization_server")? })
}

fn authorization(grant: &Value) -> Result<AuthorizationGrant, OfferError> {
    grant.as_object().ok_or(OfferError::Offer)?;
    Ok(AuthorizationGrant {
        issuer_state: text(grant, "issuer_state")?,
        server: text(grant, "authorization_server")?,
    })
}

fn transaction_code(value: &Value) -> Result<TransactionCode, OfferError> {
    value.as_object().ok_or(OfferError::Offer)?;
    let numeric = match text(value, "input_mode")?.as_deref() {
        None | Some("numeric") => true,
        Some("text") => false,
        Some(_) => return Err(OfferError::Offer),
    };
    let length = match value.get("length") {
        None => None,
        Some(length) => {
            let length = length.as_u64().and_then(|length| usize::try_from(length).ok());
            Some(length.filter(|length| (1..=64).contains(length)).ok_or(OfferError::Offer)?)
        }
    };
    let description = text(value, "description")?.map(|words| to_nfc(&words));
    let is_for_a_screen = |words: &String| words.chars().count() <= 300 && !words.chars().any(is_deceptive);
    if !description.as_ref().is_none_or(is_for_a_screen) {
        return Err(OfferError::Offer);
    }
    Ok(TransactionCode { numeric, length, description })
}
