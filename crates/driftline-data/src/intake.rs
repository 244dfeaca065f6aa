//! From the bytes of files to what a report is made of: the one path that every front takes.
//!
//! A [`BaselineIntake`] turns a baseline (or a reference made from one before) into a [`Reference`], a
//! [`CurrentIntake`] counts the current file on it, or several one after the other, and an [`Intake`] holds both for as many reports as people ask for:
//! other thresholds need no second reading. Segments do: the baseline's rows can only be counted apart once its bins are
//! known, so it goes through a [`CurrentIntake`] of its own. So do the conventions of tools that bin both sides together:
//! after both files were read, [`Intake::convention_plan`] says whether they have to be read again, and a
//! [`ConventionIntake`] takes the baseline and then the current file.

use alloc::{boxed::Box, collections::BTreeMap, string::String, vec::Vec};

use driftline_core::{
    codec::{self, DecodeError},
    column::Batch,
    convention::{ConventionCounter, ConventionCounts, ConventionPlan},
    counting::Counting,
    group::Groups,
    measure::Exact,
    monitor::{Comparands, Monitor},
    reference::{Reference, ReferenceBuilder},
    report::{Problem, Report},
    samples::Samples,
    schema::{Field, Kind, Schema},
    time::Timestamp,
    window::{Counted, Plan, Window, WindowCounter},
};

use crate::{
    error::{Place, ReadError},
    options::ReadOptions,
    parts::{Part, Parts},
    problem::{Summary, listed},
    selection::{Selection, Selector},
};

/// Bytes that a stored reference may have; one of ten thousand numeric columns has about 160 MB.
const MAX_REFERENCE_BYTES: usize = 512 << 20;

/// What was read of a baseline and of what is compared with it.
#[derive(Clone, Debug)]
pub struct Intake {
    /// What the baseline holds.
    pub reference: Reference,
    /// What the current file holds.
    pub window: Window,
    /// Statistics of both sides' numbers one by one, by column; empty where they did not fit the budget.
    pub exact: Vec<Option<Exact>>,
    /// The current rows counted apart.
    pub groups: Vec<Groups>,
    /// The baseline's rows counted apart.
    pub baseline_groups: Vec<Groups>,
    /// What a second reading of both files counted for a convention.
    pub recount: Option<ConventionCounts>,
    /// Base name of the current file; of several, what they are called together.
    pub source: String,
    /// Base names of the current files, in their order, where they are several.
    pub files: Vec<String>,
    /// What was wrong with them, baseline first.
    pub problems: Vec<Problem>,
}

impl Intake {
    /// All that was read of a baseline and of what is compared with it. `segments` is what a second reading of the baseline
    /// counted.
    pub fn new(baseline: Baseline, current: Current, segments: Vec<Groups>) -> Intake {
        let problems = |summary: Option<Summary>| summary.map_or(Vec::new(), |s| s.problems);
        let mut all_problems = problems(baseline.summary);
        all_problems.extend(current.summary.problems);
        Intake {
            exact: exact(&baseline.reference, baseline.samples, current.counted.samples),
            reference: baseline.reference,
            window: current.counted.window,
            groups: current.counted.groups,
            baseline_groups: segments,
            recount: None,
            source: together(&current.files),
            files: if current.files.len() > 1 { current.files } else { Vec::new() },
            problems: all_problems,
        }
    }

    /// What a second reading of both files has to count for the convention asked for, the baseline first; `None` where
    /// nothing is missing. What it counted goes into [`recount`](Self::recount).
    pub fn convention_plan(&self, counting: &Counting) -> Option<ConventionPlan> {
        let plan = counting.convention_plan(&self.reference, &self.window)?;
        let counted = self.recount.as_ref().map(ConventionCounts::convention);
        (counted != Some(plan.convention())).then_some(plan)
    }

    /// What a report is made of, but for [`problems`](Self::problems).
    pub fn comparands(&self) -> Comparands<'_> {
        Comparands {
            reference: &self.reference,
            window: &self.window,
            source: &self.source,
            files: &self.files,
            exact: &self.exact,
            groups: &self.groups,
            baseline_groups: &self.baseline_groups,
            recount: self.recount.as_ref(),
        }
    }

    /// The report by one policy.
    pub fn report(&self, monitor: &Monitor, now: Timestamp) -> Report {
        let mut report = monitor.report(&self.comparands(), now);
        report.problems.extend(self.problems.iter().cloned());
        report
    }

    /// The baseline's columns as they were read, compared or not.
    pub fn fields(&self) -> impl Iterator<Item = &Field> {
        self.reference.columns().iter().map(|column| &column.field)
    }
}

