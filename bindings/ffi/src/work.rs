//! Where calls run: each on a thread of its own, never on the caller's.
//!
//! The caller's future waits for an answer and does nothing else, so it may be polled on an app's main thread and dropped at any
//! moment (FFI-3). The work may read files, stretch a PIN and wait for a finger without holding up another call. It stops at its
//! next await point when the caller is gone, the token is cancelled or the wallet is released; what is written is written (FFI-16).

use crate::cancel::CancelToken;
use crate::error::{PANIC, RUNTIME, WalletError};
use citizen_wallet::WalletError as Core;
use std::cell::RefCell;
use std::io;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use tokio::runtime::{Builder, Handle};
use tokio::sync::{Semaphore, watch};

/// How many calls are under way at once; the others wait their turn. Fewer than the runtime has threads, so that what the
/// transport does on threads of its own (asking for an address) is never held up by calls.
const AT_ONCE: usize = 64;

static TURNS: Semaphore = Semaphore::const_new(AT_ONCE);

thread_local! {
    /// The call that this thread is busy with.
    static CURRENT: RefCell<Option<Call>> = const { RefCell::new(None) };
}

/// What can stop a call: its caller, its token, its wallet.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// Closed when the caller's future is dropped.
    caller: watch::Receiver<()>,
    token: Option<Arc<CancelToken>>,
    wallet: Option<Arc<CancelToken>>,
}

/// What a call obeys besides its caller.
#[derive(Debug, Clone, Default)]
pub(crate) struct Obeyed {
    pub(crate) token: Option<Arc<CancelToken>>,
    pub(crate) wallet: Option<Arc<CancelToken>>,
}

impl Obeyed {
    /// The app's token alone.
    pub(crate) const fn token(token: Option<Arc<CancelToken>>) -> Self {
        Self { token, wallet: None }
    }
}

/// Work on a thread of its own. Boxed, so that what is around it is compiled once for each type of answer, not for each of a hundred exports.
pub(crate) type Work<T> = Box<dyn FnOnce() -> Doing<T> + Send>;
/// Work under way.
pub(crate) type Doing<T> = Pin<Box<dyn Future<Output = Result<T, Core>>>>;
/// What the caller waits for.
pub(crate) type Answer<T> = Pin<Box<dyn Future<Output = Result<T, WalletError>> + Send>>;

/// A call's work, whatever it answers: all that does not depend on the answer's type is compiled once.
type Job = Work<()>;

/// What has ended, and what it answered.
type Kept<T> = Arc<Mutex<Option<T>>>;

/// Does the work on a thread of its own and waits for it. A panic is an error (FFI-4).
pub(crate) fn run<T: Send + 'static>(
    obeyed: Obeyed,
    work: impl AsyncFnOnce() -> Result<T, Core> + Send + 'static,
) -> Answer<T> {
    answer(obeyed, Box::new(move || Box::pin(work())))
}

#[inline(never)]
fn answer<T: Send + 'static>(obeyed: Obeyed, work: Work<T>) -> Answer<T> {
    let kept: Kept<T> = Arc::default();
    let answer = Arc::clone(&kept);
    let job: Job = Box::new(move || {
        Box::pin(async move {
            let done = work().await?;
            *answer.lock().unwrap_or_else(PoisonError::into_inner) = Some(done);
            Ok(())
        })
    });
    Box::pin(answered(Box::pin(run_job(obeyed, job)), kept))
}

async fn answered<T>(ended: Answer<()>, kept: Kept<T>) -> Result<T, WalletError> {
    ended.await?;
    let answer = kept.lock().unwrap_or_else(PoisonError::into_inner).take();
    answer.ok_or_else(|| Core::Internal { incident: PANIC }.into())
}

