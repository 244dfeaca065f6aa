//! References and windows as handles: what is counted once, kept, sent elsewhere, and added up.

use alloc::rc::Rc;

use driftline_core::{
    reference::Reference,
    report::Problem,
    spec::Checked,
    window::{Plan, Window},
};
use driftline_data::{BaselineIntake, CurrentIntake, ReadOptions};
use serde::Serialize;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

use super::{
    failure::Failure,
    source::ByteSource,
    spec::{checked, instant},
};

/// What normal looks like.
#[wasm_bindgen(js_name = Reference)]
#[derive(Debug)]
pub struct ReferenceHandle {
    pub(super) reference: Rc<Reference>,
    problems: Vec<Problem>,
}

/// A column of a reference.
#[derive(Serialize)]
struct Column<'a> {
    name: &'a str,
    kind: &'static str,
    role: &'static str,
}

#[wasm_bindgen(js_class = Reference)]
impl ReferenceHandle {
    /// Reads a baseline: data in any supported format, or a stored reference.
    ///
    /// # Errors
    /// A spec or a file that cannot be used; what the source throws.
    pub async fn read(
        source: ByteSource,
        spec: Option<String>,
    ) -> Result<ReferenceHandle, JsValue> {
        Ok(read(&source, spec.as_deref()).await?)
    }

    /// Reads the compact form.
    ///
    /// # Errors
    /// Bytes that are no reference of this version.
    pub fn decode(bytes: &[u8]) -> Result<ReferenceHandle, JsValue> {
        let reference =
            Reference::decode(bytes).map_err(|error| Failure::stored("reference", error))?;
        Ok(ReferenceHandle { reference: Rc::new(reference), problems: Vec::new() })
    }

    /// The compact form.
    pub fn encode(&self) -> Vec<u8> {
        self.reference.encode()
    }

    /// The form for people and other tools.
    #[wasm_bindgen(js_name = toJson)]
    pub fn to_json(&self) -> String {
        self.reference.to_json()
    }

    /// The hash of all it holds.
    #[wasm_bindgen(getter)]
    pub fn id(&self) -> String {
        self.reference.id().to_string()
    }

    /// Base name of the file it was built from.
    #[wasm_bindgen(getter)]
    pub fn source(&self) -> String {
        self.reference.source().into()
    }

    /// How many rows it was built from.
    #[wasm_bindgen(getter)]
    pub fn rows(&self) -> f64 {
        self.reference.rows() as f64
    }

    /// Its columns as a JSON list of names, kinds and roles.
    #[wasm_bindgen(getter)]
    pub fn columns(&self) -> String {
        let columns = self.reference.columns().iter().map(|column| Column {
            name: &column.field.name,
            kind: column.field.kind.name(),
            role: column.field.role.name(),
        });
        json(&columns.collect::<Vec<_>>())
    }

    /// What was wrong with the file, as a JSON list.
    #[wasm_bindgen(getter)]
    pub fn problems(&self) -> String {
        json(&self.problems)
    }

    /// Counts the rows of a source on this reference.
    ///
    /// # Errors
    /// A spec or a file that cannot be used; what the source throws.
    pub async fn count(
        &self,
        source: ByteSource,
        spec: Option<String>,
    ) -> Result<WindowHandle, JsValue> {
        // Its own hold on the reference: this handle may be freed while bytes are awaited.
        let reference = Rc::clone(&self.reference);
        Ok(count(reference, &source, spec.as_deref()).await?)
    }

    /// The report on a window's rows compared with this reference's, as JSON.
    ///
    /// # Errors
    /// A spec that cannot be used; a window on another reference.
    pub fn compare(
        &self,
        window: &WindowHandle,
        spec: Option<String>,
        now_millis: f64,
    ) -> Result<String, JsValue> {
        let Checked { monitor, policy } = checked(spec.as_deref())?;
        let now = instant(now_millis)?;
        let (expected, found) = (self.reference.id(), window.window.reference());
        if expected != found {
            let message =
                format!("expected a window on reference {expected}, found one on {found}");
            return Err(Failure::argument("window", message).into());
        }
        let mut report = monitor.compare(&self.reference, &window.window, &window.source, now);
        report.problems.extend(window.problems.iter().cloned());
        Ok(report.decided_by(&policy).to_json())
    }
}

