//! What an issuer and its authorization server say of themselves.

use super::{Configuration, CredentialFormat, Issuer};
use crate::dcql::Format;
use crate::vci::offer::PRE_AUTHORIZED;
use crate::vci::proof::KeyName;
use serde_json::{Map, Value, json};

impl Issuer {
    /// §12.2: `/.well-known/openid-credential-issuer`.
    #[must_use]
    pub fn metadata(&self) -> Value {
        let one = |one: &Configuration| (one.name.clone(), one.metadata());
        let supported: Map<String, Value> = self.config.configurations.iter().map(one).collect();
        let mut metadata = json!({
            "credential_issuer": self.config.issuer.as_str(),
            "credential_endpoint": self.address("credential"), "nonce_endpoint": self.address("nonce"),
            "deferred_credential_endpoint": self.address("deferred"),
            "notification_endpoint": self.address("notification"),
            "credential_configurations_supported": supported,
        });
        if let (true, Some(members)) = (self.config.batch >= 2, metadata.as_object_mut()) {
            members.insert("batch_credential_issuance".to_owned(), json!({ "batch_size": self.batch() }));
        }
        metadata
    }

    /// RFC 8414: `/.well-known/oauth-authorization-server`.
    #[must_use]
    pub fn server_metadata(&self) -> Value {
        let mut grants = vec!["authorization_code", PRE_AUTHORIZED];
        grants.extend(self.lasting.map(|_| "refresh_token"));
        json!({
            "issuer": self.config.issuer.as_str(), "token_endpoint": self.address("token"),
            "authorization_endpoint": self.address("authorize"),
            "pushed_authorization_request_endpoint": self.address("par"),
            "require_pushed_authorization_requests": true, "response_types_supported": ["code"],
            "grant_types_supported": grants,
            "code_challenge_methods_supported": ["S256"], "dpop_signing_alg_values_supported": ["ES256", "EdDSA"],
            "authorization_response_iss_parameter_supported": true,
            "pre-authorized_grant_anonymous_access_supported": true,
            "token_endpoint_auth_methods_supported": ["none"],
        })
    }
}

impl Configuration {
    /// **VCI-16** One of `credential_configurations_supported` (§12.2.4; Appendices A.1.2.2 and A.3.2): what signs a W3C credential is named by its suite.
    fn metadata(&self) -> Value {
        let algorithms = json!(["ES256", "EdDSA"]);
        let (format, signed_by, (name, value)) = match &self.format {
            CredentialFormat::SdJwtVc(vct) => (Format::SD_JWT_VC, algorithms.clone(), ("vct", json!(vct))),
            CredentialFormat::LdpVc(definition, suite) => {
                (Format::LDP_VC, json!([suite.name()]), ("credential_definition", definition.to_value()))
            }
        };
        let bound_to = match &self.format {
            CredentialFormat::SdJwtVc(_) => json!([KeyName::Jwk.name()]),
            CredentialFormat::LdpVc(..) => json!(KeyName::ALL.map(KeyName::name)),
        };
        json!({
            "format": format, (name): value, "credential_metadata": self.metadata,
            "cryptographic_binding_methods_supported": bound_to,
            "credential_signing_alg_values_supported": signed_by,
            "proof_types_supported": { "jwt": { "proof_signing_alg_values_supported": algorithms } },
        })
    }
}
