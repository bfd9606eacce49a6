//! One record of every kind, for the frozen vectors.

use super::parties::{Phone, Service};
use super::story::Story;
use super::{GENESIS, chain_id, digest, points, text, won};
use citizen_coin::{
    AccountRecord, Cause, Entry, EntryKind, Epoch, GrantCount, Lots, ProgrammeRecord, Supply,
};
use citizen_keys::SigningKey;
use citizen_ledger::{Dated, Genesis, Parameters, Role, Validator};
use citizen_payment::word::{
    Acceptance, BankBalance, BankEnding, ClaimAnswer, ClaimOutcome, ClaimRefusal, Undoing,
};
use citizen_primitives::{
    AccountId, Hash, Height, KeyId, Month, PaymentId, ProgrammeId, Seconds, TransactionId,
};

pub fn month(year: u16, month: u8) -> Month {
    Month::new(year, month).unwrap()
}

pub fn account() -> AccountRecord {
    let mut lots = Lots::of(month(2031, 11), points(7_000));
    lots.add(month(2031, 12), points(500)).unwrap();
    AccountRecord {
        device: Phone::new(41).pair(),
        epoch: Epoch::new(1),
        recovery: SigningKey::from_seed(&[43; 32]).public(),
        lots,
        held: points(3_000),
        entries: 3,
        history: digest("history"),
        opened: GENESIS,
    }
}

pub fn programme() -> ProgrammeRecord {
    ProgrammeRecord {
        id: ProgrammeId::new("eco-mileage").unwrap(),
        name_ko: text("에코마일리지"),
        name_en: text("Eco Mileage"),
        granter: KeyId::from_bytes([5; 32]),
        yearly_cap: points(1_000_000_000),
        personal_cap: points(100_000),
        from: GENESIS,
        until: Some(GENESIS.plus(Seconds::new(365 * 86_400))),
        source: text("서울특별시 조례"),
    }
}

pub fn parameters() -> Parameters {
    Parameters {
        validity_window: 360,
        longest_hold: Seconds::new(300),
        expiry_years: vec![Dated { from: GENESIS, value: 5, source: text("조례") }],
        cosign_above: vec![Dated { from: GENESIS, value: won(100_000), source: text("지침") }],
        governors: 2,
        account_rate: 60,
        stale_after: Seconds::new(60),
        rules: 1,
    }
}

pub fn genesis() -> Genesis {
    Genesis {
        chain_id: chain_id(),
        time: GENESIS,
        validators: vec![Validator { key: [6; 32], power: 10 }],
        parameters: parameters(),
        roles: vec![Service::new(Role::Bank, 22).record],
        programmes: vec![programme()],
    }
}

pub fn supply() -> Supply {
    Supply {
        issued: points(10_500),
        spendable: Lots::of(month(2031, 11), points(7_000)),
        held: Lots::of(month(2031, 11), points(3_000)),
        spent: points(500),
        month: Some(month(2026, 11)),
        ..Supply::default()
    }
}

pub fn grant_count() -> GrantCount {
    GrantCount(points(10_000))
}

pub fn entries() -> Vec<(&'static str, Entry)> {
    let payment = PaymentId::from_bytes([7; 32]);
    let other = AccountId::from_bytes([8; 32]);
    let programme = ProgrammeId::new("eco-mileage").unwrap();
    let kinds = [
        ("opened", EntryKind::Opened),
        ("device-replaced", EntryKind::DeviceReplaced { epoch: Epoch::new(1) }),
        ("granted", EntryKind::Granted { programme, points: points(10_000) }),
        ("sent", EntryKind::Sent { to: other, points: points(500) }),
        ("received", EntryKind::Received { from: other, points: points(500) }),
        ("held", EntryKind::Held { payment, points: points(3_000), won: won(4_500) }),
        ("captured", EntryKind::Captured { payment }),
        ("released", EntryKind::Released { payment, expired: points(1) }),
        ("lapsed", EntryKind::Lapsed { payment, expired: points(2) }),
        ("expired", EntryKind::Expired { points: points(3) }),
    ];
    let entry = |(index, (name, kind))| {
        let cause = if matches!(kind, EntryKind::Lapsed { .. } | EntryKind::Expired { .. }) {
            Cause::Block
        } else {
            Cause::Transaction(TransactionId::from_bytes([2; 32]))
        };
        (name, Entry { index, height: Height::new(9), time: GENESIS, cause, kind })
    };
    (0..).zip(kinds).map(entry).collect()
}

pub fn ending(undoing: Undoing) -> BankEnding {
    BankEnding { payment: PaymentId::from_bytes([7; 32]), undoing, time: GENESIS }
}

pub fn balance() -> BankBalance {
    BankBalance { account: AccountId::from_bytes([8; 32]), won: won(95_500), nonce: [4; 16], time: GENESIS }
}

pub fn acceptance(story: &Story) -> Acceptance {
    Acceptance {
        payment: story.terms.payment,
        order: story.record.order,
        commitment: story.terms.commitment(),
        time: GENESIS,
    }
}

pub fn claim_answers() -> [(&'static str, ClaimAnswer); 2] {
    let answer = |outcome| ClaimAnswer {
        account: AccountId::from_bytes([8; 32]),
        programme: ProgrammeId::new("eco-mileage").unwrap(),
        evidence: Hash::from_bytes([9; 32]),
        outcome,
        time: GENESIS,
    };
    let transaction = TransactionId::from_bytes([2; 32]);
    [
        ("granted", answer(ClaimOutcome::Granted { points: points(10_000), transaction })),
        ("refused", answer(ClaimOutcome::Refused { reason: ClaimRefusal::CapReached })),
    ]
}
