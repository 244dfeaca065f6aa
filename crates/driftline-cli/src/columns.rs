//! Columns named on the command line, checked against those that the baseline has.

use driftline_charts::wording;
use driftline_core::{
    bins::Bins,
    monitor::Monitor,
    reference::Reference,
    schema::{Kind, Role},
};

use crate::{args::ReadingArgs, exit::Failure};

/// Names listed before the rest is only counted.
const LISTED: usize = 30;

/// Names further from each other than this are not confused: 0 is nothing alike, 1 is equal.
const CONFUSABLE: f64 = 0.75;

/// Refuses what is said of columns that the baseline has not, or that a stored reference has counted otherwise.
pub(crate) fn check_given(
    reference: &Reference,
    roles: &[(String, Role)],
    reading: &ReadingArgs,
    monitor: &Monitor,
    is_stored: bool,
) -> Result<(), Failure> {
    check_names(reference, "--role", roles.iter().map(|(name, _)| name.as_str()))?;
    let kinds = reading.kinds.iter().map(|(name, _)| name.as_str());
    check_names(reference, "--kind", kinds)?;
    let times = reading.time_forms.iter().map(|(name, _)| name.as_str());
    check_names(reference, "--time-form", times.clone())?;
    if is_stored {
        let kinds = monitor.counting().kinds();
        let kinds = kinds.iter().map(|(name, kind): (&String, &Kind)| (name.as_str(), *kind));
        check_stored_kinds(reference, kinds)?;
        check_stored_times(reference, times)?;
    }
    Ok(())
}

/// Refuses names that the baseline has not; `flag` is where they were given.
pub(crate) fn check_names<'a>(
    reference: &Reference,
    flag: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Result<(), Failure> {
    match names.into_iter().find(|name| reference.position(name).is_none()) {
        None => Ok(()),
        Some(name) => {
            let columns: Vec<&str> =
                reference.columns().iter().map(|column| column.field.name.as_str()).collect();
            Err(Failure::new(unknown(reference.source(), flag, name, &columns)))
        }
    }
}

/// Refuses kinds that a stored reference, which was counted long ago, does not have.
pub(crate) fn check_stored_kinds<'a>(
    reference: &Reference,
    kinds: impl IntoIterator<Item = (&'a str, Kind)>,
) -> Result<(), Failure> {
    for (name, kind) in kinds {
        let Some(column) = reference.position(name).map(|at| &reference.columns()[at]) else {
            continue;
        };
        if column.field.kind != kind {
            return Err(Failure::new(format!(
                "column \"{name}\": expected the kind of the stored reference, {}, found {}; kinds take effect when the \
                 baseline's data is read, so give it to `driftline profile`",
                column.field.kind.name(),
                kind.name()
            )));
        }
    }
    Ok(())
}

/// Refuses forms of instants for columns that a stored reference counts as something else.
pub(crate) fn check_stored_times<'a>(
    reference: &Reference,
    names: impl IntoIterator<Item = &'a str>,
) -> Result<(), Failure> {
    for name in names {
        let Some(column) = reference.position(name).map(|at| &reference.columns()[at]) else {
            continue;
        };
        if column.field.kind != Kind::Timestamp {
            return Err(Failure::new(format!(
                "--time-form {name}: expected a column of instants in the stored reference, found a {} one; forms of \
                 times take effect when the baseline's data is read, so give it to `driftline profile`",
                column.field.kind.name(),
            )));
        }
    }
    Ok(())
}

/// Refuses columns whose levels cannot be told apart; `flag` is where they were given.
pub(crate) fn check_levels<'a>(
    reference: &Reference,
    flag: &str,
    names: impl IntoIterator<Item = &'a str> + Clone,
) -> Result<(), Failure> {
    check_names(reference, flag, names.clone())?;
    for name in names {
        let Some(column) = reference.position(name).map(|at| &reference.columns()[at]) else {
            continue;
        };
        let found = match &column.bins {
            Bins::Levels(_) => continue,
            Bins::Identifier => {
                "found one of too many different values, which names rows".to_string()
            }
            Bins::Grid(_) => {
                format!(
                    "found a numeric one; --kind {name}=categorical counts its values as levels"
                )
            }
            Bins::Instants => "found one of instants; --window cuts by time".to_string(),
        };
        return Err(Failure::new(format!(
            "{flag} {name}: expected a column of categories, {found}"
        )));
    }
    Ok(())
}

fn unknown(source: &str, flag: &str, name: &str, columns: &[&str]) -> String {
    let mut text = format!("{flag} {name}: {source} has no column \"{name}\"");
    if let Some(nearest) = nearest(name, columns) {
        text += &format!("; did you mean \"{nearest}\"?");
    }
    let listed: Vec<String> =
        columns.iter().take(LISTED).map(|name| format!("\"{name}\"")).collect();
    text += &format!("\n  its columns: {}", listed.join(", "));
    if columns.len() > LISTED {
        text += &format!(" and {} more", wording::count((columns.len() - LISTED) as u64));
    }
    text
}

/// The column that was probably meant.
fn nearest<'a>(name: &str, columns: &[&'a str]) -> Option<&'a str> {
    let plain = |name: &str| name.trim().to_lowercase().replace(['-', ' ', '.'], "_");
    let likeness =
        |column: &str| strsim::normalized_damerau_levenshtein(&plain(name), &plain(column));
    let best = columns.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
    (likeness(best) >= CONFUSABLE).then_some(best)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_is_understood_and_another_one_is_not() {
        let columns = ["temp", "atemp", "wind speed", "Season"];
        for (name, expected) in [
            ("tmep", Some("temp")),
            ("season", Some("Season")),
            ("wind_speed", Some("wind speed")),
            ("windsped", Some("wind speed")),
            ("humidity", None),
        ] {
            assert_eq!(nearest(name, &columns), expected, "{name}");
        }
        assert_eq!(nearest("a", &[]), None);
    }

    #[test]
    fn many_columns_are_counted_rather_than_listed() {
        let names: Vec<String> = (0..1000).map(|i| format!("c{i}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let text = unknown("a.csv", "--role", "zzzzzz", &names);
        assert!(text.ends_with("\"c29\" and 970 more"), "{text}");
    }
}
