//! What the columns are: name, kind and role, each inferred where nobody said it, and always with the reason.

use alloc::{string::String, vec::Vec};

use serde::{Deserialize, Serialize};

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
}

/// How a column's values are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
    /// Of the values, how many read as instants.
    pub timestamps: u64,
    /// How many different values.
    pub distinct: u64,
    /// The smallest number.
    pub min: f64,
}

impl Evidence {
    /// The kind that these values speak for: numbers where nine tenths are (a stray word does not turn a measurement
    /// into a category; it is counted as unreadable), instants likewise, else levels.
    pub fn kind(&self) -> Kind {
        if self.present > 0 && self.timestamps * 10 >= self.present * 9 {
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

    /// Whether the numbers can be seconds (or a finer unit) since 1970: a `time` column that holds hours of the day is
    /// a feature. 1e8 s is March 1973.
    fn can_be_epoch(&self) -> bool {
        self.present > 0 && self.numbers == self.present && self.min >= 1e8
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
    let kind = evidence.kind();
    let by_name = role_by_name(name).filter(|role| match role {
        Role::Timestamp => kind == Kind::Timestamp || evidence.can_be_epoch(),
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
    let kind = match role {
        Role::Prediction | Role::Label | Role::Error | Role::Model | Role::Version
            if evidence.looks_like_classes() && kind == Kind::Numeric =>
        {
            Kind::Categorical
        }
        // An id is never counted by quantiles; as text its distinct values are at least told apart.
        Role::Id => Kind::Categorical,
        _ => kind,
    };
    Field { name: name.into(), kind, role, role_from }
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
        "timestamp" | "time" | "date" | "datetime" | "ts" | "event_time" | "created_at" => {
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

    const MEASUREMENTS: Evidence =
        Evidence { present: 100, numbers: 100, integers: 3, timestamps: 0, distinct: 90, min: 0.1 };
    const CLASSES: Evidence = Evidence {
        present: 100,
        numbers: 100,
        integers: 100,
        timestamps: 0,
        distinct: 2,
        min: 0.0,
    };
    const WORDS: Evidence =
        Evidence { present: 100, numbers: 0, integers: 0, timestamps: 0, distinct: 7, min: 0.0 };
    const NAMES: Evidence = Evidence { distinct: 100, ..WORDS };
    const DATES: Evidence = Evidence { timestamps: 100, ..NAMES };
    const EPOCH: Evidence = Evidence {
        present: 100,
        numbers: 100,
        integers: 100,
        timestamps: 0,
        distinct: 100,
        min: 1.7e9,
    };

    fn check_infer(name: &str, evidence: Evidence, kind: Kind, role: Role, role_from: Origin) {
        let field = infer(name, &evidence);
        assert_eq!((field.kind, field.role, field.role_from), (kind, role, role_from), "{name}");
    }

    #[test]
    fn a_name_gives_a_role_where_the_values_allow_it() {
        check_infer("Prediction", CLASSES, Kind::Categorical, Role::Prediction, Origin::Name);
        check_infer("prediction", MEASUREMENTS, Kind::Numeric, Role::Prediction, Origin::Name);
        check_infer("score", MEASUREMENTS, Kind::Numeric, Role::Probability, Origin::Name);
        check_infer("score", WORDS, Kind::Categorical, Role::Feature, Origin::Default);
        check_infer("credit_score", MEASUREMENTS, Kind::Numeric, Role::Feature, Origin::Default);
        check_infer("latency-ms", MEASUREMENTS, Kind::Numeric, Role::Latency, Origin::Name);
        check_infer("error", CLASSES, Kind::Categorical, Role::Error, Origin::Name);
        check_infer("customer_id", MEASUREMENTS, Kind::Categorical, Role::Id, Origin::Name);
    }

    #[test]
    fn a_time_column_of_small_numbers_is_a_feature() {
        check_infer("time", MEASUREMENTS, Kind::Numeric, Role::Feature, Origin::Default);
        check_infer("time", EPOCH, Kind::Numeric, Role::Timestamp, Origin::Name);
        check_infer("when", DATES, Kind::Timestamp, Role::Timestamp, Origin::Values);
    }

    #[test]
    fn texts_that_are_all_different_name_rows() {
        check_infer("comment", NAMES, Kind::Categorical, Role::Id, Origin::Values);
        check_infer(
            "comment",
            Evidence { present: 5, distinct: 5, ..WORDS },
            Kind::Categorical,
            Role::Feature,
            Origin::Default,
        );
        check_infer("city", WORDS, Kind::Categorical, Role::Feature, Origin::Default);
    }

    #[test]
    fn one_stray_word_does_not_turn_a_measurement_into_a_category() {
        check_infer(
            "age",
            Evidence { numbers: 95, ..MEASUREMENTS },
            Kind::Numeric,
            Role::Feature,
            Origin::Default,
        );
        check_infer(
            "age",
            Evidence { numbers: 50, ..MEASUREMENTS },
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
