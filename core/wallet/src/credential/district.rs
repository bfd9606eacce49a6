//! In which district she lives, as a credential that she holds says it: read on the phone, shown to nobody (WALLET-21).

use crate::error::WalletError;
use crate::wallet::Wallet;
use citizen_credential::ClaimPath;
use citizen_primitives::Text;
use citizen_primitives::order::sort_by_key;

impl Wallet {
    /// The `address.district` of the newest credential that has one, is in its time, and whose issuer is proved.
    pub(crate) fn district_of_credentials(&self) -> Result<Option<Text>, WalletError> {
        let now = self.session().now();
        let mut held = self.held()?;
        held.retain(|row| row.is_good(now));
        sort_by_key(&mut held, |row| std::cmp::Reverse(row.received));
        let claim = ClaimPath::root().name("address").name("district");
        for row in held {
            let copy = row.sample()?;
            let said = claim.find(copy.claims()).and_then(|value| Text::new(value.as_str()?).ok());
            if said.is_some() && self.issuer_of(&row).is_some() {
                return Ok(said);
            }
        }
        Ok(None)
    }
}
