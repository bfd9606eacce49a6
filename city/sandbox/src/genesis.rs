//! How the sandbox's ledger begins: parties, programmes and parameters, each with its date and its source.

use crate::folder::{Folder, FolderError, Secrecy};
use crate::keys::{Keys, OFFICERS, REGISTRARS, RELAYS, TRUSTEES};
use citizen_coin::ProgrammeRecord;
use citizen_keys::SigningKey;
use citizen_ledger::parameters::RULES;
use citizen_ledger::{Dated, Genesis, Parameters, Role, RoleRecord, Validator};
use citizen_primitives::{Canonical as _, ChainId, Hash, Seconds, Text, UnixTime, Won};
use city_services::treasury::default_programmes;

/// A text or an amount in this program's own data is not valid; a test would have found it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the sandbox's own data are not valid: {0}")]
pub struct DataError(pub &'static str);

/// 1 January 2019, 00:00 in Seoul: before any of this began.
pub(crate) const BEGAN: UnixTime = UnixTime::from_seconds(1_546_268_400);

/// The genesis in the folder, or a new one that begins now.
pub fn open(folder: &Folder, keys: &Keys, now: UnixTime) -> Result<Genesis, OpenError> {
    if let Some(bytes) = folder.read("genesis")? {
        return Genesis::from_canonical(&bytes)
            .map_err(|_| FolderError::Damaged(folder.file("genesis")).into());
    }
    let genesis = genesis(keys, now)?;
    folder.write("genesis", &genesis.to_canonical(), Secrecy::Open)?;
    Ok(genesis)
}

/// Why there is no genesis.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The folder.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// The sandbox's data.
    #[error(transparent)]
    Data(#[from] DataError),
}

/// A ledger with the sandbox's parties that begins at `now`. Its name holds a digest of the validators: two folders are two ledgers.
pub fn genesis(keys: &Keys, now: UnixTime) -> Result<Genesis, DataError> {
    let validator = |seed| Validator { key: ed25519(&Keys::signing(seed)), power: 10 };
    let validators: Vec<_> = keys.validators.iter().map(validator).collect();
    let bytes: Vec<_> = validators.iter().map(|validator| validator.key.as_slice()).collect();
    let name: String = Hash::plain(&bytes).to_hex().chars().take(8).collect();
    Ok(Genesis {
        chain_id: ChainId::new(&format!("seoul-sandbox-{name}")).map_err(|_| DataError("chain id"))?,
        time: now,
        validators,
        parameters: parameters()?,
        roles: roles(keys)?,
        programmes: programmes(&Keys::signing(&keys.treasury))?,
    })
}

fn parameters() -> Result<Parameters, DataError> {
    let expiry = Dated {
        from: BEGAN,
        value: 5,
        source: text("Five years from the grant (webzine.smc.seoul.kr, 2024-04-18)")?,
    };
    let cosign = Dated {
        from: BEGAN,
        value: Won::new(200_000).map_err(|_| DataError("co-signature limit"))?,
        source: text("The sandbox's choice")?,
    };
    Ok(Parameters {
        validity_window: 1_000,
        longest_hold: Seconds::new(15 * 60),
        expiry_years: vec![expiry],
        cosign_above: vec![cosign],
        governors: 3,
        account_rate: 120,
        stale_after: Seconds::new(60),
        rules: RULES,
    })
}

fn roles(keys: &Keys) -> Result<Vec<RoleRecord>, DataError> {
    let mut roles = vec![
        role(Role::Treasury, &keys.treasury, None, ["서울 샌드박스 재무국", "Sandbox Treasury"])?,
        role(
            Role::Centre,
            &keys.centre,
            Some(&keys.centre_sealing),
            ["제로페이 샌드박스 센터", "Sandbox ZeroPay Centre"],
        )?,
        role(Role::Bank, &keys.bank, None, ["샌드박스 은행", "Sandbox Bank"])?,
        role(Role::ElectionOffice, &keys.office, None, ["샌드박스 투표 사무국", "Sandbox Election Office"])?,
    ];
    for seed in &keys.governors {
        roles.push(role(Role::Governor, seed, None, ["샌드박스 운영 기관", "Sandbox Governor"])?);
    }
    let registrars = keys.registrars.iter().zip(&keys.registrars_sealing).zip(REGISTRAR_NAMES);
    for ((seed, sealing), names) in registrars {
        roles.push(role(Role::Registrar, seed, Some(sealing), names)?);
    }
    for (seed, names) in keys.relays.iter().zip(RELAY_NAMES) {
        roles.push(role(Role::Relay, seed, None, names)?);
    }
    let trustees = keys.trustees.iter().zip(&keys.trustees_sealing).zip(TRUSTEE_NAMES);
    for ((seed, sealing), names) in trustees {
        roles.push(role(Role::Trustee, seed, Some(sealing), names)?);
    }
    let officers = keys.officers.iter().zip(&keys.officers_sealing).zip(OFFICER_NAMES);
    for ((seed, sealing), names) in officers {
        roles.push(role(Role::RecoveryOfficer, seed, Some(sealing), names)?);
    }
    Ok(roles)
}

/// Who keeps the roll: three houses that do not answer to each other.
pub(crate) const REGISTRAR_NAMES: [[&str; 2]; REGISTRARS] = [
    ["샌드박스 시청 등록소", "Sandbox City Registrar"],
    ["샌드박스 선거감시단 등록소", "Sandbox Election Watchdog"],
    ["샌드박스 주민자치회 등록소", "Sandbox Residents' Association"],
];

/// Who carries ballots.
pub(crate) const RELAY_NAMES: [[&str; 2]; RELAYS] =
    [["샌드박스 도서관 중계", "Sandbox Library Relay"], ["샌드박스 대학 중계", "Sandbox University Relay"]];

/// Who holds the election key in shares.
const TRUSTEE_NAMES: [[&str; 2]; TRUSTEES] = [
    ["샌드박스 시 수탁자", "Sandbox City Trustee"],
    ["샌드박스 의회 수탁자", "Sandbox Council Trustee"],
    ["샌드박스 대학 수탁자", "Sandbox University Trustee"],
    ["샌드박스 감사단 수탁자", "Sandbox Audit Trustee"],
    ["샌드박스 시민단 수탁자", "Sandbox Citizens' Trustee"],
];

/// Who sees who asks for the recovery of an account: two file a case, two others look again.
const OFFICER_NAMES: [[&str; 2]; OFFICERS] = [
    ["샌드박스 시청 복구 담당자", "Sandbox City Recovery Officer"],
    ["샌드박스 마포구청 복구 담당자", "Sandbox Mapo Recovery Officer"],
    ["샌드박스 종로구청 복구 담당자", "Sandbox Jongno Recovery Officer"],
    ["샌드박스 관악구청 복구 담당자", "Sandbox Gwanak Recovery Officer"],
    ["샌드박스 송파구청 복구 담당자", "Sandbox Songpa Recovery Officer"],
];

fn role(
    role: Role,
    seed: &[u8; 32],
    sealing: Option<&[u8; 32]>,
    names: [&str; 2],
) -> Result<RoleRecord, DataError> {
    let [name_ko, name_en] = names;
    Ok(RoleRecord {
        role,
        key: Keys::signing(seed).public(),
        sealing: sealing.map(|seed| *Keys::sealing(seed).public().as_bytes()),
        name_ko: text(name_ko)?,
        name_en: text(name_en)?,
        from: BEGAN,
        until: None,
    })
}

/// What the treasury grants for, with its own caps and sources.
fn programmes(treasury: &SigningKey) -> Result<Vec<ProgrammeRecord>, DataError> {
    let programmes = default_programmes().map_err(|_| DataError("programmes"))?;
    Ok(programmes.iter().map(|programme| programme.record(treasury.id())).collect())
}

fn ed25519(key: &SigningKey) -> [u8; 32] {
    key.public().as_bytes().first_chunk().copied().unwrap_or_default()
}

pub(crate) fn text(text: &str) -> Result<Text, DataError> {
    Text::new(text).map_err(|_| DataError("text"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use citizen_primitives::random::system;

    #[test]
    fn the_ledger_can_begin_and_two_folders_are_two_ledgers() {
        let now = UnixTime::from_seconds(1_763_683_500);
        let first = genesis(&Keys::generate(&mut system()), now).unwrap();
        let second = genesis(&Keys::generate(&mut system()), now).unwrap();
        city_state::begin(&first).unwrap();
        assert_ne!(first.chain_id, second.chain_id);
        assert!(first.validators.iter().all(|validator| validator.key != [0; 32]));
    }

    #[test]
    fn the_genesis_is_made_once() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::open(home.path()).unwrap();
        let keys = Keys::open(&folder, &mut system()).unwrap();
        let at = UnixTime::from_seconds;
        let first = open(&folder, &keys, at(1_763_683_500)).unwrap();
        assert_eq!(open(&folder, &keys, at(1_800_000_000)).unwrap(), first);
        std::fs::write(folder.file("genesis"), "x").unwrap();
        assert!(matches!(open(&folder, &keys, at(1)), Err(OpenError::Folder(FolderError::Damaged(_)))));
    }
}
