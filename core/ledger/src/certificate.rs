//! The registry of certificates: whose X.509 certificate counts as an issuer's or a verifier's, for what, and how long (core/docs/decisions.md,
//! 18). And the anchors of status lists: what a registered issuer says is the newest list.

use crate::rejection::Rejection;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_keys::PublicKey;
use citizen_primitives::{Hash, Text, UnixTime};

/// The most credential types of one certificate.
pub const MOST_TYPES: usize = 16;
/// The most claims of one type that are named.
pub const MOST_CLAIMS: usize = 32;
/// The most members that lead to a claim.
pub const DEEPEST: usize = 8;

/// As what a certificate counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub enum CertificateRole {
    /// It issues credentials.
    Issuer,
    /// It asks for them.
    Verifier,
    /// It vouches for those who ask (OpenID4VP 1.0, section 12).
    Attester,
}

impl CertificateRole {
    /// Its name in state keys.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Issuer => "issuer",
            Self::Verifier => "verifier",
            Self::Attester => "attester",
        }
    }
}

/// A certificate in the registry.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct CertificateRecord {
    /// As what it counts.
    pub role: CertificateRole,
    /// SHA-256 of its DER. Of a party by its DID: the 32 bytes of a `did:seoul`, SHA-256 of another DID's text.
    pub thumbprint: Hash,
    /// Whose it is, in Korean.
    pub name_ko: Text,
    /// In English.
    pub name_en: Text,
    /// What it may issue, or ask for and to what end; of an attester, what those may ask for that it vouches for.
    pub grants: Vec<CertificateGrant>,
    /// The key that anchors the issuer's status lists; nobody else has one. It may stay when the certificate is renewed.
    pub anchor: Option<PublicKey>,
    /// From when.
    pub from: UnixTime,
    /// Until when.
    pub until: UnixTime,
}

/// One type of credential that a certificate may issue or ask for.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct CertificateGrant {
    /// The type: `vct` of an SD-JWT VC.
    pub credential: Text,
    /// Which of its data.
    pub data: GrantedData,
    /// To what end, in Korean: shown to the citizen who is asked.
    pub purpose_ko: Text,
    /// In English.
    pub purpose_en: Text,
}

/// Which data of a credential.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum GrantedData {
    /// All of it.
    All,
    /// These claims, and what is inside them.
    Claims(Vec<GrantedClaim>),
}

/// A claim by the names of the members that lead to it, outermost first. Places in arrays are not named: who may see one element
/// may see any.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct GrantedClaim(pub Vec<Text>);

/// What an issuer puts on the ledger about a status list (Token Status List): which JWT is the newest.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct AnchorStatus {
    /// The issuer's certificate, by its thumbprint: its record names the key that signs this.
    pub certificate: Hash,
    /// The list: SHA-256 of its URI.
    pub list: Hash,
    /// Rises with every anchor of the list.
    pub version: u64,
    /// SHA-256 of the signed JWT, as it is served.
    pub token: Hash,
}

/// The newest anchor of a status list.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct StatusAnchor {
    /// The certificate it was anchored under.
    pub certificate: Hash,
    /// Its version.
    pub version: u64,
    /// SHA-256 of the signed JWT.
    pub token: Hash,
    /// When it was anchored: the block's time.
    pub time: UnixTime,
}

citizen_primitives::canonical!(CertificateRecord = 1, StatusAnchor = 1);

impl CertificateRecord {
    /// Within its bounds, with a time in which it counts, and a key to anchor with that an issuer alone has.
    pub fn check(&self) -> Result<(), Rejection> {
        let Self { role, thumbprint: _, name_ko, name_en, grants, anchor, from, until } = self;
        let named = |text: &Text| !text.as_str().is_empty();
        let has_fitting_anchor = anchor.is_none() || *role == CertificateRole::Issuer;
        let is_sound = from < until
            && named(name_ko)
            && named(name_en)
            && has_fitting_anchor
            && (1..=MOST_TYPES).contains(&grants.len())
            && grants.iter().all(|grant| named(&grant.credential) && grant.data.is_within());
        if !is_sound {
            return Err(Rejection::Certificate);
        }
        anchor.map_or(Ok(()), |key| key.check().map_err(|_| Rejection::WeakKey))
    }

    /// Whether it counts at `time`.
    #[must_use]
    pub fn is_active(&self, time: UnixTime) -> bool {
        self.from <= time && time < self.until
    }

    /// Whether it may issue this type of credential, or ask for anything of it.
    #[must_use]
    pub fn covers(&self, credential: &str) -> bool {
        self.grants.iter().any(|grant| grant.credential.as_str() == credential)
    }

    /// Whether a claim of a credential is among what it may issue or ask for.
    #[must_use]
    pub fn covers_claim(&self, credential: &str, path: &[&str]) -> bool {
        let grants = self.grants.iter().filter(|grant| grant.credential.as_str() == credential);
        grants.into_iter().any(|grant| grant.data.covers(path))
    }
}

