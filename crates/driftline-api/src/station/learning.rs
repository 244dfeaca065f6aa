//! A reference out of the first events.

use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::{String, ToString},
    vec::Vec,
};

use driftline_core::{
    column::Batch,
    monitor::Monitor,
    reference::{Reference, ReferenceBuilder},
    schema::{Evidence, Field, Schema, infer_as},
};
use serde::{Deserialize, Serialize};

use crate::event::{Cells, Events, Part, Value, batch::of_kind, spelling::Spelling};

/// Events that a reference may be learnt from.
pub const MOST_LEARNT: u64 = 100_000;

/// Values that are kept meanwhile, 8 bytes each: past that, learning ends with the events that there are.
const MOST_CELLS: u64 = 4_000_000;

/// Features that are learnt; values of further ones are left out.
const MOST_FEATURES: usize = 10_000;

/// Events by which a column's kind is told.
const LOOKED_AT: usize = 10_000;

/// Events that will be the reference.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Learning {
    /// How many are wanted.
    pub(crate) events: u64,
    /// How many there are.
    pub(crate) rows: u64,
    cells: u64,
    parts: Vec<Part>,
    names: BTreeSet<String>,
}

/// What events say beside their features, under the names that files give it.
type OfService = fn(&Events) -> &Cells;

const SERVICE: [(&str, OfService); 5] = [
    ("prediction", |events| &events.prediction),
    ("probability", |events| &events.probability),
    ("latency_ms", |events| &events.latency_ms),
    ("label", |events| &events.label),
    ("error", |events| &events.error),
];

impl Learning {
    pub(crate) fn new(events: u64) -> Learning {
        Learning { events: events.min(MOST_LEARNT), ..Learning::default() }
    }

    /// Takes events; whether there are enough now.
    pub(crate) fn take(&mut self, mut part: Part) -> bool {
        part.events.features.retain(|name, _| {
            let is_known = self.names.contains(name);
            if !is_known && self.names.len() < MOST_FEATURES {
                self.names.insert(name.clone());
                return true;
            }
            is_known
        });
        let columns = part.events.features.values().chain(SERVICE.map(|(_, of)| of(&part.events)));
        self.cells += columns.map(|cells| cells.len() as u64).sum::<u64>();
        self.rows += u64::from(part.events.rows);
        part.events.ids.clear();
        self.parts.push(part);
        self.rows >= self.events || self.cells >= MOST_CELLS
    }

    /// The reference.
    pub(crate) fn finish(self, monitor: &Monitor) -> Reference {
        let (kinds, roles) = (monitor.counting().kinds(), monitor.counting().roles());
        let mut sources: Vec<(String, Option<OfService>)> = Vec::new();
        for (name, of) in SERVICE {
            let holds = |part: &Part| {
                let cells = of(&part.events);
                (0..cells.len()).any(|row| cells.get(row) != Value::Absent)
            };
            // A feature of the same name is a column of its own, and there is one name for one column.
            if !self.names.contains(name) && self.parts.iter().any(holds) {
                sources.push((name.to_string(), Some(of)));
            }
        }
        sources.extend(self.names.iter().map(|name| (name.clone(), None)));
        let cells = |part: &Part, (name, of): &(String, Option<OfService>)| match of {
            Some(of) => Some(of(&part.events).clone()),
            None => part.events.features.get(name).cloned(),
        };
        let field = |source: &(String, Option<OfService>)| -> Field {
            let name = &source.0;
            let evidence = evidence(self.parts.iter().filter_map(|part| cells(part, source)));
            let field = infer_as(name, &evidence, roles.get(name).copied());
            match kinds.get(name) {
                Some(kind) => field.with_kind(*kind, &evidence.times),
                None => field,
            }
        };
        let schema = Schema { fields: sources.iter().map(field).collect() };
        let service = monitor.counting().service_columns(schema.fields.iter());
        let name = format!("the first {} events", self.rows);
        let mut builder = ReferenceBuilder::new(name, &schema, monitor.counting().budget_bytes())
            .with_service(service, &schema);
        for part in &self.parts {
            let rows = part.events.rows as usize;
            let columns = schema.fields.iter().zip(&sources);
            let columns = columns.map(|(field, source)| {
                let cells = cells(part, source).unwrap_or_default();
                of_kind(field, Spelling::default(), &cells, rows)
            });
            if let Ok(batch) = Batch::new(rows, columns.collect()) {
                builder.push(&batch);
            }
        }
        builder.finish().0
    }
}

/// What the first values of a column show, as a file's first rows would.
fn evidence(parts: impl Iterator<Item = Cells>) -> Evidence {
    let mut evidence = Evidence::default();
    let mut numbers: BTreeSet<u64> = BTreeSet::new();
    let mut texts: BTreeMap<String, ()> = BTreeMap::new();
    for cells in parts {
        for row in 0..cells.len() {
            if evidence.present >= LOOKED_AT as u64 {
                break;
            }
            let number = match cells.get(row) {
                Value::Absent => continue,
                Value::Number(number) => Some((number, number.to_string())),
                Value::Truth(truth) => {
                    texts.insert(truth.to_string(), ());
                    None
                }
                Value::Text(text) => match text.trim().parse::<f64>() {
                    Ok(number) if number.is_nan() => continue,
                    Ok(number) => Some((number, text.trim().to_string())),
                    Err(_) => {
                        evidence.times.see_text(text.trim());
                        texts.insert(text.to_string(), ());
                        None
                    }
                },
            };
            evidence.present += 1;
            if let Some((number, text)) = number {
                evidence.numbers += 1;
                let is_whole = number.is_finite() && number % 1.0 == 0.0;
                evidence.integers += u64::from(is_whole);
                evidence.times.see_number(number, &text);
                numbers.insert(number.to_bits());
            }
        }
    }
    evidence.distinct = (numbers.len() + texts.len()) as u64;
    evidence
}
