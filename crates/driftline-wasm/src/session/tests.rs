//! The order of things, checked without a browser: jobs, cancelling, replacing, what is kept.

use core::{
    future::poll_fn,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

use driftline_core::{
    convention::Convention, group::WindowSize, monitor::StoredComparands, report::Report,
    time::Timestamp,
};

use super::*;

/// A page that listens, and a clock that moves by `tick_millis` at every look.
#[derive(Default)]
struct Page {
    heard: RefCell<Vec<Response>>,
    millis: Cell<f64>,
    tick_millis: f64,
}

#[derive(Clone)]
struct Memory {
    name: &'static str,
    content: Rc<Vec<u8>>,
    /// The byte at which reading fails.
    broken_at: Option<u64>,
    /// Bytes handed out, to see what is asked for.
    read: Rc<Cell<u64>>,
}

impl Host for Page {
    type File = Memory;

    fn post(&self, response: Response) {
        self.heard.borrow_mut().push(response);
    }

    fn millis(&self) -> f64 {
        self.millis.replace(self.millis.get() + self.tick_millis)
    }
}

impl SourceFile for Memory {
    fn name(&self) -> String {
        self.name.into()
    }

    fn bytes(&self) -> u64 {
        self.content.len() as u64
    }

    /// Every read lets others go first once, as a browser's does.
    fn read(&self, start: u64, end: u64) -> impl Future<Output = Result<Vec<u8>, String>> + use<> {
        let broken = self.broken_at.is_some_and(|at| (start..end).contains(&at));
        let bytes = self.content[start as usize..end as usize].to_vec();
        self.read.set(self.read.get() + bytes.len() as u64);
        let mut waited = false;
        poll_fn(move |_| {
            if !core::mem::replace(&mut waited, true) {
                return Poll::Pending;
            }
            Poll::Ready(if broken { Err("NotReadableError".into()) } else { Ok(bytes.clone()) })
        })
    }
}

fn file(name: &'static str, content: impl Into<Vec<u8>>) -> Memory {
    let content = Rc::new(content.into());
    Memory { name, content, broken_at: None, read: Rc::default() }
}

/// Rows of one number, `shift` added.
fn rows(n: usize, shift: usize) -> Vec<u8> {
    let mut text = String::from("amount\n");
    (0..n).for_each(|i| text.push_str(&format!("{}\n", i * 7919 % 1000 + shift)));
    text.into_bytes()
}

fn two_files() -> Vec<Memory> {
    vec![file("baseline.csv", rows(2000, 0)), file("current.csv", rows(2000, 500))]
}

/// Two files of several chunks each.
fn two_long_files() -> Vec<Memory> {
    vec![file("baseline.csv", rows(3_000_000, 0)), file("current.csv", rows(3_000_000, 9))]
}

fn load(job: u32, spec: CompareSpec) -> Request {
    Request::Load { job, spec: serde_json::to_string(&spec).unwrap() }
}

fn count(job: u32, spec: CompareSpec) -> Request {
    Request::Count { job, spec: serde_json::to_string(&spec).unwrap(), again: false }
}

/// What is judged of counts that were told.
fn report(counts: &[u8], spec: &CompareSpec) -> Report {
    let counted = StoredComparands::decode(counts).unwrap();
    spec.check().unwrap().report(&counted.comparands(), Timestamp::EPOCH)
}

fn poll(work: Pin<&mut impl Future<Output = ()>>) -> Poll<()> {
    work.poll(&mut Context::from_waker(Waker::noop()))
}

fn finish(work: impl Future<Output = ()>) {
    let mut work = pin!(work);
    while poll(work.as_mut()).is_pending() {}
}

/// What the page heard, in brief: `progress 1`, `counted 1 critical` by what the shipped spec says of it, `counted 1 as
/// before`, `cancelled 1`, `failed 1 place: message`.
fn heard(session: &Session<Page>) -> Vec<String> {
    let in_brief = |response: &Response| match response {
        Response::Ready => String::from("ready"),
        Response::Progress { job, .. } => format!("progress {job}"),
        Response::Counted { job, counts, .. } if counts.is_empty() => {
            format!("counted {job} as before")
        }
        Response::Counted { job, counts, .. } => {
            format!("counted {job} {}", report(counts, &CompareSpec::default()).severity.name())
        }
        Response::Cancelled { job } => format!("cancelled {job}"),
        Response::Failed { job, place, message } => format!("failed {job} {place}: {message}"),
    };
    session.host.heard.borrow_mut().drain(..).map(|response| in_brief(&response)).collect()
}

fn session() -> Session<Page> {
    Session::new(Page::default())
}

#[test]
fn a_load_tells_its_progress_and_its_counts() {
    let session = session();
    finish(session.handle(load(1, CompareSpec::default()), two_files()));
    assert_eq!(heard(&session), ["progress 1", "counted 1 critical"]);
}

#[test]
fn progress_is_told_at_most_every_100_milliseconds_and_counts_both_files() {
    let session = Session::new(Page { tick_millis: 60.0, ..Page::default() });
    let files = two_long_files();
    let total = files.iter().map(SourceFile::bytes).sum::<u64>();
    finish(session.handle(load(1, CompareSpec::default()), files));
    let heard = session.host.heard.take();
    let told: Vec<(&str, u64)> = heard
        .iter()
        .filter_map(|response| match response {
            Response::Progress { source, bytes, total_bytes, rows, .. } => {
                assert_eq!(*total_bytes, total);
                assert!(*rows > 0 && *rows <= 6_000_000, "{rows}");
                Some((source.as_str(), *bytes))
            }
            _ => None,
        })
        .collect();
    let chunks = 2 * (total / 2).div_ceil(CHUNK_BYTES);
    assert!(chunks >= 6, "the files have several chunks: {chunks}");
    assert_eq!(told.len() as u64, chunks.div_ceil(2), "every second look at the clock");
    assert!(told.is_sorted_by_key(|(_, bytes)| *bytes), "{told:?}");
    assert_eq!((told[0].0, told[told.len() - 1].0), ("baseline.csv", "current.csv"));
}

#[test]
fn a_cancelled_load_reads_no_further_and_keeps_what_was_read_before() {
    let session = session();
    finish(session.handle(load(1, CompareSpec::default()), two_files()));
    let files = two_long_files();
    let read = files[0].read.clone();
    {
        let mut work = pin!(session.handle(load(2, CompareSpec::default()), files));
        assert!(poll(work.as_mut()).is_pending());
        finish(session.handle(Request::Cancel { job: 2 }, Vec::new()));
        assert!(poll(work.as_mut()).is_ready());
    }
    assert_eq!(read.get(), CHUNK_BYTES);
    finish(session.handle(count(3, CompareSpec::default()), Vec::new()));
    assert_eq!(
        heard(&session),
        ["progress 1", "counted 1 critical", "cancelled 2", "counted 3 as before"]
    );
}

#[test]
fn a_second_load_replaces_the_first() {
    let session = session();
    let mut first = pin!(session.handle(load(1, CompareSpec::default()), two_long_files()));
    assert!(poll(first.as_mut()).is_pending());
    let mut second = pin!(session.handle(load(2, CompareSpec::default()), two_files()));
    assert!(poll(second.as_mut()).is_pending());
    assert!(poll(first.as_mut()).is_ready());
    finish(second);
    assert_eq!(heard(&session), ["cancelled 1", "progress 2", "counted 2 critical"]);
}

#[test]
fn cancelling_a_job_that_does_not_read_says_nothing() {
    let session = session();
    finish(session.handle(Request::Cancel { job: 1 }, Vec::new()));
    let mut work = pin!(session.handle(load(2, CompareSpec::default()), two_files()));
    assert!(poll(work.as_mut()).is_pending());
    finish(session.handle(Request::Cancel { job: 1 }, Vec::new()));
    finish(work);
    finish(session.handle(Request::Cancel { job: 2 }, Vec::new()));
    assert_eq!(heard(&session), ["progress 2", "counted 2 critical"]);
}

#[test]
fn a_comparison_during_a_load_is_of_what_was_read_before() {
    let session = session();
    finish(session.handle(load(1, CompareSpec::default()), two_files()));
    let same = vec![file("baseline.csv", rows(2000, 0)), file("current.csv", rows(2000, 0))];
    let mut work = pin!(session.handle(load(2, CompareSpec::default()), same));
    assert!(poll(work.as_mut()).is_pending());
    finish(session.handle(count(3, CompareSpec::default()), Vec::new()));
    finish(work);
    assert_eq!(
        heard(&session),
        ["progress 1", "counted 1 critical", "counted 3 as before", "progress 2", "counted 2 none"]
    );
}

/// The counts that the page heard of last.
fn last_counts(session: &Session<Page>) -> Vec<u8> {
    match session.host.heard.take().pop() {
        Some(Response::Counted { counts, .. }) => counts,
        other => panic!("expected counts, found {other:?}"),
    }
}

#[test]
fn what_is_told_is_judged_as_what_was_read() {
    let spec: CompareSpec =
        serde_json::from_str(r#"{"window": "30d", "segments": {"by": ["city"]}}"#).unwrap();
    let session = session();
    let files = vec![file("baseline.csv", days(0)), file("current.csv", days(500))];
    finish(session.handle(load(1, spec.clone()), files));
    let kept = session.kept.borrow().clone().unwrap();
    let monitor = spec.check().unwrap();
    let judged = monitor.report(&kept.intake.comparands(), Timestamp::EPOCH);
    assert_eq!((judged.windows.len(), judged.segments.len()), (13, 2));
    let counts = last_counts(&session);
    assert_eq!(report(&counts, &spec).to_json(), judged.to_json());
    let mut cut = counts.clone();
    cut.truncate(counts.len() - 1);
    assert!(StoredComparands::decode(&cut).is_err());
}

#[test]
fn another_spec_needs_no_other_counts_unless_it_asks_for_them() {
    let other = || CompareSpec { bins: 20, ..CompareSpec::default() };
    let once = session();
    finish(once.handle(load(1, other()), two_files()));
    let twice = session();
    finish(twice.handle(load(1, CompareSpec::default()), two_files()));
    assert_eq!(last_counts(&once), last_counts(&twice));
    finish(twice.handle(count(2, other()), Vec::new()));
    assert!(last_counts(&twice).is_empty());
    finish(twice.handle(
        Request::Count { job: 3, spec: serde_json::to_string(&other()).unwrap(), again: true },
        Vec::new(),
    ));
    finish(once.handle(
        Request::Count { job: 3, spec: serde_json::to_string(&other()).unwrap(), again: true },
        Vec::new(),
    ));
    assert_eq!(last_counts(&once), last_counts(&twice));
}

#[test]
fn a_convention_that_needs_the_rows_again_reads_the_kept_files() {
    let other = || CompareSpec { convention: Convention::Evidently, ..CompareSpec::default() };
    let once = session();
    finish(once.handle(load(1, other()), two_files()));
    let expected = last_counts(&once);
    assert!(report(&expected, &other()).to_json().contains("wasserstein_norm"));

    let twice = session();
    let files = two_files();
    let read = files[0].read.clone();
    finish(twice.handle(load(1, CompareSpec::default()), files));
    let once_through = read.get();
    finish(twice.handle(count(2, other()), Vec::new()));
    assert_eq!((last_counts(&twice), read.get()), (expected, 2 * once_through));
    // Back and forth: what was counted is kept.
    finish(twice.handle(count(3, CompareSpec::default()), Vec::new()));
    finish(twice.handle(count(4, other()), Vec::new()));
    assert_eq!((last_counts(&twice), read.get()), (Vec::new(), 2 * once_through));
}

#[test]
fn a_convention_that_needs_the_rows_again_refuses_a_reference() {
    let (baseline, current) = (two_files().remove(0), two_files().remove(1));
    let monitor = CompareSpec::default().check().unwrap();
    let mut intake = BaselineIntake::new("baseline.csv", ReadOptions::default(), &monitor);
    intake.push(&baseline.content).unwrap();
    let stored = intake.finish().unwrap().reference.encode();
    let session = session();
    let spec = CompareSpec { convention: Convention::Nannyml, ..CompareSpec::default() };
    finish(session.handle(load(1, spec), vec![file("baseline.ref", stored), current]));
    assert_eq!(
        heard(&session).pop().unwrap(),
        "failed 1 files: expected a data file: the nannyml convention needs the baseline's rows, found a reference"
    );
}

/// A year of days, one row each.
fn days(shift: usize) -> Vec<u8> {
    let mut text = String::from("timestamp,amount,city\n");
    for day in 0..360 {
        let (month, day_of_month) = (1 + day / 30, 1 + day % 28);
        let amount = day * 7919 % 1000 + shift;
        let city = if day % 3 == 0 { "Rome" } else { "Oslo" };
        text.push_str(&format!("2024-{month:02}-{day_of_month:02},{amount},{city}\n"));
    }
    text.into_bytes()
}

#[test]
fn a_comparison_that_needs_more_than_was_counted_reads_the_files_again() {
    let files = || vec![file("baseline.csv", days(0)), file("current.csv", days(500))];
    let spec = |json: &str| -> CompareSpec { serde_json::from_str(json).unwrap() };
    let session = session();
    let held = files();
    let read = held[1].read.clone();
    finish(session.handle(load(1, CompareSpec::default()), held));
    let once = read.get();
    for (json, times) in [
        (r#"{"bins": 20, "convention": "textbook", "false_discovery_rate": 0.2}"#, 1),
        (r#"{"window": "120rows"}"#, 2),
        (r#"{"window": "120rows", "thresholds": {"moderate": 0.05}}"#, 2),
        (r#"{"window": "30d", "segments": {"by": ["city"]}}"#, 3),
        (r#"{"window": "30d", "segments": {"by": ["city"]}, "bins": 5}"#, 4),
        (r#"{"columns": {"amount": {"role": "latency"}}}"#, 5),
        (r#"{"columns": {"amount": {"kind": "categorical"}}}"#, 6),
    ] {
        let before = read.get();
        finish(session.handle(count(2, spec(json)), Vec::new()));
        assert_eq!(read.get(), times * once, "{json}");
        let counts = last_counts(&session);
        assert_eq!(counts.is_empty(), read.get() == before, "{json}");
        let loaded = Session::new(Page::default());
        finish(loaded.handle(load(2, spec(json)), files()));
        if !counts.is_empty() {
            assert_eq!(counts, last_counts(&loaded), "{json}");
        }
    }
}

#[test]
fn a_comparison_that_reads_is_cancelled_and_what_was_read_stays() {
    let session = session();
    finish(session.handle(load(1, CompareSpec::default()), two_files()));
    let windows = || CompareSpec { window: WindowSize::parse("500rows"), ..CompareSpec::default() };
    {
        let mut work = pin!(session.handle(count(2, windows()), Vec::new()));
        assert!(poll(work.as_mut()).is_pending());
        finish(session.handle(Request::Cancel { job: 2 }, Vec::new()));
        assert!(poll(work.as_mut()).is_ready());
    }
    finish(session.handle(count(3, CompareSpec::default()), Vec::new()));
    assert_eq!(
        heard(&session),
        ["progress 1", "counted 1 critical", "cancelled 2", "counted 3 as before"]
    );
}

#[test]
fn what_the_files_have_no_column_for_is_said_before_anything_is_read() {
    let session = session();
    finish(session.handle(load(1, CompareSpec::default()), two_files()));
    heard(&session);
    let spec = CompareSpec { window: WindowSize::parse("1d"), ..CompareSpec::default() };
    finish(session.handle(count(2, spec), Vec::new()));
    let last = heard(&session).pop().unwrap();
    assert!(last.starts_with("failed 2 window: expected a column of instants"), "{last}");
}

/// What the page hears of a load that cannot be done; a comparison afterwards is of the files read before.
fn check_failure(spec: CompareSpec, files: Vec<Memory>, expected: &str) {
    let session = session();
    finish(session.handle(load(1, CompareSpec::default()), two_files()));
    heard(&session);
    finish(session.handle(load(2, spec), files));
    let last = heard(&session).pop().unwrap();
    assert_eq!(last, format!("failed 2 {expected}"));
    finish(session.handle(count(3, CompareSpec::default()), Vec::new()));
    assert_eq!(heard(&session), ["counted 3 as before"]);
}

#[test]
fn a_failure_says_where_and_keeps_what_was_read_before() {
    let spec = CompareSpec::default;
    check_failure(spec(), Vec::new(), "files: expected a baseline, found none");
    let (baseline, current) = (two_files().remove(0), two_files().remove(1));
    let broken = Memory { broken_at: Some(3), ..current };
    check_failure(
        spec(),
        vec![baseline.clone(), broken],
        "current.csv, byte 0: this file can no longer be read; was it changed, moved or deleted? (NotReadableError)",
    );
    let long = two_long_files().remove(0);
    let broken = Memory { broken_at: Some(CHUNK_BYTES + 1), ..long };
    check_failure(
        spec(),
        vec![broken, baseline.clone()],
        "baseline.csv, byte 4194304: this file can no longer be read; was it changed, moved or deleted? \
         (NotReadableError)",
    );
    check_failure(
        CompareSpec { bins: 7, budget_bytes: 0, ..spec() },
        two_files(),
        "bins: expected a number of bins that divides 1000 (2, 4, 5, 8, 10, 20, 25, 40, 50, 100, 125, 200, 250, 500, \
         1000), found 7; budget_bytes: expected at least 1048576, found 0",
    );
}

#[test]
fn several_current_files_are_windows_and_all_of_them_the_whole() {
    let spec = |json: &str| -> CompareSpec { serde_json::from_str(json).unwrap() };
    let named = ["monday.csv", "tuesday.csv", "wednesday.csv"];
    let session = session();
    let mut files = vec![file("baseline.csv", rows(2000, 0))];
    files.extend(named.iter().zip([0, 0, 500]).map(|(name, shift)| file(name, rows(900, shift))));
    let read = files[3].read.clone();
    finish(session.handle(load(1, CompareSpec::default()), files));
    let found = report(&last_counts(&session), &CompareSpec::default());
    assert_eq!((found.current.rows, &*found.current.source), (2700, &*named.join(", ")));
    let windows = found.windows.iter();
    let windows: Vec<_> = windows.map(|w| (w.source.as_deref(), w.first_row, w.rows)).collect();
    let expected = named.iter().zip([0, 900, 1800]);
    assert_eq!(windows, expected.map(|(n, row)| (Some(*n), Some(row), 900)).collect::<Vec<_>>());
    let severities: Vec<&str> = found.windows.iter().map(|w| w.severity.name()).collect();
    assert_eq!(severities, ["none", "none", "critical"]);
    // What else is asked of windows goes before; then all files are one.
    let once = read.get();
    let by_rows = spec(r#"{"window": "1000rows"}"#);
    finish(session.handle(count(2, by_rows.clone()), Vec::new()));
    let found = report(&last_counts(&session), &by_rows);
    let windows: Vec<_> = found.windows.iter().map(|w| (w.source.clone(), w.rows)).collect();
    assert_eq!(windows, [(None, 1000), (None, 1000), (None, 700)]);
    assert_eq!(read.get(), 2 * once);
    finish(session.handle(count(3, spec(r#"{"window": "auto"}"#)), Vec::new()));
    assert_eq!(report(&last_counts(&session), &CompareSpec::default()).windows.len(), 3);
}

#[test]
fn an_empty_file_is_named() {
    let session = session();
    let baseline = two_files().remove(0);
    finish(
        session.handle(load(1, CompareSpec::default()), vec![baseline, file("current.csv", "")]),
    );
    let last = heard(&session).pop().unwrap();
    assert!(last.starts_with("failed 1 current.csv"), "{last}");
    finish(session.handle(count(2, CompareSpec::default()), Vec::new()));
    assert_eq!(heard(&session), ["failed 2 files: expected files first, found none"]);
}
