//! What a W3C credential of a configuration is: `credential_definition` of OpenID4VCI 1.0 Appendix A.1.2.2. It is compared as it is written: nothing
//! here processes JSON-LD.

use serde_json::{Map, Value, json};

/// The most contexts and types.
const MOST: usize = 32;

/// Contexts and types.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CredentialDefinition {
    /// `@context`: addresses, or contexts themselves.
    pub contexts: Vec<Value>,
    /// `type`.
    pub types: Vec<String>,
}

impl CredentialDefinition {
    /// Reads it; `None` if a list is missing, empty, or not of what it should be.
    #[must_use]
    pub fn from_value(value: &Value) -> Option<Self> {
        let list = |name: &str| {
            let list = value.get(name)?.as_array()?;
            (1..=MOST).contains(&list.len()).then_some(list)
        };
        let contexts = list("@context")?;
        let is_context = |one: &Value| one.is_string() || one.is_object();
        let types = list("type")?.iter().map(|name| name.as_str().map(str::to_owned));
        contexts.iter().all(is_context).then_some(())?;
        Some(Self { contexts: contexts.clone(), types: types.collect::<Option<_>>()? })
    }

    /// As an issuer writes it.
    #[must_use]
    pub fn to_value(&self) -> Value {
        json!({ "@context": self.contexts, "type": self.types })
    }

    /// Whether a credential is of it: under these contexts first, and of all of these types.
    #[must_use]
    pub fn fits(&self, credential: &Map<String, Value>) -> bool {
        let contexts = credential.get("@context").and_then(Value::as_array);
        let types = credential.get("type").and_then(Value::as_array);
        let has = |name: &String| types.is_some_and(|types| types.iter().any(|kind| kind == name));
        contexts.is_some_and(|contexts| contexts.starts_with(&self.contexts)) && self.types.iter().all(has)
    }
}
