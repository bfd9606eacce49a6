//! What happens in a run: all of it from the run's seed.

use super::cutter::{Aim, Side};
use super::dice::Dice;
use super::election::{self, POLL_EVERY};
use super::market::Market;
use citizen_primitives::Place;
use city_services::Mood;
use std::time::Duration;

/// Between the places that are aimed at in one poll and the next: with the number of places it has no divisor in common.
const LEAP: u64 = 31;

/// What the citizen does besides paying.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flow {
    /// The city is founded, she opens her wallet, her account, her won account, earns points, and pays.
    Founding,
    /// The same, with a wallet that trusts the first header it is shown.
    FirstUse,
    /// She pays.
    Pay,
    /// She looks around, changes her PIN and her choice of points first, and pays.
    Housekeeping,
    /// A new phone takes over from a backup while an order of the old one is on its way.
    Takeover,
    /// A copy of her phone spends the same points.
    Copy,
    /// She pays; a month later her receipts get a newer proof.
    Renewal,
    /// A market day with a till, a friend and certificates; then two nights, on which the centre settles.
    Market,
    /// A poll is made, its key too; she votes in it.
    Election,
    /// She votes in a poll in which others have voted.
    Vote,
}

/// A payment she makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Errand {
    /// Its part in points.
    pub points: u64,
    /// Its part in won.
    pub won: u64,
    /// Whether the till shows a code for this order; otherwise it is the printed one and she types the amount.
    pub for_order: bool,
    /// Whether she taps twice.
    pub taps_twice: bool,
}

/// A run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// What else she does.
    pub flow: Flow,
    /// Where somebody is killed, one after the other.
    pub aims: Vec<Aim>,
    /// For how many seconds they stay dead.
    pub absences: Vec<u64>,
    /// Whether the wallet comes back when it was killed.
    pub comes_back: bool,
    /// Whether she puts her phone away for ever as soon as she has approved.
    pub walks_off: bool,
    /// How the bank answers.
    pub mood: Mood,
    /// Whether the network brings things twice.
    pub comes_twice: bool,
    /// What she pays.
    pub errands: Vec<Errand>,
    /// What happens at the till.
    pub market: Market,
    /// Whether she casts a second ballot in the place of the first.
    pub votes_again: bool,
}

impl Plan {
    /// The plan of a seed. One place after the other is aimed at, so that runs of consecutive seeds reach all of them; those of polls
    /// in one run of every [`POLL_EVERY`].
    #[must_use]
    pub fn of(seed: u64, places: &[Place]) -> Self {
        let (of_polls, others): (Vec<Place>, Vec<Place>) =
            places.iter().partition(|place| election::is_of_polls(**place));
        let number = seed.checked_div(POLL_EVERY).unwrap_or(0);
        if seed.is_multiple_of(POLL_EVERY) && !of_polls.is_empty() {
            // In leaps, so that a few runs come by polls of both kinds.
            return Self::of_a_poll(seed, &of_polls, number.wrapping_mul(LEAP));
        }
        Self::of_a_payment(seed, &others, seed.saturating_sub(number).saturating_sub(1))
    }

    fn of_a_payment(seed: u64, places: &[Place], number: u64) -> Self {
        let mut dice = Dice::of(seed, 0x706c_616e);
        let Some(place) = nth(places, number) else { return Self::quiet(&mut dice) };
        let mut plan = Self { aims: vec![aim(&mut dice, place)], ..Self::quiet(&mut dice) };
        plan.lead_to(place, &mut dice);
        if plan.aims.len() == 1 && dice.once_in(4) {
            plan.aims.extend(dice.one(places).map(|place| aim(&mut dice, place)));
        }
        plan
    }

    /// A poll with somebody killed at a place of polls; in some also somewhere else, in some nobody.
    fn of_a_poll(seed: u64, places: &[Place], number: u64) -> Self {
        let mut dice = Dice::of(seed, 0x706f_6c6c);
        let Some(place) = nth(places, number) else { return Self::quiet(&mut dice) };
        let flow = if is_of_the_making(place) { Flow::Election } else { Flow::Vote };
        let mut plan = Self { flow, aims: vec![aim(&mut dice, place)], ..Self::quiet(&mut dice) };
        // A poll comes by most of its places a few times, so the first is aimed at more often.
        if !dice.once_in(4) {
            plan.aims.iter_mut().for_each(|aim| aim.visit = 1);
        }
        plan.votes_again = dice.once_in(2);
        plan.absences = (0..4).map(|_| dice.below(40)).collect();
        match place.name() {
            "registrar/renewed" => plan.let_a_registrar_sleep(place, 700, &mut dice),
            "registrar/lapsed" => plan.let_a_registrar_sleep(place, 1_600, &mut dice),
            _ if dice.once_in(4) => plan.aims.extend(dice.one(places).map(|place| aim(&mut dice, place))),
            _ => {}
        }
        plan
    }

