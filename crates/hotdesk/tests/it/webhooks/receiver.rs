//! A receiver of webhooks: keeps what arrives, and behaves as badly as it is told to.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ring::hmac;
use serde_json::Value;
use tokio::time::Instant;

use crate::support::PATIENCE;

/// How the receiver behaves.
#[derive(Debug, Clone)]
pub enum Mood {
    /// Answers with this status.
    Answers(u16),
    /// Answers after a while.
    Slow(Duration),
    /// Takes the message and never answers.
    Hangs,
    /// Answers `500` to all but every so many-th request.
    Moody(usize),
    /// Sends elsewhere.
    Redirects(String),
    /// Closes the connection at once.
    Away,
}

/// A message as it arrived.
#[derive(Debug, Clone)]
pub struct Message {
    pub id: String,
    pub timestamp: String,
    pub signature: String,
    pub body: String,
    /// Whether it was answered with a 2xx.
    pub is_taken: bool,
}

impl Message {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub fn kind(&self) -> String {
        self.json()["type"].as_str().unwrap().to_owned()
    }

    /// Whether one of its signatures is of this secret.
    pub fn is_signed_with(&self, secret: &str) -> bool {
        let key = BASE64_STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
        let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
        let signed = format!("{}.{}.{}", self.id, self.timestamp, self.body);
        let is_of_it = |signature: &str| {
            let tag = BASE64_STANDARD.decode(signature.strip_prefix("v1,").unwrap()).unwrap();
            hmac::verify(&key, signed.as_bytes(), &tag).is_ok()
        };
        self.signature.split(' ').any(is_of_it)
    }
}

#[derive(Default)]
struct Heard {
    messages: Mutex<Vec<Message>>,
    more: Condvar,
}

/// A receiver. Its thread goes on until the tests end.
pub struct Receiver {
    scheme: &'static str,
    address: SocketAddr,
    heard: Arc<Heard>,
    mood: Arc<Mutex<Mood>>,
}

impl Receiver {
    pub fn new(mood: Mood) -> Self {
        Self::listen(mood, None)
    }

    /// With a certificate for `127.0.0.1` that nobody knows, which is returned as PEM.
    pub fn secured(mood: Mood) -> (Self, String) {
        let certified = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let key = rustls::pki_types::PrivatePkcs8KeyDer::from(certified.signing_key.serialize_der());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let chain = vec![certified.cert.der().clone()];
        let tls = tls.with_no_client_auth().with_single_cert(chain, key.into()).unwrap();
        (Self::listen(mood, Some(Arc::new(tls))), certified.cert.pem())
    }

    fn listen(mood: Mood, tls: Option<Arc<rustls::ServerConfig>>) -> Self {
        let scheme = if tls.is_some() { "https" } else { "http" };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, heard, mood) =
            (listener.local_addr().unwrap(), Arc::<Heard>::default(), Arc::new(Mutex::new(mood)));
        let receiver = Self { scheme, address, heard, mood };
        let (heard, mood) = (Arc::clone(&receiver.heard), Arc::clone(&receiver.mood));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (heard, mood) = (Arc::clone(&heard), Arc::clone(&mood));
                let tls = tls.clone();
                std::thread::spawn(move || {
                    stream.set_read_timeout(Some(PATIENCE)).unwrap();
                    match tls {
                        None => receive(stream, &heard, &mood),
                        Some(tls) => {
                            let connection = rustls::ServerConnection::new(tls).unwrap();
                            receive(rustls::StreamOwned::new(connection, stream), &heard, &mood);
                        }
                    }
                });
            }
        });
        receiver
    }

    pub fn url(&self) -> String {
        format!("{}://{}/hook", self.scheme, self.address)
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    pub fn set(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    /// All that has arrived, also what was refused.
    pub fn all(&self) -> Vec<Message> {
        self.heard.messages.lock().unwrap().clone()
    }

    /// What was taken.
    pub fn taken(&self) -> Vec<Message> {
        self.all().into_iter().filter(|message| message.is_taken).collect()
    }

    /// Waits until this is so of all that has arrived.
    pub fn until(&self, mut is_so: impl FnMut(&[Message]) -> bool) -> Vec<Message> {
        self.within(PATIENCE, &mut is_so).unwrap_or_else(|| panic!("it did not arrive: {:#?}", self.all()))
    }

    fn within(&self, patience: Duration, is_so: &mut dyn FnMut(&[Message]) -> bool) -> Option<Vec<Message>> {
        let end = Instant::now() + patience;
        let mut messages = self.heard.messages.lock().unwrap();
        while !is_so(&messages) {
            let left = end.checked_duration_since(Instant::now())?;
            messages = self.heard.more.wait_timeout(messages, left).unwrap().0;
        }
        Some(messages.clone())
    }
}

fn receive(mut stream: impl Read + Write, kept: &Heard, mood: &Mutex<Mood>) {
    let current = mood.lock().unwrap().clone();
    if matches!(current, Mood::Away) {
        return;
    }
    let Some((head, body)) = read(&mut stream) else { return };
    let header = |name: &str| {
        let found =
            head.lines().find_map(|line| line.split_once(": ").filter(|(known, _)| known.eq_ignore_ascii_case(name)));
        found.map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
    };
    let mut messages = kept.messages.lock().unwrap();
    let status = match &current {
        Mood::Answers(status) => Some(*status),
        Mood::Slow(_) => Some(204),
        Mood::Moody(each) => Some(if (messages.len() + 1).is_multiple_of(*each) { 200 } else { 500 }),
        Mood::Redirects(_) => Some(302),
        Mood::Hangs | Mood::Away => None,
    };
    messages.push(Message {
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp"),
        signature: header("webhook-signature"),
        body,
        is_taken: status.is_some_and(|status| (200..300).contains(&status)),
    });
    kept.more.notify_all();
    drop(messages);
    if let Mood::Slow(pause) = current {
        std::thread::park_timeout(pause);
    }
    match status {
        Some(status) => {
            let location =
                if let Mood::Redirects(to) = &current { format!("Location: {to}\r\n") } else { String::new() };
            let answer = format!("HTTP/1.1 {status} x\r\n{location}Content-Length: 0\r\nConnection: close\r\n\r\n");
            stream.write_all(answer.as_bytes()).ok();
        }
        // Until the other side gives up.
        None => drop(stream.read(&mut [0])),
    }
}

/// A request's head and body.
fn read(stream: &mut impl Read) -> Option<(String, String)> {
    let mut bytes = Vec::new();
    loop {
        let mut some = [0; 4096];
        let read = stream.read(&mut some).ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&some[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let head = head.to_owned();
        let length =
            head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if body.len() >= length.unwrap_or(0) {
            return Some((head, body.to_owned()));
        }
    }
}
