//! An issuer and its certificate in the registry, a verifier, and the address at which the issuer serves its lists.

use crate::wires::Wires;
use crate::world::{World, chain_id, key, role, text};
use async_trait::async_trait;
use citizen_client::{Exchange, LedgerClient, Request, Response, Transport, TransportError};
use citizen_jose::{Algorithm, CertificateChain, SoftwareSigner};
use citizen_keys::Secret32;
use citizen_ledger::{
    Action, CertificateGrant, CertificateRecord, CertificateRole, Govern, GrantedData, LightClient, Nonce,
    Role, Signer, TransactionBody,
};
use citizen_openid4vc::http::Reach;
use citizen_primitives::clock::ManualClock;
use citizen_primitives::{Clock, Hash, Label, Seconds, UnixTime};
use city_chain::Chain as _;
use city_services::db::{Rows as _, Table};
use city_services::issuer::{EligibilityRules, ResidentRegister};
use city_services::verifier::CardService;
use city_services::{Attested, Certified, Db, Issuer, Party, Steps as _, Verifier, places};
use city_storage::faults::Disk;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use zeroize::Zeroizing;

pub(crate) const ISSUER: &str = "https://card.seoul.example/v1/issuer";

/// A key and a certificate for it, as somebody else's program makes them.
pub(crate) struct Certificate {
    secret: [u8; 32],
    der: Vec<u8>,
}

impl Certificate {
    pub(crate) fn new(host: Option<&str>) -> Self {
        Self::until(2036, host)
    }

    /// One that counts until a year has begun.
    pub(crate) fn until(year: i32, host: Option<&str>) -> Self {
        use p256::pkcs8::DecodePrivateKey as _;
        let pair = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
        let hosts: Vec<String> = host.into_iter().map(str::to_owned).collect();
        let mut parameters = rcgen::CertificateParams::new(hosts).unwrap();
        parameters.use_authority_key_identifier_extension = true;
        parameters.not_before = rcgen::date_time_ymd(2020, 1, 1);
        parameters.not_after = rcgen::date_time_ymd(year, 1, 1);
        let certificate = parameters.self_signed(&pair).unwrap();
        let secret = p256::SecretKey::from_pkcs8_der(&pair.serialize_der()).unwrap();
        Self { secret: secret.to_bytes().into(), der: certificate.der().to_vec() }
    }

    pub(crate) fn certified(&self, base: &str) -> Certified {
        Certified::new(self.signer(), self.chain(), base, Reach::Https).unwrap()
    }

    pub(crate) fn signer(&self) -> SoftwareSigner {
        SoftwareSigner::from_bytes(Algorithm::Es256, &self.secret).unwrap()
    }

    pub(crate) fn chain(&self) -> CertificateChain {
        CertificateChain::from_der(&[&self.der]).unwrap()
    }

    pub(crate) fn thumbprint(&self) -> Hash {
        Hash::from_bytes(*self.chain().leaf().thumbprint().as_bytes())
    }
}

/// The world's clock; whoever looks at it may find that something happens just then.
pub(crate) struct Interrupted {
    clock: Arc<ManualClock>,
    by: Mutex<Option<(u32, Interruption)>>,
}

type Interruption = Box<dyn FnOnce() + Send>;

impl Interrupted {
    /// At the look after so many others.
    pub(crate) fn after(&self, looks: u32, by: Interruption) {
        *self.by.lock().unwrap() = Some((looks, by));
    }

    /// Nothing happens any more; whether something did.
    pub(crate) fn is_over(&self) -> bool {
        self.by.lock().unwrap().take().is_none()
    }
}

impl Clock for Interrupted {
    fn now(&self) -> UnixTime {
        let due = self.by.lock().unwrap().take();
        match due {
            Some((0, by)) => by(),
            Some((looks, by)) => *self.by.lock().unwrap() = Some((looks - 1, by)),
            None => {}
        }
        self.clock.now()
    }
}

/// What leads to the issuer's lists; everything else goes where it always goes.
pub(crate) struct CardWires {
    wires: Arc<Wires>,
    pub(crate) issuer: Mutex<Option<Arc<Issuer>>>,
    /// What is served in place of a list.
    pub(crate) forged: Mutex<Option<String>>,
    pub(crate) fetched: Mutex<u32>,
}

#[async_trait]
impl Transport for CardWires {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        if request.url.host_str() != Some("card.seoul.example") {
            return self.wires.send(request).await;
        }
        *self.fetched.lock().unwrap() += 1;
        let number = request.url.path().strip_prefix("/v1/issuer/status-lists/").unwrap().parse().unwrap();
        let issuer = self.issuer.lock().unwrap().clone();
        let served = issuer.ok_or(TransportError::Offline)?.status_list(number);
        let forged = self.forged.lock().unwrap().clone();
        Ok(match forged.map_or(served, Ok) {
            Ok(token) => Response { status: 200, body: token.into_bytes() },
            Err(_) => Response { status: 404, body: Vec::new() },
        })
    }
}

