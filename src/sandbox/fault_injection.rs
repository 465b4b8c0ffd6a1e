//! Fault injection: makes the sandbox slow, makes it fail, and limits requests, to test
//! clients.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{Request, State};
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::problem::Problem;
use crate::system::random;

/// The injected faults; none by default.
#[derive(Clone, Copy, Debug, Default)]
pub struct FaultInjection {
    /// The delay of every response.
    pub latency: Duration,
    /// The share of requests that get 503, from 0 to 1. Half of them take effect
    /// first.
    pub fail_rate: f64,
    /// The maximum number of requests per second; others get 429 with `Retry-After`.
    pub rate_limit: Option<f64>,
}

/// Injects the faults and counts requests.
#[derive(Clone)]
pub struct FaultInjector {
    faults: FaultInjection,
    bucket: Arc<Mutex<Bucket>>,
}

/// The number of requests that are allowed now; it grows with time up to one second's worth.
struct Bucket {
    left: f64,
    filled: Instant,
}

impl FaultInjector {
    pub fn new(faults: FaultInjection) -> Self {
        let bucket =
            Bucket { left: faults.rate_limit.unwrap_or(0.0).max(1.0), filled: Instant::now() };
        Self { faults, bucket: Arc::new(Mutex::new(bucket)) }
    }

    /// The time until a request is allowed; `None` if it is allowed now.
    fn wait(&self, rate: f64, now: Instant) -> Option<Duration> {
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        let gained = now.saturating_duration_since(bucket.filled).as_secs_f64() * rate;
        bucket.left = (bucket.left + gained).min(rate.max(1.0));
        bucket.filled = now;
        if bucket.left >= 1.0 {
            bucket.left -= 1.0;
            return None;
        }
        Some(Duration::from_secs_f64((1.0 - bucket.left) / rate))
    }
}

/// Handles a request, unless a fault is injected.
pub async fn inject(
    State(injector): State<FaultInjector>,
    request: Request,
    next: Next,
) -> Response {
    let faults = injector.faults;
    if !faults.latency.is_zero() {
        // Timers are up to two milliseconds late, one on average.
        let early = faults.latency.saturating_sub(Duration::from_millis(1));
        tokio::time::sleep(early).await;
    }
    if let Some(rate) = faults.rate_limit
        && let Some(wait) = injector.wait(rate, Instant::now())
    {
        let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, "There are too many requests.");
        let mut response = problem.into_response();
        let seconds = wait.as_secs_f64().ceil().max(1.0);
        if let Ok(value) = HeaderValue::from_str(&seconds.to_string()) {
            response.headers_mut().insert(RETRY_AFTER, value);
        }
        return response;
    }
    if faults.fail_rate > 0.0 && random::fraction() < faults.fail_rate {
        if random::fraction() < 0.5 {
            next.run(request).await;
        }
        return Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "This failure was injected by --fail-rate.",
        )
        .into_response();
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{FaultInjection, FaultInjector};

    #[test]
    fn a_second_brings_a_seconds_worth_and_no_more() {
        let injector = FaultInjector::new(FaultInjection {
            rate_limit: Some(2.0),
            ..FaultInjection::default()
        });
        let start = Instant::now();
        let allowed = |at: u64, requests: usize| {
            let now = start + Duration::from_millis(at);
            (0..requests).filter(|_| injector.wait(2.0, now).is_none()).count()
        };
        assert_eq!(allowed(0, 5), 2);
        assert_eq!(allowed(500, 5), 1);
        assert_eq!(allowed(60_000, 5), 2);
    }
}
