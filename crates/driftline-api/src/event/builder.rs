//! Rows into columns, within the caps: whatever is sent, the memory it takes is known beforehand.

use alloc::{borrow::Cow, collections::BTreeMap, format, string::String, vec::Vec};

use driftline_core::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Cells, Events, Part, Slot, Submission, scalar::Scalar};
use crate::problem::{Fault, Kind, MOST_FAULTS, Problem, echo, pointer_part};

/// What one request may hold. A column takes 8 bytes a row from its first value on, so that a request takes at most
/// `8·cells` bytes, its texts and names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caps {
    /// Events.
    pub events: u64,
    /// Different features; values of further ones are counted, not kept.
    pub features: usize,
    /// Values over all columns, empty ones before a column's last included.
    pub cells: u64,
    /// Models and versions.
    pub parts: usize,
    /// Characters of a name.
    pub name_chars: usize,
    /// Bytes of a text value; the rest is cut off, so that longer texts with one beginning are one level.
    pub text_bytes: usize,
}

impl Default for Caps {
    fn default() -> Caps {
        Caps {
            events: 50_000,
            features: 10_000,
            cells: 4_000_000,
            parts: 32,
            name_chars: 200,
            text_bytes: 256,
        }
    }
}

/// What the caps left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// Values of features past the cap.
    pub feature_values: u64,
    /// Texts that were cut.
    pub cut_texts: u64,
}

/// One event, read and not yet placed.
#[derive(Debug, Default)]
pub(super) struct Row<'de> {
    pub(super) model: Option<String>,
    pub(super) version: Option<String>,
    pub(super) time: Option<Timestamp>,
    pub(super) id: Option<String>,
    pub(super) features: Vec<(Cow<'de, str>, Scalar<'de>)>,
    pub(super) prediction: Option<Scalar<'de>>,
    pub(super) probability: Option<Scalar<'de>>,
    pub(super) latency_ms: Option<Scalar<'de>>,
    pub(super) label: Option<Scalar<'de>>,
    pub(super) error: Option<Scalar<'de>>,
}

/// Why reading ends before the end of the body.
#[derive(Debug)]
pub(super) struct Stop;

/// Gathers a submission.
#[derive(Debug)]
pub(super) struct Builder<'c> {
    pub(super) caps: &'c Caps,
    parts: Vec<PartBuilder>,
    /// Where the latest event went: the next one mostly goes there too.
    latest: usize,
    cells: u64,
    rows: u64,
    dropped: Dropped,
    faults: Vec<Fault>,
    too_large: Option<String>,
}

#[derive(Debug, Default)]
struct PartBuilder {
    model: String,
    version: Option<String>,
    rows: usize,
    times: Vec<Option<Timestamp>>,
    ids: Vec<Option<String>>,
    places: BTreeMap<String, usize>,
    features: Vec<(String, CellsBuilder)>,
    prediction: CellsBuilder,
    probability: CellsBuilder,
    latency_ms: CellsBuilder,
    label: CellsBuilder,
    error: CellsBuilder,
}

/// The model of events that name none.
pub const DEFAULT_MODEL: &str = "default";

