//! What belongs to the citizen card: custody of accounts, DIDs, certificates, status lists; with who signs each.

use super::transactions::{ACCOUNT, Cast};
use super::{GENESIS, digest, text, won};
use citizen_coin::{Entry, EntryKind, Epoch};
use citizen_keys::{PublicKey, SigningKey};
use citizen_ledger::custody::FiledCase;
use citizen_ledger::did::{DidMethod, DidNames, DidService, Fragment, MethodKey, Purposes};
use citizen_ledger::{
    Action, AnchorStatus, CardRules, CertificateGrant, CertificateRecord, CertificateRole, CreateDid,
    CustodyAction, CustodyRecord, Dated, DidAction, DidContent, DidRecord, FileRecovery, Govern,
    GrantedClaim, GrantedData, PaymentCardRule, RecoveryCase, RecoveryRules, RecoveryStage, RotateDid,
    StateKey, StatusAnchor, state_key,
};
use citizen_payment::word::CardRequest;
use citizen_primitives::{Hash, Height, KeyId, PaymentId, RecoveryCaseId, Seconds, SeoulDid, TransactionId};

pub const CASE: RecoveryCaseId = RecoveryCaseId::from_bytes([0x31; 32]);

pub fn thumbprint() -> Hash {
    digest("certificate")
}

pub fn list() -> Hash {
    digest("https://issuer.example/status/1")
}

pub fn content(cast: &Cast) -> DidContent {
    let name = |text| Fragment::new(text).unwrap();
    let PublicKey::Ed25519(ed25519) = SigningKey::from_seed(&[63; 32]).public() else { unreachable!() };
    let PublicKey::P256(p256) = *cast.phone.hardware.public() else { unreachable!() };
    let mut x25519 = [0; 32];
    x25519[0] = 9;
    let method = |fragment, key, purposes| DidMethod { fragment: name(fragment), key, purposes };
    let signing = Purposes::AUTHENTICATION.and(Purposes::ASSERTION);
    DidContent {
        controllers: cast.several.iter().map(SigningKey::public).collect(),
        threshold: 2,
        methods: vec![
            method("key-1", MethodKey::Ed25519(ed25519), signing),
            method("key-2", MethodKey::P256(p256), Purposes::ASSERTION),
            method("key-3", MethodKey::X25519(x25519), Purposes::KEY_AGREEMENT),
        ],
        services: vec![DidService {
            fragment: name("issuer"),
            kind: name("CredentialIssuer"),
            endpoint: text("https://issuer.example/"),
        }],
    }
}

pub fn creation(cast: &Cast) -> CreateDid {
    CreateDid { content: content(cast), salt: [0x32; 16] }
}

pub fn did(cast: &Cast) -> SeoulDid {
    creation(cast).did(&cast.party.public())
}

fn rotated(cast: &Cast) -> DidContent {
    let mut content = content(cast);
    content.controllers.push(cast.party.public());
    content.controllers.sort();
    content
}

pub fn certificate(role: CertificateRole) -> CertificateRecord {
    let claims = [&["age_over_19"][..], &["address", "district"]];
    let claims = claims.map(|path| GrantedClaim(path.iter().map(|name| text(name)).collect()));
    let data = match role {
        CertificateRole::Issuer => GrantedData::All,
        CertificateRole::Verifier | CertificateRole::Attester => GrantedData::Claims(claims.into()),
    };
    CertificateRecord {
        role,
        thumbprint: thumbprint(),
        name_ko: text("마포구립도서관"),
        name_en: text("Mapo Library"),
        grants: vec![CertificateGrant {
            credential: text("urn:seoul:citizen-card"),
            data,
            purpose_ko: text("회원 가입"),
            purpose_en: text("Membership"),
        }],
        anchor: (role == CertificateRole::Issuer).then(|| SigningKey::from_seed(&[44; 32]).public()),
        from: GENESIS,
        until: GENESIS.plus(Seconds::new(365 * 86_400)),
    }
}

pub fn rules() -> RecoveryRules {
    fn dated<T>(value: T) -> Vec<Dated<T>> {
        vec![Dated { from: GENESIS, value, source: text("a source") }]
    }
    RecoveryRules { officers: dated(2), wait: dated(Seconds::new(72 * 3_600)) }
}

pub fn request() -> CardRequest {
    CardRequest {
        payment: PaymentId::from_bytes([7; 32]),
        order: TransactionId::from_bytes([2; 32]),
        link: "openid4vp://?client_id=x509_hash%3Aabc&request_uri=https%3A%2F%2Fcity.example%2Fr".to_owned(),
        certificate: thumbprint(),
        time: GENESIS,
    }
}

pub fn card_rules() -> CardRules {
    let rule = PaymentCardRule {
        above: won(150_000),
        credential: text("urn:seoul:citizen-card:1"),
        claims: vec![GrantedClaim(vec![text("age_over_14")])],
    };
    CardRules { payments: vec![Dated { from: GENESIS, value: rule, source: text("a source") }] }
}