impl GrantedData {
    fn is_within(&self) -> bool {
        match self {
            Self::All => true,
            Self::Claims(claims) => {
                (1..=MOST_CLAIMS).contains(&claims.len())
                    && claims.iter().all(|claim| (1..=DEEPEST).contains(&claim.0.len()))
            }
        }
    }

    fn covers(&self, path: &[&str]) -> bool {
        match self {
            Self::All => true,
            Self::Claims(claims) => claims.iter().any(|claim| {
                claim.0.len() <= path.len()
                    && claim.0.iter().zip(path).all(|(name, step)| name.as_str() == *step)
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use citizen_keys::SigningKey;

    fn text(text: &str) -> Text {
        Text::new(text).unwrap()
    }

    fn record(role: CertificateRole, claims: &[&[&str]]) -> CertificateRecord {
        let claims = claims.iter().map(|path| GrantedClaim(path.iter().map(|name| text(name)).collect()));
        CertificateRecord {
            role,
            thumbprint: Hash::from_bytes([1; 32]),
            name_ko: text("마포구립도서관"),
            name_en: text("Mapo Library"),
            grants: vec![CertificateGrant {
                credential: text("urn:seoul:citizen"),
                data: GrantedData::Claims(claims.collect()),
                purpose_ko: text("회원 가입"),
                purpose_en: text("Membership"),
            }],
            anchor: None,
            from: UnixTime::from_seconds(10),
            until: UnixTime::from_seconds(20),
        }
    }

    #[test]
    fn ledger_15_a_certificate_counts_in_its_time() {
        let record = record(CertificateRole::Verifier, &[&["age_over_19"]]);
        assert_eq!(record.check(), Ok(()));
        let at = |seconds| record.is_active(UnixTime::from_seconds(seconds));
        assert_eq!([at(9), at(10), at(19), at(20)], [false, true, true, false]);
    }

    #[test]
    fn ledger_15_a_claim_is_covered_with_what_is_inside_and_nothing_beside_it() {
        let record = record(CertificateRole::Verifier, &[&["age_over_19"], &["address", "district"]]);
        let may = |path: &[&str]| record.covers_claim("urn:seoul:citizen", path);
        assert!(may(&["age_over_19"]));
        assert!(may(&["address", "district"]) && may(&["address", "district", "code"]));
        assert!(!may(&["address"]), "more than was granted");
        assert!(!may(&["address", "street"]) && !may(&["name"]));
        assert!(!record.covers_claim("urn:seoul:family", &["age_over_19"]), "of another credential");
        assert!(!record.covers("urn:seoul:family") && record.covers("urn:seoul:citizen"));
    }

    #[test]
    fn ledger_15_a_certificate_out_of_bounds_is_none() {
        let good = || record(CertificateRole::Issuer, &[&["name"]]);
        let anchor = SigningKey::from_seed(&[3; 32]).public();
        assert_eq!(CertificateRecord { anchor: Some(anchor), ..good() }.check(), Ok(()));
        type Change = fn(&mut CertificateRecord);
        let deep: &[&str] = &["a"; 9];
        let wrong: [(&str, Change); 8] = [
            ("no time", |it| it.until = it.from),
            ("no name", |it| it.name_ko = Text::default()),
            ("no English name", |it| it.name_en = Text::default()),
            ("nothing granted", |it| it.grants.clear()),
            ("too many types", |it| it.grants = vec![it.grants[0].clone(); 17]),
            ("no type", |it| it.grants[0].credential = Text::default()),
            ("no claims", |it| it.grants[0].data = GrantedData::Claims(Vec::new())),
            ("too many claims", |it| {
                it.grants[0].data = GrantedData::Claims(vec![GrantedClaim(vec![Text::default()]); 33]);
            }),
        ];
        for (name, change) in wrong {
            let mut record = good();
            change(&mut record);
            assert_eq!(record.check(), Err(Rejection::Certificate), "{name}");
        }
        assert_eq!(record(CertificateRole::Issuer, &[deep]).check(), Err(Rejection::Certificate));
        assert_eq!(record(CertificateRole::Issuer, &[&[]]).check(), Err(Rejection::Certificate));
        let verifier =
            CertificateRecord { anchor: Some(anchor), ..record(CertificateRole::Verifier, &[&["name"]]) };
        assert_eq!(verifier.check(), Err(Rejection::Certificate), "a verifier anchors nothing");
        let attester = CertificateRecord { role: CertificateRole::Attester, ..verifier };
        assert_eq!(attester.check(), Err(Rejection::Certificate), "nor does an attester");
        assert_eq!(CertificateRecord { anchor: None, ..attester }.check(), Ok(()));
        let identity = PublicKey::Ed25519(std::array::from_fn(|place| u8::from(place == 0)));
        assert_eq!(CertificateRecord { anchor: Some(identity), ..good() }.check(), Err(Rejection::WeakKey));
    }
}
