//! One transaction of every kind, with the keys that must sign it.

use super::city::time_of;
use super::parties::{Phone, Service};
use super::story::Story;
use super::{chain_id, digest, points, won};
use citizen_coin::Epoch;
use citizen_keys::{Signature, SigningKey};
use citizen_ledger::{
    Action, Capture, CustodyAction, DidAction, Govern, Grant, Nonce, OpenAccount, Release, ReplaceDevice,
    Role, SignedTransaction, Signer, TransactionBody, Transfer,
};
use citizen_payment::Hold;
use citizen_primitives::{AccountId, Height, Label, PersonTag, ProgrammeId};

/// Everybody who signs something.
pub struct Cast {
    pub phone: Phone,
    pub next: Phone,
    pub recovery: SigningKey,
    pub party: SigningKey,
    pub governors: [SigningKey; 2],
    /// Officers of a recovery, and controllers of a DID.
    pub several: [SigningKey; 2],
}

pub const ACCOUNT: AccountId = AccountId::from_bytes([0x0a; 32]);

impl Cast {
    pub fn new() -> Self {
        let mut governors = [SigningKey::from_seed(&[31; 32]), SigningKey::from_seed(&[32; 32])];
        governors.sort_by_key(SigningKey::public);
        let mut several = [SigningKey::from_seed(&[61; 32]), SigningKey::from_seed(&[62; 32])];
        several.sort_by_key(SigningKey::public);
        Self {
            phone: Phone::new(41),
            next: Phone::new(42),
            recovery: SigningKey::from_seed(&[43; 32]),
            party: SigningKey::from_seed(&[44; 32]),
            governors,
            several,
        }
    }

    pub fn signers(&self) -> Vec<(&'static str, Signer)> {
        let keys = self.governors.iter().map(SigningKey::public).collect();
        let device = Signer::Device { account: ACCOUNT, epoch: Epoch::new(0), device: self.phone.pair() };
        vec![
            ("device", device),
            ("opening", Signer::Opening),
            ("recovery", Signer::Recovery { account: ACCOUNT, key: self.recovery.public() }),
            ("party", Signer::Party { key: self.party.public() }),
            ("governors", Signer::Governors { keys }),
            ("several", Signer::Several { keys: self.several.iter().map(SigningKey::public).collect() }),
        ]
    }

    pub fn signer(&self, name: &str) -> Signer {
        self.signers().into_iter().find(|(known, _)| *known == name).unwrap().1
    }

    pub fn actions(&self) -> Vec<(&'static str, Action)> {
        let story = Story::mixed();
        let (payment, commitment) = (story.terms.payment, story.terms.commitment());
        let grant = Grant {
            programme: ProgrammeId::new("eco-mileage").unwrap(),
            account: ACCOUNT,
            points: points(10_000),
            person: PersonTag::from_bytes([0x0b; 32]),
            evidence: digest("evidence"),
        };
        let hold = Hold {
            payment,
            points: points(3_000),
            won: won(4_500),
            commitment,
            centre: story.centre.record.id(),
            bank: story.bank.record.id(),
            expires: time_of(11),
        };
        let open =
            OpenAccount { device: self.phone.pair(), recovery: self.recovery.public(), salt: [0x0c; 16] };
        let role = Service::new(Role::Bank, 22).record;
        vec![
            ("open-account", Action::OpenAccount(open)),
            (
                "replace-device",
                Action::ReplaceDevice(ReplaceDevice { account: ACCOUNT, device: self.next.pair() }),
            ),
            ("grant", Action::Grant(grant)),
            (
                "transfer",
                Action::Transfer(Transfer { to: AccountId::from_bytes([0x0d; 32]), points: points(500) }),
            ),
            ("hold", Action::Hold(hold)),
            ("capture", Action::Capture(Capture { payment, debit: story.signed_debit() })),
            ("release", Action::Release(Release { payment })),
            ("govern", Action::Govern(Govern::SetRole(role))),
        ]
    }

    pub fn action(&self, name: &str) -> Action {
        self.actions().into_iter().find(|(known, _)| *known == name).unwrap().1
    }

    pub fn body(&self, signer: Signer, action: Action) -> TransactionBody {
        TransactionBody {
            chain_id: chain_id(),
            valid_until: Height::new(120),
            nonce: Nonce::from_bytes([0x0e; 16]),
            signer,
            action,
        }
    }

    /// All signatures a body needs, in their order.
    pub fn signatures(&self, body: &TransactionBody) -> Vec<Signature> {
        let bytes = body.signing_bytes();
        let sign = |key: &SigningKey| key.sign(Label::Transaction, &bytes);
        let mut signatures = match &body.signer {
            Signer::Device { .. } => self.phone.sign(body),
            Signer::Opening => Vec::new(),
            Signer::Recovery { .. } => vec![sign(&self.recovery)],
            Signer::Party { .. } => vec![sign(&self.party)],
            Signer::Governors { .. } => self.governors.iter().map(sign).collect(),
            Signer::Several { .. } => self.several.iter().map(sign).collect(),
        };
        match &body.action {
            Action::OpenAccount(_) => {
                signatures.extend(self.phone.sign(body));
                signatures.push(sign(&self.recovery));
            }
            Action::ReplaceDevice(_) | Action::Custody(CustodyAction::Unfreeze { device: Some(_), .. }) => {
                signatures.extend(self.next.sign(body));
            }
            Action::Custody(CustodyAction::Complete { .. }) => signatures.push(sign(&self.recovery)),
            Action::Did(DidAction::Create(_)) => signatures.extend(self.several.iter().map(sign)),
            // The party is the controller that comes.
            Action::Did(DidAction::Rotate(_)) => signatures.push(sign(&self.party)),
            _ => {}
        }
        signatures
    }

    pub fn signed(&self, signer: &str, action: &str) -> SignedTransaction {
        let body = self.body(self.signer(signer), self.action(action));
        body.signed(self.signatures(&body))
    }
}
