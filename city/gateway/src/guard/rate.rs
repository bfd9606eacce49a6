//! A token bucket per caller, in bounded memory (GATEWAY-4).

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Mutex;
use std::time::Duration;

/// How often a caller may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Requests at a stretch.
    pub burst: u32,
    /// Requests a second in the long run.
    pub per_second: u32,
}

/// Counts requests by caller. An IPv6 caller is a /64: one household has so many addresses.
#[derive(Debug)]
pub struct RateLimiter {
    rate: Rate,
    callers: usize,
    buckets: Mutex<HashMap<IpAddr, Bucket>>,
}

/// Tokens in millionths, so that a microsecond adds exactly `per_second`.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    tokens: u128,
    seen: Duration,
}

const TOKEN: u128 = 1_000_000;

impl RateLimiter {
    /// Remembers at most so many callers.
    #[must_use]
    pub fn new(rate: Rate, callers: usize) -> Self {
        Self { rate, callers, buckets: Mutex::default() }
    }

    /// Whether this caller may ask at `now`, a time since the start that never goes back.
    #[must_use]
    pub fn admit(&self, caller: IpAddr, now: Duration) -> bool {
        let Ok(mut buckets) = self.buckets.lock() else { return false };
        let caller = household(caller);
        if !buckets.contains_key(&caller) && buckets.len() >= self.callers {
            // Who has a full bucket is as good as new. If nobody has, newcomers wait: a flood of addresses gains nothing.
            buckets.retain(|_, bucket| self.filled(*bucket, now).tokens < self.full());
            if buckets.len() >= self.callers {
                return false;
            }
        }
        let known = buckets.get(&caller).copied().unwrap_or(Bucket { tokens: self.full(), seen: now });
        let bucket = self.filled(known, now);
        let left = bucket.tokens.checked_sub(TOKEN);
        buckets.insert(caller, Bucket { tokens: left.unwrap_or(bucket.tokens), seen: now });
        left.is_some()
    }

    fn filled(&self, bucket: Bucket, now: Duration) -> Bucket {
        let added =
            now.saturating_sub(bucket.seen).as_micros().saturating_mul(u128::from(self.rate.per_second));
        Bucket { tokens: bucket.tokens.saturating_add(added).min(self.full()), seen: now }
    }

    fn full(&self) -> u128 {
        u128::from(self.rate.burst) * TOKEN
    }
}

/// Whom an address stands for.
pub(super) fn household(caller: IpAddr) -> IpAddr {
    match caller {
        IpAddr::V4(_) => caller,
        IpAddr::V6(address) => match address.to_ipv4_mapped() {
            Some(address) => IpAddr::V4(address),
            None => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64))),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { burst: 3, per_second: 2 };

    fn caller(last: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, last])
    }

    #[test]
    fn gateway_4_a_burst_is_served_then_the_rate_and_others_do_not_notice() {
        let limiter = RateLimiter::new(RATE, 10);
        let at = Duration::from_millis;
        let served = |millis| limiter.admit(caller(1), at(millis));
        assert_eq!([0, 0, 0, 0].map(served), [true, true, true, false]);
        assert!(limiter.admit(caller(2), at(0)));
        assert_eq!([499, 500, 999, 1_000].map(served), [false, true, false, true]);
        assert_eq!([9_000, 9_000, 9_000, 9_000].map(served), [true, true, true, false]);
    }

    #[test]
    fn gateway_4_the_memory_for_callers_is_bounded_and_forgets_the_idle_first() {
        let limiter = RateLimiter::new(RATE, 2);
        assert!(limiter.admit(caller(1), Duration::ZERO) && limiter.admit(caller(2), Duration::ZERO));
        assert!(!limiter.admit(caller(3), Duration::ZERO), "both are remembered: no room");
        assert!(limiter.admit(caller(1), Duration::ZERO));
        assert!(limiter.admit(caller(3), Duration::from_millis(500)), "caller 2 is as good as new");
        assert_eq!(limiter.buckets.lock().unwrap().len(), 2);
    }

    #[test]
    fn gateway_4_one_household_is_one_caller() {
        let limiter = RateLimiter::new(Rate { burst: 1, per_second: 0 }, 10);
        let address = |text: &str| text.parse::<IpAddr>().unwrap();
        assert!(limiter.admit(address("2001:db8::1"), Duration::ZERO));
        assert!(!limiter.admit(address("2001:db8::2"), Duration::ZERO));
        assert!(limiter.admit(address("2001:db8:0:1::1"), Duration::ZERO));
        assert!(limiter.admit(address("10.0.0.1"), Duration::ZERO));
        assert!(!limiter.admit(address("::ffff:10.0.0.1"), Duration::ZERO));
    }
}
