//! Registration for a poll by the citizen card, over HTTP: with all registrars under nobody's name, and once for a person.

#![cfg(test)]

use citizen_keys::MemoryBackend;
use citizen_primitives::{AccountId, PollId, Text, random};
use citizen_store::MemoryDisk;
use citizen_wallet::view::RegistrationView;
use citizen_wallet::{
    City as Trusted, Https, PinCost, RegistrationReview, SoftwareKeystore, StorePlace, Trust, Wallet,
    WalletConfig,
};
use city_sandbox::admin::Admin;
use city_sandbox::city::City;
use city_sandbox::folder::Folder;
use city_sandbox::plans::{Times, night_buses};
use city_services::issuer::Application;
use city_services::office::Member;
use city_services::registrar::Known;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

const PIN: &str = "294857";
/// Time enough for a slow machine.
const TIMES: Times = Times { registration: (5, 3_000), casting: (10, 3_010), slot: 10 };
/// Looks that are taken until something has come about.
const LOOKS: u32 = 600;
const PAUSE: Duration = Duration::from_millis(100);
/// She as the register of residents has her.
const RESIDENT: (&str, &str, &str) = ("SB-1001", "홍 길동", "1999-03-02");

/// A wallet with an account, and with the card if she goes to the counter.
async fn wallet(city: &City, has_card: bool) -> Wallet {
    let (disk, hardware) = (MemoryDisk::default(), MemoryBackend::default());
    let keystore = SoftwareKeystore::open(Box::new(hardware), Box::new(random::system())).unwrap();
    let store = StorePlace::Opened(Box::new(disk.open().unwrap()));
    let mut config = WalletConfig::new(store, Arc::new(keystore), Arc::new(Https::new().unwrap()));
    config.pin_cost = PinCost::dangerous_cheap();
    let trusted = Trusted { url: city.url().clone(), trust: Trust::File(city.trust().clone()) };
    let (wallet, code) = Wallet::create(config.with_city(trusted), PIN).unwrap();
    wallet.open_account(&code).await.unwrap();
    if has_card {
        let (number, name, birth_date) = RESIDENT;
        let application = Application {
            number: number.to_owned(),
            name: name.to_owned(),
            birth_date: birth_date.to_owned(),
            credentials: vec!["citizen-card".to_owned()],
        };
        let offer = city.cards().issuer.offer(&application).unwrap();
        let review = wallet.review_offer(&offer.offer).await.unwrap();
        wallet.accept_offer(review, Some(&offer.transaction_code)).await.unwrap();
    }
    wallet
}

/// A poll for 39 citizens by their accounts, and one by her card.
async fn announced(city: &City) -> PollId {
    let admin = Admin::open(city.folder().path(), Some(city.url().clone())).unwrap();
    let member = |known, person: &str| Member { known, person: Text::new(person).unwrap() };
    let others =
        (1..40u8).map(|number| member(AccountId::from_bytes([number; 32]).into(), &format!("시민 {number}")));
    let hers = member(Known::Card(admin.voters().of(RESIDENT.0)), RESIDENT.1);
    let members: Vec<Member> = others.chain([hers]).collect();
    let (poll, draft) = admin.make(&night_buses(TIMES).unwrap(), &[members]).await.unwrap();
    admin.announce(&poll, draft).await.unwrap();
    poll.id()
}

/// Once the roll is with the registrars, registration is open and a status list is served.
async fn reviewed(wallet: &Wallet, id: &PollId, registrars: usize) -> RegistrationReview {
    for _ in 0..LOOKS {
        if let Ok(review) = wallet.review_registration(id, None).await
            && review.view().registrars().iter().filter(|one| *one.answers()).count() >= registrars
        {
            return review;
        }
        tokio::time::sleep(PAUSE).await;
    }
    panic!("the registrars do not answer")
}

/// Registers, and goes on with it until so many registrars have decided.
async fn registered(wallet: &Wallet, id: &PollId, decided: usize) -> RegistrationView {
    let review = reviewed(wallet, id, decided).await;
    let mut view = wallet.register(review).await.unwrap();
    for _ in 0..LOOKS {
        let still = view.registrars().iter().filter(|one| *one.state() == "awaited").count();
        if view.registrars().len() - still >= decided {
            return view;
        }
        tokio::time::sleep(PAUSE).await;
        view = wallet.register_for_poll(id, None).await.unwrap();
    }
    panic!("{view:?}")
}

fn states(view: &RegistrationView) -> Vec<&'static str> {
    view.registrars().iter().map(|one| *one.state()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn sandbox_15_a_resident_registers_by_her_card_with_all_registrars_and_once() {
    let folder = tempfile::tempdir().unwrap();
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let city = City::start(Folder::open(&folder.path().join("city")).unwrap(), listen).await.unwrap();
    let (hers, others, bare) =
        (wallet(&city, true).await, wallet(&city, true).await, wallet(&city, false).await);
    let id = announced(&city).await;
    let doors = &city.voting().registrars;
    doors[2].set_closed(true);

    let review = reviewed(&hers, &id, 2).await;
    let view = review.view();
    assert_eq!(
        (*view.by(), view.card().clone().unwrap().claims().clone()),
        ("card", vec!["voter".to_owned()])
    );
    // The manifest has them in the order of their keys, which is another in each city.
    let answers: Vec<bool> = view.registrars().iter().map(|one| *one.answers()).collect();
    assert_eq!(answers.iter().filter(|answers| !**answers).count(), 1, "{answers:?}");
    let signed: Vec<_> = answers.iter().map(|answers| if *answers { "signed" } else { "awaited" }).collect();
    let begun = registered(&hers, &id, 2).await;
    assert_eq!(states(&begun), signed, "{begun:?}");
    doors[2].set_closed(false);
    let mut complete = false;
    for _ in 0..LOOKS {
        hers.sync().await.unwrap();
        complete = *hers.poll_registration(&id).unwrap().complete();
        if complete {
            break;
        }
        tokio::time::sleep(PAUSE).await;
    }
    assert!(complete, "she had approved it, and is not asked again");

    // Another phone, another account, another batch of her card: she is registered.
    let refused = registered(&others, &id, 3).await;
    assert_eq!(states(&refused), ["refused"; 3]);
    assert!(refused.registrars()[0].reason().as_ref().unwrap().en.contains("Another voting key"));
    // Who has no card is asked by her account, and this one is on no roll.
    let review = reviewed(&bare, &id, 3).await;
    assert_eq!((*review.view().by(), review.view().card()), ("account", &None));
    assert_eq!(states(&registered(&bare, &id, 3).await), ["refused"; 3]);
    city.stop().await.unwrap();
}
