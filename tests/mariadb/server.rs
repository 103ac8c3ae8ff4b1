//! Private MariaDB server for tests: in a temporary folder, on a free loopback port. It ends with the process, however
//! that ends. An existing server is never touched.

use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};

use tempfile::TempDir;

/// Shell script that runs the server, and kills and restarts it on command. When standard input closes, which the end
/// of this process causes, it stops the server and removes the folder.
const KEEPER: &str = r#"folder=$1; shift
# A starting server deletes the temporary tables in this folder, also those of other servers.
export TMPDIR="$folder/tmp"; mkdir "$TMPDIR"
mariadb-install-db --no-defaults --datadir="$folder/data" --auth-root-authentication-method=normal --skip-test-db --user=root \
    >"$folder.log" 2>&1 || { cat "$folder.log" >&2; rm -rf "$folder" "$folder.log"; exit 1; }
start() { mariadbd "$@" >>"$folder.log" 2>&1 & server=$!; }
end() { kill -9 $server; wait $server 2>/dev/null; }
start "$@"
while read -r word; do
    case $word in kill) end ;; start) start "$@" ;; esac
done
end; rm -rf "$folder" "$folder.log""#;

/// A running server.
pub struct Mariadb {
    pub port: u16,
    /// The script ends when its standard input closes.
    keeper: Mutex<Child>,
    databases: AtomicU32,
}

/// The server of this process, started at the first call; `None` if MariaDB is not installed, which is reported once.
pub fn server() -> Option<&'static Mariadb> {
    static SERVER: OnceLock<Option<Mariadb>> = OnceLock::new();
    SERVER.get_or_init(|| fast_server("UTC")).as_ref()
}

/// A server with the local time of this zone, for tests that write little.
pub fn fast_server(zone: &str) -> Option<Mariadb> {
    // In memory if possible, because the data is temporary.
    let fast = ["--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0", "--innodb-log-file-size=16M"];
    Mariadb::start_in(zone, TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()).unwrap(), &fast)
}

impl Mariadb {
    /// Starts a server in this folder, with these additional options; `None` if MariaDB is not installed, which is
    /// reported.
    pub fn start(folder: TempDir, options: &[&str]) -> Option<Self> {
        Self::start_in("UTC", folder, options)
    }

    /// The same with the local time of this zone.
    pub fn start_in(zone: &str, folder: TempDir, options: &[&str]) -> Option<Self> {
        let found = Command::new("mariadbd").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        if found.is_err() {
            let line = "mariadbd is not installed (Debian: mariadb-server): tests that need it are skipped";
            // Written directly to standard error, because the test harness captures the output of passing tests.
            let _ = writeln!(std::io::stderr(), "{line}");
            return None;
        }
        // The script removes the folder.
        let folder = folder.keep();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let shown = folder.display();
        let keeper = Command::new("sh")
            .args(["-c", KEEPER, "sh"])
            .arg(&folder)
            .args(["--no-defaults", "--skip-networking=0", "--bind-address=127.0.0.1", "--user=root", "--console"])
            .args([format!("--datadir={shown}/data"), format!("--socket={shown}/socket"), format!("--port={port}")])
            .args(["--max-connections=500", "--skip-log-bin", "--sql-mode=", "--table-open-cache=4000"])
            .args(options)
            .env("TZ", zone)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let server = Self { port, keeper: Mutex::new(keeper), databases: AtomicU32::default() };
        server.wait_until(true);
        Some(server)
    }

    /// Kills it, as a power cut would.
    pub fn kill(&self) {
        self.tell("kill");
        self.wait_until(false);
    }

    /// Starts it again on the same data.
    pub fn start_again(&self) {
        self.tell("start");
        self.wait_until(true);
    }

    fn tell(&self, word: &str) {
        let mut keeper = self.keeper.lock().unwrap();
        writeln!(keeper.stdin.as_mut().unwrap(), "{word}").unwrap();
    }

    fn wait_until(&self, answers: bool) {
        let began = tokio::time::Instant::now();
        while TcpStream::connect(("127.0.0.1", self.port)).is_ok() != answers {
            assert!(began.elapsed().as_secs() < 60, "mariadbd did not start or stop in time");
            #[expect(clippy::disallowed_methods, reason = "another process can only be polled")]
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }

    /// Creates an empty database and returns its URL.
    pub fn database(&self) -> String {
        let name = format!("test{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut server = self.connect("");
        mysql::prelude::Queryable::query_drop(&mut server, format!("CREATE DATABASE {name} CHARACTER SET utf8mb4"))
            .unwrap();
        format!("mariadb://root@127.0.0.1:{}/{name}", self.port)
    }

    /// Executes statements in a database.
    pub fn run(&self, database: &str, statements: &str) {
        if statements.is_empty() {
            return;
        }
        let mut connection = self.connect(database);
        let mut results = mysql::prelude::Queryable::query_iter(&mut connection, statements).unwrap();
        while let Some(result) = results.iter() {
            result.for_each(|row| drop(row.unwrap()));
        }
    }

    /// A connection as VICIdial's programs use it: without strict mode, so that values that do not fit are cut, and in the
    /// server's time zone.
    pub fn connect(&self, database: &str) -> mysql::Conn {
        let options = mysql::OptsBuilder::new()
            .ip_or_hostname(Some("127.0.0.1"))
            .tcp_port(self.port)
            .user(Some("root"))
            .prefer_socket(false)
            .db_name(if database.is_empty() { None } else { Some(database) })
            .init(vec!["SET SESSION sql_mode = 'PIPES_AS_CONCAT'"]);
        mysql::Conn::new(options).unwrap()
    }
}
