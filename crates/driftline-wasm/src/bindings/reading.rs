//! Two sources to a report: the path that every front takes, awaiting its bytes.

use driftline_core::{
    convention::ConventionCounter, monitor::Monitor, policy::Policy, report::Report, spec::Checked,
};
use driftline_data::{BaselineIntake, ConventionIntake, CurrentIntake, Intake, ReadOptions};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

use super::{
    failure::Failure,
    source::ByteSource,
    spec::{checked, instant},
};

/// The report on `current` compared with `baseline`, as the JSON that every front writes for these files.
///
/// # Errors
/// A spec or a file that cannot be used; what a source throws.
#[wasm_bindgen]
pub async fn compare(
    baseline: ByteSource,
    current: ByteSource,
    spec: Option<String>,
    now_millis: f64,
) -> Result<String, JsValue> {
    let Checked { monitor, policy } = checked(spec.as_deref())?;
    let now = instant(now_millis)?;
    let intake = read(&baseline, &current, &monitor).await?;
    Ok(intake.report(&monitor, now).decided_by(&policy).to_json())
}

/// A report's windows under another policy: the report with other alerts, triggers and timeline.
///
/// # Errors
/// Text that is no report or has no windows; a spec that cannot be used.
#[wasm_bindgen]
pub fn replay(report: &str, spec: Option<String>) -> Result<String, JsValue> {
    let Checked { policy, .. } = checked(spec.as_deref())?;
    Ok(replayed(report, &policy)?.to_json())
}

fn replayed(report: &str, policy: &Policy) -> Result<Report, Failure> {
    let report =
        Report::from_measured_json(report).map_err(|error| Failure::stored("report", error))?;
    if report.windows.is_empty() {
        let message = "expected a report with windows: compare with `window` in the spec first";
        return Err(Failure::argument("report", message));
    }
    Ok(report.decided_by(policy))
}

async fn read(
    baseline: &ByteSource,
    current: &ByteSource,
    monitor: &Monitor,
) -> Result<Intake, Failure> {
    let options = ReadOptions::default();
    let mut intake = BaselineIntake::new(baseline.label(), options.clone(), monitor);
    baseline
        .push_to(|bytes| {
            intake.push(bytes)?;
            Ok(intake.rows())
        })
        .await?;
    let read = intake.finish()?;
    let has_rows = read.summary.is_some();
    let plan = monitor.plan(&read.reference).map_err(Failure::spec)?;
    let again = monitor.plan_of_baseline(&read.reference);
    if !again.groups.is_empty() && !has_rows {
        let message =
            "expected a data file as the baseline, found a reference: segments need its rows";
        return Err(Failure::argument("segments.by", message));
    }

    let mut intake = CurrentIntake::new(current.label(), options.clone(), &read.reference, plan);
    current
        .push_to(|bytes| {
            intake.push(bytes)?;
            Ok(intake.rows())
        })
        .await?;
    let counted = intake.finish()?;

    let mut segments = Vec::new();
    if !again.groups.is_empty() {
        let mut intake = CurrentIntake::new(baseline.label(), options, &read.reference, again);
        baseline
            .push_again_to(|bytes| {
                intake.push(bytes)?;
                Ok(intake.rows())
            })
            .await?;
        segments = intake.finish()?.counted.groups;
    }
    let mut intake = Intake::new(read, counted, segments);
    read_for_convention(&mut intake, [baseline, current], has_rows, monitor).await?;
    Ok(intake)
}

/// Reads both again where the convention's tool bins them together.
async fn read_for_convention(
    intake: &mut Intake,
    sources: [&ByteSource; 2],
    has_rows: bool,
    monitor: &Monitor,
) -> Result<(), Failure> {
    let Some(plan) = intake.convention_plan(monitor) else { return Ok(()) };
    if !has_rows {
        let convention = plan.convention().name();
        let message = format!(
            "expected a data file as the baseline, found a reference: the {convention} convention needs its rows"
        );
        return Err(Failure::argument("convention", message));
    }
    let mut counter = ConventionCounter::new(plan);
    for source in sources {
        let mut again = ConventionIntake::new(
            source.label(),
            ReadOptions::default(),
            &intake.reference,
            counter,
        );
        source
            .push_again_to(|bytes| {
                again.push(bytes)?;
                Ok(again.rows())
            })
            .await?;
        counter = again.finish()?;
    }
    intake.recount = Some(counter.finish());
    Ok(())
}
