//! Points for a gift certificate: for good; the treasury owes the certificate against the ledger's record.

use crate::error::{Party, Reason, Subject, WalletError, mapping};
use crate::place;
use crate::present::{AsOf, Present};
use crate::record::{self, ActivityKind, KeptCertificate, SubmissionFate, SubmissionRow, Submitted};
use crate::view::{CertificateView, RedemptionReviewView, SubmissionView, VerifiedMark};
use crate::wallet::Wallet;
use citizen_keys::SealingKey;
use citizen_ledger::parameters::in_force;
use citizen_ledger::{
    Action, Attested, Redeem, RedemptionRule, Role, RoleRecord, SignedTransaction, VerifiedHeader, state_key,
};
use citizen_payment::RedemptionRecord;
use citizen_payment::request::RequestContent;
use citizen_payment::word::Certificate;
use citizen_primitives::{AccountId, KeyId, Points, RedemptionId, Won, random};

/// A redemption before it is approved. Approving takes it, and cannot be undone.
pub struct RedemptionReview {
    view: RedemptionReviewView,
    present: Present,
    as_of: AsOf,
}

impl RedemptionReview {
    /// What to show.
    #[must_use]
    pub const fn view(&self) -> &RedemptionReviewView {
        &self.view
    }
}

impl Wallet {
    /// Says what a redemption will be: so many points for a certificate of the same face, and that it is final.
    pub async fn review_redemption(&self, points: Points) -> Result<RedemptionReview, WalletError> {
        self.session().touch()?;
        self.settle_submissions().await?;
        let present = self.orderable(&[]).await?;
        let rule = rule(&present).ok_or(refused(Reason::NoRules))?;
        if !rule.allows(points) {
            return Err(refused(Reason::RedeemAmount));
        }
        let as_of = present.as_of(self.session().now());
        let points_left = self.enough((&present, as_of), points)?;
        let view = RedemptionReviewView::new(
            (points, points_left),
            (rule, present.fresh_until()),
            present.cosigning(Won::new(points.amount())?),
            VerifiedMark::of(present.record.provenance()),
        );
        Ok(RedemptionReview { view, present, as_of })
    }

    /// Redeems. The answer is `sent`; [`Wallet::follow_submission`] shows how it ends, and brings the certificate.
    pub async fn approve_redemption(&self, review: RedemptionReview) -> Result<SubmissionView, WalletError> {
        self.session().touch()?;
        let _one_at_a_time = self.session().approving.lock().await;
        let RedemptionReview { view, present, as_of } = review;
        self.must_be_in_time(*view.until())?;
        let points = *view.points();
        self.enough((&present, as_of), points)?;
        let redemption = RedemptionId::from_bytes(random::generate_array(&mut *self.session().rng()));
        let treasury = present.parties.treasury.value().id();
        let action = Action::Redeem(Redeem { redemption, points, treasury });
        let what = Submitted::Redemption { redemption, points, certificate: None };
        let cosigning = present.cosigning(Won::new(points.amount())?);
        self.submit(&present, (what, action), cosigning, ActivityKind::Redeemed { points }).await
    }

    /// Asks the treasury for the certificate of a redemption that the ledger shows. Without an answer it is asked again.
    pub(crate) async fn fetch_certificate(&self, row: SubmissionRow) -> Result<SubmissionRow, WalletError> {
        let (Submitted::Redemption { redemption, points, certificate: None }, SubmissionFate::Done { .. }) =
            (&row.what, row.fate)
        else {
            return Ok(row);
        };
        let treasury = named_treasury(&row).ok_or(WalletError::StoreDamaged)?;
        match self.ask_certificate((*redemption, *points), treasury).await {
            Ok(kept) => self.keep_certificate(row, kept),
            Err(error @ (WalletError::Cancelled | WalletError::Locked)) => Err(error),
            Err(error) => {
                tracing::debug!(code = error.code(), "no certificate yet");
                Ok(row)
            }
        }
    }

