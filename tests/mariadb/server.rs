//! A MariaDB of this process's own: in a folder that is thrown away, on a free port of the loopback address. It ends with the
//! process, however that ends. One that is there already is never touched.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use tempfile::TempDir;

/// Runs the server until standard input is closed, which the end of this process does, and throws its folder away.
const KEEPER: &str = r#"folder=$1; shift
mariadb-install-db --no-defaults --datadir="$folder/data" --auth-root-authentication-method=normal --skip-test-db --user=root \
    >"$folder.log" 2>&1 || { cat "$folder.log" >&2; rm -rf "$folder" "$folder.log"; exit 1; }
mariadbd "$@" >>"$folder.log" 2>&1 & server=$!
cat >/dev/null
kill -9 $server; wait $server 2>/dev/null; rm -rf "$folder" "$folder.log""#;

/// A running server.
pub struct Mariadb {
    pub port: u16,
    /// Its standard input keeps it alive.
    _keeper: Child,
    databases: AtomicU32,
}

/// The server of this process, which the first who asks starts; `None` if there is none on this machine, which is said once.
pub fn server() -> Option<&'static Mariadb> {
    static SERVER: OnceLock<Option<Mariadb>> = OnceLock::new();
    SERVER.get_or_init(Mariadb::start).as_ref()
}

impl Mariadb {
    fn start() -> Option<Self> {
        let found = Command::new("mariadbd").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        if found.is_err() {
            use std::io::Write;
            let line = "mariadbd is not installed (Debian: mariadb-server): what needs it is skipped";
            // Past the test harness, which keeps what passing tests print to itself.
            let _ = writeln!(std::io::stderr(), "{line}");
            return None;
        }
        // In memory where that is possible: what it holds lasts no longer. The keeper throws it away.
        let folder = TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()).unwrap().keep();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let shown = folder.display();
        let keeper = Command::new("sh")
            .args(["-c", KEEPER, "sh"])
            .arg(&folder)
            .args(["--no-defaults", "--skip-networking=0", "--bind-address=127.0.0.1", "--user=root", "--console"])
            .args([format!("--datadir={shown}/data"), format!("--socket={shown}/socket"), format!("--port={port}")])
            .args(["--max-connections=500", "--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0"])
            .args([
                "--innodb-buffer-pool-size=64M",
                "--innodb-log-file-size=16M",
                "--sync-frm=0",
                "--skip-log-bin",
                "--table-open-cache=4000",
            ])
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let began = tokio::time::Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(began.elapsed().as_secs() < 60, "mariadbd does not start: see {shown}.log");
            #[expect(clippy::disallowed_methods, reason = "another program tells nothing of when it is ready")]
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        Some(Self { port, _keeper: keeper, databases: AtomicU32::default() })
    }

    /// The address of a new and empty database.
    pub fn database(&self) -> String {
        let name = format!("test{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut server = self.connect("");
        mysql::prelude::Queryable::query_drop(&mut server, format!("CREATE DATABASE {name} CHARACTER SET utf8mb4"))
            .unwrap();
        format!("mariadb://root@127.0.0.1:{}/{name}", self.port)
    }

    /// Another program's connection to a database, which speaks as VICIdial's programs do: whatever does not fit is cut.
    pub fn connect(&self, database: &str) -> mysql::Conn {
        let options = mysql::OptsBuilder::new()
            .ip_or_hostname(Some("127.0.0.1"))
            .tcp_port(self.port)
            .user(Some("root"))
            .prefer_socket(false)
            .db_name(if database.is_empty() { None } else { Some(database) })
            .init(vec!["SET SESSION sql_mode = 'PIPES_AS_CONCAT', time_zone = '+00:00'"]);
        mysql::Conn::new(options).unwrap()
    }
}
