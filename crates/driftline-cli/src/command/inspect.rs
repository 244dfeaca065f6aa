//! `driftline inspect`: what a reference holds, and whether a file fits it.

use anstream::ColorChoice;
use driftline_core::reference::Reference;

use crate::{
    args::{InspectArgs, InspectFormat},
    columns,
    console::Console,
    exit::{Exit, Failure},
    fit::{self, Finding},
    output::{self, Destination, text::Layout},
    policy,
    source::Source,
};

/// What is told of a reference.
#[derive(Debug)]
pub(crate) struct Inspection {
    /// As it was given.
    pub(crate) file: String,
    pub(crate) bytes: u64,
    pub(crate) reference: Reference,
    pub(crate) against: Option<Against>,
}

/// A file that was held against it.
#[derive(Debug)]
pub(crate) struct Against {
    pub(crate) source: String,
    pub(crate) rows: u64,
    pub(crate) findings: Vec<Finding>,
}

impl Against {
    pub(crate) fn fits(&self) -> bool {
        self.rows > 0 && !self.findings.iter().any(|finding| finding.is_misfit)
    }
}

pub(crate) fn run(
    args: &InspectArgs,
    color: ColorChoice,
    console: Console,
) -> Result<Exit, Failure> {
    let mut source = Source::find(&args.reference)?;
    let data = args.against.as_deref().map(Source::find_data).transpose()?;
    if source.is_standard_input() && data.as_ref().is_some_and(Source::is_standard_input) {
        return Err(Failure::new("expected one file from standard input, found two: both are -"));
    }
    let reference = source.read_reference(console)?;
    let kinds = args.reading.kinds.iter();
    columns::check_names(&reference, "--kind", kinds.clone().map(|(name, _)| name.as_str()))?;
    columns::check_stored_kinds(&reference, kinds.map(|(name, kind)| (name.as_str(), *kind)))?;
    let times = args.reading.time_forms.iter().map(|(name, _)| name.as_str());
    columns::check_names(&reference, "--time-form", times)?;
    let against = match data {
        None => None,
        Some(mut data) => {
            let options = policy::read_options(&args.reading);
            let (current, schema) = data.read_current_and_schema(options, &reference, console)?;
            let window = &current.counted.window;
            Some(Against {
                source: data.name().into(),
                rows: window.rows(),
                findings: fit::findings(&reference, window, &schema),
            })
        }
    };
    let inspection = Inspection {
        file: source.name().into(),
        bytes: source.total_bytes().unwrap_or_else(|| reference.encode().len() as u64),
        reference,
        against,
    };
    let destination = Destination::StandardOutput;
    let text = match args.format {
        InspectFormat::Json => output::json::render_inspection(&inspection),
        InspectFormat::Text => {
            let layout = Layout { width: destination.width(), all: true };
            let text = output::text::reference::render(&inspection, layout);
            output::text::in_color(text, destination.color(color))
        }
    };
    destination.write(text.as_bytes())?;
    let fits = inspection.against.as_ref().is_none_or(Against::fits);
    Ok(if fits { Exit::Clear } else { Exit::Finding })
}
