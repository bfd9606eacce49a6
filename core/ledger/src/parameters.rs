//! The ledger's parameters: data with a date and a source, never constants in code (core/docs/decisions.md, 14).

use crate::certificate::{DEEPEST, GrantedClaim, MOST_CLAIMS};
use crate::rejection::Rejection;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_coin::{LapsedRefund, Limits};
use citizen_primitives::{Points, Seconds, Text, UnixTime, Won};

/// A value that holds from a date on, with where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Dated<T> {
    /// From when.
    pub from: UnixTime,
    /// The value.
    pub value: T,
    /// A law, an ordinance, a decision.
    pub source: Text,
}

/// The value in force at `time`: the latest that has begun.
#[must_use]
pub fn in_force<T>(values: &[Dated<T>], time: UnixTime) -> Option<&T> {
    values.iter().filter(|dated| dated.from <= time).max_by_key(|dated| dated.from).map(|dated| &dated.value)
}

/// The parameters in the state.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Parameters {
    /// How many blocks ahead a transaction's last height may lie; ids are remembered for so many blocks.
    pub validity_window: u64,
    /// The longest time from a block to the lapse of a hold in it.
    pub longest_hold: Seconds,
    /// Years from a grant to its expiry.
    pub expiry_years: Vec<Dated<u16>>,
    /// Above this sum of points and won, the device's hardware key co-signs.
    pub cosign_above: Vec<Dated<Won>>,
    /// How many governors must agree.
    pub governors: u16,
    /// How many transactions one account may have admitted in a minute.
    pub account_rate: u32,
    /// How old the newest header may be before a view is stale.
    pub stale_after: Seconds,
    /// The version of the rules that is in force; a phone that knows only earlier ones needs an update.
    pub rules: u16,
}
citizen_primitives::canonical!(Parameters = 1);

/// The rules of payments that change by law or ordinance: limits, refunds, redemptions. A ledger without them takes neither
/// charges nor refunds nor redemptions, and limits nothing.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PaymentRules {
    /// The most an account may spend, points and won together.
    pub limits: Vec<Dated<Limits>>,
    /// For how long after its capture a payment may be refunded.
    pub refundable: Vec<Dated<Seconds>>,
    /// What becomes of refunded points whose lot has expired.
    pub lapsed_refund: Vec<Dated<LapsedRefund>>,
    /// How points may be redeemed.
    pub redemption: Vec<Dated<RedemptionRule>>,
}
citizen_primitives::canonical!(PaymentRules = 1);

/// When the citizen card is asked for. A ledger without these rules asks for it nowhere.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct CardRules {
    /// For a payment.
    pub payments: Vec<Dated<PaymentCardRule>>,
}
citizen_primitives::canonical!(CardRules = 1);

/// From which sum on a payment needs the card, and what of it may be asked for.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PaymentCardRule {
    /// Above this sum of points and won the centre drives an order only once the card was shown for it.
    pub above: Won,
    /// The card: `vct` of an SD-JWT VC.
    pub credential: Text,
    /// The claims that are shown, and no others; each must be true.
    pub claims: Vec<GrantedClaim>,
}

impl CardRules {
    /// The rule for a payment of this sum, if it needs the card (LEDGER-16).
    #[must_use]
    pub fn for_payment(&self, sum: Won, time: UnixTime) -> Option<&PaymentCardRule> {
        in_force(&self.payments, time).filter(|rule| sum > rule.above)
    }

    /// Within its bounds.
    pub fn check(&self) -> Result<(), Rejection> {
        let Self { payments } = self;
        let is_sound = |PaymentCardRule { above: _, credential, claims }: &PaymentCardRule| {
            !credential.as_str().is_empty()
                && claims.len() <= MOST_CLAIMS
                && claims.iter().all(|claim| (1..=DEEPEST).contains(&claim.0.len()))
        };
        let is_whole = payments.iter().all(|dated| is_sound(&dated.value));
        if is_whole { Ok(()) } else { Err(Rejection::NotDecided) }
    }
}

/// How points may be changed into a gift certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RedemptionRule {
    /// The fewest points, and the step.
    pub step: Points,
    /// The most points at once.
    pub most: Points,
}

impl RedemptionRule {
    /// Whether so many points may be redeemed (COIN-9).
    #[must_use]
    pub fn allows(&self, points: Points) -> bool {
        let is_whole = points.amount().checked_rem(self.step.amount()) == Some(0);
        !points.is_zero() && is_whole && points <= self.most
    }
}

/// The version of the rules this program implements.
pub const RULES: u16 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coin_9_points_are_redeemed_in_whole_steps() {
        let points = |amount| Points::new(amount).unwrap();
        let rule = RedemptionRule { step: points(10_000), most: points(50_000) };
        for (amount, allowed) in
            [(0, false), (9_999, false), (10_000, true), (15_000, false), (50_000, true), (60_000, false)]
        {
            assert_eq!(rule.allows(points(amount)), allowed, "{amount}");
        }
        assert!(!RedemptionRule { step: Points::ZERO, most: points(1) }.allows(points(1)));
    }

    #[test]
    fn ledger_16_the_card_is_asked_for_above_the_sum_of_the_rule_in_force() {
        let rule = |above, credential| PaymentCardRule {
            above: Won::new(above).unwrap(),
            credential: Text::new(credential).unwrap(),
            claims: vec![GrantedClaim(vec![Text::new("age_over_14").unwrap()])],
        };
        let dated =
            |from, value| Dated { from: UnixTime::from_seconds(from), value, source: Text::default() };
        let rules = CardRules { payments: vec![dated(10, rule(500, "card")), dated(20, rule(300, "card"))] };
        let asks =
            |sum, time| rules.for_payment(Won::new(sum).unwrap(), UnixTime::from_seconds(time)).is_some();
        assert_eq!(
            [(900, 9), (500, 10), (501, 10), (400, 10)].map(|(sum, time)| asks(sum, time)),
            [false, false, true, false]
        );
        assert_eq!([(300, 20), (301, 20)].map(|(sum, time)| asks(sum, time)), [false, true]);
        assert_eq!(rules.check(), Ok(()));
        let nameless = CardRules { payments: vec![dated(10, rule(500, ""))] };
        assert_eq!(nameless.check(), Err(Rejection::NotDecided));
        let mut wrong = rules;
        wrong.payments[0].value.claims = vec![GrantedClaim(Vec::new())];
        assert_eq!(wrong.check(), Err(Rejection::NotDecided));
    }

    #[test]
    fn the_latest_value_that_has_begun_is_in_force() {
        let dated =
            |from, value| Dated { from: UnixTime::from_seconds(from), value, source: Text::default() };
        let values = [dated(10, 'a'), dated(30, 'c'), dated(20, 'b')];
        let at = |time| in_force(&values, UnixTime::from_seconds(time)).copied();
        assert_eq!((at(9), at(10), at(29), at(30)), (None, Some('a'), Some('b'), Some('c')));
    }
}