pub(crate) struct CardWorld {
    pub(crate) world: World,
    pub(crate) interrupted: Arc<Interrupted>,
    pub(crate) wires: Arc<CardWires>,
    pub(crate) certificate: Certificate,
    disk: Mutex<Disk>,
    capacity: Option<u32>,
}

impl CardWorld {
    /// An issuer whose certificate the registry has for all types.
    pub(crate) fn new() -> Self {
        Self::with_capacity(None)
    }

    pub(crate) fn with_capacity(capacity: Option<u32>) -> Self {
        let world = World::new();
        let wires = Arc::new(CardWires {
            wires: world.wires.clone(),
            issuer: Mutex::default(),
            forged: Mutex::default(),
            fetched: Mutex::default(),
        });
        let certificate = Certificate::new(None);
        let interrupted = Arc::new(Interrupted { clock: world.clock.clone(), by: Mutex::default() });
        let card = Self { world, interrupted, wires, certificate, disk: Mutex::default(), capacity };
        card.register(CertificateRole::Issuer, &card.certificate, &ALL_TYPES);
        card.start();
        card
    }

    /// Starts the issuer from what is on its disk.
    pub(crate) fn start(&self) {
        let backend = self.disk.lock().unwrap().backend();
        let party = self.party(key(70), Db::with_backend(backend, self.world.wires.knife.clone()).unwrap());
        let (register, rules) = (ResidentRegister::sandbox().unwrap(), EligibilityRules::sandbox().unwrap());
        let (certified, secret) =
            (self.certificate.certified(ISSUER), Secret32::take(Zeroizing::new([71; 32])));
        let mut issuer =
            Issuer::new(party, certified, secret, register, rules).with_voters(crate::poll::voters());
        if let Some(capacity) = self.capacity {
            issuer = issuer.with_capacity(capacity);
        }
        *self.wires.issuer.lock().unwrap() = Some(Arc::new(issuer));
    }

    /// The issuer's power fails and comes back.
    pub(crate) fn revive(&self) -> BTreeSet<String> {
        let dead = self.world.wires.knife.take_dead();
        if dead.contains("issuer") {
            *self.wires.issuer.lock().unwrap() = None;
            self.disk.lock().unwrap().crash(|| false);
            self.start();
        }
        dead
    }

    /// It loses its disk.
    pub(crate) fn forget(&self) {
        self.put_in(Disk::default());
    }

    /// It goes on with another disk; the one that it had.
    pub(crate) fn put_in(&self, disk: Disk) -> Disk {
        *self.wires.issuer.lock().unwrap() = None;
        let before = std::mem::replace(&mut *self.disk.lock().unwrap(), disk);
        self.start();
        before
    }

    /// How many rows a table of the issuer has: it stops for the count, and starts again.
    pub(crate) fn count(&self, table: &'static str) -> usize {
        self.at_rest(|db| db.read(|rows| rows.all_bytes(Table::new(table))).unwrap().len())
    }

    /// Every row of a table becomes something else.
    pub(crate) fn damage(&self, table: &'static str) {
        let table = Table::new(table);
        self.at_rest(|db| {
            db.commit(places::ISSUER_PURGE, |writer| {
                let rows = writer.all_bytes(table)?;
                rows.iter().try_for_each(|(key, _)| writer.put(table, key, &role(Role::Centre)))
            })
            .unwrap();
        });
    }

    fn at_rest<T>(&self, work: impl FnOnce(&Db) -> T) -> T {
        *self.wires.issuer.lock().unwrap() = None;
        let backend = self.disk.lock().unwrap().backend();
        let done = work(&Db::with_backend(backend, self.world.wires.knife.clone()).unwrap());
        self.start();
        done
    }

    pub(crate) fn issuer(&self) -> Arc<Issuer> {
        self.wires.issuer.lock().unwrap().clone().unwrap()
    }

    /// A verifier of one of the sandbox's services. Its own certificate is the wallet's matter.
    pub(crate) fn verifier(&self, name: &str) -> Verifier {
        let service = CardService::sandbox().unwrap().into_iter().find(|one| one.name == name).unwrap();
        self.verifier_on(&Disk::default(), service)
    }

    /// One that asks something else, over what is on a disk.
    pub(crate) fn verifier_on(&self, disk: &Disk, service: CardService) -> Verifier {
        self.verifier_over(disk, service, self.wires.clone())
    }

