//! `/metrics`: Prometheus' text format 0.0.4 and OpenMetrics 1.0, from one walk over the state.
//!
//! Names, labels and help are the core's ([`FAMILIES`](exposition::FAMILIES)), so that the exported rules and what is
//! scraped cannot disagree.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::{String, ToString},
    vec::Vec,
};

use driftline_core::{
    export::exposition::{self, Family, FamilyType},
    time::Timestamp,
};

use crate::{Host, Response, Station};

mod model;

/// The media type of the text format.
pub(crate) const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The media type of OpenMetrics.
pub(crate) const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Series of one exposition; features past that are left out and counted.
pub(crate) const MOST_SERIES: usize = 50_000;

/// Which format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Text,
    OpenMetrics,
}

/// Samples by family, to be written family by family.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Samples {
    by_family: BTreeMap<&'static str, Vec<Sample>>,
    pub(crate) series: usize,
}

#[derive(Clone, Debug, PartialEq)]
struct Sample {
    suffix: &'static str,
    labels: Vec<(&'static str, String)>,
    value: Number,
}

/// A sample's value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Number {
    Count(u64),
    Real(f64),
}

impl Samples {
    /// One sample; `labels` are the values of the family's labels, in its order.
    pub(crate) fn add(&mut self, family: &Family, labels: &[&str], value: Number) {
        let labels =
            family.labels.iter().zip(labels).map(|(name, value)| (*name, (*value).to_string()));
        self.push(family, "", labels.collect(), value);
    }

    /// A histogram: counts at most each end, in seconds, ascending; all of them; their sum in seconds.
    pub(crate) fn add_histogram(
        &mut self,
        family: &Family,
        labels: &[&str],
        ends: &[(String, u64)],
        (count, sum): (u64, f64),
    ) {
        let own: Vec<(&'static str, String)> = family
            .labels
            .iter()
            .zip(labels)
            .map(|(name, value)| (*name, (*value).to_string()))
            .collect();
        let all = ("+Inf".to_string(), count);
        for (end, within) in ends.iter().chain([&all]) {
            let mut labels = own.clone();
            labels.push(("le", end.clone()));
            self.push(family, "_bucket", labels, Number::Count(*within));
        }
        self.push(family, "_sum", own.clone(), Number::Real(sum));
        self.push(family, "_count", own, Number::Count(count));
    }

    fn push(
        &mut self,
        family: &Family,
        suffix: &'static str,
        labels: Vec<(&'static str, String)>,
        value: Number,
    ) {
        self.series += 1;
        self.by_family.entry(family.name).or_default().push(Sample { suffix, labels, value });
    }

    fn write(&self, form: Form) -> String {
        let mut text = String::new();
        for family in exposition::FAMILIES {
            let Some(samples) = self.by_family.get(family.name) else { continue };
            write_head(&mut text, family, form);
            let is_histogram = family.kind == FamilyType::Histogram;
            for sample in samples {
                text.push_str(family.name);
                text.push_str(sample.suffix);
                for (at, (name, value)) in sample.labels.iter().enumerate() {
                    text.push(if at == 0 { '{' } else { ',' });
                    text.push_str(name);
                    text.push_str("=\"");
                    // OpenMetrics wants bounds as floats: 1.0, not 1.
                    let is_bound = is_histogram && *name == "le";
                    let bound =
                        is_bound && form == Form::OpenMetrics && !value.contains(['.', 'I']);
                    text.push_str(&escaped(value, true));
                    if bound {
                        text.push_str(".0");
                    }
                    text.push('"');
                }
                if !sample.labels.is_empty() {
                    text.push('}');
                }
                text.push(' ');
                text.push_str(&number(sample.value));
                text.push('\n');
            }
        }
        if form == Form::OpenMetrics {
            text.push_str("# EOF\n");
        }
        text
    }
}

fn write_head(text: &mut String, family: &Family, form: Form) {
    let name = match form {
        // OpenMetrics names a counter without its suffix.
        Form::OpenMetrics if family.kind == FamilyType::Counter => {
            family.name.strip_suffix("_total").unwrap_or(family.name)
        }
        _ => family.name,
    };
    text.push_str(&format!("# TYPE {name} {}\n", family.kind.name()));
    if let Some(unit) = family.unit.filter(|unit| form == Form::OpenMetrics && name.ends_with(unit))
    {
        text.push_str(&format!("# UNIT {name} {unit}\n"));
    }
    let help = escaped(family.help, form == Form::OpenMetrics);
    text.push_str(&format!("# HELP {name} {help}\n"));
}

/// A label's value or a help text: backslash and line feed always, the quote where quotes stand around it.
pub(crate) fn escaped(text: &str, quotes: bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => escaped.push_str("\\\\"),
            '\n' => escaped.push_str("\\n"),
            '"' if quotes => escaped.push_str("\\\""),
            c => escaped.push(c),
        }
    }
    escaped
}

fn number(value: Number) -> String {
    match value {
        Number::Count(count) => count.to_string(),
        Number::Real(real) if real.is_nan() => "NaN".into(),
        Number::Real(real) if real == f64::INFINITY => "+Inf".into(),
        Number::Real(real) if real == f64::NEG_INFINITY => "-Inf".into(),
        Number::Real(real) => real.to_string(),
    }
}

/// The whole exposition at an instant, to be written once nobody waits for the state.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Exposition {
    samples: Samples,
    form: Form,
    /// The host's own families.
    own: String,
}

impl Exposition {
    pub(crate) fn of(station: &Station, host: &Host, form: Form, now: Timestamp) -> Exposition {
        let mut samples = Samples::default();
        samples.add(&exposition::BUILD_INFO, &[&host.version], Number::Count(1));
        for model in station.models.values() {
            model::add(&mut samples, model, now);
        }
        Exposition { samples, form, own: host.metrics.clone() }
    }

    pub(crate) fn response(&self) -> Response {
        let media_type = match self.form {
            Form::Text => TEXT,
            Form::OpenMetrics => OPEN_METRICS,
        };
        let mut text = own_metrics(&self.own, self.form);
        text.push_str(&self.samples.write(self.form));
        Response::new(200, media_type, text)
    }
}

/// The host's families, which come in the text format.
fn own_metrics(metrics: &str, form: Form) -> String {
    if form == Form::Text {
        return metrics.to_string();
    }
    let mut counters = BTreeSet::new();
    let mut text = String::new();
    for line in metrics.lines() {
        let mut words = line.split(' ');
        match (words.next(), words.next(), words.next()) {
            (Some("#"), Some("TYPE"), Some(name)) if line.ends_with(" counter") => {
                counters.insert(name);
            }
            _ => {}
        }
    }
    for line in metrics.lines() {
        let mut words = line.splitn(4, ' ');
        match (words.next(), words.next(), words.next(), words.next()) {
            (Some("#"), Some(what), Some(name), Some(rest)) if counters.contains(name) => {
                let name = name.strip_suffix("_total").unwrap_or(name);
                text.push_str(&format!("# {what} {name} {rest}\n"));
            }
            _ if line.is_empty() => {}
            _ => {
                text.push_str(line);
                text.push('\n');
            }
        }
    }
    text
}
