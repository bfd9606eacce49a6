//! The card's key is changed: a new pair takes the old one's place in the account's record, signed by both (STATE-6).

use crate::asked_for;
use crate::error::{Incident, WalletError};
use crate::place;
use crate::present::Present;
use crate::record::{
    self, AccountRow, ActivityKind, CardKeyRow, Phase, RotationRow, card_key_row, put, rotation_row,
};
use crate::signing::checked;
use crate::view::CardView;
use crate::wallet::{PATIENCE, PAUSE, Wallet};
use citizen_coin::AccountRecord;
use citizen_keys::{HardwareKey, KeyAlias};
use citizen_ledger::{Action, ReplaceDevice, SignedTransaction, Signer, state_key};
use citizen_primitives::{Canonical as _, Label, random};
use citizen_store::ChangeSet;
use std::sync::Arc;

impl Wallet {
    /// Puts a new pair of keys in the place of this phone's: both pairs sign, so the platform may ask for the finger twice. The account,
    /// its points and the recovery code stay; the device epoch rises, so an order that was signed before and not executed never is, and a
    /// code that is shown ends.
    ///
    /// The signed change is on the disk before it leaves, and only the same bytes are ever sent again: killed anywhere, the phone goes on
    /// with the old key or with the new one, by what the ledger proves (WALLET-18).
    pub async fn rotate_card(&self) -> Result<CardView, WalletError> {
        self.session().touch()?;
        let one_at_a_time = self.session().approving.lock().await;
        self.settle_submissions().await?;
        let present = self.orderable(&[]).await?;
        self.sign_rotation(&present)?;
        self.settle_rotation().await?;
        drop(one_at_a_time);
        let card = self.card().await?;
        if *card.epoch() == present.account.epoch.value() {
            // Its last height has passed without it.
            return Err(WalletError::Expired { what: crate::error::Subject::Answer });
        }
        Ok(card)
    }

    /// Goes on with a change that was signed until the ledger shows it, or never can. Nothing else is signed meanwhile.
    pub(crate) async fn settle_rotation(&self) -> Result<(), WalletError> {
        for _ in 0..PATIENCE {
            if self.advance_rotation().await? {
                return Ok(());
            }
            self.session().timer.sleep(PAUSE).await;
        }
        Err(WalletError::Offline { can_queue: true })
    }

    /// The change of the account's rows, if the ledger lists the pair that was to come (WALLET-18).
    pub(crate) fn rotated(
        &self,
        account: &AccountRow,
        record: &AccountRecord,
    ) -> Result<Option<ChangeSet>, WalletError> {
        let Some((account, new)) = self.rotation_listed(account, record)? else { return Ok(None) };
        let changes = put(record::account_row(), &account).and(put(card_key_row(), &new));
        let changes = changes.and(ChangeSet::new().delete(rotation_row()));
        Ok(Some(changes.and(self.session().log(ActivityKind::CardKeyChanged)?)))
    }

    /// **WALLET-24** The account by the key that the ledger lists, where that is the one that was to come: nobody else has it, also before this phone
    /// has taken it up.
    pub(crate) fn as_listed(
        &self,
        account: AccountRow,
        record: &AccountRecord,
    ) -> Result<AccountRow, WalletError> {
        Ok(self.rotation_listed(&account, record)?.map_or(account, |(changed, _)| changed))
    }

    fn rotation_listed(
        &self,
        account: &AccountRow,
        record: &AccountRecord,
    ) -> Result<Option<(AccountRow, CardKeyRow)>, WalletError> {
        let Some(RotationRow { new, .. }) = self.session().load(&rotation_row())? else { return Ok(None) };
        let is_listed = self.session().with(|open| {
            let known = open.knows(new.key);
            Ok(known && record.device == open.device(new.key)?)
        })?;
        if !is_listed || account.phase != Phase::Open {
            return Ok(None);
        }
        Ok(Some((AccountRow { key: new.key, epoch: record.epoch, ..account.clone() }, new)))
    }

