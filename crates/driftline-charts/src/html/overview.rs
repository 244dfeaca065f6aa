//! The report at a glance: one tile for each thing that somebody on call asks about, in the order they ask.

use driftline_core::{
    objective::ObjectiveOutcome,
    replay::{AlertHistory, Replay, TriggerHistory},
    report::{ColumnReport, LatencyReport, Report},
    schema::Role,
    trigger::Mode,
    verdict::{Severity, Side},
};

use super::{mark::badge, name};
use crate::{escape::text, wording, wording::replay as words};

/// The tiles: drift of features, of predictions, latency against objectives, errors, data quality, alerts and triggers.
/// What the data has nothing of says so.
pub fn section(report: &Report) -> String {
    let replay = report.replay();
    [
        drift(report),
        predictions(report),
        latency(report.latency.as_ref()),
        errors(report),
        quality(report),
        alerts(report, replay.as_ref()),
    ]
    .concat()
}

/// A tile: its title, the severity where there is one to judge by, the figure, and what stands under it.
fn tile(title: &str, to: &str, severity: Option<Severity>, figure: &str, under: &str) -> String {
    let (judged, badge) = match severity {
        Some(severity) => (format!(" data-severity=\"{}\"", severity.name()), badge(severity)),
        None => Default::default(),
    };
    format!(
        "<article class=\"tile\"{judged}>\n<h3><a href=\"#{to}\">{title}</a> {badge}</h3>\n\
         <p class=\"figure\">{figure}</p>\n{under}</article>\n"
    )
}

fn note(said: &str) -> String {
    format!("<p class=\"note\">{}</p>\n", text(said))
}

fn drift(report: &Report) -> String {
    let features = || report.columns.iter().filter(|column| column.role == Role::Feature);
    let monitored = features().count();
    if monitored == 0 {
        return tile("Features", "columns", None, "–", &note("No column is a feature."));
    }
    let drifted = features().filter(|column| column.severity.is_drift()).count();
    let undecided = features().filter(|column| column.severity == Severity::Inconclusive).count();
    let worst = features().map(|column| column.severity).max();
    let figure =
        format!("{drifted} <small>of {} drifted</small>", wording::count(monitored as u64));
    let mut under = furthest(features());
    if undecided > 0 {
        under += &note(&format!(
            "{} undecided: too few rows to tell.",
            wording::count(undecided as u64)
        ));
    }
    tile("Features", "columns", worst, &figure, &under)
}

/// The column whose drift is surest, with its PSI and what is certain of it.
fn furthest<'a>(columns: impl Iterator<Item = &'a ColumnReport>) -> String {
    let with_psi = columns.filter_map(|column| Some((column, column.measures.psi.as_ref()?)));
    let worst = with_psi.max_by(|(a, a_psi), (b, b_psi)| {
        a.severity.cmp(&b.severity).then(a_psi.lower.total_cmp(&b_psi.lower))
    });
    worst.map_or_else(String::new, |(column, psi)| {
        format!(
            "<p class=\"note\">{} PSI {} <small>({} – {})</small></p>\n",
            name(&column.name),
            text(&wording::brief(psi.value)),
            text(&wording::brief(psi.lower)),
            text(&wording::brief(psi.upper)),
        )
    })
}

fn predictions(report: &Report) -> String {
    let answers =
        || report.columns.iter().filter(|c| matches!(c.role, Role::Prediction | Role::Probability));
    let Some(prediction) = report.prediction.as_ref() else {
        let hint = "No column holds predictions. Give one the role “prediction”.";
        return tile("Predictions", "columns", None, "–", &note(hint));
    };
    let drifted = answers().filter(|column| column.severity.is_drift()).count();
    let figure = match drifted {
        0 if prediction.severity == Severity::Inconclusive => "undecided".into(),
        0 => "steady".into(),
        n => format!("{n} <small>of {} drifted</small>", answers().count()),
    };
    tile("Predictions", "model", Some(prediction.severity), &figure, &furthest(answers()))
}

fn latency(latency: Option<&LatencyReport>) -> String {
    let Some(LatencyReport { current, objectives, .. }) = latency.filter(|l| l.current.count > 0)
    else {
        return tile("Latency", "model", None, "–", &note("No column holds latencies."));
    };
    let figure = format!("{} <small>ms p95</small>", text(&wording::significant(current.p95_ms)));
    let mut under = format!(
        "<p class=\"note\">p50 {} ms, p99 {} ms</p>\n",
        text(&wording::significant(current.p50_ms)),
        text(&wording::significant(current.p99_ms)),
    );
    under += &objectives.iter().map(objective).collect::<String>();
    let missed = objectives.iter().any(|objective| objective.met == Some(false));
    let judged = match objectives.is_empty() {
        true => None,
        false if missed => Some(Severity::Critical),
        false => Some(Severity::None),
    };
    // The ladder's words are about drift; an objective is met or missed.
    let said = judged.map_or("", |severity| severity.name());
    format!(
        "<article class=\"tile\" data-severity=\"{said}\">\n<h3><a href=\"#model\">Latency</a></h3>\n\
         <p class=\"figure\">{figure}</p>\n{under}</article>\n"
    )
}

