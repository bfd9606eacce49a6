//! Backup and restore: what a new phone needs, sealed under the recovery code, without any key of the account (WALLET-12).

use crate::account::VALID_FOR;
use crate::asked_for;
use crate::config::WalletConfig;
use crate::create::begin_restored;
use crate::error::{Input, Party, Subject, WalletError, mapping};
use crate::link::{Link, Snapshot};
use crate::place;
use crate::record::{self, AccountRow, ActivityRow, OutboxKind, Phase, SettingsRow, TrustRow, put};
use crate::session::Session;
use crate::signing::{Validity, checked};
use crate::view::AccountView;
use crate::voting_root::BackedUpRoot;
use crate::wallet::{Wallet, reach};
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_coin::AccountRecord;
use citizen_keys::{BackupEnvelope, KeyIndex, PublicKey, RecoveryCode};
use citizen_ledger::{Action, CustodyAction, CustodyRecord, ReplaceDevice, Signer, state_key};
use citizen_primitives::{AccountId, Canonical as _, Label, PaymentId};
use citizen_store::{ChangeSet, Row, Table};
use std::sync::Arc;

/// What is in a backup. It has no field that a key of the account, an order or a PIN could stand in: whoever opens it can replace
/// the phone on the ledger, which everybody sees, and cannot sign as the old one.
///
/// It does hold the voting root, out of which the keys of polls come: without it a phone lost after registration could not vote any
/// more. No ballot, and no seed of one, is in it (BALLOT-8).
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct BackupContent {
    account: AccountId,
    recovery: PublicKey,
    trust: TrustRow,
    settings: SettingsRow,
    receipts: Vec<(PaymentId, Vec<u8>)>,
    activity: Vec<(Vec<u8>, ActivityRow)>,
    voting: BackedUpRoot,
}
citizen_primitives::canonical!(BackupContent = 2);

/// A backup of before there were polls.
#[derive(BorshDeserialize, BorshSerialize)]
struct FirstContent {
    account: AccountId,
    recovery: PublicKey,
    trust: TrustRow,
    settings: SettingsRow,
    receipts: Vec<(PaymentId, Vec<u8>)>,
    activity: Vec<(Vec<u8>, ActivityRow)>,
}
citizen_primitives::canonical!(FirstContent = 1);

impl Wallet {
    /// Seals a backup under the recovery code. Another account's code is refused: nobody could restore with it.
    pub fn backup(&self, code: &RecoveryCode) -> Result<Vec<u8>, WalletError> {
        self.session().touch()?;
        let content = self.backup_content()?;
        if code.recovery_key().public() != content.recovery {
            return Err(WalletError::Invalid { input: Input::RecoveryCode });
        }
        let envelope = BackupEnvelope::seal(&mut *self.session().rng(), code, &content.to_canonical())?;
        self.session().commit(place::BACKED_UP, self.session().log(record::ActivityKind::BackedUp)?)?;
        Ok(envelope.to_canonical())
    }

    /// Makes a wallet out of a backup: a new key pair, which the recovery key puts in the place of the old phone's.
    ///
    /// The old phone can only show from then on. The configuration's city counts before the backup's. Interrupted, it
    /// can be called again.
    pub async fn restore(
        config: WalletConfig,
        backup: &[u8],
        code: &RecoveryCode,
        pin: &str,
    ) -> Result<(Self, AccountView), WalletError> {
        let content = open_backup(backup, code)?;
        let (session, city) = begin_restored(config, pin)?;
        let trust = match city {
            Some(city) => crate::wallet::trust_row(city, Some(&content.trust))?,
            None => content.trust.clone(),
        };
        let link = restoring_link(&session, &trust)?;
        let keys = [state_key::account(&content.account), state_key::custody(&content.account)];
        let snapshot = link.fresh(&keys).await?;
        let begun: Option<AccountRow> = session.load(&record::account_row())?;
        if begun.is_none_or(|row| has_run_out(&row, &snapshot)) {
            let row = replacement(&session, &content, code, &snapshot)?;
            let changes = content.rows(&trust).and(put(record::account_row(), &row));
            // **WALLET-36** A freeze that this phone asked for while the account was elsewhere would stop the account that comes back.
            let open = session.with(|open| Ok(record::outbox(&*open.store, OutboxKind::Submission)?))?;
            let changes = changes.and(Self::withdrawn(open, &content.account));
            session.commit(place::OUTBOX_RESTORE, changes)?;
            session.continue_log()?;
        }
        let wallet = Self::unlocked(session, None)?;
        let account = wallet.settle_account().await?;
        Ok((wallet, account))
    }