impl<'c> Builder<'c> {
    pub(super) fn new(caps: &'c Caps) -> Builder<'c> {
        Builder {
            caps,
            parts: Vec::new(),
            latest: 0,
            cells: 0,
            rows: 0,
            dropped: Dropped::default(),
            faults: Vec::new(),
            too_large: None,
        }
    }

    /// Notes a fault; reading goes on until there are [`MOST_FAULTS`].
    pub(super) fn fault(&mut self, fault: Fault) -> Result<(), Stop> {
        self.faults.push(fault);
        if self.faults.len() < MOST_FAULTS { Ok(()) } else { Err(Stop) }
    }

    fn too_large(&mut self, detail: String) -> Stop {
        self.too_large = Some(detail);
        Stop
    }

    /// Whether anything is wrong so far.
    pub(super) fn is_good(&self) -> bool {
        self.faults.is_empty() && self.too_large.is_none()
    }

    /// Counts events before they are read.
    pub(super) fn begin_rows(&mut self, rows: u64) -> Result<(), Stop> {
        self.rows += rows;
        if self.rows > self.caps.events {
            let most = self.caps.events;
            return Err(self.too_large(format!("expected at most {most} events, found more")));
        }
        Ok(())
    }

    fn begin_cells(&mut self, cells: usize) -> Result<(), Stop> {
        self.cells += cells as u64;
        if self.cells > self.caps.cells {
            let most = self.caps.cells;
            let detail = format!("expected at most {most} values over all columns, found more");
            return Err(self.too_large(detail));
        }
        Ok(())
    }

    /// The place of a model's and version's events.
    pub(super) fn part(
        &mut self,
        model: Option<String>,
        version: Option<String>,
    ) -> Result<usize, Stop> {
        let model = model.as_deref().unwrap_or(DEFAULT_MODEL);
        let is = |part: &PartBuilder| part.model == model && part.version == version;
        if self.parts.get(self.latest).is_some_and(is) {
            return Ok(self.latest);
        }
        self.latest = match self.parts.iter().position(is) {
            Some(place) => place,
            None if self.parts.len() >= self.caps.parts => {
                let most = self.caps.parts;
                let detail = format!("expected at most {most} models and versions, found more");
                return Err(self.too_large(detail));
            }
            None => {
                self.parts.push(PartBuilder {
                    model: model.into(),
                    version,
                    ..PartBuilder::default()
                });
                self.parts.len() - 1
            }
        };
        Ok(self.latest)
    }

    /// Takes an event that stands at `pointer`.
    pub(super) fn take(&mut self, row: Row<'_>, pointer: &str) -> Result<(), Stop> {
        let place = self.part(row.model, row.version)?;
        let at = self.parts[place].rows;
        let mut next = 0;
        for (name, value) in row.features {
            let part = &mut self.parts[place];
            // Clients send features in one order.
            let known = match part.features.get(next) {
                Some((expected, _)) if *expected == name => Some(next),
                _ => part.places.get(name.as_ref()).copied(),
            };
            let column = match known {
                Some(column) => column,
                None => {
                    if part.features.len() >= self.caps.features {
                        self.dropped.feature_values += 1;
                        continue;
                    }
                    if let Err(detail) = check_name(&name, self.caps.name_chars) {
                        let pointer = format!("{pointer}/features/{}", pointer_part(&name));
                        self.fault(Fault::at(pointer, detail))?;
                        continue;
                    }
                    part.places.insert(name.clone().into_owned(), part.features.len());
                    part.features.push((name.clone().into_owned(), CellsBuilder::default()));
                    part.features.len() - 1
                }
            };
            next = column + 1;
            let cells = &mut self.parts[place].features[column].1;
            if cells.len() > at {
                let pointer = format!("{pointer}/features/{}", pointer_part(&name));
                self.fault(Fault::at(pointer, "expected each feature once, found it again"))?;
                continue;
            }
            let grown = at + 1 - cells.len();
            cells.put(at, value, self.caps.text_bytes, &mut self.dropped);
            self.begin_cells(grown)?;
        }
        let part = &mut self.parts[place];
        let mut grown = 0;
        for (cells, value) in [
            (&mut part.prediction, row.prediction),
            (&mut part.probability, row.probability),
            (&mut part.latency_ms, row.latency_ms),
            (&mut part.label, row.label),
            (&mut part.error, row.error),
        ] {
            if let Some(value) = value {
                grown += at + 1 - cells.len();
                cells.put(at, value, self.caps.text_bytes, &mut self.dropped);
            }
        }
        if row.time.is_some() {
            part.times.resize(at, None);
            part.times.push(row.time);
        }
        if row.id.is_some() {
            part.ids.resize(at, None);
            part.ids.push(row.id);
        }
        part.rows = at + 1;
        self.begin_cells(grown)
    }

    /// Takes whole columns.
    pub(super) fn take_columns(
        &mut self,
        model: Option<String>,
        version: Option<String>,
        columns: Columns,
    ) -> Result<(), Stop> {
        let place = self.part(model, version)?;
        let part = &mut self.parts[place];
        part.rows = columns.rows;
        part.times = columns.times;
        part.ids = columns.ids;
        part.features = columns.features;
        part.prediction = columns.prediction;
        part.probability = columns.probability;
        part.latency_ms = columns.latency_ms;
        part.label = columns.label;
        part.error = columns.error;
        Ok(())
    }

    /// Adds a value to a column that is read as a whole.
    pub(super) fn put(&mut self, cells: &mut CellsBuilder, value: Scalar<'_>) -> Result<(), Stop> {
        cells.put(cells.len(), value, self.caps.text_bytes, &mut self.dropped);
        self.begin_cells(1)
    }

    /// Counts a value that is not kept.
    pub(super) fn drop_value(&mut self) {
        self.dropped.feature_values += 1;
    }

    /// All events.
    ///
    /// # Errors
    /// All faults, or the cap that was passed.
    pub(super) fn finish(self) -> Result<Submission, Problem> {
        if let Some(detail) = self.too_large {
            let detail = format!("{detail}: send them in several requests");
            return Err(Problem::new(Kind::TOO_LARGE, detail));
        }
        if !self.faults.is_empty() {
            return Err(Problem::of_faults(Kind::INVALID, self.faults));
        }
        let parts = self.parts.into_iter().filter(|part| part.rows > 0).map(PartBuilder::finish);
        Ok(Submission { parts: parts.collect(), dropped: self.dropped })
    }
}

impl PartBuilder {
    fn finish(self) -> Part {
        let features =
            self.features.into_iter().map(|(name, cells)| (name, cells.finish())).collect();
        Part {
            model: self.model,
            version: self.version,
            events: Events {
                rows: u32::try_from(self.rows).unwrap_or(u32::MAX),
                times: self.times,
                ids: self.ids,
                features,
                prediction: self.prediction.finish(),
                probability: self.probability.finish(),
                latency_ms: self.latency_ms.finish(),
                label: self.label.finish(),
                error: self.error.finish(),
            },
        }
    }
}

/// Columns that were read as such.
#[derive(Debug, Default)]
pub(super) struct Columns {
    pub(super) rows: usize,
    pub(super) times: Vec<Option<Timestamp>>,
    pub(super) ids: Vec<Option<String>>,
    pub(super) features: Vec<(String, CellsBuilder)>,
    pub(super) prediction: CellsBuilder,
    pub(super) probability: CellsBuilder,
    pub(super) latency_ms: CellsBuilder,
    pub(super) label: CellsBuilder,
    pub(super) error: CellsBuilder,
}

/// One column while it grows.
#[derive(Debug, Default)]
pub(super) struct CellsBuilder {
    cells: Cells,
    codes: BTreeMap<String, u32>,
}

impl CellsBuilder {
    pub(super) fn len(&self) -> usize {
        self.cells.len()
    }

