//! The city in processes of its own for everybody.

use citizen_primitives::random::{self, generate_array};
use citizen_wallet::TrustFile;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::net::TcpSocket;
use url::Url;

/// Everybody whom a payment needs.
const PARTS: [&str; 4] = ["ledger", "bank", "centre", "treasury"];

/// The parties of polls, several of each kind.
pub(crate) const VOTING: [&str; 10] = [
    "registrar-0",
    "registrar-1",
    "registrar-2",
    "relay-0",
    "relay-1",
    "trustee-0",
    "trustee-1",
    "trustee-2",
    "trustee-3",
    "trustee-4",
];

/// The city. Whatever happens to the test, none of them outlives it.
pub(crate) struct Apart {
    home: TempDir,
    doors: BTreeMap<&'static str, Door>,
    running: BTreeMap<&'static str, Running>,
    /// In the order in which they start.
    parts: Vec<&'static str>,
    ahead: u64,
}

/// A party's address, held for it from before its first start until the city is no more.
struct Door {
    address: SocketAddr,
    _held: Option<TcpSocket>,
}

/// A child that is killed when nobody holds it any more.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // One that is gone already has nothing to be killed for.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Apart {
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    pub(crate) fn start_with(others: &[&'static str]) -> Self {
        let parts = [PARTS.as_slice(), others].concat();
        let doors = parts.iter().map(|part| (*part, Door::hold())).collect();
        let home = TempDir::new().unwrap();
        let mut city = Self { home, doors, running: BTreeMap::new(), parts, ahead: 0 };
        city.parts.clone().into_iter().for_each(|part| city.serve(part));
        city
    }

    /// Everybody who is there is stopped, and starts again when so many seconds have passed.
    pub(crate) fn sleep(&mut self, seconds: u64) {
        let there: Vec<_> =
            self.parts.iter().copied().filter(|part| self.running.contains_key(part)).collect();
        self.stop();
        self.ahead += seconds;
        there.into_iter().for_each(|part| self.serve(part));
    }

    pub(crate) fn folder(&self, part: &str) -> PathBuf {
        self.home.path().join(part)
    }

    pub(crate) fn url(&self, part: &str) -> Url {
        Url::parse(&format!("http://{}/", self.doors[part].address)).unwrap()
    }

    /// Starts a part and waits until it answers.
    pub(crate) fn serve(&mut self, part: &'static str) {
        self.serve_as(part, &[]);
    }

    /// The same with more said to it.
    pub(crate) fn serve_as(&mut self, part: &'static str, more: &[&str]) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_city"));
        let (kind, number) = part.split_once('-').unwrap_or((part, "0"));
        command.env_remove("RUST_LOG").arg("--data").arg(self.folder(part)).args(["serve", kind]);
        command.arg("--listen").arg(self.doors[part].address.to_string()).args(["--number", number]);
        command.args(["--ahead", &self.ahead.to_string()]).args(more);
        for other in PARTS.iter().filter(|other| **other != part) {
            command.arg(format!("--{other}")).arg(self.url(other).as_str());
        }
        for other in self.doors.keys() {
            match (kind, other.split_once('-').unwrap_or((other, "")).0) {
                ("ledger", several @ ("registrar" | "relay" | "officer"))
                | ("officer", several @ "issuer") => {
                    command.arg(format!("--{several}")).arg(self.url(other).as_str());
                }
                _ => {}
            }
        }
        if part != "ledger" {
            let city = self.folder("ledger");
            command.arg("--trust").arg(city.join("city.json")).arg("--keys").arg(city);
        }
        // It says where it is once it is ready.
        let ready = self.folder(part).join("address");
        let _ = std::fs::remove_file(&ready);
        let child = command.stdout(Stdio::null()).stderr(Stdio::inherit()).spawn().unwrap();
        self.running.insert(part, Running(child));
        let began = Instant::now();
        while !ready.exists() {
            let ended = self.running.get_mut(part).unwrap().0.try_wait().unwrap();
            assert!(ended.is_none(), "the {part} does not start: {ended:?}");
            assert!(began.elapsed() < Duration::from_secs(600), "the {part} does not answer");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Kill -9: nothing is said, nothing is brought to an end.
    pub(crate) fn kill(&mut self, part: &str) {
        drop(self.running.remove(part).unwrap());
    }

    /// Whatever has become of it.
    pub(crate) fn start_again(&mut self, part: &'static str) {
        drop(self.running.remove(part));
        self.serve(part);
    }

    pub(crate) fn kill_and_serve(&mut self, part: &'static str, after: u64) {
        std::thread::sleep(Duration::from_millis(after));
        self.kill(part);
        std::thread::sleep(Duration::from_millis(50));
        self.serve(part);
    }

    /// Asks everybody to stop, and they do.
    pub(crate) fn stop(&mut self) {
        // The ledger last: the others still need it.
        let mut parts: Vec<_> = self.running.keys().copied().collect();
        parts.sort_by_key(|part| *part == "ledger");
        for part in parts {
            let mut running = self.running.remove(part).unwrap();
            let id = running.0.id().to_string();
            assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
            let status = running.0.wait().unwrap();
            assert!(status.success(), "the {part} ended with {status}");
        }
    }

    pub(crate) fn trust(&self) -> TrustFile {
        TrustFile::parse(&std::fs::read_to_string(self.folder("ledger").join("city.json")).unwrap()).unwrap()
    }
}

impl Door {
    /// A socket that is bound and does not listen: whoever calls while the party is down is refused, and nobody else gets the port. Those that
    /// systems give to connections on their way out are above it.
    fn hold() -> Self {
        loop {
            let port = 10_000 + u16::from_le_bytes(generate_array(&mut random::system())) % 20_000;
            let (address, socket) =
                (SocketAddr::from((Ipv4Addr::LOCALHOST, port)), TcpSocket::new_v4().unwrap());
            if socket.bind(address).is_err() {
                continue;
            }
            // From here on it makes way for one who listens and has the same flag, as a party's socket has. Only Linux goes by that: elsewhere the port is
            // free until its party takes it.
            socket.set_reuseaddr(true).unwrap();
            return Self { address, _held: cfg!(target_os = "linux").then_some(socket) };
        }
    }
}

/// The whole ledger of a city that has stopped, replayed.
pub(crate) fn audit(folder: &Path) {
    let audit =
        Command::new(env!("CARGO_BIN_EXE_city")).arg("--data").arg(folder).arg("audit").output().unwrap();
    assert!(audit.status.success(), "{}", String::from_utf8_lossy(&audit.stderr));
}