    /// A word is kept if it is worth what the ledger's record says was redeemed.
    async fn ask_certificate(
        &self,
        (redemption, points): (RedemptionId, Points),
        treasury: KeyId,
    ) -> Result<KeptCertificate, WalletError> {
        self.session().account()?;
        let link = self.link().await?;
        let key = state_key::role(Role::Treasury, &treasury);
        let snapshot = link.read(&[key.clone(), state_key::redemption(&redemption)]).await?;
        let party =
            snapshot.get::<RoleRecord>(&key)?.present().ok_or(crate::link::unknown(Role::Treasury))?;
        let client = link.treasury(party);
        let account = self.session().account()?;
        let reply = SealingKey::generate(&mut *self.session().rng());
        let content = RequestContent::Certificate { redemption, reply: *reply.public().as_bytes() };
        let request = self.session().sign_request(&account, &client.party().value().key, content)?;
        let answer = client.certificate(place::SEND_CERTIFICATE, &request, &reply).await;
        let answer = answer.map_err(|error| mapping::of_word(error, Party::Treasury))?;
        let record = snapshot.get::<RedemptionRecord>(&state_key::redemption(&redemption))?.present();
        let owed = Owed { account: account.id, points, treasury };
        if !record.is_some_and(|record| owed.is_met(record.value(), answer.word.value())) {
            return Err(mapping::unverified(Subject::Word, Party::Treasury));
        }
        Ok(KeptCertificate { word: answer.signed, treasury, proof: snapshot.keep() })
    }

    fn keep_certificate(
        &self,
        mut row: SubmissionRow,
        kept: KeptCertificate,
    ) -> Result<SubmissionRow, WalletError> {
        if let Submitted::Redemption { certificate, .. } = &mut row.what {
            *certificate = Some(Box::new(kept));
        }
        let changes = record::put(record::submission_row(&row.id), &row);
        self.session().commit(place::CERTIFICATE, changes)?;
        Ok(row)
    }
}

/// What a redemption entitles to.
struct Owed {
    account: AccountId,
    points: Points,
    treasury: KeyId,
}

impl Owed {
    /// Whether the ledger's record is of this redemption, and the certificate worth as much.
    fn is_met(&self, record: &RedemptionRecord, certificate: &Certificate) -> bool {
        let is_of_it =
            (record.account, record.points, record.treasury) == (self.account, self.points, self.treasury);
        is_of_it && certificate.won.amount() == self.points.amount()
    }
}

/// The certificate as the treasury signed it, if the header proves that the treasury had its role.
pub(crate) fn certificate(header: &VerifiedHeader, kept: &KeptCertificate) -> Option<CertificateView> {
    let key = state_key::role(Role::Treasury, &kept.treasury);
    let party = header.prove_in::<RoleRecord>(&key, &kept.proof.state).ok()?.present()?;
    let word = Attested::verify(&kept.word, &party).ok()?;
    Some(CertificateView::from_attested(&word))
}

fn rule(present: &Present) -> Option<RedemptionRule> {
    in_force(&present.rules.as_ref()?.redemption, present.time()).copied()
}

fn named_treasury(row: &SubmissionRow) -> Option<KeyId> {
    let (_, body) = SignedTransaction::decode(&row.transaction).ok()?;
    match body.action {
        Action::Redeem(redeem) => Some(redeem.treasury),
        _ => None,
    }
}

const fn refused(reason: Reason) -> WalletError {
    WalletError::Refused { by: Party::Ledger, reason }
}

#[cfg(test)]
mod tests {
    use super::*;
    use citizen_primitives::{Hash, Text, TransactionId, UnixTime};

    fn points(amount: u64) -> Points {
        Points::new(amount).unwrap()
    }

    fn record(account: u8, amount: u64, treasury: u8) -> RedemptionRecord {
        RedemptionRecord {
            account: AccountId::from_bytes([account; 32]),
            points: points(amount),
            treasury: KeyId::from_bytes([treasury; 32]),
            transaction: TransactionId::from_hash(Hash::from_bytes([4; 32])),
            time: UnixTime::from_seconds(1_795_230_000),
        }
    }

    fn certificate(won: u64) -> Certificate {
        Certificate {
            redemption: RedemptionId::from_bytes([5; 32]),
            account: AccountId::from_bytes([1; 32]),
            number: Text::new("0000 0000 0000 0000").unwrap(),
            won: Won::new(won).unwrap(),
            time: UnixTime::from_seconds(1_795_230_000),
            until: UnixTime::from_seconds(1_800_000_000),
        }
    }

    #[test]
    fn coin_9_a_certificate_is_kept_if_it_is_worth_what_the_record_shows() {
        let owed = Owed {
            account: AccountId::from_bytes([1; 32]),
            points: points(10_000),
            treasury: KeyId::from_bytes([2; 32]),
        };
        assert!(owed.is_met(&record(1, 10_000, 2), &certificate(10_000)));
        assert!(!owed.is_met(&record(1, 10_000, 2), &certificate(1_000)), "of a smaller face");
        assert!(!owed.is_met(&record(3, 10_000, 2), &certificate(10_000)), "somebody else's");
        assert!(!owed.is_met(&record(1, 20_000, 2), &certificate(10_000)), "of another sum");
        assert!(!owed.is_met(&record(1, 10_000, 3), &certificate(10_000)), "of another treasury");
    }
}
