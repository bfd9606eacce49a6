//! The day's settlement: merchants are paid out as the centre orders, once for each part of a day, all of the part or nothing.

use super::Bank;
use super::books::{self, BookAccount, BookError, Entry, Purpose};
use super::record::{SETTLEMENTS, Settled};
use crate::db::{Rows, Writer};
use crate::error::{Reason, ServiceError};
use crate::places;
use citizen_client::api::{BankSettlementAnswer, Bytes, SettlementRequest};
use citizen_coin::Supply;
use citizen_keys::Signed;
use citizen_ledger::{Role, RoleRecord, state_key};
use citizen_payment::word::{BankSettlement, Payout, Settlement};
use citizen_primitives::{AmountError, Canonical as _, Day, Hash, KeyId, Label, Points, UnixTime, Won};
use std::collections::BTreeSet;

impl Bank {
    /// Books a settlement that an active centre has signed, as far as the ledger proves that so much was captured and spent
    /// (BANK-7). The same again is answered as before.
    pub async fn settle(&self, request: SettlementRequest) -> Result<BankSettlementAnswer, ServiceError> {
        let whim = self.temper.begin().await;
        let signed: Signed<Settlement> = request.settlement.read().map_err(|_| ServiceError::Malformed)?;
        let centre = signed.key();
        let (settlement, spent) = self.check_settlement(&signed, &centre).await?;
        let (digest, key) = (digest(&settlement), key(&centre, &settlement));
        if self.party.db().read(|rows| rows.find::<Settled>(SETTLEMENTS, &key))?.is_none() {
            self.clear_suspense(&centre).await?;
        }
        let settled = self.party.db().commit(places::BANK_SETTLEMENT, |writer| {
            if let Some(settled) = writer.find::<Settled>(SETTLEMENTS, &key)? {
                return Ok(settled);
            }
            let settled = self.book_settlement(writer, &centre, &settlement, digest)?;
            check_spent(writer, spent)?;
            writer.put(SETTLEMENTS, &key, &settled)?;
            Ok::<_, ServiceError>(settled)
        })?;
        let answer = if settled.digest == digest {
            BankSettlementAnswer::Booked { settlement: Bytes::of(&settled.word) }
        } else {
            BankSettlementAnswer::Refused { reason: Reason::AnotherSettlement.word().to_owned() }
        };
        whim.answer_settlement(answer)
    }

    /// The settlement, if a centre has signed it, and how many points the ledger has as spent.
    async fn check_settlement(
        &self,
        signed: &Signed<Settlement>,
        centre: &KeyId,
    ) -> Result<(Settlement, Points), ServiceError> {
        let (role, supply) = (state_key::role(Role::Centre, centre), state_key::supply());
        let keys = [role.clone(), supply.clone()];
        let proven = self.party.ledger().state(places::BANK_ASK_CENTRE, &keys).await?.fresh()?;
        let supply = proven.get::<Supply>(&supply)?.into_parts().0.ok_or(ServiceError::Unavailable)?;
        let record = proven.get::<RoleRecord>(&role)?.present().ok_or(Reason::WrongParty)?;
        if !record.value().is_active(self.party.now()) {
            return Err(Reason::WrongParty.into());
        }
        let settlement = signed.verify(&record.value().key).map_err(|_| Reason::Signature)?;
        let merchants: BTreeSet<_> = settlement.payouts.iter().map(|payout| &payout.merchant).collect();
        if merchants.len() != settlement.payouts.len() {
            return Err(Reason::Amount.into());
        }
        Ok((settlement, supply.spent))
    }

    fn book_settlement(
        &self,
        writer: &Writer<'_>,
        centre: &KeyId,
        settlement: &Settlement,
        digest: Hash,
    ) -> Result<Settled, ServiceError> {
        let time = self.party.now();
        let Booked { won, fees } = book(writer, centre, settlement, time)?;
        let word = BankSettlement { day: settlement.day, settlement: digest, won, fees, time };
        Ok(Settled { digest, word: self.party.sign(&word) })
    }
}

/// What merchants were credited in all, and what of it are fees.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Booked {
    won: Won,
    fees: Won,
}

/// Books every payout, or fails as a whole with the commit it is in.
pub(crate) fn book(
    writer: &Writer<'_>,
    centre: &KeyId,
    settlement: &Settlement,
    time: UnixTime,
) -> Result<Booked, ServiceError> {
    let mut booked = Booked { won: Won::ZERO, fees: Won::ZERO };
    let out_of_range = |_: AmountError| ServiceError::Refused(Reason::Amount);
    for payout in &settlement.payouts {
        for entry in entries(centre, settlement.day, payout).map_err(out_of_range)? {
            match books::post(writer, entry, time) {
                Ok(_) => {}
                Err(BookError::NotEnough) => return Err(Reason::Amount.into()),
                Err(BookError::Db(error)) => return Err(error.into()),
            }
        }
        booked.won = booked.won.plus(payout.won).map_err(out_of_range)?;
        booked.fees = booked.fees.plus(payout.fee).map_err(out_of_range)?;
    }
    Ok(booked)
}

/// The won part comes out of what was debited for this centre, the points part from the city, the fee from the merchant.
fn entries(centre: &KeyId, day: Day, payout: &Payout) -> Result<Vec<Entry>, AmountError> {
    let Payout { merchant, won, points, fee } = payout;
    let from_city = Won::new(points.amount())?;
    let from_settlement = won.plus(*fee)?.minus(from_city)?;
    let account = BookAccount::Merchant(*centre, merchant_digest(merchant));
    let bookings = [
        (BookAccount::Settlement(*centre), account, from_settlement),
        (BookAccount::City, account, from_city),
        (account, BookAccount::Fees(*centre), *fee),
    ];
    let entry = |(from, to, won)| Entry { from, to, won, purpose: Purpose::Settlement(day) };
    Ok(bookings.into_iter().filter(|(_, _, won)| !won.is_zero()).map(entry).collect())
}

/// All that was ever paid out for points is no more than the ledger has as spent.
pub(crate) fn check_spent(rows: &impl Rows, spent: Points) -> Result<(), ServiceError> {
    let owed = books::balance(rows, &BookAccount::City)?.saturating_neg();
    let is_spent = u64::try_from(owed).map_or(owed < 0, |owed| owed <= spent.amount());
    if is_spent { Ok(()) } else { Err(Reason::Amount.into()) }
}

/// How the books name a merchant.
#[must_use]
pub fn merchant_digest(merchant: &citizen_primitives::MerchantId) -> Hash {
    Hash::plain(&[merchant.as_str().as_bytes()])
}

/// What the bank's word says it booked.
fn digest(settlement: &Settlement) -> Hash {
    Hash::labelled(Label::Settlement, &settlement.to_canonical())
}

fn key(centre: &KeyId, settlement: &Settlement) -> Vec<u8> {
    let Settlement { day, part, .. } = settlement;
    [centre.as_bytes().as_slice(), &day.value().to_be_bytes(), &part.to_be_bytes()].concat()
}