    /// One that fetches lists its own way.
    pub(crate) fn verifier_over(
        &self,
        disk: &Disk,
        service: CardService,
        wires: Arc<dyn Transport>,
    ) -> Verifier {
        let name = service.name.clone();
        let seed = name.as_bytes()[0];
        let db = Db::with_backend(disk.backend(), self.world.wires.knife.clone()).unwrap();
        let party = self.party(key(seed), db);
        let base = format!("https://{name}.seoul.example/v1/verifiers/{name}");
        let host = format!("{name}.seoul.example");
        let certified = Certificate::new(Some(&host)).certified(&base);
        let secret = Secret32::take(Zeroizing::new([seed; 32]));
        Verifier::new(party, certified, service, secret, wires)
    }

    /// One that asks by somebody's word.
    pub(crate) fn verifier_by(&self, attested: Attested, service: CardService) -> Verifier {
        let db = Db::with_backend(Disk::default().backend(), self.world.wires.knife.clone()).unwrap();
        let (party, secret) = (self.party(key(92), db), Secret32::take(Zeroizing::new([92; 32])));
        Verifier::new(party, attested, service, secret, self.wires.clone())
    }

    /// Works until all lists are served, or for so many rounds.
    pub(crate) async fn settle(&self) {
        for _ in 0..10 {
            self.revive();
            self.world.seal();
            let stepped = self.issuer().step().await;
            if stepped.is_ok_and(|stepped| stepped.open == 0 && stepped.moved == 0) {
                return;
            }
        }
        panic!("lists are not published");
    }

    /// Days pass, and the issuer works meanwhile; the ledger too, so that its headers lead on from one another.
    pub(crate) async fn wait_days(&self, days: u64) {
        for _ in 0..days.div_ceil(3) {
            self.world.clock.advance(3 * 86_400);
            self.settle().await;
        }
    }

    /// The governor enters a certificate.
    pub(crate) fn register(&self, role: CertificateRole, certificate: &Certificate, types: &[&str]) {
        self.register_for(role, certificate, (types, &GrantedData::All));
    }

    /// For no more than some of the data.
    pub(crate) fn register_for(
        &self,
        role: CertificateRole,
        certificate: &Certificate,
        (types, data): (&[&str], &GrantedData),
    ) {
        let grant = |credential: &&str| CertificateGrant {
            credential: text(credential),
            data: data.clone(),
            purpose_ko: text("시험"),
            purpose_en: text("test"),
        };
        let record = CertificateRecord {
            role,
            thumbprint: certificate.thumbprint(),
            name_ko: text("샌드박스 시청"),
            name_en: text("Sandbox City"),
            grants: types.iter().map(grant).collect(),
            anchor: (role == CertificateRole::Issuer).then(|| key(70).public()),
            from: UnixTime::default(),
            until: UnixTime::default().plus(Seconds::new(4_000_000_000)),
        };
        self.govern(Govern::SetCertificate(Box::new(record)));
    }

    /// And takes one out.
    pub(crate) fn strike_off(&self, certificate: &Certificate) {
        let thumbprint = certificate.thumbprint();
        self.govern(Govern::RemoveCertificate { role: CertificateRole::Issuer, thumbprint });
    }

    pub(crate) fn govern(&self, decision: Govern) {
        let governor = key(20);
        let height = self.world.wires.chain.status().latest;
        let mut nonce = [6; 16];
        nonce[..8].copy_from_slice(&height.value().to_le_bytes());
        let body = TransactionBody {
            chain_id: chain_id(),
            valid_until: height.plus(50),
            nonce: Nonce::from_bytes(nonce),
            signer: Signer::Governors { keys: vec![governor.public()] },
            action: Action::Govern(decision),
        };
        self.world.submit(&body.signed(vec![governor.sign(Label::Transaction, &body.signing_bytes())]));
        self.world.seal();
    }

    fn party(&self, key: citizen_keys::SigningKey, db: Db) -> Party {
        let exchange: Exchange = self.world.exchange("ledger");
        let light = LightClient::new(self.world.anchor.clone());
        let ledger = LedgerClient::new(exchange, light, self.world.clock.clone());
        let height = self.world.wires.chain.status().latest.value();
        let rng = StdRng::seed_from_u64(u64::from(key.id().as_bytes()[0]) + 1_000 * height);
        Party::new(key, db, ledger, self.interrupted.clone(), Box::new(rng))
    }
}

pub(crate) const ALL_TYPES: [&str; 6] = [
    "urn:seoul:citizen-card:1",
    "urn:seoul:resident-certificate:1",
    "urn:seoul:multi-child-card:1",
    "urn:seoul:youth-allowance:1",
    "urn:seoul:vaccination:1",
    "urn:seoul:health-check:1",
];
