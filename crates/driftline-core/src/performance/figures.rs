//! The figures, and the reasons where there is none.

use alloc::{collections::BTreeSet, string::String, vec::Vec};
use core::fmt;

use serde::{Deserialize, Serialize};

use super::{ClassCounts, MAX_CLASSES, MAX_RESIDUAL, PerformanceCounts, PositiveClass};
use crate::num::{Sum, significant};

/// Classes up to which every pair of label and prediction is listed.
pub const MAX_CLASSES_LISTED: usize = 20;

/// How good predictions are, over rows that hold a label. What is absent is absent, and [`why_not`](Self::why_not) says
/// why.
///
/// TP, FP and FN are the rows rightly and wrongly predicted to be of a class, and those of it that were not predicted to
/// be. A ratio whose denominator is 0 is 0, as scikit-learn's with `zero_division=0`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Performance {
    /// Rows that hold a label, and a prediction or a probability.
    pub rows: u64,
    /// The class that precision, recall, F1 and the probability figures are about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub positive_class: Option<String>,
    /// Share of rows whose prediction is the label, in \[0, 1\].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accuracy: Option<f64>,
    /// TP / (TP + FP) of the positive class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub precision: Option<f64>,
    /// TP / (TP + FN) of the positive class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recall: Option<f64>,
    /// 2·TP / (2·TP + FP + FN) of the positive class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub f1: Option<f64>,
    /// The mean of F1 over all classes seen as label or prediction.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub macro_f1: Option<f64>,
    /// Rows by label and predicted class, in order of text, pairs without rows left out; at most
    /// [`MAX_CLASSES_LISTED`] classes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confusion: Option<Vec<Confused>>,
    /// Rows that hold a probability in \[0, 1\].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability_rows: Option<u64>,
    /// The area under the ROC curve, ties counted half, in \[0, 1\].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roc_auc: Option<f64>,
    /// How far the area may be off, where scores were too many to be told apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roc_auc_error: Option<f64>,
    /// Brier score: the mean of (probability − outcome)², in \[0, 1\], 0 is perfect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brier: Option<f64>,
    /// Expected calibration error over ten equal bins, in \[0, 1\], 0 is perfect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration_error: Option<f64>,
    /// Mean absolute error, in the label's unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mae: Option<f64>,
    /// Root mean squared error, in the label's unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rmse: Option<f64>,
    /// Mean of prediction − label, in the label's unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mean_error: Option<f64>,
    /// Why figures are absent, or to be taken with care.
    pub why_not: Vec<WhyNot>,
}

/// Rows of one label and one predicted class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Confused {
    /// What turned out to be true.
    pub label: String,
    /// What was predicted.
    pub prediction: String,
    /// How many rows.
    pub rows: u64,
}

/// Why a figure is absent, or to be taken with care.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(!try_from))]
#[serde(tag = "code", rename_all = "snake_case", try_from = "WhyNotParts")]
#[non_exhaustive]
pub enum WhyNot {
    /// No row holds a label and something to hold against it: no figure at all.
    NoLabels,
    /// More classes than are told apart: accuracy only.
    TooManyClasses,
    /// Neither said nor to be known from the names: no precision, recall, F1, nor any probability figure.
    PositiveUnknown {
        /// How many classes were seen.
        classes: u64,
    },
    /// The class said to be positive was never seen, and two or more others were. The figures stand.
    PositiveNeverSeen {
        /// The class.
        class: String,
    },
    /// Two or more labels and two or more predictions have no class in common: written differently, perhaps. The figures stand.
    NothingInCommon,
    /// All rows with a probability are of the positive class, or none is: no ROC AUC.
    OneClass {
        /// Whether it is the positive one.
        positive: bool,
    },
    /// Probabilities outside \[0, 1\]: no probability figure.
    ProbabilitiesOutOfRange {
        /// How many rows hold one.
        rows: u64,
    },
    /// Infinite numbers, or errors too large to be squared and added up. The figures are those of the other rows.
    TooLarge {
        /// How many rows hold one.
        rows: u64,
    },
}

/// A reason as it is read: an enum with an inner tag would cost a page ten times the code.
#[derive(Default, Deserialize)]
#[serde(default)]
struct WhyNotParts {
    code: String,
    classes: Option<u64>,
    class: Option<String>,
    positive: Option<bool>,
    rows: Option<u64>,
}

impl TryFrom<WhyNotParts> for WhyNot {
    type Error = &'static str;

    fn try_from(parts: WhyNotParts) -> Result<WhyNot, &'static str> {
        let WhyNotParts { code, classes, class, positive, rows } = parts;
        let why = match code.as_str() {
            "no_labels" => Some(WhyNot::NoLabels),
            "too_many_classes" => Some(WhyNot::TooManyClasses),
            "positive_unknown" => classes.map(|classes| WhyNot::PositiveUnknown { classes }),
            "positive_never_seen" => class.map(|class| WhyNot::PositiveNeverSeen { class }),
            "nothing_in_common" => Some(WhyNot::NothingInCommon),
            "one_class" => positive.map(|positive| WhyNot::OneClass { positive }),
            "probabilities_out_of_range" => {
                rows.map(|rows| WhyNot::ProbabilitiesOutOfRange { rows })
            }
            "too_large" => rows.map(|rows| WhyNot::TooLarge { rows }),
            _ => None,
        };
        why.ok_or("expected a reason with all that its code needs")
    }
}