    fn finish(self) -> Cells {
        self.cells
    }

    /// Puts a value into slot `at`, which is past all that are there.
    fn put(&mut self, at: usize, value: Scalar<'_>, text_bytes: usize, dropped: &mut Dropped) {
        let is_number = matches!(value, Scalar::Number(_) | Scalar::Null);
        if let Cells::Numbers(numbers) = &mut self.cells {
            if is_number {
                numbers.resize(at, f64::NAN);
                numbers.push(if let Scalar::Number(number) = value { number } else { f64::NAN });
                return;
            }
            let slot = |number: &f64| match number {
                number if number.is_nan() => Slot::Absent,
                number => Slot::Number(*number),
            };
            let slots = numbers.iter().map(slot).collect();
            self.cells = Cells::Mixed { slots, texts: Vec::new() };
        }
        let Cells::Mixed { slots, texts } = &mut self.cells else { return };
        slots.resize(at, Slot::Absent);
        slots.push(match value {
            Scalar::Number(number) => Slot::Number(number),
            Scalar::Truth(truth) => Slot::Truth(truth),
            Scalar::Text(text) => {
                let text = cut(&text, text_bytes, dropped);
                match self.codes.get(text.as_ref()) {
                    Some(code) => Slot::Text(*code),
                    None => {
                        let code = texts.len() as u32;
                        texts.push(text.clone().into_owned());
                        self.codes.insert(text.into_owned(), code);
                        Slot::Text(code)
                    }
                }
            }
            Scalar::Null | Scalar::Array | Scalar::Object => Slot::Absent,
        });
    }
}

fn cut<'t>(text: &'t str, most: usize, dropped: &mut Dropped) -> Cow<'t, str> {
    if text.len() <= most {
        return Cow::Borrowed(text);
    }
    dropped.cut_texts += 1;
    let end = (0..=most).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    Cow::Owned(format!("{}…", &text[..end]))
}

/// Whether a text can be the name of a feature, a model or a version.
pub(crate) fn check_name(name: &str, most_chars: usize) -> Result<(), String> {
    if name.is_empty() {
        Err("expected a name, found an empty text".into())
    } else if name.len() > most_chars && name.chars().count() > most_chars {
        let found = name.chars().count();
        Err(format!("expected a name of at most {most_chars} characters, found {found}"))
    } else if name.chars().any(char::is_control) {
        Err(format!("expected a name without control characters, found \"{}\"", echo(name)))
    } else {
        Ok(())
    }
}
