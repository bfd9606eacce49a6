//! The story, told over and over on one folder, in both languages: the main job as a newcomer sees it.

#![cfg(test)]

use city_sandbox::failure::Failure;
use city_sandbox::narrator::{Language, Narrator};
use city_sandbox::story::tell;
use std::path::Path;

/// What is printed: a story that stops is a failed test.
async fn told(folder: &Path, language: Language) -> String {
    let mut printed = Vec::new();
    let mut narrator = Narrator::new(&mut printed, language);
    if let Err(Failure(reason)) = tell(folder, &mut narrator).await {
        panic!("stopped: {}", reason.text(language));
    }
    String::from_utf8(printed).unwrap()
}

/// Every word in its order.
#[track_caller]
fn holds(told: &str, words: &[&str]) {
    let mut rest = told;
    for word in words {
        let place = rest.find(word).unwrap_or_else(|| panic!("`{word}` is missing in its place:\n{told}"));
        rest = &rest[place + word.len()..];
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_story_is_told_in_english_and_goes_on_in_korean() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("city");
    let first = told(&folder, Language::En).await;
    holds(&first, &["consistency, not independence", "a new wallet", "0 points, 100,000 won"]);
    holds(&first, &["+500", "+1,000", "+10,000", "points 11,500", "your phone checked", "4 of 4 signatures"]);
    let pictures = ["straight.png", "rotated.png", "small.png", "blurred.png", "shaded.png", "photo.jpg"];
    holds(&first, &pictures);
    let steps = ["requested", "held (block ", "debited (bank's word)", "captured (block ", "receipt block"];
    holds(&first, &[&["3,000 won = 3,000 won"], steps.as_slice()].concat());
    holds(&first, &[&["12,000 won = 5,000 points + 7,000 won"], steps.as_slice()].concat());
    holds(&first, &[&["2,000 won = 1,000 points + 1,000 won"], steps.as_slice()].concat());
    holds(
        &first,
        &["closed-shop.png → refused", "expired-order.png → expired", "not-a-payment.png → bad-code"],
    );
    holds(
        &first,
        &["a million points → unverified", "old block again → unverified", "swaps the merchant → unverified"],
    );
    holds(
        &first,
        &[
            "89,000 the citizen's + 11,000 the merchants'",
            "issued 11,500 = spendable 5,500 + held 0 + spent 6,000",
        ],
    );
    let second = told(&folder, Language::Ko).await;
    holds(
        &second,
        &[
            "지난번 지갑을 이어서 씀",
            "5,500포인트, 89,000원",
            "적립",
            "결제",
            "보류 (블록 ",
            "출금 (은행 서명)",
            "완료 (블록 ",
        ],
    );
    holds(&second, &["거절", "거짓말", "감사", "22,000원", "초 걸렸습니다"]);
    assert!(!second.contains("won"), "nothing is left in English");
}

/// Points and claims are used up after some runs, then the won: each time the story says so and goes on.
#[tokio::test(flavor = "multi_thread")]
async fn the_tenth_story_on_one_folder_ends_as_well_as_the_first() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("city");
    let mut wages = 0;
    for run in 1..=12 {
        let told = told(&folder, Language::En).await;
        wages += usize::from(told.contains("her wage of 100,000 won has come"));
        assert_eq!(told.matches("captured (block ").count(), 3, "run {run}:\n{told}");
    }
    assert!(wages > 0);
}
