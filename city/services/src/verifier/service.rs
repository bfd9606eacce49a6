//! What a service asks for, and to what end: data, each with no more than the service needs.

use citizen_openid4vc::dcql::{Component, Meta, Query, QueryId};
use serde::Deserialize;
use serde_json::Value;

/// A service that asks for credentials.
#[derive(Debug, Clone)]
pub struct CardService {
    /// Its name in addresses.
    pub name: String,
    /// For a screen, in Korean.
    pub name_ko: String,
    /// In English.
    pub name_en: String,
    /// To what end it asks, in Korean.
    pub purpose_ko: String,
    /// In English.
    pub purpose_en: String,
    /// Whether it knows the citizen again at her next visit: by an ID token of a key that she shows to nobody else.
    pub signs_in: bool,
    /// Whether somebody else vouches for it: it stands in the registry by no certificate of its own.
    pub is_attested: bool,
    /// What it asks.
    pub query: Query,
}

/// A text has no services, or one whose query breaks a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no services of the card")]
pub struct CardServiceError;

/// Types and the claims of each, by the members that lead to them: what a service's certificate is entered for, or that of whoever vouches for it.
pub type Asked = Vec<(String, Vec<Vec<String>>)>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    name_ko: String,
    name_en: String,
    purpose_ko: String,
    purpose_en: String,
    signs_in: bool,
    #[serde(default)]
    is_attested: bool,
    query: Value,
}

impl CardService {
    /// The sandbox's: a library, the office of the youth allowance, a sports centre, and a small library that the district's office vouches for.
    pub fn sandbox() -> Result<Vec<Self>, CardServiceError> {
        Self::parse(include_str!("../../data/card_services.json"))
    }

    /// Reads services in JSON.
    pub fn parse(json: &str) -> Result<Vec<Self>, CardServiceError> {
        let rows: Vec<Row> = serde_json::from_str(json).map_err(|_| CardServiceError)?;
        let service = |row: Row| {
            let Row { name, name_ko, name_en, purpose_ko, purpose_en, signs_in, is_attested, query } = row;
            let query = Query::from_value(&query).map_err(|_| CardServiceError)?;
            Ok(Self { name, name_ko, name_en, purpose_ko, purpose_en, signs_in, is_attested, query })
        };
        rows.into_iter().map(service).collect()
    }

    /// What it asks for.
    #[must_use]
    pub fn asked(&self) -> Asked {
        let mut asked = Asked::new();
        for credential in self.query.credentials() {
            let Meta::Vct(types) = &credential.meta else { continue };
            let claims: Vec<Vec<String>> =
                credential.claims.iter().map(|claim| names(claim.path.components())).collect();
            asked.extend(types.iter().map(|vct| (vct.clone(), claims.clone())));
        }
        asked
    }

    /// The query whose answer an account is opened with: the first.
    pub(super) fn opening(&self) -> Option<&QueryId> {
        self.query.credentials().first().map(|credential| &credential.id)
    }
}

/// The members of a path; places in arrays are not named.
fn names(path: &[Component]) -> Vec<String> {
    let name = |component: &Component| match component {
        Component::Name(name) => Some(name.clone()),
        _ => None,
    };
    path.iter().filter_map(name).collect()
}
