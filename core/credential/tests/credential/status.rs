//! Status lists: the draft's vectors, and what no list may be.

use crate::support::{NOW, holder, issuer, key, sign_raw};
use citizen_credential::status::{
    Bits, Fetched, LARGEST, ListError, Publication, Status, StatusError, StatusExpected, StatusList,
    StatusReference, UnverifiedStatusList, VerifiedStatusList,
};
use citizen_jose::{Algorithm, CertificateChain, JwsError, SoftwareSigner, base64url};
use citizen_primitives::{Seconds, UnixTime};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write as _;

const URI: &str = "https://seoul.example/status/1";
const EXPECTED: StatusExpected<'static> =
    StatusExpected { now: NOW, issuer: Some("https://seoul.example"), longest: None };

/// The list in one of the draft's files.
fn published(text: &str) -> StatusList {
    let object: String = text[text.find('{').unwrap()..].split_whitespace().collect();
    let object: Value = serde_json::from_str(&object).unwrap();
    let packed = base64url::decode(object["lst"].as_str().unwrap()).unwrap();
    StatusList::decompress(Bits::new(object["bits"].as_u64().unwrap()).unwrap(), &packed).unwrap()
}

#[test]
fn status_5_the_short_lists_of_the_draft_are_read_from_the_lowest_bit_on() {
    let one = published(include_str!("../../vectors/token-status-list/status_list_encoding_json.md"));
    let bits = [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1];
    let two = published(include_str!("../../vectors/token-status-list/status_list_encoding2_json.md"));
    let pairs = [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3];
    for (list, wanted) in [(one, &bits[..]), (two, &pairs[..])] {
        let read: Vec<u8> = (0..wanted.len()).map(|index| list.status(index).unwrap().value()).collect();
        assert_eq!(read, wanted);
        assert_eq!(list.capacity(), wanted.len());
        assert_eq!(list.status(wanted.len()), Err(ListError::OutOfBounds));
        // Packed anew they are the same, by the same compressor to the byte.
        let mut made = StatusList::new(list.bits(), wanted.len()).unwrap();
        for (index, value) in wanted.iter().enumerate() {
            made.set(index, Status::from_value(*value)).unwrap();
        }
        assert_eq!(StatusList::decompress(made.bits(), &made.compress()).unwrap(), list);
    }
}

#[test]
fn status_5_the_long_lists_of_the_draft_hold_what_it_says_and_nothing_else() {
    let mut said: BTreeMap<u64, BTreeMap<usize, u8>> = BTreeMap::new();
    for line in include_str!("../../vectors/token-status-list/statuses.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
    {
        let numbers: Vec<u64> = line.split(' ').map(|number| number.parse().unwrap()).collect();
        let statuses = said.entry(numbers[0]).or_default();
        statuses.insert(usize::try_from(numbers[1]).unwrap(), u8::try_from(numbers[2]).unwrap());
    }
    for (bits, file) in [
        (1, include_str!("../../vectors/token-status-list/status_list_encoding1_long_json.md")),
        (2, include_str!("../../vectors/token-status-list/status_list_encoding2_long_json.md")),
        (4, include_str!("../../vectors/token-status-list/status_list_encoding4_json.md")),
        (8, include_str!("../../vectors/token-status-list/status_list_encoding8_json.md")),
    ] {
        let list = published(file);
        assert_eq!(list.capacity(), 1 << 20, "{bits} bits");
        for index in 0..list.capacity() {
            let wanted = said[&bits].get(&index).copied().unwrap_or_default();
            assert_eq!(list.status(index).unwrap().value(), wanted, "{bits} bits, {index}");
        }
    }
}

#[test]
fn status_5_a_status_fits_into_its_bits_and_touches_no_neighbour() {
    for (bits, largest) in [(1, 1_u8), (2, 3), (4, 15), (8, 255)] {
        let mut list = StatusList::new(Bits::new(bits).unwrap(), 100).unwrap();
        for index in (0..100).step_by(3) {
            list.set(index, Status::from_value(largest)).unwrap();
        }
        list.set(3, Status::Valid).unwrap();
        for index in 0..100 {
            let wanted = if index % 3 == 0 && index != 3 { largest } else { 0 };
            assert_eq!(list.status(index).unwrap().value(), wanted);
        }
        if bits < 8 {
            assert_eq!(list.set(0, Status::Other(largest + 1)), Err(ListError::DoesNotFit));
        }
    }
    for bits in [0, 3, 5, 16, u64::MAX] {
        assert_eq!(Bits::new(bits), Err(ListError::Bits));
    }
    assert_eq!(StatusList::new(Bits::Eight, LARGEST + 1), Err(ListError::TooLarge));
}

#[test]
fn status_3_a_small_text_does_not_become_a_huge_list() {
    let zeros = |length: usize| {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&vec![0; length]).unwrap();
        encoder.finish().unwrap()
    };
    assert_eq!(StatusList::decompress(Bits::One, &zeros(LARGEST + 1)), Err(ListError::TooLarge));
    assert!(StatusList::decompress(Bits::One, &zeros(LARGEST)).is_ok());
    let whole = zeros(100);
    let with_more = [&whole[..], b"x"].concat();
    let raw_deflate = whole[2..].to_vec();
    let mut wrong_sum = whole.clone();
    *wrong_sum.last_mut().unwrap() ^= 1;
    for broken in [&whole[..whole.len() - 5], &with_more, &raw_deflate, &wrong_sum, b"", b"x"] {
        assert_eq!(StatusList::decompress(Bits::One, broken), Err(ListError::Compression));
    }
}

