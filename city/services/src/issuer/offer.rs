//! The counter: somebody shows who she is, and is offered what the register has of her.

use super::{CredentialKind, Issuer, Resident, register};
use crate::error::{Reason, ServiceError};
use crate::places;
use crate::tries::Tries;
use serde::{Deserialize, Serialize};

/// How many digits the code has that reaches her another way.
const DIGITS: usize = 6;

/// Who applies for what.
#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// Her number in the register.
    pub number: String,
    /// Her name, as she writes it.
    pub name: String,
    /// Her day of birth: `1999-03-02`.
    pub birth_date: String,
    /// Names of credentials.
    pub credentials: Vec<String>,
}

/// The offer. In the sandbox the code stands beside it; in a city it comes by letter or text message.
#[derive(Clone, Deserialize, Serialize)]
pub struct OfferAnswer {
    /// The link for a QR code: `openid-credential-offer://…`.
    pub offer: String,
    /// What she types.
    pub transaction_code: String,
}

impl Issuer {
    /// Offers credentials to somebody who shows number, name and day of birth together (ISSUER-2). Somebody who does not hears the same,
    /// whichever of them is wrong.
    pub fn offer(&self, application: &Application) -> Result<OfferAnswer, ServiceError> {
        let Application { number, name, birth_date, credentials } = application;
        let resident = self.resident(number, name, birth_date)?;
        if credentials.is_empty() {
            return Err(ServiceError::Malformed);
        }
        let today = register::day(self.party.now()).ok_or(ServiceError::Unavailable)?;
        // None of them twice: there are no more than there are kinds.
        let mut kinds: Vec<CredentialKind> = Vec::new();
        for name in credentials {
            let kind = CredentialKind::of_name(name).filter(|kind| !kinds.contains(kind));
            let kind = kind.ok_or(ServiceError::Malformed)?;
            kind.claims(resident, &self.rules, today).ok_or(Reason::NotEligible)?;
            kinds.push(kind);
        }
        let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
        let digits = Some((DIGITS, "시청에서 받은 번호 / The number from the city"));
        let (offer, code) = self.turn(places::ISSUER_OFFER, |turn, _| {
            self.open.offer(number, &names, digits, turn).ok_or(ServiceError::Unavailable)
        })?;
        Ok(OfferAnswer { offer: offer.to_link(), transaction_code: code.ok_or(ServiceError::Unavailable)? })
    }

    /// Who shows number, name and day of birth together (ISSUER-21).
    pub(super) fn resident(
        &self,
        number: &str,
        name: &str,
        birth_date: &str,
    ) -> Result<&Resident, ServiceError> {
        self.shown_to(&self.tries, (number, name, birth_date))
    }

    /// The same, where wrong tries are counted for one thing alone (ISSUER-30).
    pub(super) fn shown_to(
        &self,
        tries: &Tries,
        (number, name, birth_date): (&str, &str, &str),
    ) -> Result<&Resident, ServiceError> {
        tries.shown(&self.register, (number, name, birth_date), self.party.now())
    }
}

impl std::fmt::Debug for Application {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Application(…)")
    }
}

impl std::fmt::Debug for OfferAnswer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OfferAnswer(…)")
    }
}
