//! Randomness as an argument: `&mut dyn CryptoRng` everywhere below the facade.

pub use rand_core::CryptoRng;

/// Fills a fresh array.
#[must_use]
pub fn generate_array<const N: usize>(rng: &mut dyn CryptoRng) -> [u8; N] {
    let mut bytes = [0; N];
    rng.fill_bytes(&mut bytes);
    bytes
}

/// The operating system's randomness.
#[cfg(feature = "system")]
#[must_use]
pub fn system() -> rand_core::UnwrapErr<getrandom::SysRng> {
    rand_core::UnwrapErr(getrandom::SysRng)
}