impl fmt::Display for WhyNot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WhyNot::NoLabels => {
                f.write_str("no row holds a label together with a prediction or a probability")
            }
            WhyNot::TooManyClasses => {
                write!(f, "more than {MAX_CLASSES} classes: only the accuracy is known")
            }
            WhyNot::PositiveUnknown { classes } => write!(
                f,
                "which of {classes} classes is the positive one is not known; say which, to get precision, recall and \
                 the probability figures"
            ),
            WhyNot::PositiveNeverSeen { class } => {
                write!(f, "the positive class {class:?} occurs in no label and no prediction")
            }
            WhyNot::NothingInCommon => f.write_str(
                "labels and predictions have no class in common: are they written alike?",
            ),
            WhyNot::OneClass { positive } => write!(
                f,
                "the ROC AUC needs labels of two classes, and {} is of the positive class",
                if *positive { "every row" } else { "no row" }
            ),
            WhyNot::ProbabilitiesOutOfRange { rows } => write!(
                f,
                "{rows} probabilities are outside [0, 1]: there is no ROC AUC, Brier score or calibration error"
            ),
            WhyNot::TooLarge { rows } => write!(
                f,
                "{rows} rows hold an infinite number or an error above {} and are left out",
                significant(MAX_RESIDUAL, 2)
            ),
        }
    }
}

impl PerformanceCounts {
    /// The figures of the rows counted so far.
    pub fn figures(&self) -> Performance {
        let mut figures = Performance { rows: self.rows(), ..Performance::default() };
        if figures.rows == 0 {
            figures.why_not.push(WhyNot::NoLabels);
            return figures;
        }
        if self.classes().rows() > 0 {
            self.class_figures(&mut figures);
        }
        let residuals = self.residuals();
        figures.mae = residuals.mean_absolute_error();
        figures.rmse = residuals.root_mean_squared_error();
        figures.mean_error = residuals.mean_error();
        if residuals.too_large() > 0 {
            figures.why_not.push(WhyNot::TooLarge { rows: residuals.too_large() });
        }
        figures
    }

    fn class_figures(&self, figures: &mut Performance) {
        let classes = self.classes();
        if classes.predicted() > 0 {
            figures.accuracy = Some(ratio(classes.agreed(), classes.predicted()));
        }
        if classes.has_too_many() {
            figures.why_not.push(WhyNot::TooManyClasses);
            return;
        }
        let names = classes.names();
        if classes.predicted() > 0 {
            figures.macro_f1 = Some(macro_f1(classes));
            if names.len() <= MAX_CLASSES_LISTED {
                let confused = classes.pairs().map(|(label, prediction, rows)| Confused {
                    label: label.into(),
                    prediction: prediction.into(),
                    rows,
                });
                figures.confusion = Some(confused.collect());
            }
            let (mut labels, mut predictions) = (BTreeSet::new(), BTreeSet::new());
            for (label, prediction, _) in classes.pairs() {
                labels.insert(label);
                predictions.insert(prediction);
            }
            // One class on a side is what a bad prediction of few rows looks like.
            if labels.len().min(predictions.len()) > 1 && labels.is_disjoint(&predictions) {
                figures.why_not.push(WhyNot::NothingInCommon);
            }
        }
        match self.positive().among(&names) {
            Ok(positive) => {
                if let PositiveClass::Given(given) = self.positive()
                    && names.len() > 1
                    && !names.contains(given.as_str())
                {
                    figures.why_not.push(WhyNot::PositiveNeverSeen { class: given.clone() });
                }
                if classes.predicted() > 0 {
                    let hits = Hits::of(classes, &positive);
                    figures.precision =
                        Some(ratio(hits.right, hits.right.saturating_add(hits.wrong)));
                    figures.recall =
                        Some(ratio(hits.right, hits.right.saturating_add(hits.missed)));
                    figures.f1 = Some(hits.f1());
                }
                figures.positive_class = Some(positive);
                self.score_figures(figures);
            }
            Err(unknown) => figures.why_not.push(unknown),
        }
    }

    fn score_figures(&self, figures: &mut Performance) {
        let scores = self.scores();
        let (rows, out_of_range) = (scores.rows(), scores.out_of_range());
        if rows == 0 && out_of_range == 0 {
            return;
        }
        figures.probability_rows = Some(rows);
        if out_of_range > 0 {
            figures.why_not.push(WhyNot::ProbabilitiesOutOfRange { rows: out_of_range });
            return;
        }
        figures.brier = scores.brier();
        figures.calibration_error = scores.calibration_error();
        if let Some(auc) = scores.roc_auc() {
            figures.roc_auc = Some(auc.value);
            figures.roc_auc_error = auc.error;
        } else {
            figures.why_not.push(WhyNot::OneClass { positive: scores.positives() > 0 });
        }
    }
}

/// One class against all others.
#[derive(Clone, Copy, Debug, Default)]
struct Hits {
    right: u64,
    wrong: u64,
    missed: u64,
}

impl Hits {
    fn of(classes: &ClassCounts, class: &str) -> Hits {
        let mut hits = Hits::default();
        for (label, prediction, rows) in classes.pairs() {
            let count = match (label == class, prediction == class) {
                (true, true) => &mut hits.right,
                (false, true) => &mut hits.wrong,
                (true, false) => &mut hits.missed,
                (false, false) => continue,
            };
            *count = count.saturating_add(rows);
        }
        hits
    }

    fn f1(self) -> f64 {
        let twice_right = self.right.saturating_mul(2);
        ratio(twice_right, twice_right.saturating_add(self.wrong).saturating_add(self.missed))
    }
}

/// The mean F1 of the classes that rows with a prediction hold, added up in order of text.
fn macro_f1(classes: &ClassCounts) -> f64 {
    let mut names = BTreeSet::new();
    names.extend(classes.pairs().flat_map(|(label, prediction, _)| [label, prediction]));
    let f1s = names.iter().map(|name| Hits::of(classes, name).f1());
    f1s.collect::<Sum>().total() / names.len() as f64
}

/// A share, 0 where there is nothing to share.
fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
