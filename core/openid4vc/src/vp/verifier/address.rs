//! Several requests have one address for their answers: which one an answer is for.

use crate::http;
use citizen_jose::jwe::UnverifiedJwe;

/// To which request an answer says that it belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnswerAddress {
    /// The name of the key that it is encrypted to.
    Key(String),
    /// Its `state`.
    State(String),
}

impl AnswerAddress {
    /// Of the body of a wallet's POST; `None` if it does not say. Nothing of it is verified.
    #[must_use]
    pub fn of(body: &str) -> Option<Self> {
        let mut fields = http::decode_form(body)?;
        match fields.get("response") {
            Some(token) => Some(Self::Key(UnverifiedJwe::parse(token).ok()?.header().kid.clone()?)),
            None => fields.remove("state").map(Self::State),
        }
    }
}
