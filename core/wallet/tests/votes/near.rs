//! Polls near her, and who learns where that is: nobody.

use crate::beside::with_others;
use crate::phone::Voter;
use crate::support::ledger::text;
use citizen_wallet::view::PollView;

const OTHERS: [(&str, Option<&str>); 4] = [
    ("A park", Some("마포구")),
    ("Bicycles", None),
    ("A library", Some("강남구")),
    ("A market", Some("마포구")),
];

fn titles(polls: &[PollView]) -> Vec<&str> {
    polls.iter().map(|poll| poll.title().en.as_str()).collect()
}

#[tokio::test]
async fn wallet_21_polls_of_her_district_come_first_then_the_citys_then_those_of_others() {
    let (gateway, polls) = with_others(&OTHERS);
    let voter = Voter::new(&gateway, &polls, 1);
    let (wallet, _) = voter.on_the_roll(1).await;
    let of_all = polls.lock().unwrap().poll.manifest().title.en.clone();
    let view = wallet.polls_near(Some(text("마포구"))).await.unwrap();
    assert_eq!((view.district(), *view.whence()), (&Some(text("마포구")), "chosen"));
    assert_eq!(titles(view.near()), ["A market", "A park"], "the newest first");
    assert_eq!(titles(view.city()), ["Bicycles", of_all.as_str()]);
    assert_eq!(titles(view.elsewhere()), ["A library"]);
    assert_eq!(*view.near()[0].electorates()[0].districts(), [text("마포구")]);
    // None is left out, wherever she is, and one poll says its districts as the list does.
    let view = wallet.polls_near(Some(text("도봉구"))).await.unwrap();
    assert_eq!((view.near().len(), view.city().len(), view.elsewhere().len()), (0, 2, 3));
    assert_eq!(wallet.polls().await.unwrap().len(), 5);
    let library = &view.elsewhere()[1];
    assert_eq!(wallet.poll(library.id()).await.unwrap().electorates(), library.electorates());
    // This wallet holds no credential: it does not know where she lives, and says so.
    for none in [None, Some(text("  "))] {
        let view = wallet.polls_near(none).await.unwrap();
        assert_eq!((view.district(), *view.whence(), view.near().len()), (&None, "unknown", 0));
        assert!(view.text().en.contains("does not know your district"));
    }
}

#[tokio::test]
async fn wallet_21_what_is_asked_is_the_same_whatever_her_district_is() {
    let (gateway, polls) = with_others(&OTHERS);
    let voter = Voter::new(&gateway, &polls, 1);
    let (wallet, _) = voter.on_the_roll(1).await;
    wallet.polls().await.unwrap();
    let mut asked = Vec::new();
    for district in [None, Some("마포구"), Some("강남구"), Some("도봉구")] {
        voter.lines.sent.lock().unwrap().clear();
        wallet.polls_near(district.map(text)).await.unwrap();
        asked.push(voter.lines.sent.lock().unwrap().clone());
    }
    assert!(asked[0].len() > 1, "{:?}", asked[0]);
    assert!(asked.iter().all(|one| *one == asked[0]), "the same paths and the same bytes: {asked:?}");
}
