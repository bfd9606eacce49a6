//! A phone is lost, and its recovery code too: officers who see who is asking hand the account to a new phone, after a wait in which the
//! old one may object (core/docs/adr/0011, city/docs/adr/0003).

mod ask;
mod complete;
mod decide;
mod enrol;

use crate::error::{Party, WalletError, mapping};
use crate::link::Snapshot;
use crate::place;
use crate::signing::{Validity, checked};
use crate::view::Bench;
use crate::wallet::{Wallet, reach};
use citizen_client::addresses::ask_officers;
use citizen_client::registry::prove_role;
use citizen_client::{CallError, RecoveryOfficerClient};
use citizen_keys::PublicKey;
use citizen_ledger::parameters::in_force;
use citizen_ledger::{
    Action, CustodyAction, RecoveryRules, Rejection, Role, SignedTransaction, Signer, StateKey, state_key,
};
use citizen_primitives::order::sort_by_key;
use citizen_primitives::{Height, KeyId};

/// The most officers who are asked: their roles are proved in one question, with what else is asked.
const MOST_OFFICERS: usize = 16;
/// For how many blocks what officers have signed may be executed.
const VALID_FOR: u64 = 200;

/// The officers whose roles are proved, and how many of them must agree.
struct Officers {
    all: Vec<RecoveryOfficerClient>,
    needed: usize,
}

impl Officers {
    fn bench(&self) -> Bench {
        Bench { officers: self.all.len(), needed: self.needed }
    }
}

/// What came of asking officers for their signatures.
enum Agreement {
    /// As many as must agree have signed.
    Reached(SignedTransaction, Height),
    /// Too few have. These were asked and have not.
    Missing(Vec<Unsigned>),
}

/// An officer who was asked to sign and has not.
struct Unsigned {
    officer: KeyId,
    /// She has answered, and it is no signature of hers: what she said before counts no more.
    refuses: bool,
}

impl Wallet {
    /// The officers whom the gateway names and the registry knows now, with other records under the same header. How many must agree, the
    /// ledger's rules say.
    async fn officers(&self, more: &[StateKey]) -> Result<(Officers, Snapshot), WalletError> {
        let link = self.link().await?;
        let named = ask_officers(link.exchange(), place::ASK_OFFICERS).await;
        let named = named.map_err(|error| mapping::of_call(error, Party::RecoveryOfficer))?;
        let named: Vec<_> = named.into_iter().take(MOST_OFFICERS).collect();
        let roles = named.iter().map(|(key, _)| state_key::role(Role::RecoveryOfficer, key));
        let keys: Vec<StateKey> =
            roles.chain([state_key::recovery_rules()]).chain(more.iter().cloned()).collect();
        let snapshot = link.fresh(&keys).await?;
        let rules = snapshot.get::<RecoveryRules>(&state_key::recovery_rules())?.into_parts().0;
        let rules = rules.ok_or(WalletError::from(Rejection::NoRules))?;
        let needed = in_force(&rules.officers, snapshot.header().time()).copied();
        let needed = needed.ok_or(WalletError::from(Rejection::NoRules))?;
        let mut all = Vec::with_capacity(named.len());
        for (key, url) in &named {
            // Whom the registry does not have hears nothing.
            if let Ok(party) = prove_role(snapshot.proven(), Role::RecoveryOfficer, key) {
                let exchange = reach(self.session()).exchange(url.as_str())?;
                all.push(RecoveryOfficerClient::new(exchange, party));
            }
        }
        Ok((Officers { all, needed: usize::from(needed) }, snapshot))
    }

    /// Has as many officers as must agree sign one and the same transaction, out of those who are willing (WALLET-19).
    async fn agree(
        &self,
        officers: &Officers,
        willing: &[KeyId],
        action: CustodyAction,
        snapshot: &Snapshot,
    ) -> Result<Agreement, WalletError> {
        let is_willing = |officer: &&RecoveryOfficerClient| willing.contains(&officer.party().value().id());
        let mut asked: Vec<_> = officers.all.iter().filter(is_willing).collect();
        sort_by_key(&mut asked, |officer| officer.party().value().key);
        let mut missing = Vec::new();
        while asked.len() >= officers.needed {
            let chosen: Vec<_> = asked.iter().copied().take(officers.needed).collect();
            match self.sign_together(&chosen, &action, snapshot).await? {
                Ok(agreed) => return Ok(agreed),
                Err(unsigned) => {
                    asked.retain(|officer| officer.party().value().id() != unsigned.officer);
                    missing.push(unsigned);
                }
            }
        }
        Ok(Agreement::Missing(missing))
    }

    /// The transaction that just these sign; or who does not.
    async fn sign_together(
        &self,
        chosen: &[&RecoveryOfficerClient],
        action: &CustodyAction,
        snapshot: &Snapshot,
    ) -> Result<Result<Agreement, Unsigned>, WalletError> {
        let chain_id = snapshot.header().chain_id().clone();
        let valid_until = snapshot.valid_until(VALID_FOR);
        let keys: Vec<PublicKey> = chosen.iter().map(|officer| officer.party().value().key).collect();
        let validity = Validity { chain_id: chain_id.clone(), valid_until };
        let signer = Signer::Several { keys };
        let body = self.session().body(validity, signer, Action::Custody(action.clone()));
        let mut signatures = Vec::with_capacity(chosen.len());
        for officer in chosen {
            match officer.sign(place::ASK_OFFICER_SIGNATURE, &body).await {
                Ok(signature) => signatures.push(signature),
                Err(CallError::Stopped) => return Err(WalletError::Cancelled),
                Err(error) => {
                    let refuses = matches!(error, CallError::Refused(_) | CallError::Malformed);
                    return Ok(Err(Unsigned { officer: officer.party().value().id(), refuses }));
                }
            }
        }
        Ok(Ok(Agreement::Reached(checked(&body, signatures, &chain_id)?, valid_until)))
    }
}
