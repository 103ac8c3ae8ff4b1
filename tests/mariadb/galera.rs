//! Private Galera cluster for tests: three members on loopback addresses, in a temporary folder. They end with the
//! process, however that ends.

use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use mysql::prelude::Queryable;
use tempfile::TempDir;

const PROVIDER: &str = "/usr/lib/galera/libgalera_smm.so";
const PORT: u16 = 23306;

/// Shell script that runs a member, and kills and restarts it on command, until standard input closes. The first start
/// of the first member creates the cluster.
const KEEPER: &str = r#"folder=$1; first=$2; all=$3; shift 3
start() { mariadbd "$@" >>"$folder.log" 2>&1 & server=$!; }
end() { kill -9 $server; wait $server 2>/dev/null; }
start "$@" --wsrep-cluster-address="$first"
while read -r word; do
    case $word in kill) end ;; start) start "$@" --wsrep-cluster-address="$all" ;; esac
done
end"#;

/// Faster detection of failed members: within two seconds rather than Galera's five.
const FAST_DETECTION: &str = "evs.keepalive_period=PT0.3S;evs.inactive_check_period=PT0.2S;evs.suspect_timeout=PT1.5S;\
    evs.inactive_timeout=PT3S;evs.install_timeout=PT3S;gcache.size=64M";

/// A running cluster.
pub struct Cluster {
    network: String,
    keepers: Vec<Child>,
    folder: Option<TempDir>,
}

