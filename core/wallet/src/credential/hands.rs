//! Whose hands the phone is in, before a credential is received or shown.

use crate::error::{Input, Party, Subject, WalletError, mapping};
use crate::link::verify_kept;
use crate::record::{self, AccountRow, KeptProof, SubmissionFate, SubmissionRow, Submitted};
use crate::view::Freshness;
use crate::wallet::Wallet;
use citizen_coin::AccountRecord;
use citizen_ledger::{CustodyRecord, Rejection, VerifiedHeader, state_key};
use citizen_primitives::{Height, Seconds, UnixTime};

/// So long an account that was proved to be in her hands needs not be asked about: as long as a wallet that nobody touches stays unlocked.
const HOLDS: Seconds = Seconds::new(300);

/// How an account stood, by proof.
struct Proved {
    height: Height,
    time: UnixTime,
    /// Whether the ledger listed this phone.
    is_listed: bool,
    /// Why it ordered nothing.
    stopped: Option<Rejection>,
    /// Whether this phone itself has asked for something else since.
    is_changing: bool,
}

impl Wallet {
    /// Credentials need no account; if there is one, it is proved to be neither frozen, nor under recovery, nor another phone's by now
    /// (CARD-10).
    ///
    /// **CARD-42** What was proved within the last minutes is not asked again: whoever hears of the account now would hear who shows something
    /// now. What is older, or says that she may not, is asked for over the wallet's own connection.
    pub(crate) async fn must_be_in_her_hands(&self) -> Result<(), WalletError> {
        let account = match self.session().account() {
            Ok(account) => account,
            Err(WalletError::Invalid { input: Input::AccountMissing }) => return Ok(()),
            Err(error) => return Err(error),
        };
        if self.proved_hands(&account)?.is_some_and(|proved| proved.holds(self.session().now())) {
            return Ok(());
        }
        self.settle_rotation().await?;
        let freshness = self.pull().await?.freshness;
        // Another phone has it by now, or a change of keys has come about.
        let account = self.session().account()?;
        let proved =
            self.proved_hands(&account)?.ok_or(mapping::unverified(Subject::Record, Party::Ledger))?;
        match proved.stopped {
            Some(rejection) => Err(rejection.into()),
            None if freshness == Freshness::Stale => Err(WalletError::Stale { as_of: proved.time }),
            None => Ok(()),
        }
    }

    /// Whether nothing has stopped the account since, as far as this phone knows without asking anybody: neither by what was proved, nor by a
    /// freeze that it has signed itself.
    pub(super) fn must_still_be_in_her_hands(&self) -> Result<(), WalletError> {
        let account = match self.session().account() {
            Ok(account) => account,
            Err(WalletError::Invalid { input: Input::AccountMissing }) => return Ok(()),
            Err(error) => return Err(error),
        };
        let Some(proved) = self.proved_hands(&account)? else { return Ok(()) };
        if let Some(rejection) = proved.stopped {
            return Err(rejection.into());
        }
        // The header at h commits to the state after block h - 1.
        let is_stopping = |row: &SubmissionRow| {
            row.what == Submitted::Freeze
                && match row.fate {
                    SubmissionFate::Open => proved.height <= row.valid_until,
                    SubmissionFate::Done { height } => proved.height <= height,
                    SubmissionFate::Never => false,
                }
        };
        if self.submission_rows()?.iter().any(is_stopping) { Err(Rejection::Frozen.into()) } else { Ok(()) }
    }

    /// How the account stood when it was looked at last, verified again. Nothing where that proves nothing any more, or was kept by a build that
    /// did not ask for the custody.
    fn proved_hands(&self, account: &AccountRow) -> Result<Option<Proved>, WalletError> {
        let kept: Option<KeptProof> = self.session().load(&record::balance_row())?;
        let Some((kept, light)) = kept.zip(self.light_client()) else { return Ok(None) };
        let Ok(header) = verify_kept(&light, &kept, self.session().now()) else { return Ok(None) };
        let Some((record, custody)) = standing(&header, account, &kept) else { return Ok(None) };
        let is_listed = record.device == self.session().device(account.key)? && record.epoch == account.epoch;
        let is_since = |row: &SubmissionRow| {
            row.is_about_custody()
                && match row.fate {
                    SubmissionFate::Open => true,
                    SubmissionFate::Done { height } => header.height() <= height,
                    SubmissionFate::Never => false,
                }
        };
        let is_changing = self.submission_rows()?.iter().any(is_since);
        Ok(Some(Proved {
            height: header.height(),
            time: header.time(),
            is_listed,
            stopped: custody.stops_orders(),
            is_changing,
        }))
    }
}

impl Proved {
    /// Whether it says that she may, and is not old.
    fn holds(&self, now: UnixTime) -> bool {
        self.is_listed && self.stopped.is_none() && !self.is_changing && now < self.time.plus(HOLDS)
    }
}

fn standing(
    header: &VerifiedHeader,
    account: &AccountRow,
    kept: &KeptProof,
) -> Option<(AccountRecord, CustodyRecord)> {
    let record = header.prove_in::<AccountRecord>(&state_key::account(&account.id), &kept.state).ok()?;
    let custody = header.prove_in::<CustodyRecord>(&state_key::custody(&account.id), &kept.state).ok()?;
    Some((record.into_parts().0?, custody.into_parts().0.unwrap_or_default()))
}
