//! An offer, from its link to what is held; and a town in which one is made.

use crate::office::{Office, Shared};
use crate::support::{Gateway, Phone};
use citizen_wallet::view::CredentialView;
use citizen_wallet::{Wallet, WalletError};
use std::sync::Arc;

/// A town with offices, and a phone with a wallet in it.
pub fn town() -> (Arc<Gateway>, Shared, Phone, Wallet) {
    let (gateway, office) = Office::open();
    let phone = Phone::new(&gateway, 1);
    let (wallet, _) = phone.create();
    (gateway, office, phone, wallet)
}

/// She reads an offer and takes it, with the code that she types.
pub async fn take(
    wallet: &Wallet,
    link: &str,
    code: Option<&str>,
) -> Result<Vec<CredentialView>, WalletError> {
    let review = wallet.review_offer(link).await?;
    wallet.accept_offer(review, code).await
}

/// She has these offered to her by name, and takes them.
pub async fn take_of(
    wallet: &Wallet,
    office: &Shared,
    name: &str,
    what: &[&str],
) -> Result<Vec<CredentialView>, WalletError> {
    let (link, code) = office.lock().unwrap().offer_of(name, what);
    take(wallet, &link, Some(&code)).await
}