/// The statistics of both sides' numbers one by one; the numbers themselves can go then.
fn exact(
    reference: &Reference,
    baseline: Option<Samples>,
    current: Option<Samples>,
) -> Vec<Option<Exact>> {
    let (Some(baseline), Some(current)) = (baseline, current) else { return Vec::new() };
    let of_column = |at| Exact::of(baseline.column(at)?, current.column(at)?);
    (0..reference.columns().len()).map(of_column).collect()
}

/// What was read of a baseline.
#[derive(Clone, Debug)]
pub struct Baseline {
    /// What it holds.
    pub reference: Reference,
    /// Its numbers one by one, where they fit half the budget; none of a stored reference.
    pub samples: Option<Samples>,
    /// What was wrong with it; absent of a stored reference.
    pub summary: Option<Summary>,
}

/// What the file of a baseline holds.
#[derive(Clone, Debug)]
pub enum BaselineContent {
    /// Rows that were counted, or what was counted before.
    Counted(Box<Baseline>),
    /// A reference as JSON, not read yet: the whole file, for [`reference_of_json`].
    Json(Vec<u8>),
}

/// What was read of current files.
#[derive(Clone, Debug)]
pub struct Current {
    /// What they hold.
    pub counted: Counted,
    /// What was wrong with them.
    pub summary: Summary,
    /// Their base names, in the order in which they were read.
    pub files: Vec<String>,
}

/// Reads a baseline: data in any supported format, or a [`Reference`] in either of its forms.
#[derive(Debug)]
pub struct BaselineIntake {
    source: String,
    /// What columns are for, and how much memory there is.
    counting: Counting,
    selector: Selector,
    stage: BaselineStage,
}

#[derive(Debug)]
enum BaselineStage {
    /// The first bytes, too few to tell data from a stored reference.
    Looking {
        head: Vec<u8>,
        options: ReadOptions,
    },
    Data {
        reader: Box<Parts>,
        builder: Option<Box<ReferenceBuilder>>,
    },
    Stored(Vec<u8>),
}

/// First bytes that tell a stored reference from data.
const STORED_HEAD_BYTES: usize = 64;

impl BaselineIntake {
    /// An intake for the file whose base name is `source`, with the kinds and the memory budget that `counting` says.
    pub fn new(
        source: impl Into<String>,
        mut options: ReadOptions,
        counting: &Counting,
    ) -> BaselineIntake {
        options.kinds.extend(counting.kinds().clone());
        options.roles.extend(counting.roles().clone());
        let stage = BaselineStage::Looking { head: Vec::new(), options };
        BaselineIntake {
            source: source.into(),
            counting: counting.clone(),
            selector: Selector::default(),
            stage,
        }
    }

    /// Takes some of the rows only; of a stored reference, which has none, it is an error at the end.
    #[must_use]
    pub fn with_selection(mut self, selection: Selection) -> BaselineIntake {
        self.selector = Selector::new(selection);
        self
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// As for [`Reader::push`](crate::Reader::push).
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), ReadError> {
        match &mut self.stage {
            BaselineStage::Looking { head, .. } => {
                // No more than it takes to decide: what comes after is taken as what it is then, within its bounds.
                let (first, rest) = bytes.split_at(bytes.len().min(STORED_HEAD_BYTES - head.len()));
                head.extend_from_slice(first);
                if head.len() < STORED_HEAD_BYTES {
                    return Ok(());
                }
                self.decide()?;
                if rest.is_empty() { Ok(()) } else { self.push(rest) }
            }
            BaselineStage::Data { reader, builder } => {
                let mut sink =
                    reference_sink(&self.source, &self.counting, &mut self.selector, builder);
                reader.push(bytes, &mut sink)?;
                drop(sink);
                match reader.schema() {
                    Some(schema) => {
                        let clock = self.counting.clock(schema.fields.iter());
                        self.selector.check(&self.source, schema, clock.as_deref())
                    }
                    None => Ok(()),
                }
            }
            BaselineStage::Stored(stored) => {
                if stored.len() + bytes.len() > MAX_REFERENCE_BYTES {
                    let message = alloc::format!(
                        "a stored reference has at most {MAX_REFERENCE_BYTES} bytes"
                    );
                    return Err(ReadError::new(Place::file(&self.source), message));
                }
                stored.extend_from_slice(bytes);
                Ok(())
            }
        }
    }

