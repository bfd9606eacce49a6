//! Previews, as an app's screens take them.

use citizen_wallet_ffi::{Language, preview, preview_states};

#[test]
fn ffi_12_every_named_state_has_its_views_and_its_error_in_both_languages() {
    let states = preview_states();
    assert_eq!(states.len(), 40);
    for state in states {
        let shown = preview(state);
        assert_eq!((shown.state, &shown), (state, &preview(state)), "the same at every call");
        assert!(!shown.views.activity().is_empty());
        if let Some(refusal) = shown.refusal {
            assert_ne!(refusal.code(), "internal");
            assert!(
                !refusal.text(Language::Korean).is_empty() && !refusal.text(Language::English).is_empty()
            );
        }
    }
    let refused = preview_states().into_iter().filter(|state| preview(*state).refusal.is_some());
    assert_eq!(refused.count(), 15);
}
