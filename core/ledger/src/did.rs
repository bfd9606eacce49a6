//! Organisations' DIDs: `did:seoul:` and 64 hexadecimal digits (W3C DID core 1.0; core/docs/adr/0012). The ledger keeps what a document
//! is made of; the document itself is `citizen-did`'s.

use crate::rejection::Rejection;
use crate::transaction::Signer;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_keys::{PublicKey, SealingPublicKey};
use citizen_primitives::order::set_of;
use citizen_primitives::{Hash, IdentifierError, KeyId, Label, SeoulDid, Text, UnixTime};
use std::io::{self, Read};

/// The most controllers of a DID.
pub const MOST_CONTROLLERS: usize = 8;
/// The most verification methods.
pub const MOST_METHODS: usize = 16;
/// The most services.
pub const MOST_SERVICES: usize = 8;
/// The most DIDs of one organisation, deactivated ones too.
pub const MOST_OF_ONE: usize = 16;

/// What is done to a DID.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum DidAction {
    /// An organisation that governance admitted creates one; all controllers sign too.
    Create(Box<CreateDid>),
    /// Controllers replace what it says: keys, services, controllers. Who controls it from now on and did not before signs too.
    Rotate(Box<RotateDid>),
    /// Controllers end it for good.
    Deactivate {
        /// Which.
        did: SeoulDid,
        /// The version that this makes: one more than the one before.
        version: u32,
    },
}

/// A DID as it is created.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct CreateDid {
    /// What it says.
    pub content: DidContent,
    /// Random.
    pub salt: [u8; 16],
}

/// A DID as it is from now on.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RotateDid {
    /// Which.
    pub did: SeoulDid,
    /// The version that this makes: one more than the one before.
    pub version: u32,
    /// What it says.
    pub content: DidContent,
}

/// What a DID says, and who may change it.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct DidContent {
    /// Who may change it: 1 to [`MOST_CONTROLLERS`] keys, strictly ascending.
    pub controllers: Vec<PublicKey>,
    /// How many of them must agree.
    pub threshold: u8,
    /// Verification methods, 1 to [`MOST_METHODS`].
    pub methods: Vec<DidMethod>,
    /// Services, at most [`MOST_SERVICES`].
    pub services: Vec<DidService>,
}

/// A verification method (DID core, section 5.2).
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct DidMethod {
    /// Its name after the `#`.
    pub fragment: Fragment,
    /// Its key.
    pub key: MethodKey,
    /// What it is for.
    pub purposes: Purposes,
}

/// The key of a verification method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum MethodKey {
    /// Ed25519, 32 bytes (RFC 8032).
    Ed25519([u8; 32]),
    /// P-256, the compressed point (SEC 1, section 2.3.3).
    P256([u8; 33]),
    /// X25519, 32 bytes (RFC 7748).
    X25519([u8; 32]),
}

/// Verification relationships (DID core, section 5.3), one bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Purposes(u8);

/// A service (DID core, section 5.4).
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct DidService {
    /// Its name after the `#`.
    pub fragment: Fragment,
    /// Its type.
    pub kind: Fragment,
    /// Its address: `https://` and printable ASCII.
    pub endpoint: Text,
}

/// A short name: 1 to 32 characters of `A-Z a-z 0-9 - _ .`
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize)]
pub struct Fragment(String);

/// A DID in the state.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct DidRecord {
    /// The organisation that created it, by the key under which governance admitted it: `role/organisation/` has its name.
    pub organisation: KeyId,
    /// What it says. Of a deactivated one the controllers alone are left.
    pub content: DidContent,
    /// 1 when it was created; every change makes one more.
    pub version: u32,
    /// When it was created.
    pub created: UnixTime,
    /// When it was last changed.
    pub updated: UnixTime,
    /// Whether it has ended, for good.
    pub deactivated: bool,
}

/// The DIDs that an organisation created, sorted.
#[derive(Debug, Clone, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct DidNames(pub Vec<SeoulDid>);

citizen_primitives::canonical!(DidRecord = 1, DidNames = 1);

impl Purposes {
    /// Signs in as the organisation.
    pub const AUTHENTICATION: Self = Self(1);
    /// Signs what the organisation asserts: credentials.
    pub const ASSERTION: Self = Self(2);
    /// Messages are encrypted to it.
    pub const KEY_AGREEMENT: Self = Self(4);
    /// Invokes capabilities.
    pub const CAPABILITY_INVOCATION: Self = Self(8);
    /// Delegates capabilities.
    pub const CAPABILITY_DELEGATION: Self = Self(16);

