//! Labels that come later: predictions are remembered by the event's id for a while, so that what turned out to be true can
//! be held against them.

use alloc::{
    collections::{BTreeMap, VecDeque},
    string::{String, ToString},
    vec::Vec,
};

use driftline_core::{
    column::Batch,
    performance::{PerformanceCounts, PositiveClass, Roles},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

use crate::{
    command::{Label, Truth},
    event::{Cells, Part, Slot, Value, batch::Frame},
};

/// Predictions that are remembered; the oldest are forgotten first.
pub const MOST_AWAITED: usize = 50_000;

/// Bytes of their ids and classes.
pub const MOST_AWAITED_BYTES: usize = 16 << 20;

/// Hours over which labels are held against predictions.
const HOURS: i64 = 24;

/// Different scores that an hour's area under the curve tells apart.
const MAX_SCORES: u32 = 10_000;

const MICROS_PER_HOUR: i64 = 3_600_000_000;

/// Predictions that await their labels, and what labels said in the latest day.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Labels {
    awaited: BTreeMap<String, Awaited>,
    /// Ids by age.
    order: VecDeque<(u64, String)>,
    next: u64,
    bytes: u64,
    hours: BTreeMap<i64, PerformanceCounts>,
    /// Labels that were held against a prediction.
    pub(crate) matched: u64,
    /// Labels of ids that are not remembered.
    pub(crate) unknown: u64,
    /// Predictions that were forgotten before their label came.
    pub(crate) forgotten: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Awaited {
    sequence: u64,
    prediction: Truth,
    probability: Option<f64>,
}

impl Labels {
    /// Predictions that await their labels.
    pub(crate) fn awaited(&self) -> usize {
        self.awaited.len()
    }

    /// Takes what events say themselves, and remembers those that have an id and no label.
    pub(crate) fn take(&mut self, frame: &Frame, part: &Part, batch: &Batch, now: Timestamp) {
        if !part.events.label.is_empty()
            && let (Some(label), Some(prediction)) = (frame.label, frame.prediction)
        {
            let roles =
                Roles { label, prediction: Some(prediction), probability: frame.probability };
            self.hour(frame, now).count(batch, &roles);
        }
        for (row, id) in part.events.ids.iter().enumerate() {
            let Some(id) = id else { continue };
            let is_known = part.events.label.get(row) != Value::Absent;
            let prediction = owned(part.events.prediction.get(row));
            let probability = match part.events.probability.get(row) {
                Value::Number(number) => Some(number),
                _ => None,
            };
            if !is_known && (prediction != Truth::Absent || probability.is_some()) {
                self.remember(id, prediction, probability);
            }
        }
    }

    fn remember(&mut self, id: &str, prediction: Truth, probability: Option<f64>) {
        let sequence = self.next;
        self.next += 1;
        let bytes = bytes_of(id, &prediction);
        let before = self.awaited.insert(id.into(), Awaited { sequence, prediction, probability });
        if let Some(before) = before {
            self.bytes -= bytes_of(id, &before.prediction);
        }
        self.bytes += bytes;
        self.order.push_back((sequence, id.into()));
        while self.awaited.len() > MOST_AWAITED
            || self.bytes > MOST_AWAITED_BYTES as u64
            || self.order.len() > 2 * MOST_AWAITED
        {
            let Some((sequence, id)) = self.order.pop_front() else { break };
            // An id that came again has a later place in the order.
            if self.awaited.get(&id).is_some_and(|awaited| awaited.sequence == sequence) {
                self.forget(&id);
                self.forgotten += 1;
            }
        }
    }

    fn forget(&mut self, id: &str) -> Option<Awaited> {
        let awaited = self.awaited.remove(id)?;
        self.bytes -= bytes_of(id, &awaited.prediction);
        Some(awaited)
    }

    /// Holds labels against the predictions that are remembered; how many were.
    pub(crate) fn hold(&mut self, frame: &Frame, labels: &[Label], now: Timestamp) -> u64 {
        let mut found = Vec::new();
        for label in labels {
            match self.forget(&label.id) {
                Some(awaited) => found.push((awaited, &label.label)),
                None => self.unknown += 1,
            }
        }
        self.matched += found.len() as u64;
        let (Some(label), Some(prediction)) = (frame.label, frame.prediction) else { return 0 };
        let rows = found.len();
        let mut columns = alloc::vec![
            frame.read(label, &cells(found.iter().map(|(_, label)| (*label).clone())), rows),
            frame.read(
                prediction,
                &cells(found.iter().map(|(awaited, _)| awaited.prediction.clone())),
                rows,
            ),
        ];
        if let Some(probability) = frame.probability {
            let numbers = found.iter().map(|(awaited, _)| awaited.probability.unwrap_or(f64::NAN));
            columns.push(frame.read(probability, &Cells::Numbers(numbers.collect()), rows));
        }
        let roles = Roles {
            label: 0,
            prediction: Some(1),
            probability: frame.probability.is_some().then_some(2),
        };
        if let Ok(batch) = Batch::new(rows, columns) {
            self.hour(frame, now).count(&batch, &roles);
        }
        rows as u64
    }

    fn hour(&mut self, frame: &Frame, now: Timestamp) -> &mut PerformanceCounts {
        let hour = now.micros().div_euclid(MICROS_PER_HOUR);
        self.hours = self.hours.split_off(&(hour - HOURS + 1));
        let positive = &frame.service.positive;
        self.hours
            .entry(hour)
            .or_insert_with(|| PerformanceCounts::with_max_scores(positive.clone(), MAX_SCORES))
    }

    /// What labels said in the latest day.
    pub(crate) fn performance(&self) -> PerformanceCounts {
        let positive = self
            .hours
            .values()
            .next()
            .map_or(PositiveClass::ByName, |counts| counts.positive().clone());
        let mut sum = PerformanceCounts::with_max_scores(positive, MAX_SCORES);
        for counts in self.hours.values() {
            // Of one positive class, unless the spec has changed within the day.
            let _ = sum.merge(counts);
        }
        sum
    }

    /// Another reference or spec: what was counted for the one before means something else.
    pub(crate) fn begin_anew(&mut self) {
        self.hours.clear();
    }
}

fn bytes_of(id: &str, prediction: &Truth) -> u64 {
    let text = if let Truth::Text(text) = prediction { text.len() } else { 0 };
    (2 * id.len() + text) as u64
}

fn owned(value: Value<'_>) -> Truth {
    match value {
        Value::Absent => Truth::Absent,
        Value::Number(number) => Truth::Number(number),
        Value::Truth(truth) => Truth::Truth(truth),
        Value::Text(text) => Truth::Text(text.to_string()),
    }
}

fn cells(values: impl Iterator<Item = Truth>) -> Cells {
    let mut texts = Vec::new();
    let slots = values
        .map(|value| match value {
            Truth::Absent => Slot::Absent,
            Truth::Number(number) => Slot::Number(number),
            Truth::Truth(truth) => Slot::Truth(truth),
            Truth::Text(text) => {
                texts.push(text);
                Slot::Text(texts.len() as u32 - 1)
            }
        })
        .collect();
    Cells::Mixed { slots, texts }
}
