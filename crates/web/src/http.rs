//! HTTP building blocks of the protocol adapters: connections, requests and replies.

pub(crate) mod accept;
pub(crate) mod address;
pub(crate) mod cookie;
pub(crate) mod csv;
pub(crate) mod days;
pub(crate) mod event_cache;
pub(crate) mod fields;
pub(crate) mod form;
pub(crate) mod params;
pub(crate) mod problem;
pub(crate) mod published_path;
pub(crate) mod redacted_request;
pub(crate) mod request_id;
pub(crate) mod request_target;
pub(crate) mod same_origin;
pub(crate) mod server;
pub(crate) mod sse;
pub(crate) mod stream_slots;
pub(crate) mod write_timeout;
