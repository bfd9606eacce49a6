//! What the ledger's blocks did besides payments, and what a till's merchant, its centre and the bank say of its days.

use super::facts::{CertificateFact, FactError, newest, read, record_of};
use super::till::{ChargeFact, RefundNote, Till};
use super::world::World;
use citizen_coin::account::account_id;
use citizen_ledger::{Action, SignedTransaction, Signer, state_key};
use citizen_payment::{RedemptionRecord, RefundRecord};
use citizen_primitives::{
    AccountId, Clock as _, Day, Height, MerchantId, PaymentId, RedemptionId, RefundId, TransactionId,
    UnixTime,
};
use city_chain::Chain as _;
use city_services::bank::{BookAccount, merchant_digest};

/// Part of a payment that came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundFact {
    /// Which.
    pub id: RefundId,
    /// Of which payment.
    pub payment: PaymentId,
    /// Whose it is now.
    pub account: AccountId,
    /// Points of it, those that stay expired too.
    pub points: u64,
    /// Points that stay expired.
    pub expired: u64,
    /// Won of it.
    pub won: u64,
}

/// Points that were changed into a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedemptionFact {
    /// Which.
    pub id: RedemptionId,
    /// By which transaction.
    pub transaction: TransactionId,
    /// Whose they were.
    pub account: AccountId,
    /// How many.
    pub points: u64,
}

/// Points that were given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GiftFact {
    /// By which transaction.
    pub transaction: TransactionId,
    /// By whom.
    pub from: AccountId,
    /// To whom.
    pub to: AccountId,
    /// How many.
    pub points: u64,
}

/// Everything that was executed, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Acts {
    /// Payments that began, by order or by charge.
    pub payments: Vec<PaymentId>,
    /// Of these, those that a till has charged.
    pub charges: Vec<PaymentId>,
    /// Mandates that were revoked, and when.
    pub revoked: Vec<(PaymentId, UnixTime)>,
    /// Accounts that were opened.
    pub accounts: Vec<AccountId>,
    /// Points that were granted.
    pub grants: Vec<(AccountId, u64)>,
    /// Gifts.
    pub gifts: Vec<GiftFact>,
    /// Refunds.
    pub refunds: Vec<RefundFact>,
    /// Redemptions.
    pub redemptions: Vec<RedemptionFact>,
}

/// What the till, the centre and the bank say of the till's merchant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TillFacts {
    /// The merchant, if it ever was registered.
    pub merchant: Option<MerchantId>,
    /// Its charges.
    pub charges: Vec<ChargeFact>,
    /// Its refunds.
    pub refunds: Vec<RefundNote>,
    /// The sums of its settlement files, also of what is not paid out yet: points and won, refunds taken off.
    pub lines: (i64, i64),
    /// What the files of closed days say that it gets.
    pub payable: i64,
    /// What the bank has booked for it.
    pub paid: i64,
    /// Closed days that the bank has not booked.
    pub unpaid: u32,
}

impl Acts {
    /// Reads every block.
    pub fn in_blocks(world: &World) -> Result<Self, FactError> {
        let chain = world.chain()?;
        let mut acts = Self::default();
        for height in 1..=newest(world)?.value() {
            let block = chain.block(Height::new(height))?.ok_or(FactError::Missing("a block"))?;
            for (bytes, _) in block.transactions.iter().zip(&block.codes).filter(|(_, code)| **code == 0) {
                acts.take(world, bytes)?;
            }
        }
        Ok(acts)
    }

    fn take(&mut self, world: &World, bytes: &[u8]) -> Result<(), FactError> {
        let missing = FactError::Missing("a transaction");
        let (transaction, body) = SignedTransaction::decode(bytes).map_err(|_| missing)?;
        match body.action {
            Action::Hold(hold) => self.payments.push(hold.payment),
            Action::Charge(charge) => {
                let mandate = charge.mandate.dangerous_unverified();
                let payment = mandate.map_err(|_| FactError::Missing("a mandate"))?.payment;
                self.payments.push(payment);
                self.charges.push(payment);
            }
            Action::Revoke(revoke) => {
                let record = record_of(world, &revoke.payment)?.ok_or(FactError::Missing("a revocation"))?;
                self.revoked.push((revoke.payment, record.opened));
            }
            Action::OpenAccount(open) => {
                self.accounts.push(account_id(&open.device, &open.recovery, &open.salt));
            }
            Action::Grant(grant) => self.grants.push((grant.account, grant.points.amount())),
            Action::Transfer(gift) => {
                let Signer::Device { account: from, .. } = body.signer else {
                    return Err(FactError::Missing("a gift's signer"));
                };
                let (to, points) = (gift.to, gift.points.amount());
                self.gifts.push(GiftFact { transaction: transaction.id(), from, to, points });
            }
            Action::Refund(refund) => self.refunds.push(self::refund(world, refund.refund)?),
            Action::Redeem(redeem) => self.redemptions.push(redemption(world, redeem.redemption)?),
            _ => {}
        }
        Ok(())
    }
}

