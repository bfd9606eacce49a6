//! What became of a shown code: only the ledger's proof says that it was charged, expired or was revoked; who charged it, the
//! centre's word says, and it counts where it opens the record's commitment.

use crate::error::{Party, WalletError, mapping};
use crate::place;
use crate::record::{self, ActivityKind, Added, CodeFate, CodeRow, PaymentRow};
use crate::view::{ShownCodeView, VerifiedMark};
use crate::wallet::Wallet;
use citizen_client::{CentreClient, ChargeReport, ChargeSeen};
use citizen_keys::SealingKey;
use citizen_ledger::{Role, RoleRecord, SignedTransaction, Verified, state_key};
use citizen_payment::request::RequestContent;
use citizen_payment::{Mandate, PaymentRecord, PaymentState, Progress, Terms};
use citizen_primitives::{Canonical as _, PaymentId, UnixTime};
use std::time::Duration;

/// The wait between two looks at a shown code.
const PAUSE: Duration = Duration::from_millis(500);
/// The most looks: a code's three minutes, and what the ledger needs to prove that they are over.
const LOOKS: u32 = 420;
/// Every so many looks the centre is asked too whether a till has tried in vain.
const LOOKS_FOR_A_REFUSAL: u32 = 4;
/// So many looks more a charged code is worth, for its terms to be told.
const LOOKS_FOR_TERMS: u32 = 10;

impl Wallet {
    /// Follows a shown code until it is charged, expired or revoked. Without a connection it goes on looking.
    pub async fn follow_code(
        &self,
        payment: &PaymentId,
        mut on_step: impl FnMut(&ShownCodeView) + Send,
    ) -> Result<ShownCodeView, WalletError> {
        let (mut shown, mut untold) = (None, 0_u32);
        for look in 0..LOOKS {
            let view = match self.look_at_code(payment, look % LOOKS_FOR_A_REFUSAL == 0).await {
                Err(WalletError::Offline { .. } | WalletError::Stale { .. }) => {
                    self.with_refusal(ShownCodeView::of(&self.code(payment)?, None, None)?)?
                }
                view => view?,
            };
            let step = (*view.state(), view.refused().clone());
            if shown.as_ref() != Some(&step) {
                on_step(&view);
                shown = Some(step);
            }
            untold = untold.saturating_add(u32::from(matches!(*view.state(), "paid" | "undone")));
            if view.is_final() && !(1..LOOKS_FOR_TERMS).contains(&untold) {
                return Ok(view);
            }
            self.session().timer.sleep(PAUSE).await;
        }
        // Charged, by proof, and the centre does not say by whom: that is told as it is.
        match self.advance_code(payment).await {
            Ok(view) if view.taken().is_some() => Ok(view),
            _ => Err(WalletError::Offline { can_queue: true }),
        }
    }

    /// One look at a shown code. A charge becomes a payment, which [`Wallet::follow_payment`] follows; one whose terms the centre
    /// withholds ends as `paid` or `undone` all the same, by the ledger's proof, and is asked for again at every look. Of a code that
    /// nobody has charged the centre tells why a till that tried could not.
    pub async fn advance_code(&self, payment: &PaymentId) -> Result<ShownCodeView, WalletError> {
        self.look_at_code(payment, true).await
    }

    async fn look_at_code(
        &self,
        payment: &PaymentId,
        asks_for_refusals: bool,
    ) -> Result<ShownCodeView, WalletError> {
        let _one_look_at_a_time = self.session().advancing.lock().await;
        let row = self.code(payment)?;
        if !row.needs_work() {
            return self.with_refusal(ShownCodeView::of(&row, None, None)?);
        }
        let mandate = row.mandate().ok_or(WalletError::StoreDamaged)?;
        let link = self.link().await?;
        let role = state_key::role(Role::Centre, &mandate.centre);
        let key = state_key::payment(payment);
        let snapshot = link.read(&[key.clone(), role.clone()]).await?;
        let centre =
            snapshot.get::<RoleRecord>(&role)?.present().ok_or(crate::link::unknown(Role::Centre))?;
        let centre = link.centre(centre);
        let record: Verified<Option<PaymentRecord>> = snapshot.get(&key)?;
        let mark = VerifiedMark::of(record.provenance());
        let is_last = record.value().is_none() && snapshot.header().time() >= mandate.until;
        if record.value().is_none() && row.ready && (asks_for_refusals || is_last) {
            goes_on(self.ask_refusal(&centre, &row, payment).await)?;
        }
        let row = match record.value() {
            Some(record) if record.account != mandate.account => self.decided(row, CodeFate::Expired)?,
            Some(record) if matches!(record.state, PaymentState::Revoked { .. }) => {
                self.decided(row, CodeFate::Revoked)?
            }
            Some(record) => {
                let row = self.take_charge(&centre, row, &mandate, record).await?;
                match record.state {
                    // Nothing was paid in the end; who tried, only the centre could tell.
                    state if row.is_open() && state.is_reversed() => self.decided(row, CodeFate::Undone)?,
                    // Paid, to whom only the centre could tell.
                    PaymentState::Captured { .. } if row.is_open() => {
                        self.decided(row, CodeFate::Paid(Box::new(snapshot.keep())))?
                    }
                    _ => row,
                }
            }
            // The header's own block refuses a charge too: what is not in the state by now comes in no later one.
            None if is_last => self.decided(row, CodeFate::Expired)?,
            None => self.resend_code(&centre, row).await?,
        };
        let charge = record.value().as_ref().filter(|record| {
            record.account == mandate.account && !matches!(record.state, PaymentState::Revoked { .. })
        });
        self.with_refusal(ShownCodeView::of(&row, charge, Some(mark))?)
    }

