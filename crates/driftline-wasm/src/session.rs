//! What the worker does: one job of reading at a time, cancelled or replaced between two chunks, and what was counted of
//! the last files kept for as many comparisons as people ask for. A spec that needs more than was counted has the files
//! read again. Nothing is judged here: the reporter does that.
//!
//! Nothing here knows a browser: files, clock and the way back to the page are a [`Host`]'s, so the order of things is
//! tested natively.

use alloc::rc::Rc;
use core::cell::{Cell, RefCell};

use driftline_core::{
    convention::ConventionCounter, monitor::Monitor, reference::Reference, report::Problem,
    schema::Role, spec::CompareSpec, window::Plan,
};
use driftline_data::{
    BaselineIntake, ConventionIntake, CurrentIntake, Intake, ReadError, ReadOptions,
};

use crate::message::{Request, Response};

/// Bytes asked of a file at a time. Two of them are in memory: one is read while the other is parsed.
const CHUNK_BYTES: u64 = 4 << 20;

/// Milliseconds between two messages about progress.
const PROGRESS_MILLIS: f64 = 100.0;

/// Where a session runs.
pub trait Host {
    /// A file, read by pieces.
    type File: SourceFile;

    /// Sends a message to the page.
    fn post(&self, response: Response);

    /// A clock in milliseconds; only differences count.
    fn millis(&self) -> f64;
}

/// A file that the page chose: a handle, cheap to keep.
pub trait SourceFile: Clone {
    /// Base name.
    fn name(&self) -> String;

    /// How many bytes it had when it was chosen.
    fn bytes(&self) -> u64;

    /// Begins to read the bytes from `start` to `end` at once, before the future is awaited. What the future gives in
    /// place of bytes is the reason in the host's words.
    fn read(
        &self,
        start: u64,
        end: u64,
    ) -> impl Future<Output = Result<Vec<u8>, String>> + use<Self>;
}

/// The worker's side of the talk with one page.
#[derive(Debug)]
pub struct Session<H: Host> {
    host: H,
    /// The job that reads.
    reading: Cell<Option<u32>>,
    /// The files that were read last, whole and without an error.
    kept: RefCell<Option<Rc<Kept<H::File>>>>,
}

/// What was counted of files, and what it takes to count them again.
#[derive(Clone, Debug)]
struct Kept<F> {
    intake: Intake,
    /// The spec they were read by.
    spec: CompareSpec,
    plan: Plan,
    /// The baseline, then the current files.
    files: Vec<F>,
    /// Whether the baseline is data and not a reference.
    has_rows: bool,
}

impl<F> Kept<F> {
    /// Whether a reading by `monitor`'s spec would count the same.
    fn serves(&self, monitor: &Monitor) -> Result<bool, Stop> {
        let spec = monitor.spec();
        // Roles of classes say how a column is counted where its kind is not given.
        let counted_as = |spec: &CompareSpec| {
            let mut roles = spec.roles();
            roles.retain(|_, role| {
                matches!(
                    role,
                    Role::Prediction | Role::Label | Role::Error | Role::Model | Role::Version
                )
            });
            (spec.kinds(), roles)
        };
        if counted_as(spec) != counted_as(&self.spec) || spec.budget_bytes != self.spec.budget_bytes
        {
            return Ok(false);
        }
        Ok(plan(monitor, &self.intake.reference, &self.files)? == self.plan)
    }
}

/// Why a job ended without counts.
enum Stop {
    /// Cancelled, or replaced by another job.
    Cancelled,
    /// Where, and what was expected and found.
    Failed(Problem),
}

impl From<ReadError> for Stop {
    fn from(error: ReadError) -> Stop {
        Stop::Failed(Problem { place: error.place().to_string(), message: error.message().into() })
    }
}

impl<H: Host> Session<H> {
    /// A session that has read nothing.
    pub fn new(host: H) -> Session<H> {
        Session { host, reading: Cell::new(None), kept: RefCell::new(None) }
    }

    /// Where it runs.
    pub fn host(&self) -> &H {
        &self.host
    }

    /// Answers one message; `files` came with it. Further messages may be handled while this one awaits its files.
    pub async fn handle(&self, request: Request, files: Vec<H::File>) {
        let (job, outcome) = match request {
            Request::Load { job, spec } => (
                job,
                match read(&spec) {
                    Ok(spec) => self.load(job, spec, files).await,
                    Err(stop) => Err(stop),
                },
            ),
            Request::Count { job, spec, again } => (
                job,
                match read(&spec) {
                    Ok(spec) => self.count(job, spec, again).await,
                    Err(stop) => Err(stop),
                },
            ),
            Request::Cancel { job } => {
                // A job that has ended was answered already.
                if self.reading.get() == Some(job) {
                    self.reading.set(None);
                }
                return;
            }
        };
        self.host.post(match outcome {
            Ok(response) => response,
            Err(Stop::Cancelled) => Response::Cancelled { job },
            Err(Stop::Failed(Problem { place, message })) => {
                Response::Failed { job, place, message }
            }
        });
    }

