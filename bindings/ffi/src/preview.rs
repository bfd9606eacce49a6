//! Views for an app's screens before there is a city. Nothing here is proved: a released library is built without it.

use crate::error::WalletError;
use citizen_wallet::view::{PreviewState, PreviewViews};

/// A state's views, and what its call answers instead of a view.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Preview {
    /// The state.
    pub state: PreviewState,
    /// What its screens show: the same types that a wallet answers with.
    pub views: PreviewViews,
    /// The error that its screens show, if it has one.
    pub refusal: Option<WalletError>,
}

/// Every state that screens have to draw.
#[uniffi::export]
#[must_use]
pub fn preview_states() -> Vec<PreviewState> {
    PreviewState::ALL.to_vec()
}

/// A state's views. The same at every call: times stand at 2026-11-21 09:30 in Seoul.
#[uniffi::export]
#[must_use]
pub fn preview(state: PreviewState) -> Preview {
    let refusal = state.refusal().map(WalletError::from);
    Preview { state, views: PreviewViews::of(state), refusal }
}