    /// Asks the centre whether a till has tried in vain. It decides nothing: the code stays what the ledger shows.
    async fn ask_refusal(
        &self,
        centre: &CentreClient,
        row: &CodeRow,
        payment: &PaymentId,
    ) -> Result<(), WalletError> {
        let Some(word) = self.ask_report(centre, *payment, Some(&row.qr)).await?.refusal else {
            return Ok(());
        };
        self.session().with(|open| {
            open.refused.insert(*payment, word);
            Ok(())
        })
    }

    fn with_refusal(&self, view: ShownCodeView) -> Result<ShownCodeView, WalletError> {
        self.session().with(|open| {
            let word = open.refused.get(view.payment_id());
            Ok(view.with_refusal(word))
        })
    }

    /// A code as far as it is known without asking anybody: what is kept of it is verified again.
    pub(crate) fn kept_code(&self, row: &CodeRow) -> Result<ShownCodeView, WalletError> {
        let kept = self.kept_charge(row);
        let (record, mark) =
            kept.as_ref().map_or((None, None), |(record, mark)| (Some(record), Some(mark.clone())));
        self.with_refusal(ShownCodeView::of(row, record, mark)?)
    }

    fn kept_charge(&self, row: &CodeRow) -> Option<(PaymentRecord, VerifiedMark)> {
        let CodeFate::Paid(kept) = &row.fate else { return None };
        let header = crate::link::verify_kept(&self.light_client()?, kept, self.session().now()).ok()?;
        let key = state_key::payment(&row.mandate()?.payment);
        let record = header.prove_in::<PaymentRecord>(&key, &kept.state).ok()?.present()?;
        let mark = VerifiedMark::of(record.provenance());
        Some((record.into_parts().0, mark))
    }

    fn decided(&self, row: CodeRow, fate: CodeFate) -> Result<CodeRow, WalletError> {
        let row = CodeRow { fate, ..row };
        let payment = row.mandate().ok_or(WalletError::StoreDamaged)?.payment;
        let changes = record::put(record::code_row(&payment), &row).and(self.keep_trust());
        self.session().commit(place::CODE_PROGRESS, changes)?;
        Ok(row)
    }

    /// What has not arrived is sent again; that it cannot be sent now stops nothing.
    async fn resend_code(&self, centre: &CentreClient, row: CodeRow) -> Result<CodeRow, WalletError> {
        if row.revocation.is_some() {
            goes_on(self.send_revocation(&row).await)?;
            return Ok(row);
        }
        if row.ready {
            return Ok(row);
        }
        match self.send_mandate(centre, row.clone()).await {
            Ok(row) => Ok(row),
            Err(error) => goes_on(Err(error)).map(|()| row),
        }
    }

    /// The ledger shows a charge. Who charged, and by what terms, the centre must tell: what it says counts if it is the charging
    /// transaction that the record names and opens the record's commitment with the record's own amounts.
    async fn take_charge(
        &self,
        centre: &CentreClient,
        row: CodeRow,
        mandate: &Mandate,
        record: &PaymentRecord,
    ) -> Result<CodeRow, WalletError> {
        let asked = self.ask_charged(centre, mandate.payment, Some(&row.qr)).await;
        let Some(seen) = asked.or_else(|error| goes_on(Err(error)).map(|()| None))? else { return Ok(row) };
        if seen.order.id() != record.order || !opens(&seen.terms, &mandate.payment, record) {
            tracing::info!("the centre's terms do not open the record's commitment");
            return Ok(row);
        }
        self.keep_charge(row, seen, mandate, record)
    }

    /// Asks the centre for a payment's order and terms, sealed to this phone; of a code, if it is given.
    pub(crate) async fn ask_charged(
        &self,
        centre: &CentreClient,
        payment: PaymentId,
        code: Option<&str>,
    ) -> Result<Option<ChargeSeen>, WalletError> {
        Ok(self.ask_report(centre, payment, code).await?.charge)
    }

    async fn ask_report(
        &self,
        centre: &CentreClient,
        payment: PaymentId,
        code: Option<&str>,
    ) -> Result<ChargeReport, WalletError> {
        let account = self.session().account()?;
        let reply = SealingKey::generate(&mut *self.session().rng());
        let content = RequestContent::Charged { payment, reply: *reply.public().as_bytes() };
        let request = self.session().sign_request(&account, &centre.party().value().key, content)?;
        let report = centre.charged(place::ASK_CHARGED, &request, code, &reply).await;
        report.map_err(|error| mapping::of_word(error, Party::Centre))
    }