    async fn load(
        &self,
        job: u32,
        spec: CompareSpec,
        files: Vec<H::File>,
    ) -> Result<Response, Stop> {
        // Whatever reads now sees that it has been replaced.
        self.reading.set(Some(job));
        let outcome = self.read_both(job, spec, files).await;
        if self.reading.get() == Some(job) {
            self.reading.set(None);
        }
        Ok(self.keep(job, outcome?))
    }

    /// For the spec it was read with or another one: what is missing for that is read first.
    async fn count(&self, job: u32, spec: CompareSpec, again: bool) -> Result<Response, Stop> {
        let monitor = check(&spec)?;
        let kept = self.kept.borrow().clone();
        let kept = kept.ok_or_else(|| failed("files", "expected files first, found none"))?;
        if !kept.serves(&monitor)? {
            return self.load(job, spec, kept.files.clone()).await;
        }
        if kept.intake.convention_plan(&monitor).is_none() {
            return Ok(counted(job, &kept.intake, again));
        }
        // Whatever reads now sees that it has been replaced.
        self.reading.set(Some(job));
        let mut progress = Progress {
            job,
            source: kept.files[0].name(),
            bytes: 0,
            total_bytes: 0,
            posted_millis: f64::NEG_INFINITY,
        };
        let mut more = Kept::clone(&kept);
        let outcome = self.read_for_convention(&mut more, &monitor, &mut progress).await;
        if self.reading.get() == Some(job) {
            self.reading.set(None);
        }
        outcome?;
        Ok(self.keep(job, more))
    }

    fn keep(&self, job: u32, kept: Kept<H::File>) -> Response {
        let answer = counted(job, &kept.intake, true);
        self.kept.replace(Some(Rc::new(kept)));
        answer
    }

    /// Reads both files again where the convention's tool bins them together.
    async fn read_for_convention(
        &self,
        kept: &mut Kept<H::File>,
        monitor: &Monitor,
        progress: &mut Progress,
    ) -> Result<(), Stop> {
        let Some(plan) = kept.intake.convention_plan(monitor) else { return Ok(()) };
        if !kept.has_rows {
            let convention = plan.convention().name();
            return Err(failed(
                "files",
                &format!(
                    "expected a data file: the {convention} convention needs the baseline's rows, found a reference"
                ),
            ));
        }
        progress.total_bytes += kept.files.iter().map(SourceFile::bytes).sum::<u64>();
        let mut counter = ConventionCounter::new(plan);
        for file in &kept.files {
            progress.source = file.name();
            let options = ReadOptions::default();
            let mut intake =
                ConventionIntake::new(file.name(), options, &kept.intake.reference, counter);
            self.read(file, progress, |bytes| {
                intake.push(bytes)?;
                Ok(intake.rows())
            })
            .await?;
            counter = intake.finish()?;
        }
        kept.intake.recount = Some(counter.finish());
        Ok(())
    }

    async fn read_both(
        &self,
        job: u32,
        spec: CompareSpec,
        files: Vec<H::File>,
    ) -> Result<Kept<H::File>, Stop> {
        let monitor = check(&spec)?;
        let [baseline, current @ ..] = &files[..] else {
            return Err(failed("files", "expected a baseline, found none"));
        };
        let Some(first) = current.first() else {
            return Err(failed("files", "expected a current file, found none"));
        };
        let options = ReadOptions::default();
        let mut progress = Progress {
            job,
            source: baseline.name(),
            bytes: 0,
            total_bytes: files.iter().map(SourceFile::bytes).sum(),
            posted_millis: f64::NEG_INFINITY,
        };

        let mut intake = BaselineIntake::new(baseline.name(), options.clone(), &monitor);
        self.read(baseline, &mut progress, |bytes| {
            intake.push(bytes)?;
            Ok(intake.rows())
        })
        .await?;
        let baseline_rows = intake.rows();
        let read = intake.finish()?;
        let plan = plan(&monitor, &read.reference, &files)?;
        let again = monitor.plan_of_baseline(&read.reference);
        if !again.groups.is_empty() {
            if read.summary.is_none() {
                let message = "expected a data file as the baseline, found a reference: segments need its rows";
                return Err(failed("segments.by", message));
            }
            progress.total_bytes += baseline.bytes();
        }

        let mut intake =
            CurrentIntake::new(first.name(), options.clone(), &read.reference, plan.clone());
        for (at, file) in current.iter().enumerate() {
            progress.source = file.name();
            if at > 0 {
                intake.next_file(file.name())?;
            }
            self.read(file, &mut progress, |bytes| {
                intake.push(bytes)?;
                Ok(baseline_rows + intake.rows())
            })
            .await?;
        }
        let rows = baseline_rows + intake.rows();
        let counted = intake.finish()?;

        let has_rows = read.summary.is_some();
        let mut segments = Vec::new();
        if !again.groups.is_empty() {
            progress.source = baseline.name();
            let mut intake = CurrentIntake::new(baseline.name(), options, &read.reference, again);
            self.read(baseline, &mut progress, |bytes| {
                intake.push(bytes)?;
                Ok(rows + intake.rows())
            })
            .await?;
            segments = intake.finish()?.counted.groups;
        }
        let intake = Intake::new(read, counted, segments);
        let mut kept = Kept { intake, spec, plan, files, has_rows };
        self.read_for_convention(&mut kept, &monitor, &mut progress).await?;
        Ok(kept)
    }