fn list() -> StatusList {
    let mut list = StatusList::new(Bits::Two, 1000).unwrap();
    list.set(7, Status::Invalid).unwrap();
    list.set(8, Status::Suspended).unwrap();
    list
}

fn publication() -> Publication {
    let day = Seconds::new(86_400);
    Publication {
        uri: URI.to_owned(),
        issued_at: NOW,
        expires: Some(NOW.plus(day)),
        time_to_live: Some(Seconds::new(3600)),
    }
}

fn verify(token: &str) -> Result<VerifiedStatusList, StatusError> {
    UnverifiedStatusList::parse(token)?.verify(&key(&issuer()), &EXPECTED)
}

fn reference(index: usize) -> StatusReference {
    StatusReference::new(index, URI.to_owned())
}

#[test]
fn status_4_a_list_says_what_became_of_a_credential_while_it_is_fresh() {
    let token = publication().sign(&list(), &issuer()).unwrap();
    let verified = verify(&token).unwrap();
    let fetched = Fetched(NOW);
    for (index, status) in [(0, Status::Valid), (7, Status::Invalid), (8, Status::Suspended)] {
        assert_eq!(verified.status_of(&reference(index), fetched, NOW), Ok(status));
    }
    let outside = verified.status_of(&reference(1000), fetched, NOW);
    assert_eq!(outside, Err(StatusError::List(ListError::OutOfBounds)));
    let at = |seconds| verified.status_of(&reference(0), fetched, NOW.plus(Seconds::new(seconds)));
    assert_eq!(at(3600), Ok(Status::Valid));
    assert_eq!(at(3601), Err(StatusError::Stale));
    assert_eq!(at(86_400), Err(StatusError::Expired));
    // A copy fetched later lasts longer, but not beyond its end.
    let later = Fetched(NOW.plus(Seconds::new(85_000)));
    assert_eq!(verified.fresh_until(later), Some(NOW.plus(Seconds::new(86_400))));
    let other = StatusReference::new(0, "https://seoul.example/status/2".to_owned());
    assert_eq!(verified.status_of(&other, fetched, NOW), Err(StatusError::OtherList));
    let old = StatusExpected { longest: Some(Seconds::new(60)), now: NOW.plus(Seconds::new(61)), ..EXPECTED };
    let outcome = UnverifiedStatusList::parse(&token).unwrap().verify(&key(&issuer()), &old);
    assert_eq!(outcome.unwrap_err(), StatusError::Stale);
}

#[test]
fn status_2_the_list_of_another_issuer_says_nothing() {
    let by_other = publication().sign(&list(), &holder()).unwrap();
    assert_eq!(verify(&by_other).unwrap_err(), StatusError::Token(JwsError::Signature));
    assert_eq!(
        verify(&changed(|claims| claims["iss"] = json!("https://busan.example"))),
        Err(StatusError::OtherIssuer)
    );
    assert!(verify(&changed(|claims| claims["iss"] = json!("https://seoul.example"))).is_ok());
}

/// A key and a certificate for it.
fn certified() -> (SoftwareSigner, CertificateChain) {
    use p256::pkcs8::DecodePrivateKey as _;
    let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    let certificate = rcgen::CertificateParams::new(Vec::new()).unwrap().self_signed(&pair).unwrap();
    let secret = p256::SecretKey::from_pkcs8_der(&pair.serialize_der()).unwrap();
    let signer = SoftwareSigner::from_bytes(Algorithm::Es256, &secret.to_bytes().into()).unwrap();
    (signer, CertificateChain::from_der(&[certificate.der().to_vec()]).unwrap())
}

