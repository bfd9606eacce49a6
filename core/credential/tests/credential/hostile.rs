//! Bytes that a stranger sends: nothing panics, and nothing that was changed is believed.

use crate::support::{Forge, NOW, issuer, key};
use citizen_credential::sd_jwt::{Disclosure, Expected};
use citizen_credential::status::{Bits, StatusExpected, StatusList, UnverifiedStatusList};
use citizen_credential::{ClaimPath, UnverifiedSdJwt, jcs};
use proptest::prelude::*;

fn expected() -> Expected<'static> {
    Expected { now: NOW, ..Expected::default() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_token_with_bytes_changed_put_in_or_taken_out_is_refused(
        place in any::<prop::sample::Index>(), with in "[A-Za-z0-9_~.{}\"-]{0,3}", gone in 0_usize..4,
    ) {
        let token = Forge::bound().token();
        let from = place.index(token.len());
        let until = token.len().min(from + gone);
        let changed = format!("{}{with}{}", &token[..from], &token[until..]);
        prop_assume!(changed != token);
        let verified = UnverifiedSdJwt::parse(&changed).and_then(|token| token.verify(&key(&issuer()), &expected()));
        // Taken off whole, the key binding that nobody asked for leaves a token behind that holds.
        prop_assert!(verified.is_err() || changed == Forge::valid().token());
    }

    #[test]
    fn no_text_makes_a_parser_panic(text in any::<String>(), json in r#"[\[\]{}",:0-9a-d._~\\-]{0,60}"#) {
        for text in [text, json] {
            let _ = UnverifiedSdJwt::parse(&text);
            let _ = UnverifiedSdJwt::parse(&format!("{{{text}}}"));
            let _ = Disclosure::parse(&citizen_jose::base64url::encode(&text));
            let _ = UnverifiedStatusList::parse(&text);
            let _ = text.parse::<ClaimPath>();
            if let Ok(value) = citizen_jose::json::parse(text.as_bytes()) {
                let canonical = jcs::to_string(&value);
                prop_assert!(canonical.is_err() || citizen_jose::json::parse(canonical.unwrap().as_bytes()).is_ok());
            }
        }
    }

    #[test]
    fn no_bytes_make_a_list_panic(bytes in prop::collection::vec(any::<u8>(), 0..80), index in any::<usize>()) {
        for bits in [1, 2, 4, 8] {
            let bits = Bits::new(bits).unwrap();
            if let Ok(list) = StatusList::decompress(bits, &bytes) {
                prop_assert_eq!(list.status(index).is_ok(), index < list.capacity());
            }
        }
        let token = String::from_utf8_lossy(&bytes).into_owned();
        let expected = StatusExpected { now: NOW, issuer: None, longest: None };
        let read = UnverifiedStatusList::parse(&token).and_then(|list| list.verify(&key(&issuer()), &expected));
        prop_assert!(read.is_err());
    }
}