    /// Pushes the whole of `file`, chunk by chunk; `push` tells the rows so far.
    async fn read(
        &self,
        file: &H::File,
        progress: &mut Progress,
        mut push: impl FnMut(&[u8]) -> Result<u64, ReadError>,
    ) -> Result<(), Stop> {
        let total_bytes = file.bytes();
        let chunk_end = |start: u64| (start + CHUNK_BYTES).min(total_bytes);
        let mut start = 0;
        let mut next = (total_bytes > 0).then(|| file.read(0, chunk_end(0)));
        while let Some(chunk) = next.take() {
            let bytes = chunk.await;
            // Messages that came in meanwhile were handled while this one waited.
            if self.reading.get() != Some(progress.job) {
                return Err(Stop::Cancelled);
            }
            let end = chunk_end(start);
            let bytes = bytes.map_err(|reason| unreadable(file, start, &reason))?;
            if bytes.len() as u64 != end - start {
                let reason = format!("expected {} bytes, found {}", end - start, bytes.len());
                return Err(unreadable(file, start, &reason));
            }
            next = (end < total_bytes).then(|| file.read(end, chunk_end(end)));
            let rows = push(&bytes)?;
            progress.bytes += end - start;
            start = end;
            progress.post(&self.host, rows);
        }
        Ok(())
    }
}

/// How far a job has come.
struct Progress {
    job: u32,
    source: String,
    bytes: u64,
    total_bytes: u64,
    posted_millis: f64,
}

impl Progress {
    /// Tells the page, unless it has just been told.
    fn post(&mut self, host: &impl Host, rows: u64) {
        let now_millis = host.millis();
        if now_millis - self.posted_millis < PROGRESS_MILLIS {
            return;
        }
        self.posted_millis = now_millis;
        host.post(Response::Progress {
            job: self.job,
            source: self.source.clone(),
            bytes: self.bytes,
            total_bytes: self.total_bytes,
            rows,
        });
    }
}

/// What was counted; the counts themselves where they are to be told.
fn counted(job: u32, intake: &Intake, tell: bool) -> Response {
    Response::Counted {
        job,
        counts: if tell { intake.comparands().encode() } else { Vec::new() },
        problems: intake.problems.clone(),
        fields: intake.fields().cloned().collect(),
    }
}

/// What is counted of the current files, which come after the baseline.
fn plan<F>(monitor: &Monitor, reference: &Reference, files: &[F]) -> Result<Plan, Stop> {
    monitor.plan_of_files(reference, files.len().saturating_sub(1)).map_err(refused)
}

/// The spec of a message.
fn read(spec: &str) -> Result<CompareSpec, Stop> {
    serde_json::from_str(spec).map_err(|error| failed("spec", &error.to_string()))
}

/// The spec, ready to run; or its problems, the first with its place and the others after it.
fn check(spec: &CompareSpec) -> Result<Monitor, Stop> {
    spec.check().map_err(refused)
}

/// All that is wrong in one message, at the place of the first.
fn refused(problems: Vec<Problem>) -> Stop {
    let mut problems = problems.into_iter();
    let first = problems.next().expect("a spec is refused for a reason");
    let rest = problems.map(|problem| format!("; {}: {}", problem.place, problem.message));
    failed(&first.place, &(first.message + &rest.collect::<String>()))
}

fn failed(place: &str, message: &str) -> Stop {
    Stop::Failed(Problem { place: place.into(), message: message.into() })
}

fn unreadable(file: &impl SourceFile, byte: u64, reason: &str) -> Stop {
    failed(
        &format!("{}, byte {byte}", file.name()),
        &format!("this file can no longer be read; was it changed, moved or deleted? ({reason})"),
    )
}

#[cfg(test)]
mod tests;
