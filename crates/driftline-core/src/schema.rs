//! What the columns are: name, kind and role, each inferred where nobody said it, and always with the reason.

use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

use crate::time::{Detected, TimeForm, TimeSample};

/// The columns of a file, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema {
    /// One field a column.
    pub fields: Vec<Field>,
}

impl Schema {
    /// Position of the column called `name`.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }
}

/// One column's description.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Name as the file writes it.
    pub name: String,
    /// How its values are counted.
    pub kind: Kind,
    /// What it is for.
    pub role: Role,
    /// Why it has this role.
    pub role_from: Origin,
    /// How its instants are written, of a column of [`Kind::Timestamp`].
    #[serde(default)]
    pub time_form: Option<TimeForm>,
}

impl Field {
    /// The same column where its kind is given. Instants whose form is not known are taken to be in the one that reads
    /// most of the `times`, in [`TimeForm::Iso`] where none does.
    #[must_use]
    pub fn with_kind(self, kind: Kind, times: &TimeSample) -> Field {
        if kind != Kind::Timestamp {
            return Field { kind, time_form: None, ..self };
        }
        let form = self
            .time_form
            .unwrap_or_else(|| times.closest().map_or(TimeForm::Iso, |found| found.form));
        self.with_time_form(form)
    }

    /// The same column where it is said to be one of instants in this form.
    #[must_use]
    pub fn with_time_form(self, form: TimeForm) -> Field {
        let (role, role_from) = match self.role {
            Role::Timestamp => (self.role, self.role_from),
            _ => (Role::Timestamp, Origin::Given),
        };
        Field { kind: Kind::Timestamp, role, role_from, time_form: Some(form), ..self }
    }
}

/// How a column's values are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// By quantile cells.
    Numeric,
    /// By level.
    Categorical,
    /// Not counted: an instant orders the rows.
    Timestamp,
}

impl Kind {
    /// The name in files and flags.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Numeric => "numeric",
            Kind::Categorical => "categorical",
            Kind::Timestamp => "timestamp",
        }
    }
}

/// What a column is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// An input of the model.
    Feature,
    /// What the model answered: a class or a number.
    Prediction,
    /// How sure it was, in \[0, 1\].
    Probability,
    /// How long it took, in milliseconds.
    Latency,
    /// When it was.
    Timestamp,
    /// Whether the request failed.
    Error,
    /// What turned out to be true.
    Label,
    /// Which model answered.
    Model,
    /// Which version of it.
    Version,
    /// Names one row; has no distribution to drift.
    Id,
    /// Left out on purpose.
    Ignore,
}

impl Role {
    /// Every role, in the order people are shown them.
    pub const ALL: [Role; 11] = [
        Role::Feature,
        Role::Prediction,
        Role::Probability,
        Role::Latency,
        Role::Timestamp,
        Role::Error,
        Role::Label,
        Role::Model,
        Role::Version,
        Role::Id,
        Role::Ignore,
    ];

    /// The name in files and flags.
    pub fn name(self) -> &'static str {
        match self {
            Role::Feature => "feature",
            Role::Prediction => "prediction",
            Role::Probability => "probability",
            Role::Latency => "latency",
            Role::Timestamp => "timestamp",
            Role::Error => "error",
            Role::Label => "label",
            Role::Model => "model",
            Role::Version => "version",
            Role::Id => "id",
            Role::Ignore => "ignore",
        }
    }

    /// The role called `name`.
    pub fn from_name(name: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.name() == name)
    }

    /// Whether a drift of this column is a drift of the whole: another model or version is a release, not a drift.
    pub fn decides(self) -> bool {
        self.is_compared() && !matches!(self, Role::Model | Role::Version)
    }

    /// Whether columns of this role are compared.
    pub fn is_compared(self) -> bool {
        !matches!(self, Role::Timestamp | Role::Id | Role::Ignore)
    }
}

/// Who decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Somebody said so.
    Given,
    /// The column's name.
    Name,
    /// The column's values.
    Values,
    /// Nothing spoke for another role.
    Default,
}

