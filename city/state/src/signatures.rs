//! The signatures of a block, or of transactions that came together, checked together; the verdict on each is the one it would have alone (STATE-9).

use citizen_keys::{BatchItem, PublicKey, Signature, verify_batch};
use citizen_ledger::Rejection;
use citizen_ledger::transaction::{CheckedTransaction, SignedTransaction, TransactionBody};
use citizen_primitives::{ChainId, Label};
use std::num::NonZeroUsize;

/// A transaction as far as it can be judged without the state.
pub(crate) type Judged = Result<CheckedTransaction, Rejection>;

struct Decoded {
    signed: SignedTransaction,
    body: TransactionBody,
    signatures: Vec<(PublicKey, Signature)>,
}

/// Judges every transaction on so many threads; the verdicts do not depend on how many.
pub(crate) fn judge(transactions: &[Vec<u8>], chain_id: &ChainId, threads: NonZeroUsize) -> Vec<Judged> {
    let share = transactions.len().div_ceil(threads.get()).max(1);
    if threads.get() == 1 || transactions.len() <= share {
        return judge_share(transactions, chain_id);
    }
    std::thread::scope(|scope| {
        let workers: Vec<_> = transactions
            .chunks(share)
            .map(|part| (part, scope.spawn(move || judge_share(part, chain_id))))
            .collect();
        // A worker that died judged nothing: its share is judged here.
        workers
            .into_iter()
            .flat_map(|(part, worker)| worker.join().unwrap_or_else(|_| judge_share(part, chain_id)))
            .collect()
    })
}

fn judge_share(transactions: &[Vec<u8>], chain_id: &ChainId) -> Vec<Judged> {
    let decoded: Vec<Result<Decoded, Rejection>> = transactions.iter().map(|bytes| decode(bytes)).collect();
    let items: Vec<BatchItem<'_>> = decoded.iter().flatten().flat_map(batch_items).collect();
    let all_verify = verify_batch(&items).is_ok();
    decoded
        .into_iter()
        .map(|decoded| decoded.and_then(|decoded| conclude(decoded, chain_id, all_verify)))
        .collect()
}

fn decode(bytes: &[u8]) -> Result<Decoded, Rejection> {
    let (signed, body) = SignedTransaction::decode(bytes)?;
    let signatures = signed.signatures(&body)?;
    Ok(Decoded { signed, body, signatures })
}

fn batch_items(decoded: &Decoded) -> impl Iterator<Item = BatchItem<'_>> {
    let bytes = decoded.signed.body.as_slice();
    let items = decoded.signatures.iter();
    items.map(move |(key, signature)| BatchItem { key, label: Label::Transaction, bytes, signature })
}

fn conclude(decoded: Decoded, chain_id: &ChainId, all_verify: bool) -> Judged {
    let Decoded { signed, body, signatures } = decoded;
    if !all_verify {
        for (key, signature) in &signatures {
            key.verify(Label::Transaction, &signed.body, signature).map_err(|_| Rejection::Signature)?;
        }
    }
    signed.dangerous_assume_signed(body, chain_id)
}
