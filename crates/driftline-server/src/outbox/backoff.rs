//! How long until the next attempt, and when to give up.

use std::time::Duration;

use sha2::{Digest as _, Sha256};

/// How long until the next attempt: `min(first · factorⁿ⁻¹, longest)` after the n-th, less up to half of it by chance, so
/// that what failed together does not come back together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// After the first attempt.
    pub first: Duration,
    /// How many times longer after each.
    pub factor: u32,
    /// At most, also where a receiver asks for more.
    pub longest: Duration,
    /// A row that is older is given up.
    pub give_up_after: Duration,
    /// Chance is a function of this, the event and the attempt: the same again in a test.
    pub seed: u64,
}

impl Default for Backoff {
    /// 5 s, 20 s, 80 s, 5 min, 21 min, then each hour, for three days.
    fn default() -> Backoff {
        Backoff {
            first: Duration::from_secs(5),
            factor: 4,
            longest: Duration::from_secs(3600),
            give_up_after: Duration::from_secs(3 * 24 * 3600),
            seed: 0,
        }
    }
}

impl Backoff {
    /// How long to wait after attempt `attempt` (from 1) for `event`.
    pub fn delay(&self, event: &str, attempt: u32, retry_after: Option<Duration>) -> Duration {
        let whole = self.whole(attempt);
        let mut hash = Sha256::new();
        hash.update(self.seed.to_le_bytes());
        hash.update(attempt.to_le_bytes());
        hash.update(event.as_bytes());
        let digest = hash.finalize();
        let chance = u16::from_le_bytes([digest[0], digest[1]]);
        // In whole microseconds: half of the delay, and up to half of it more.
        let half = whole.as_micros() / 2;
        let micros = half + half * u128::from(chance) / u128::from(u16::MAX);
        let jittered = Duration::from_micros(u64::try_from(micros).unwrap_or(u64::MAX));
        jittered.max(retry_after.unwrap_or_default().min(self.longest))
    }

    /// The delay without chance.
    pub(crate) fn whole(&self, attempt: u32) -> Duration {
        let factor = self.factor.checked_pow(attempt.saturating_sub(1)).unwrap_or(u32::MAX);
        self.first.checked_mul(factor).unwrap_or(self.longest).min(self.longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_to_the_longest_and_keep_within_half_of_it() {
        let backoff = Backoff::default();
        let whole: Vec<u64> = (1..=7).map(|n| backoff.whole(n).as_secs()).collect();
        assert_eq!(whole, [5, 20, 80, 320, 1280, 3600, 3600]);
        for attempt in [1, 3, 60, u32::MAX] {
            let mut seen = std::collections::BTreeSet::new();
            for event in 0..200 {
                let delay = backoff.delay(&format!("event-{event}"), attempt, None);
                assert!(delay >= backoff.whole(attempt) / 2 && delay <= backoff.whole(attempt));
                seen.insert(delay);
            }
            assert!(seen.len() > 190, "{} different delays of 200", seen.len());
        }
        let again = Backoff { seed: 1, ..Backoff::default() };
        assert_ne!(backoff.delay("a", 5, None), again.delay("a", 5, None));
        assert_eq!(again.delay("a", 5, None), again.delay("a", 5, None));
    }

    #[test]
    fn a_receiver_may_ask_for_more_time_but_not_for_more_than_the_longest() {
        let backoff = Backoff::default();
        assert_eq!(backoff.delay("a", 1, Some(Duration::from_secs(60))).as_secs(), 60);
        assert_eq!(backoff.delay("a", 1, Some(Duration::from_secs(86_400))).as_secs(), 3600);
        assert_eq!(backoff.delay("a", 3, Some(Duration::ZERO)), backoff.delay("a", 3, None));
    }
}