/// What the first rows of a column showed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Evidence {
    /// Values that are there.
    pub present: u64,
    /// Of those, how many read as numbers.
    pub numbers: u64,
    /// Of those numbers, how many are whole.
    pub integers: u64,
    /// What the values read as in each form of instants.
    pub times: TimeSample,
    /// How many different values.
    pub distinct: u64,
}

impl Evidence {
    /// The kind that these values speak for: numbers where nine tenths are (a stray word does not turn a measurement
    /// into a category; it is counted as unreadable), instants likewise, else levels. Numbers that may be instants by
    /// the column's name are still numbers here.
    pub fn kind(&self) -> Kind {
        if self.times.detect(false).is_some() {
            Kind::Timestamp
        } else if self.present == 0 || self.numbers * 10 >= self.present * 9 {
            Kind::Numeric
        } else {
            Kind::Categorical
        }
    }

    /// Whole numbers of at most 20 different values: classes rather than measurements, where the role allows classes.
    fn looks_like_classes(&self) -> bool {
        self.integers == self.present && self.distinct <= 20
    }
}

/// All-different texts are an id only when there were this many to be different.
const LEAST_DISTINCT_TEXTS_OF_AN_ID: u64 = 20;

/// What a column is, by its name and its first values.
///
/// ```
/// use driftline_core::schema::{Evidence, Kind, Origin, Role, infer};
/// let zeros_and_ones = Evidence { present: 50, numbers: 50, integers: 50, distinct: 2, ..Evidence::default() };
/// let field = infer("prediction", &zeros_and_ones);
/// assert_eq!((field.kind, field.role, field.role_from), (Kind::Categorical, Role::Prediction, Origin::Name));
/// ```
pub fn infer(name: &str, evidence: &Evidence) -> Field {
    infer_as(name, evidence, None)
}

/// What a column is whose role somebody gives: how it is counted follows that role, so that a label of zeros and ones is
/// counted by its classes whatever its name. The field keeps the role that its name and values speak for.
pub fn infer_as(name: &str, evidence: &Evidence, given: Option<Role>) -> Field {
    let by_name = role_by_name(name);
    // A `time` column that holds hours of the day is a feature: its numbers are of no form of instants.
    let time = evidence.times.detect(given.or(by_name) == Some(Role::Timestamp));
    let kind = if time.is_some() { Kind::Timestamp } else { evidence.kind() };
    let by_name = by_name.filter(|role| match role {
        Role::Timestamp => kind == Kind::Timestamp,
        Role::Probability | Role::Latency => kind == Kind::Numeric,
        _ => true,
    });
    let (role, role_from) = if let Some(role) = by_name {
        (role, Origin::Name)
    } else if kind == Kind::Timestamp {
        (Role::Timestamp, Origin::Values)
    } else if kind == Kind::Categorical
        && evidence.present >= LEAST_DISTINCT_TEXTS_OF_AN_ID
        && evidence.distinct == evidence.present
    {
        (Role::Id, Origin::Values)
    } else {
        (Role::Feature, Origin::Default)
    };
    let kind = match given.unwrap_or(role) {
        Role::Prediction | Role::Label | Role::Error | Role::Model | Role::Version
            if evidence.looks_like_classes() && kind == Kind::Numeric =>
        {
            Kind::Categorical
        }
        // An id is never counted by quantiles; as text its distinct values are at least told apart.
        Role::Id => Kind::Categorical,
        _ => kind,
    };
    let time_form = time.filter(|_| kind == Kind::Timestamp).map(|Detected { form, .. }| form);
    Field { name: name.into(), kind, role, role_from, time_form }
}

