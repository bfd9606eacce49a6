//! What this phone signs: transactions and requests to parties.

use crate::error::{Incident, Input, Subject, WalletError};
use crate::record::{self, AccountRow, Phase};
use crate::session::{Open, Session};
use citizen_keys::{
    DevicePair, Document as _, HardwareKey, KeyIndex, PublicKey, Signature, Signed, SigningReason,
};
use citizen_ledger::{Action, Nonce, SignedTransaction, Signer, TransactionBody};
use citizen_payment::request::{DeviceRequest, RequestContent};
use citizen_primitives::{Canonical as _, ChainId, Height, Label, random};

/// Where and until when a transaction may be executed.
#[derive(Debug, Clone)]
pub(crate) struct Validity {
    pub(crate) chain_id: ChainId,
    pub(crate) valid_until: Height,
}

/// Whether the hardware key signs too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cosigning {
    Left,
    Signed,
}

impl Cosigning {
    /// For what it is asked, if it signs.
    pub(crate) fn asking(self, reason: impl FnOnce() -> SigningReason) -> Option<SigningReason> {
        (self == Self::Signed).then(reason)
    }
}

impl Session {
    /// The device's pair of public keys under an index.
    pub(crate) fn device(&self, key: KeyIndex) -> Result<DevicePair, WalletError> {
        self.with(|open| open.device(key))
    }

    /// The account, if the ledger lists this phone.
    pub(crate) fn account(&self) -> Result<AccountRow, WalletError> {
        let row = self.shown_account()?;
        match row.phase {
            Phase::Fenced { since } => Err(WalletError::Fenced { since }),
            _ => Ok(row),
        }
    }

    /// The account, also if it can only be shown.
    pub(crate) fn shown_account(&self) -> Result<AccountRow, WalletError> {
        self.with(|open| open.shown_account())
    }

    /// A body with a fresh nonce.
    pub(crate) fn body(&self, validity: Validity, signer: Signer, action: Action) -> TransactionBody {
        let nonce = Nonce::from_bytes(random::generate_array(&mut *self.rng()));
        let Validity { chain_id, valid_until } = validity;
        TransactionBody { chain_id, valid_until, nonce, signer, action }
    }

    /// An order of the account's device; with a reason for the prompt, by the hardware key too. The phone runs the ledger's own stateless
    /// checks before anything leaves.
    pub(crate) fn sign_action(
        &self,
        account: &AccountRow,
        validity: Validity,
        action: Action,
        cosigned: Option<SigningReason>,
    ) -> Result<SignedTransaction, WalletError> {
        let chain_id = validity.chain_id.clone();
        let device = self.device(account.key)?;
        let signer = Signer::Device { account: account.id, epoch: account.epoch, device };
        let body = self.body(validity, signer, action);
        let bytes = body.signing_bytes();
        let (signature, cosignature) =
            self.sign_as_device(account, (Label::Transaction, &bytes), cosigned)?;
        checked(&body, [Some(signature), cosignature].into_iter().flatten().collect(), &chain_id)
    }

    /// What an order of the account's device is signed with. It is given up if the account is another one when the citizen has answered: the
    /// phone was fenced, or its key changed.
    pub(crate) fn sign_as_device(
        &self,
        account: &AccountRow,
        (label, bytes): (Label, &[u8]),
        cosigned: Option<SigningReason>,
    ) -> Result<(Signature, Option<Signature>), WalletError> {
        let (signature, cosignature) = match cosigned {
            None => (self.with(|open| Ok(open.sign(account.key, label, bytes)))?, None),
            Some(reason) => {
                let (signature, cosignature) = self.sign_by_both((account.key, reason), label, bytes)?;
                (signature, Some(cosignature))
            }
        };
        if self.account()? != *account {
            return Err(WalletError::Expired { what: Subject::Review });
        }
        Ok((signature, cosignature))
    }

    /// By both keys of the pair. The platform may ask for a finger and wait for it: nothing is held meanwhile, so that every other call goes on (WALLET-42).
    /// What was locked before the citizen answered has signed nothing: the account key signs afterwards.
    pub(crate) fn sign_by_both(
        &self,
        (key, reason): (KeyIndex, SigningReason),
        label: Label,
        bytes: &[u8],
    ) -> Result<(Signature, Signature), WalletError> {
        let hardware = self.with(|open| Ok(open.hardware(key).asking_for(reason)))?;
        let cosignature = hardware.sign(label, bytes)?;
        Ok((self.with(|open| Ok(open.sign(key, label, bytes)))?, cosignature))
    }

