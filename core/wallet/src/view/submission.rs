//! Gifts and redemptions: what will happen, and what became of them.

use crate::error::{Message, WalletError};
use crate::record::{SubmissionFate, SubmissionRow, Submitted};
use crate::signing::Cosigning;
use crate::view::{AttestedMark, VerifiedMark, serial::plain, view};
use citizen_ledger::{Attested, RedemptionRule};
use citizen_payment::word::Certificate;
use citizen_primitives::{AccountId, Points, Text, TransactionId, UnixTime, Won};

view! {
    /// A gift before it is approved: nothing has happened yet.
    GiftReviewView {
        /// The other account; it is there by proof.
        #[serde(serialize_with = "plain")]
        to: AccountId,
        /// How many points.
        #[serde(serialize_with = "plain")]
        points: Points,
        /// Points that are left afterwards.
        #[serde(serialize_with = "plain")]
        points_left: Points,
        /// Until when it can be approved.
        #[serde(serialize_with = "plain")]
        until: UnixTime,
        /// Whether the hardware key signs too: the platform asks for a finger.
        cosigned: bool,
        /// How the phone knows.
        verified: VerifiedMark,
        /// For a screen reader: how much, and that it cannot be taken back.
        spoken: Message,
    }
}

view! {
    /// A redemption before it is approved: nothing has happened yet.
    RedemptionReviewView {
        /// How many points; the certificate's face in won.
        #[serde(serialize_with = "plain")]
        points: Points,
        /// Points that are left afterwards.
        #[serde(serialize_with = "plain")]
        points_left: Points,
        /// Points are redeemed in steps of so many.
        #[serde(serialize_with = "plain")]
        step: Points,
        /// It cannot be undone.
        irrevocable: bool,
        /// Until when it can be approved.
        #[serde(serialize_with = "plain")]
        until: UnixTime,
        /// Whether the hardware key signs too: the platform asks for a finger.
        cosigned: bool,
        /// How the phone knows.
        verified: VerifiedMark,
        /// For a screen reader: how much, and that it cannot be undone.
        spoken: Message,
    }
}

view! {
    /// A gift certificate, by the treasury's word.
    CertificateView {
        /// Its number: whoever has it can use it.
        #[serde(serialize_with = "plain")]
        number: Text,
        /// Its face.
        #[serde(serialize_with = "plain")]
        won: Won,
        /// Until when it may be used.
        #[serde(serialize_with = "plain")]
        until: UnixTime,
        /// Whose word it is.
        attested: AttestedMark,
    }
}

view! {
    /// What this phone has asked of the ledger, and what became of it.
    SubmissionView {
        /// The transaction.
        #[serde(serialize_with = "plain")]
        id: TransactionId,
        /// What it is: `gift`, `redemption`, `limits`, `freeze`, `unfreeze`, `objection`,
        /// `dismissal`, `freeze-elsewhere`: of an account that is not this wallet's.
        kind: &'static str,
        /// How far it is: `sent`, `done`, `never`.
        state: &'static str,
        /// Points that it takes.
        #[serde(serialize_with = "plain")]
        points: Points,
        /// When it was approved.
        #[serde(serialize_with = "plain")]
        approved: UnixTime,
        /// The header under which that is proved, where it was looked at now.
        verified: Option<VerifiedMark>,
        /// The certificate of a redemption, once the treasury has issued it.
        certificate: Option<CertificateView>,
        /// What the gateway said when it was sent, if that was no yes. It decides nothing: the history will.
        hint: Option<Message>,
        /// For people, and for a screen reader.
        text: Message,
        #[serde(skip)]
        has_ended: bool,
    }
}

impl GiftReviewView {
    pub(crate) fn new(
        (to, points, points_left): (AccountId, Points, Points),
        until: UnixTime,
        cosigning: Cosigning,
        verified: VerifiedMark,
    ) -> Self {
        let spoken = Message::of("spoken.gift").with("points", points);
        let cosigned = cosigning == Cosigning::Signed;
        Self { to, points, points_left, until, cosigned, verified, spoken }
    }
}

impl RedemptionReviewView {
    pub(crate) fn new(
        (points, points_left): (Points, Points),
        (rule, until): (RedemptionRule, UnixTime),
        cosigning: Cosigning,
        verified: VerifiedMark,
    ) -> Self {
        Self {
            points,
            points_left,
            step: rule.step,
            irrevocable: true,
            until,
            cosigned: cosigning == Cosigning::Signed,
            verified,
            spoken: Message::of("spoken.redemption").with("points", points),
        }
    }
}

impl CertificateView {
    pub(crate) fn from_attested(word: &Attested<Certificate>) -> Self {
        let Certificate { number, won, until, .. } = word.value().clone();
        Self { number, won, until, attested: AttestedMark::of(word) }
    }
}

impl SubmissionView {
    pub(crate) fn of(
        row: &SubmissionRow,
        verified: Option<VerifiedMark>,
        certificate: Option<CertificateView>,
    ) -> Self {
        let (kind, state) = (kind(&row.what), state(row.fate));
        Self {
            id: row.id,
            kind,
            state,
            points: row.points(),
            approved: row.approved,
            verified,
            certificate,
            hint: None,
            text: Message::of(&format!("submission.{kind}.{state}")).with("points", row.points()),
            has_ended: !row.needs_work(),
        }
    }

    /// With what came back when it was sent.
    pub(crate) fn with_hint(mut self, said: Option<&WalletError>) -> Self {
        self.hint = said.map(WalletError::message);
        self
    }

    /// Whether nothing more will happen.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        self.has_ended
    }

    /// Whether it came about: proved, never said.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.state == "done"
    }
}

const fn kind(what: &Submitted) -> &'static str {
    match what {
        Submitted::Gift { .. } => "gift",
        Submitted::Redemption { .. } => "redemption",
        Submitted::Limits { .. } => "limits",
        Submitted::Freeze => "freeze",
        Submitted::Unfreeze => "unfreeze",
        Submitted::Objection { .. } => "objection",
        Submitted::Dismissal { .. } => "dismissal",
        Submitted::FreezeElsewhere { .. } => "freeze-elsewhere",
    }
}

const fn state(fate: SubmissionFate) -> &'static str {
    match fate {
        SubmissionFate::Open => "sent",
        SubmissionFate::Done { .. } => "done",
        SubmissionFate::Never => "never",
    }
}
