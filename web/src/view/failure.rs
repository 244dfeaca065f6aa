//! What went wrong, where, and what to do next.

/// What went wrong, where, and what to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What could not be done.
    pub title: String,
    /// File, row and column, or a path in the policy; empty where there is no place.
    pub place: String,
    /// What was expected, and what was found.
    pub message: String,
    /// What to do next.
    pub advice: &'static str,
    /// Whether the same can be tried again as it is.
    pub can_retry: bool,
}

impl Failure {
    /// The worker says what is wrong with a file, or with the policy.
    pub fn answered(place: String, message: String, reading: bool) -> Failure {
        // What the files have no column for is found while they are read.
        let reading = reading && !POLICY.iter().any(|path| place.starts_with(path));
        let title = if reading { "This file could not be read" } else { "Could not compare" };
        let advice = advice(&message, reading);
        Failure { title: title.into(), place, message, advice, can_retry: false }
    }

    /// The worker ended without an answer.
    pub fn worker_died(source: String, why: String) -> Failure {
        Failure {
            title: "The reader stopped without an answer".into(),
            place: source,
            message: why,
            advice: "The reader has been restarted and this page is unharmed. Try again; for a very large file, close \
                     other tabs first or use the command line: driftline compare.",
            can_retry: false,
        }
    }

    /// The reporter ended, or could not be started.
    pub fn reporter_died(why: String) -> Failure {
        Failure {
            title: "The report could not be worked out".into(),
            place: String::new(),
            message: why,
            advice: "What was read of the files is still there, and this page is unharmed.",
            can_retry: true,
        }
    }

    /// Something in the page itself could not be done.
    pub fn here(title: &str, place: &str, message: String, advice: &'static str) -> Failure {
        Failure { title: title.into(), place: place.into(), message, advice, can_retry: false }
    }
}

/// Paths of the policy that files may not fit.
const POLICY: [&str; 3] = ["window", "segments.", "columns."];

fn advice(message: &str, reading: bool) -> &'static str {
    if !reading {
        return "Change the policy, or reset it to its defaults.";
    }
    driftline_charts::wording::remedy(message)
        .unwrap_or("Correct the file at that place, then choose it again.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_advice(message: &str, expected: &str) {
        let failure = Failure::answered("current.csv, row 2".into(), message.into(), true);
        assert!(failure.advice.contains(expected), "{message}: {}", failure.advice);
    }

    #[test]
    fn every_failure_says_what_to_do_next() {
        check_advice("a quoted field opens here and is not closed", "quotation mark");
        check_advice("expected UTF-8 text, found the byte 0xff", "UTF-8");
        check_advice("found a NUL byte", "CSV or TSV");
        check_advice("the file is empty", "rows under it");
        check_advice("something unheard of", "choose it again");
    }

    #[test]
    fn trouble_with_the_policy_does_not_blame_a_file() {
        let failure = Failure::answered("bins".into(), "expected a divisor".into(), false);
        assert!(failure.advice.contains("policy"));
        let window = Failure::answered("window".into(), "expected instants".into(), true);
        assert_eq!((window.title, window.advice), (failure.title, failure.advice));
    }
}
