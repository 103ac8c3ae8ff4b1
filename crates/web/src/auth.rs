//! Authentication of callers: passwords, tokens, login throttling and rate limits.

pub(crate) mod account_auth;
pub(crate) mod agent_login;
pub(crate) mod authorization;
pub(crate) mod in_process;
pub(crate) mod login_throttle;
pub(crate) mod password_verifier;
pub(crate) mod rate_limit;
pub(crate) mod token_auth;