fn refund(world: &World, id: RefundId) -> Result<RefundFact, FactError> {
    let record: RefundRecord =
        read(world, &state_key::refund(&id))?.ok_or(FactError::Missing("a refund's record"))?;
    Ok(RefundFact {
        id,
        payment: record.payment,
        account: record.account,
        points: record.lots.total()?.amount(),
        expired: record.expired.amount(),
        won: record.won.amount(),
    })
}

fn redemption(world: &World, id: RedemptionId) -> Result<RedemptionFact, FactError> {
    let record: RedemptionRecord =
        read(world, &state_key::redemption(&id))?.ok_or(FactError::Missing("a redemption's record"))?;
    let RedemptionRecord { account, points, transaction, .. } = record;
    Ok(RedemptionFact { id, transaction, account, points: points.amount() })
}

/// The certificates that the treasury has issued.
pub fn certificates(world: &World) -> Result<Vec<(RedemptionId, CertificateFact)>, FactError> {
    let issued = world.treasury()?.certificates()?;
    let fact = |certificate: citizen_payment::word::Certificate| {
        let (number, won) = (certificate.number.as_str().to_owned(), certificate.won.amount());
        (certificate.redemption, CertificateFact { number, won })
    };
    Ok(issued.into_iter().map(fact).collect())
}

/// Everything about a till.
pub async fn of_till(world: &World, till: &mut Till) -> Result<TillFacts, FactError> {
    let (charges, refunds) = till.report().await;
    let mut facts =
        TillFacts { charges, refunds, merchant: till.merchant().cloned(), ..TillFacts::default() };
    let Some(merchant) = facts.merchant.clone() else { return Ok(facts) };
    let (bank, centre) = (world.bank()?, world.centre()?);
    facts.paid = bank.balance_of(&BookAccount::Merchant(centre.party().id(), merchant_digest(&merchant)))?;
    let today = world.clock().now().day_in_seoul();
    for day in days(world) {
        let (file, is_paid) = centre.settlement_file(&merchant, day)?;
        // What is on no settlement yet stands in every day's file that is not closed: today's counts.
        if file.is_provisional && day != today {
            continue;
        }
        let mut payable = 0;
        for detail in &file.details {
            let sign = if detail.refund.is_some() { -1 } else { 1 };
            let (points, won) = (signed(detail.points.amount())?, signed(detail.won.amount())?);
            let fee = signed(detail.fee.supply.amount())?.saturating_add(signed(detail.fee.vat.amount())?);
            facts.lines.0 += sign * points;
            facts.lines.1 += sign * won;
            payable += sign * (points + won - fee);
        }
        if !file.is_provisional {
            facts.payable += payable;
            facts.unpaid += u32::from(!is_paid);
        }
    }
    Ok(facts)
}

/// Whether the bank has booked all closed days of a merchant.
pub fn is_paid_out(world: &World, merchant: &MerchantId) -> Result<bool, FactError> {
    let centre = world.centre()?;
    for day in days(world) {
        let (file, is_paid) = centre.settlement_file(merchant, day)?;
        if !file.is_provisional && !is_paid {
            return Ok(false);
        }
    }
    Ok(true)
}

/// From the first day to today.
fn days(world: &World) -> impl Iterator<Item = Day> {
    let first = super::world::DAWN.day_in_seoul().value();
    (first..=world.clock().now().day_in_seoul().value()).map(Day::new)
}

fn signed(amount: u64) -> Result<i64, FactError> {
    i64::try_from(amount).map_err(|_| FactError::Missing("an amount"))
}