    fn backup_content(&self) -> Result<BackupContent, WalletError> {
        let account = self.session().account()?;
        let (receipts, activity) = self
            .session()
            .with(|open| Ok((open.store.list(Table::Receipts)?, open.store.list(Table::Activity)?)))?;
        let damaged = WalletError::StoreDamaged;
        let receipt = |entry: citizen_store::Entry| {
            let id = <[u8; 32]>::try_from(entry.key.as_slice()).map_err(|_| damaged.clone())?;
            Ok::<_, WalletError>((PaymentId::from_bytes(id), entry.value.to_vec()))
        };
        let line = |entry: citizen_store::Entry| {
            let row = ActivityRow::from_canonical(&entry.value).map_err(|_| damaged.clone())?;
            Ok::<_, WalletError>((entry.key, row))
        };
        Ok(BackupContent {
            account: account.id,
            recovery: account.recovery,
            trust: self.trust(),
            settings: self.settings()?,
            receipts: receipts.into_iter().map(receipt).collect::<Result<_, _>>()?,
            activity: activity.into_iter().map(line).collect::<Result<_, _>>()?,
            voting: BackedUpRoot::of(Some(&self.session().with(|open| open.voting_root())?)),
        })
    }
}

impl BackupContent {
    /// The rows of a wallet made out of it.
    fn rows(&self, trust: &TrustRow) -> ChangeSet {
        let Self { account: _, recovery: _, trust: _, settings, receipts, activity, voting } = self;
        let mut changes = put(record::settings_row(), settings).and(put(record::trust_row(), trust));
        for (id, receipt) in receipts {
            changes = changes.put(record::receipt_row(id), receipt.as_slice());
        }
        for (key, row) in activity {
            changes = changes.and(put(Row::new(Table::Activity, key), row));
        }
        // It may be older than the account at the bank (WALLET-23).
        if settings.citizen.is_none() {
            changes = changes.put(record::bank_unknown_row(), []);
        }
        if let Some(root) = voting.bytes() {
            changes = changes.put(record::voting_root_row(), root.as_slice());
        }
        changes
    }
}

fn open_backup(bytes: &[u8], code: &RecoveryCode) -> Result<BackupContent, WalletError> {
    let invalid = WalletError::Invalid { input: Input::Backup };
    let envelope = BackupEnvelope::from_canonical(bytes).map_err(|_| invalid.clone())?;
    let content = envelope.open(code)?;
    let content = BackupContent::from_canonical(&content)
        .or_else(|_| FirstContent::from_canonical(&content).map(BackupContent::from));
    content.map_err(|_| invalid)
}

impl From<FirstContent> for BackupContent {
    fn from(first: FirstContent) -> Self {
        let FirstContent { account, recovery, trust, settings, receipts, activity } = first;
        Self { account, recovery, trust, settings, receipts, activity, voting: BackedUpRoot::of(None) }
    }
}

fn restoring_link(session: &Session, trust: &TrustRow) -> Result<Link, WalletError> {
    let light = trust.light_client().ok_or(WalletError::Invalid { input: Input::TrustNeeded })?;
    Ok(Link::new(reach(session).exchange(&trust.url)?, light, Arc::clone(&session.clock)))
}

/// Whether a replacement signed before can no longer be executed: only then is another one signed.
fn has_run_out(row: &AccountRow, snapshot: &Snapshot) -> bool {
    match row.phase {
        Phase::Replacing { valid_until, .. } => snapshot.header().height() > valid_until,
        _ => false,
    }
}

/// The replacement of the device: signed by the recovery key, and by the new pair, which shows that it holds it.
fn replacement(
    session: &Session,
    content: &BackupContent,
    code: &RecoveryCode,
    snapshot: &Snapshot,
) -> Result<AccountRow, WalletError> {
    let account = content.account;
    let recovery = code.recovery_key();
    let record = snapshot.get::<AccountRecord>(&state_key::account(&account))?.present();
    let record = record.ok_or(mapping::unverified(Subject::Backup, Party::File))?;
    if record.value().recovery != recovery.public() {
        return Err(WalletError::Invalid { input: Input::RecoveryCode });
    }
    let custody = snapshot.get::<CustodyRecord>(&state_key::custody(&account))?.into_parts().0;
    let is_frozen = custody.is_some_and(|custody| custody.frozen.is_some());
    let chain_id = snapshot.header().chain_id().clone();
    let valid_until = snapshot.valid_until(VALID_FOR);
    let key = KeyIndex::default();
    let device = session.device(key)?;
    let signer = Signer::Recovery { account, key: recovery.public() };
    // An account that was frozen goes on with the new phone in one step: the old one never acts in between (WALLET-17).
    let action = if is_frozen {
        Action::Custody(CustodyAction::Unfreeze { account, device: Some(device) })
    } else {
        Action::ReplaceDevice(ReplaceDevice { account, device })
    };
    let body = session.body(Validity { chain_id: chain_id.clone(), valid_until }, signer, action);
    let bytes = body.signing_bytes();
    let (signature, cosignature) =
        session.sign_by_both((key, asked_for::takeover()), Label::Transaction, &bytes)?;
    let signatures = vec![recovery.sign(Label::Transaction, &bytes), signature, cosignature];
    let transaction = checked(&body, signatures, &chain_id)?.to_canonical();
    let phase = Phase::Replacing { transaction, valid_until };
    Ok(AccountRow { id: account, epoch: record.value().epoch, key, recovery: recovery.public(), phase })
}