#[test]
fn status_6_a_list_counts_under_the_certificate_that_signed_the_credential_and_brings_no_other() {
    let ((signer, chain), (other, others)) = (certified(), certified());
    let claims = json!({ "sub": URI, "iat": NOW.seconds(),
        "status_list": { "bits": 2, "lst": base64url::encode(list().compress()) } });
    let signed = |by: &SoftwareSigner, brings: Option<&CertificateChain>| {
        let mut header = json!({ "alg": "ES256", "typ": "statuslist+jwt" });
        if let Some(chain) = brings {
            header["x5c"] = chain.to_value();
        }
        let token = sign_raw(&header, &claims.to_string(), by);
        UnverifiedStatusList::parse(&token).unwrap().verify_by(&chain, &EXPECTED).map(drop)
    };
    assert_eq!(signed(&signer, None), Ok(()));
    assert_eq!(signed(&signer, Some(&chain)), Ok(()));
    assert_eq!(signed(&other, None), Err(StatusError::Token(JwsError::Signature)));
    assert_eq!(signed(&other, Some(&others)), Err(StatusError::OtherIssuer));
    assert_eq!(signed(&signer, Some(&others)), Err(StatusError::OtherIssuer));
}

/// A signed list with claims changed.
fn changed(change: impl FnOnce(&mut Value)) -> String {
    let packed = base64url::encode(list().compress());
    let mut claims = json!({ "sub": URI, "iat": NOW.seconds(), "status_list": { "bits": 2, "lst": packed } });
    change(&mut claims);
    sign_raw(&json!({ "alg": "ES256", "typ": "statuslist+jwt" }), &claims.to_string(), &issuer())
}

#[test]
fn status_2_a_list_has_its_type_and_its_claims() {
    for typ in ["JWT", "dc+sd-jwt", "statuslist+cwt"] {
        let token = sign_raw(&json!({ "alg": "ES256", "typ": typ }), "{}", &issuer());
        assert_eq!(verify(&token).unwrap_err(), StatusError::Token(JwsError::Typ), "{typ}");
    }
    for name in ["sub", "iat", "status_list"] {
        let token = changed(|claims| drop(claims.as_object_mut().unwrap().remove(name)));
        assert_eq!(verify(&token), Err(StatusError::Claims), "{name}");
    }
    for (pointer, value) in [
        ("/sub", json!(1)),
        ("/iat", json!("now")),
        ("/status_list/lst", json!("+")),
        ("/status_list/bits", json!("2")),
    ] {
        let token = changed(|claims| *claims.pointer_mut(pointer).unwrap() = value);
        assert_eq!(verify(&token), Err(StatusError::Claims), "{pointer}");
    }
    for ttl in [json!(0), json!(-1), json!("x"), json!(1.5)] {
        assert_eq!(verify(&changed(|claims| claims["ttl"] = ttl.clone())), Err(StatusError::Claims), "{ttl}");
    }
    let three = changed(|claims| claims["status_list"]["bits"] = json!(3));
    assert_eq!(verify(&three), Err(StatusError::List(ListError::Bits)));
}

#[test]
fn status_4_no_list_is_taken_from_the_future_or_after_its_end() {
    for (name, seconds, error) in [
        ("iat", NOW.seconds() + 61, StatusError::Future),
        ("nbf", NOW.seconds() + 61, StatusError::Future),
        ("exp", NOW.seconds(), StatusError::Expired),
    ] {
        assert_eq!(verify(&changed(|claims| claims[name] = json!(seconds))), Err(error), "{name}");
    }
}

#[test]
fn status_1_a_reference_names_a_list_and_a_place() {
    let claim = reference(5).to_claim();
    assert_eq!(StatusReference::from_claim(&claim), Ok(Some(reference(5))));
    assert_eq!(StatusReference::from_claim(&json!({ "other": {} })), Ok(None));
    for list in [
        json!({ "idx": 0 }),
        json!({ "uri": URI }),
        json!({ "idx": -1, "uri": URI }),
        json!({ "idx": 1.5, "uri": URI }),
        json!({ "idx": "0", "uri": URI }),
        json!({ "idx": 0, "uri": "no uri" }),
        json!({ "idx": 0, "uri": "" }),
        json!([]),
    ] {
        let claim = json!({ "status_list": list });
        assert_eq!(StatusReference::from_claim(&claim), Err(StatusError::Reference), "{claim}");
    }
    for claim in [json!({}), json!("valid"), json!(null), json!([])] {
        assert_eq!(StatusReference::from_claim(&claim), Err(StatusError::Reference), "{claim}");
    }
}

#[test]
fn the_signed_list_of_the_draft_is_read() {
    let text: String =
        include_str!("../../vectors/token-status-list/status_list_jwt_raw.md").split_whitespace().collect();
    let token = UnverifiedStatusList::parse(&text).unwrap();
    assert_eq!(token.header().kid.as_deref(), Some("12"));
    let expected = StatusExpected { now: UnixTime::from_seconds(1_700_000_000), issuer: None, longest: None };
    assert_eq!(token.verify(&key(&issuer()), &expected), Err(StatusError::Token(JwsError::Signature)));
}
