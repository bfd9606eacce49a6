//! What is awaited of an issuer.

use crate::error::Message;
use crate::id::IssuanceId;
use crate::record::IssuanceRow;
use crate::view::{serial::plain, view};
use citizen_primitives::UnixTime;

view! {
    /// Credentials that the citizen has accepted and the issuer has not issued yet.
    PendingCredentialView {
        /// What this wallet calls it.
        #[serde(serialize_with = "plain")]
        id: IssuanceId,
        /// Who issues them, by the registry when she accepted.
        issuer: Message,
        /// Their types.
        vcts: Vec<String>,
        /// When she accepted.
        #[serde(serialize_with = "plain")]
        begun: UnixTime,
        /// `being-issued`: the issuer takes a while; `unanswered`: it has not answered.
        state: &'static str,
        /// Before then nobody is asked.
        #[serde(serialize_with = "plain")]
        next: UnixTime,
        /// For people, and for a screen reader.
        text: Message,
    }
}

impl PendingCredentialView {
    /// Of what is awaited of a row.
    pub(crate) fn new(row: &IssuanceRow) -> Self {
        let is_put_off = row.awaited().all(|wanted| wanted.transaction.is_some());
        let state = if is_put_off { "being-issued" } else { "unanswered" };
        let issuer = Message::written(&row.name);
        Self {
            id: row.id,
            vcts: row.awaited().map(|wanted| wanted.vct.clone()).collect(),
            begun: row.begun,
            state,
            next: row.awaited().map(|wanted| wanted.next).min().unwrap_or(row.begun),
            text: Message::of(&format!("pending-credential.{state}")).with_message("issuer", &issuer),
            issuer,
        }
    }
}
