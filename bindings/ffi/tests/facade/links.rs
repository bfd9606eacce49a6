//! Links, and what becomes of them.

use crate::phone::{Town, bakery};
use citizen_wallet_ffi::{Link, WalletError, open_link};
use std::sync::atomic::Ordering;

#[tokio::test(flavor = "multi_thread")]
async fn ffi_11_what_a_link_calls_usable_is_asked_about_and_nothing_else_leaves_the_phone() {
    let town = Town::start().await;
    let phone = town.phone("links");
    let wallet = phone.set_up("김하나").await;
    let sent = || phone.net.sent.load(Ordering::SeqCst);
    let before = sent();
    let broken = bakery().replacen("MANGWON", "MANGWOM", 1);
    for (text, is_usable) in
        [(bakery(), true), (broken, false), ("800088123456789012345678".to_owned(), false)]
    {
        let Link::PaymentCode { text, reading, usable } = open_link(format!("zeropay://pay?code={text}"))
        else {
            panic!("{text}")
        };
        assert_eq!((usable, &reading.text), (is_usable, &text));
        if !usable {
            assert!(matches!(wallet.scan_text(text, None).await.err(), Some(WalletError::BadCode { .. })));
        }
    }
    let gift = wallet.gift_code(None).await.unwrap();
    assert_eq!(open_link(gift.clone()), Link::GiftCode { text: gift });
    let asked = "openid4vp://?request_uri=x".to_owned();
    assert_eq!(open_link(asked.clone()), Link::Presentation { text: asked });
    let offered = "openid-credential-offer://?credential_offer_uri=x".to_owned();
    assert_eq!(open_link(offered.clone()), Link::CredentialOffer { text: offered });
    let back = "https://wallet.seoul.example/back?code=a&state=b".to_owned();
    assert_eq!(open_link(back.clone()), Link::AuthorizationReturn { text: back });
    for link in ["hello", ""] {
        let link = open_link(link.to_owned());
        let Link::Unknown { refusal } = link else { panic!("{link:?}") };
        assert!(!refusal.ko.is_empty() && !refusal.en.is_empty());
    }
    assert_eq!(open_link("citizenwallet://receipts".to_owned()), Link::Page { name: "receipts".to_owned() });
    assert_eq!(sent(), before);
    wallet.scan_text(bakery(), None).await.unwrap();
    assert!(sent() > before);
    town.stop().await;
}
