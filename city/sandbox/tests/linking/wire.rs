//! Every wire of the city with somebody who writes down what goes over it, over which connection, and in which order: order says more than times.

use async_trait::async_trait;
use citizen_client::{Request, Response, Transport, TransportError, WebRequest, WebResponse};
use city_sandbox::in_process::InProcess;
use std::sync::{Arc, Mutex};

/// A connection. The number is a name: it says nothing about who opened it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineId(usize);

/// Something that went over a connection. Its place in the log is its place in time.
#[derive(Debug, Clone)]
pub struct Seen {
    pub line: LineId,
    pub path: String,
    pub sent: Vec<u8>,
}

/// The net, with its log.
pub struct Wires {
    pub net: InProcess,
    lines: Mutex<usize>,
    seen: Mutex<Vec<Seen>>,
}

impl Wires {
    pub fn new() -> Arc<Self> {
        Arc::new(Self { net: InProcess::default(), lines: Mutex::default(), seen: Mutex::default() })
    }

    /// A new connection.
    pub fn open(self: &Arc<Self>) -> Line {
        let mut lines = self.lines.lock().unwrap();
        *lines += 1;
        Line { id: LineId(*lines), wires: Arc::clone(self) }
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

/// A connection.
#[derive(Clone)]
pub struct Line {
    pub id: LineId,
    wires: Arc<Wires>,
}

#[async_trait]
impl Transport for Line {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let (path, sent) = (request.url.path().to_owned(), request.body.clone());
        self.wires.seen.lock().unwrap().push(Seen { line: self.id, path, sent });
        self.wires.net.send(request).await
    }

    async fn send_web(&self, request: WebRequest) -> Result<WebResponse, TransportError> {
        let (path, sent) = (request.url.path().to_owned(), request.body.clone());
        self.wires.seen.lock().unwrap().push(Seen { line: self.id, path, sent });
        self.wires.net.send_web(request).await
    }
}