/// The actions, with who signs them.
pub fn actions(cast: &Cast) -> Vec<(&'static str, &'static str, Action)> {
    let (account, case, recovery) = (ACCOUNT, CASE, cast.recovery.public());
    let device = cast.next.pair();
    let custody = |act| Action::Custody(act);
    let file = FileRecovery { account, case, device, recovery };
    let rotate = RotateDid { did: did(cast), version: 2, content: rotated(cast) };
    let deactivate = DidAction::Deactivate { did: did(cast), version: 3 };
    let anchor = AnchorStatus {
        certificate: thumbprint(),
        list: list(),
        version: 7,
        token: digest("status list token"),
    };
    let issuer = Box::new(certificate(CertificateRole::Issuer));
    let verifier = Box::new(certificate(CertificateRole::Verifier));
    let remove = Govern::RemoveCertificate { role: CertificateRole::Verifier, thumbprint: thumbprint() };
    vec![
        ("freeze", "recovery", custody(CustodyAction::Freeze { account })),
        ("unfreeze", "recovery", custody(CustodyAction::Unfreeze { account, device: None })),
        (
            "unfreeze-with-device",
            "recovery",
            custody(CustodyAction::Unfreeze { account, device: Some(device) }),
        ),
        ("file-recovery", "several", custody(CustodyAction::File(Box::new(file)))),
        ("object", "device", custody(CustodyAction::Object { account, case })),
        ("uphold", "several", custody(CustodyAction::Uphold { account, case })),
        ("dismiss", "several", custody(CustodyAction::Dismiss { account, case })),
        ("complete", "device", custody(CustodyAction::Complete { account, case, recovery })),
        ("create-did", "party", Action::Did(DidAction::Create(Box::new(creation(cast))))),
        ("rotate-did", "several", Action::Did(DidAction::Rotate(Box::new(rotate)))),
        ("deactivate-did", "several", Action::Did(deactivate)),
        ("anchor-status", "party", Action::AnchorStatus(anchor)),
        ("set-issuer", "governors", Action::Govern(Govern::SetCertificate(issuer))),
        ("set-verifier", "governors", Action::Govern(Govern::SetCertificate(verifier))),
        ("remove-certificate", "governors", Action::Govern(remove)),
        ("set-recovery-rules", "governors", Action::Govern(Govern::SetRecoveryRules(rules()))),
    ]
}

pub fn custodies(cast: &Cast) -> Vec<(&'static str, CustodyRecord)> {
    let open = |stage| RecoveryCase {
        case: CASE,
        device: cast.next.pair(),
        recovery: cast.recovery.public(),
        officers: cast.several.iter().map(SigningKey::id).collect(),
        filed: GENESIS,
        effective: GENESIS.plus(Seconds::new(72 * 3_600)),
        stage,
    };
    let at = GENESIS.plus(Seconds::new(60));
    let upheld = RecoveryStage::Upheld { at, officers: vec![KeyId::from_bytes([0x33; 32])] };
    vec![
        ("frozen", CustodyRecord { frozen: Some(GENESIS), recovery: None }),
        ("waiting", CustodyRecord { frozen: None, recovery: Some(open(RecoveryStage::Waiting)) }),
        ("objected", CustodyRecord { frozen: None, recovery: Some(open(RecoveryStage::Objected { at })) }),
        ("upheld", CustodyRecord { frozen: Some(at), recovery: Some(open(upheld)) }),
    ]
}

pub fn filed() -> FiledCase {
    FiledCase { account: ACCOUNT, filed: GENESIS }
}

pub fn did_record(cast: &Cast) -> DidRecord {
    DidRecord {
        organisation: cast.party.id(),
        content: content(cast),
        version: 1,
        created: GENESIS,
        updated: GENESIS,
        deactivated: false,
    }
}

pub fn did_names(cast: &Cast) -> DidNames {
    DidNames(vec![did(cast)])
}

pub fn anchor() -> StatusAnchor {
    StatusAnchor { certificate: thumbprint(), version: 7, token: digest("status list token"), time: GENESIS }
}

pub fn entries() -> Vec<(&'static str, Entry)> {
    let case = CASE;
    let kinds = [
        ("frozen", EntryKind::Frozen),
        ("unfrozen", EntryKind::Unfrozen),
        ("recovery-filed", EntryKind::RecoveryFiled { case }),
        ("recovery-objected", EntryKind::RecoveryObjected { case }),
        ("recovery-upheld", EntryKind::RecoveryUpheld { case }),
        ("recovery-dismissed", EntryKind::RecoveryDismissed { case }),
        ("recovered", EntryKind::Recovered { case, epoch: Epoch::new(1) }),
    ];
    let cause = citizen_coin::Cause::Transaction(TransactionId::from_bytes([2; 32]));
    let entry =
        |(index, (name, kind))| (name, Entry { index, height: Height::new(9), time: GENESIS, cause, kind });
    (0..).zip(kinds).map(entry).collect()
}

pub fn state_keys(cast: &Cast) -> Vec<(&'static str, StateKey)> {
    vec![
        ("custody", state_key::custody(&ACCOUNT)),
        ("recovery-case", state_key::recovery_case(&CASE)),
        ("recovery-rules", state_key::recovery_rules()),
        ("did", state_key::did(&did(cast))),
        ("dids", state_key::dids(&cast.party.id())),
        ("certificate-issuer", state_key::certificate(CertificateRole::Issuer, &thumbprint())),
        ("certificate-verifier", state_key::certificate(CertificateRole::Verifier, &thumbprint())),
        ("certificate-attester", state_key::certificate(CertificateRole::Attester, &thumbprint())),
        ("status", state_key::status(&cast.party.id(), &list())),
    ]
}
