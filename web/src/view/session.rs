//! What the page is doing and what it shows: a small state machine, fed by clicks and by the worker's answers.

use alloc::sync::Arc;

use driftline_core::{report::Problem, schema::Field};
use driftline_wasm::message::Response;

use super::failure::Failure;

/// What the page is doing, what it shows, and what went wrong last. A result stays until another replaces it.
#[derive(Clone, Debug, Default)]
pub struct Session {
    /// What the worker is at.
    pub phase: Phase,
    /// The latest result.
    pub shown: Option<Shown>,
    /// What went wrong, until it is dismissed or a later attempt succeeds.
    pub failure: Option<Failure>,
    last_job: u32,
    /// The job that took the report which was opened last.
    opened: Option<u32>,
    /// Whether the worker still holds the counts behind `shown`.
    counts_held: bool,
    /// Whether the reporter does.
    counts_told: bool,
    /// What came with the counts that are being judged.
    counted: Counted,
    /// The policy changed while the worker was busy.
    outdated: bool,
}

/// What the worker says of two files beside their counts.
#[derive(Clone, Debug, Default)]
pub struct Counted {
    /// What was wrong with them.
    pub problems: Vec<Problem>,
    /// The baseline's columns, compared or not.
    pub fields: Arc<Vec<Field>>,
}

/// What the two workers are at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// Nothing.
    #[default]
    Idle,
    /// Reading files.
    Loading(Loading),
    /// Comparing what was read; where that takes a reading, its first progress makes this a `Loading`.
    Comparing {
        /// Number of the job.
        job: u32,
    },
}

/// How far reading has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loading {
    /// Number of the job.
    pub job: u32,
    /// Base name of the file that is read.
    pub source: String,
    /// Bytes read of both files.
    pub bytes: u64,
    /// Bytes of both files; 0 until the worker says.
    pub total_bytes: u64,
    /// Rows counted in both files.
    pub rows: u64,
    /// Somebody asked to stop.
    pub cancelling: bool,
    /// The reporter is at it: it reads a reference as JSON for the worker.
    pub at_reporter: bool,
}

impl Loading {
    /// How much is read, in percent.
    pub fn percent(&self) -> u8 {
        match self.total_bytes {
            0 => 0,
            total => (self.bytes.min(total) as f64 / total as f64 * 100.0) as u8,
        }
    }
}

/// A result, which the page hands on unread: what it says is the reporter's to show. Two are equal when they are of the
/// same job: reports are long.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The job that gave it.
    pub job: u32,
    /// The Report as JSON, as every front writes it.
    pub json: Arc<str>,
    /// The baseline's columns, compared or not.
    pub fields: Arc<Vec<Field>>,
}

impl Shown {
    /// Whether two results are about columns of the same names, so that what somebody chose to see still fits.
    pub fn same_columns(a: &Option<Shown>, b: &Option<Shown>) -> bool {
        let names = |shown: &Option<Shown>| -> Vec<String> {
            shown.iter().flat_map(|shown| shown.fields.iter().map(|f| f.name.clone())).collect()
        };
        names(a) == names(b)
    }
}

impl PartialEq for Shown {
    fn eq(&self, other: &Shown) -> bool {
        self.job == other.job
    }
}

/// What is to be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// The worker: read these files and count them.
    Load(u32),
    /// The worker: count what is missing; `again`: and tell the counts in any case.
    Count {
        /// The job.
        job: u32,
        /// Whether the reporter has not the counts that were told last.
        again: bool,
    },
    /// The reporter: give the reference that the worker found as JSON in its compact form.
    Compact(u32),
    /// The reporter: judge what was counted.
    Judge(u32),
}

impl Session {
    /// Whether files are being read.
    pub fn is_loading(&self) -> bool {
        matches!(self.phase, Phase::Loading(_))
    }

    /// Files are to be read, whatever the worker is at.
    pub fn load(&mut self) -> Ask {
        self.failure = None;
        self.outdated = false;
        let job = self.next_job();
        self.phase = Phase::Loading(Loading { job, ..Loading::default() });
        Ask::Load(job)
    }

