//! What happens at a till in a run: codes that are shown, charges, refunds, a gift, a redemption. All of it from the run's seed.

use super::dice::Dice;
use citizen_primitives::Place;

/// What the citizen does with a code that she has shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Second {
    /// She lets it be charged.
    Thoughts,
    /// She hides it before the till has read it.
    Hides,
    /// She hides it while the till charges it.
    HidesLate,
    /// She shows another in its place, and the till charges both.
    Renews,
}

/// What the till does besides charging.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// It waits for the end.
    Patient,
    /// It charges the same code under another number as well.
    Twice,
    /// It takes the charge back as soon as it has sent it.
    Hasty,
    /// It takes the charge back after it was paid.
    Sorry,
}

/// One purchase by a shown code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deal {
    /// The most points.
    pub points: u64,
    /// The most in all.
    pub most: u64,
    /// What the till charges.
    pub amount: u64,
    /// What she does with the code.
    pub second: Second,
    /// What the till does.
    pub manner: Manner,
    /// How much of it is given back, one after the other. The last may be too much.
    pub refunds: [u64; 2],
}

/// A till's part of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Market {
    /// Purchases.
    pub deals: Vec<Deal>,
    /// Points that she gives to a friend; none if zero.
    pub gift: u64,
    /// Whether she changes points into a certificate.
    pub redeems: bool,
    /// Whether she looks away as soon as she has shown a code: only her app's next start tells her what became of it.
    pub looks_away: bool,
    /// Whether she comes back with the first thing she bought when it is too late for the ledger, and buys another.
    pub comes_late: bool,
}

impl Deal {
    /// Whether nothing keeps it from being paid.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.amount <= self.most
            && self.second == Second::Thoughts
            && matches!(self.manner, Manner::Patient | Manner::Twice)
    }
}

impl Market {
    /// A market day.
    pub fn of(dice: &mut Dice) -> Self {
        let deals = (0..=u64::from(dice.once_in(3))).map(|_| deal(dice)).collect();
        let gift = if dice.once_in(2) { dice.below(20).saturating_add(1).saturating_mul(100) } else { 0 };
        let (redeems, looks_away, comes_late) = (dice.once_in(3), dice.once_in(8), dice.once_in(12));
        Self { deals, gift, redeems, looks_away, comes_late }
    }

    /// Whether a place is one that only a market comes by.
    #[must_use]
    pub fn has(place: Place) -> bool {
        [
            citizen_wallet::place::TILL_PLACES,
            city_services::TILL_PLACES,
            city_services::SETTLEMENT_PLACES,
            &super::till::PLACES,
        ]
        .iter()
        .any(|places| places.contains(&place))
    }

    /// Chooses what leads to one of those places.
    pub fn lead_to(&mut self, place: Place, dice: &mut Dice) {
        match place.name() {
            "wallet/outbox-revocation" | "wallet/send-revocation" => {
                let one = [Second::Hides, Second::HidesLate, Second::Renews];
                self.each(|deal| deal.second = dice.one(&one).unwrap_or(Second::Hides));
            }
            "wallet/outbox-submission" | "wallet/send-submission" | "wallet/submission-progress" => {
                (self.gift, self.redeems) = (500, dice.once_in(2));
            }
            "wallet/send-certificate" | "wallet/certificate" | "treasury/certificate" => self.redeems = true,
            "centre/reversal" => {
                self.each(|deal| {
                    deal.manner = dice.one(&[Manner::Hasty, Manner::Sorry]).unwrap_or(Manner::Hasty)
                });
            }
            "centre/refund-refused"
            | "bank/refund"
            | "centre/refund"
            | "centre/refunding"
            | "centre/submit-refund"
            | "centre/refunded"
            | "centre/send-refund"
            | "centre/credited"
            | "centre/wish"
            | "centre/served"
            | "wallet/refund-asked"
            | "wallet/send-refund-wish"
            | "bank/captured" => {
                self.looks_away = false;
                self.each(|deal| {
                    (deal.second, deal.manner) = (Second::Thoughts, Manner::Patient);
                    deal.amount = deal.amount.min(deal.most);
                    deal.refunds[0] = deal.amount.min(700);
                });
            }
            _ => self.each(|deal| deal.second = Second::Thoughts),
        }
    }

    fn each(&mut self, mut change: impl FnMut(&mut Deal)) {
        for deal in &mut self.deals {
            change(deal);
        }
    }
}

fn deal(dice: &mut Dice) -> Deal {
    let hundreds = |dice: &mut Dice, most: u64| dice.below(most).saturating_add(1).saturating_mul(100);
    let (points, won) = match dice.below(6) {
        0 => (0, hundreds(dice, 200)),
        1 => (hundreds(dice, 30), 0),
        _ => (hundreds(dice, 30), hundreds(dice, 150)),
    };
    let most = points.saturating_add(won);
    // Mostly less than she allowed, now and then more, which is refused.
    let amount = match dice.below(8) {
        0 => most.saturating_add(1),
        1 | 2 => most,
        _ => most.saturating_sub(dice.below(most.max(2) / 2)).max(1),
    };
    let second = match dice.below(10) {
        0 => Second::Hides,
        1 => Second::HidesLate,
        2 => Second::Renews,
        _ => Second::Thoughts,
    };
    let manner = match dice.below(10) {
        0 => Manner::Hasty,
        1 => Manner::Sorry,
        2 => Manner::Twice,
        _ => Manner::Patient,
    };
    let refunds =
        if dice.once_in(2) { [dice.below(amount).saturating_add(1), dice.below(amount)] } else { [0, 0] };
    Deal { points, most, amount, second, manner, refunds }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn torture_6_every_place_of_a_till_is_one_that_a_market_comes_by() {
        assert!(crate::torture::places().iter().any(|place| Market::has(*place)));
        for place in citizen_wallet::place::TILL_PLACES.iter().chain(city_services::TILL_PLACES) {
            assert!(Market::has(*place) && crate::torture::places().contains(place), "{place}");
        }
    }
}
