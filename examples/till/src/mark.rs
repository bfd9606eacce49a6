//! "How do I know this?": what stands behind every number, in the words of the wallet's contract.

use crate::catalogue::{Message, message};
use citizen_ledger::{Attested, Provenance, Trust, Word};
use serde_json::{Value, json};

/// Checked by this till: the block, its time, who signed it.
pub(crate) fn verified(provenance: &Provenance) -> Value {
    let Provenance {
        height,
        time,
        header_hash,
        app_hash,
        signers,
        validators,
        power_percent,
        trust,
        through,
    } = provenance;
    let trust = match trust {
        Trust::File => "file",
        Trust::FirstUse => "first-use",
    };
    let mut mark = json!({
        "height": height.value(),
        "time": time.to_rfc3339(),
        "header_hash": header_hash.to_hex(),
        "app_hash": app_hash.to_hex(),
        "signers": signers,
        "validators": validators,
        "power_percent": power_percent,
        "trust": trust,
    });
    if let (Value::Object(fields), Some(through)) = (&mut mark, through) {
        fields.insert("through".to_owned(), json!(through.value()));
    }
    mark
}

/// One party's word: who, and when.
pub(crate) fn attested<T: Word>(word: &Attested<T>) -> Value {
    let by = word.by();
    json!({
        "by": { "ko": by.name_ko.as_str(), "en": by.name_en.as_str() },
        "time": word.time().to_rfc3339(),
    })
}

/// The line for people under what was proved.
pub(crate) fn line(provenance: &Provenance) -> Message {
    let Provenance { height, time, signers, validators, .. } = provenance;
    let (height, time) = (height.value(), time.to_kst());
    message(
        format!("  이 단말기가 확인: 블록 {height}, {time}, 서명 {validators} 중 {signers}"),
        format!("  checked by this till: block {height}, {time}, {signers} of {validators} signatures"),
    )
}