async fn run_job(obeyed: Obeyed, job: Job) -> Result<(), WalletError> {
    let runtime = runtime()?;
    let (_here, caller) = watch::channel(());
    let call = Call { caller, token: obeyed.token, wallet: obeyed.wallet };
    let turn = tokio::select! {
        biased;
        () = call.stopped() => return Err(WalletError::Cancelled),
        turn = TURNS.acquire() => turn,
    };
    let thread = call.clone();
    let mut running = runtime.spawn_blocking(move || {
        let _turn = turn;
        perform(thread, job)
    });
    tokio::select! {
        // Whoever stops a call is told so, also when the work has just ended behind its back.
        biased;
        () = call.stopped() => Err(WalletError::Cancelled),
        ended = &mut running => match ended {
            Ok(ended) => Ok(ended?),
            Err(_) => Err(Core::Internal { incident: PANIC }.into()),
        },
    }
}

/// Waits for something foreign on the thread of a call: nothing if the call is stopped first, and the foreign side learns that
/// nobody waits any more.
pub(crate) fn wait<T>(foreign: impl Future<Output = T>) -> Option<T> {
    let call = CURRENT.with_borrow(Option::clone);
    // Without tokio's budget: this loop is one step in the eyes of the runtime.
    park_on(tokio::task::unconstrained(async {
        match call {
            None => Some(foreign.await),
            Some(call) => tokio::select! {
                biased;
                () = call.stopped() => None,
                answer = foreign => Some(answer),
            },
        }
    }))
}

/// Whether the call on this thread was stopped.
pub(crate) fn is_stopped() -> bool {
    CURRENT.with_borrow(|call| call.as_ref().is_some_and(Call::is_stopped))
}

impl Call {
    /// Ends once it is stopped.
    async fn stopped(&self) {
        let mut caller = self.caller.clone();
        tokio::select! {
            _ = caller.changed() => {}
            () = cancelled(self.token.as_ref()) => {}
            () = cancelled(self.wallet.as_ref()) => {}
        }
    }

    fn is_stopped(&self) -> bool {
        let is_cancelled =
            |token: &Option<Arc<CancelToken>>| token.as_ref().is_some_and(|token| token.is_cancelled());
        self.caller.has_changed().is_err() || is_cancelled(&self.token) || is_cancelled(&self.wallet)
    }
}

async fn cancelled(token: Option<&Arc<CancelToken>>) {
    match token {
        Some(token) => token.cancelled().await,
        None => std::future::pending().await,
    }
}

/// How many calls have a thread, also those that nobody waits for any more: for tests.
#[cfg(feature = "counting")]
#[must_use]
pub fn calls_under_way() -> usize {
    AT_ONCE.saturating_sub(TURNS.available_permits())
}

/// Does a call's work on this thread.
fn perform(call: Call, job: Job) -> Result<(), Core> {
    if call.is_stopped() {
        return Err(Core::Cancelled);
    }
    CURRENT.set(Some(call.clone()));
    let _left = Left;
    Handle::current().block_on(async {
        tokio::select! {
            biased;
            ended = job() => ended,
            () = call.stopped() => Err(Core::Cancelled),
        }
    })
}

/// Takes the call off the thread, also when the work panics.
struct Left;

impl Drop for Left {
    fn drop(&mut self) {
        CURRENT.set(None);
    }
}

