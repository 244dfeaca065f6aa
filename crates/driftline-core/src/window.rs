//! Integer counts of some rows on a Reference's bins. Merging two windows is integer addition: any order, any machine,
//! the same bytes.

use alloc::{collections::BTreeSet, string::String, vec::Vec};
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    bins::Resolution,
    codec::{self, DecodeError},
    column::Batch,
    counts::{Counts, MAX_ROWS},
    group::{GroupBy, GroupCounter, Groups},
    reference::{Reference, ReferenceId},
    samples::{SampleKeeper, Samples},
    schema::{Field, Schema},
    service::{Service, ServiceColumns, ServicePlaces},
};

/// What some rows hold, column by column, on the bins of one [`Reference`].
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Window {
    reference: ReferenceId,
    resolution: Resolution,
    rows: u64,
    columns: Vec<Counts>,
    /// Columns that the rows had and the reference has not.
    extra: BTreeSet<String>,
    service: Service,
}

impl Window {
    /// A window without rows.
    pub fn empty(reference: &Reference, resolution: Resolution) -> Window {
        let columns = reference.columns().iter();
        Window {
            reference: reference.id(),
            resolution,
            rows: 0,
            columns: columns.map(|column| Counts::empty(&column.bins, resolution)).collect(),
            extra: BTreeSet::new(),
            service: Service::default(),
        }
    }

    /// The same, for rows whose service is counted by these columns.
    pub(crate) fn with_service(mut self, service: Service) -> Window {
        self.service = service;
        self
    }

    /// How the service did.
    pub fn service(&self) -> &Service {
        &self.service
    }

    pub(crate) fn service_mut(&mut self) -> &mut Service {
        &mut self.service
    }

    /// How finely it counts.
    pub fn resolution(&self) -> Resolution {
        self.resolution
    }

    /// The reference on whose bins it counts.
    pub fn reference(&self) -> ReferenceId {
        self.reference
    }

    /// How many rows were counted.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    pub(crate) fn add_rows(&mut self, rows: u64) {
        self.rows += rows;
    }

    pub(crate) fn column_mut(&mut self, place: usize) -> &mut Counts {
        &mut self.columns[place]
    }

    /// Counts by column, in the reference's order.
    pub fn columns(&self) -> &[Counts] {
        &self.columns
    }

    /// Columns that the rows had and the reference has not.
    pub fn extra_columns(&self) -> &BTreeSet<String> {
        &self.extra
    }

    /// Adds the other window's counts.
    ///
    /// # Errors
    /// A window on another reference, or on cells cut otherwise: they mean something else. Nothing is added then.
    pub fn merge(&mut self, other: &Window) -> Result<(), OtherReference> {
        if self.reference != other.reference || self.resolution != other.resolution {
            return Err(OtherReference { expected: self.reference, found: other.reference });
        }
        self.rows = self.rows.saturating_add(other.rows);
        for (own, theirs) in self.columns.iter_mut().zip(&other.columns) {
            own.merge(theirs);
        }
        self.extra.extend(other.extra.iter().cloned());
        self.service.merge(&other.service);
        Ok(())
    }

    /// The compact form; see [`codec`] for what it promises.
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(codec::Content::Window, self)
    }

    /// Reads the compact form.
    ///
    /// # Errors
    /// Bytes that are not a window of a version this code knows, or do not fit `reference`.
    pub fn decode(bytes: &[u8], reference: &Reference) -> Result<Window, DecodeError> {
        let stored: StoredWindow = codec::decode(codec::Content::Window, bytes)?;
        stored.check(reference)
    }

    /// Tells at most so many never-seen levels of each column apart.
    pub(crate) fn keep_levels(&mut self, most: usize) {
        self.columns.iter_mut().for_each(|counts| counts.novel.keep(most));
    }

    /// Columns that other rows had and the reference has not.
    pub(crate) fn extend_extra(&mut self, names: &BTreeSet<String>) {
        self.extra.extend(names.iter().cloned());
    }
}

/// A window as it is stored; to be [checked](StoredWindow::check) against its reference.
#[derive(Deserialize)]
pub(crate) struct StoredWindow {
    reference: ReferenceId,
    resolution: Resolution,
    rows: u64,
    columns: Vec<Counts>,
    extra: BTreeSet<String>,
    service: Service,
}

