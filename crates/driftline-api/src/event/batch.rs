//! Columns of events into a core batch, by the reference's schema: the live rows are read with the reference's kinds, as a
//! file's rows are.
//!
//! | the baseline's column holds | JSON says | and it counts as |
//! |---|---|---|
//! | numbers | a number, a text that is one | that number |
//! | | true, false | 1 and 0 where the baseline has no other numbers; else unreadable, as another text is: counted and told, never refused, since other rows may be right |
//! | categories | a text | that level, as it is written |
//! | | true, false, a number | the level that the column's [`Spelling`] has for it |
//! | instants | a text or a number in the column's form | that instant; unreadable otherwise |
//! | anything | null, nothing, an empty text or a word for nothing such as `NaN` | missing |

use alloc::{
    collections::{BTreeMap, BTreeSet},
    string::{String, ToString},
    vec::Vec,
};

use driftline_core::{
    column::{Batch, Bitmap, Column, Dictionary, Values},
    monitor::Monitor,
    reference::Reference,
    schema::{Field, Kind, Origin, Role, Schema},
    service::ServiceColumns,
    time::{TimeForm, Timestamp},
};

use super::{Cells, Events, Part, Value, spelling::Spelling};

/// Where live rows go: the reference's columns, and those of the service that it has not.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Frame {
    pub(crate) schema: Schema,
    pub(crate) service: ServiceColumns,
    pub(crate) clock: Option<String>,
    sources: Vec<Source>,
    spellings: Vec<Spelling>,
    /// Of its fields: each feature of each event is looked for.
    names: BTreeSet<String>,
    /// Where predictions, probabilities and labels are.
    pub(crate) prediction: Option<usize>,
    pub(crate) probability: Option<usize>,
    pub(crate) label: Option<usize>,
}

/// What of an event a column is filled with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Feature,
    Prediction,
    Probability,
    Latency,
    Label,
    Error,
    Time,
    Model,
    Version,
}

/// What events say beside their features: the role, the name of its column where the reference has none, and its kind.
const SERVICE: [(Role, Source, &str, Kind); 6] = [
    (Role::Prediction, Source::Prediction, "prediction", Kind::Categorical),
    (Role::Probability, Source::Probability, "probability", Kind::Numeric),
    (Role::Latency, Source::Latency, "latency_ms", Kind::Numeric),
    (Role::Label, Source::Label, "label", Kind::Categorical),
    (Role::Error, Source::Error, "error", Kind::Categorical),
    (Role::Timestamp, Source::Time, "timestamp", Kind::Timestamp),
];

impl Frame {
    /// As `monitor` sees the columns of `reference`.
    pub(crate) fn new(monitor: &Monitor, reference: &Reference) -> Frame {
        let given =
            |field: &Field| monitor.spec().columns.get(&field.name).and_then(|column| column.role);
        let role_of = |field: &Field| given(field).unwrap_or(field.role);
        let mut fields: Vec<Field> =
            reference.columns().iter().map(|column| column.field.clone()).collect();
        let mut sources: Vec<Source> = fields.iter().map(|_| Source::Feature).collect();
        let clock = monitor.counting().clock(fields.iter());
        for (role, source, name, kind) in SERVICE {
            let mut found = fields.iter().position(|field| role_of(field) == role);
            if role == Role::Timestamp {
                found =
                    clock.as_ref().and_then(|clock| fields.iter().position(|f| f.name == *clock));
            }
            match found {
                Some(place) => sources[place] = source,
                None => {
                    // A feature of the same name is something else.
                    let mut name = name.to_string();
                    while fields.iter().any(|field| field.name == name) {
                        name.push('_');
                    }
                    let time_form = (kind == Kind::Timestamp).then_some(TimeForm::Iso);
                    fields.push(Field { name, kind, role, role_from: Origin::Given, time_form });
                    sources.push(source);
                }
            }
        }
        for (role, source) in [(Role::Model, Source::Model), (Role::Version, Source::Version)] {
            if let Some(place) = fields.iter().position(|field| role_of(field) == role) {
                sources[place] = source;
            }
        }
        let place = |source| sources.iter().position(|own| *own == source);
        let name = |source| place(source).map(|place| fields[place].name.clone());
        let from_reference = monitor.counting().service_columns(fields.iter());
        let service = ServiceColumns {
            latency: name(Source::Latency),
            error: name(Source::Error),
            label: name(Source::Label),
            prediction: name(Source::Prediction),
            ..from_reference
        };
        let (prediction, probability, label) =
            (place(Source::Prediction), place(Source::Probability), place(Source::Label));
        let clock = name(Source::Time);
        let mut spellings: Vec<Spelling> = reference.columns().iter().map(Spelling::of).collect();
        spellings.resize(fields.len(), Spelling::default());
        if let (Some(prediction), Some(label)) = (prediction, label) {
            // Where the baseline has one of the two, the other is held against it.
            let [of_prediction, of_label] = [spellings[prediction], spellings[label]];
            let known = reference.columns().len();
            if label >= known {
                spellings[label] = of_prediction;
            } else if prediction >= known {
                spellings[prediction] = of_label;
            }
        }
        let names = fields.iter().map(|field| field.name.clone()).collect();
        let schema = Schema { fields };
        Frame { schema, service, clock, sources, spellings, names, prediction, probability, label }
    }

