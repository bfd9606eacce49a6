//! The frozen file `vectors/keys.txt`: every form another implementation has to reproduce.

use crate::hex::Hex;
use crate::keystore::Keystore as _;
use crate::testing::Counting;
use crate::{
    BackupEnvelope, DevicePair, Document, HardwareKey, KeyAlias, KeyIndex, MemoryBackend, Pin, PinCost,
    PinGuard, Purpose, RecoveryCode, SealingKey, Secret32, Signed, SigningKey, SoftwareKeystore, Vault,
    sealing,
};
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_primitives::{Canonical, Label};
use std::fmt::Write as _;
use std::sync::Arc;
use zeroize::Zeroizing;

#[derive(BorshSerialize, BorshDeserialize)]
struct Example(u64);
citizen_primitives::canonical!(Example = 1);
impl Document for Example {
    const LABEL: Label = Label::BankBalance;
}

#[derive(Default)]
struct Lines(String);

impl Lines {
    fn text(&mut self, name: &str, value: &str) {
        writeln!(self.0, "{name} = {value}").unwrap();
    }

    fn hex(&mut self, name: &str, value: &[u8]) {
        self.text(name, &Hex(value).to_string());
    }
}

fn signatures(lines: &mut Lines) {
    let key = SigningKey::from_seed(&[1; 32]);
    lines.hex("ed25519-seed", &[1; 32]);
    lines.hex("ed25519-public-key", &key.public().to_canonical());
    lines.hex("ed25519-key-id", key.id().as_bytes());
    lines.hex("ed25519-signature-transaction-abc", key.sign(Label::Transaction, b"abc").as_bytes());
    lines.hex("signed-document", &Signed::sign(&Example(7_000), &key).to_canonical());

    let keystore =
        SoftwareKeystore::open(Box::new(MemoryBackend::default()), Box::new(Counting::default())).unwrap();
    let hardware = HardwareKey::create(Arc::new(keystore), KeyAlias::new("card").unwrap()).unwrap();
    lines.hex("p256-public-key", &hardware.public().to_canonical());
    lines.hex("p256-key-id", hardware.public().id().as_bytes());
    lines
        .hex("p256-signature-transaction-abc", hardware.sign(Label::Transaction, b"abc").unwrap().as_bytes());
    lines.hex("device-pair", &DevicePair::new(&key.public(), hardware.public()).unwrap().to_canonical());
}

fn sealed(lines: &mut Lines) {
    let secret = Secret32::take(Zeroizing::new([2; 32]));
    lines.hex("secret", secret.expose());
    lines.hex("derived-example-abc", secret.derive(Purpose::new("example"), b"abc").expose());
    lines.hex("keyed-hash-abc", &secret.keyed_hash(b"abc"));
    lines.hex(
        "sealed-context-abc",
        &sealing::seal(&mut Counting::default(), &secret, b"context", b"abc").unwrap(),
    );
    let party = SealingKey::from_secret(&secret);
    lines.hex("sealing-public-key", &party.public().to_canonical());
    let boxed = party.public().seal(&mut Counting::default(), b"context", b"abc").unwrap();
    lines.hex("sealed-box-context-abc", &boxed);
}

fn recovery(lines: &mut Lines) {
    let code = RecoveryCode::generate(&mut Counting::default());
    lines.text("recovery-code", &code.to_text());
    lines.hex("recovery-public-key", &code.recovery_key().public().to_canonical());
    let envelope = BackupEnvelope::seal(&mut Counting::default(), &code, b"abc").unwrap();
    lines.hex("backup-envelope-abc", &envelope.to_canonical());
}

fn vault(lines: &mut Lines) {
    let keystore =
        SoftwareKeystore::open(Box::new(MemoryBackend::default()), Box::new(Counting::default())).unwrap();
    let alias = KeyAlias::new("vault").unwrap();
    keystore.wrap(&alias, b"").unwrap();
    let vault = Vault::new(Arc::new(keystore), alias);
    let pin = Pin::entered("739182").unwrap();
    let (record, root) = vault.create(&mut Counting::default(), &pin, PinCost::standard()).unwrap();
    lines.hex("vault-record-739182", &record.to_canonical());
    lines.hex("vault-store-key", root.store_key().expose());
    lines.hex("vault-account-key-0", &root.account_key(KeyIndex::default()).public().to_canonical());
    lines.hex("vault-account-key-1", &root.account_key(KeyIndex::default().next()).public().to_canonical());
    lines.hex("pin-guard-fresh", &PinGuard::default().to_canonical());
}

#[test]
fn every_form_is_the_frozen_one() {
    let mut lines = Lines::default();
    for part in [signatures, sealed, recovery, vault] {
        part(&mut lines);
    }
    let frozen = include_str!("../vectors/keys.txt");
    let frozen: String =
        frozen.lines().filter(|line| !line.starts_with('#')).map(|line| line.to_owned() + "\n").collect();
    assert_eq!(lines.0, frozen, "a changed form is a new version, never a changed vector");
}
