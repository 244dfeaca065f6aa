//! The policy as a form: what people type, and the spec it stands for.

use driftline_core::{
    convention::Convention,
    group::WindowSize,
    measure::KlDirection,
    report::Problem,
    schema::{Field, Kind, Role},
    spec::{CompareSpec, SegmentSpec},
    verdict::Ladder,
};

/// The policy as a form. Its fields are text: what is half typed is not yet a number.
#[derive(Clone, Debug, PartialEq)]
pub struct PolicyForm {
    /// The thresholds as typed: moderate, significant, critical.
    pub thresholds: [String; 3],
    /// The windows as typed: `auto`, `1h`, `1d`, `5000rows`; empty for none.
    pub window: String,
    /// How many levels of a column are segments, as typed.
    pub top: String,
    /// The false discovery rate as typed.
    pub rate: String,
    /// The positive class as typed; empty to be told by its name.
    pub positive_class: String,
    /// Everything else.
    base: CompareSpec,
}

/// The thresholds' keys in the spec, mildest first.
pub const THRESHOLDS: [&str; 3] = ["moderate", "significant", "critical"];

impl Default for PolicyForm {
    fn default() -> PolicyForm {
        let base = CompareSpec::default();
        let Ladder { moderate, significant, critical } = base.thresholds;
        let thresholds = [moderate, significant, critical].map(|value| value.to_string());
        PolicyForm {
            thresholds,
            window: "auto".into(),
            top: base.segments.top.to_string(),
            rate: base.false_discovery_rate.to_string(),
            positive_class: String::new(),
            base,
        }
    }
}

impl PolicyForm {
    /// The spec that the form stands for.
    ///
    /// # Errors
    /// Everything that is wrong, each with its path.
    pub fn spec(&self) -> Result<CompareSpec, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut wrong = |place: String, message: String| problems.push(Problem { place, message });
        let found = |typed: &str| match typed.trim() {
            "" => "found nothing".into(),
            typed => format!("found \"{typed}\""),
        };
        let mut number = |place: String, typed: &str| {
            decimal(typed).unwrap_or_else(|| {
                wrong(place, format!("expected a number, {}", found(typed)));
                f64::NAN
            })
        };
        let [moderate, significant, critical] =
            [0, 1, 2].map(|i| number(format!("thresholds.{}", THRESHOLDS[i]), &self.thresholds[i]));
        let false_discovery_rate = number("false_discovery_rate".into(), &self.rate);
        let top = self.top.trim().parse::<u16>().unwrap_or_else(|_| {
            wrong("segments.top".into(), format!("expected a whole number, {}", found(&self.top)));
            0
        });
        let window = match self.window.trim() {
            "" => None,
            typed => WindowSize::try_from(String::from(typed))
                .map_err(|message| wrong("window".into(), message))
                .ok(),
        };
        if !problems.is_empty() {
            return Err(problems);
        }
        let positive_class = Some(self.positive_class.trim()).filter(|class| !class.is_empty());
        let spec = CompareSpec {
            thresholds: Ladder { moderate, significant, critical },
            false_discovery_rate,
            window,
            positive_class: positive_class.map(String::from),
            segments: SegmentSpec { top, ..self.base.segments.clone() },
            ..self.base.clone()
        };
        spec.check().map(|_| spec)
    }

    /// What is wrong at this path or below it.
    pub fn problem(&self, path: &str) -> Option<String> {
        let problems = self.spec().err()?;
        problems.into_iter().find(|problem| problem.place == path).map(|problem| problem.message)
    }

    /// PSI cells of equal mass.
    pub fn bins(&self) -> u16 {
        self.base.bins
    }

    /// Changes the number of cells.
    pub fn set_bins(&mut self, bins: u16) {
        self.base.bins = bins;
    }

    /// Whose definitions the numbers follow.
    pub fn convention(&self) -> Convention {
        self.base.convention
    }

    /// Changes the convention.
    pub fn set_convention(&mut self, convention: Convention) {
        self.base.convention = convention;
    }

    /// Whether the comparison is repeated for the levels of this column.
    pub fn is_segmented_by(&self, column: &str) -> bool {
        self.base.segments.by.iter().any(|by| by == column)
    }

    /// Repeats the comparison for the levels of this column, or no longer.
    pub fn toggle_segments_by(&mut self, column: &str) {
        let by = &mut self.base.segments.by;
        match by.iter().position(|name| name == column) {
            Some(at) => drop(by.remove(at)),
            None => by.push(column.into()),
        }
    }

    /// Which side KL describes.
    pub fn direction(&self) -> KlDirection {
        self.base.measures.kl.direction
    }

    /// Changes the direction of KL.
    pub fn set_direction(&mut self, direction: KlDirection) {
        self.base.measures.kl.direction = direction;
    }

    /// The role that somebody gave to a column.
    pub fn role(&self, column: &str) -> Option<Role> {
        self.base.columns.get(column)?.role
    }

    /// The kind that somebody gave to a column.
    pub fn kind(&self, column: &str) -> Option<Kind> {
        self.base.columns.get(column)?.kind
    }

    /// Gives a column a role; `None` infers it again.
    pub fn set_role(&mut self, column: &str, role: Option<Role>) {
        self.base.columns.entry(column.into()).or_default().role = role;
        self.forget_empty();
    }

    /// Gives a column a kind, which takes effect when the files are read again; `None` infers it again.
    pub fn set_kind(&mut self, column: &str, kind: Option<Kind>) {
        self.base.columns.entry(column.into()).or_default().kind = kind;
        self.forget_empty();
    }

    /// How to judge goes back to the shipped policy; the columns' roles and kinds stay.
    pub fn reset(&mut self) {
        let columns = core::mem::take(&mut self.base.columns);
        *self = PolicyForm::default();
        self.base.columns = columns;
    }

    /// Forgets what was said about columns: other files have others.
    pub fn forget_columns(&mut self) {
        self.base.columns.clear();
        self.base.segments.by.clear();
    }

    /// Whether anything that [`reset`](PolicyForm::reset) resets is not the default.
    pub fn is_changed(&self) -> bool {
        let mut reset = self.clone();
        reset.reset();
        reset != *self
    }

    /// The policy in a line.
    pub fn summary(&self) -> String {
        let [moderate, significant, critical] = &self.thresholds;
        let mut line = format!(
            "{} bins · moderate from {moderate}, significant from {significant}, critical above {critical} · {}",
            self.base.bins,
            self.base.convention.title(),
        );
        if !matches!(self.window.trim(), "" | "auto") {
            line += &format!(" · windows of {}", self.window.trim());
        }
        if !self.base.segments.by.is_empty() {
            line += &format!(" · by {}", self.base.segments.by.join(", "));
        }
        line
    }

    fn forget_empty(&mut self) {
        self.base.columns.retain(|_, column| column.role.is_some() || column.kind.is_some());
    }
}