    /// The events as rows of this frame.
    pub(crate) fn batch(&self, part: &Part) -> Batch {
        let rows = part.events.rows as usize;
        let columns = (0..self.sources.len()).map(|place| self.column(place, part, rows)).collect();
        // Every column was made for so many rows.
        Batch::new(rows, columns).unwrap_or_else(|_| empty())
    }

    fn column(&self, place: usize, part: &Part, rows: usize) -> Column {
        let events = &part.events;
        let cells = match self.sources[place] {
            Source::Prediction => &events.prediction,
            Source::Probability => &events.probability,
            Source::Latency => &events.latency_ms,
            Source::Label => &events.label,
            Source::Error => &events.error,
            Source::Time => return self.times(place, events, rows),
            Source::Model => return constant(Some(&part.model), rows),
            Source::Version => return constant(part.version.as_deref(), rows),
            Source::Feature => return self.feature(place, events, rows),
        };
        // Clients that write a file's row as features say these by the file's names.
        if cells.is_empty() {
            self.feature(place, events, rows)
        } else {
            self.read(place, cells, rows)
        }
    }

    fn feature(&self, place: usize, events: &Events, rows: usize) -> Column {
        let field = &self.schema.fields[place];
        match events.features.get(&field.name) {
            Some(cells) => self.read(place, cells, rows),
            None => missing(field.kind, rows),
        }
    }

    fn times(&self, place: usize, events: &Events, rows: usize) -> Column {
        if events.times.is_empty()
            && let Some(cells) = events.features.get(&self.schema.fields[place].name)
        {
            return self.read(place, cells, rows);
        }
        instants(rows, |row| match events.times.get(row) {
            Some(Some(time)) => Read::Is(*time),
            _ => Read::Missing,
        })
    }

    /// Values as the column at `place` reads them.
    pub(crate) fn read(&self, place: usize, cells: &Cells, rows: usize) -> Column {
        of_kind(&self.schema.fields[place], self.spellings[place], cells, rows)
    }

    /// Features of events that the reference has not.
    pub(crate) fn foreign<'e>(&self, events: &'e Events) -> impl Iterator<Item = &'e str> {
        events.features.keys().map(String::as_str).filter(|name| !self.names.contains(*name))
    }
}

fn empty() -> Batch {
    match Batch::new(0, Vec::new()) {
        Ok(batch) => batch,
        Err(_) => unreachable!("no column has another length"),
    }
}

fn missing(kind: Kind, rows: usize) -> Column {
    let values = match kind {
        Kind::Numeric => Values::Number(alloc::vec![0.0; rows]),
        Kind::Categorical => {
            Values::Text { codes: alloc::vec![0; rows], dictionary: Dictionary::default() }
        }
        Kind::Timestamp => Values::Timestamp(alloc::vec![Timestamp::EPOCH; rows]),
    };
    Column::new(values, Bitmap::from_fn(rows, |_| false), 0)
}

pub(crate) fn of_kind(field: &Field, spelling: Spelling, cells: &Cells, rows: usize) -> Column {
    match field.kind {
        Kind::Numeric => numbers(spelling, cells, rows),
        Kind::Categorical => levels(spelling, cells, rows),
        Kind::Timestamp => {
            let form = field.time_form.unwrap_or(TimeForm::Iso);
            instants(rows, |row| match cells.get(row) {
                Value::Absent => Read::Missing,
                Value::Text(text) => form.parse(text).map_or(Read::Unreadable, Read::Is),
                Value::Number(number) => {
                    form.parse_number(number).map_or(Read::Unreadable, Read::Is)
                }
                Value::Truth(_) => Read::Unreadable,
            })
        }
    }
}

