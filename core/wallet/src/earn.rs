//! Earning points: a claim to the treasury, its signed answer, and then the ledger's proof that the points are there.

use crate::error::{Input, Party, Reason, WalletError, mapping};
use crate::place;
use crate::record::ActivityKind;
use crate::view::EarnView;
use crate::wallet::{PATIENCE, PAUSE, Wallet};
use citizen_coin::Cause;
use citizen_ledger::Attested;
use citizen_payment::request::RequestContent;
use citizen_payment::word::{ClaimAnswer, ClaimOutcome};
use citizen_primitives::{ProgrammeId, Text, TransactionId};

/// What is claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The programme.
    pub programme: ProgrammeId,
    /// What it rests on: a bill's number, a poll's name, a period.
    pub evidence: Text,
}

impl Claim {
    /// Checks the form of both.
    pub fn new(programme: &str, evidence: &str) -> Result<Self, WalletError> {
        let programme =
            ProgrammeId::new(programme).map_err(|_| WalletError::Invalid { input: Input::Programme })?;
        Ok(Self { programme, evidence: Text::new(evidence)? })
    }
}

impl Wallet {
    /// Claims points and waits until the ledger proves that they are there (WALLET-4). The same claim again brings the
    /// same points, once. The treasury is told the name by which the bank knows her: on a phone that does not have it, [`Wallet::enrol`] comes
    /// first.
    pub async fn earn(&self, claim: &Claim) -> Result<EarnView, WalletError> {
        self.session().touch()?;
        let word = self.ask_treasury(claim).await?;
        let transaction = match word.value().outcome {
            ClaimOutcome::Granted { points: _, transaction } => transaction,
            ClaimOutcome::Refused { reason } => {
                return Err(WalletError::Refused { by: Party::Treasury, reason: Reason::from(reason) });
            }
        };
        for _ in 0..PATIENCE {
            if let Some(view) = self.granted(&word, transaction).await? {
                return Ok(view);
            }
            self.session().timer.sleep(PAUSE).await;
        }
        Err(WalletError::Offline { can_queue: true })
    }

    async fn ask_treasury(&self, claim: &Claim) -> Result<Attested<ClaimAnswer>, WalletError> {
        self.session().account()?;
        let citizen = self.settings()?.citizen.ok_or(WalletError::Invalid { input: Input::NameMissing })?;
        let link = self.link().await?;
        let (_, parties) = link.with_parties(&[]).await?;
        let account = self.session().account()?;
        let treasury = link.treasury(parties.treasury);
        let Claim { programme, evidence } = claim.clone();
        let content = RequestContent::Claim { programme, evidence, citizen };
        let request = self.session().sign_request(&account, &treasury.party().value().key, content)?;
        // The log is written first: the treasury has seen it, whatever comes of it.
        let programme = Text::new(claim.programme.as_str())?;
        self.session().commit(place::CLAIM_MADE, self.session().log(ActivityKind::Claimed { programme })?)?;
        let answer = treasury.claim(place::SEND_CLAIM, &request).await;
        Ok(answer.map_err(|error| mapping::of_word(error, Party::Treasury))?.word)
    }

    /// The grant in the proved history, once it is there.
    async fn granted(
        &self,
        word: &Attested<ClaimAnswer>,
        transaction: TransactionId,
    ) -> Result<Option<EarnView>, WalletError> {
        let pulled = self.pull().await?;
        let entry = pulled.entries.iter().find(|entry| entry.cause == Cause::Transaction(transaction));
        let provenance = pulled.record.provenance();
        Ok(entry.and_then(|entry| EarnView::of(word, transaction, entry, provenance)))
    }
}
