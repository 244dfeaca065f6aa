//! The spec of a run, and the policy of a replay: what the files say, and the flags over them.

use std::{fs, path::Path};

use driftline_core::{
    group::WindowSize,
    lint::lint,
    live::{Live, Semantics},
    policy::Policy,
    scenario::Scenarios,
    schema::Role,
    spec::{Checked, MonitorSpec},
    time::Timestamp,
};
use driftline_data::{ReadOptions, Selection};
use serde::de::DeserializeOwned;

use crate::{
    args::{
        CompareArgs, PolicyArgs, ProfileArgs, ReadingArgs, ReplayArgs, ReportFormat, SelectionArgs,
    },
    exit::Failure,
};

/// A spec is written by people: a file longer than this is another one, given by mistake.
const MAX_SPEC_BYTES: u64 = 16 << 20;

/// What `compare` was asked for.
pub(crate) fn of_compare(args: &CompareArgs) -> Result<Checked, Failure> {
    let (mut spec, place) = base(args.policy.spec.as_deref())?;
    lay_over(&mut spec, &args.policy);
    // A page has room for the policy's timeline, which needs windows.
    let of_format = (args.format == ReportFormat::Html).then_some(WindowSize::Auto);
    spec.window = args.apart.window.or(spec.window).or(of_format);
    if !args.apart.by.is_empty() {
        spec.segments.by.clone_from(&args.apart.by);
    }
    if let Some(top) = args.apart.top {
        spec.segments.top = top;
    }
    give(&mut spec, &args.roles, args.policy.positive.as_deref());
    give_kinds(&mut spec, &args.reading);
    check(&spec, &place)
}

/// The spec that `replay` was asked for, and the name for its mistakes.
pub(crate) fn of_replay(args: &ReplayArgs) -> Result<(MonitorSpec, String), Failure> {
    let (mut spec, place) = base(args.policy.spec.as_deref())?;
    lay_over(&mut spec, &args.policy);
    give(&mut spec, &args.roles, args.policy.positive.as_deref());
    give_kinds(&mut spec, &args.reading);
    // A replay has no segments.
    spec.segments.by.clear();
    // Whoever asks for other live windows than the shipped ones means them here too.
    let live = Some(spec.live.window).filter(|length| *length != Live::default().window);
    spec.window = args.window.or(spec.window).or(live.map(WindowSize::Time));
    if args.compat {
        spec.live.semantics = Semantics::Compat;
    }
    Ok((spec, place))
}

/// The flags of how numbers are made and judged.
fn lay_over(spec: &mut MonitorSpec, args: &PolicyArgs) {
    if let Some(bins) = args.bins {
        spec.bins = bins.get();
    }
    if let Some(convention) = args.convention {
        spec.convention = convention;
    }
    if let Some(direction) = args.kl_direction {
        spec.measures.kl.direction = direction;
    }
    if let Some(rate) = args.false_discovery_rate {
        spec.false_discovery_rate = rate;
    }
}

/// What `profile` was asked for.
pub(crate) fn of_profile(args: &ProfileArgs) -> Result<Checked, Failure> {
    let (mut spec, place) = base(args.spec.as_deref())?;
    give(&mut spec, &args.roles, args.positive.as_deref());
    give_kinds(&mut spec, &args.reading);
    check(&spec, &place)
}

fn give(spec: &mut MonitorSpec, roles: &[(String, Role)], positive: Option<&str>) {
    if let Some(class) = positive {
        spec.positive_class = Some(class.into());
    }
    for (column, role) in roles {
        spec.columns.entry(column.clone()).or_default().role = Some(*role);
    }
}

/// The policy of the spec at `path`, or the shipped one.
pub(crate) fn of_rules(path: Option<&Path>) -> Result<Policy, Failure> {
    let (spec, place) = base(path)?;
    check(&spec, &place).map(|checked| checked.policy)
}

/// A scenario file.
pub(crate) fn scenarios(path: &Path) -> Result<Scenarios, Failure> {
    parse(path, &text_of(path, "scenarios")?)
}

/// How files are read.
pub(crate) fn read_options(reading: &ReadingArgs) -> ReadOptions {
    ReadOptions {
        strict: reading.strict,
        delimiter: reading.delimiter,
        has_header: reading.no_header.then_some(false),
        time_forms: reading.time_forms.iter().cloned().collect(),
        ..ReadOptions::default()
    }
}

/// Which rows of the baseline's file are the baseline.
pub(crate) fn selection(args: &SelectionArgs) -> Result<Selection, Failure> {
    if let Some(rows) = args.reference_rows {
        return Ok(Selection::rows(0..rows));
    }
    let (first, end) = (Timestamp::from_micros(i64::MIN), Timestamp::from_micros(i64::MAX));
    match (args.reference_from, args.reference_to) {
        (None, None) => Ok(Selection::all()),
        (Some(from), Some(to)) if from >= to => Err(Failure::new(format!(
            "--reference-to {to}: expected an instant after --reference-from {from}"
        ))),
        (from, to) => Ok(Selection::times(from.unwrap_or(first)..to.unwrap_or(end))),
    }
}

