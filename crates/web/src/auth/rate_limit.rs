//! Rate limit per caller: a number of requests per second, with bursts of five seconds' worth.
//!
//! A request counts only after its caller is authenticated, so no caller can use up another's allowance. A
//! caller whose allowance is full again is forgotten, so memory grows only with the active callers, each of
//! which has an account or a token.

use std::num::NonZeroU32;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

/// Size of a burst, in seconds' worth of requests.
const BURST_SECONDS: u32 = 5;

/// Number of callers above which idle callers are forgotten.
const CALLERS: usize = 1024;

const LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("ratelimit-reset");

/// Key of a rate limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum RateKey {
    /// Id of an account that uses its password.
    Account(i64),
    /// Id of a token.
    Token(i64),
}

/// Remaining allowance of a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Allowance {
    /// Size of the largest burst.
    limit: u32,
    /// Requests left in it.
    remaining: u32,
    /// Seconds until the allowance is full again.
    reset: u32,
}

/// Slot that carries the caller's allowance from the handler to the response.
pub(crate) type AllowanceSlot = std::sync::Arc<OnceLock<Allowance>>;

/// The caller exceeds the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RateExceeded {
    pub(crate) left: Allowance,
    /// Seconds until another request is accepted.
    pub(crate) retry_after: u64,
}

type Limiter<C> = RateLimiter<RateKey, HashMapStateStore<RateKey>, C, StateInformationMiddleware>;

/// Rate limit of each caller.
pub(crate) struct RateLimit<C: Clock = DefaultClock> {
    /// Limiter, requests per second, and burst size; `None` for no limit.
    limited: Option<(Limiter<C>, u32, u32)>,
    clock: C,
    /// Number of callers above which idle callers are forgotten next.
    crowd: AtomicUsize,
}

impl RateLimit {
    /// Creates a limit in requests per second; 0 for no limit.
    pub(crate) fn new(per_second: u32) -> Self {
        Self::by(per_second, DefaultClock::default())
    }
}

impl<C: Clock + Clone> RateLimit<C> {
    fn by(per_second: u32, clock: C) -> Self {
        let burst = per_second.saturating_mul(BURST_SECONDS);
        let quota = NonZeroU32::new(per_second).zip(NonZeroU32::new(burst));
        let limited = quota.map(|(rate, at_once)| {
            let quota = Quota::per_second(rate).allow_burst(at_once);
            let limiter = RateLimiter::hashmap_with_clock(quota, clock.clone());
            (limiter.with_middleware::<StateInformationMiddleware>(), per_second, burst)
        });
        Self { limited, clock, crowd: AtomicUsize::new(CALLERS) }
    }

    /// Counts a request. Returns the allowance after it, if there is a limit.
    pub(crate) fn take(&self, key: RateKey) -> Result<Option<Allowance>, RateExceeded> {
        let Some((limiter, per_second, limit)) = &self.limited else { return Ok(None) };
        let left = |remaining: u32| {
            let reset = limit.saturating_sub(remaining).div_ceil(*per_second);
            Allowance { limit: *limit, remaining, reset }
        };
        let taken = limiter.check_key(&key);
        if limiter.len() > self.crowd.load(Ordering::Relaxed) {
            limiter.retain_recent();
            self.crowd.store(CALLERS.max(limiter.len() * 2), Ordering::Relaxed);
        }
        match taken {
            Ok(state) => Ok(Some(left(state.remaining_burst_capacity()))),
            Err(until) => {
                let wait = until.wait_time_from(self.clock.now());
                let retry_after = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
                Err(RateExceeded { left: left(0), retry_after: retry_after.max(1) })
            }
        }
    }
}

impl Allowance {
    /// Adds the `RateLimit-*` headers.
    pub(crate) fn write_to(self, headers: &mut HeaderMap) {
        for (name, value) in [(LIMIT, self.limit), (REMAINING, self.remaining), (RESET, self.reset)] {
            headers.insert(name, HeaderValue::from(value));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use governor::clock::FakeRelativeClock;

    use super::*;

    fn left(remaining: u32, reset: u32) -> Allowance {
        Allowance { limit: 10, remaining, reset }
    }

    #[test]
    fn a_burst_of_five_seconds_worth_is_accepted_then_the_rate_per_second() {
        let clock = FakeRelativeClock::default();
        let limit = RateLimit::by(2, clock.clone());
        let program = RateKey::Token(1);
        for asked in 1..=10 {
            assert_eq!(limit.take(program), Ok(Some(left(10 - asked, asked.div_ceil(2)))));
        }
        let refused = RateExceeded { left: left(0, 5), retry_after: 1 };
        assert_eq!(limit.take(program), Err(refused));
        assert_eq!(limit.take(RateKey::Account(1)), Ok(Some(left(9, 1))), "another caller has its own allowance");
        clock.advance(Duration::from_millis(500));
        assert_eq!(limit.take(program), Ok(Some(left(0, 5))));
        assert_eq!(limit.take(program), Err(refused));
    }

    #[test]
    fn without_a_limit_every_request_is_accepted_and_no_allowance_reported() {
        let limit = RateLimit::new(0);
        assert!((0..10_000).all(|_| limit.take(RateKey::Token(1)) == Ok(None)));
    }

    #[test]
    fn idle_callers_are_forgotten() {
        let clock = FakeRelativeClock::default();
        let limit = RateLimit::by(2, clock.clone());
        for number in 0..CALLERS {
            limit.take(RateKey::Account(i64::try_from(number).unwrap())).unwrap();
        }
        clock.advance(Duration::from_secs(10));
        limit.take(RateKey::Account(-1)).unwrap();
        assert_eq!(limit.limited.map(|(limiter, ..)| limiter.len()), Some(1));
    }
}
