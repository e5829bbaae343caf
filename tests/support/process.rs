//! The service as people run it: the binary, in a process of its own, that can be killed.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;

/// Where a service has its state.
#[derive(Clone, Debug)]
pub struct Place {
    /// What `--database` takes.
    pub database: String,
    /// The folder of the key file, in which the commands run.
    pub folder: PathBuf,
}

impl Place {
    /// The key file.
    pub fn keys(&self) -> PathBuf {
        self.folder.join("signing-keys.pem")
    }

    /// A command of the binary on this state, and on no setting of whoever runs the tests.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hub-credits"));
        for (name, _) in std::env::vars_os() {
            if name == "DATABASE_URL" || name.to_string_lossy().starts_with("HUB_CREDITS_") {
                command.env_remove(name);
            }
        }
        command.args(arguments).args(["--database", &self.database, "--keys"]).arg(self.keys());
        command.current_dir(&self.folder).stdin(Stdio::null());
        command
    }

    /// What a command says, and how it ends.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }
}

/// A service that runs, until it is dropped.
pub struct Process {
    /// `http://127.0.0.1:…`
    pub address: String,
    child: Child,
    log: Arc<Mutex<Vec<String>>>,
    reader: Option<JoinHandle<()>>,
}

impl Process {
    /// Starts the service on a free port, and waits until it serves.
    pub fn start(place: &Place) -> Process {
        let mut command = place.command(&["serve", "--listen", "127.0.0.1:0"]);
        command.args(["--requests-per-person", "0", "--requests-per-address", "0"]);
        let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let (serving, address): (Sender<String>, Receiver<String>) = channel();
        let log = Arc::new(Mutex::new(Vec::new()));
        let (stderr, lines) = (child.stderr.take().unwrap(), log.clone());
        let reader = std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                let event: Value = serde_json::from_str(&line).unwrap_or_default();
                if event["message"] == "serving" {
                    let _ = serving.send(format!("http://{}", event["address"].as_str().unwrap()));
                }
                lines.lock().unwrap().push(line);
            }
        });
        let mut process = Process { address: String::new(), child, log, reader: Some(reader) };
        match address.recv_timeout(Duration::from_secs(60)) {
            Ok(address) => process.address = address,
            Err(_) => panic!("the service does not serve:\n{}", process.log().join("\n")),
        }
        process
    }

    /// As [`Process::start`], without a log line for each request: for measuring.
    pub fn start_quiet(place: &Place) -> Process {
        Process::start_quiet_with(place, &[])
    }

    /// The same with more settings.
    pub fn start_quiet_with(place: &Place, settings: &[&str]) -> Process {
        let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let mut command = place.command(&["serve", "--listen", &address, "--log", "error"]);
        command.args(["--requests-per-person", "0", "--requests-per-address", "0"]).args(settings);
        let child = command.stderr(Stdio::inherit()).stdout(Stdio::null()).spawn().unwrap();
        while std::net::TcpStream::connect(&address).is_err() {
            std::thread::yield_now();
        }
        Process { address: format!("http://{address}"), child, log: Arc::default(), reader: None }
    }

    /// Ends it at once, whatever it is doing: SIGKILL.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end: SIGTERM.
    pub fn terminate(&self) {
        let sent = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(sent.success());
    }

    /// How it ended; panics where it does not.
    pub fn ended(&mut self) -> ExitStatus {
        // Its end closes the pipe of its log.
        let (reader, (done, ended)) = (self.reader.take().unwrap(), channel());
        std::thread::spawn(move || done.send(reader.join()));
        ended.recv_timeout(Duration::from_secs(60)).expect("the service ends").unwrap();
        self.child.wait().unwrap()
    }

    /// The lines it has logged.
    pub fn log(&self) -> Vec<String> {
        self.log.lock().unwrap().clone()
    }

    /// Bytes of its memory: `VmRSS` is what is in use, `VmHWM` the most that ever was.
    pub fn memory(&self, what: &str) -> Option<u64> {
        let status = Path::new("/proc").join(self.child.id().to_string()).join("status");
        let status = std::fs::read_to_string(status).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix(what)?.strip_prefix(':'))?;
        line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib * 1024)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