    /// The registrar is dead while its row can be executed no more, or until registration is over.
    fn let_a_registrar_sleep(&mut self, place: Place, seconds: u64, dice: &mut Dice) {
        let submit = Aim { place: Place::new("registrar/submit"), side: Side::Before, visit: 1 };
        self.aims = vec![submit, Aim { visit: 1, ..aim(dice, place) }];
        self.absences.insert(0, seconds);
    }

    /// A run in which nobody is killed.
    fn quiet(dice: &mut Dice) -> Self {
        let flow = match dice.below(16) {
            0 => Flow::Founding,
            1 => Flow::FirstUse,
            2 => Flow::Housekeeping,
            3 => Flow::Takeover,
            4 => Flow::Copy,
            5 => Flow::Renewal,
            6..=10 => Flow::Market,
            _ => Flow::Pay,
        };
        let errands = (0..=u64::from(dice.once_in(4))).map(|_| errand(dice)).collect();
        let market = Market::of(dice);
        Self {
            flow,
            aims: Vec::new(),
            absences: (0..4).map(|_| absence(dice)).collect(),
            comes_back: !dice.once_in(5),
            walks_off: dice.once_in(16),
            mood: mood(dice),
            comes_twice: dice.once_in(3),
            errands,
            market,
            votes_again: false,
        }
    }

    /// Chooses what leads to a place, where not every run comes by.
    fn lead_to(&mut self, place: Place, dice: &mut Dice) {
        match place.name() {
            "wallet/create-guard"
            | "wallet/create-vault"
            | "wallet/city"
            | "wallet/outbox-account"
            | "wallet/send-account"
            | "wallet/account-open"
            | "wallet/send-bank-account"
            | "wallet/claim-made"
            | "wallet/send-claim"
            | "bank/account"
            | "centre/merchants"
            | "ledger/begin"
            | "treasury/ask-state"
            | "treasury/claim"
            | "treasury/ask-transaction"
            | "treasury/submit"
            | "treasury/ended" => {
                self.flow = if dice.once_in(4) { Flow::FirstUse } else { Flow::Founding };
            }
            "wallet/ask-first-header" => self.flow = Flow::FirstUse,
            "wallet/pin-changed" | "wallet/settings" => self.flow = Flow::Housekeeping,
            "wallet/backed-up" | "wallet/outbox-restore" => self.flow = Flow::Takeover,
            "wallet/ask-header-proof" | "wallet/receipt-renewed" => self.flow = Flow::Renewal,
            "centre/rejection" | "centre/failed" => self.flow = Flow::Copy,
            "ledger/block" => self.let_the_ledger_halt(dice),
            "treasury/renewed" => self.let_a_grant_run_out(place, dice),
            "wallet/ask-debit" | "wallet/send-ending" => self.let_a_hold_lapse(place, dice),
            "centre/releasing"
            | "centre/submit-release"
            | "centre/reversing"
            | "centre/send-ending"
            | "centre/reversed"
            | "bank/ending" => self.let_the_bank_decline(),
            "centre/asked" | "centre/ask-bank" | "centre/send-debit" | "bank/debit" => self.pay_with_won(),
            _ if Market::has(place) => {
                self.flow = Flow::Market;
                self.market.lead_to(place, dice);
            }
            _ => {}
        }
    }

    /// The treasury stays dead over a grant's last height.
    fn let_a_grant_run_out(&mut self, place: Place, dice: &mut Dice) {
        let submit = Aim { place: Place::new("treasury/submit"), side: Side::Before, visit: 1 };
        self.flow = Flow::Founding;
        self.aims = vec![submit, Aim { visit: 1, ..aim(dice, place) }];
        self.absences.insert(0, 700 + dice.below(300));
    }

