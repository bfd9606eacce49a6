//! What became of credentials: who saw what of the citizen, when, and why.

use crate::error::Message;
use crate::record::{ActivityKind, ActivityRow};
use crate::view::{ActivityView, Names, serial::plain, view};
use citizen_primitives::UnixTime;

view! {
    /// A line of the phone's own log that is about credentials.
    CredentialEventView {
        /// When.
        #[serde(serialize_with = "plain")]
        time: UnixTime,
        /// `received`, `presented`, `presented-unknown` (she insisted), `signed-in`, `declined`, `forgotten`, or `service-forgotten`.
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
        /// What it is called, by whoever issued it.
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<Message>,
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
    pub(crate) fn of(row: &ActivityRow, names: &Names) -> Option<Self> {
        let named = |vct: &String| Some(names.of_type(vct));
        let line = Self {
            time: row.time,
            kind: "received",
            party: None,
            host: None,
            vct: None,
            name: None,
            claims: Vec::new(),
            purpose: None,
            text: ActivityView::of(row, names).text().clone(),
        };
        match &row.kind {
            ActivityKind::CredentialReceived { credential, issuer } => {
                let party = Some(Message::written(issuer));
                Some(Self { party, name: named(credential), vct: Some(credential.clone()), ..line })
            }
            ActivityKind::CredentialForgotten { credential } => {
                let name = named(credential);
                Some(Self { kind: "forgotten", name, vct: Some(credential.clone()), ..line })
            }
            ActivityKind::Presented(shown) | ActivityKind::PresentedToUnknown(shown) => Some(Self {
                kind: if matches!(row.kind, ActivityKind::Presented(_)) {
                    "presented"
                } else {
                    "presented-unknown"
                },
                name: named(&shown.credential),
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
