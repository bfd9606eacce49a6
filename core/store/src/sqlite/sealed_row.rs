//! A row as it lies on disk: its name a keyed hash, its key and value sealed together (STORE-3, STORE-4).
//!
//! ```text
//! family = HMAC(name key, 01 ‖ table)                      which rows belong together
//! name   = HMAC(name key, 02 ‖ length of table ‖ table ‖ key)
//! value  = seal(value key, context = label ‖ version ‖ family ‖ name, pad(borsh(table, key, value)))
//! ```

use crate::row::{Row, Table, Value};
use crate::store::StoreError;
use citizen_keys::padding::{pad, unpad};
use citizen_keys::{Purpose, Secret32, sealing};
use citizen_primitives::Label;
use rand_core::CryptoRng;
use zeroize::Zeroizing;

const NAMES: Purpose = Purpose::new("store-names");
const VALUES: Purpose = Purpose::new("store-values");

/// The layout of a sealed row; part of what is authenticated.
const LAYOUT: u8 = 2;

pub(super) struct RowSealer {
    names: Secret32,
    values: Secret32,
}

impl RowSealer {
    pub(super) fn new(key: &Secret32) -> Self {
        Self { names: key.derive(NAMES, &[]), values: key.derive(VALUES, &[]) }
    }

    pub(super) fn family(&self, table: Table) -> [u8; 32] {
        self.names.keyed_hash(&[&[1], table.name().as_bytes()].concat())
    }

    pub(super) fn name(&self, row: &Row) -> [u8; 32] {
        let table = row.table().name().as_bytes();
        let length = u8::try_from(table.len()).unwrap_or(u8::MAX);
        self.names.keyed_hash(&[&[2, length], table, row.key()].concat())
    }

    pub(super) fn seal(
        &self,
        rng: &mut dyn CryptoRng,
        row: &Row,
        value: &[u8],
    ) -> Result<Vec<u8>, StoreError> {
        let context = context(&self.family(row.table()), &self.name(row));
        self.seal_bytes(rng, &context, &pad(&encode(row, value)?))
    }

    pub(super) fn open(
        &self,
        family: &[u8; 32],
        name: &[u8; 32],
        sealed: &[u8],
    ) -> Result<(Row, Value), StoreError> {
        let padded = self.open_bytes(&context(family, name), sealed)?;
        decode(unpad(&padded).ok_or(StoreError::Damaged)?)
    }

    /// A row of the first layout: no family, no padding.
    pub(super) fn open_layout_1(&self, name: &[u8; 32], sealed: &[u8]) -> Result<(Row, Value), StoreError> {
        let mut context = Label::StoreRow.message(&[1]);
        context.extend_from_slice(name);
        decode(&self.open_bytes(&context, sealed)?)
    }

    pub(super) fn seal_bytes(
        &self,
        rng: &mut dyn CryptoRng,
        context: &[u8],
        plain: &[u8],
    ) -> Result<Vec<u8>, StoreError> {
        // Sealing fails above 2^38 bytes only.
        sealing::seal(rng, &self.values, context, plain).map_err(|_| StoreError::Full)
    }

    pub(super) fn open_bytes(&self, context: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        sealing::open(&self.values, context, sealed).map_err(|_| StoreError::Damaged)
    }
}

fn context(family: &[u8; 32], name: &[u8; 32]) -> Vec<u8> {
    let mut context = Label::StoreRow.message(&[LAYOUT]);
    context.extend_from_slice(family);
    context.extend_from_slice(name);
    context
}

fn encode(row: &Row, value: &[u8]) -> Result<Zeroizing<Vec<u8>>, StoreError> {
    // Writing into memory fails above 2^32 bytes only.
    borsh::to_vec(&(row.table().name(), row.key(), value)).map(Zeroizing::new).map_err(|_| StoreError::Full)
}

fn decode(bytes: &[u8]) -> Result<(Row, Value), StoreError> {
    let (table, key, value): (String, Vec<u8>, Vec<u8>) =
        borsh::from_slice(bytes).map_err(|_| StoreError::Damaged)?;
    let value = Zeroizing::new(value);
    let table = Table::named(&table).ok_or(StoreError::Damaged)?;
    Ok((Row::new(table, key), value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;

    #[test]
    fn store_4_a_row_opens_in_its_own_place_alone() {
        let sealer = RowSealer::new(&Secret32::take(Zeroizing::new([1; 32])));
        let (row, other) = (Row::new(Table::Payments, b"a"), Row::new(Table::Payments, b"b"));
        let (family, name) = (sealer.family(Table::Payments), sealer.name(&row));
        let sealed = sealer.seal(&mut StdRng::seed_from_u64(1), &row, b"12,000").unwrap();
        let (found, value) = sealer.open(&family, &name, &sealed).unwrap();
        assert_eq!((found == row, value.as_slice()), (true, &b"12,000"[..]));
        assert!(sealer.open(&family, &sealer.name(&other), &sealed).is_err());
        assert!(sealer.open(&sealer.family(Table::Outbox), &name, &sealed).is_err());
    }

    #[test]
    fn store_3_amounts_of_different_sizes_have_the_same_length_on_disk() {
        let sealer = RowSealer::new(&Secret32::take(Zeroizing::new([1; 32])));
        let row = Row::new(Table::Payments, [7; 32]);
        let length =
            |value: &str| sealer.seal(&mut StdRng::seed_from_u64(1), &row, value.as_bytes()).unwrap().len();
        assert_eq!(length("7"), length("1,000,000,000"));
    }

    #[test]
    fn tables_and_keys_never_share_a_name() {
        let sealer = RowSealer::new(&Secret32::take(Zeroizing::new([1; 32])));
        let names = Table::ALL.map(|table| sealer.name(&Row::new(table, b"x")));
        let families = Table::ALL.map(|table| sealer.family(table));
        let distinct: std::collections::BTreeSet<_> = names.iter().chain(&families).collect();
        assert_eq!(distinct.len(), 2 * Table::ALL.len());
    }
}
