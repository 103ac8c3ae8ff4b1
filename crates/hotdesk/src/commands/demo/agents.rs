//! Simulated agents of the demonstration. They log in and out through the agent page's login form, with their alias.

use std::io;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use fleet::Rng;
use fleet::sessions::timeline::EndReason;
use floor::Floor;
use serde::Deserialize;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// Simulated agents. 7013 and 7014 are left for the user of the demonstration.
const AGENTS: RangeInclusive<u16> = 7001..=7012;

/// First agent that is left for the user.
pub const FREE_AGENT: u16 = 7013;

/// Seconds until an agent's first login; random, so that not all log in at once.
const FIRST_LOGIN_AFTER: RangeInclusive<u64> = 0..=4;

/// Seconds that an agent stays logged in.
const SESSION_SECONDS: RangeInclusive<u64> = 30..=150;

/// Seconds until an agent logs in again.
const BREAK_SECONDS: RangeInclusive<u64> = 4..=20;

/// Timeout of a login.
const LOGIN_TIMEOUT: Duration = Duration::from_secs(20);

/// Maximum size of a response, in bytes.
const MAX_RESPONSE: u64 = 64 * 1024;

/// Spawns the agents, which log in to the server at this address.
pub fn spawn(tasks: &mut JoinSet<()>, server: SocketAddr, floor: &Arc<Floor>, rng: &Arc<dyn Rng>) {
    for agent in AGENTS {
        tasks.spawn(run_agent(agent, server, Arc::clone(floor), Arc::clone(rng)));
    }
}

/// Fields of an agent's login form.
pub fn login_form(agent: u16) -> [(&'static str, String); 4] {
    [
        ("phone_login", format!("desk{agent}")),
        ("phone_pass", "test".to_owned()),
        ("VD_login", agent.to_string()),
        ("VD_pass", "agent".to_owned()),
    ]
}

async fn run_agent(agent: u16, server: SocketAddr, floor: Arc<Floor>, rng: Arc<dyn Rng>) {
    pause(&FIRST_LOGIN_AFTER, rng.as_ref()).await;
    loop {
        match timeout(LOGIN_TIMEOUT, log_in(agent, server)).await {
            Ok(Ok(session_id)) => {
                pause(&SESSION_SECONDS, rng.as_ref()).await;
                // An agent who hung up, or whose dialer went down, may be logged out already.
                if let Err(error) = floor.log_out(session_id, EndReason::LoggedOut).await {
                    tracing::warn!(agent, %error, "a demonstration agent cannot log out");
                }
            }
            Ok(Err(error)) => tracing::debug!(agent, %error, "a demonstration agent cannot log in"),
            Err(_) => tracing::debug!(agent, "the login of a demonstration agent timed out"),
        }
        pause(&BREAK_SECONDS, rng.as_ref()).await;
    }
}

/// Waits for a random time.
async fn pause(seconds: &RangeInclusive<u64>, rng: &dyn Rng) {
    let mut bytes = [0; 8];
    rng.fill(&mut bytes);
    let (least, most) = (seconds.start() * 1000, seconds.end() * 1000);
    sleep(Duration::from_millis(least + u64::from_le_bytes(bytes) % (most - least + 1))).await;
}

/// Response to a login.
#[derive(Deserialize)]
struct LoginAnswer {
    session_id: i64,
}

/// Logs in over HTTP. Returns the session's id.
async fn log_in(agent: u16, server: SocketAddr) -> io::Result<i64> {
    let form = login_form(agent).map(|(field, value)| format!("{field}={value}")).join("&");
    let request = format!(
        "POST /agc/vicidial.php HTTP/1.1\r\nHost: {server}\r\nAccept: application/json\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
        form.len()
    );
    let mut stream = TcpStream::connect(server).await?;
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.take(MAX_RESPONSE).read_to_string(&mut answer).await?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
    if !head.starts_with("HTTP/1.1 200 ") {
        return Err(io::Error::other(body.to_owned()));
    }
    Ok(serde_json::from_str::<LoginAnswer>(body)?.session_id)
}
