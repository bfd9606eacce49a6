//! How old what is known of a credential's status is.

use crate::error::Message;
use crate::view::{serial::plain, view};
use citizen_primitives::UnixTime;

view! {
    /// What this phone knows of a credential's status, by age. Nothing is refused for it: who is shown the credential looks for herself.
    StatusView {
        /// `fresh`; `stale`: it was known, and should be looked up again; `unknown`: it was never looked up; `unlisted`: it stands in no list.
        state: &'static str,
        /// When the lists said it last.
        #[serde(serialize_with = "plain", skip_serializing_if = "Option::is_none")]
        checked: Option<UnixTime>,
        /// Until when that may be taken for the present, by what the list says of itself: where it is stale, since when.
        #[serde(serialize_with = "plain", skip_serializing_if = "Option::is_none")]
        until: Option<UnixTime>,
        /// For people, and for a screen reader.
        text: Message,
    }
}

impl StatusView {
    /// Of a credential that stands in no list.
    pub(crate) fn unlisted() -> Self {
        Self { state: "unlisted", checked: None, until: None, text: Message::of("status-age.unlisted") }
    }

    /// Of one whose lists were never looked at.
    pub(crate) fn unknown() -> Self {
        Self { state: "unknown", checked: None, until: None, text: Message::of("status-age.unknown") }
    }

    /// Of one whose lists have said something.
    pub(crate) fn known(checked: UnixTime, until: UnixTime, now: UnixTime) -> Self {
        let state = if now < until { "fresh" } else { "stale" };
        let text = Message::of(&format!("status-age.{state}")).with("time", checked.to_kst());
        Self { state, checked: Some(checked), until: Some(until), text }
    }
}
