//! The review: what will happen if the citizen approves. Everything is checked, nothing has happened.

use crate::error::Message;
use crate::error::{Amount, Input, Party, Reason, Subject, WalletError};
use crate::link::{Link, unknown};
use crate::order_card::CardPlan;
use crate::present::{AsOf, Present};
use crate::record::{PaymentRow, SettingsRow, SubmissionFate, SubmissionRow};
use crate::signing::{Cosigning, Validity};
use crate::view::{AttestedMark, ReviewView, ScannedCode, VerifiedMark};
use crate::wallet::Wallet;
use citizen_client::CentreClient;
use citizen_keys::Signed;
use citizen_ledger::{Attested, Role, state_key};
use citizen_payment::Progress;
use citizen_payment::word::{BankBalance, Merchant, MerchantAnswer, MerchantStatus};
use citizen_primitives::{ChainId, Hash, Height, KeyId, Points, Seconds, Text, UnixTime, Won};

/// How long a hold may last: the centre needs seconds; what it does not finish comes back after this.
const HOLD: Seconds = Seconds::new(300);

/// How much of a payment is paid in points.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Coins {
    /// As the citizen prefers: [`Wallet::prefer_points`].
    #[default]
    Preferred,
    /// As many as there are.
    First,
    /// So many, no more and no less.
    Exactly(Points),
}

/// A payment before it is approved. It cannot be cloned: approving takes it, so it is approved once (WALLET-6).
///
/// ```compile_fail,E0382
/// # async fn twice(wallet: &citizen_wallet::Wallet, review: citizen_wallet::PaymentReview) {
/// let first = wallet.approve(review).await;
/// let second = wallet.approve(review).await;
/// # }
/// ```
#[derive(Debug)]
pub struct PaymentReview {
    pub(crate) view: ReviewView,
    pub(crate) plan: Plan,
}

/// What an approval signs.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) merchant: Merchant,
    pub(crate) answer: Signed<MerchantAnswer>,
    pub(crate) code: Hash,
    pub(crate) reference: Option<Text>,
    pub(crate) points: Points,
    pub(crate) won: Won,
    pub(crate) centre: CentreClient,
    pub(crate) bank: KeyId,
    pub(crate) chain_id: ChainId,
    pub(crate) valid_until: Height,
    pub(crate) expires: UnixTime,
    pub(crate) cosigning: Cosigning,
    /// The citizen card, if the sum needs it.
    pub(crate) card: Option<CardPlan>,
    /// Points that are free by proof, those of open orders not yet taken off, and up to where that proof knows of orders.
    pub(crate) spendable: Points,
    pub(crate) as_of: AsOf,
}

/// How an amount is split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Split {
    points: Points,
    won: Won,
}

impl PaymentReview {
    /// What to show.
    #[must_use]
    pub const fn view(&self) -> &ReviewView {
        &self.view
    }
}

impl Wallet {
    /// Checks everything about a payment and says what it will be. `amount` is for codes that carry none.
    pub async fn review_payment(
        &self,
        code: &ScannedCode,
        amount: Option<Won>,
        coins: Coins,
    ) -> Result<PaymentReview, WalletError> {
        self.session().touch()?;
        let merchant = usable(code, self.session().now())?;
        let amount = settle_amount(code, amount)?;
        self.must_not_be_paying(code)?;
        self.settle_submissions().await?;
        let present = self.orderable(&[state_key::card_rules()]).await?;
        if code.answer.by().key != present.parties.centre.value().id() {
            // Another centre has taken over since: its own word is needed.
            return Err(WalletError::Expired { what: Subject::Answer });
        }
        present.must_be_within_limits(amount)?;
        let as_of = present.as_of(self.session().now());
        let spendable = self.less_requested(present.proved_points()?, as_of)?;
        let split = split(amount, coins, spendable, &self.settings()?)?;
        let bank = if split.won.is_zero() { None } else { Some(self.ask_enough(split.won).await?) };
        let card = self.card_for(&present, amount)?;
        let plan = plan((self.link().await?, card), code, (merchant, split), (&present, as_of))?;
        let until = code.answer.value().until.min(present.fresh_until());
        let verified = VerifiedMark::of(present.record.provenance());
        let points_left = spendable.minus(split.points)?;
        let view = review_view(&plan, code, (verified, bank.as_ref()), (points_left, until))?;
        Ok(PaymentReview { view, plan })
    }

