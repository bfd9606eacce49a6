//! What a wallet posted, for whoever asked: verified under keys of issuers whom the registry proves, and held against status lists
//! (VERIFIER-2, VERIFIER-3).

use super::At;
use super::issuer::{Lookup, SignedBy};
use super::registry::Registry;
use super::status::{Lists, Status};
use crate::error::ServiceError;
use crate::party::Party;
use citizen_client::Transport;
use citizen_credential::vc::VerifiedCredential;
use citizen_openid4vc::dcql::QueryId;
use citizen_openid4vc::vp::{Answer, VerifyError};
use citizen_primitives::UnixTime;

/// What is shown, by the query that it answers.
pub(crate) type Shown = Vec<(QueryId, VerifiedCredential)>;

/// What was found.
pub(crate) enum Finding {
    /// All that was shown counts.
    Counts(Shown),
    /// It does not, or not all of it.
    Doubt(Doubt),
    /// Nothing that was made for this question: whoever posts it answers nothing.
    NotForThis,
}

/// Why what was shown does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// Nothing was shown.
    Declined,
    /// The registry proves neither certificate nor DID for who says this.
    UnknownIssuer,
    /// It was revoked.
    Revoked,
    /// Nothing fresh is known of its status. It may be known later.
    StatusUnknown,
    /// It does not verify.
    NotVerified,
}

/// Who examines, and where it asks what it must know.
pub(crate) struct Examiner<'a> {
    pub(crate) party: &'a Party,
    pub(crate) transport: &'a dyn Transport,
    pub(crate) lists: &'a Lists,
    pub(crate) at: At,
}

impl Examiner<'_> {
    /// Examines an answer. `verify` is the session's look at it under what the registry proves, and is called again when that is more.
    pub(crate) async fn examine(
        &self,
        now: UnixTime,
        mut verify: impl FnMut(&Registry) -> Result<Result<Answer, VerifyError>, ServiceError>,
    ) -> Result<Finding, ServiceError> {
        let mut registry = Registry::at(now);
        let lookup = Lookup { party: self.party, transport: self.transport, at: self.at };
        let verified = loop {
            match verify(&registry)? {
                Err(VerifyError::Presentation(_)) if registry.is_curious() => registry.ask(lookup).await?,
                verified => break verified,
            }
        };
        let doubt = match verified {
            Ok(Answer::Presented(shown)) => match registry.granted(&shown) {
                Some(by) => {
                    drop(registry);
                    return self.judge(shown, &by).await;
                }
                None => Doubt::UnknownIssuer,
            },
            Ok(Answer::Refused(_)) => Doubt::Declined,
            Err(error) => {
                tracing::debug!(%error, "an answer does not verify");
                match error {
                    VerifyError::Presentation(_) if registry.has_unknown() => Doubt::UnknownIssuer,
                    VerifyError::Presentation(_)
                    | VerifyError::Query(_)
                    | VerifyError::Transaction
                    | VerifyError::IdToken(_)
                    | VerifyError::Mixed(_) => Doubt::NotVerified,
                    VerifyError::Closed | VerifyError::Malformed | VerifyError::State => {
                        return Ok(Finding::NotForThis);
                    }
                }
            }
        };
        Ok(Finding::Doubt(doubt))
    }

    /// Each credential's status.
    async fn judge(&self, shown: Shown, by: &[SignedBy]) -> Result<Finding, ServiceError> {
        for ((_, credential), by) in shown.iter().zip(by) {
            match self.lists.status_of(self.party, self.transport, (credential, by)).await {
                Ok(Status::Valid) => {}
                Ok(Status::Revoked) => return Ok(Finding::Doubt(Doubt::Revoked)),
                Ok(Status::Unknown) | Err(ServiceError::Unavailable) => {
                    return Ok(Finding::Doubt(Doubt::StatusUnknown));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(Finding::Counts(shown))
    }
}
