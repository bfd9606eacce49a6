//! What is fresh when a review is made: the account, the parties, the rules, what was spent.

use crate::error::{Amount, Party, Subject, WalletError, mapping};
use crate::link::Snapshot;
use crate::listing::{LOOKS, Listing};
use crate::record::AccountRow;
use crate::signing::{Cosigning, Validity};
use crate::wallet::Wallet;
use citizen_client::Parties;
use citizen_coin::{AccountRecord, Limit, LimitExceeded, Limits, Spending};
use citizen_ledger::parameters::in_force;
use citizen_ledger::{CustodyRecord, PaymentRules, StateKey, Verified, state_key};
use citizen_primitives::{Height, Points, UnixTime, Won};

/// For how many blocks a transaction may be executed: enough for a busy ledger, few enough that what did not come about
/// soon is known never to.
const VALID_FOR: u64 = 100;

/// The present, under one verified header that is recent enough to act on.
pub(crate) struct Present {
    pub(crate) snapshot: Snapshot,
    pub(crate) parties: Parties,
    pub(crate) account: AccountRow,
    pub(crate) record: Verified<AccountRecord>,
    pub(crate) rules: Option<PaymentRules>,
    pub(crate) spending: Spending,
    /// Whether the account is frozen or under recovery.
    pub(crate) custody: CustodyRecord,
}

/// Up to where the proofs of a review know of orders and submissions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AsOf {
    pub(crate) time: UnixTime,
    pub(crate) height: Height,
}

impl Wallet {
    /// Asks for it, with more records besides. A phone that the ledger lists no more learns so here, before it signs anything.
    pub(crate) async fn present(&self, more: &[StateKey]) -> Result<Present, WalletError> {
        for _ in 0..LOOKS {
            if let Some(present) = self.look_at_present(more).await? {
                return Ok(present);
            }
        }
        Err(WalletError::Offline { can_queue: false })
    }

    /// Nothing if the answer was overtaken: the keys were changed while it was on its way (WALLET-33).
    async fn look_at_present(&self, more: &[StateKey]) -> Result<Option<Present>, WalletError> {
        self.settle_rotation().await?;
        let account = self.session().account()?;
        let link = self.link().await?;
        let own = [
            state_key::account(&account.id),
            state_key::spending(&account.id),
            state_key::payment_rules(),
            state_key::custody(&account.id),
        ];
        let (snapshot, parties) = link.with_parties(&[&own, more].concat()).await?;
        let [key, spending, rules, custody] = own;
        let record = snapshot.get::<AccountRecord>(&key)?.present();
        let record = record.ok_or(mapping::unverified(Subject::Record, Party::Ledger))?;
        if !self.is_listed_now(record.value(), &account).await? {
            return Ok(None);
        }
        let spending = snapshot.get::<Spending>(&spending)?.into_parts().0.unwrap_or_default();
        let rules = snapshot.get::<PaymentRules>(&rules)?.into_parts().0;
        let custody = snapshot.get::<CustodyRecord>(&custody)?.into_parts().0.unwrap_or_default();
        Ok(Some(Present { snapshot, parties, account, record, rules, spending, custody }))
    }

    /// As [`Self::present`], of an account that may order something: neither frozen nor under recovery (WALLET-17).
    pub(crate) async fn orderable(&self, more: &[StateKey]) -> Result<Present, WalletError> {
        let present = self.present(more).await?;
        match present.custody.stops_orders() {
            Some(rejection) => Err(rejection.into()),
            None => Ok(present),
        }
    }

    /// Whether the record lists the account as it stands. It does not where the rows have changed since they were read, or the record is older
    /// than they are; where the ledger lists another phone, that is the error.
    async fn is_listed_now(&self, record: &AccountRecord, read: &AccountRow) -> Result<bool, WalletError> {
        let account = self.session().account()?;
        if account != *read {
            return Ok(false);
        }
        match self.session().with(|open| open.listing(&account, record))? {
            Listing::Known => Ok(true),
            Listing::Past => Ok(false),
            Listing::Ours(_) | Listing::Changed(..) | Listing::Others => {
                let pulled = self.pull().await?;
                if self.session().account()? != account {
                    return Ok(false);
                }
                Err(WalletError::Fenced { since: pulled.record.provenance().time })
            }
        }
    }
}

impl Present {
    /// The header's time.
    pub(crate) fn time(&self) -> UnixTime {
        self.snapshot.header().time()
    }

    /// Up to where its proofs know of orders. When an order was approved, the phone's clock says, which may be behind the ledger's.
    pub(crate) fn as_of(&self, now: UnixTime) -> AsOf {
        AsOf { time: self.time().min(now), height: self.snapshot.header().height() }
    }

    /// Until when a review may be approved: as long as the header may be taken for the present.
    pub(crate) fn fresh_until(&self) -> UnixTime {
        self.time().plus(self.snapshot.parameters().stale_after)
    }

    /// Where and until when a transaction that is signed now may be executed.
    pub(crate) fn validity(&self) -> Validity {
        let chain_id = self.snapshot.header().chain_id().clone();
        Validity { chain_id, valid_until: self.snapshot.valid_until(VALID_FOR) }
    }

    /// Points free by proof at the header's time, which alone says which month it is.
    pub(crate) fn proved_points(&self) -> Result<Points, WalletError> {
        let out_of_range = mapping::unverified(Subject::Record, Party::Ledger);
        let month = self.time().month_in_seoul().map_err(|_| out_of_range)?;
        Ok(self.record.value().spendable(month)?)
    }

    /// Above the limit in force the hardware key signs too (core/docs/decisions.md, 4).
    pub(crate) fn cosigning(&self, sum: Won) -> Cosigning {
        let limit = in_force(&self.snapshot.parameters().cosign_above, self.time());
        // Without a limit in force everything is co-signed.
        if limit.is_none_or(|limit| sum > *limit) { Cosigning::Signed } else { Cosigning::Left }
    }

    /// The limits by law, if the ledger has rules for payments.
    pub(crate) fn legal(&self) -> Option<Limits> {
        in_force(&self.rules.as_ref()?.limits, self.time()).copied()
    }

    /// Says before anything is signed what the ledger would refuse (COIN-10).
    pub(crate) fn must_be_within_limits(&self, sum: Won) -> Result<(), WalletError> {
        let Some(legal) = self.legal() else { return Ok(()) };
        let out_of_range = mapping::unverified(Subject::Record, Party::Ledger);
        let LimitExceeded { limit, left } =
            self.spending.left(legal, self.time()).map_err(|_| out_of_range)?;
        if sum <= left {
            return Ok(());
        }
        let limits = self.spending.limits(legal);
        let (limit, resets) = match limit {
            Limit::Payment => (limits.per_payment, None),
            Limit::Day => (limits.per_day, Some(self.time().day_in_seoul().next().start())),
            Limit::Month => (limits.per_month, month_end(self.time())),
        };
        Err(WalletError::Limit { limit: Amount::Won(limit), left: Amount::Won(left), resets })
    }
}

fn month_end(time: UnixTime) -> Option<UnixTime> {
    time.month_in_seoul().ok()?.end().ok()
}