fn park_on<T>(work: impl Future<Output = T>) -> T {
    let mut work = pin!(work);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        match work.as_mut().poll(&mut context) {
            Poll::Ready(answer) => return answer,
            Poll::Pending => thread::park(),
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// The library's own runtime, made with the first call: one thread drives sockets and timers for the threads of the calls.
fn runtime() -> Result<&'static Handle, WalletError> {
    static RUNNING: OnceLock<Option<Handle>> = OnceLock::new();
    let running = RUNNING.get_or_init(|| start().ok());
    running.as_ref().ok_or_else(|| Core::Internal { incident: RUNTIME }.into())
}

fn start() -> io::Result<Handle> {
    let mut builder = Builder::new_current_thread();
    #[cfg(feature = "https")]
    builder.enable_io();
    let runtime = builder.enable_time().thread_name("citizen-wallet").build()?;
    let handle = runtime.handle().clone();
    thread::Builder::new()
        .name("citizen-wallet".to_owned())
        .spawn(move || runtime.block_on(std::future::pending::<()>()))?;
    Ok(handle)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::{Duration, Instant};

    /// Set when it is dropped.
    struct Probe(Arc<AtomicBool>);

    impl Drop for Probe {
        fn drop(&mut self) {
            self.0.store(true, Ordering::SeqCst);
        }
    }

    /// Within a few minutes: the machine may have much else to do.
    fn in_the_end(condition: impl Fn() -> bool) -> bool {
        let start = Instant::now();
        while !condition() && start.elapsed() < Duration::from_secs(120) {
            thread::sleep(Duration::from_millis(1));
        }
        condition()
    }

    async fn forever(probe: Probe) -> Result<(), Core> {
        std::future::pending::<()>().await;
        drop(probe);
        Ok(())
    }

    #[tokio::test]
    async fn ffi_3_a_dropped_call_stops_at_its_next_await_point() {
        let dropped = Arc::new(AtomicBool::new(false));
        let probe = Probe(Arc::clone(&dropped));
        let call = run(Obeyed::default(), async move || forever(probe).await);
        assert!(tokio::time::timeout(Duration::from_millis(50), call).await.is_err());
        assert!(in_the_end(|| dropped.load(Ordering::SeqCst)));
    }

    #[tokio::test]
    async fn ffi_3_a_token_stops_a_call_also_one_that_cannot_be_interrupted_and_one_that_has_not_begun() {
        let token = CancelToken::new();
        let (is_busy, goes_on) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let (noted, told) = (Arc::clone(&is_busy), Arc::clone(&goes_on));
        let busy = run(Obeyed::token(Some(Arc::clone(&token))), async move || {
            noted.store(true, Ordering::SeqCst);
            while !told.load(Ordering::SeqCst) {
                thread::sleep(Duration::from_millis(1));
            }
            Ok(())
        });
        let stop = async {
            while !is_busy.load(Ordering::SeqCst) {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            token.cancel();
        };
        let (answer, ()) = tokio::join!(busy, stop);
        assert_eq!(answer, Err(WalletError::Cancelled), "while the thread cannot be interrupted");
        goes_on.store(true, Ordering::SeqCst);

        let begun = Arc::new(AtomicBool::new(false));
        let noted = Arc::clone(&begun);
        let late = run(Obeyed::token(Some(token)), async move || {
            noted.store(true, Ordering::SeqCst);
            Ok(())
        });
        assert_eq!(late.await, Err(WalletError::Cancelled));
        assert!(!begun.load(Ordering::SeqCst));
    }

    #[tokio::test]
    async fn ffi_3_a_stopped_call_lets_go_of_the_foreign_side() {
        let dropped = Arc::new(AtomicBool::new(false));
        let probe = Probe(Arc::clone(&dropped));
        let token = CancelToken::new();
        let finger = run(Obeyed::token(Some(Arc::clone(&token))), async move || {
            wait(forever(probe)).unwrap_or(Err(Core::Cancelled))
        });
        let stop = async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            token.cancel();
        };
        assert_eq!(tokio::join!(finger, stop).0, Err(WalletError::Cancelled));
        assert!(in_the_end(|| dropped.load(Ordering::SeqCst)));
    }

    #[tokio::test]
    async fn ffi_4_a_panic_is_an_error_and_the_next_call_runs() {
        let broken = run(Obeyed::default(), async || -> Result<(), Core> { panic!("a fault") });
        assert_eq!(broken.await, Err(WalletError::Internal { incident: "panic".to_owned() }));
        assert_eq!(run(Obeyed::default(), async || Ok(7)).await, Ok(7));
    }

    #[tokio::test]
    async fn more_calls_than_turns_all_come_to_their_end() {
        let calls: Vec<_> = (0..200)
            .map(|number| {
                tokio::spawn(run(Obeyed::default(), async move || {
                    tokio::time::sleep(Duration::from_millis(2)).await;
                    Ok(number)
                }))
            })
            .collect();
        for (number, call) in calls.into_iter().enumerate() {
            assert_eq!(call.await.unwrap(), Ok(number));
        }
    }
}
