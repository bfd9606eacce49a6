//! The limits of spending, and what is left of them.

use crate::error::{Party, Subject, WalletError, mapping};
use crate::present::Present;
use crate::view::{VerifiedMark, serial::plain, view};
use citizen_coin::Limits;
use citizen_primitives::Won;

view! {
    /// Three limits, points and won together.
    LimitSetView {
        /// In one payment.
        #[serde(serialize_with = "plain")]
        per_payment: Won,
        /// In one day.
        #[serde(serialize_with = "plain")]
        per_day: Won,
        /// In one month.
        #[serde(serialize_with = "plain")]
        per_month: Won,
    }
}

view! {
    /// What may be spent.
    LimitsView {
        /// By law; none where the ledger has no rules for payments.
        legal: Option<LimitSetView>,
        /// By the citizen's own choice.
        own: Option<LimitSetView>,
        /// What may still be spent now in one payment; none without limits.
        #[serde(serialize_with = "plain")]
        left: Option<Won>,
        /// How the phone knows.
        verified: VerifiedMark,
    }
}

impl LimitSetView {
    const fn of(limits: Limits) -> Self {
        let Limits { per_payment, per_day, per_month } = limits;
        Self { per_payment, per_day, per_month }
    }
}

impl LimitsView {
    pub(crate) fn of(present: &Present) -> Result<Self, WalletError> {
        let legal = present.legal();
        let out_of_range = mapping::unverified(Subject::Record, Party::Ledger);
        let left = legal.map(|legal| present.spending.left(legal, present.time())).transpose();
        Ok(Self {
            legal: legal.map(LimitSetView::of),
            own: present.spending.own.map(LimitSetView::of),
            left: left.map_err(|_| out_of_range)?.map(|left| left.left),
            verified: VerifiedMark::of(present.record.provenance()),
        })
    }
}
