//! A sign-in at an issuer's page, in the browser.

use crate::error::Message;
use crate::record::AuthorizationRow;
use crate::view::{serial::plain, view};
use citizen_openid4vc::http::{Endpoint, Reach};
use citizen_primitives::UnixTime;

view! {
    /// A sign-in at an issuer's page. Nothing was received.
    AuthorizationView {
        /// Who issues, by the registry.
        issuer: Message,
        /// What the browser opens.
        address: String,
        /// Whose page that is: the issuer may have another host sign citizens in.
        host: String,
        /// Whether it can still be opened. Whoever has opened it in time goes on there.
        can_open: bool,
        /// Until when it can be opened, where the server says so.
        #[serde(serialize_with = "plain", skip_serializing_if = "Option::is_none")]
        opens_until: Option<UnixTime>,
        /// Until when the browser may come back.
        #[serde(serialize_with = "plain")]
        until: UnixTime,
        /// For people, and for a screen reader.
        text: Message,
    }
}

impl AuthorizationView {
    pub(crate) fn new(row: &AuthorizationRow, now: UnixTime) -> Self {
        let (issuer, asked) = (Message::written(&row.issuance.name), &row.sign_in);
        let page = Endpoint::parse(&asked.address, Reach::OrLoopback);
        let host = page.map(|page| page.host().to_owned()).unwrap_or_default();
        let can_open = asked.opens_until.is_none_or(|until| now <= until);
        let key = if can_open { "authorization.open" } else { "authorization.away" };
        Self {
            text: Message::of(key).with_message("issuer", &issuer).with("host", &host),
            issuer,
            address: asked.address.clone(),
            host,
            can_open,
            opens_until: asked.opens_until,
            until: row.until,
        }
    }
}
