//! At the end of the day the books are compared: won by the bank's double entry, points by replaying every block.

use super::{Story, amount};
use crate::audited::audited;
use crate::failure::Failure;
use crate::folder::Folder;
use crate::keeping;
use crate::narrator::{Line, Narrator};
use citizen_primitives::KeyId;
use city_services::ServiceError;
use city_services::bank::BookAccount;
use std::io::Write;

impl<W: Write> Story<'_, W> {
    /// What she has left, what the centre will pay out to merchants, and what was issued add up to nothing lost.
    pub(super) async fn settle(&mut self) -> Result<(), Failure> {
        let failed = |error: ServiceError| Failure(Line::same(error));
        let bank = self.city.bank();
        let account = *self.citizen.wallet.account()?.account();
        let customer = bank.customer_balance(&account).map_err(failed)?;
        let centre: KeyId = self.city.centre().party().id();
        let merchants = bank.held_for(&centre).map_err(failed)?;
        let issued = bank.balance_of(&BookAccount::Issue).map_err(failed)?;
        let balance = self.citizen.wallet.balance().await?;
        let shown = balance.won().as_ref().map_or(0, |won| won.krw().amount());
        if customer.saturating_add(merchants).saturating_add(issued) != 0
            || u64::try_from(customer) != Ok(shown)
        {
            return Err(Failure(Line::of("audit.won-differ")));
        }
        let number = |won: i64| amount(won.unsigned_abs());
        let line = Line::of("audit.won")
            .with("issued", number(issued))
            .with("citizen", number(customer))
            .with("merchants", number(merchants));
        Ok(self.narrator.step("name.audit", &line)?)
    }
}

/// Replays the ledger, which stands still by now.
pub(super) fn audit<W: Write>(folder: &Folder, narrator: &mut Narrator<W>) -> Result<(), Failure> {
    let report = keeping::audit(folder, |_| {})?;
    Ok(narrator.more(&audited(&report)?)?)
}
