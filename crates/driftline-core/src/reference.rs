//! What normal looks like: schema, bins and counts per column. Built once from the baseline, portable, content-hashed.

use alloc::{string::String, vec::Vec};
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    bins::{AnyOrder, Bins, Grid, LevelTally, Order, Resolution, ValueTally, max_buckets},
    codec::{self, DecodeError},
    column::{Batch, Column, Values},
    counts::{Counts, MAX_ROWS, for_each_level},
    performance::PositiveClass,
    samples::Samples,
    schema::{Field, Kind, Schema},
    service::{Service, ServiceColumns, ServicePlaces},
    window::Window,
};

/// Bytes of baseline values that are kept to find exact quantiles, unless the spec says otherwise: 256 MiB.
pub const DEFAULT_BUDGET_BYTES: u64 = 256 << 20;

/// What normal looks like.
///
/// About 16 KB a numeric column in the compact form. Two references of equal content have equal [ids](Reference::id),
/// wherever they were built.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    source: String,
    content: Content,
    id: ReferenceId,
}

/// What the id is the hash of: not the file's name, so that the same data under another name is the same reference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    rows: u64,
    columns: Vec<ReferenceColumn>,
    service_columns: ServiceColumns,
    service: Service,
}

/// One column of a reference.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReferenceColumn {
    /// What the column is.
    pub field: Field,
    /// How it is counted.
    pub bins: Bins,
    /// What the baseline holds.
    pub counts: Counts,
}

impl Reference {
    /// Base name of the file it was built from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// How many rows it was built from.
    pub fn rows(&self) -> u64 {
        self.content.rows
    }

    /// Its columns, in the baseline's order.
    pub fn columns(&self) -> &[ReferenceColumn] {
        &self.content.columns
    }

    /// Which columns say how the service did, as it was told when it was built.
    pub fn service_columns(&self) -> &ServiceColumns {
        &self.content.service_columns
    }

    /// How the service did.
    pub fn service(&self) -> &Service {
        &self.content.service
    }

    /// Place of the column called `name`.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.content.columns.iter().position(|column| column.field.name == name)
    }

    /// The same for a name that is probably at `guess`: rows mostly come in the reference's order of columns, and looking
    /// for each of many columns from the first on would take longer than counting them.
    pub(crate) fn position_from(&self, guess: usize, name: &str) -> Option<usize> {
        match self.content.columns.get(guess) {
            Some(column) if column.field.name == name => Some(guess),
            _ => self.position(name),
        }
    }

    /// Hash of all it holds.
    pub fn id(&self) -> ReferenceId {
        self.id
    }

    /// A reference of other rows on this one's bins: what `window` counted, as what is normal.
    ///
    /// # Errors
    /// A window on another reference, or one that counted the PSI cells alone.
    pub fn with_rows_of(
        &self,
        source: impl Into<String>,
        window: &Window,
    ) -> Result<Reference, OtherBins> {
        if window.reference() != self.id || window.resolution() != Resolution::Grid {
            return Err(OtherBins { column: None });
        }
        let columns = self.columns().iter().zip(window.columns());
        let column = |(own, counts): (&ReferenceColumn, &Counts)| ReferenceColumn {
            counts: counts.clone(),
            ..own.clone()
        };
        let content = Content {
            rows: window.rows(),
            columns: columns.map(column).collect(),
            service_columns: self.content.service_columns.clone(),
            service: window.service().without_thresholds(),
        };
        Ok(Reference::new(source.into(), content))
    }

    /// The rows of both, which must be counted on the same bins.
    ///
    /// # Errors
    /// Other columns, or columns cut otherwise: the first of them is named.
    pub fn merge(&self, other: &Reference) -> Result<Reference, OtherBins> {
        self.check_same_bins(other)?;
        let mut content = self.content.clone();
        content.rows = content.rows.saturating_add(other.content.rows);
        for (own, theirs) in content.columns.iter_mut().zip(other.columns()) {
            own.counts.merge(&theirs.counts);
        }
        content.service.merge(&other.content.service);
        let source = if self.source == other.source {
            self.source.clone()
        } else {
            alloc::format!("{} + {}", self.source, other.source)
        };
        Ok(Reference::new(source, content))
    }

    /// Whether both are counted on the same bins, so that their rows can be added up.
    ///
    /// # Errors
    /// The first column that differs.
    pub fn check_same_bins(&self, other: &Reference) -> Result<(), OtherBins> {
        let same = |own: &ReferenceColumn, theirs: &ReferenceColumn| {
            own.field.name == theirs.field.name && own.bins == theirs.bins
        };
        let differs = (0..self.columns().len().max(other.columns().len())).find(|at| {
            match (self.columns().get(*at), other.columns().get(*at)) {
                (Some(own), Some(theirs)) => !same(own, theirs),
                _ => true,
            }
        });
        match differs {
            None => Ok(()),
            Some(at) => {
                let named = self.columns().get(at).or_else(|| other.columns().get(at));
                Err(OtherBins { column: named.map(|column| column.field.name.clone()) })
            }
        }
    }

    /// The compact form; see [`codec`] for what it promises.
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(codec::Content::Reference, &self.stored())
    }

    /// Reads the compact form.
    ///
    /// # Errors
    /// Bytes that are not a reference of a version this code knows.
    pub fn decode(bytes: &[u8]) -> Result<Reference, DecodeError> {
        codec::decode::<StoredReference>(codec::Content::Reference, bytes)?.check()
    }

    /// The form for people: JSON with the format's name and the id beside the content.
    pub fn to_json(&self) -> String {
        codec::to_json(&Json {
            schema: JSON_SCHEMA.into(),
            id: self.id,
            source: self.source.clone(),
            content: self.content.clone(),
        })
    }

    /// Reads the form for people.
    ///
    /// # Errors
    /// Text that is not a reference of a version this code knows, or whose id does not fit its content: an edited
    /// reference is another one.
    pub fn from_json(text: &str) -> Result<Reference, DecodeError> {
        let json: Json = codec::from_json(text)?;
        if json.schema != JSON_SCHEMA {
            return Err(DecodeError::UnknownVersion);
        }
        let reference = Reference::checked(json.source, json.content)?;
        if reference.id == json.id { Ok(reference) } else { Err(DecodeError::Altered) }
    }

    /// As [`StoredReference`] reads it.
    pub(crate) fn stored(&self) -> impl Serialize + '_ {
        (&self.source, &self.content)
    }

    fn new(source: String, content: Content) -> Reference {
        let id = ReferenceId(codec::hash(&codec::encode(codec::Content::Reference, &content)));
        Reference { source, content, id }
    }

    fn checked(source: String, content: Content) -> Result<Reference, DecodeError> {
        let fits = content.rows <= MAX_ROWS
            && content
                .columns
                .iter()
                .all(|column| column.counts.add_up(&column.bins, Resolution::Grid, content.rows));
        if fits { Ok(Reference::new(source, content)) } else { Err(DecodeError::Malformed) }
    }
}

