//! Services that know her, and a request to sign in to one.

use crate::error::Message;
use crate::id::ServiceId;
use crate::record::ServiceRow;
use crate::view::{serial::plain, view};
use citizen_primitives::UnixTime;

view! {
    /// A sign-in that a request asks for. Nothing was sent.
    SignInView {
        /// Whether the service knows her from an earlier time.
        is_known: bool,
        /// When she signed in there last.
        #[serde(serialize_with = "plain", skip_serializing_if = "Option::is_none")]
        last: Option<UnixTime>,
        /// What it will know, for people.
        text: Message,
    }
}

view! {
    /// A service that she has signed in to with this phone.
    ServiceView {
        /// What this wallet calls it.
        #[serde(serialize_with = "plain")]
        id: ServiceId,
        /// Who it is, by the registry as it was.
        service: Message,
        /// Where the last answer went.
        host: String,
        /// When she signed in first.
        #[serde(serialize_with = "plain")]
        since: UnixTime,
        /// When last.
        #[serde(serialize_with = "plain")]
        last: UnixTime,
        /// For people.
        text: Message,
    }
}

impl SignInView {
    /// To a service of this name; `known` is its row, if it has one.
    pub(crate) fn new(service: &Message, known: Option<&ServiceRow>) -> Self {
        Self::since(service, known.and_then(|row| row.signed).map(|(_, last)| last))
    }

    /// To a service that knows her from then, if it does.
    pub(crate) fn since(service: &Message, last: Option<UnixTime>) -> Self {
        let text = match last {
            None => Message::of("sign-in.first"),
            Some(last) => Message::of("sign-in.again").with("time", last.to_kst()),
        };
        Self { is_known: last.is_some(), last, text: text.with_message("verifier", service) }
    }
}

impl ServiceView {
    /// Of a row; nothing of one whose key has never signed.
    pub(crate) fn of(row: &ServiceRow) -> Option<Self> {
        Some(Self::known(row.id, Message::written(&row.service), row.host.clone(), row.signed?))
    }

    /// One that knows her; first and last time.
    pub(crate) fn known(
        id: ServiceId,
        service: Message,
        host: String,
        (since, last): (UnixTime, UnixTime),
    ) -> Self {
        let text =
            Message::of("service.known").with("time", last.to_kst()).with_message("verifier", &service);
        Self { id, host, since, last, text, service }
    }
}
