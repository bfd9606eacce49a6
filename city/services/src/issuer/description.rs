//! What a type says of itself, at its own address (SD-JWT VC, 4 to 6): its name, its claims, which of them are there and which the citizen may hide (ISSUER-22).

use super::{CredentialKind, Issuer};
use crate::error::ServiceError;
use citizen_credential::vc::integrity_of;
use serde_json::{Value, json};

impl Issuer {
    /// The description of a type by the last segment of its address, as bytes: copies name their digest.
    pub fn type_description(&self, name: &str) -> Result<String, ServiceError> {
        let kind = CredentialKind::of_name(name).filter(|kind| kind.is_described());
        self.description(kind.ok_or(ServiceError::NotFound)?).ok_or(ServiceError::NotFound)
    }

    /// `vct#integrity` of a copy: the digest of the description, by which a wallet knows that its host has changed nothing (SD-JWT VC, 5; W3C SRI, 3.5).
    pub(super) fn integrity(&self, kind: CredentialKind) -> Option<String> {
        let described = self.description(kind.is_described().then_some(kind)?)?;
        Some(integrity_of(described.as_bytes()))
    }

    fn description(&self, kind: CredentialKind) -> Option<String> {
        let display = |called: &str, ko: &str, en: &str| json!([{ "locale": "ko", called: ko }, { "locale": "en", called: en }]);
        let (ko, en) = kind.titles();
        let claim = |(name, ko, en): &(&str, &str, &str)| json!({ "path": [name], "display": display("label", ko, en), "sd": "always", "mandatory": true });
        let claims: Vec<Value> = kind.labels().iter().map(claim).collect();
        let vct = kind.vct(Some(self.certified.base()))?;
        Some(
            json!({ "vct": vct, "name": en, "display": display("name", ko, en), "claims": claims })
                .to_string(),
        )
    }
}