/// A reference as it is stored; to be [checked](StoredReference::check).
#[derive(Deserialize)]
pub(crate) struct StoredReference(String, Content);

impl StoredReference {
    pub(crate) fn check(self) -> Result<Reference, DecodeError> {
        let StoredReference(source, content) = self;
        Reference::checked(source, content)
    }
}

/// Counts that cannot be added up, because their bins differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherBins {
    /// The first column that differs, where it is one column's matter.
    pub column: Option<String>,
}

impl fmt::Display for OtherBins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.column {
            Some(column) => write!(
                f,
                "column \"{column}\": expected the same bins, found others; `driftline profile --on` counts data on a \
                 reference's bins"
            ),
            None => f.write_str("expected counts of whole rows on this reference, found others"),
        }
    }
}

impl core::error::Error for OtherBins {}

const JSON_SCHEMA: &str = "driftline.reference/v2";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Json {
    schema: String,
    id: ReferenceId,
    source: String,
    content: Content,
}

/// Names a reference by its content: the first 128 bits of its SHA-256, written in hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String"))]
pub struct ReferenceId([u8; 16]);

impl fmt::Display for ReferenceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ReferenceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReferenceId({self})")
    }
}

impl From<ReferenceId> for String {
    fn from(id: ReferenceId) -> String {
        alloc::format!("{id}")
    }
}

impl TryFrom<String> for ReferenceId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<ReferenceId, &'static str> {
        let digits = text.as_bytes();
        let mut id = [0; 16];
        if digits.len() != 32 {
            return Err("expected 32 hexadecimal digits");
        }
        for (byte, pair) in id.iter_mut().zip(digits.chunks_exact(2)) {
            let digit = |b: u8| (b as char).to_digit(16).filter(|_| !b.is_ascii_uppercase());
            match (digit(pair[0]), digit(pair[1])) {
                (Some(high), Some(low)) => *byte = (high << 4 | low) as u8,
                _ => return Err("expected 32 hexadecimal digits"),
            }
        }
        Ok(ReferenceId(id))
    }
}

/// Builds a reference from batches.
///
/// The values of numeric columns are kept while all of them together fit the budget: then quantiles are exact. Past it
/// every column is held in buckets, whose number the budget and the number of columns give; the rank error is stated in
/// its [`Grid`].
#[derive(Clone, Debug)]
pub struct ReferenceBuilder {
    source: String,
    rows: u64,
    places: ServicePlaces,
    service_columns: ServiceColumns,
    service: Service,
    columns: Vec<ColumnBuilder>,
    budget_bytes: u64,
    compacted: bool,
}

#[derive(Clone, Debug)]
struct ColumnBuilder {
    field: Field,
    tally: Tally,
    /// All but the cells, which are known once the bins are.
    counts: Counts,
}

#[derive(Clone, Debug)]
enum Tally {
    Values(ValueTally),
    Levels(LevelTally),
    Instants,
}

