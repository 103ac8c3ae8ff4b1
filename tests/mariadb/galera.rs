//! A Galera cluster of this process's own: three members on addresses of the loopback network, in a folder that is thrown away.
//! They end with the process, however that ends.

use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use mysql::prelude::Queryable;
use tempfile::TempDir;

const PROVIDER: &str = "/usr/lib/galera/libgalera_smm.so";
const PORT: u16 = 23306;

/// Runs a member, kills it and starts it again as it is told, until standard input is closed. The first start of the first member
/// begins the cluster.
const KEEPER: &str = r#"folder=$1; first=$2; all=$3; shift 3
start() { mariadbd "$@" >>"$folder.log" 2>&1 & server=$!; }
end() { kill -9 $server; wait $server 2>/dev/null; }
start "$@" --wsrep-cluster-address="$first"
while read -r word; do
    case $word in kill) end ;; start) start "$@" --wsrep-cluster-address="$all" ;; esac
done
end"#;

/// How soon a member that is gone is missed: within two seconds rather than Galera's five.
const EAGER: &str = "evs.keepalive_period=PT0.3S;evs.inactive_check_period=PT0.2S;evs.suspect_timeout=PT1.5S;\
    evs.inactive_timeout=PT3S;evs.install_timeout=PT3S;gcache.size=64M";

/// A running cluster.
pub struct Cluster {
    network: String,
    keepers: Vec<Child>,
    folder: Option<TempDir>,
}

impl Cluster {
    /// Starts three members; `None` if there is no Galera on this machine, which is said.
    pub fn start() -> Option<Self> {
        if !Path::new(PROVIDER).exists()
            || Command::new("rsync").arg("--version").stdout(Stdio::null()).status().is_err()
        {
            let line = "Galera is not installed (Debian: galera-4 mariadb-server rsync): what needs it is skipped";
            // Past the test harness, which keeps what passing tests print to itself.
            let _ = writeln!(std::io::stderr(), "{line}");
            return None;
        }
        // In memory where that is possible: what it holds lasts no longer.
        let folder = TempDir::new_in("/dev/shm").or_else(|_| TempDir::new()).unwrap();
        // rsync's daemon gives root's rights up, so members of root's run as Debian's account.
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

    /// Where a member listens.
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
            .args([format!("--bind-address={ip}"), format!("--wsrep-provider={PROVIDER}")])
            .args([format!("--wsrep-cluster-name={}", self.network), format!("--wsrep-node-name=m{member}")])
            .args([format!("--wsrep-node-address={ip}"), format!("--wsrep-sst-receive-address={ip}:4444")])
            .arg(format!(
                "--wsrep-provider-options=base_host={ip};gmcast.listen_addr=tcp://{ip}:4567;ist.recv_addr={ip}:4568;{EAGER}"
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

    /// Starts a member again on what it had, without waiting for it.
    pub fn start_again(&mut self, member: usize) {
        self.tell(member, "start");
    }

    fn tell(&mut self, member: usize, word: &str) {
        writeln!(self.keepers[member].stdin.as_mut().unwrap(), "{word}").unwrap();
    }

    /// Whether a member takes part.
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
            #[expect(clippy::disallowed_methods, reason = "another program tells nothing of when it is ready")]
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
    }

    /// The end of what a member has logged.
    fn log(&self, member: usize) -> String {
        let path = self.folder.as_ref().unwrap().path().join(format!("m{member}.log"));
        let text = std::fs::read_to_string(path).unwrap_or_default();
        text.lines().rev().take(30).collect::<Vec<_>>().join("\n")
    }

    /// Another program's connection to a member.
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

/// Makes the members' folders, all alike.
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
    install.arg(format!("--datadir={}", folder.join("m0").display()));
    if !account.is_empty() {
        install.arg(format!("--user={account}"));
    }
    made(&mut install);
    for member in ["m1", "m2"] {
        made(Command::new("cp").arg("-rp").arg(folder.join("m0")).arg(folder.join(member)));
    }
}