    /// Points free by proof, less those of orders that the proof may not show yet: also of one that is paid by now, if it was approved since. Its
    /// points were free when the proof was made, and are not any more (WALLET-5).
    pub(crate) fn less_requested(&self, spendable: Points, as_of: AsOf) -> Result<Points, WalletError> {
        let rows = self.payment_rows()?;
        let unseen = |row: &&PaymentRow| match row.progress {
            Progress::Reversed | Progress::NeverHeld => false,
            Progress::Requested => true,
            Progress::Held | Progress::Debited | Progress::Captured | Progress::Reversing => {
                row.approved >= as_of.time && row.is_proved_after(as_of.height)
            }
        };
        let paying = rows.iter().filter(unseen).map(|row| row.terms.points);
        let submissions = self.submission_rows()?;
        let unseen = |row: &&SubmissionRow| match row.fate {
            SubmissionFate::Open => true,
            // The state under a header is that after the block before it.
            SubmissionFate::Done { height } => height >= as_of.height,
            SubmissionFate::Never => false,
        };
        let asked = submissions.iter().filter(unseen).map(SubmissionRow::points);
        let requested = Points::sum(paying.chain(asked))?;
        Ok(spendable.minus(requested).unwrap_or_default())
    }

    /// A code that is for one payment is not paid twice from here, whatever the centre says (WALLET-6).
    pub(crate) fn must_not_be_paying(&self, code: &ScannedCode) -> Result<(), WalletError> {
        let answer = code.answer.value();
        must_be_unpaid(&self.payment_rows()?, answer.code, answer.reference.as_ref())
    }

    async fn ask_enough(&self, won: Won) -> Result<Attested<BankBalance>, WalletError> {
        let word = self.ask_bank().await?;
        let available = word.value().won;
        if available < won {
            return Err(WalletError::NotEnough {
                asked: Amount::Won(won),
                available: Amount::Won(available),
            });
        }
        Ok(word)
    }
}

/// Whether an order for one dynamic code is among the payments, open or paid.
pub(crate) fn must_be_unpaid(
    rows: &[PaymentRow],
    code: Hash,
    reference: Option<&Text>,
) -> Result<(), WalletError> {
    let Some(reference) = reference else { return Ok(()) };
    let same = |row: &&PaymentRow| row.terms.code == code && row.terms.reference.as_ref() == Some(reference);
    for row in rows.iter().filter(same) {
        match row.progress {
            Progress::Captured => {
                return Err(WalletError::Refused { by: Party::Phone, reason: Reason::CodeUsed });
            }
            Progress::Reversed | Progress::NeverHeld => {}
            _ => return Err(WalletError::Pending { payment: row.terms.payment }),
        }
    }
    Ok(())
}

/// The merchant, if the centre's word allows paying now.
fn usable(code: &ScannedCode, now: UnixTime) -> Result<Merchant, WalletError> {
    let answer = code.answer.value();
    let refused = |reason| WalletError::Refused { by: Party::Centre, reason };
    match answer.status {
        MerchantStatus::Usable => {}
        MerchantStatus::Suspended => return Err(refused(Reason::MerchantSuspended)),
        MerchantStatus::Expired => return Err(WalletError::Expired { what: Subject::Code }),
        MerchantStatus::Used => return Err(refused(Reason::CodeUsed)),
        MerchantStatus::Unknown => return Err(refused(Reason::MerchantUnknown)),
    }
    if now >= answer.until {
        return Err(WalletError::Expired { what: Subject::Answer });
    }
    if !answer.fee.is_zero() {
        // A fee on top has no place in the terms yet: nothing is paid that was not shown and agreed.
        return Err(WalletError::BadCode { rule: crate::error::CodeRule::AsksForTip, position: 0 });
    }
    answer.merchant.clone().ok_or(refused(Reason::MerchantUnknown))
}

/// The amount: the code's, the centre's and the typed one must not differ; one of them must be there.
fn settle_amount(code: &ScannedCode, typed: Option<Won>) -> Result<Won, WalletError> {
    use citizen_payment::code::Code;
    let printed = match code.reading.code() {
        Some(Code::Merchant(merchant)) => merchant.amount_in_won(),
        _ => None,
    };
    one_amount([code.answer.value().amount, printed, typed])
}

fn one_amount(amounts: [Option<Won>; 3]) -> Result<Won, WalletError> {
    let invalid = |input| WalletError::Invalid { input };
    let mut stated = amounts.into_iter().flatten();
    let first = stated.next().ok_or(invalid(Input::AmountMissing))?;
    if stated.any(|other| other != first) {
        return Err(invalid(Input::AmountConflict));
    }
    if first.is_zero() { Err(invalid(Input::AmountZero)) } else { Ok(first) }
}

fn split(amount: Won, coins: Coins, spendable: Points, settings: &SettingsRow) -> Result<Split, WalletError> {
    let points = part_in_points(amount, coins, spendable, settings)?;
    Ok(Split { points, won: amount.minus(Won::new(points.amount())?)? })
}