    /// A report is to be taken as it is, whatever the worker is at: the number of that job.
    pub fn open(&mut self) -> u32 {
        self.failure = None;
        self.outdated = false;
        let job = self.next_job();
        self.opened = Some(job);
        self.phase = Phase::Comparing { job };
        job
    }

    /// Whether the result is a report that was opened, and not of files.
    pub fn is_opened(&self) -> bool {
        self.opened.is_some() && self.opened == self.shown.as_ref().map(|shown| shown.job)
    }

    /// The policy changed: what to ask for, if anything can be asked now.
    pub fn policy_changed(&mut self) -> Option<Ask> {
        if self.is_opened() {
            return None;
        }
        if self.phase != Phase::Idle {
            self.outdated = true;
            return None;
        }
        if !self.counts_held {
            self.shown.as_ref()?;
            return Some(self.load());
        }
        let job = self.next_job();
        self.phase = Phase::Comparing { job };
        Some(Ask::Count { job, again: !self.counts_told })
    }

    /// Somebody asks to stop reading: the job that the worker is to cancel.
    pub fn cancel(&mut self) -> Option<u32> {
        match &mut self.phase {
            Phase::Loading(loading) if loading.at_reporter => {
                // What it gives is nobody's then.
                self.phase = Phase::Idle;
                None
            }
            Phase::Loading(loading) => {
                loading.cancelling = true;
                Some(loading.job)
            }
            _ => None,
        }
    }

    /// The worker answers. A late answer to a job that nobody waits for changes nothing.
    pub fn answered(&mut self, response: Response) -> Option<Ask> {
        match response {
            Response::Ready => None,
            Response::Progress { job, source, bytes, total_bytes, rows } => {
                if self.waits_for(job) {
                    let cancelling = self.cancelling().is_some();
                    // A comparison that needs more than was counted reads the files again.
                    self.phase = Phase::Loading(Loading {
                        job,
                        source,
                        bytes,
                        total_bytes,
                        rows,
                        cancelling,
                        at_reporter: false,
                    });
                }
                None
            }
            Response::Counted { job, problems, fields, .. } => {
                if !self.waits_for(job) {
                    // They went nowhere.
                    self.counts_told = false;
                    return self.catch_up();
                }
                self.phase = Phase::Comparing { job };
                self.counts_held = true;
                self.counted = Counted { problems, fields: Arc::new(fields) };
                Some(Ask::Judge(job))
            }
            Response::Json { job, .. } => match &mut self.phase {
                Phase::Loading(loading) if loading.job == job && !loading.cancelling => {
                    loading.at_reporter = true;
                    Some(Ask::Compact(job))
                }
                _ => self.answered(Response::Cancelled { job }),
            },
            Response::Cancelled { job } => {
                if self.waits_for(job) {
                    self.phase = Phase::Idle;
                }
                self.catch_up()
            }
            Response::Failed { job, place, message } => {
                if !self.waits_for(job) {
                    return None;
                }
                let reading = self.is_loading();
                self.phase = Phase::Idle;
                self.failure = Some(Failure::answered(place, message, reading));
                // The policy that failed stays in the form; a change of it asks again.
                self.outdated = false;
                None
            }
        }
    }

    /// The reporter gave a reference's compact form, or says what is wrong with it: whether the worker is to read the files
    /// of this job with that form in the place of the baseline.
    pub fn compacted(&mut self, job: u32, problem: Option<String>) -> bool {
        let Phase::Loading(loading) = &mut self.phase else { return false };
        if loading.job != job || !core::mem::take(&mut loading.at_reporter) {
            return false;
        }
        let Some(message) = problem else { return true };
        let place = core::mem::take(&mut loading.source);
        self.phase = Phase::Idle;
        self.outdated = false;
        self.failure = Some(Failure::answered(place, message, true));
        false
    }

    /// What came with the counts that are being judged.
    pub fn counted(&self) -> &Counted {
        &self.counted
    }

    /// The reporter judged: its report as JSON.
    pub fn judged(&mut self, job: u32, json: &str) -> Option<Ask> {
        if self.waits_for(job) {
            self.phase = Phase::Idle;
            let is_opened = self.opened == Some(job);
            if is_opened {
                self.counts_held = false;
                self.counted = Counted::default();
            }
            self.counts_told = !is_opened;
            self.failure = None;
            self.shown =
                Some(Shown { job, json: Arc::from(json), fields: self.counted.fields.clone() });
        }
        self.catch_up()
    }