    /// The bytes that come now are those of this file; all of them are one baseline, on the columns of the first.
    ///
    /// # Errors
    /// The file before cannot be read to its end, or it is a stored reference, which is a baseline by itself.
    pub fn next_part(&mut self, part: Part) -> Result<(), ReadError> {
        if let BaselineStage::Looking { head, options } = &mut self.stage {
            if !head.is_empty() {
                self.decide()?;
                return self.next_part(part);
            }
            // Of several files none is a stored reference, so that there is nothing to look for.
            let reader = Box::new(Parts::new(&self.source, core::mem::take(options)));
            self.stage = BaselineStage::Data { reader, builder: None };
        }
        match &mut self.stage {
            BaselineStage::Data { reader, builder } => {
                let out =
                    &mut reference_sink(&self.source, &self.counting, &mut self.selector, builder);
                reader.next(part, out)
            }
            BaselineStage::Looking { .. } | BaselineStage::Stored(_) => {
                let message = "expected data in every file, found a stored reference";
                Err(ReadError::new(Place::file(&self.source), message))
            }
        }
    }

    /// Rows read so far; 0 of a stored reference.
    pub fn rows(&self) -> u64 {
        match &self.stage {
            BaselineStage::Data { builder: Some(builder), .. } => builder.rows(),
            _ => 0,
        }
    }

    /// Ends the file: cuts the bins. A stored reference has no summary.
    ///
    /// # Errors
    /// As for [`Reader::finish`](crate::Reader::finish); a stored reference that is damaged.
    pub fn finish(self) -> Result<Baseline, ReadError> {
        let source = self.source.clone();
        match self.finish_but_json()? {
            BaselineContent::Counted(baseline) => Ok(*baseline),
            BaselineContent::Json(bytes) => reference_of_json(&source, &bytes).map(of_reference),
        }
    }

    /// Ends the file as [`finish`](Self::finish) does, but leaves a reference as JSON to [`reference_of_json`]: where code is
    /// downloaded, that need not be the place that counts.
    ///
    /// # Errors
    /// As for [`Reader::finish`](crate::Reader::finish); a compact reference that is damaged.
    pub fn finish_but_json(mut self) -> Result<BaselineContent, ReadError> {
        self.decide()?;
        match self.stage {
            BaselineStage::Looking { .. } => unreachable!("it was just decided"),
            BaselineStage::Data { mut reader, mut builder } => {
                let mut summary = reader.finish(&mut reference_sink(
                    &self.source,
                    &self.counting,
                    &mut self.selector,
                    &mut builder,
                ))?;
                if let Some(schema) = reader.schema() {
                    let clock = self.counting.clock(schema.fields.iter());
                    self.selector.check(&self.source, schema, clock.as_deref())?;
                }
                summary.problems.extend(timeless(&self.source, &self.selector));
                let builder = builder.unwrap_or_else(|| {
                    let schema = reader.schema().cloned().unwrap_or_default();
                    Box::new(new_builder(&self.source, &schema, &self.counting))
                });
                let (reference, samples) = builder.finish();
                Ok(BaselineContent::Counted(Box::new(Baseline {
                    reference,
                    samples,
                    summary: Some(summary),
                })))
            }
            BaselineStage::Stored(_) if !self.selector.selects_all() => {
                let message = "expected a data file to select rows of, found a stored reference";
                Err(ReadError::new(Place::file(&self.source), message))
            }
            BaselineStage::Stored(bytes) if !is_compact_reference(&bytes) => {
                Ok(BaselineContent::Json(bytes))
            }
            BaselineStage::Stored(bytes) => match Reference::decode(&bytes) {
                Ok(reference) => Ok(BaselineContent::Counted(Box::new(of_reference(reference)))),
                Err(error) => Err(refused(&self.source, &error)),
            },
        }
    }

