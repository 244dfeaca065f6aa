//! Requests of a small service: an amount, a city, how long it took, whether it failed, and when it was.

use alloc::collections::BTreeMap;

use driftline_core::{
    column::{Batch, Bitmap, Column, Dictionary, Values},
    live::PanePlan,
    monitor::Monitor,
    policy::{Policy, PolicySpec},
    reference::{DEFAULT_BUDGET_BYTES, Reference, ReferenceBuilder},
    schema::{Field, Kind, Origin, Role, Schema},
    spec::CompareSpec,
    time::Timestamp,
};

pub(crate) const SECOND: u64 = 1_000_000;

/// A Monday.
pub(crate) const START: u64 = 1_704_067_200 * SECOND;

pub(crate) fn at(seconds: u64) -> Timestamp {
    Timestamp::EPOCH.later(START + seconds * SECOND)
}

/// A small generator (Knuth's 64-bit linear congruential one): the same draws on every machine.
#[derive(Clone)]
pub(crate) struct Draws(pub(crate) u64);

impl Draws {
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) instant: Option<Timestamp>,
    pub(crate) amount: f64,
    pub(crate) city: String,
    pub(crate) latency_ms: f64,
    pub(crate) failed: bool,
}

impl Row {
    pub(crate) fn new(instant: Option<Timestamp>, draws: &mut Draws) -> Row {
        Row {
            instant,
            amount: draws.below(1000) as f64,
            city: format!("city {}", draws.below(5)),
            latency_ms: draws.below(90) as f64,
            failed: false,
        }
    }
}

pub(crate) fn schema() -> Schema {
    let field = |name: &str, kind, role| Field {
        name: name.into(),
        kind,
        role,
        role_from: Origin::Given,
        time_form: None,
    };
    Schema {
        fields: vec![
            field("at", Kind::Timestamp, Role::Timestamp),
            field("amount", Kind::Numeric, Role::Feature),
            field("city", Kind::Categorical, Role::Feature),
            field("latency_ms", Kind::Numeric, Role::Latency),
            field("failed", Kind::Categorical, Role::Error),
        ],
    }
}

pub(crate) fn batch(rows: &[Row]) -> Batch {
    let all = || Bitmap::all_set(rows.len());
    let mut dictionary = Dictionary::default();
    let mut seen = BTreeMap::new();
    let codes = rows
        .iter()
        .map(|row| *seen.entry(&row.city).or_insert_with(|| dictionary.push(&row.city)))
        .collect();
    let instants = rows.iter().map(|row| row.instant.unwrap_or(Timestamp::EPOCH)).collect();
    let known = Bitmap::from_fn(rows.len(), |i| rows[i].instant.is_some());
    let columns = vec![
        Column::new(Values::Timestamp(instants), known, 0),
        Column::new(Values::Number(rows.iter().map(|row| row.amount).collect()), all(), 0),
        Column::new(Values::Text { codes, dictionary }, all(), 0),
        Column::new(Values::Number(rows.iter().map(|row| row.latency_ms).collect()), all(), 0),
        Column::new(Values::Boolean(rows.iter().map(|row| row.failed).collect()), all(), 0),
    ];
    Batch::new(rows.len(), columns).unwrap()
}

pub(crate) fn reference() -> Reference {
    let mut draws = Draws(7);
    let rows: Vec<Row> = (0..5000).map(|i| Row::new(Some(at(i)), &mut draws)).collect();
    let mut builder = ReferenceBuilder::new("baseline.csv", &schema(), DEFAULT_BUDGET_BYTES);
    builder.push(&batch(&rows));
    builder.finish().0
}

pub(crate) fn monitor() -> Monitor {
    CompareSpec::default().check().unwrap()
}

pub(crate) fn policy(json: &str) -> Policy {
    let spec: PolicySpec = serde_json::from_str(json).unwrap();
    spec.check().unwrap()
}

pub(crate) fn plan(reference: &Reference, policy: &Policy) -> PanePlan {
    PanePlan::of(&monitor(), policy, reference)
}
