//! A payment on its way: the ledger is asked, the parties' words are gathered, and what has ended is settled.

use crate::error::{Input, Party, WalletError, mapping};
use crate::link::{Link, Snapshot};
use crate::place;
use crate::receipt;
use crate::record::{self, ActivityKind, KeptProof, PaymentRow};
use crate::standing::{Standing, is_debit_of, is_ending_of};
use crate::view::PaymentView;
use crate::wallet::Wallet;
use citizen_client::{BankStand, WordError};
use citizen_keys::Signed;
use citizen_ledger::{Attested, Role, RoleRecord, StateKey, Verified, VerifiedHeader, state_key};
use citizen_payment::word::{BankDebit, BankEnding};
use citizen_payment::{Hold, PaymentRecord, Progress};
use citizen_primitives::order::sort_by_key;
use citizen_primitives::{Canonical as _, PaymentId};
use citizen_store::ChangeSet;

/// The parties of an order, as the registry proves them.
struct OrderParties {
    centre: Verified<RoleRecord>,
    bank: Option<Verified<RoleRecord>>,
}

impl Wallet {
    /// All payments of this phone, the oldest first, as far as they are known without asking anybody.
    pub fn payments(&self) -> Result<Vec<PaymentView>, WalletError> {
        self.session().touch()?;
        let mut rows = self.payment_rows()?;
        sort_by_key(&mut rows, PaymentRow::age);
        rows.iter().map(|row| self.payment_view(row, &self.kept_standing(row))).collect()
    }

    /// One payment, as far as it is known without asking anybody.
    pub fn payment(&self, id: &PaymentId) -> Result<PaymentView, WalletError> {
        let row = self.payment_row(id)?;
        self.payment_view(&row, &self.kept_standing(&row))
    }

    /// Follows a payment to its end, and tells of each step. [`WalletError::Pending`] if it is not at its end after a
    /// minute, two where the network is slow: it ends by itself, and [`Wallet::sync`] will show how.
    pub async fn follow_payment(
        &self,
        id: &PaymentId,
        mut on_step: impl FnMut(&PaymentView) + Send,
    ) -> Result<PaymentView, WalletError> {
        let mut shown = None;
        let mut patience = self.patience();
        loop {
            let view = match self.advance_payment(id).await {
                Err(WalletError::Offline { .. } | WalletError::Stale { .. }) => self.payment(id)?,
                view => view?,
            };
            if shown != Some(*view.state()) {
                on_step(&view);
                shown = Some(*view.state());
            }
            if view.is_final() {
                self.show_end().await?;
                return Ok(view);
            }
            if !self.looks_again(&mut patience).await {
                return Err(WalletError::Pending { payment: *id });
            }
        }
    }

    /// One look at a payment: sends the order again if it is not acknowledged, asks ledger, centre and bank, brings the
    /// proof of an unpaid end to the bank if nobody else has, and keeps what is new.
    pub async fn advance_payment(&self, id: &PaymentId) -> Result<PaymentView, WalletError> {
        let _one_look_at_a_time = self.session().advancing.lock().await;
        let row = self.payment_row(id)?;
        if !row.needs_work() {
            return self.payment_view(&row, &self.kept_standing(&row));
        }
        let hold = row.hold().ok_or(WalletError::StoreDamaged)?;
        let link = self.link().await?;
        let snapshot = link.read(&keys(&hold)).await?;
        let parties = OrderParties::prove(&snapshot, &hold)?;
        let row = self.resend(link, row, &parties, &snapshot).await?;
        if snapshot.header().time() < row.expires {
            self.show_order_card(&row).await?;
        }
        let (row, standing) = self.gather(link, row, &parties, &snapshot).await?;
        self.keep_progress(row, &standing, &snapshot)
    }

    /// Brings the balance to where the payment has ended; if that cannot be had now, it comes with the next view.
    async fn show_end(&self) -> Result<(), WalletError> {
        match self.pull().await {
            Err(WalletError::Cancelled) => Err(WalletError::Cancelled),
            Err(error) => {
                tracing::debug!(code = error.code(), "no balance after the end");
                Ok(())
            }
            Ok(_) => Ok(()),
        }
    }

    /// With what is known of the card that it needs.
    pub(crate) fn payment_view(
        &self,
        row: &PaymentRow,
        standing: &Standing,
    ) -> Result<PaymentView, WalletError> {
        Ok(PaymentView::of(row, standing, self.order_card(&row.terms.payment)?.as_ref()))
    }

    pub(crate) fn payment_row(&self, id: &PaymentId) -> Result<PaymentRow, WalletError> {
        let row: Option<PaymentRow> = self.session().load(&record::payment_row(id))?;
        row.ok_or(WalletError::Invalid { input: Input::PaymentUnknown })
    }