impl ReferenceBuilder {
    /// A builder for batches whose columns are `schema`'s; `source` is the file's base name.
    pub fn new(source: impl Into<String>, schema: &Schema, budget_bytes: u64) -> ReferenceBuilder {
        let columns = schema
            .fields
            .iter()
            .map(|field| ColumnBuilder {
                field: field.clone(),
                tally: match field.kind {
                    Kind::Numeric => Tally::Values(ValueTally::default()),
                    Kind::Categorical => Tally::Levels(LevelTally::default()),
                    Kind::Timestamp => Tally::Instants,
                },
                counts: Counts::default(),
            })
            .collect();
        let roles =
            ServiceColumns::of(schema.fields.iter(), |field| field.role, PositiveClass::ByName);
        ReferenceBuilder {
            source: source.into(),
            rows: 0,
            places: ServicePlaces::new(&roles, schema),
            service: Service::new(&roles),
            service_columns: roles,
            columns,
            budget_bytes,
            compacted: false,
        }
    }

    /// With other columns for how the service did than those that the schema's roles name. Before the first batch.
    #[must_use]
    pub fn with_service(mut self, columns: ServiceColumns, schema: &Schema) -> ReferenceBuilder {
        self.places = ServicePlaces::new(&columns, schema);
        self.service = Service::new(&columns);
        self.service_columns = columns;
        self
    }

    /// Adds a batch.
    pub fn push(&mut self, batch: &Batch) {
        self.rows += batch.rows() as u64;
        self.service.count(batch, &self.places);
        for (builder, column) in self.columns.iter_mut().zip(batch.columns()) {
            builder.push(column);
        }
        if !self.compacted && self.kept_bytes() > self.budget_bytes {
            let max_buckets = max_buckets(self.budget_bytes, self.columns.len());
            for builder in &mut self.columns {
                if let Tally::Values(values) = &mut builder.tally {
                    values.compact(max_buckets);
                }
            }
            self.compacted = true;
        }
    }

    /// Rows added so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Bytes of values kept so far.
    pub fn kept_bytes(&self) -> u64 {
        let bytes = |builder: &ColumnBuilder| match &builder.tally {
            Tally::Values(values) => values.kept_bytes(),
            Tally::Levels(_) | Tally::Instants => 0,
        };
        self.columns.iter().map(bytes).sum()
    }

    /// Cuts the bins and counts the baseline on them. The values themselves come with it while they take no more than
    /// half the budget: the other half is for the rows compared with them.
    pub fn finish(self) -> (Reference, Option<Samples>) {
        let keeps = !self.compacted && self.kept_bytes() <= self.budget_bytes / 2;
        let mut samples = Samples::default();
        let mut columns = Vec::with_capacity(self.columns.len());
        for builder in self.columns {
            let (column, order) = builder.finish();
            samples.push(order.filter(|_| keeps).and_then(AnyOrder::into_sorted));
            columns.push(column);
        }
        (
            Reference::new(
                self.source,
                Content {
                    rows: self.rows,
                    columns,
                    service_columns: self.service_columns,
                    service: self.service,
                },
            ),
            keeps.then_some(samples),
        )
    }
}

impl ColumnBuilder {
    fn push(&mut self, column: &Column) {
        match &mut self.tally {
            Tally::Values(tally) => {
                self.counts.count_slots(column);
                let Values::Number(values) = column.values() else {
                    self.counts.unreadable += column.validity().count_ones();
                    return;
                };
                let all = column.validity().is_all_set();
                for (i, value) in values.iter().enumerate() {
                    if (all || column.validity().get(i)) && !self.counts.count_special(*value) {
                        tally.push(*value);
                    }
                }
            }
            Tally::Levels(tally) => {
                self.counts.count_slots(column);
                for_each_level(column, |level, rows| tally.add(level, rows));
            }
            Tally::Instants => self.counts.count_instants(column),
        }
    }

    fn finish(self) -> (ReferenceColumn, Option<AnyOrder>) {
        let ColumnBuilder { field, tally, mut counts } = self;
        let (bins, order) = match tally {
            Tally::Values(values) => {
                let order = values.into_order();
                let grid = Grid::of(&order);
                count_order(&grid, &order, &mut counts);
                (Bins::Grid(grid), Some(order))
            }
            Tally::Levels(levels) => match levels.into_levels() {
                Some((levels, cells)) => {
                    counts.cells = cells;
                    (Bins::Levels(levels), None)
                }
                None => (Bins::Identifier, None),
            },
            Tally::Instants => (Bins::Instants, None),
        };
        (ReferenceColumn { field, bins, counts }, order)
    }
}

/// What counting the values one by one would give.
fn count_order(grid: &Grid, order: &AnyOrder, counts: &mut Counts) {
    let mut below = 0;
    for edge in grid.edges() {
        let at_most = order.count_at_most(*edge);
        counts.cells.push(at_most - below);
        below = at_most;
    }
    counts.cells.push(order.len() - below);
    counts.extremes = order.extremes();
    if let (Some(scale), Some(values)) = (grid.scale(), order.sorted()) {
        values.iter().for_each(|value| counts.moments.add(scale, *value));
    }
}