    /// The reporter could not judge: it said what was wrong (`said`), or ended without an answer.
    pub fn not_judged(&mut self, said: Option<String>, why: String) {
        // Another one, if need be, has no counts.
        self.counts_told = false;
        let is_awaited = match &self.phase {
            Phase::Idle => false,
            Phase::Loading(loading) => loading.at_reporter,
            Phase::Comparing { .. } => true,
        };
        if is_awaited {
            self.phase = Phase::Idle;
            self.outdated = false;
            self.failure = Some(match said {
                Some(message) => Failure::answered(String::new(), message, false),
                None => Failure::reporter_died(why),
            });
        }
    }

    /// The job that somebody asked to stop and that has not stopped yet.
    pub fn cancelling(&self) -> Option<u32> {
        match &self.phase {
            Phase::Loading(loading) if loading.cancelling => Some(loading.job),
            _ => None,
        }
    }

    /// What was to be asked was not asked after all.
    pub fn cancelled(&mut self) {
        self.phase = Phase::Idle;
    }

    /// The worker was ended because it did not stop when asked.
    pub fn cancelled_by_force(&mut self) {
        self.phase = Phase::Idle;
        self.counts_held = false;
    }

    /// The worker died; another has been started, which has read nothing yet.
    pub fn worker_died(&mut self, why: String) {
        let source = match &self.phase {
            Phase::Loading(loading) => loading.source.clone(),
            _ => String::new(),
        };
        self.phase = Phase::Idle;
        self.counts_held = false;
        self.outdated = false;
        self.failure = Some(Failure::worker_died(source, why));
    }

    fn waits_for(&self, job: u32) -> bool {
        match &self.phase {
            Phase::Idle => false,
            Phase::Loading(loading) => loading.job == job,
            Phase::Comparing { job: waiting } => *waiting == job,
        }
    }

    /// What is to be asked for since the policy changed, once nobody is busy.
    pub fn catch_up(&mut self) -> Option<Ask> {
        if self.phase == Phase::Idle && core::mem::take(&mut self.outdated) {
            self.policy_changed()
        } else {
            None
        }
    }

    fn next_job(&mut self) -> u32 {
        self.last_job = self.last_job.wrapping_add(1);
        self.last_job
    }
}

#[cfg(test)]
mod tests {
    use driftline_core::schema::{Kind, Origin, Role};

    use super::*;

    /// The page does not read what it shows.
    const REPORT: &str = "a report";

    fn fields() -> Vec<Field> {
        vec![Field {
            name: "hour".into(),
            kind: Kind::Numeric,
            role: Role::Feature,
            role_from: Origin::Default,
            time_form: None,
        }]
    }

    fn counted(job: u32) -> Response {
        let fields = fields();
        Response::Counted { job, counts: Vec::new(), problems: Vec::new(), fields }
    }

    /// The worker counted and the reporter judged.
    fn compared(session: &mut Session, job: u32) -> Option<Ask> {
        assert_eq!(session.answered(counted(job)), Some(Ask::Judge(job)));
        session.judged(job, REPORT)
    }

    fn failed(job: u32) -> Response {
        Response::Failed { job, place: "current.csv, row 3".into(), message: "expected".into() }
    }

    /// A session with a result, the worker idle.
    fn with_result() -> Session {
        let mut session = Session::default();
        let Ask::Load(job) = session.load() else { panic!("files are to be read") };
        assert_eq!(compared(&mut session, job), None);
        session
    }

    #[test]
    fn a_load_ends_in_a_result() {
        let mut session = Session::default();
        assert_eq!(session.load(), Ask::Load(1));
        session.answered(Response::Progress {
            job: 1,
            source: "a.csv".into(),
            bytes: 50,
            total_bytes: 200,
            rows: 4,
        });
        let Phase::Loading(loading) = &session.phase else { panic!("still reading") };
        assert_eq!((loading.percent(), loading.source.as_str(), loading.rows), (25, "a.csv", 4));
        assert_eq!(compared(&mut session, 1), None);
        assert_eq!(session.phase, Phase::Idle);
        assert_eq!(session.shown.map(|shown| shown.job), Some(1));
    }

