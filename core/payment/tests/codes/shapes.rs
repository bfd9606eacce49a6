//! Texts of other schemes and of none: the cases of `vectors/shapes/cases.txt`.

use super::case::{Case, assert_alone, assert_outcomes};

pub(crate) fn cases() -> Vec<Case> {
    Case::all(include_str!("../../vectors/shapes/cases.txt"))
}

#[test]
fn code_1_code_3_every_case_is_accepted_or_refused_by_its_rule_at_its_place() {
    assert_outcomes(&cases(), None);
}

#[test]
fn code_1_code_3_every_case_breaks_its_rule_alone_and_none_once_mended() {
    assert_alone(&cases());
}