    /// The payment that the charge is, and the end of the code, in one commit.
    fn keep_charge(
        &self,
        row: CodeRow,
        seen: ChargeSeen,
        mandate: &Mandate,
        record: &PaymentRecord,
    ) -> Result<CodeRow, WalletError> {
        let paid = told_row(seen, (mandate.from, Some(self.session().number()?)), record)?;
        let row = CodeRow { fate: CodeFate::Charged, ..row };
        let changes = record::put(record::code_row(&mandate.payment), &row)
            .and(record::put(record::payment_row(&mandate.payment), &paid))
            .and(self.session().log(ActivityKind::Charged(paid.line()))?)
            .and(self.keep_trust());
        self.session().commit(place::CODE_PROGRESS, changes)?;
        Ok(row)
    }
}

/// A payment as the centre tells it, approved at a time, to be followed from its record on.
pub(crate) fn told_row(
    seen: ChargeSeen,
    (approved, number): (UnixTime, Option<u64>),
    record: &PaymentRecord,
) -> Result<PaymentRow, WalletError> {
    let transaction = seen.order.to_canonical();
    let (_, body) = SignedTransaction::decode(&transaction).map_err(|_| WalletError::StoreDamaged)?;
    Ok(PaymentRow {
        transaction,
        order: record.order,
        valid_until: body.valid_until,
        expires: record.expires,
        terms: seen.terms,
        approved,
        progress: Progress::Requested,
        merchant: seen.signed,
        acceptance: None,
        debit: None,
        ending: None,
        has_receipt: false,
        proof: None,
        number: Added(number),
    })
}

/// Whether the terms are those of the record: its commitment opens with them, and they name the amounts that it takes. The ledger cannot
/// compare these, for it never sees the terms.
pub(crate) fn opens(terms: &Terms, payment: &PaymentId, record: &PaymentRecord) -> bool {
    let takes_so_much =
        record.lots.total().is_ok_and(|points| (terms.points, terms.won) == (points, record.won));
    takes_so_much && terms.payment == *payment && terms.commitment() == record.commitment
}

/// An answer that does not come stops nothing; being stopped does.
pub(crate) fn goes_on(result: Result<(), WalletError>) -> Result<(), WalletError> {
    match result {
        Err(error @ (WalletError::Cancelled | WalletError::Locked)) => Err(error),
        Err(error) => {
            tracing::debug!(code = error.code(), "not now");
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use citizen_coin::{Epoch, Lots};
    use citizen_payment::Salt;
    use citizen_primitives::{
        AccountId, Hash, KeyId, MerchantId, Month, Points, Text, TransactionId, UnixTime, Won,
    };

    const NOON: UnixTime = UnixTime::from_seconds(1_795_230_000);

    fn terms() -> Terms {
        Terms {
            payment: PaymentId::from_bytes([1; 32]),
            merchant: MerchantId::new("1000001").unwrap(),
            name: Text::new("망원빵집").unwrap(),
            code: Hash::from_bytes([3; 32]),
            points: Points::new(5_000).unwrap(),
            won: Won::new(7_000).unwrap(),
            reference: None,
            salt: Salt::from_bytes([9; 32]),
        }
    }

    fn id(byte: u8) -> PaymentId {
        PaymentId::from_bytes([byte; 32])
    }

    /// A record that took so much, with the commitment of these terms.
    fn record(points: u64, won: u64, terms: &Terms) -> PaymentRecord {
        let month: Month = NOON.month_in_seoul().unwrap();
        let mut lots = Lots::new();
        lots.add(month, Points::new(points).unwrap()).unwrap();
        PaymentRecord {
            account: AccountId::from_bytes([2; 32]),
            epoch: Epoch::new(0),
            order: TransactionId::from_hash(Hash::from_bytes([6; 32])),
            lots,
            won: Won::new(won).unwrap(),
            commitment: terms.commitment(),
            centre: KeyId::from_bytes([4; 32]),
            bank: KeyId::from_bytes([5; 32]),
            opened: NOON,
            expires: NOON,
            state: PaymentState::Held,
        }
    }

    #[test]
    fn pay_1_terms_count_if_they_open_the_record_and_name_what_it_takes() {
        assert!(opens(&terms(), &id(1), &record(5_000, 7_000, &terms())));
        let other_shop = Terms { merchant: MerchantId::new("1000002").unwrap(), ..terms() };
        assert!(!opens(&terms(), &id(1), &record(5_000, 7_000, &other_shop)));
        // The centre committed to smaller amounts than it charges: the commitment opens, the record tells more.
        assert!(!opens(&terms(), &id(1), &record(5_001, 7_000, &terms())));
        assert!(!opens(&terms(), &id(1), &record(5_000, 7_001, &terms())));
        assert!(!opens(&terms(), &id(8), &record(5_000, 7_000, &terms())));
    }
}
