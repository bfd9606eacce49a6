//! How many rows there are and a digest of their names, so that a row that vanished is noticed (STORE-6).
//!
//! SQLite has no checksums on its pages: a flipped bit in a name would make a row look as if it had never been.

use crate::sqlite::fault::fault;
use crate::sqlite::sealed_row::RowSealer;
use crate::sqlite::{load_guard, put_guard};
use crate::store::StoreError;
use borsh::{BorshDeserialize, BorshSerialize};
use citizen_primitives::{Canonical as _, Hash};
use rand_core::CryptoRng;
use rusqlite::Connection;

pub(super) const CENSUS_ROW: &str = "census";
const CONTEXT: &[u8] = b"census";

#[derive(Clone, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) struct Census {
    rows: u64,
    /// The exclusive or of every row's digest, so that order does not matter and one row is taken out in one step.
    names: [u8; 32],
}

citizen_primitives::canonical!(Census = 1);

impl Census {
    /// Reads the census and counts again.
    pub(super) fn load(connection: &Connection, sealer: &RowSealer) -> Result<Self, StoreError> {
        let counted = Self::count(connection)?;
        let written = match load_guard(connection, CENSUS_ROW)? {
            Some(sealed) => Self::from_canonical(&sealer.open_bytes(CONTEXT, &sealed)?),
            None => Ok(Self::default()),
        };
        if written.is_ok_and(|written| written == counted) { Ok(counted) } else { Err(StoreError::Damaged) }
    }

    pub(super) fn count(connection: &Connection) -> Result<Self, StoreError> {
        let mut census = Self::default();
        let mut query = connection.prepare("SELECT family, name FROM rows").map_err(fault)?;
        let mut rows = query.query([]).map_err(fault)?;
        while let Some(row) = rows.next().map_err(fault)? {
            census.add(&row.get(0).map_err(fault)?, &row.get(1).map_err(fault)?);
        }
        Ok(census)
    }

    pub(super) fn add(&mut self, family: &[u8; 32], name: &[u8; 32]) {
        self.rows = self.rows.wrapping_add(1);
        self.toggle(family, name);
    }

    pub(super) fn remove(&mut self, family: &[u8; 32], name: &[u8; 32]) -> Result<(), StoreError> {
        self.rows = self.rows.checked_sub(1).ok_or(StoreError::Damaged)?;
        self.toggle(family, name);
        Ok(())
    }

    pub(super) fn save(
        &self,
        connection: &Connection,
        sealer: &RowSealer,
        rng: &mut dyn CryptoRng,
    ) -> Result<(), StoreError> {
        put_guard(connection, CENSUS_ROW, &sealer.seal_bytes(rng, CONTEXT, &self.to_canonical())?)
    }

    fn toggle(&mut self, family: &[u8; 32], name: &[u8; 32]) {
        let digest = Hash::plain(&[family, name]);
        for (sum, byte) in self.names.iter_mut().zip(digest.as_bytes()) {
            *sum ^= byte;
        }
    }
}