    /// The centre stays dead over a hold's end, so the wallet goes to the bank itself.
    fn let_a_hold_lapse(&mut self, place: Place, dice: &mut Dice) {
        self.flow = Flow::Pay;
        let before = if dice.once_in(2) { "centre/send-debit" } else { "centre/debited" };
        let dies = Aim { place: Place::new(before), side: Side::After, visit: 1 };
        self.aims = vec![dies, Aim { visit: 1, ..aim(dice, place) }];
        self.absences.insert(0, 400 + dice.below(200));
        (self.mood, self.walks_off) = (Mood::Prompt, false);
        self.pay_with_won();
    }

    /// Often for longer than a hold lasts.
    fn let_the_ledger_halt(&mut self, dice: &mut Dice) {
        if dice.once_in(2) {
            self.absences.insert(0, 320 + dice.below(200));
        }
        self.pay_with_won();
    }

    fn let_the_bank_decline(&mut self) {
        self.mood = Mood::Declining;
        self.pay_with_won();
    }

    fn pay_with_won(&mut self) {
        for errand in &mut self.errands {
            errand.won = errand.won.max(700);
        }
    }
}

/// What only the making of a poll comes by.
fn is_of_the_making(place: Place) -> bool {
    let made = [
        "treasury/keys",
        "registrar/roll",
        "registrar/keys",
        "trustee/ask-polls",
        "trustee/found",
        "trustee/saying",
        "trustee/speak",
        "office/roll",
        "office/ask-keys",
        "office/poll",
        "office/announce",
        "office/announced",
    ];
    made.contains(&place.name())
}

fn nth(places: &[Place], number: u64) -> Option<Place> {
    let count = u64::try_from(places.len()).ok()?;
    places.get(usize::try_from(number.checked_rem(count)?).ok()?).copied()
}

fn aim(dice: &mut Dice, place: Place) -> Aim {
    let side = match dice.below(5) {
        0 | 1 => Side::Before,
        2 => Side::Within,
        _ => Side::After,
    };
    // The first visit most often, since most places are passed once in a payment.
    let most = dice.below(8).saturating_add(1);
    let visit = if dice.once_in(2) { 1 } else { dice.below(most).saturating_add(1) };
    Aim { place, side, visit: u32::try_from(visit).unwrap_or(1) }
}

/// Mostly a moment; sometimes longer than a hold lasts.
fn absence(dice: &mut Dice) -> u64 {
    match dice.below(16) {
        0 => 320_u64.saturating_add(dice.below(200)),
        1..=4 => 5_u64.saturating_add(dice.below(60)),
        _ => dice.below(4),
    }
}

fn mood(dice: &mut Dice) -> Mood {
    match dice.below(10) {
        0 => Mood::Lost,
        1 => Mood::Doubtful,
        2 => Mood::Declining,
        3 => Mood::Late(Duration::from_secs(dice.below(90))),
        4 => Mood::Mixed { seed: dice.below(u64::MAX) },
        _ => Mood::Prompt,
    }
}

fn errand(dice: &mut Dice) -> Errand {
    let hundreds = |dice: &mut Dice, most: u64| dice.below(most).saturating_add(1).saturating_mul(100);
    let (points, won) = match dice.below(6) {
        0 => (0, hundreds(dice, 300)),
        1 => (hundreds(dice, 60), 0),
        _ => (hundreds(dice, 60), hundreds(dice, 200)),
    };
    Errand { points, won, for_order: dice.once_in(3), taps_twice: dice.once_in(6) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn torture_3_a_plan_is_its_seeds_and_every_place_is_aimed_at() {
        let places = crate::torture::places();
        let aimed = |seed: u64| Plan::of(seed, &places).aims.last().map(|aim| aim.place);
        assert_eq!(Plan::of(5, &places), Plan::of(5, &places));
        let all = u64::try_from(places.len()).unwrap() * POLL_EVERY;
        let aims: BTreeSet<Place> =
            (0..all).flat_map(|seed| Plan::of(seed, &places).aims).map(|aim| aim.place).collect();
        assert_eq!(aims.len(), places.len());
        let polls = election::places().len();
        assert!((0..polls).all(|n| (n * usize::try_from(LEAP).unwrap()) % polls != 0 || n == 0));
        assert!(aimed(0).is_some());
    }
}