    /// A request to a party.
    pub(crate) fn sign_request(
        &self,
        account: &AccountRow,
        to: &PublicKey,
        content: RequestContent,
    ) -> Result<Signed<DeviceRequest>, WalletError> {
        let nonce = random::generate_array(&mut *self.rng());
        let time = self.now();
        self.with(|open| {
            let device = open.device(account.key)?;
            let request = DeviceRequest {
                to: to.id(),
                account: account.id,
                epoch: account.epoch,
                device,
                content,
                nonce,
                time,
            };
            let bytes = request.to_canonical();
            let signature = open.sign(account.key, DeviceRequest::LABEL, &bytes);
            Ok(Signed::from_parts(bytes, device.ed25519().id(), signature))
        })
    }
}

impl Open {
    /// The account, also if it can only be shown.
    pub(crate) fn shown_account(&self) -> Result<AccountRow, WalletError> {
        match record::load::<AccountRow>(&*self.store, &record::account_row())? {
            Some(row) if matches!(row.phase, Phase::Open | Phase::Fenced { .. }) => Ok(row),
            _ => Err(WalletError::Invalid { input: Input::AccountMissing }),
        }
    }

    /// The pair of public keys.
    pub(crate) fn device(&self, key: KeyIndex) -> Result<DevicePair, WalletError> {
        DevicePair::new(&self.root.account_key(key).public(), self.hardware(key).public())
            .map_err(|_| WalletError::KeyInvalidated)
    }

    /// The P-256 key of the pair: the one that the wallet was made with, or that which came in its place.
    pub(crate) fn hardware(&self, key: KeyIndex) -> &HardwareKey {
        self.changed.get(&key).unwrap_or(&self.first)
    }

    /// Whether a key that came later is at hand.
    pub(crate) fn knows(&self, key: KeyIndex) -> bool {
        self.changed.contains_key(&key)
    }

    /// Takes a key in that came later.
    pub(crate) fn take_card_key(&mut self, key: KeyIndex, hardware: HardwareKey) {
        self.changed.insert(key, hardware);
    }

    /// Signs with the account key.
    pub(crate) fn sign(&self, key: KeyIndex, label: Label, bytes: &[u8]) -> Signature {
        self.root.account_key(key).sign(label, bytes)
    }
}

/// Puts the signatures to a body and checks the whole as the ledger will.
pub(crate) fn checked(
    body: &TransactionBody,
    signatures: Vec<Signature>,
    chain_id: &ChainId,
) -> Result<SignedTransaction, WalletError> {
    let transaction = body.signed(signatures);
    SignedTransaction::check_stateless(&transaction.to_canonical(), chain_id)
        .map_err(|_| WalletError::Internal { incident: Incident("own-transaction") })?;
    Ok(transaction)
}

#[cfg(test)]
mod tests {
    use super::*;
    use citizen_keys::SigningKey;
    use citizen_ledger::CustodyAction;
    use citizen_primitives::{AccountId, RecoveryCaseId};

    #[test]
    fn wallet_19_what_several_have_signed_leaves_only_if_each_signature_is_its_keys() {
        let mut officers = [SigningKey::from_seed(&[1; 32]), SigningKey::from_seed(&[2; 32])];
        officers.sort_by_key(SigningKey::public);
        let chain_id = ChainId::new("seoul-test-1").unwrap();
        let (account, case) = (AccountId::from_bytes([3; 32]), RecoveryCaseId::from_bytes([4; 32]));
        let body = |keys: Vec<PublicKey>| TransactionBody {
            chain_id: chain_id.clone(),
            valid_until: Height::new(9),
            nonce: Nonce::from_bytes([5; 16]),
            signer: Signer::Several { keys },
            action: Action::Custody(CustodyAction::Dismiss { account, case }),
        };
        let both = body(officers.iter().map(SigningKey::public).collect());
        let sign =
            |by: &SigningKey, body: &TransactionBody| by.sign(Label::Transaction, &body.signing_bytes());
        let [first, second] = officers.each_ref().map(|officer| sign(officer, &both));
        assert!(checked(&both, vec![first, second], &chain_id).is_ok());
        let own = WalletError::Internal { incident: Incident("own-transaction") };
        let stranger = sign(&SigningKey::from_seed(&[6; 32]), &both);
        for wrong in [vec![first], vec![second, first], vec![first, first], vec![first, stranger]] {
            assert_eq!(checked(&both, wrong, &chain_id).unwrap_err(), own);
        }
        let twice = body(vec![officers[0].public(); 2]);
        let signature = sign(&officers[0], &twice);
        assert_eq!(checked(&twice, vec![signature; 2], &chain_id).unwrap_err(), own, "one officer is one");
        let elsewhere = ChainId::new("seoul-test-2").unwrap();
        assert_eq!(checked(&both, vec![first, second], &elsewhere).unwrap_err(), own);
    }
}
