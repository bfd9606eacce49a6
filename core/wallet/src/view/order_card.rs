//! The citizen card of a payment above a limit: what will be shown of it, and what became of that.

use crate::error::{Message, Reason};
use crate::id::CredentialId;
use crate::record::{OrderCardRow, Showing};
use crate::view::{serial::plain, view};
use citizen_ledger::{GrantedClaim, PaymentCardRule};
use citizen_primitives::Won;

view! {
    /// That the citizen card is shown to the centre when the payment is approved. By the ledger's rule, under the review's header.
    OrderCardReviewView {
        /// Above this sum.
        #[serde(serialize_with = "plain")]
        above: Won,
        /// The credential that will be shown, by this wallet's name for it.
        #[serde(serialize_with = "plain")]
        credential: CredentialId,
        /// Its type.
        vct: String,
        /// What of it is shown, and nothing else.
        claims: Vec<String>,
        /// For people, and for a screen reader.
        text: Message,
    }
}

view! {
    /// The citizen card of a payment on its way.
    OrderCardView {
        /// `awaited`, `asked`, `shown`, `taken`, `refused`.
        state: &'static str,
        /// Why it was refused.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<Message>,
        /// For people, and for a screen reader.
        text: Message,
    }
}

impl OrderCardReviewView {
    pub(crate) fn new(rule: &PaymentCardRule, credential: CredentialId) -> Self {
        let claims: Vec<String> = rule.claims.iter().map(path).collect();
        let text = if claims.is_empty() {
            Message::of("order-card.review-bare")
        } else {
            Message::of("order-card.review").with("claims", claims.join(", "))
        };
        Self { above: rule.above, credential, vct: rule.credential.as_str().to_owned(), claims, text }
    }
}

impl OrderCardView {
    pub(crate) fn of(row: &OrderCardRow) -> Self {
        let state = row.showing.word();
        let reason = match &row.showing {
            Showing::Refused { reason } => Some(Reason::of_word(reason).message()),
            _ => None,
        };
        Self { state, reason, text: Message::of(&format!("order-card.{state}")) }
    }
}

fn path(claim: &GrantedClaim) -> String {
    claim.0.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(".")
}
