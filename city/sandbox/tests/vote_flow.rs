//! A citizen's phone votes against the whole city: the office makes a poll, three registrars sign, relays carry, trustees make the key and
//! open the board. Everything is real; the phone's store is in memory.

#![cfg(test)]

use citizen_keys::MemoryBackend;
use citizen_primitives::{AccountId, Text, random};
use citizen_store::MemoryDisk;
use citizen_wallet::{
    Choice, City as Trusted, Https, PinCost, SoftwareKeystore, StorePlace, Trust, Wallet, WalletConfig,
};
use city_sandbox::admin::Admin;
use city_sandbox::city::City;
use city_sandbox::folder::Folder;
use city_sandbox::plans::{Times, night_buses};
use city_services::office::{Member, PollPlan};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

const PIN: &str = "294857";

fn config(city: &City, disk: &MemoryDisk, hardware: &MemoryBackend) -> WalletConfig {
    let keystore = SoftwareKeystore::open(Box::new(hardware.clone()), Box::new(random::system())).unwrap();
    let store = StorePlace::Opened(Box::new(disk.open().unwrap()));
    let mut config = WalletConfig::new(store, Arc::new(keystore), Arc::new(Https::new().unwrap()));
    config.pin_cost = PinCost::dangerous_cheap();
    config.with_city(Trusted { url: city.url().clone(), trust: Trust::File(city.trust().clone()) })
}

/// A poll whose times fit this machine as it is now: `pace` is what the city and the phone took to begin. Registration and casting run
/// together in the end, as in a light poll; casting lasts a whole number of slots, 27 + 15 × pace.
fn plan(pace: Duration) -> PollPlan {
    let pace = pace.as_secs().max(1);
    let (begin, open, end) = (2 * pace, 14 + 4 * pace, 41 + 19 * pace);
    night_buses(Times { registration: (begin, end), casting: (open, end), slot: 3 }).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_citizen_registers_checks_casts_casts_again_and_verifies_the_whole_poll_by_herself() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("city");
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let began = Instant::now();
    let city = City::start(Folder::open(&path).unwrap(), listen).await.unwrap();
    let (disk, hardware) = (MemoryDisk::default(), MemoryBackend::default());
    let (wallet, code) = Wallet::create(config(&city, &disk, &hardware), PIN).unwrap();
    let account = *wallet.open_account(&code).await.unwrap().account();
    assert!(wallet.polls().await.unwrap().is_empty());

    let plan = plan(began.elapsed());
    let member = |account: AccountId, person: String| Member {
        known: account.into(),
        person: Text::new(&person).unwrap(),
    };
    let others =
        (1..40u8).map(|number| member(AccountId::from_bytes([number; 32]), format!("시민 {number}")));
    let members: Vec<Member> = others.chain([member(account, "김하나".to_owned())]).collect();
    let admin = Admin::open(&path, Some(city.url().clone())).unwrap();
    let (poll, draft) = admin.make(&plan, &[members]).await.unwrap();
    let id = poll.id();
    admin.announce(&poll, draft).await.unwrap();

    let listed = wallet.polls().await.unwrap();
    assert_eq!((listed.len(), listed[0].id()), (1, &id));
    let registered = loop {
        match wallet.register_for_poll(&id, None).await {
            Ok(view) if *view.complete() => break view,
            Ok(view) => assert_ne!(*view.state(), "refused", "{view:?}"),
            Err(error) => eprintln!("{error}"),
        }
        tokio::time::sleep(Duration::from_millis(300)).await;
    };
    assert_eq!(registered.registrars().len(), poll.registrars().len());
    while !wallet.poll(&id).await.unwrap().open() {
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    let choice = |option| vec![Choice::new(0, vec![option])];
    let review = wallet.review_ballot(&id, &choice(1)).await.unwrap();
    let opened = wallet.check_ballot(review).await.unwrap();
    assert!(*opened.promised(), "{opened:?}");
    for replaced in 0..2 {
        let review = wallet.review_ballot(&id, &choice(0)).await.unwrap();
        wallet.cast_ballot(review).await.unwrap();
        let placed = wallet.follow_vote(&id, |step| eprintln!("{}", step.text().en)).await.unwrap();
        assert!(placed.is_placed(), "{placed:?}");
        assert_eq!(*placed.replaced(), replaced);
    }
    let receipt = wallet.vote_receipt(&id).unwrap();
    assert!(*receipt.verified().signers() > 0);
    assert!(wallet.verify_counted(&id).await.unwrap().is_counted());
    // A restart knows all of it.
    drop(wallet);
    let wallet = Wallet::open(config(&city, &disk, &hardware)).unwrap().unlock(PIN).unwrap();
    wallet.sync().await.unwrap();
    assert_eq!(wallet.vote_receipt(&id).unwrap().fingerprint(), receipt.fingerprint());
    let report = loop {
        match wallet.verify_poll(&id, |_| {}).await {
            Ok(report) => break report,
            Err(citizen_wallet::WalletError::Invalid { .. }) => {}
            Err(error) => panic!("{error:?}"),
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    };
    assert!(*report.ok(), "{:?}", report.first_failure());
    assert_eq!((*report.counted(), *report.spoiled(), *report.replaced()), (1, 1, 1));
    assert_eq!(*wallet.verify_counted(&id).await.unwrap().state(), "counted");
    city.stop().await.unwrap();
}