    fn decide(&mut self) -> Result<(), ReadError> {
        let BaselineStage::Looking { head, options } = &mut self.stage else { return Ok(()) };
        let head = core::mem::take(head);
        if is_compact_reference(&head) || is_json_reference(&head) {
            self.stage = BaselineStage::Stored(head);
            return Ok(());
        }
        let reader = Box::new(Parts::new(&self.source, core::mem::take(options)));
        self.stage = BaselineStage::Data { reader, builder: None };
        self.push(&head)
    }
}

fn of_reference(reference: Reference) -> Baseline {
    Baseline { reference, samples: None, summary: None }
}

/// The reference of a file that is one as JSON.
///
/// # Errors
/// It is damaged.
pub fn reference_of_json(source: &str, bytes: &[u8]) -> Result<Reference, ReadError> {
    let decoded = match core::str::from_utf8(bytes) {
        Ok(text) => Reference::from_json(text),
        // Whatever it is, it is no text.
        Err(_) => Err(DecodeError::NotThis(codec::Content::Reference)),
    };
    decoded.map_err(|error| refused(source, &error))
}

fn refused(source: &str, error: &DecodeError) -> ReadError {
    ReadError::new(Place::file(source), alloc::format!("{error}"))
}

fn is_compact_reference(head: &[u8]) -> bool {
    let magic = codec::Content::Reference.magic();
    head.starts_with(&magic[..magic.len() - 1])
}

fn is_json_reference(head: &[u8]) -> bool {
    let head = head[..head.len().min(STORED_HEAD_BYTES)].trim_ascii_start();
    head.first() == Some(&b'{') && head.windows(19).any(|text| text == b"driftline.reference")
}

fn reference_sink<'a>(
    source: &'a str,
    counting: &'a Counting,
    selector: &'a mut Selector,
    builder: &'a mut Option<Box<ReferenceBuilder>>,
) -> impl FnMut(&Schema, Batch) + 'a {
    let mut clock: Option<Option<String>> = None;
    move |schema, batch| {
        let clock = clock.get_or_insert_with(|| counting.clock(schema.fields.iter()));
        let batch = selector.select(batch, schema, clock.as_deref());
        builder.get_or_insert_with(|| Box::new(new_builder(source, schema, counting))).push(&batch);
    }
}

fn timeless(source: &str, selector: &Selector) -> Option<Problem> {
    selector.problem().map(|message| Problem { place: source.into(), message })
}

fn new_builder(source: &str, schema: &Schema, counting: &Counting) -> ReferenceBuilder {
    let service = counting.service_columns(schema.fields.iter());
    ReferenceBuilder::new(source, schema, counting.budget_bytes()).with_service(service, schema)
}

/// Counts a current file on a reference, or several one after the other.
#[derive(Debug)]
pub struct CurrentIntake<'r> {
    reference: &'r Reference,
    plan: Plan,
    options: ReadOptions,
    selection: Selection,
    selector: Selector,
    reader: Parts,
    counter: Option<WindowCounter<'r>>,
    /// Base names of the files, up to the one at hand.
    files: Vec<String>,
    /// Whether the counter knows the columns of the file at hand.
    is_begun: bool,
    /// Which of the reference's columns the first file has.
    first: Vec<bool>,
    /// What was wrong with the files before.
    before: Option<Summary>,
}