    /// One look. Whether nothing is left to wait for.
    pub(crate) async fn advance_rotation(&self) -> Result<bool, WalletError> {
        let Some(row) = self.session().load::<RotationRow>(&rotation_row())? else { return Ok(true) };
        let account = self.session().account()?;
        let Some((transaction, valid_until)) = row.signed else {
            self.drop_rotation(&row.new)?;
            return Ok(true);
        };
        let link = self.link().await?;
        let key = state_key::account(&account.id);
        let snapshot = link.fresh(std::slice::from_ref(&key)).await?;
        let record = crate::custody::listed(&snapshot, &account)?;
        if let Some(changes) = self.rotated(&account, &record)? {
            let old = self.session().load::<CardKeyRow>(&card_key_row())?;
            self.session().commit(place::ACCOUNT_OPEN, changes)?;
            old.iter().for_each(|old| self.delete_card_key(&old.alias));
            return Ok(true);
        }
        // The header at h commits to the state after block h - 1.
        if snapshot.header().height() > valid_until || record.device != self.session().device(account.key)? {
            self.drop_rotation(&row.new)?;
            return Ok(true);
        }
        let transaction =
            SignedTransaction::from_canonical(&transaction).map_err(|_| WalletError::StoreDamaged)?;
        match link.ledger().submit(place::SEND_ACCOUNT, &transaction).await.map_err(WalletError::from) {
            // A refusal at the door may be the echo of a try that arrived: the record decides.
            Ok(_) | Err(WalletError::Refused { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn sign_rotation(&self, present: &Present) -> Result<(), WalletError> {
        let account = &present.account;
        let new = CardKeyRow { key: account.key.next(), alias: self.fresh_card_alias()? };
        let row = RotationRow { new: new.clone(), signed: None };
        self.session().commit(place::OUTBOX_ACCOUNT, put(rotation_row(), &row))?;
        let hardware = HardwareKey::create(Arc::clone(&self.session().keystore), new.alias.clone())?;
        let validity = present.validity();
        let (chain_id, valid_until) = (validity.chain_id.clone(), validity.valid_until);
        let transaction = self.session().with(|open| {
            open.take_card_key(new.key, hardware);
            let (old_pair, new_pair) = (open.device(account.key)?, open.device(new.key)?);
            let signer = Signer::Device { account: account.id, epoch: account.epoch, device: old_pair };
            let replace = ReplaceDevice { account: account.id, device: new_pair };
            let body = self.session().body(validity, signer, Action::ReplaceDevice(replace));
            let bytes = body.signing_bytes();
            let signatures = vec![
                open.sign(account.key, Label::Transaction, &bytes),
                open.hardware(account.key)
                    .asking_for(asked_for::card_key())
                    .sign(Label::Transaction, &bytes)?,
                open.sign(new.key, Label::Transaction, &bytes),
                open.hardware(new.key).asking_for(asked_for::card_key()).sign(Label::Transaction, &bytes)?,
            ];
            Ok(checked(&body, signatures, &chain_id)?.to_canonical())
        });
        let transaction = match transaction {
            Ok(transaction) => transaction,
            Err(error) => {
                self.drop_rotation(&new)?;
                return Err(error);
            }
        };
        let row = RotationRow { new, signed: Some((transaction, valid_until)) };
        self.session().commit(place::OUTBOX_ACCOUNT, put(rotation_row(), &row))
    }

    /// It can no longer be executed, or was never signed.
    fn drop_rotation(&self, new: &CardKeyRow) -> Result<(), WalletError> {
        self.delete_card_key(&new.alias);
        self.session().commit(place::OUTBOX_ACCOUNT, ChangeSet::new().delete(rotation_row()))
    }

    /// A key that cannot be deleted does no harm: the ledger lists it no more.
    fn delete_card_key(&self, alias: &KeyAlias) {
        if self.session().keystore.delete(alias).is_err() {
            tracing::debug!("an old key of the card is left in the key store");
        }
    }

    fn fresh_card_alias(&self) -> Result<KeyAlias, WalletError> {
        let name = u128::from_be_bytes(random::generate_array(&mut *self.session().rng()));
        KeyAlias::new(&format!("card-key-{name:032x}"))
            .map_err(|_| WalletError::Internal { incident: Incident("card-alias") })
    }
}