    #[test]
    fn an_opened_report_is_judged_by_no_other_policy_until_files_are_read() {
        let mut session = with_result();
        let job = session.open();
        assert!(!session.is_opened(), "it is not there yet");
        assert_eq!(session.judged(job, REPORT), None);
        assert!(session.is_opened());
        assert_eq!(session.policy_changed(), None);
        assert_eq!((&session.phase, session.shown.as_ref().unwrap().job), (&Phase::Idle, job));
        let Ask::Load(job) = session.load() else { panic!("files are to be read") };
        assert_eq!(compared(&mut session, job), None);
        assert!(!session.is_opened());
        assert!(matches!(session.policy_changed(), Some(Ask::Count { again: false, .. })));
    }

    #[test]
    fn what_is_no_report_leaves_the_result_before_it() {
        let mut session = with_result();
        session.open();
        session.not_judged(Some("expected a report".into()), String::new());
        assert!(!session.is_opened() && session.failure.is_some());
        assert!(matches!(session.policy_changed(), Some(Ask::Count { .. })));
    }

    #[test]
    fn a_late_answer_to_an_older_job_changes_nothing() {
        let mut session = Session::default();
        session.load();
        session.load();
        assert_eq!(session.answered(counted(1)), None);
        assert_eq!(session.judged(1, REPORT), None);
        assert!(session.shown.is_none() && session.is_loading());
        session.answered(failed(1));
        assert!(session.failure.is_none() && session.is_loading());
    }

    #[test]
    fn a_failure_leaves_the_result_before_it() {
        let mut session = with_result();
        session.load();
        session.answered(failed(2));
        assert_eq!(session.shown.as_ref().map(|shown| shown.job), Some(1));
        assert_eq!(session.failure.as_ref().map(|f| f.place.as_str()), Some("current.csv, row 3"));
        // The worker kept what it had read.
        assert_eq!(session.policy_changed(), Some(Ask::Count { job: 3, again: false }));
    }

    #[test]
    fn a_changed_policy_compares_again_without_reading() {
        let mut session = with_result();
        assert_eq!(session.policy_changed(), Some(Ask::Count { job: 2, again: false }));
    }

    #[test]
    fn a_comparison_that_reads_the_files_again_shows_its_progress_and_can_be_stopped() {
        let mut session = with_result();
        assert_eq!(session.policy_changed(), Some(Ask::Count { job: 2, again: false }));
        assert_eq!(session.cancel(), None, "nothing is read yet");
        let progress = |bytes| Response::Progress {
            job: 2,
            source: "a.csv".into(),
            bytes,
            total_bytes: 100,
            rows: 1,
        };
        session.answered(progress(10));
        assert!(session.is_loading());
        assert_eq!(session.cancel(), Some(2));
        session.answered(progress(20));
        assert_eq!(session.cancelling(), Some(2), "it has not stopped yet");
        session.answered(Response::Cancelled { job: 2 });
        assert_eq!(session.phase, Phase::Idle);
        assert_eq!(session.shown.as_ref().map(|shown| shown.job), Some(1));
    }

    #[test]
    fn a_policy_without_a_result_asks_for_nothing() {
        assert_eq!(Session::default().policy_changed(), None);
    }

    #[test]
    fn changes_while_the_worker_is_busy_are_one_comparison_afterwards() {
        let mut session = with_result();
        assert_eq!(session.policy_changed(), Some(Ask::Count { job: 2, again: false }));
        assert_eq!(session.policy_changed(), None);
        assert_eq!(session.policy_changed(), None);
        assert_eq!(compared(&mut session, 2), Some(Ask::Count { job: 3, again: false }));
        assert_eq!(compared(&mut session, 3), None);
    }

    #[test]
    fn a_cancelled_load_leaves_the_result_before_it() {
        let mut session = with_result();
        session.load();
        assert_eq!(session.cancel(), Some(2));
        session.answered(Response::Cancelled { job: 2 });
        assert_eq!(session.phase, Phase::Idle);
        assert!(session.shown.is_some() && session.failure.is_none());
        assert_eq!(session.cancel(), None);
    }