/// Counts of some rows on a reference's bins.
#[wasm_bindgen(js_name = Window)]
#[derive(Debug)]
pub struct WindowHandle {
    window: Window,
    source: String,
    problems: Vec<Problem>,
}

#[wasm_bindgen(js_class = Window)]
impl WindowHandle {
    /// Reads the compact form; `source` is what its rows are called in reports.
    ///
    /// # Errors
    /// Bytes that are no window of this version, or count on another reference.
    pub fn decode(
        bytes: &[u8],
        reference: &ReferenceHandle,
        source: String,
    ) -> Result<WindowHandle, JsValue> {
        let window = Window::decode(bytes, &reference.reference)
            .map_err(|error| Failure::stored("window", error))?;
        Ok(WindowHandle { window, source, problems: Vec::new() })
    }

    /// The compact form.
    pub fn encode(&self) -> Vec<u8> {
        self.window.encode()
    }

    /// Adds the other window's counts.
    ///
    /// # Errors
    /// A window on another reference. Nothing is added then.
    pub fn merge(&mut self, other: &WindowHandle) -> Result<(), JsValue> {
        let merged = self.window.merge(&other.window);
        merged.map_err(|error| Failure::argument("window", error.to_string()))?;
        self.problems.extend(other.problems.iter().cloned());
        Ok(())
    }

    /// How many rows were counted.
    #[wasm_bindgen(getter)]
    pub fn rows(&self) -> f64 {
        self.window.rows() as f64
    }

    /// What its rows are called in reports.
    #[wasm_bindgen(getter)]
    pub fn source(&self) -> String {
        self.source.clone()
    }

    /// The id of the reference on whose bins it counts.
    #[wasm_bindgen(getter, js_name = referenceId)]
    pub fn reference_id(&self) -> String {
        self.window.reference().to_string()
    }

    /// What was wrong with the file, as a JSON list.
    #[wasm_bindgen(getter)]
    pub fn problems(&self) -> String {
        json(&self.problems)
    }
}

async fn read(source: &ByteSource, spec: Option<&str>) -> Result<ReferenceHandle, Failure> {
    let Checked { monitor, .. } = checked(spec)?;
    let mut intake =
        BaselineIntake::new(source.label(), ReadOptions::default(), monitor.counting());
    source
        .push_to(|bytes| {
            intake.push(bytes)?;
            Ok(intake.rows())
        })
        .await?;
    let read = intake.finish()?;
    let problems = read.summary.map_or(Vec::new(), |summary| summary.problems);
    Ok(ReferenceHandle { reference: Rc::new(read.reference), problems })
}

async fn count(
    reference: Rc<Reference>,
    source: &ByteSource,
    spec: Option<&str>,
) -> Result<WindowHandle, Failure> {
    let Checked { monitor, .. } = checked(spec)?;
    let plan = monitor.counting().plan(&reference).map_err(Failure::spec)?;
    // A window is counts alone: nothing is kept one by one, and rows are not counted apart.
    let plan = Plan { groups: Vec::new(), sample_bytes: 0, ..plan };
    let mut intake = CurrentIntake::new(source.label(), ReadOptions::default(), &reference, plan);
    source
        .push_to(|bytes| {
            intake.push(bytes)?;
            Ok(intake.rows())
        })
        .await?;
    let read = intake.finish()?;
    let problems = read.summary.problems;
    Ok(WindowHandle { window: read.counted.window, source: source.label(), problems })
}

fn json(value: &impl Serialize) -> String {
    // Plain data with text keys.
    serde_json::to_string(value).unwrap_or_default()
}