/// A number as people type it. A comma is a decimal point in half of the world.
fn decimal(typed: &str) -> Option<f64> {
    let typed = typed.trim().replace(',', ".");
    let leading_zero = if typed.starts_with('.') { "0" } else { "" };
    // By JSON's reader, which the page has anyway: the standard library's is 11 KB more to download.
    serde_json::from_str(&format!("{leading_zero}{typed}")).ok()
}

/// The columns whose levels can be segments, at most so many as can be picked from.
pub fn segmentable(fields: &[Field]) -> Vec<String> {
    const PICKS: usize = 40;
    let fits = |field: &&Field| field.kind == Kind::Categorical && field.role != Role::Id;
    fields.iter().filter(fits).take(PICKS).map(|field| field.name.clone()).collect()
}

/// What a convention means, as a sentence.
pub fn convention_note(convention: Convention) -> String {
    format!("Of each column {}.", convention.summary())
}

/// A direction of KL for people.
pub fn direction_name(direction: KlDirection) -> &'static str {
    match direction {
        KlDirection::CurrentFromReference => "current ‖ baseline",
        KlDirection::ReferenceFromCurrent => "baseline ‖ current",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(thresholds: [&str; 3]) -> PolicyForm {
        PolicyForm { thresholds: thresholds.map(String::from), ..PolicyForm::default() }
    }

    /// The shipped spec; with windows, so that there is something for alerts to be about.
    fn shipped() -> CompareSpec {
        CompareSpec { window: Some(WindowSize::Auto), ..CompareSpec::default() }
    }

    #[test]
    fn the_untouched_form_is_the_shipped_policy() {
        assert_eq!(PolicyForm::default().spec(), Ok(shipped()));
        assert!(!PolicyForm::default().is_changed());
    }

    #[test]
    fn a_number_may_have_a_comma() {
        let spec = typed(["0,05", " .2 ", "0.25"]).spec().unwrap();
        assert_eq!(spec.thresholds, Ladder { moderate: 0.05, significant: 0.2, critical: 0.25 });
    }

    #[test]
    fn windows_and_segments_are_part_of_the_spec() {
        let mut form = PolicyForm {
            window: " 1d ".into(),
            top: "3".into(),
            rate: "0,1".into(),
            positive_class: "fraud ".into(),
            ..PolicyForm::default()
        };
        form.toggle_segments_by("city");
        let spec = form.spec().unwrap();
        assert_eq!(spec.window, WindowSize::parse("1d"));
        assert_eq!((spec.segments.by.as_slice(), spec.segments.top), (&["city".into()][..], 3));
        assert_eq!(spec.positive_class.as_deref(), Some("fraud"));
        assert!((spec.false_discovery_rate - 0.1).abs() < 1e-12);
        assert!(form.is_changed() && form.summary().ends_with("windows of 1d · by city"));
        form.toggle_segments_by("city");
        assert!(form.spec().unwrap().segments.by.is_empty());
        form.window = "10 mins".into();
        form.top = "-1".into();
        assert!(form.problem("window").unwrap().contains("\"10 mins\""));
        assert_eq!(form.problem("segments.top").unwrap(), "expected a whole number, found \"-1\"");
    }

    #[test]
    fn every_problem_stands_at_its_own_field() {
        let form = typed(["", "0.2", "x"]);
        assert_eq!(
            form.problem("thresholds.moderate").unwrap(),
            "expected a number, found nothing"
        );
        assert_eq!(form.problem("thresholds.significant"), None);
        assert_eq!(form.problem("thresholds.critical").unwrap(), "expected a number, found \"x\"");
        let form = typed(["0.3", "0.2", "0.25"]);
        assert!(form.problem("thresholds.significant").unwrap().contains("thresholds.moderate"));
    }

    #[test]
    fn reset_keeps_what_was_said_about_columns() {
        let mut form = typed(["0.3", "0.2", "0.25"]);
        form.set_bins(20);
        form.set_role("age", Some(Role::Label));
        assert!(form.is_changed());
        form.reset();
        assert!(!form.is_changed());
        assert_eq!((form.bins(), form.role("age")), (10, Some(Role::Label)));
    }

    #[test]
    fn a_role_taken_back_leaves_no_trace() {
        let mut form = PolicyForm::default();
        form.set_role("age", Some(Role::Label));
        form.set_kind("age", Some(Kind::Categorical));
        form.set_role("age", None);
        assert_eq!(form.kind("age"), Some(Kind::Categorical));
        form.set_kind("age", None);
        assert_eq!(form.spec(), Ok(shipped()));
    }
}
