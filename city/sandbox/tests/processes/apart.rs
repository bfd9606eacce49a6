//! The city in processes of its own for everybody.

use citizen_primitives::random::{self, generate_array};
use citizen_wallet::TrustFile;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};
use tempfile::TempDir;
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
    addresses: BTreeMap<&'static str, SocketAddr>,
    running: BTreeMap<&'static str, Running>,
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
        // All at once, so that no two get the same.
        let free = free(parts.len());
        let addresses = free.iter().map(|socket| socket.local_addr().unwrap());
        let addresses = parts.iter().copied().zip(addresses).collect();
        drop(free);
        let home = TempDir::new().unwrap();
        let mut city = Self { home, addresses, running: BTreeMap::new() };
        parts.into_iter().for_each(|part| city.serve(part));
        city
    }

    pub(crate) fn folder(&self, part: &str) -> PathBuf {
        self.home.path().join(part)
    }

    pub(crate) fn url(&self, part: &str) -> Url {
        Url::parse(&format!("http://{}/", self.addresses[part])).unwrap()
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
        command.arg("--listen").arg(self.addresses[part].to_string()).args(["--number", number]).args(more);
        for other in PARTS.iter().filter(|other| **other != part) {
            command.arg(format!("--{other}")).arg(self.url(other).as_str());
        }
        for other in self.addresses.keys().filter(|_| part == "ledger") {
            if let Some((kind @ ("registrar" | "relay"), _)) = other.split_once('-') {
                command.arg(format!("--{kind}")).arg(self.url(other).as_str());
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

/// The ports of all cities of this program, which run beside each other.
static TAKEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());

/// Sockets below those that systems give to connections on their way out: nobody else takes one while its party is down.
fn free(count: usize) -> Vec<TcpListener> {
    let port = || 10_000 + u16::from_le_bytes(generate_array(&mut random::system())) % 20_000;
    let mut taken = TAKEN.lock().unwrap();
    let ports = std::iter::repeat_with(port).filter(|port| taken.insert(*port));
    ports.filter_map(|port| TcpListener::bind(("127.0.0.1", port)).ok()).take(count).collect()
}

/// The whole ledger of a city that has stopped, replayed.
pub(crate) fn audit(folder: &Path) {
    let audit =
        Command::new(env!("CARGO_BIN_EXE_city")).arg("--data").arg(folder).arg("audit").output().unwrap();
    assert!(audit.status.success(), "{}", String::from_utf8_lossy(&audit.stderr));
}
