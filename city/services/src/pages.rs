//! The logs of a poll, read page by page by work that goes through them several times. It runs in a thread of its own and
//! asks for the next page, which is fetched here: a log may be longer than what anybody keeps in memory.

use crate::error::ServiceError;
use crate::party::Party;
use citizen_client::{LogLeaf, LogPages};
use citizen_ledger::{LogHead, StateKey, state_key};
use citizen_primitives::Place;
use citizen_voting::verify::{LogReader as _, PollAnchor};
use tokio::sync::{mpsc, oneshot};

/// A page that is wanted.
struct Wanted {
    log: StateKey,
    from: u64,
    answer: oneshot::Sender<Result<Vec<LogLeaf>, ServiceError>>,
}

/// A log as its reader sees it.
pub(crate) type Pages = LogPages<Box<dyn FnMut(u64) -> Result<Vec<LogLeaf>, ServiceError> + Send>>;

/// Does work over the board and the issuance log of a poll.
pub(crate) async fn with_logs<T: Send + 'static>(
    party: &Party,
    place: Place,
    anchor: &PollAnchor,
    work: impl FnOnce(&mut Pages, &mut Pages) -> T + Send + 'static,
) -> Result<T, ServiceError> {
    let (wanted, mut asked) = mpsc::channel(1);
    let mut board = pages(state_key::board(&anchor.poll), &anchor.board, wanted.clone());
    let mut issuance = pages(state_key::issuance(&anchor.poll), &anchor.issuance, wanted);
    let working = tokio::task::spawn_blocking(move || work(&mut board, &mut issuance));
    while let Some(Wanted { log, from, answer }) = asked.recv().await {
        let page = party.ledger().log_leaves(place, &log, from).await.map_err(ServiceError::from);
        // Whoever has stopped reading wants no page.
        let _ = answer.send(page);
    }
    working.await.map_err(|error| {
        tracing::error!(%error, "work over a public log broke off");
        ServiceError::Unavailable
    })
}

fn pages(log: StateKey, head: &LogHead, wanted: mpsc::Sender<Wanted>) -> Pages {
    let fetch = move |from| {
        let (answer, answered) = oneshot::channel();
        let wants = Wanted { log: log.clone(), from, answer };
        wanted.blocking_send(wants).map_err(|_| ServiceError::Stopped)?;
        answered.blocking_recv().map_err(|_| ServiceError::Stopped)?
    };
    LogPages::new(head, Box::new(fetch))
}

/// Goes through a log from its beginning.
pub(crate) fn each<E: From<ServiceError>>(
    log: &mut Pages,
    mut take: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    log.restart()?;
    while let Some(entry) = log.next_entry()? {
        take(&entry)?;
    }
    Ok(())
}
