//! A code that this phone shows.

use crate::error::{Message, Reason, WalletError};
use crate::record::{CodeFate, CodeRow};
use crate::signing::Cosigning;
use crate::view::{AttestedMark, VerifiedMark, serial::plain, view};
use citizen_ledger::{Attested, Rejection};
use citizen_payment::PaymentRecord;
use citizen_payment::word::{ChargeRefusal, NotCharged};
use citizen_primitives::{PaymentId, Points, Seconds, Text, UnixTime, Won};

view! {
    /// A code before it is shown: nothing has happened yet.
    CodeReviewView {
        /// The most points that a shop may take.
        #[serde(serialize_with = "plain")]
        points: Points,
        /// The most that a shop may take in all, points and won together.
        #[serde(serialize_with = "plain")]
        total: Won,
        /// For how many seconds it can be charged, once.
        seconds: u64,
        /// Until when the showing can be approved.
        #[serde(serialize_with = "plain")]
        until: UnixTime,
        /// Whether the hardware key signs too: the platform asks for a finger.
        cosigned: bool,
        /// How the phone knows.
        verified: VerifiedMark,
        /// For a screen reader.
        spoken: Message,
    }
}

view! {
    /// A shop's try to charge a shown code that came to nothing.
    RefusedChargeView {
        /// The shop.
        #[serde(serialize_with = "plain")]
        merchant: Text,
        /// How much it wanted, points and won together.
        #[serde(serialize_with = "plain")]
        amount: Won,
        /// Why not, as a stable word: `over-cap`, `wrong-amount`, `merchant-suspended`, or why the ledger refused.
        reason: &'static str,
        /// Who said so, and when.
        attested: AttestedMark,
        /// For people, and for a screen reader.
        text: Message,
    }
}

view! {
    /// A code on the screen, and what became of it.
    ShownCodeView {
        /// The payment that a charge will be.
        #[serde(serialize_with = "plain")]
        payment_id: PaymentId,
        /// The text of the QR symbol.
        qr: String,
        /// The text of the bar code (Code 128).
        barcode: String,
        /// The most points.
        #[serde(serialize_with = "plain")]
        points: Points,
        /// The most in all.
        #[serde(serialize_with = "plain")]
        total: Won,
        /// Until when it can be charged.
        #[serde(serialize_with = "plain")]
        until: UnixTime,
        /// What became of it: `unready` before the centre has the mandate, `open`, `charging` when the ledger shows a charge whose
        /// terms the centre has not told yet, `charged`, `expired`, `revoked`, `undone` when
        /// a charge came back before its terms were told, `paid` when a charge is captured and its terms are not told: how much is
        /// proved, to whom nobody says.
        state: &'static str,
        /// What the ledger shows was taken, points and won together, where it shows a charge.
        #[serde(serialize_with = "plain")]
        taken: Option<Won>,
        /// The header under which that is proved, where it was looked at now.
        verified: Option<VerifiedMark>,
        /// Why a till that tried has not charged it, by the centre's word, where the centre was asked since the wallet was unlocked.
        refused: Option<RefusedChargeView>,
        /// For people, and for a screen reader.
        text: Message,
    }
}

impl CodeReviewView {
    pub(crate) fn new(
        (points, total): (Points, Won),
        (lasts, until): (Seconds, UnixTime),
        cosigning: Cosigning,
        verified: VerifiedMark,
    ) -> Self {
        let spoken = Message::of("spoken.code").with("total", total).with("points", points);
        let cosigned = cosigning == Cosigning::Signed;
        Self { points, total, seconds: lasts.count(), until, cosigned, verified, spoken }
    }
}

impl ShownCodeView {
    pub(crate) fn of(
        row: &CodeRow,
        charge: Option<&PaymentRecord>,
        verified: Option<VerifiedMark>,
    ) -> Result<Self, WalletError> {
        let mandate = row.mandate().ok_or(WalletError::StoreDamaged)?;
        let taken = charge.map(taken).transpose()?;
        let state = state(row, charge.is_some());
        Ok(Self {
            payment_id: mandate.payment,
            qr: row.qr.clone(),
            barcode: row.barcode.clone(),
            points: mandate.points,
            total: mandate.total,
            until: mandate.until,
            state,
            taken,
            verified,
            refused: None,
            text: Message::of(&format!("shown.{state}")).with("total", taken.unwrap_or(mandate.total)),
        })
    }

    /// With why a till that tried has not charged it. What holds since says nothing of it any more.
    pub(crate) fn with_refusal(mut self, word: Option<&Attested<ChargeRefusal>>) -> Self {
        let is_charged = matches!(self.state, "charging" | "charged" | "paid");
        self.refused = word.filter(|_| !is_charged).map(RefusedChargeView::of);
        self
    }

    /// How long it can still be charged.
    #[must_use]
    pub fn left(&self, now: UnixTime) -> Seconds {
        self.until.since(now)
    }

    /// Whether nothing more will become of it.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(self.state, "charged" | "expired" | "revoked" | "undone" | "paid")
    }

    /// Whether it was charged: the payment is among the payments.
    #[must_use]
    pub fn is_charged(&self) -> bool {
        self.state == "charged"
    }
}

impl RefusedChargeView {
    fn of(word: &Attested<ChargeRefusal>) -> Self {
        let ChargeRefusal { payment: _, merchant, amount, reason, time: _ } = word.value();
        let reason = match reason {
            NotCharged::OverCap => Reason::OverCap,
            NotCharged::Amount => Reason::WrongAmount,
            NotCharged::Suspended => Reason::MerchantSuspended,
            NotCharged::CardNeeded => Reason::CardNeeded,
            NotCharged::Ledger { rejection } => {
                Rejection::from_code(*rejection).map_or(Reason::Other, Reason::from)
            }
        };
        let text = Message::of("shown.refused")
            .with("merchant", merchant.as_str())
            .with("total", *amount)
            .with_message("reason", &reason.message());
        Self {
            merchant: merchant.clone(),
            amount: *amount,
            reason: reason.word(),
            attested: AttestedMark::of(word),
            text,
        }
    }
}

fn taken(record: &PaymentRecord) -> Result<Won, WalletError> {
    Ok(record.won.plus(Won::new(record.lots.total()?.amount())?)?)
}

const fn state(row: &CodeRow, has_charge: bool) -> &'static str {
    match row.fate {
        CodeFate::Charged => "charged",
        CodeFate::Expired => "expired",
        CodeFate::Revoked => "revoked",
        CodeFate::Undone => "undone",
        CodeFate::Paid(_) => "paid",
        CodeFate::Open if has_charge => "charging",
        CodeFate::Open if row.ready => "open",
        CodeFate::Open => "unready",
    }
}
