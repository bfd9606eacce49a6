//! What became of credentials: who saw what of the citizen, when, and why.

use crate::error::Message;
use crate::record::{ActivityKind, ActivityRow};
use crate::view::{ActivityView, serial::plain, view};
use citizen_primitives::UnixTime;

view! {
    /// A line of the phone's own log that is about credentials.
    CredentialEventView {
        /// When.
        #[serde(serialize_with = "plain")]
        time: UnixTime,
        /// `received`, `presented`, `signed-in`, `declined`, `forgotten`, or `service-forgotten`.
        kind: &'static str,
        /// The issuer or the verifier, by the registry; the address of an unknown one.
        #[serde(skip_serializing_if = "Option::is_none")]
        party: Option<Message>,
        /// Where the answer went, or would have gone.
        #[serde(skip_serializing_if = "Option::is_none")]
        host: Option<String>,
        /// The type of the credential.
        #[serde(skip_serializing_if = "Option::is_none")]
        vct: Option<String>,
        /// Which claims were shown, by their paths.
        claims: Vec<String>,
        /// To what end, by the registry.
        #[serde(skip_serializing_if = "Option::is_none")]
        purpose: Option<Message>,
        /// The line for people.
        text: Message,
    }
}

impl CredentialEventView {
    /// Of a line of the log, if it is about credentials.
    pub(crate) fn of(row: &ActivityRow) -> Option<Self> {
        let line = Self {
            time: row.time,
            kind: "received",
            party: None,
            host: None,
            vct: None,
            claims: Vec::new(),
            purpose: None,
            text: ActivityView::of(row).text().clone(),
        };
        match &row.kind {
            ActivityKind::CredentialReceived { credential, issuer } => {
                let party = Some(Message::written(issuer));
                Some(Self { party, vct: Some(credential.clone()), ..line })
            }
            ActivityKind::CredentialForgotten { credential } => {
                Some(Self { kind: "forgotten", vct: Some(credential.clone()), ..line })
            }
            ActivityKind::Presented(shown) => Some(Self {
                kind: "presented",
                party: Some(Message::written(&shown.verifier)),
                host: Some(shown.host.clone()),
                vct: Some(shown.credential.clone()),
                claims: shown.claims.clone(),
                purpose: shown.purpose.as_ref().map(Message::written),
                ..line
            }),
            ActivityKind::Declined { verifier, host } => {
                let party = Some(Message::written(verifier));
                Some(Self { kind: "declined", party, host: Some(host.clone()), ..line })
            }
            ActivityKind::SignedIn(known) => {
                let party = Some(Message::written(&known.verifier));
                Some(Self { kind: "signed-in", party, host: Some(known.host.clone()), ..line })
            }
            ActivityKind::ServiceForgotten { verifier } => {
                let party = Some(Message::written(verifier));
                Some(Self { kind: "service-forgotten", party, ..line })
            }
            _ => None,
        }
    }
}