    /// The same bytes again, while nobody has acknowledged them and the ledger does not show them.
    async fn resend(
        &self,
        link: &Link,
        row: PaymentRow,
        parties: &OrderParties,
        snapshot: &Snapshot,
    ) -> Result<PaymentRow, WalletError> {
        let is_shown = !snapshot.get::<PaymentRecord>(&state_key::payment(&row.terms.payment))?.is_absent();
        if row.acceptance.is_some()
            || is_shown
            || snapshot.header().height() > row.valid_until
            || self.session().now() >= row.expires
        {
            return Ok(row);
        }
        self.send_order(&link.centre(parties.centre.clone()), row).await
    }

    /// The parties' words: they add to what the ledger proves, and without them it still decides.
    async fn gather(
        &self,
        link: &Link,
        mut row: PaymentRow,
        parties: &OrderParties,
        snapshot: &Snapshot,
    ) -> Result<(PaymentRow, Standing), WalletError> {
        let record = snapshot.get::<PaymentRecord>(&state_key::payment(&row.terms.payment))?;
        let state = record.value().as_ref().map(|record| record.state);
        let bank = parties.bank.clone().filter(|_| !row.terms.won.is_zero());
        if let (Some(state), Some(bank)) = (state, bank) {
            let reversed = state.is_reversed();
            let missing = if reversed { row.ending.is_none() } else { row.debit.is_none() };
            if missing {
                self.ask_centre(link, &mut row, parties).await?;
            }
            let missing =
                if reversed { row.ending.is_none() } else { state.is_final() && row.debit.is_none() };
            if missing {
                self.ask_bank_stand(link, &mut row, bank, snapshot, reversed).await?;
            }
        }
        let standing = Standing::new(record, &row, parties.bank.as_ref());
        Ok((row, standing))
    }

    async fn ask_centre(
        &self,
        link: &Link,
        row: &mut PaymentRow,
        parties: &OrderParties,
    ) -> Result<(), WalletError> {
        let Some(bank) = &parties.bank else { return Ok(()) };
        let centre = link.centre(parties.centre.clone());
        let report = adds(centre.payment(place::ASK_PAYMENT, &row.terms.payment).await, Party::Centre)?;
        if let Some(report) = report.flatten() {
            let debit = report.debit.filter(|debit| checked_debit(debit, bank, row).is_some());
            let ending = report.ending.filter(|ending| checked_ending(ending, bank, row).is_some());
            row.debit = row.debit.take().or(debit);
            row.ending = row.ending.take().or(ending);
        }
        Ok(())
    }

    /// Asks the bank; where the payment has ended unpaid and the bank does not know it, brings it the proof, so that the won
    /// come back also when the centre is gone.
    async fn ask_bank_stand(
        &self,
        link: &Link,
        row: &mut PaymentRow,
        bank: Verified<RoleRecord>,
        snapshot: &Snapshot,
        reversed: bool,
    ) -> Result<(), WalletError> {
        let payment = row.terms.payment;
        let client = link.bank(bank.clone());
        let stand = adds(client.inquiry(place::ASK_DEBIT, &payment).await, Party::Bank)?;
        let stand = match stand {
            Some(BankStand::Ended(_)) | None => stand,
            Some(_) if reversed => {
                adds(client.ending(place::SEND_ENDING, &payment, snapshot.proven()).await, Party::Bank)?
            }
            stand => stand,
        };
        match stand {
            Some(BankStand::Ended(word)) if checked_ending(&word.signed, &bank, row).is_some() => {
                row.ending = Some(word.signed);
            }
            Some(BankStand::Debited(word)) if checked_debit(&word.signed, &bank, row).is_some() => {
                row.debit = Some(word.signed);
            }
            _ => {}
        }
        Ok(())
    }

    /// Keeps proof, words and step in one commit; with the end comes the line in the log, with a capture the receipt.
    fn keep_progress(
        &self,
        row: PaymentRow,
        standing: &Standing,
        snapshot: &Snapshot,
    ) -> Result<PaymentView, WalletError> {
        let id = row.terms.payment;
        let before = self.payment_row(&id)?;
        let progress = standing.progress(&row);
        let (row, receipt) = match progress {
            Progress::Captured => self.with_receipt(row, snapshot)?,
            _ => (row, None),
        };
        let row =
            PaymentRow { progress, has_receipt: receipt.is_some(), proof: Some(snapshot.keep()), ..row };
        let mut changes = record::put(record::payment_row(&id), &row).and(self.keep_trust());
        if let Some(receipt) = receipt {
            changes = changes.put(record::receipt_row(&id), receipt);
        }
        if before.progress != progress {
            changes = changes.and(self.log_end(&row)?);
        }
        let is_new = before.progress != progress
            || before.debit != row.debit
            || before.ending != row.ending
            || before.has_receipt != row.has_receipt;
        if is_new {
            self.session().commit(place::PAYMENT_PROGRESS, changes)?;
        }
        self.payment_view(&row, standing)
    }

