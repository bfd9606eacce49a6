//! Drawing codes: QR symbols and Code 128 bars, as PNG, SVG or grey pixels.

mod code128;
pub mod distort;
mod picture;
mod qr;

pub use code128::{BAR_QUIET_ZONE, LONGEST_BAR_TEXT, code128_image, code128_png, code128_svg};
pub use picture::{encode_jpeg, encode_png};
pub use qr::{ErrorCorrection, QUIET_ZONE, qr_image, qr_png, qr_svg};

/// Why a symbol is not drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// No version of the symbol holds the text at this error correction.
    #[error("text too long for a symbol")]
    TooLong,
    /// Code 128 here holds space to `~`, and at least one of them.
    #[error("text that bars do not hold")]
    Characters,
    /// A module is 1 to 64 pixels wide, a bar 1 to 4,096 pixels high.
    #[error("module size out of range")]
    ModuleSize,
    /// The picture cannot be encoded.
    #[error("picture not encoded")]
    Encoding,
}