/// An objective and how much of its error budget is spent, as words and as a bar.
fn objective(outcome: &ObjectiveOutcome) -> String {
    let said = match outcome.met {
        Some(true) => "✓ met",
        Some(false) => "▲ missed",
        None => "no latencies",
    };
    let spent = outcome.budget_spent.map_or_else(String::new, |spent| {
        const WIDTH: f64 = 120.0;
        let width = WIDTH * spent.clamp(0.0, 1.0);
        format!(
            ", {} of its error budget spent <svg class=\"budget\" viewBox=\"0 0 120 6\" aria-hidden=\"true\">\
             <rect width=\"120\" height=\"6\" rx=\"3\" class=\"all\"/>\
             <rect width=\"{width:.1}\" height=\"6\" rx=\"3\" class=\"spent\"/></svg>",
            text(&wording::share(spent)),
        )
    });
    format!(
        "<p class=\"note\">p{} ≤ {} ms: {said}{spent}</p>\n",
        wording::significant(outcome.quantile.share() * 100.0),
        wording::significant(outcome.threshold_ms),
    )
}

fn errors(report: &Report) -> String {
    let Some(errors) = report.errors.as_ref() else {
        return tile("Errors", "model", None, "–", &note("No column says which requests failed."));
    };
    let mut under = note(&format!(
        "{} in {}",
        wording::counted(errors.count, "error"),
        wording::counted(errors.rows, "row")
    ));
    if let Some(rate) = errors.baseline_rate {
        under += &note(&format!("baseline {}", wording::share(rate)));
    }
    tile("Errors", "model", None, &text(&wording::share(errors.rate)), &under)
}

/// What makes the numbers themselves doubtful: values that could not be read, went missing, or were never seen before.
fn quality(report: &Report) -> String {
    let count =
        |is: fn(&ColumnReport) -> bool| report.columns.iter().filter(|c| is(c)).count() as u64;
    let unreadable = count(|column| column.unreadable.current > 0);
    let gone = count(|column| {
        let share = |side| column.missing_share(side).unwrap_or(0.0);
        share(Side::Current) - share(Side::Baseline) > 0.01
    });
    let novel = count(|column| !column.new_levels.is_empty());
    let unmatched = report.left_out.iter().filter(|c| c.role_from.is_none()).count() as u64;
    let found: Vec<String> = [
        (unreadable, "column", " with values that could not be read"),
        (gone, "column", " with more missing values than the baseline (by over 1 % of the rows)"),
        (novel, "column", " with levels that the baseline never had"),
        (unmatched, "column", " that the baseline does not have"),
    ]
    .into_iter()
    .filter(|(n, ..)| *n > 0)
    .map(|(n, what, with)| note(&(wording::counted(n, what) + with)))
    .collect();
    let notes = report.problems.len() as u64;
    let figure = match notes {
        0 if found.is_empty() => "✓ <small>nothing found</small>".into(),
        0 => format!("{} <small>to know</small>", found.len()),
        n => format!(
            "{} <small>{} about the data</small>",
            wording::count(n),
            if n == 1 { "note" } else { "notes" }
        ),
    };
    tile("Data quality", "problems", None, &figure, &found.concat())
}

fn alerts(report: &Report, replay: Option<&Replay>) -> String {
    let Some(replay) = replay else {
        let hint = "Alerts are decided window by window: ask for windows in the policy.";
        return tile("Alerts and triggers", "alerts", None, "–", &note(hint));
    };
    let of = |state: &str| -> Vec<&AlertHistory> {
        replay.alerts.iter().filter(|alert| alert.alert.state == state).collect()
    };
    let (firing, pending) = (of("firing"), of("pending"));
    let worst = firing.iter().map(|alert| alert.alert.severity).max();
    let figure =
        format!("{} <small>firing</small> {} <small>pending</small>", firing.len(), pending.len());
    let mut under = String::new();
    for alert in firing.iter().chain(&pending) {
        under += &format!(
            "<p class=\"note\">{}: {}</p>\n",
            name(&alert.alert.name),
            text(&words::alert_state(alert, replay, report)),
        );
    }
    for trigger in &replay.triggers {
        under += &stand(trigger).map_or_else(String::new, |said| note(&said));
    }
    if replay.note.mode == Mode::DryRun {
        under += &note("Dry-run: nothing is done for real.");
    }
    tile("Alerts and triggers", "alerts", worst, &figure, &under)
}

/// How a trigger stands, where that is worth telling.
fn stand(trigger: &TriggerHistory) -> Option<String> {
    let status = &trigger.status;
    let action = status.action.name().replace('_', "-");
    let what = format!("{action} at {} {}", status.metric, wording::significant(status.threshold));
    if let Some(rail) = status.blocked_by {
        return Some(format!("{what}: blocked ({})", rail.words()));
    }
    if let Some(until) = status.cooldown_until {
        return Some(format!("{what}: in cooldown until {}", words::brief_instant(until)));
    }
    match status.state.as_str() {
        "off" => None,
        "counting" => Some(format!("{what}: {} windows so far", status.windows)),
        state => Some(format!("{what}: {state}")),
    }
}
