//! The examples of the specifications.

use citizen_jose::{
    Algorithm, Expected, Header, Jwk, Signer as _, SoftwareSigner, UnverifiedJws, UnverifiedJwt, jws,
};
use citizen_primitives::{Seconds, UnixTime};
use serde_json::{Value, json};

/// RFC 7515, appendix A.3.1.
pub(crate) fn es256_key() -> Value {
    json!({ "kty": "EC", "crv": "P-256",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        "d": "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI" })
}

/// RFC 8037, appendix A.1.
pub(crate) fn ed25519_key() -> Value {
    json!({ "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A" })
}

pub(crate) const PAYLOAD: &str =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
pub(crate) const ES256_SIGNATURE: &str =
    "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";

#[test]
fn rfc_7515_appendix_a_3_is_verified() {
    let key = SoftwareSigner::from_private_jwk(&es256_key()).unwrap().jwk();
    let token = format!("eyJhbGciOiJFUzI1NiJ9.{PAYLOAD}.{ES256_SIGNATURE}");
    let jwt = UnverifiedJwt::parse(&token).unwrap().verify(&key, &Expected::any()).unwrap();
    assert_eq!(jwt.claims()["iss"], "joe");
    let times = jwt.times(UnixTime::from_seconds(1_300_819_379), Seconds::new(0)).unwrap();
    assert_eq!(times.expires, Some(UnixTime::from_seconds(1_300_819_380)));
    assert!(jwt.times(UnixTime::from_seconds(1_300_819_380), Seconds::new(0)).is_err());
    assert!(jwt.times(UnixTime::from_seconds(1_300_819_389), Seconds::new(10)).is_ok());
}

#[test]
fn rfc_7515_appendices_a_6_and_a_7_are_verified() {
    let key = SoftwareSigner::from_private_jwk(&es256_key()).unwrap().jwk();
    // The first signature of A.6 is RS256, which is not read here; its value is cut short, nobody looks at it.
    let general = json!({ "payload": PAYLOAD, "signatures": [
        { "protected": "eyJhbGciOiJSUzI1NiJ9", "header": { "kid": "2010-12-29" }, "signature": "cC4hiUPoj9Eetdgtv3hF80EGrhuB" },
        { "protected": "eyJhbGciOiJFUzI1NiJ9", "header": { "kid": "e9bc097a-ce51-4036-9562-d2ade882db0d" },
          "signature": ES256_SIGNATURE }] });
    let flattened = json!({ "payload": PAYLOAD, "protected": "eyJhbGciOiJFUzI1NiJ9",
        "header": { "kid": "e9bc097a-ce51-4036-9562-d2ade882db0d" }, "signature": ES256_SIGNATURE });
    for json in [general, flattened] {
        let jws = UnverifiedJws::parse_json(&json.to_string()).unwrap();
        assert_eq!(jws.signatures().len(), 1);
        assert_eq!(jws.signatures()[0].unprotected()["kid"], "e9bc097a-ce51-4036-9562-d2ade882db0d");
        assert!(jws.verify(&key, &Expected::any()).unwrap().payload().starts_with(b"{\"iss\":\"joe\""));
    }
}

#[test]
fn rfc_8037_appendix_a_is_signed_verified_and_named() {
    let signer = SoftwareSigner::from_private_jwk(&ed25519_key()).unwrap();
    let token = jws::sign(&Header::new(Algorithm::EdDsa), b"Example of Ed25519 signing", &signer).unwrap();
    assert_eq!(
        token,
        "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWb\
         hijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    );
    let jws = UnverifiedJws::parse(&token).unwrap().verify(&signer.jwk(), &Expected::any()).unwrap();
    assert_eq!(jws.payload(), b"Example of Ed25519 signing");
    assert_eq!(signer.jwk().thumbprint().to_string(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

#[test]
fn rfc_9449_section_4_is_verified_under_the_key_in_its_header_and_named() {
    let token = "eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMzR0VjNoUklDUkRZ\
        OXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFqSG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAt\
        MjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHRtIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2V\
        uIiwiaWF0IjoxNTYyMjYyNjE2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3Lg";
    let jwt = UnverifiedJwt::parse(token).unwrap();
    let key = jwt.header().jwk.clone().unwrap();
    assert_eq!(key.thumbprint().to_string(), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
    let jwt = jwt.verify(&key, &Expected::typ("dpop+jwt")).unwrap();
    assert_eq!(jwt.text("htm"), Ok(Some("POST")));
}

#[test]
fn a_key_is_written_as_it_is_read() {
    for mut private in [es256_key(), ed25519_key()] {
        let signer = SoftwareSigner::from_private_jwk(&private).unwrap();
        assert_eq!(signer.dangerous_private_jwk(), private);
        private.as_object_mut().unwrap().remove("d");
        assert_eq!(Jwk::from_value(&private).unwrap().to_value(), private);
        private["kid"] = json!("구청-1");
        private["use"] = json!("sig");
        private["alg"] = json!(signer.algorithm().name());
        private["key_ops"] = json!(["verify"]);
        assert_eq!(Jwk::from_value(&private).unwrap().to_value(), private);
    }
}