    /// A load whose baseline turned out to be a reference as JSON.
    fn with_json() -> (Session, u32) {
        let mut session = with_result();
        let Ask::Load(job) = session.load() else { panic!("files are to be read") };
        session.answered(Response::Progress {
            job,
            source: "a.json".into(),
            bytes: 1,
            total_bytes: 2,
            rows: 0,
        });
        let answer = Response::Json { job, bytes: Vec::new() };
        assert_eq!(session.answered(answer), Some(Ask::Compact(job)));
        (session, job)
    }

    #[test]
    fn a_reference_as_json_is_read_by_the_reporter_first() {
        let (mut session, job) = with_json();
        assert!(session.is_loading());
        assert!(!session.compacted(job - 1, None), "nobody waits for that one");
        assert!(session.compacted(job, None));
        assert!(!session.compacted(job, None), "once");
        assert_eq!(compared(&mut session, job), None);
        assert_eq!(session.shown.map(|shown| shown.job), Some(job));
    }

    #[test]
    fn a_damaged_reference_as_json_is_told_with_its_file() {
        let (mut session, job) = with_json();
        assert!(!session.compacted(job, Some("missing field".into())));
        let failure = session.failure.as_ref().map(|f| (f.place.as_str(), f.message.as_str()));
        assert_eq!(failure, Some(("a.json", "missing field")));
        assert_eq!(session.phase, Phase::Idle);
        assert_eq!(session.policy_changed(), Some(Ask::Count { job: job + 1, again: false }));
    }

    #[test]
    fn a_load_is_stopped_while_the_reporter_is_at_it() {
        let (mut session, job) = with_json();
        assert_eq!(session.policy_changed(), None);
        assert_eq!(session.cancel(), None, "the worker has ended it");
        assert_eq!(session.catch_up(), Some(Ask::Count { job: job + 1, again: false }));
        assert!(!session.compacted(job, None));

        let (mut session, job) = with_json();
        session.load();
        assert!(!session.compacted(job, Some("missing field".into())));
        assert!(session.failure.is_none() && session.is_loading());

        let (mut session, _) = with_json();
        session.not_judged(None, "a trap".into());
        assert!(session.failure.is_some() && session.phase == Phase::Idle);
    }

    #[test]
    fn a_load_that_is_to_stop_does_so_where_the_worker_has_ended_it_already() {
        let mut session = with_result();
        let Ask::Load(job) = session.load() else { panic!("files are to be read") };
        assert_eq!(session.cancel(), Some(job));
        assert_eq!(session.answered(Response::Json { job, bytes: Vec::new() }), None);
        assert_eq!(session.phase, Phase::Idle);
    }

    #[test]
    fn a_dead_worker_is_told_and_the_files_are_read_again_when_needed() {
        let mut session = with_result();
        session.load();
        session.worker_died("unreachable".into());
        assert!(session.failure.is_some() && session.shown.is_some());
        assert_eq!(session.policy_changed(), Some(Ask::Load(3)));
    }

    #[test]
    fn a_reporter_that_died_is_told_the_counts_again() {
        let mut session = with_result();
        session.not_judged(None, "a trap".into());
        assert!(session.failure.is_none(), "nobody waited for it");
        assert_eq!(session.policy_changed(), Some(Ask::Count { job: 2, again: true }));
        assert_eq!(session.answered(counted(2)), Some(Ask::Judge(2)));
        session.not_judged(None, "a trap".into());
        assert!(session.failure.is_some() && session.phase == Phase::Idle);
        assert_eq!(session.shown.as_ref().map(|shown| shown.job), Some(1));
        assert_eq!(session.policy_changed(), Some(Ask::Count { job: 3, again: true }));
        assert_eq!(compared(&mut session, 3), None);
        assert_eq!(session.policy_changed(), Some(Ask::Count { job: 4, again: false }));
    }

    #[test]
    fn counts_that_nobody_waited_for_are_told_again() {
        let mut session = with_result();
        session.load();
        session.load();
        assert_eq!(session.answered(counted(2)), None);
        session.answered(failed(3));
        assert_eq!(session.policy_changed(), Some(Ask::Count { job: 4, again: true }));
    }
}
