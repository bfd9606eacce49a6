//! A wallet that votes and was built without credentials, on a phone where another build has begun a registration by the card.

use crate::phone::Voter;
use crate::poll::{Mood, ordinary};
use citizen_primitives::Place;
use citizen_store::{ChangeSet, Row, Table};
use citizen_wallet::WalletError;
use citizen_wallet::error::{Party, Reason};

/// The first byte of the rows of cards for registrations.
const REGISTRATION_CARD: u8 = 4;

#[tokio::test]
async fn card_15_who_was_asked_under_nobodys_name_is_not_asked_the_same_under_hers() {
    let (gateway, polls) = ordinary();
    let voter = Voter::new(&gateway, &polls, 1);
    let id = voter.id();
    let (wallet, _) = voter.on_the_roll(1).await;
    polls.lock().unwrap().registrars[0] = Mood::Down;
    wallet.register_for_poll(&id, None).await.unwrap();
    drop(wallet);
    // Another build's, which nobody reads here.
    let row = Row::new(Table::Votes, [&[REGISTRATION_CARD], id.as_bytes().as_slice(), &[0]].concat());
    let change = ChangeSet::new().put(row.clone(), b"the card".to_vec());
    voter.open_store().commit(Place::new("test/registration-card"), change).unwrap();
    polls.lock().unwrap().registrars[0] = Mood::Honest;
    voter.lines.sent.lock().unwrap().clear();

    let wallet = voter.reopen();
    let view = wallet.register_for_poll(&id, None).await.unwrap();
    let states: Vec<&str> = view.registrars().iter().map(|registrar| *registrar.state()).collect();
    assert_eq!(states, ["awaited", "signed", "signed"]);
    let refused = WalletError::Refused { by: Party::Phone, reason: Reason::RollNeedsCard };
    assert_eq!(*view.registrars()[0].hint(), Some(refused.message()));
    let sent = voter.lines.sent.lock().unwrap().clone();
    assert!(sent.iter().all(|(_, path, _)| !path.contains("registrations")), "{sent:?}");
    drop(wallet);
    let kept = voter.open_store().load(&row).unwrap().unwrap();
    assert_eq!(kept.as_slice(), b"the card", "it stays");
}
