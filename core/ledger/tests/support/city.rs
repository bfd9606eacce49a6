//! A chain of blocks over a state: header h+1 commits to the state after block h.

use super::sealer::{self, Content, Validators};
use super::tree::Tree;
use super::{GENESIS, chain_id};
use citizen_ledger::inclusion::{data_hash, results_hash};
use citizen_ledger::{
    HeaderProof, LightBlock, Outcome, ProvenState, StateKey, TransactionOutcomeProof, TransactionProof,
    history, inclusion, state_key,
};
use citizen_merkle::{Frontier, InclusionProof, MemoryTree, leaf_hash};
use citizen_primitives::{Canonical, Hash, Height, Seconds, UnixTime};

/// What one block does to the state.
#[derive(Clone, Default)]
pub struct Block {
    writes: Vec<(StateKey, Option<Vec<u8>>)>,
    transactions: Vec<(Vec<u8>, Outcome)>,
    next_validators: Option<Validators>,
}

impl Block {
    pub fn write(mut self, key: StateKey, record: &impl Canonical) -> Self {
        self.writes.push((key, Some(record.to_canonical())));
        self
    }

    pub fn remove(mut self, key: StateKey) -> Self {
        self.writes.push((key, None));
        self
    }

    pub fn transaction(mut self, bytes: &[u8], code: u32) -> Self {
        self.transactions.push((bytes.to_vec(), Outcome::of_code(code)));
        self
    }

    pub fn next_validators(mut self, validators: &Validators) -> Self {
        self.next_validators = Some(validators.clone());
        self
    }
}

pub struct City {
    validators: Validators,
    tree: Tree,
    root: Hash,
    frontier: Frontier,
    headers: MemoryTree,
    blocks: Vec<(LightBlock, Block)>,
    late: Seconds,
}

impl City {
    /// A city whose genesis state is empty but for the history, and no block yet.
    pub fn new(validators: Validators) -> Self {
        let mut tree = Tree::default();
        let genesis = [(state_key::header_history(), Some(Frontier::new().to_canonical()))];
        let root = tree.write(0, &genesis);
        Self {
            validators,
            tree,
            root,
            frontier: Frontier::new(),
            headers: MemoryTree::default(),
            blocks: Vec::new(),
            late: Seconds::new(0),
        }
    }

    /// Seals the next block, 10 seconds after the last, and executes it.
    pub fn seal(&mut self, block: Block) -> &LightBlock {
        let height = self.height() + 1;
        let next = block.next_validators.clone().unwrap_or_else(|| self.validators.clone());
        let last = self.blocks.last();
        let content = Content {
            chain_id: chain_id(),
            height,
            time: time_of(height).plus(self.late),
            app_hash: self.root,
            data_hash: data_hash(block.transactions.iter().map(|(bytes, _)| bytes.as_slice())),
            results_hash: results_hash(
                last.into_iter().flat_map(|(_, last)| last.transactions.iter().map(|(_, outcome)| outcome)),
            ),
            next_validators_hash: next.hash(),
            last: last.map(|(last, _)| sealer::block_id(last.signed_header().header())),
        };
        let sealed = sealer::seal(&content, &self.validators, |_| true);
        let leaf = history::leaf(&sealed.header_hash());
        self.frontier.append(leaf);
        self.headers.append(leaf);
        let mut writes = block.writes.clone();
        writes.push((state_key::header_history(), Some(self.frontier.to_canonical())));
        self.root = self.tree.write(height, &writes);
        self.validators = next;
        self.blocks.push((sealed, block));
        &self.blocks.last().unwrap().0
    }

    /// So long no block is sealed.
    pub fn pass(&mut self, seconds: Seconds) {
        self.late = Seconds::new(self.late.count() + seconds.count());
    }

    /// Seals so many blocks without content.
    pub fn idle(&mut self, blocks: u64) {
        for _ in 0..blocks {
            self.seal(Block::default());
        }
    }

    pub fn height(&self) -> u64 {
        u64::try_from(self.blocks.len()).unwrap()
    }

    pub fn block(&self, height: u64) -> &LightBlock {
        &self.blocks[usize::try_from(height).unwrap() - 1].0
    }

    pub fn newest(&self) -> &LightBlock {
        self.block(self.height())
    }

    /// Values proved under the header at `height`.
    pub fn state(&self, height: u64, keys: &[StateKey]) -> ProvenState {
        let values = keys.iter().map(|key| self.tree.prove(height - 1, key)).collect();
        ProvenState { height: Height::new(height), values }
    }

    /// That the header at `old` is in the history under the header at `newer`.
    pub fn header_proof(&self, old: u64, newer: u64) -> HeaderProof {
        HeaderProof {
            history: self.tree.prove(newer - 1, &state_key::header_history()),
            inclusion: InclusionProof::prove(&self.headers, old - 1, newer - 1).unwrap(),
        }
    }

    /// That a transaction is in the block at `height`, and what came of it.
    pub fn transaction_proof(&self, height: u64, index: u64) -> (TransactionProof, TransactionOutcomeProof) {
        let transactions = &self.blocks[usize::try_from(height).unwrap() - 1].1.transactions;
        let leaves = transactions.iter().map(|(bytes, _)| inclusion::transaction_leaf(bytes));
        let results = transactions.iter().map(|(_, outcome)| leaf_hash(&outcome.to_bytes()));
        let (transaction, outcome) = transactions[usize::try_from(index).unwrap()].clone();
        let prove = |tree: MemoryTree| tree.prove_inclusion(index).unwrap();
        let included = TransactionProof { transaction, inclusion: prove(MemoryTree::of(leaves)) };
        (included, TransactionOutcomeProof { outcome, inclusion: prove(MemoryTree::of(results)) })
    }
}

/// The time of the block at a height.
pub fn time_of(height: u64) -> UnixTime {
    GENESIS.plus(Seconds::new(10 * height))
}