/// How much of an amount is in points.
pub(crate) fn part_in_points(
    amount: Won,
    coins: Coins,
    spendable: Points,
    settings: &SettingsRow,
) -> Result<Points, WalletError> {
    let whole = Points::new(amount.amount())?;
    match coins {
        Coins::Exactly(points) if points > whole => {
            Err(WalletError::Invalid { input: Input::CoinsAboveAmount })
        }
        Coins::Exactly(points) if points > spendable => Err(WalletError::NotEnough {
            asked: Amount::Points(points),
            available: Amount::Points(spendable),
        }),
        Coins::Exactly(points) => Ok(points),
        Coins::First => Ok(whole.min(spendable)),
        Coins::Preferred if settings.points_first => Ok(whole.min(spendable)),
        Coins::Preferred => Ok(Points::ZERO),
    }
}

/// What the approval will sign.
fn plan(
    (link, card): (&Link, Option<CardPlan>),
    code: &ScannedCode,
    (merchant, split): (Merchant, Split),
    (present, as_of): (&Present, AsOf),
) -> Result<Plan, WalletError> {
    let answer = code.answer.value();
    let Validity { chain_id, valid_until } = present.validity();
    let total = split.won.plus(Won::new(split.points.amount())?)?;
    Ok(Plan {
        answer: code.signed.clone(),
        code: answer.code,
        reference: answer.reference.clone(),
        points: split.points,
        won: split.won,
        bank: present.parties.bank.value().id(),
        chain_id,
        valid_until,
        expires: present.time().plus(HOLD.min(present.snapshot.parameters().longest_hold)),
        cosigning: present.cosigning(total),
        spendable: present.proved_points()?,
        as_of,
        centre: link.centre(present.parties.centre.clone()),
        merchant,
        card,
    })
}

fn review_view(
    plan: &Plan,
    code: &ScannedCode,
    (verified, bank): (VerifiedMark, Option<&Attested<BankBalance>>),
    (points_left, until): (Points, UnixTime),
) -> Result<ReviewView, WalletError> {
    if plan.centre.party().value().sealing.is_none() {
        return Err(unknown(Role::Centre));
    }
    let amount = plan.won.plus(Won::new(plan.points.amount())?)?;
    let spoken = Message::of("spoken.review")
        .with("merchant", plan.merchant.name.as_str())
        .with("total", amount)
        .with("points", plan.points)
        .with("won", plan.won);
    Ok(ReviewView {
        merchant: plan.merchant.name.clone(),
        district: plan.merchant.district.clone(),
        amount,
        fee: code.answer.value().fee,
        points: plan.points,
        krw: plan.won,
        points_left,
        until,
        cosigned: plan.cosigning == Cosigning::Signed,
        card: plan.card.as_ref().map(CardPlan::view),
        verified,
        merchant_attested: AttestedMark::of(&code.answer),
        krw_attested: bank.map(AttestedMark::of),
        spoken,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn won(amount: u64) -> Won {
        Won::new(amount).unwrap()
    }

    fn points(amount: u64) -> Points {
        Points::new(amount).unwrap()
    }

    #[test]
    fn wallet_5_an_amount_is_there_once_and_not_in_two_ways() {
        let refusal = |amounts| match one_amount(amounts) {
            Err(WalletError::Invalid { input }) => input,
            other => panic!("{other:?}"),
        };
        assert_eq!(one_amount([None, None, Some(won(5))]), Ok(won(5)));
        assert_eq!(one_amount([Some(won(5)), Some(won(5)), Some(won(5))]), Ok(won(5)));
        assert_eq!(refusal([None, None, None]), Input::AmountMissing);
        assert_eq!(refusal([Some(won(5)), None, Some(won(6))]), Input::AmountConflict);
        assert_eq!(refusal([Some(won(5)), Some(won(6)), None]), Input::AmountConflict);
        assert_eq!(refusal([None, None, Some(won(0))]), Input::AmountZero);
    }

    #[test]
    fn wallet_5_no_more_points_are_planned_than_are_proved_and_asked() {
        let settings = SettingsRow::default();
        let of = |coins, spendable| split(won(12_000), coins, points(spendable), &settings);
        assert_eq!(
            of(Coins::Exactly(points(5_000)), 11_500),
            Ok(Split { points: points(5_000), won: won(7_000) })
        );
        assert_eq!(of(Coins::First, 11_500), Ok(Split { points: points(11_500), won: won(500) }));
        assert_eq!(of(Coins::Preferred, 20_000), Ok(Split { points: points(12_000), won: won(0) }));
        let won_first = SettingsRow { points_first: false, ..settings.clone() };
        let preferred = split(won(12_000), Coins::Preferred, points(20_000), &won_first);
        assert_eq!(preferred, Ok(Split { points: points(0), won: won(12_000) }));
        assert!(matches!(of(Coins::Exactly(points(12_001)), 20_000), Err(WalletError::Invalid { .. })));
        assert!(matches!(of(Coins::Exactly(points(11_501)), 11_500), Err(WalletError::NotEnough { .. })));
    }
}