/// One slot as its kind reads it.
enum Read<T> {
    Is(T),
    Missing,
    Unreadable,
}

fn read_slots<T>(
    rows: usize,
    nothing: T,
    read: impl Fn(usize) -> Read<T>,
) -> (Vec<T>, Bitmap, Bitmap)
where
    T: Clone,
{
    let mut values = Vec::with_capacity(rows);
    let (mut valid, mut unreadable) = (Bitmap::new(), Bitmap::new());
    for row in 0..rows {
        let (value, is_valid, is_unreadable) = match read(row) {
            Read::Is(value) => (value, true, false),
            Read::Missing => (nothing.clone(), false, false),
            Read::Unreadable => (nothing.clone(), false, true),
        };
        values.push(value);
        valid.push(is_valid);
        unreadable.push(is_unreadable);
    }
    (values, valid, unreadable)
}

fn numbers(spelling: Spelling, cells: &Cells, rows: usize) -> Column {
    if let Cells::Numbers(numbers) = cells {
        let mut values = numbers.clone();
        values.resize(rows, f64::NAN);
        let valid = Bitmap::from_fn(rows, |row| !values[row].is_nan());
        return Column::new(Values::Number(values), valid, 0);
    }
    let (values, valid, unreadable) = read_slots(rows, 0.0, |row| match cells.get(row) {
        Value::Absent => Read::Missing,
        Value::Number(number) => Read::Is(number),
        Value::Truth(truth) => spelling.flag(truth).map_or(Read::Unreadable, Read::Is),
        Value::Text(text) => number_of(text),
    });
    Column::with_unreadable(Values::Number(values), valid, unreadable)
}

/// A number that was sent as a text, and the words for none that files write.
fn number_of(text: &str) -> Read<f64> {
    match text.trim().parse::<f64>() {
        Ok(number) if !number.is_nan() => Read::Is(number),
        Ok(_) => Read::Missing,
        Err(_) if is_missing(text) => Read::Missing,
        Err(_) => Read::Unreadable,
    }
}

fn is_missing(text: &str) -> bool {
    let text = text.trim();
    let words = ["", "-", "na", "n/a", "nan", "null", "none"];
    words.iter().any(|word| text.eq_ignore_ascii_case(word))
}

fn levels(spelling: Spelling, cells: &Cells, rows: usize) -> Column {
    let mut dictionary = Dictionary::default();
    let mut codes = Vec::with_capacity(rows);
    let mut by_text: BTreeMap<String, u32> = BTreeMap::new();
    let mut by_number: BTreeMap<u64, u32> = BTreeMap::new();
    let mut valid = Bitmap::new();
    let mut code_of = |text: &str| match by_text.get(text) {
        Some(code) => *code,
        None => {
            let code = dictionary.push(text);
            by_text.insert(text.into(), code);
            code
        }
    };
    for row in 0..rows {
        let code = match cells.get(row) {
            Value::Absent => None,
            Value::Number(number) => {
                Some(*by_number.entry(number.to_bits()).or_insert_with(|| {
                    match spelling.number(number) {
                        Some(level) => code_of(level),
                        // Not "-0", which no file of whole numbers holds.
                        None => code_of(&(number + 0.0).to_string()),
                    }
                }))
            }
            Value::Truth(truth) => Some(code_of(spelling.truth(truth))),
            Value::Text(text) if is_missing(text) => None,
            Value::Text(text) => Some(code_of(text)),
        };
        valid.push(code.is_some());
        codes.push(code.unwrap_or(0));
    }
    Column::new(Values::Text { codes, dictionary }, valid, 0)
}

fn instants(rows: usize, read: impl Fn(usize) -> Read<Timestamp>) -> Column {
    let (values, valid, unreadable) = read_slots(rows, Timestamp::EPOCH, read);
    Column::with_unreadable(Values::Timestamp(values), valid, unreadable)
}

fn constant(text: Option<&str>, rows: usize) -> Column {
    let mut dictionary = Dictionary::default();
    dictionary.push(text.unwrap_or_default());
    let valid = Bitmap::from_fn(rows, |_| text.is_some());
    Column::new(Values::Text { codes: alloc::vec![0; rows], dictionary }, valid, 0)
}
