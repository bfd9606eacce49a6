//! A recovery by officers: filed once, objected to once, taken over once.

use crate::ground::{Ground, Token};
use crate::town::{Phone, Town, funds, hong, paid, until};
use citizen_wallet_ffi::{Wallet, WalletError};
use std::sync::Arc;

pub(crate) const CALLS: &[&str] = &[
    "Wallet.complete_recovery",
    "Wallet.dismiss_recovery",
    "Wallet.enrol_recovery",
    "Wallet.follow_recovery",
    "Wallet.object_to_recovery",
    "Wallet.recover_by_office",
    "Wallet.recovery",
    "Wallet.report_loss",
    "Wallet.uphold_recovery",
];

/// The 72 hours, and a second.
const WAIT: u64 = 259_201;

pub(crate) async fn play() {
    let (town, ground) = (Town::start(), Ground::new());
    let old_phone = town.phone(&ground.gate);
    let (old, _) = old_phone.set_up("홍길동").await;
    ground.asking("Wallet.enrol_recovery", async || {}, |(), token| old.enrol_recovery(hong(), token)).await;
    ground.asking("Wallet.report_loss", async || {}, |(), token| old.report_loss(hong(), token)).await;
    objected(&ground, &town, &old).await;
    let taken_over = completed(&ground, &town).await;
    ground.tried_all(CALLS);
    hers_again(&town, taken_over).await;
    town.stop();
}

/// What a stopped call had done already is refused the next time: then it was done, and once.
fn once<T>(answer: Result<T, WalletError>, done: &[&str]) -> Result<(), WalletError> {
    match answer {
        Err(WalletError::Refused { reason, .. } | WalletError::Invalid { reason })
            if done.contains(&&*reason) =>
        {
            Ok(())
        }
        other => other.map(drop),
    }
}

/// One recovery that the old phone objects to, that others uphold, and that is dropped.
async fn objected(ground: &Ground, town: &Town, old: &Wallet) {
    let nothing = async || {};
    let phone = town.phone(&ground.gate);
    let new = phone.create().await;
    ground.watch(Some(&new));
    let code = new.generate_recovery_code(None).await.unwrap();
    let ask = |(), token| new.recover_by_office(hong(), code.clone(), token);
    ground.asking("Wallet.recover_by_office", nothing, ask).await;
    ground.asking("Wallet.follow_recovery", nothing, |(), token| new.follow_recovery(token)).await;
    ground.asking("Wallet.recovery", nothing, |(), token| new.recovery(token)).await;
    assert_eq!(*new.recovery(None).await.unwrap().state(), "waiting");

    let object = |(), token: Token| async { once(old.object_to_recovery(token).await, &["recovery-time"]) };
    ground.asking("Wallet.object_to_recovery", nothing, object).await;
    comes_to(&new, "objected").await;
    let uphold = |(), token: Token| async { once(new.uphold_recovery(token).await, &["recovery-time"]) };
    ground.asking("Wallet.uphold_recovery", nothing, uphold).await;
    comes_to(&new, "upheld").await;
    let dismiss =
        |(), token: Token| async { once(old.dismiss_recovery(hong(), token).await, &["no-recovery"]) };
    ground.asking("Wallet.dismiss_recovery", nothing, dismiss).await;
    comes_to(&new, "dismissed").await;
    assert_eq!(*old.custody(None).await.unwrap().state(), "free");
    ground.watch(None);
    new.release().await.unwrap();
}

async fn comes_to(wallet: &Wallet, state: &str) {
    until(state, async || *wallet.recovery(None).await.unwrap().state() == state).await;
}

/// Another one that nobody objects to.
async fn completed(ground: &Ground, town: &Town) -> (Phone, Arc<Wallet>) {
    let phone = town.phone(&ground.gate);
    let wallet = phone.create().await;
    let code = wallet.generate_recovery_code(None).await.unwrap();
    wallet.recover_by_office(hong(), code.clone(), None).await.unwrap();
    comes_to(&wallet, "waiting").await;
    town.pass(WAIT, Some(&phone));
    comes_to(&wallet, "ready").await;
    ground.watch(Some(&wallet));
    let complete = |(), token: Token| async {
        once(wallet.complete_recovery(code.clone(), token).await, &["recovery-missing"])
    };
    ground.asking("Wallet.complete_recovery", async || {}, complete).await;
    ground.watch(None);
    (phone, wallet)
}

/// Opened anew, the account is hers with all that was in it.
async fn hers_again(town: &Town, (phone, wallet): (Phone, Arc<Wallet>)) {
    let wallet = phone.reopened(wallet).await;
    assert_eq!(*wallet.account(None).await.unwrap().epoch(), 1, "taken over once");
    wallet.sync(None).await.unwrap();
    assert_eq!(funds(&wallet).await, (10_000, 100_000));
    paid(&wallet, &town.bakery()).await;
    wallet.release().await.unwrap();
}
