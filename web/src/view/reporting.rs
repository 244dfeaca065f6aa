//! What the reporter makes of the result that is shown: alerts, and the parts that are shown as the HTML report shows them.

use alloc::sync::Arc;

use driftline_wasm::message::reporting::{Parts, Response};

/// What is known of the reporter's work. Parts stay until others replace them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reporting {
    /// The parts of the latest result that has any.
    pub parts: Arc<Parts>,
    /// Why there are none of what is asked about now.
    pub failure: Option<String>,
    /// The job of the result that it was asked about last, and whether it is still at it.
    asked: Option<u32>,
    is_waiting: bool,
    /// Whether the file is to be saved once there are parts again.
    saves_later: bool,
}

/// What is to be done with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Do {
    /// Nothing more.
    Nothing,
    /// Offer the text beside it as a file.
    Save,
    /// Hand the text beside it to whoever shares it.
    Share,
    /// Ask for the file.
    AskToSave,
}

impl Reporting {
    /// It is asked about the result of a job.
    pub fn ask(&mut self, job: u32) {
        self.asked = Some(job);
        self.is_waiting = true;
        self.failure = None;
    }

    /// Whether people wait for parts and see none yet.
    pub fn is_awaited(&self) -> bool {
        self.is_waiting && *self.parts == Parts::default()
    }

    /// Whether the result is shown and has neither windows nor segments.
    pub fn is_plain(&self) -> bool {
        !self.is_waiting && self.parts.windows.is_empty() && self.parts.segments.is_empty()
    }

    /// The file is to be saved, of a reporter that has to be told everything first.
    pub fn save_later(&mut self) {
        self.saves_later = true;
    }

    /// It answers. Parts of an older result change nothing.
    pub fn answered(&mut self, response: Response) -> Do {
        match response {
            Response::Parts { job, parts } if self.asked == Some(job) => {
                self.parts = Arc::new(parts);
                self.is_waiting = false;
                self.failure = None;
                if core::mem::take(&mut self.saves_later) {
                    return Do::AskToSave;
                }
            }
            Response::Failed { message, .. } => self.failed(message),
            Response::Saved => return Do::Save,
            Response::Shared => return Do::Share,
            _ => {}
        }
        Do::Nothing
    }

    /// The part about the windows is another.
    pub fn zoomed(&mut self, windows: &str) {
        Arc::make_mut(&mut self.parts).windows = windows.into();
    }

    /// Another policy was tried on the same result.
    pub fn replayed(&mut self, parts: Parts) {
        self.parts = Arc::new(parts);
    }

    /// It could not do what it was asked for; parts of the result before stay.
    pub fn gave_up(&mut self) {
        self.is_waiting = false;
    }

    /// It could not be started, or ended without an answer.
    pub fn failed(&mut self, why: String) {
        // Nobody misses it before there is a result.
        if self.asked.is_some() {
            self.failure = Some(why);
        }
        self.is_waiting = false;
        self.saves_later = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(job: u32) -> Response {
        let parts = Parts { alerts: format!("<p>{job}</p>"), ..Parts::default() };
        Response::Parts { job, parts }
    }

    #[test]
    fn parts_stay_until_those_of_the_next_result_come() {
        let mut reporting = Reporting::default();
        reporting.ask(1);
        assert!(reporting.is_awaited());
        assert_eq!(reporting.answered(parts(1)), Do::Nothing);
        reporting.ask(2);
        reporting.answered(parts(1));
        assert_eq!((reporting.parts.alerts.as_str(), reporting.is_awaited()), ("<p>1</p>", false));
        reporting.answered(parts(2));
        assert_eq!(reporting.parts.alerts, "<p>2</p>");
    }

    #[test]
    fn a_failure_is_told_and_what_is_shown_stays() {
        let mut reporting = Reporting::default();
        reporting.failed("not found".into());
        assert_eq!(reporting.failure, None, "there is no result yet");
        reporting.ask(1);
        reporting.answered(parts(1));
        reporting.failed("a trap".into());
        assert_eq!(reporting.failure.as_deref(), Some("a trap"));
        assert_eq!(reporting.parts.alerts, "<p>1</p>");
        reporting.save_later();
        reporting.ask(2);
        assert_eq!(reporting.failure, None);
        assert_eq!(reporting.answered(parts(2)), Do::AskToSave);
        assert_eq!(reporting.answered(Response::Saved), Do::Save);
    }
}