impl StoredWindow {
    pub(crate) fn check(self, reference: &Reference) -> Result<Window, DecodeError> {
        let StoredWindow { reference: id, resolution, rows, columns, extra, service } = self;
        let window = Window { reference: id, resolution, rows, columns, extra, service };
        if window.reference != reference.id() {
            return Err(DecodeError::OtherReference(OtherReference {
                expected: reference.id(),
                found: window.reference,
            }));
        }
        let fits = window.columns.len() == reference.columns().len()
            && window.rows <= MAX_ROWS
            && window
                .columns
                .iter()
                .zip(reference.columns())
                .all(|(counts, column)| counts.add_up(&column.bins, resolution, window.rows));
        if fits { Ok(window) } else { Err(DecodeError::Malformed) }
    }
}

/// Two windows, or a window and a reference, that do not belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OtherReference {
    /// The reference that was asked for.
    pub expected: ReferenceId,
    /// The one that the window counts on.
    pub found: ReferenceId,
}

impl fmt::Display for OtherReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "expected a window on reference {}, found one on {}", self.expected, self.found)
    }
}

impl core::error::Error for OtherReference {}

/// What a counter keeps besides the counts of all rows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// How rows are counted apart.
    pub groups: Vec<GroupBy>,
    /// Bytes of numbers kept for the statistics that need them one by one; 0 keeps none.
    pub sample_bytes: u64,
    /// Which columns say how the service did.
    pub service: ServiceColumns,
    /// The column that says when a row was.
    pub clock: Option<String>,
}

/// What a counter counted.
#[derive(Clone, Debug)]
pub struct Counted {
    /// All rows.
    pub window: Window,
    /// Their numbers, where they were wanted and fit.
    pub samples: Option<Samples>,
    /// Rows counted apart, as the plan says.
    pub groups: Vec<Groups>,
}

/// Counts batches of a file, or of several one after the other, into a window.
#[derive(Clone, Debug)]
pub struct WindowCounter<'r> {
    reference: &'r Reference,
    /// For each column of the file its place in the reference.
    places: Vec<Option<usize>>,
    window: Window,
    samples: Option<SampleKeeper>,
    groups: GroupCounter,
    service: ServicePlaces,
}

impl<'r> WindowCounter<'r> {
    /// A counter for batches whose columns are `schema`'s. Columns are matched by name.
    pub fn new(reference: &'r Reference, schema: &Schema, plan: &Plan) -> WindowCounter<'r> {
        let mut window =
            Window::empty(reference, Resolution::Grid).with_service(Service::new(&plan.service));
        let keeps = plan.sample_bytes > 0;
        WindowCounter {
            reference,
            places: places(reference, schema, &mut window.extra),
            window,
            samples: keeps.then(|| SampleKeeper::new(reference.columns().len(), plan.sample_bytes)),
            groups: GroupCounter::new(reference, &plan.groups, &plan.service),
            service: ServicePlaces::new(&plan.service, schema),
        }
    }

    /// Ends a file: the batches that follow are another one's, whose columns are `schema`'s. Where windows are files, this
    /// begins the next.
    pub fn begin_file(&mut self, schema: &Schema, plan: &Plan) {
        self.places = places(self.reference, schema, &mut self.window.extra);
        self.service = ServicePlaces::new(&plan.service, schema);
        self.groups.begin_file(self.reference);
    }

    /// Counts a batch.
    pub fn count(&mut self, batch: &Batch) {
        for (column, place) in batch.columns().iter().zip(&self.places) {
            let Some(place) = *place else { continue };
            let bins = &self.reference.columns()[place].bins;
            self.window.columns[place].count(bins, column);
            if let Some(samples) = &mut self.samples {
                samples.keep(place, column);
            }
        }
        self.window.service.count(batch, &self.service);
        self.groups.count(self.reference, batch, &self.places, self.window.rows, &self.service);
        self.window.rows += batch.rows() as u64;
    }

    /// Rows counted so far.
    pub fn rows(&self) -> u64 {
        self.window.rows
    }

    /// What all batches hold.
    pub fn finish(self) -> Counted {
        Counted {
            window: self.window,
            samples: self.samples.and_then(SampleKeeper::finish),
            groups: self.groups.finish(),
        }
    }
}

/// For each column of a file its place in the reference; the names of the others are added to `extra`.
fn places(
    reference: &Reference,
    schema: &Schema,
    extra: &mut BTreeSet<String>,
) -> Vec<Option<usize>> {
    let place = |field: &Field| {
        let place = reference.position(&field.name);
        if place.is_none() {
            extra.insert(field.name.clone());
        }
        place
    };
    schema.fields.iter().map(place).collect()
}