/// What is said of the spec at `path`: `Err` where the file cannot be read, else a line for each mistake, and where there
/// is none a line for each warning.
pub(crate) fn said_of(path: &Path) -> Result<(Vec<String>, Vec<String>), Failure> {
    let text = text_of(path, "a spec")?;
    let place = path.to_string_lossy();
    let checked = parse::<MonitorSpec>(path, &text)
        .and_then(|spec| check(&spec, &place).map(|_| lint(&spec.parts().1)));
    Ok(match checked {
        Err(failure) => (failure.lines().to_vec(), Vec::new()),
        Ok(warnings) => (Vec::new(), Failure::of_problems(&place, &warnings).lines().to_vec()),
    })
}

/// The spec that flags are laid over, and the name for its mistakes.
pub(crate) fn base(path: Option<&Path>) -> Result<(MonitorSpec, String), Failure> {
    match path {
        Some(path) => {
            Ok((parse(path, &text_of(path, "a spec")?)?, path.to_string_lossy().into_owned()))
        }
        None => Ok((MonitorSpec::default(), "flags".into())),
    }
}

fn give_kinds(spec: &mut MonitorSpec, reading: &ReadingArgs) {
    for (column, kind) in &reading.kinds {
        spec.columns.entry(column.clone()).or_default().kind = Some(*kind);
    }
}

pub(crate) fn check(spec: &MonitorSpec, place: &str) -> Result<Checked, Failure> {
    spec.check().map_err(|problems| Failure::of_problems(place, &problems))
}

/// `what` says what the file should be.
fn text_of(path: &Path, what: &str) -> Result<String, Failure> {
    let refuse = |why: &dyn std::fmt::Display| Failure::new(format!("{}: {why}", path.display()));
    let metadata = fs::metadata(path).map_err(|error| refuse(&error))?;
    if metadata.is_dir() {
        return Err(refuse(&format!("expected {what} in TOML or JSON, found a directory")));
    }
    if metadata.len() > MAX_SPEC_BYTES {
        return Err(refuse(&format!(
            "expected {what} in TOML or JSON, found a file of more than 16 MiB"
        )));
    }
    let bytes = fs::read(path).map_err(|error| refuse(&error))?;
    String::from_utf8(bytes).map_err(|_| {
        refuse(&format!("expected {what} in TOML or JSON, found bytes that are not text"))
    })
}

pub(crate) fn parse<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T, Failure> {
    let is_json = text.trim_start().starts_with('{');
    let refuse = |line: usize, column: usize, message: &str| {
        // One line, whatever the parser says on many.
        let message = message.trim().replace('\n', ", ");
        Failure::new(format!("{}, line {line}, column {column}: {message}", path.display()))
    };
    if is_json {
        serde_json::from_str(text).map_err(|error| {
            let said = error.to_string();
            let message =
                said.rsplit_once(" at line ").map_or(said.as_str(), |(message, _)| message);
            refuse(error.line(), error.column(), message)
        })
    } else {
        toml::from_str(text).map_err(|error| {
            let before = &text[..error.span().map_or(0, |span| span.start.min(text.len()))];
            let line = before.matches('\n').count() + 1;
            let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
            refuse(line, column, error.message())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_parse(text: &str, expected: Result<u16, &str>) {
        let found = parse::<MonitorSpec>(Path::new("drift.toml"), text);
        let found = found.map(|spec| spec.bins).map_err(|failure| failure.lines().join("\n"));
        match (&found, expected) {
            (Err(message), Err(part)) => assert!(message.contains(part), "{text}: {message}"),
            _ => assert_eq!(found.as_ref().ok(), expected.as_ref().ok(), "{text}"),
        }
    }

    #[test]
    fn a_spec_is_toml_or_json_and_a_mistake_has_its_line() {
        check_parse("", Ok(10));
        check_parse("bins = 20\n[columns.y]\nrole = \"label\"\n", Ok(20));
        check_parse(" {\"bins\": 25}", Ok(25));
        check_parse(
            "bins = 20\nbin = 1\n",
            Err("drift.toml, line 2, column 1: unknown field `bin`"),
        );
        check_parse("{\n  \"bin\": 1}", Err("drift.toml, line 2, column 7: unknown field `bin`"));
        check_parse("bins = \"many\"", Err("drift.toml, line 1, column 8: invalid type"));
        check_parse(
            "[columns.y]\nrole = \"king\"",
            Err("line 2, column 8: unknown variant `king`"),
        );
        check_parse("bins == 2", Err("line 1"));
    }
}