impl<'r> CurrentIntake<'r> {
    /// An intake for the file whose base name is `source`. Columns that the reference has are read as the kind they
    /// have there. The plan is what [`Counting::plan`] says, or [`Counting::plan_of_baseline`] for a second reading.
    pub fn new(
        source: impl Into<String>,
        mut options: ReadOptions,
        reference: &'r Reference,
        plan: Plan,
    ) -> CurrentIntake<'r> {
        options.kinds.extend(kinds(reference));
        let source = source.into();
        CurrentIntake {
            reference,
            plan,
            selection: Selection::all(),
            selector: Selector::default(),
            reader: Parts::new(&source, options.clone()),
            options,
            counter: None,
            files: alloc::vec![source],
            is_begun: false,
            first: Vec::new(),
            before: None,
        }
    }

    /// Counts some of the rows only.
    #[must_use]
    pub fn with_selection(mut self, selection: Selection) -> CurrentIntake<'r> {
        self.selector = Selector::new(selection.clone());
        self.selection = selection;
        self
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// As for [`Reader::push`](crate::Reader::push).
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), ReadError> {
        let CurrentIntake { reference, plan, selector, reader, counter, is_begun, .. } = self;
        reader.push(bytes, &mut window_sink(reference, plan, selector, counter, is_begun))?;
        self.check_selection()
    }

    /// Ends the file; the bytes that come now are those of another one, of any format. Columns that one of them has and
    /// another has not are told.
    ///
    /// # Errors
    /// As for [`Reader::finish`](crate::Reader::finish).
    pub fn next_file(&mut self, source: impl Into<String>) -> Result<(), ReadError> {
        self.end_file()?;
        let source = source.into();
        self.reader = Parts::new(&source, self.options.clone());
        self.selector = Selector::new(self.selection.clone());
        self.is_begun = false;
        self.files.push(source);
        Ok(())
    }

    /// The bytes that come now are those of this file, which together with others is the one at hand, on the columns of
    /// the first of them.
    ///
    /// # Errors
    /// As for [`Reader::finish`](crate::Reader::finish).
    pub fn next_part(&mut self, part: Part) -> Result<(), ReadError> {
        let CurrentIntake { reference, plan, selector, reader, counter, is_begun, .. } = self;
        reader.next(part, &mut window_sink(reference, plan, selector, counter, is_begun))
    }

    /// Rows read so far.
    pub fn rows(&self) -> u64 {
        self.counter.as_ref().map_or(0, WindowCounter::rows)
    }

    /// Ends the file.
    ///
    /// # Errors
    /// As for [`Reader::finish`](crate::Reader::finish).
    pub fn finish(mut self) -> Result<Current, ReadError> {
        self.end_file()?;
        match (self.counter, self.before) {
            (Some(counter), Some(summary)) => {
                Ok(Current { counted: counter.finish(), summary, files: self.files })
            }
            _ => unreachable!("a file that ended was begun"),
        }
    }

    fn end_file(&mut self) -> Result<(), ReadError> {
        let CurrentIntake { reference, plan, selector, reader, counter, is_begun, .. } = self;
        let mut summary =
            reader.finish(&mut window_sink(reference, plan, selector, counter, is_begun))?;
        self.check_selection()?;
        let schema = self.reader.schema().cloned().unwrap_or_default();
        if !self.is_begun {
            begin(self.reference, &schema, &self.plan, &mut self.counter);
        }
        summary.problems.extend(timeless(self.source(), &self.selector));
        let columns = self.reference.columns().iter();
        let has: Vec<bool> =
            columns.map(|column| schema.position(&column.field.name).is_some()).collect();
        if self.before.is_none() {
            self.first = has;
        } else {
            summary.problems.extend(self.other_columns(&has));
        }
        match &mut self.before {
            Some(before) => before.add(summary),
            before => *before = Some(summary),
        }
        Ok(())
    }
}

impl CurrentIntake<'_> {
    /// What is to be told of a file whose columns, by the reference's, are not those of the first.
    fn other_columns(&self, has: &[bool]) -> Vec<Problem> {
        let first = self.files.first().map_or("", String::as_str);
        let of = |is_there: bool| -> Vec<&str> {
            let columns = self.reference.columns().iter().zip(self.first.iter().zip(has));
            let differs = columns.filter(|(_, (first, has))| first != has && **has == is_there);
            differs.map(|(column, _)| &*column.field.name).collect()
        };
        let problem = |(columns, what): (Vec<&str>, &str)| Problem {
            place: self.source().into(),
            message: alloc::format!("expected the columns of {first}, {what} {}", listed(&columns)),
        };
        [(of(false), "did not find"), (of(true), "found beside them")]
            .into_iter()
            .filter(|(columns, _)| !columns.is_empty())
            .map(problem)
            .collect()
    }

    /// Base name of the file at hand.
    fn source(&self) -> &str {
        self.files.last().map_or("", String::as_str)
    }

    fn check_selection(&self) -> Result<(), ReadError> {
        match self.reader.schema() {
            Some(schema) => self.selector.check(self.source(), schema, self.plan.clock.as_deref()),
            None => Ok(()),
        }
    }
}