fn role_by_name(name: &str) -> Option<Role> {
    let name: String = name
        .trim()
        .chars()
        .map(|c| if c == '-' || c == ' ' { '_' } else { c.to_ascii_lowercase() })
        .collect();
    let role = match name.as_str() {
        "prediction" | "predicted" | "predicted_class" | "predicted_label" | "pred" | "y_pred"
        | "y_hat" => Role::Prediction,
        "probability" | "proba" | "prob" | "score" | "confidence" | "y_pred_proba" | "y_proba"
        | "y_score" => Role::Probability,
        "latency_ms" | "latency" | "response_time_ms" | "response_time" | "duration_ms" => {
            Role::Latency
        }
        "timestamp" | "time" | "date" | "datetime" | "ts" | "event_time" | "event_timestamp"
        | "created_at" | "timestamp_ms" | "ts_ms" | "unix_time" | "unix_timestamp" | "epoch" => {
            Role::Timestamp
        }
        "error" | "is_error" | "failed" => Role::Error,
        "label" | "target" | "y_true" | "ground_truth" | "actual" => Role::Label,
        "model" | "model_name" => Role::Model,
        "version" | "model_version" => Role::Version,
        "id" | "uuid" | "guid" | "index" | "row" | "row_number" => Role::Id,
        _ if name.ends_with("_id") || name.ends_with("_uuid") => Role::Id,
        _ if name.ends_with("_probability") || name.ends_with("_proba") => Role::Probability,
        _ => return None,
    };
    Some(role)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measurements() -> Evidence {
        Evidence { present: 100, numbers: 100, integers: 3, distinct: 90, ..Evidence::default() }
    }

    fn classes() -> Evidence {
        Evidence { integers: 100, distinct: 2, ..measurements() }
    }

    fn words() -> Evidence {
        Evidence { present: 100, distinct: 7, ..Evidence::default() }
    }

    fn names() -> Evidence {
        Evidence { distinct: 100, ..words() }
    }

    /// The evidence of these values, all different.
    fn of_texts(texts: &[&str]) -> Evidence {
        let mut times = TimeSample::default();
        texts.iter().for_each(|text| times.see(text));
        let numbers = texts.iter().filter(|text| text.parse::<f64>().is_ok()).count() as u64;
        let present = texts.len() as u64;
        Evidence { present, numbers, integers: numbers, times, distinct: present }
    }

    fn check_infer(name: &str, evidence: Evidence, kind: Kind, role: Role, role_from: Origin) {
        let field = infer(name, &evidence);
        assert_eq!((field.kind, field.role, field.role_from), (kind, role, role_from), "{name}");
    }

    #[test]
    fn a_name_gives_a_role_where_the_values_allow_it() {
        check_infer("Prediction", classes(), Kind::Categorical, Role::Prediction, Origin::Name);
        check_infer("prediction", measurements(), Kind::Numeric, Role::Prediction, Origin::Name);
        check_infer("score", measurements(), Kind::Numeric, Role::Probability, Origin::Name);
        check_infer("score", words(), Kind::Categorical, Role::Feature, Origin::Default);
        check_infer("credit_score", measurements(), Kind::Numeric, Role::Feature, Origin::Default);
        check_infer("latency-ms", measurements(), Kind::Numeric, Role::Latency, Origin::Name);
        check_infer("error", classes(), Kind::Categorical, Role::Error, Origin::Name);
        check_infer("customer_id", measurements(), Kind::Categorical, Role::Id, Origin::Name);
    }

    #[test]
    fn a_time_column_of_small_numbers_is_a_feature() {
        check_infer("time", measurements(), Kind::Numeric, Role::Feature, Origin::Default);
        let hours = of_texts(&["0", "7", "23"]);
        check_infer("time", hours, Kind::Numeric, Role::Feature, Origin::Default);
    }

    fn check_time(name: &str, texts: &[&str], role_from: Origin, form: Option<TimeForm>) {
        let field = infer(name, &of_texts(texts));
        assert_eq!((field.role_from, field.time_form), (role_from, form), "{name}: {texts:?}");
        assert_eq!(field.kind == Kind::Timestamp, form.is_some(), "{name}: {texts:?}");
        assert_eq!(field.role == Role::Timestamp, form.is_some(), "{name}: {texts:?}");
    }

    #[test]
    fn a_column_of_instants_has_a_form() {
        let (name, values, none) = (Origin::Name, Origin::Values, Origin::Default);
        check_time("when", &["2024-01-15", "2024-01-16"], values, Some(TimeForm::Iso));
        check_time("Date", &["2024-01-15", "2024-01-16"], name, Some(TimeForm::Iso));
        check_time("when", &["15.01.2024", "2.1.2024"], values, Some(TimeForm::DayMonthYear));
        check_time("when", &["Jan 15, 2024"], values, Some(TimeForm::MonthName));
        // Numbers are instants only where the name says so.
        check_time("ts", &["1705314600", "1705314601"], name, Some(TimeForm::EpochSeconds));
        check_time("timestamp_ms", &["1705314600250"], name, Some(TimeForm::EpochMillis));
        check_time("amount", &["1705314600", "1705314601"], none, None);
        check_time("date", &["20240115", "20240229"], name, Some(TimeForm::Compact));
        check_time("date", &["20240115", "20240230"], none, None);
        check_time("zip", &["20240115", "20240229"], none, None);
    }

    fn check_given(texts: &[&str], kind: Kind, form: Option<TimeForm>) {
        let evidence = of_texts(texts);
        let field = infer("x", &evidence).with_kind(kind, &evidence.times);
        assert_eq!((field.kind, field.time_form), (kind, form), "{texts:?}");
        assert_eq!(field.role == Role::Timestamp, kind == Kind::Timestamp, "{texts:?}");
    }

    #[test]
    fn a_given_kind_finds_the_form_whatever_the_name() {
        check_given(&["1705314600"], Kind::Timestamp, Some(TimeForm::EpochSeconds));
        check_given(&["20240115"], Kind::Timestamp, Some(TimeForm::Compact));
        check_given(&["15/01/2024", "x", "y"], Kind::Timestamp, Some(TimeForm::DayMonthYear));
        check_given(&["x", "y"], Kind::Timestamp, Some(TimeForm::Iso));
        check_given(&["7", "8"], Kind::Timestamp, Some(TimeForm::Iso));
        check_given(&["7", "8"], Kind::Categorical, None);
        let dates = of_texts(&["2024-01-15"]);
        let field = infer("ts", &dates).with_kind(Kind::Categorical, &dates.times);
        // Its name still says what it is for.
        assert_eq!(
            (field.kind, field.role, field.time_form),
            (Kind::Categorical, Role::Timestamp, None)
        );
    }

    #[test]
    fn a_given_role_says_how_a_column_is_counted() {
        let field = infer_as("fraud", &classes(), Some(Role::Label));
        assert_eq!((field.kind, field.role), (Kind::Categorical, Role::Feature));
        assert_eq!(infer_as("fraud", &classes(), None).kind, Kind::Numeric);
        assert_eq!(infer_as("amount", &measurements(), Some(Role::Label)).kind, Kind::Numeric);
    }

    #[test]
    fn texts_that_are_all_different_name_rows() {
        check_infer("comment", names(), Kind::Categorical, Role::Id, Origin::Values);
        check_infer(
            "comment",
            Evidence { present: 5, distinct: 5, ..words() },
            Kind::Categorical,
            Role::Feature,
            Origin::Default,
        );
        check_infer("city", words(), Kind::Categorical, Role::Feature, Origin::Default);
    }

    #[test]
    fn one_stray_word_does_not_turn_a_measurement_into_a_category() {
        check_infer(
            "age",
            Evidence { numbers: 95, ..measurements() },
            Kind::Numeric,
            Role::Feature,
            Origin::Default,
        );
        check_infer(
            "age",
            Evidence { numbers: 50, ..measurements() },
            Kind::Categorical,
            Role::Feature,
            Origin::Default,
        );
    }

    #[test]
    fn every_role_has_a_name_of_its_own() {
        for role in Role::ALL {
            assert_eq!(Role::from_name(role.name()), Some(role));
        }
    }
}