    const ALL: u8 = 31;

    /// These and those.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of those are among these.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// At least one purpose, none that is not known, and each one that the key can serve.
    fn fits(self, key: MethodKey) -> bool {
        let possible = match key {
            MethodKey::X25519(_) => Self::KEY_AGREEMENT.0,
            MethodKey::Ed25519(_) => Self::ALL ^ Self::KEY_AGREEMENT.0,
            MethodKey::P256(_) => Self::ALL,
        };
        self.0 != 0 && self.0 & !possible == 0
    }
}

impl MethodKey {
    fn is_usable(self) -> bool {
        match self {
            Self::Ed25519(bytes) => PublicKey::Ed25519(bytes).check().is_ok(),
            Self::P256(bytes) => PublicKey::P256(bytes).check().is_ok(),
            Self::X25519(bytes) => SealingPublicKey::from_bytes(bytes).check().is_ok(),
        }
    }
}

impl Fragment {
    /// The most characters.
    pub const LONGEST: usize = 32;

    /// Checks characters and length.
    pub fn new(text: &str) -> Result<Self, IdentifierError> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if text.is_empty() || text.len() > Self::LONGEST || !text.chars().all(allowed) {
            return Err(IdentifierError("Fragment"));
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl BorshDeserialize for Fragment {
    fn deserialize_reader<R: Read>(reader: &mut R) -> io::Result<Self> {
        let text = String::deserialize_reader(reader)?;
        Self::new(&text).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }
}

impl CreateDid {
    /// The identifier: a digest of who creates it and of all that it says, so nobody can take another's.
    #[must_use]
    pub fn did(&self, organisation: &PublicKey) -> SeoulDid {
        let mut bytes = Vec::new();
        // Writing into memory does not fail; see `Canonical::to_canonical`.
        let _ = (organisation, self).serialize(&mut bytes);
        SeoulDid::from_hash(Hash::labelled(Label::SeoulDid, &bytes))
    }
}

impl DidContent {
    /// Within its bounds, every name once, every key usable and fit for its purposes.
    pub fn check(&self) -> Result<(), Rejection> {
        let Self { controllers, threshold, methods, services } = self;
        let ascending = controllers.windows(2).all(|pair| matches!(pair, [a, b] if a < b));
        let fragments =
            set_of(methods.iter().map(|method| &method.fragment).chain(services.iter().map(|s| &s.fragment)));
        let is_within = (1..=MOST_CONTROLLERS).contains(&controllers.len())
            && ascending
            && (1..=controllers.len()).contains(&usize::from(*threshold))
            && (1..=MOST_METHODS).contains(&methods.len())
            && services.len() <= MOST_SERVICES
            && fragments.len() == methods.len().saturating_add(services.len())
            && methods.iter().all(|method| method.purposes.fits(method.key))
            && services.iter().all(|service| is_https(service.endpoint.as_str()));
        if !is_within {
            return Err(Rejection::DidContent);
        }
        let is_usable = controllers.iter().all(|key| key.check().is_ok())
            && methods.iter().all(|method| method.key.is_usable());
        if is_usable { Ok(()) } else { Err(Rejection::WeakKey) }
    }

    /// Whether these keys are controllers, and as many as must agree.
    #[must_use]
    pub fn is_controlled_by(&self, keys: &[PublicKey]) -> bool {
        keys.iter().all(|key| self.controllers.contains(key)) && keys.len() >= usize::from(self.threshold)
    }
}

fn is_https(endpoint: &str) -> bool {
    let is_plain =
        |c: char| c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}');
    endpoint.strip_prefix("https://").is_some_and(|rest| !rest.is_empty() && rest.chars().all(is_plain))
}

impl DidAction {
    /// The keys that sign besides the signer: whoever is listed as a controller shows that the key is held.
    pub(crate) fn further_keys(&self, signer: &Signer) -> Vec<PublicKey> {
        let signed: &[PublicKey] = match signer {
            Signer::Several { keys } => keys,
            _ => &[],
        };
        let listed: &[PublicKey] = match self {
            Self::Create(create) => &create.content.controllers,
            Self::Rotate(rotate) => &rotate.content.controllers,
            Self::Deactivate { .. } => &[],
        };
        listed.iter().filter(|key| !signed.contains(key)).copied().collect()
    }

