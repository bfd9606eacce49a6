//! One look at a status list of 1,000,000: fetched, inflated and verified; and held already.

use crate::{Keys, NOW, figure, rate};
use citizen_credential::status::{
    Bits, Publication, Status, StatusExpected, StatusList, UnverifiedStatusList,
};
use citizen_jose::Signer as _;
use citizen_primitives::{Seconds, UnixTime};

const LENGTH: usize = 1_000_000;

pub(crate) fn measure(keys: &Keys) {
    let now = UnixTime::from_seconds(NOW);
    let mut list = StatusList::new(Bits::One, LENGTH).unwrap();
    // About one in a hundred is revoked, anywhere (Knuth's MMIX generator): evenly spread ones would be packed too well.
    let (mut state, mut revoked) = (1u64, 0);
    for _ in 0..LENGTH / 100 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        revoked = usize::try_from(state >> 33).unwrap() % LENGTH;
        list.set(revoked, Status::Invalid).unwrap();
    }
    let publication = Publication {
        uri: "https://card.seoul.example/status-lists/0".to_owned(),
        issued_at: now,
        expires: Some(now.plus(Seconds::new(86_400))),
        time_to_live: Some(Seconds::new(300)),
    };
    let token = publication.sign(&list, &keys.issuer).unwrap();
    let key = keys.issuer.jwk();
    let expected = || StatusExpected { now, issuer: None, longest: None };
    let whole = || UnverifiedStatusList::parse(&token).unwrap().verify(&key, &expected()).unwrap();
    let verified = whole();
    assert_eq!(verified.list().status(revoked), Ok(Status::Invalid));
    let invalid = (0..LENGTH).filter(|index| verified.list().status(*index) == Ok(Status::Invalid)).count();
    assert!((LENGTH / 102..=LENGTH / 100).contains(&invalid), "{invalid}");
    figure(
        "status-million-sign",
        1_000.0 / rate(|| drop(publication.sign(&list, &keys.issuer).unwrap())),
        "ms",
    );
    figure(
        "status-million-verify",
        1_000.0 / rate(|| assert_eq!(whole().list().status(revoked), Ok(Status::Invalid))),
        "ms",
    );
    let index = std::cell::Cell::new(0);
    let look = || {
        for _ in 0..100_000 {
            index.set((index.get() + 7_919) % LENGTH);
            std::hint::black_box(verified.list().status(index.get()).unwrap());
        }
    };
    figure("status-million-look", 1e9 / (rate(look) * 100_000.0), "ns");
    figure("status-million-bytes", f64::from(u32::try_from(token.len()).unwrap()), "bytes");
}
