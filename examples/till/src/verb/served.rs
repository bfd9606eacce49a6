//! Marking a payment as served, once in the whole shop: on this till's disk, then by the centre's signed word.

use crate::desk::{Centre, Desk};
use crate::failure::Failure;
use crate::journal::{ReceiptEntry, ReceiptStage};
use crate::link::{self, Asked};
use citizen_client::api::TillAnswer;
use citizen_payment::till::MerchantAct;
use citizen_primitives::{PaymentId, Text, UnixTime};

/// What came of it.
pub(super) enum Served {
    /// This till took it, now.
    First { time: UnixTime },
    /// A counter of the shop took it before.
    Before { counter: String, time: UnixTime },
}

impl Desk {
    /// Marks a payment. `owed` if the goods are handed over whatever the answer: then it is asked until it is known.
    ///
    /// The nonce is on the disk before it is sent (TILL-4): after a lost answer the centre knows the request again, and says that this till
    /// was the first.
    pub(super) async fn serve(
        &self,
        centre: &Centre,
        payment: &PaymentId,
        owed: bool,
    ) -> Result<Served, Failure> {
        let nonce = match self.journal.known_receipt(payment)? {
            Some(ReceiptEntry { stage: ReceiptStage::Taken { counter, time }, .. }) => {
                return Ok(Served::Before { counter, time });
            }
            Some(ReceiptEntry { nonce, stage: ReceiptStage::Asked { .. } }) => nonce,
            None => link::nonce(),
        };
        let asked = ReceiptEntry { nonce, stage: ReceiptStage::Asked { owed } };
        self.journal.receipt(payment, &asked)?;
        // The ledger may show the capture a moment before the centre has it in its book.
        let patience = link::Patience::of(10);
        let word = loop {
            match self.ask_again(centre, MerchantAct::Serve { payment: *payment }, nonce).await {
                Asked::Answered(word) => break word,
                Asked::Refused(reason) if reason == "not-paid" && patience.goes_on().await => {}
                Asked::Refused(reason) => return Err(Failure::refused("centre", &reason)),
                Asked::Unanswered(failure) => return Err(failure),
            }
        };
        let TillAnswer::Served { first, counter, time } = &word.value().answer else {
            return Err(link::of_another_kind(&word.value().answer));
        };
        let counter = Text::new(counter).map_err(|_| Failure::unverified("answer", "centre"))?;
        let (counter, time) = (counter.as_str().to_owned(), UnixTime::from_seconds(*time));
        let stage = ReceiptStage::Taken { counter: counter.clone(), time };
        self.journal.receipt(payment, &ReceiptEntry { nonce, stage })?;
        Ok(if *first { Served::First { time } } else { Served::Before { counter, time } })
    }
}