impl Cluster {
    /// Starts three members; `None` if Galera is not installed, which is reported.
    pub fn start() -> Option<Self> {
        if !Path::new(PROVIDER).exists()
            || Command::new("rsync").arg("--version").stdout(Stdio::null()).status().is_err()
        {
            let line =
                "Galera is not installed (Debian: galera-4 mariadb-server rsync): tests that need it are skipped";
            // Written directly to standard error, because the test harness captures the output of passing tests.
            let _ = writeln!(std::io::stderr(), "{line}");
            return None;
        }
        // In memory if possible, because the data is temporary.
        let folder = TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()).unwrap();
        // rsync's daemon drops root's privileges, so members started by root run under Debian's account.
        let account = if is_root() { "mysql" } else { "" };
        install(folder.path(), account);
        let process = std::process::id();
        let network = format!("127.{}.{}", 1 + (process >> 8) % 250, process % 256);
        let mut cluster = Self { network, keepers: Vec::new(), folder: Some(folder) };
        for member in 0..3 {
            let keeper = cluster.begin(member, account);
            cluster.keepers.push(keeper);
            cluster.wait_until_ready(member);
        }
        Some(cluster)
    }

    /// Address of a member.
    pub fn address(&self, member: usize) -> (String, u16) {
        (format!("{}.{}", self.network, member + 1), PORT)
    }

    fn begin(&self, member: usize, account: &str) -> Child {
        let folder = self.folder.as_ref().unwrap().path().join(format!("m{member}"));
        let ip = self.address(member).0;
        let all: Vec<String> = (0..3).map(|member| format!("{}:4567", self.address(member).0)).collect();
        let all = format!("gcomm://{}", all.join(","));
        let first = if member == 0 { "gcomm://" } else { &all };
        let shown = folder.display();
        let mut keeper = Command::new("sh");
        keeper.args(["-c", KEEPER, "sh"]).arg(&folder).args([first, &all]);
        keeper
            .args(["--no-defaults", "--console", "--skip-log-bin", "--max-connections=500", "--table-open-cache=4000"])
            .args(["--binlog-format=ROW", "--innodb-autoinc-lock-mode=2", "--innodb-log-file-size=16M"])
            .args(["--innodb-flush-log-at-trx-commit=1", "--wsrep-on=ON", "--wsrep-slave-threads=2", "--wsrep-sst-method=rsync"])
            .args([format!("--datadir={shown}"), format!("--socket={shown}.socket"), format!("--port={PORT}")])
            // A starting member deletes the temporary tables in this folder, also those of other members.
            .arg(format!("--tmpdir={shown}.tmp"))
            .args([format!("--bind-address={ip}"), format!("--wsrep-provider={PROVIDER}")])
            .args([format!("--wsrep-cluster-name={}", self.network), format!("--wsrep-node-name=m{member}")])
            .args([format!("--wsrep-node-address={ip}"), format!("--wsrep-sst-receive-address={ip}:4444")])
            .arg(format!(
                "--wsrep-provider-options=base_host={ip};gmcast.listen_addr=tcp://{ip}:4567;ist.recv_addr={ip}:4568;{FAST_DETECTION}"
            ));
        if !account.is_empty() {
            keeper.arg(format!("--user={account}"));
        }
        keeper.stdin(Stdio::piped()).spawn().unwrap()
    }

    /// Kills a member, as a power cut would.
    pub fn kill(&mut self, member: usize) {
        self.tell(member, "kill");
    }

    /// Starts a member again on the same data, without waiting for it.
    pub fn start_again(&mut self, member: usize) {
        self.tell(member, "start");
    }

    fn tell(&mut self, member: usize, word: &str) {
        writeln!(self.keepers[member].stdin.as_mut().unwrap(), "{word}").unwrap();
    }

    /// Whether a member is ready in the cluster.
    pub fn is_ready(&self, member: usize) -> bool {
        let ready = |mut connection: mysql::Conn| {
            let found: Option<(String, String)> = connection.query_first("SHOW STATUS LIKE 'wsrep_ready'").ok()?;
            Some(found?.1 == "ON")
        };
        self.connect(member, "").ok().and_then(ready).unwrap_or(false)
    }

    fn wait_until_ready(&self, member: usize) {
        let began = tokio::time::Instant::now();
        while !self.is_ready(member) {
            assert!(began.elapsed().as_secs() < 60, "member {member} does not start:\n{}", self.log(member));
            #[expect(clippy::disallowed_methods, reason = "another process can only be polled")]
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
    }

    /// The last lines of a member's log.
    fn log(&self, member: usize) -> String {
        let path = self.folder.as_ref().unwrap().path().join(format!("m{member}.log"));
        let text = std::fs::read_to_string(path).unwrap_or_default();
        text.lines().rev().take(30).collect::<Vec<_>>().join("\n")
    }

    /// A separate connection to a member.
    pub fn connect(&self, member: usize, database: &str) -> mysql::Result<mysql::Conn> {
        let (host, port) = self.address(member);
        let options = mysql::OptsBuilder::new()
            .ip_or_hostname(Some(host))
            .tcp_port(port)
            .user(Some("root"))
            .prefer_socket(false)
            .tcp_connect_timeout(Some(std::time::Duration::from_secs(2)))
            .db_name(if database.is_empty() { None } else { Some(database) })
            .init(vec!["SET SESSION sql_mode = 'PIPES_AS_CONCAT', time_zone = '+00:00'"]);
        mysql::Conn::new(options)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for keeper in &mut self.keepers {
            drop(keeper.stdin.take());
            keeper.wait().ok();
        }
        self.folder.take();
    }
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|id| id.stdout.trim_ascii() == b"0")
}

/// Creates the members' folders with the same initial data.
fn install(folder: &Path, account: &str) {
    let made = |command: &mut Command| {
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    if !account.is_empty() {
        made(Command::new("chown").arg(account).arg(folder));
    }
    let mut install = Command::new("mariadb-install-db");
    install.args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"]);
    install.arg(format!("--datadir={}", folder.join("m0").display())).env("TMPDIR", folder);
    if !account.is_empty() {
        install.arg(format!("--user={account}"));
    }
    made(&mut install);
    for member in ["m1", "m2"] {
        made(Command::new("cp").arg("-rp").arg(folder.join("m0")).arg(folder.join(member)));
    }
    for member in ["m0.tmp", "m1.tmp", "m2.tmp"] {
        let temporary = folder.join(member);
        std::fs::create_dir(&temporary).unwrap();
        if !account.is_empty() {
            made(Command::new("chown").arg(account).arg(temporary));
        }
    }
}
