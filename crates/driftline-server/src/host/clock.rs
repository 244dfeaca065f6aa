//! The time of the system's clock, without its leaps.
//!
//! Rows are counted by the time at which they come, and looks are due by it. The state never goes back in time, so a clock
//! that is set a year ahead and put right again would leave it standing still for a year. So time here runs with the
//! machine's steady clock, follows the system's as long as that runs alike, and believes a leap only once it has lasted.

use std::{
    sync::{Mutex, OnceLock, PoisonError},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use driftline_core::time::Timestamp;

/// Differences up to this are followed at once: clocks are adjusted all the time.
const LEAP_MICROS: i64 = 60_000_000;
/// A leap ahead is believed once it has lasted so long: a machine that slept has leapt for good.
const LASTING: Duration = Duration::from_secs(120);

/// The time now.
pub fn now() -> Timestamp {
    with_clock(|_| {})
}

/// Time goes on from `latest`, which a state has seen. Says how far that is ahead of the system's clock, where it is
/// further than clocks are adjusted by.
pub(super) fn go_on_from(latest: Timestamp) -> Option<Duration> {
    let before = now();
    with_clock(|clock| clock.shown = clock.shown.max(latest.micros()));
    let ahead = latest.micros().saturating_sub(before.micros());
    (ahead > LEAP_MICROS).then(|| Duration::from_micros(ahead.unsigned_abs()))
}

/// The time, after a change of the clock.
fn with_clock(change: impl FnOnce(&mut Clock)) -> Timestamp {
    static CLOCK: OnceLock<(Instant, Mutex<Clock>)> = OnceLock::new();
    // A clock before 1970 is not set yet.
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let system = i64::try_from(since.as_micros()).unwrap_or(i64::MAX);
    let (begun, clock) =
        CLOCK.get_or_init(|| (Instant::now(), Mutex::new(Clock::new(system, Duration::ZERO))));
    let mut clock = clock.lock().unwrap_or_else(PoisonError::into_inner);
    change(&mut clock);
    Timestamp::from_micros(clock.read(system, begun.elapsed()))
}

/// Time out of two clocks: the system's, which may leap, and one that runs steadily from some start.
#[derive(Clone, Copy, Debug)]
struct Clock {
    /// What was shown at an instant of the steady clock.
    shown: i64,
    at: Duration,
    /// Since when the system's clock has been further ahead than clocks are adjusted by.
    ahead_since: Option<Duration>,
}

impl Clock {
    fn new(system: i64, steady: Duration) -> Clock {
        Clock { shown: system, at: steady, ahead_since: None }
    }

    /// The time, never before what was shown: in microseconds since 1970.
    fn read(&mut self, system: i64, steady: Duration) -> i64 {
        // Threads may come here in another order than they read the clocks.
        let steady = steady.max(self.at);
        let passed = i64::try_from((steady - self.at).as_micros()).unwrap_or(i64::MAX);
        let expected = self.shown.saturating_add(passed);
        let ahead = system.saturating_sub(expected);
        let believed = if ahead.saturating_abs() <= LEAP_MICROS {
            self.ahead_since = None;
            system
        } else if ahead < 0 {
            // Set back: time goes on from where it was, as it does for the state.
            self.ahead_since = None;
            expected
        } else if steady - *self.ahead_since.get_or_insert(steady) >= LASTING {
            self.ahead_since = None;
            system
        } else {
            expected
        };
        self.shown = believed.max(self.shown);
        self.at = steady;
        self.shown
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000;
    const YEAR: i64 = 365 * 86_400 * SECOND;
    const BEGIN: i64 = 50 * YEAR;

    /// Reads the clock once for each second from `from` to `to` of the steady clock; the system's is off by so much.
    fn run(clock: &mut Clock, (from, to): (u64, u64), off: i64) -> Vec<i64> {
        let read = |second: u64| {
            let system = BEGIN + second as i64 * SECOND + off;
            (clock.read(system, Duration::from_secs(second)) - BEGIN) / SECOND
        };
        (from..to).map(read).collect()
    }

    #[test]
    fn it_shows_the_systems_time_and_follows_small_corrections() {
        let mut clock = Clock::new(BEGIN, Duration::ZERO);
        assert_eq!(run(&mut clock, (1, 4), 0), [1, 2, 3]);
        assert_eq!(run(&mut clock, (4, 6), 30 * SECOND), [34, 35]);
        // Put back by as much, it waits instead of going back.
        assert_eq!(run(&mut clock, (6, 8), 0), [35, 35]);
        assert_eq!(run(&mut clock, (35, 38), 0), [35, 36, 37]);
    }

    #[test]
    fn a_leap_of_a_year_that_is_put_right_leaves_no_trace() {
        let mut clock = Clock::new(BEGIN, Duration::ZERO);
        run(&mut clock, (1, 10), 0);
        assert_eq!(run(&mut clock, (10, 100), YEAR), (10..100).collect::<Vec<i64>>());
        assert_eq!(run(&mut clock, (100, 103), 0), [100, 101, 102]);
        // The next one is timed anew.
        assert_eq!(run(&mut clock, (103, 105), YEAR), [103, 104]);
    }

    #[test]
    fn a_leap_that_lasts_is_believed() {
        let mut clock = Clock::new(BEGIN, Duration::ZERO);
        let shown = run(&mut clock, (1, 200), YEAR);
        assert_eq!(shown[119], 120);
        assert_eq!(shown[120], YEAR / SECOND + 121);
    }

    #[test]
    fn set_back_by_a_year_time_goes_on() {
        let mut clock = Clock::new(BEGIN, Duration::ZERO);
        run(&mut clock, (1, 10), 0);
        assert_eq!(run(&mut clock, (10, 500), -YEAR), (10..500).collect::<Vec<i64>>());
        assert_eq!(run(&mut clock, (500, 502), 0), [500, 501]);
    }
}