fn window_sink<'a, 'r>(
    reference: &'r Reference,
    plan: &'a Plan,
    selector: &'a mut Selector,
    counter: &'a mut Option<WindowCounter<'r>>,
    is_begun: &'a mut bool,
) -> impl FnMut(&Schema, Batch) + use<'a, 'r> {
    move |schema, batch| {
        if !core::mem::replace(is_begun, true) {
            begin(reference, schema, plan, counter);
        }
        let batch = selector.select(batch, schema, plan.clock.as_deref());
        if let Some(counter) = counter {
            counter.count(&batch);
        }
    }
}

/// Tells the counter the columns of a file, the first or a later one.
fn begin<'r>(
    reference: &'r Reference,
    schema: &Schema,
    plan: &Plan,
    counter: &mut Option<WindowCounter<'r>>,
) {
    match counter {
        Some(counter) => counter.begin_file(schema, plan),
        None => *counter = Some(WindowCounter::new(reference, schema, plan)),
    }
}

/// What several files are called together: "monday.csv, tuesday.csv", "monday.csv and 6 more files".
fn together(files: &[String]) -> String {
    match files {
        [first, _, _, _, ..] => alloc::format!("{first} and {} more files", files.len() - 1),
        few => few.join(", "),
    }
}

/// Columns that a reference has are read as the kind they have there.
fn kinds(reference: &Reference) -> BTreeMap<String, Kind> {
    let columns = reference.columns().iter();
    let mut kinds = BTreeMap::new();
    kinds.extend(columns.map(|column| (column.field.name.clone(), column.field.kind)));
    kinds
}

/// Reads a file again for a convention: the baseline first, then the current file with the counter that the baseline's
/// [`finish`](Self::finish) gave.
#[derive(Debug)]
pub struct ConventionIntake<'r> {
    reference: &'r Reference,
    selector: Selector,
    reader: Parts,
    counter: ConventionCounter,
    /// For each column of the file its place in the reference, once its names are read.
    places: Option<Vec<Option<usize>>>,
}

impl<'r> ConventionIntake<'r> {
    /// An intake for the file whose base name is `source`; `options` are those of the first reading.
    pub fn new(
        source: impl Into<String>,
        mut options: ReadOptions,
        reference: &'r Reference,
        counter: ConventionCounter,
    ) -> ConventionIntake<'r> {
        options.kinds.extend(kinds(reference));
        ConventionIntake {
            reference,
            selector: Selector::default(),
            reader: Parts::new(&source.into(), options),
            counter,
            places: None,
        }
    }

    /// Counts some of the rows only: those of the first reading.
    #[must_use]
    pub fn with_selection(mut self, selection: Selection) -> ConventionIntake<'r> {
        self.selector = Selector::new(selection);
        self
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// As for [`Reader::push`](crate::Reader::push).
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), ReadError> {
        let ConventionIntake { reference, selector, reader, counter, places } = self;
        reader.push(bytes, &mut convention_sink(reference, selector, counter, places))
    }

    /// The bytes that come now are those of this file, one of those that the one at hand is made of.
    ///
    /// # Errors
    /// As for [`Reader::finish`](crate::Reader::finish).
    pub fn next_part(&mut self, part: Part) -> Result<(), ReadError> {
        let ConventionIntake { reference, selector, reader, counter, places } = self;
        reader.next(part, &mut convention_sink(reference, selector, counter, places))
    }

    /// Rows of this file read so far.
    pub fn rows(&self) -> u64 {
        self.counter.rows()
    }

    /// Ends the file. What was wrong with it the first reading has told.
    ///
    /// # Errors
    /// As for [`Reader::finish`](crate::Reader::finish).
    pub fn finish(mut self) -> Result<ConventionCounter, ReadError> {
        let ConventionIntake { reference, selector, reader, counter, places } = &mut self;
        reader.finish(&mut convention_sink(reference, selector, counter, places))?;
        self.counter.end_file();
        Ok(self.counter)
    }
}

fn convention_sink<'a>(
    reference: &'a Reference,
    selector: &'a mut Selector,
    counter: &'a mut ConventionCounter,
    places: &'a mut Option<Vec<Option<usize>>>,
) -> impl FnMut(&Schema, Batch) + 'a {
    move |schema, batch| {
        let batch = selector.select(batch, schema, counter.clock());
        let places = places.get_or_insert_with(|| ConventionCounter::places(reference, schema));
        counter.count(&batch, places);
    }
}
