//! All that was counted of two samples, to be judged where it was counted or elsewhere.

use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use crate::{
    codec::{self, Content, DecodeError},
    convention::ConventionCounts,
    group::{Groups, StoredGroups},
    measure::Exact,
    reference::{Reference, StoredReference},
    window::{StoredWindow, Window},
};

/// All that was counted of two samples.
#[derive(Clone, Copy, Debug)]
pub struct Comparands<'a> {
    /// What normal looks like.
    pub reference: &'a Reference,
    /// The current rows.
    pub window: &'a Window,
    /// Base name of the file they were counted from; of several files what they are called together.
    pub source: &'a str,
    /// Base names of the files, in their order, where they are several.
    pub files: &'a [String],
    /// Statistics of the values one by one, by column of the reference; empty where the values did not fit the budget.
    pub exact: &'a [Option<Exact>],
    /// The current rows counted apart, by windows and segments.
    pub groups: &'a [Groups],
    /// The baseline's rows counted apart, by segments.
    pub baseline_groups: &'a [Groups],
    /// What a second reading of both files counted for the convention.
    pub recount: Option<&'a ConventionCounts>,
}

impl<'a> Comparands<'a> {
    /// A reference and a window and nothing besides.
    pub fn new(reference: &'a Reference, window: &'a Window, source: &'a str) -> Comparands<'a> {
        Comparands {
            reference,
            window,
            source,
            files: &[],
            exact: &[],
            groups: &[],
            baseline_groups: &[],
            recount: None,
        }
    }
}

impl Comparands<'_> {
    /// The compact form, which [`StoredComparands::decode`] reads; see [`codec`] for what it promises. A report on what was
    /// read is a report on what was written, bit for bit.
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(
            Content::Comparands,
            &Written {
                reference: self.reference.stored(),
                window: self.window,
                source: self.source,
                files: self.files,
                exact: self.exact,
                groups: self.groups,
                baseline_groups: self.baseline_groups,
                recount: self.recount,
            },
        )
    }
}

/// What is written: the same fields in the same order as [`Read`].
#[derive(Serialize)]
struct Written<'a, R> {
    reference: R,
    window: &'a Window,
    source: &'a str,
    files: &'a [String],
    exact: &'a [Option<Exact>],
    groups: &'a [Groups],
    baseline_groups: &'a [Groups],
    recount: Option<&'a ConventionCounts>,
}

#[derive(Deserialize)]
struct Read {
    reference: StoredReference,
    window: StoredWindow,
    source: String,
    files: Vec<String>,
    exact: Vec<Option<Exact>>,
    groups: Vec<StoredGroups>,
    baseline_groups: Vec<StoredGroups>,
    recount: Option<ConventionCounts>,
}

/// [`Comparands`] that own what they hold: read from the compact form.
#[derive(Clone, Debug)]
pub struct StoredComparands {
    reference: Reference,
    window: Window,
    source: String,
    files: Vec<String>,
    exact: Vec<Option<Exact>>,
    groups: Vec<Groups>,
    baseline_groups: Vec<Groups>,
    recount: Option<ConventionCounts>,
}

impl StoredComparands {
    /// Reads the compact form.
    ///
    /// # Errors
    /// Bytes that are no comparands of a version this code knows, or whose parts do not fit each other.
    pub fn decode(bytes: &[u8]) -> Result<StoredComparands, DecodeError> {
        let Read { reference, window, source, files, exact, groups, baseline_groups, recount } =
            codec::decode(Content::Comparands, bytes)?;
        let reference = reference.check()?;
        let check = |groups: Vec<StoredGroups>| {
            groups.into_iter().map(|groups| groups.check(&reference)).collect::<Result<Vec<_>, _>>()
        };
        let (groups, baseline_groups) = (check(groups)?, check(baseline_groups)?);
        Ok(StoredComparands {
            window: window.check(&reference)?,
            reference,
            source,
            files,
            exact,
            groups,
            baseline_groups,
            recount,
        })
    }

    /// To be compared.
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
}
