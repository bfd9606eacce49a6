//! What a review costs a wallet that holds much.

use crate::office::{LIBRARY, Office, query, receive};
use crate::support::Phone;
use std::time::Instant;

/// How many different credentials she holds.
const HELD: usize = 200;
const REVIEWS: usize = 21;

/// For `cargo xtask bench --credentials`: one line of `figure`, name, value, unit each. The gateway answers from this process: what is
/// measured is the wallet's own work, with all proofs.
#[tokio::test]
#[ignore = "minutes in a debug build; the bench measures it"]
async fn figures_of_a_review_with_200_credentials_held() {
    let (gateway, office) = Office::open();
    let phone = Phone::new(&gateway, 1);
    let (wallet, _) = phone.create();
    for number in 0..HELD {
        receive(&wallet, &office, &format!("홍 길동 {number}")).await.unwrap();
    }
    assert_eq!(wallet.credentials().unwrap().len(), HELD);
    let mut times = Vec::new();
    for number in 0..REVIEWS {
        let id = number.to_string();
        let link =
            office.lock().unwrap().ask(LIBRARY, &id, &query(&[&["age_over_19"], &["address", "district"]]));
        let start = Instant::now();
        let review = wallet.review_presentation(&link).await.unwrap();
        times.push(start.elapsed().as_secs_f64() * 1_000.0);
        assert_eq!(review.view().asked()[0].showable().len(), HELD);
    }
    times.sort_by(f64::total_cmp);
    println!("\nfigure\treview-200-held\t{:.3}\tms, the middle of {REVIEWS}", times[REVIEWS / 2]);
    println!("figure\treview-200-held-slowest\t{:.3}\tms", times[REVIEWS - 1]);
}
