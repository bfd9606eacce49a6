//! The card's key is changed: a new pair takes the old one's place in the account's record, signed by both (STATE-6).

use crate::asked_for;
use crate::error::{Incident, Subject, WalletError};
use crate::link::Link;
use crate::listing::Listing;
use crate::place;
use crate::present::Present;
use crate::record::{self, CardKeyRow, RotationRow, account_row, put, rotation_row};
use crate::signing::checked;
use crate::view::CardView;
use crate::wallet::{PATIENCE, PAUSE, Wallet};
use citizen_coin::AccountRecord;
use citizen_keys::{HardwareKey, KeyAlias};
use citizen_ledger::{Action, ReplaceDevice, SignedTransaction, Signer, state_key};
use citizen_primitives::{Canonical as _, Height, Label, random};
use citizen_store::ChangeSet;
use std::sync::Arc;

/// What is to be done about a change of the key that is under way.
enum Step {
    /// Nothing any more.
    Over,
    /// It cannot come about any more.
    Drop,
    /// The ledger may still take it: the same bytes are sent.
    Send,
    /// Only waiting.
    Wait,
}

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
        {
            let _no_look_meanwhile = self.session().rotating.lock().await;
            self.sign_rotation(&present)?;
        }
        self.settle_rotation().await?;
        drop(one_at_a_time);
        let card = self.card().await?;
        if *card.epoch() == present.account.epoch.value() {
            // Its last height has passed without it.
            return Err(WalletError::Expired { what: Subject::Answer });
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

    /// One look. Whether nothing is left to wait for.
    ///
    /// One at a time: two that cross would each judge by what the other has changed (WALLET-33). A look at the account may still take the key up
    /// meanwhile ([`Self::pull`]): what is done is decided by the rows as they stand after the answer.
    pub(crate) async fn advance_rotation(&self) -> Result<bool, WalletError> {
        let _one_look_at_a_time = self.session().rotating.lock().await;
        self.remove_retired_keys();
        let Some(row) = self.session().load::<RotationRow>(&rotation_row())? else { return Ok(true) };
        let account = self.session().account()?;
        let Some((transaction, valid_until)) = &row.signed else {
            self.drop_rotation(&row.new)?;
            return Ok(true);
        };
        let link = self.link().await?;
        let key = state_key::account(&account.id);
        let snapshot = link.fresh(std::slice::from_ref(&key)).await?;
        let record = crate::custody::listed(&snapshot, &account)?;
        // The header at h commits to the state after block h - 1.
        match self.next_step(&row, &record, snapshot.header().height() > *valid_until)? {
            Step::Over => {
                self.remove_retired_keys();
                Ok(true)
            }
            Step::Wait => Ok(false),
            Step::Drop => self.drop_rotation(&row.new).map(|()| true),
            Step::Send => self.send_rotation(link, transaction).await.map(|()| false),
        }
    }

    fn next_step(
        &self,
        row: &RotationRow,
        record: &AccountRecord,
        is_past: bool,
    ) -> Result<Step, WalletError> {
        let now = self.session().now();
        self.session().decide(place::ACCOUNT_OPEN, |open| {
            let (_, coming) = record::card_keys(&*open.store)?;
            if coming.as_ref() != Some(row) {
                return Ok((ChangeSet::new(), Step::Over));
            }
            let account = open.shown_account()?;
            Ok(match open.listing(&account, record)? {
                Listing::Changed(account, new) => (open.take_up(&account, &new, now)?, Step::Over),
                Listing::Others => (ChangeSet::new(), Step::Drop),
                Listing::Known | Listing::Ours(_) if is_past => (ChangeSet::new(), Step::Drop),
                // A key that is gone shall not be listed: it is only waited until it cannot be.
                Listing::Known | Listing::Ours(_) if open.knows(row.new.key) => {
                    (ChangeSet::new(), Step::Send)
                }
                Listing::Known | Listing::Ours(_) | Listing::Past => (ChangeSet::new(), Step::Wait),
            })
        })
    }

    async fn send_rotation(&self, link: &Link, transaction: &[u8]) -> Result<(), WalletError> {
        let transaction =
            SignedTransaction::from_canonical(transaction).map_err(|_| WalletError::StoreDamaged)?;
        match link.ledger().submit(place::SEND_ACCOUNT, &transaction).await.map_err(WalletError::from) {
            // A refusal at the door may be the echo of a try that arrived: the record decides.
            Ok(_) | Err(WalletError::Refused { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn sign_rotation(&self, present: &Present) -> Result<(), WalletError> {
        let overtaken = WalletError::Expired { what: Subject::Answer };
        let account = &present.account;
        let new = CardKeyRow { key: account.key.next(), alias: self.fresh_card_alias()? };
        let unsigned = RotationRow { new: new.clone(), signed: None };
        let begun = put(rotation_row(), &unsigned);
        if !self.session().commit_if(place::OUTBOX_ACCOUNT, (&account_row(), Some(account)), begun)? {
            return Err(overtaken);
        }
        let hardware = HardwareKey::create(Arc::clone(&self.session().keystore), new.alias.clone())?;
        let signed = match self.signed_rotation(present, &new, hardware) {
            Ok(signed) => signed,
            Err(error) => {
                self.drop_rotation(&new)?;
                return Err(error);
            }
        };
        let signed = put(rotation_row(), &RotationRow { new: new.clone(), signed: Some(signed) });
        if self.session().commit_if(place::OUTBOX_ACCOUNT, (&rotation_row(), Some(&unsigned)), signed)? {
            return Ok(());
        }
        Err(overtaken)
    }

    /// The change, signed by the old pair and the new one, and its last height.
    fn signed_rotation(
        &self,
        present: &Present,
        new: &CardKeyRow,
        hardware: HardwareKey,
    ) -> Result<(Vec<u8>, Height), WalletError> {
        let account = &present.account;
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
        })?;
        Ok((transaction, valid_until))
    }

    /// It can no longer be executed, or was never signed. The row goes before the key that it names: killed in between, a key is left and none is
    /// missed (WALLET-34).
    fn drop_rotation(&self, new: &CardKeyRow) -> Result<(), WalletError> {
        self.session().decide(place::OUTBOX_ACCOUNT, |open| Ok((open.drop_coming_key(new)?, ())))?;
        self.remove_retired_keys();
        Ok(())
    }

    fn fresh_card_alias(&self) -> Result<KeyAlias, WalletError> {
        let name = u128::from_be_bytes(random::generate_array(&mut *self.session().rng()));
        KeyAlias::new(&format!("card-key-{name:032x}"))
            .map_err(|_| WalletError::Internal { incident: Incident("card-alias") })
    }
}
