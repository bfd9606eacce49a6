//! What will happen if the citizen approves.

use crate::error::Message;
use crate::view::{AttestedMark, OrderCardReviewView, VerifiedMark, serial::plain, view};
use citizen_primitives::{Points, Text, UnixTime, Won};

view! {
    /// A payment before it is approved: nothing has happened yet.
    ReviewView {
        /// The merchant's name, as the centre signed it.
        #[serde(serialize_with = "plain")]
        merchant: Text,
        /// Its district.
        #[serde(serialize_with = "plain")]
        district: Text,
        /// What the merchant asks for.
        #[serde(serialize_with = "plain")]
        amount: Won,
        /// The fee the citizen pays on top.
        #[serde(serialize_with = "plain")]
        fee: Won,
        /// The part in points.
        #[serde(serialize_with = "plain")]
        points: Points,
        /// The part in won, the fee included.
        #[serde(serialize_with = "plain")]
        krw: Won,
        /// Points that are left afterwards.
        #[serde(serialize_with = "plain")]
        points_left: Points,
        /// Until when it can be approved.
        #[serde(serialize_with = "plain")]
        until: UnixTime,
        /// Whether the hardware key signs too: the platform asks for a finger.
        cosigned: bool,
        /// The citizen card that is shown to the centre with the approval, if the sum needs it.
        card: Option<OrderCardReviewView>,
        /// The points: how the phone knows.
        verified: VerifiedMark,
        /// The merchant: the centre's word.
        merchant_attested: AttestedMark,
        /// The won: the bank's word, if won is part of it.
        krw_attested: Option<AttestedMark>,
        /// For a screen reader.
        spoken: Message,
    }
}
