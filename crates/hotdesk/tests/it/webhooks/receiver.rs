//! Test receiver of webhooks: stores every message, and fails as configured.

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

/// Behaviour of the receiver.
#[derive(Debug, Clone)]
pub enum ReceiverMode {
    /// Replies with this status.
    Answers(u16),
    /// Replies after a delay.
    Slow(Duration),
    /// Reads the message and never replies.
    Hangs,
    /// Replies with `500`, except to every n-th request.
    FailsMostly(usize),
    /// Redirects.
    Redirects(String),
    /// Closes the connection at once.
    Away,
}

/// A received message.
#[derive(Debug, Clone)]
pub struct Message {
    pub id: String,
    pub timestamp: String,
    pub signature: String,
    pub body: String,
    /// Whether the reply was a 2xx status.
    pub is_taken: bool,
}

impl Message {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub fn kind(&self) -> String {
        self.json()["type"].as_str().unwrap().to_owned()
    }

    /// Whether one of its signatures is valid for this secret.
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
struct Received {
    messages: Mutex<Vec<Message>>,
    more: Condvar,
}

/// A receiver. Its thread runs until the test process ends.
pub struct Receiver {
    scheme: &'static str,
    address: SocketAddr,
    heard: Arc<Received>,
    mood: Arc<Mutex<ReceiverMode>>,
}

impl Receiver {
    pub fn new(mood: ReceiverMode) -> Self {
        Self::listen(mood, None)
    }

    /// A receiver with TLS and a self-signed certificate for `127.0.0.1`. Returns the certificate as PEM.
    pub fn with_tls(mood: ReceiverMode) -> (Self, String) {
        let certified = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let key = rustls::pki_types::PrivatePkcs8KeyDer::from(certified.signing_key.serialize_der());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let chain = vec![certified.cert.der().clone()];
        let tls = tls.with_no_client_auth().with_single_cert(chain, key.into()).unwrap();
        (Self::listen(mood, Some(Arc::new(tls))), certified.cert.pem())
    }

    fn listen(mood: ReceiverMode, tls: Option<Arc<rustls::ServerConfig>>) -> Self {
        let scheme = if tls.is_some() { "https" } else { "http" };
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, heard, mood) =
            (listener.local_addr().unwrap(), Arc::<Received>::default(), Arc::new(Mutex::new(mood)));
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

    pub fn set(&self, mood: ReceiverMode) {
        *self.mood.lock().unwrap() = mood;
    }

    /// All messages, including refused ones.
    pub fn all(&self) -> Vec<Message> {
        self.heard.messages.lock().unwrap().clone()
    }

    /// The accepted messages.
    pub fn accepted(&self) -> Vec<Message> {
        self.all().into_iter().filter(|message| message.is_taken).collect()
    }

    /// Waits until this condition holds for the messages.
    pub fn until(&self, mut condition: impl FnMut(&[Message]) -> bool) -> Vec<Message> {
        self.within(PATIENCE, &mut condition).unwrap_or_else(|| panic!("it did not arrive: {:#?}", self.all()))
    }

    fn within(&self, patience: Duration, condition: &mut dyn FnMut(&[Message]) -> bool) -> Option<Vec<Message>> {
        let end = Instant::now() + patience;
        let mut messages = self.heard.messages.lock().unwrap();
        while !condition(&messages) {
            let left = end.checked_duration_since(Instant::now())?;
            messages = self.heard.more.wait_timeout(messages, left).unwrap().0;
        }
        Some(messages.clone())
    }
}

fn receive(mut stream: impl Read + Write, kept: &Received, mood: &Mutex<ReceiverMode>) {
    let current = mood.lock().unwrap().clone();
    if matches!(current, ReceiverMode::Away) {
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
        ReceiverMode::Answers(status) => Some(*status),
        ReceiverMode::Slow(_) => Some(204),
        ReceiverMode::FailsMostly(each) => Some(if (messages.len() + 1).is_multiple_of(*each) { 200 } else { 500 }),
        ReceiverMode::Redirects(_) => Some(302),
        ReceiverMode::Hangs | ReceiverMode::Away => None,
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
    if let ReceiverMode::Slow(pause) = current {
        std::thread::park_timeout(pause);
    }
    match status {
        Some(status) => {
            let location =
                if let ReceiverMode::Redirects(to) = &current { format!("Location: {to}\r\n") } else { String::new() };
            let answer = format!("HTTP/1.1 {status} x\r\n{location}Content-Length: 0\r\nConnection: close\r\n\r\n");
            stream.write_all(answer.as_bytes()).ok();
        }
        // Until the sender times out.
        None => drop(stream.read(&mut [0])),
    }
}

/// Reads a request's head and body.
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