    /// The payment with its receipt, if there can be one now. A word of the bank that does not belong to the capture makes none and
    /// is dropped: the capture is proved without it, and the right word is asked for again.
    fn with_receipt(
        &self,
        row: PaymentRow,
        snapshot: &Snapshot,
    ) -> Result<(PaymentRow, Option<Vec<u8>>), WalletError> {
        match self.new_receipt(&row, snapshot) {
            Ok(receipt) => Ok((row, receipt)),
            Err(error @ (WalletError::Locked | WalletError::ClockWrong { .. })) => Err(error),
            Err(error) => {
                tracing::info!(code = error.code(), "no receipt from these words");
                Ok((PaymentRow { debit: None, ..row }, None))
            }
        }
    }

    /// The receipt, if everything for it is at hand; it is verified before it is kept.
    fn new_receipt(&self, row: &PaymentRow, snapshot: &Snapshot) -> Result<Option<Vec<u8>>, WalletError> {
        let Some(light) = self.light_client() else { return Ok(None) };
        if row.debit.is_none() && !row.terms.won.is_zero() {
            return Ok(None);
        }
        let receipt = receipt::of_payment(row, snapshot);
        receipt
            .verify(&light, self.session().now())
            .map_err(|error| mapping::of_receipt(&error, snapshot.header().height().value()))?;
        Ok(Some(receipt.to_canonical()))
    }

    fn log_end(&self, row: &PaymentRow) -> Result<ChangeSet, WalletError> {
        let line = row.line();
        Ok(match row.progress {
            Progress::Captured => self.session().log(ActivityKind::Captured(line))?,
            Progress::Reversed => self.session().log(ActivityKind::Reversed(line))?,
            Progress::NeverHeld => self.session().log(ActivityKind::NeverHeld(line))?,
            _ => ChangeSet::new(),
        })
    }

    /// Where a payment stands by the proof that was kept, verified again.
    fn kept_standing(&self, row: &PaymentRow) -> Standing {
        let verified = row.proof.as_ref().zip(row.hold()).and_then(|(kept, hold)| {
            let light = self.light_client()?;
            let header = crate::link::verify_kept(&light, kept, self.session().now()).ok()?;
            standing_of(&header, kept, row, &hold)
        });
        verified.unwrap_or_default()
    }
}

impl OrderParties {
    /// The parties that the order names. Their roles may have ended since: what they said while they had them counts.
    fn prove(snapshot: &Snapshot, hold: &Hold) -> Result<Self, WalletError> {
        let record = |role, key| snapshot.get::<RoleRecord>(&state_key::role(role, key));
        let centre = record(Role::Centre, &hold.centre)?.present();
        let bank = record(Role::Bank, &hold.bank)?.present();
        Ok(Self { centre: centre.ok_or(crate::link::unknown(Role::Centre))?, bank })
    }
}

impl Standing {
    fn new(
        record: Verified<Option<PaymentRecord>>,
        row: &PaymentRow,
        bank: Option<&Verified<RoleRecord>>,
    ) -> Self {
        let debit = row.debit.as_ref().zip(bank).and_then(|(debit, bank)| checked_debit(debit, bank, row));
        let ending =
            row.ending.as_ref().zip(bank).and_then(|(ending, bank)| checked_ending(ending, bank, row));
        Self { record: Some(record), debit, ending }
    }
}

/// What is asked of the ledger about an order: its record and its parties.
fn keys(hold: &Hold) -> [StateKey; 3] {
    [
        state_key::payment(&hold.payment),
        state_key::role(Role::Centre, &hold.centre),
        state_key::role(Role::Bank, &hold.bank),
    ]
}

fn standing_of(header: &VerifiedHeader, kept: &KeptProof, row: &PaymentRow, hold: &Hold) -> Option<Standing> {
    let [payment, _, bank] = keys(hold);
    let record = header.prove_in::<PaymentRecord>(&payment, &kept.state).ok()?;
    let bank = header.prove_in::<RoleRecord>(&bank, &kept.state).ok()?.present();
    Some(Standing::new(record, row, bank.as_ref()))
}

fn checked_debit(
    signed: &Signed<BankDebit>,
    bank: &Verified<RoleRecord>,
    row: &PaymentRow,
) -> Option<Attested<BankDebit>> {
    Attested::verify(signed, bank).ok().filter(|word| is_debit_of(word.value(), row))
}

fn checked_ending(
    signed: &Signed<BankEnding>,
    bank: &Verified<RoleRecord>,
    row: &PaymentRow,
) -> Option<Attested<BankEnding>> {
    Attested::verify(signed, bank).ok().filter(|word| is_ending_of(word.value(), row))
}

/// A word only adds: that there is none, or none that holds, stops nothing. Being stopped does.
fn adds<T>(answer: Result<T, WordError>, by: Party) -> Result<Option<T>, WalletError> {
    match answer.map_err(|error| mapping::of_word(error, by)) {
        Ok(answer) => Ok(Some(answer)),
        Err(WalletError::Cancelled) => Err(WalletError::Cancelled),
        Err(error) => {
            tracing::debug!(code = error.code(), party = by.word(), "no word");
            Ok(None)
        }
    }
}
