//! Polls near her: those of her district first. All polls are fetched as ever and sorted on the phone, so that nobody learns which
//! district that is (WALLET-21).

use crate::error::WalletError;
use crate::view::{PollsNearView, Whence};
use crate::wallet::Wallet;
use citizen_primitives::Text;

impl Wallet {
    /// All polls of the city by how near they are: those of her district, of the whole city, of other districts; in each the newest first.
    /// `district` is one that she chose, by its Korean name; without it, the one that a credential of hers says.
    pub async fn polls_near(&self, district: Option<Text>) -> Result<PollsNearView, WalletError> {
        // The same questions whatever the district, and before it is looked at.
        let polls = self.polls().await?;
        let chosen = district.filter(|name| !name.as_str().trim().is_empty());
        let (district, whence) = match chosen {
            Some(chosen) => (Some(chosen), Whence::Chosen),
            None => match self.district_of_credentials()? {
                Some(said) => (Some(said), Whence::Credential),
                None => (None, Whence::Unknown),
            },
        };
        Ok(PollsNearView::of(district, whence, polls))
    }
}