    /// The signer that it takes, and content within its bounds.
    pub(crate) fn check_form(&self, signer: &Signer) -> Result<(), Rejection> {
        match (self, signer) {
            (Self::Create(create), Signer::Party { .. }) => create.content.check(),
            (Self::Rotate(rotate), Signer::Several { .. }) => rotate.content.check(),
            (Self::Deactivate { .. }, Signer::Several { .. }) => Ok(()),
            _ => Err(Rejection::NotAllowed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use citizen_keys::SigningKey;

    fn key(seed: u8) -> PublicKey {
        SigningKey::from_seed(&[seed; 32]).public()
    }

    fn method(fragment: &str, purposes: Purposes) -> DidMethod {
        let PublicKey::Ed25519(bytes) = key(1) else { unreachable!() };
        DidMethod { fragment: Fragment::new(fragment).unwrap(), key: MethodKey::Ed25519(bytes), purposes }
    }

    fn service(fragment: &str, endpoint: &str) -> DidService {
        let name = |text| Fragment::new(text).unwrap();
        DidService {
            fragment: name(fragment),
            kind: name("LinkedDomains"),
            endpoint: Text::new(endpoint).unwrap(),
        }
    }

    fn content() -> DidContent {
        let mut controllers = vec![key(1), key(2)];
        controllers.sort();
        DidContent {
            controllers,
            threshold: 2,
            methods: vec![method("key-1", Purposes::ASSERTION.and(Purposes::AUTHENTICATION))],
            services: vec![service("site", "https://library.example/")],
        }
    }

    #[test]
    fn ledger_14_content_stays_within_its_bounds() {
        assert_eq!(content().check(), Ok(()));
        type Change = fn(&mut DidContent);
        let wrong: [(&str, Change); 12] = [
            ("no controller", |it| it.controllers.clear()),
            ("controllers out of order", |it| it.controllers.reverse()),
            ("a controller twice", |it| it.controllers = vec![key(1), key(1)]),
            ("nobody must agree", |it| it.threshold = 0),
            ("more than there are must agree", |it| it.threshold = 3),
            ("no method", |it| it.methods.clear()),
            ("too many methods", |it| {
                it.methods = (0..17).map(|n| method(&format!("k{n}"), Purposes::ASSERTION)).collect();
            }),
            ("too many services", |it| {
                it.services = (0..9).map(|n| service(&format!("s{n}"), "https://a.example")).collect();
            }),
            ("one name for two", |it| it.services = vec![service("key-1", "https://a.example")]),
            ("a signing key to encrypt to", |it| it.methods = vec![method("k", Purposes::KEY_AGREEMENT)]),
            ("a key for nothing", |it| it.methods = vec![method("k", Purposes(0))]),
            ("a purpose nobody knows", |it| it.methods = vec![method("k", Purposes(32))]),
        ];
        for (name, change) in wrong {
            let mut content = content();
            change(&mut content);
            assert_eq!(content.check(), Err(Rejection::DidContent), "{name}");
        }
        for endpoint in
            ["http://a.example", "https://", "https://a b", "https://도서관", "javascript:alert(1)"]
        {
            let content = DidContent { services: vec![service("s", endpoint)], ..content() };
            assert_eq!(content.check(), Err(Rejection::DidContent), "{endpoint}");
        }
    }

    #[test]
    fn ledger_14_a_key_that_proves_nothing_is_not_listed() {
        let identity: [u8; 32] = std::array::from_fn(|place| u8::from(place == 0));
        let weak = DidContent { controllers: vec![PublicKey::Ed25519(identity)], threshold: 1, ..content() };
        assert_eq!(weak.check(), Err(Rejection::WeakKey));
        for key in [MethodKey::Ed25519(identity), MethodKey::X25519([0; 32]), MethodKey::P256([9; 33])] {
            let purposes = match key {
                MethodKey::X25519(_) => Purposes::KEY_AGREEMENT,
                _ => Purposes::ASSERTION,
            };
            let methods = vec![DidMethod { fragment: Fragment::new("k").unwrap(), key, purposes }];
            assert_eq!(DidContent { methods, ..content() }.check(), Err(Rejection::WeakKey), "{key:?}");
        }
    }

    #[test]
    fn another_creator_content_or_salt_names_another_did() {
        let create = CreateDid { content: content(), salt: [7; 16] };
        let did = create.did(&key(3));
        assert_ne!(create.did(&key(4)), did);
        assert_ne!(CreateDid { salt: [8; 16], ..create.clone() }.did(&key(3)), did);
        let other = DidContent { threshold: 1, ..content() };
        assert_ne!(CreateDid { content: other, ..create }.did(&key(3)), did);
    }
}
