use super::*;
use blind_rsa_signatures::reexports::crypto_bigint::BoxedUint;
use rsa::RsaPrivateKey;

fn vector(name: &str) -> Vec<u8> {
    let file = include_str!("../../vectors/rfc9474.txt");
    let line = file.lines().find_map(|line| line.strip_prefix(&format!("{name} = "))).unwrap();
    hex::decode(line).unwrap()
}

fn number(name: &str) -> BoxedUint {
    BoxedUint::from_be_slice(&vector(name), 4096).unwrap()
}

/// What RFC 9474's example drew at random, in the order of [`Stream`].
struct Drawn(Vec<u8>);

impl TryRng for Drawn {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        unreachable!("bytes are asked for")
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        unreachable!("bytes are asked for")
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.copy_from_slice(&self.0.drain(..bytes.len()).collect::<Vec<_>>());
        Ok(())
    }
}

impl TryCryptoRng for Drawn {}

/// VOTE-21: RFC 9474's own example, step by step. Its key has 4096 bits; ours are shorter and nothing else.
#[test]
fn vote_21_tokens_are_blind_rsa_signatures_as_in_the_example_of_rfc_9474() {
    let inverse = number("inv");
    let modulus = crypto_bigint::NonZero::new(number("n")).unwrap();
    let factor: BoxedUint = Option::from(inverse.invert_mod(&modulus)).unwrap();
    let mut little_endian = factor.to_be_bytes().to_vec();
    little_endian.reverse();
    let mut drawn = Drawn([vector("msg_prefix"), vector("salt"), little_endian].concat());

    let public = RsaPublicKey::new(number("n"), number("e")).unwrap();
    let public: PublicKey<Sha384, PSS, Randomized> = PublicKey::new(public);
    let message = vector("msg");
    let blinding = public.blind(&mut drawn, &message).unwrap();
    assert_eq!(blinding.blind_message.to_vec(), vector("blinded_msg"));
    assert_eq!(blinding.msg_randomizer.unwrap().0.to_vec(), vector("msg_prefix"));
    assert!(drawn.0.is_empty());

    let secret =
        RsaPrivateKey::from_components(number("n"), number("e"), number("d"), vec![number("p"), number("q")]);
    let secret: SecretKey<Sha384, PSS, Randomized> = SecretKey::new(secret.unwrap());
    let answer = secret.blind_sign(&blinding.blind_message).unwrap();
    assert_eq!(answer.to_vec(), vector("blind_sig"));
    assert_eq!(public.finalize(&answer, &blinding, &message).unwrap().to_vec(), vector("sig"));
}

use blind_rsa_signatures::reexports::crypto_bigint;

#[test]
fn a_modulus_of_another_length_or_an_even_one_is_no_key() {
    let mut bytes = [0xff; BYTES];
    assert!(BlindKey(bytes).check().is_ok());
    bytes[0] = 0x7f;
    assert_eq!(BlindKey(bytes).check(), Err(BlindKeyError));
    bytes[0] = 0xff;
    bytes[BYTES - 1] = 0xfe;
    assert_eq!(BlindKey(bytes).check(), Err(BlindKeyError));
    assert!(BlindKey(bytes).verifier().is_err());
}

#[test]
fn vote_50_the_stream_of_a_secret_is_hmac_in_counter_mode() {
    let secret = Secret32::take(Zeroizing::new([7; 32]));
    let mut stream = Stream::new(&secret);
    let mut bytes = [0; 80];
    stream.try_fill_bytes(&mut bytes[..50]).unwrap();
    stream.try_fill_bytes(&mut bytes[50..]).unwrap();
    let blocks = [0u32, 1, 2].map(|counter| secret.keyed_hash(&counter.to_le_bytes())).concat();
    assert_eq!(bytes[..], blocks[..80]);
}

/// VOTE-49, both ways to verify: a signature holds in both or in neither, whatever bit of it, of the message or of the key is another.
#[cfg(feature = "ring")]
#[test]
fn vote_49_ring_says_of_a_token_what_the_portable_way_says() {
    let kept = include_str!("../../tests/voting/support/registrar-keys.txt");
    let kept = kept.lines().find(|line| !line.starts_with('#')).unwrap();
    let key = BlindSigningKey::from_pkcs8(&hex::decode(kept).unwrap()).unwrap();
    let verifier = key.public().unwrap().verifier().unwrap();
    let secret = Secret32::take(Zeroizing::new([9; 32]));
    let message = b"a voting key";
    let answer = key.sign(&mut Stream::new(&secret), &verifier.blind(&secret, message).unwrap()).unwrap();
    let good = verifier.finalize(&secret, message, &answer).unwrap();
    let both = |verifier: &BlindVerifier, message: &[u8], outcome: &BlindedOutcome| {
        let said = verifier.verify(message, outcome);
        assert_eq!(said, verifier.verify_portably(message, outcome));
        said.is_ok()
    };
    assert!(both(&verifier, message, &good));
    assert!(!both(&verifier, b"another key", &good));
    assert!(!both(&verifier, b"", &good));
    for bit in (0..BYTES * 8).step_by(37) {
        let flip = |bytes: &mut [u8]| bytes[bit / 8 % bytes.len()] ^= 1 << (bit % 8);
        let (mut signature, mut randomizer) = (good, good);
        flip(&mut signature.signature.0);
        flip(&mut randomizer.randomizer);
        assert!(!both(&verifier, message, &signature) && !both(&verifier, message, &randomizer), "{bit}");
        let mut modulus = *key.public().unwrap().as_bytes();
        flip(&mut modulus);
        if let Ok(another) = BlindKey(modulus).verifier() {
            assert!(!both(&another, message, &good), "{bit}");
        }
    }
    for edge in [[0; BYTES], [0xff; BYTES], *key.public().unwrap().as_bytes()] {
        let outcome = BlindedOutcome { signature: RsaSignature(edge), ..good };
        assert!(!both(&verifier, message, &outcome));
    }
}
