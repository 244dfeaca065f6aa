// Made by scripts/declarations of the Rust types. Do not edit.

/** What is to be done. */
export type Action = "alert" | "scale_down" | "rollback";

/** What became of a rule. */
export interface AlertHistory {
  /** Texts for people. */
  annotations?: Record<string, string>;
  /** What became of the action that it asked for. */
  decisions?: Decided[];
  /** Each time it fired. */
  episodes: Episode[];
  /** What the condition comes to now. */
  finding: Finding;
  /** How long it fired altogether; absent for windows of rows. */
  hours_firing?: number;
  /**
   * From the beginning of the first window in which the condition was true to the first alert; absent where it never
   * fired, and for windows of rows.
   */
  hours_to_detect?: number;
  /** The worse alert of the same ladder that fires, so that this one need not be told. */
  inhibited_by?: string;
  /** Whether it comes and goes too often: tell it once, not each time. */
  is_flapping?: boolean;
  /** Labels. */
  labels?: Record<string, string>;
  /** The rule. */
  name: string;
  /** How bad it is. */
  severity: Severity;
  /** Since when it stands so. */
  since?: Timestamp;
  /** `inactive`, `pending`, `firing` or `resolved`. */
  state: string;
  /** How often its condition became true. */
  times_pending: number;
  /** The metric's value when the condition was last true. */
  value?: number;
}

/** What AndersonDarling found. */
export interface AndersonDarlingOutcome {
  /** Whether it is not chance. */
  drift: boolean;
  /** Largest error of the statistic, where it comes from the grid. */
  error?: number;
  /** Whether it comes from the values one by one. */
  exact: boolean;
  /** The same corrected over all columns (Benjamini–Hochberg). */
  p_adjusted?: number;
  /** Probability of one so large without drift. */
  p_value: number;
  /** The statistic less its mean without drift, in its standard deviations. */
  standardised: number;
  /** The statistic A². */
  statistic: number;
}

/** The end of the chain. */
export interface AuditHead {
  /** The hash of the last. */
  hash: string;
  /** How many rows there were. */
  rows: number;
}

/** One decision. */
export interface AuditRow {
  /** Which action it was about. */
  action: Action | null;
  /** Who asked for it. */
  asked_by: string[];
  /** When. */
  at: Timestamp;
  /** What was decided. */
  decision: Decision;
  /** The version that served. */
  from_version: string | null;
  /** Hash of this row: SHA-256 of its JSON with an empty hash. */
  hash: string;
  /** The incident, where there was one. */
  incident: string | null;
  /** The metrics' values. */
  inputs: Record<string, number>;
  /** Hash of the row before; zeros before the first. */
  previous: string;
  /** Counts from 0. */
  sequence: number;
  /** About what. */
  target: string;
  /** The version to go back to. */
  to_version: string | null;
  /** Why, for people. */
  why: string;
}

/** One cell of a column. */
export interface CellReport {
  /** The reference's rows in it. */
  baseline: number;
  /** The current rows in it. */
  current: number;
  /** What it holds, for people. */
  label: string;
  /** Values are above this; absent at the open end and for levels. */
  lower?: number;
  /** What it adds to the PSI. */
  psi: number;
  /** Values are at most this; absent at the open end and for levels. */
  upper?: number;
}

/** What ChiSquare found. */
export interface ChiSquareOutcome {
  /** Degrees of freedom. */
  dof: number;
  /** Whether it is not chance. */
  drift: boolean;
  /** Rows that the rarest cell expects in the smaller sample. */
  least_expected: number;
  /** `p_pooled` corrected over all columns (Benjamini–Hochberg). */
  p_adjusted?: number;
  /** The same with rare cells put together. */
  p_pooled: number;
  /** Probability of a statistic so large without drift. */
  p_value: number;
  /** Pearson's statistic. */
  statistic: number;
}

/** What was found about one column. */
export interface ColumnReport {
  /** The cells with both sides' rows. */
  bins: CellReport[];
  /** What another tool says, where its convention was asked for. */
  by_convention?: ConventionOutcome;
  /** Whether the cells' edges are the reference's exact quantiles. */
  exact: boolean;
  /** The verdict in one sentence. */
  explanation: string;
  /** How it was counted. */
  kind: Kind;
  /** What each measure found. */
  measures: Measures;
  /** Rows that hold nothing. */
  missing: SidePair;
  /** Its name. */
  name: string;
  /** Rows that hold NaN. */
  nan: SidePair;
  /** Levels that the reference has never seen, most rows first, at most MAX_NEW_LEVELS_LISTED. */
  new_levels: NewLevel[];
  /** What is peculiar about it. */
  notes?: Note[];
  /** Where they are not: the share of the reference by which an edge may lie beside its quantile. */
  rank_error?: number;
  /** Why there is none. */
  reason?: Reason;
  /** What it is for. */
  role: Role;
  /** Why it has this role. */
  role_from: Origin;
  /** Rows of files that have the column. */
  rows: SidePair;
  /** The verdict. */
  severity: Severity;
  /** Rows that hold something which is not of the column's kind. */
  unreadable: SidePair;
}

/** Probabilities of one tenth of [0, 1]. */
export interface ConfidenceBin {
  /** The reference's rows. */
  baseline: number;
  /** The current rows. */
  current: number;
  /** From here on. */
  lower: number;
  /** Up to here, the last one included. */
  upper: number;
}

/** Rows of one label and one predicted class. */
export interface Confused {
  /** What turned out to be true. */
  label: string;
  /** What was predicted. */
  prediction: string;
  /** How many rows. */
  rows: number;
}

/** Whose definitions decide. */
export type Convention = "driftline" | "textbook" | "credit-risk" | "evidently" | "nannyml";

/** What another tool says about a column. */
export interface ConventionOutcome {
  /** Its measure that decides, by its own name. */
  decided_by: string;
  /** Whether it says drift. */
  drift: boolean;
  /**
   * Whether every number comes from all rows as the tool would have it; otherwise some are estimated from the fine
   * grid, because the values did not fit the memory budget.
   */
  exact: boolean;
  /** All numbers it would give, by its own names. */
  numbers: Record<string, number>;
  /** The severity that follows: significant for tools that know drift and no drift only. */
  severity: Severity;
  /** The value past which it says drift. */
  threshold: number;
  /** What that measure says. */
  value: number;
}

/** What CramerV found. */
export interface CramerVOutcome {
  /** The same without what sampling alone adds. */
  corrected: number;
  /** Whether `corrected` is above the threshold. */
  drift: boolean;
  /** The textbook's value. */
  value: number;
}

/** What CramerVonMises found. */
export interface CramerVonMisesOutcome {
  /** Whether it is not chance. */
  drift: boolean;
  /** Largest error of the statistic, where it comes from the grid. */
  error?: number;
  /** Whether it comes from the values one by one. */
  exact: boolean;
  /** The same corrected over all columns (Benjamini–Hochberg). */
  p_adjusted?: number;
  /** Probability of one so large without drift. */
  p_value: number;
  /** The statistic T. */
  statistic: number;
}

/** An action that was asked for, or the rail that stopped it. */
export interface Decided {
  /** Which action. */
  action: Action;
  /** When. */
  at: Timestamp;
  /** What was decided. */
  decision: Decision;
  /** Why, for people. */
  why: string;
  /** After which window, counted from 1. */
  window: number;
}

/** What was decided, or what happened. */
export type Decision = "acted" | "acted_on_paper" | {
  blocked: Rail;
} | "approved" | "succeeded" | "failed" | "switched_off" | "switched_on" | "unlatched" | "version_changed" | "incident_ended";

/** The features in brief. */
export interface Drift {
  /** Whether any feature drifted. */
  drift_detected: boolean;
  /** Features of moderate severity or worse. */
  drifted_features: string[];
  /** How many features were compared. */
  features_monitored: number;
  /** Features that could not be decided. */
  inconclusive_features: string[];
  /** PSI by feature. */
  psi_scores: Record<string, number>;
}

/** Something for the host to do. */
export type Effect = {
  request: Request;
} | {
  line: string;
};

/** An alert from its beginning to its end. */
export interface Episode {
  /** Where the first window begins in which the condition was true. */
  began: Timestamp;
  /** When it fired. */
  fired_at: Timestamp;
  /** After which window it fired, counted from 1. */
  fired_window: number;
  /** When it ended; absent where it still fires after the last window. */
  resolved_at?: Timestamp;
  /** Windows after which it fired. */
  windows_firing: number;
  /** Windows from the first in which the condition was true to the one after which it fired, both counted. */
  windows_to_detect: number;
}

/** Failed requests of a window. */
export interface ErrorCount {
  /** Rows that failed. */
  count: number;
  /** Rows that say whether they did. */
  rows: number;
}

/** How many requests failed. */
export interface ErrorsReport {
  /** The reference's share; absent where it says nothing. */
  baseline_rate?: number;
  /** Rows of the reference that say whether they failed. */
  baseline_rows?: number;
  /** Current rows that failed. */
  count: number;
  /** Their share, in [0, 1]. */
  rate: number;
  /** Current rows that say whether they did. */
  rows: number;
}

/** What a condition comes to. */
export type Finding = "true" | "false" | "inconclusive" | "no_data";

/** What GTest found. */
export interface GTestOutcome {
  /** Degrees of freedom. */
  dof: number;
  /** Whether it is not chance. */
  drift: boolean;
  /** Rows that the rarest cell expects in the smaller sample. */
  least_expected: number;
  /** `p_pooled` corrected over all columns (Benjamini–Hochberg). */
  p_adjusted?: number;
  /** The same with rare cells put together. */
  p_pooled: number;
  /** Probability of a statistic so large without drift. */
  p_value: number;
  /** The likelihood ratio G. */
  statistic: number;
}

/** What Hellinger found. */
export interface HellingerOutcome {
  /** Whether it is above the threshold. */
  drift: boolean;
  /** The distance. */
  value: number;
}

/** What Js found. */
export interface JsOutcome {
  /** Its square root. */
  distance: number;
  /** Whether the distance is above the threshold. */
  drift: boolean;
  /** The divergence in bits. */
  value: number;
}

/** A window that a host has kept, and how rules and triggers stood after it. */
export interface KeptWindow {
  /** When it was looked at. */
  at: Timestamp;
  /** Features of moderate severity or worse. */
  drifted_features: string[];
  /** Where the next one would begin; of a file its last instant. */
  end?: Timestamp;
  /** Share of requests that failed, in [0, 1]. */
  error_rate?: number;
  /** What it is the share of. */
  errors?: ErrorCount;
  /** Its first row, counted from 0, of a run of rows; of a file counted over all files. */
  first_row?: number;
  /** Features that could not be decided, mostly for want of rows. */
  inconclusive_features: string[];
  /** Jensen–Shannon divergence by feature, where it was asked for, in bits. */
  js?: Record<string, number>;
  /** Kullback–Leibler divergence by feature, where it was asked for, in nats. */
  kl?: Record<string, number>;
  /** How long requests took. */
  latency?: LatencyFigures;
  /** The lower end of that share, by [Wilson](crate::num::wilson). */
  missing_lower?: Record<string, number>;
  /** Share of rows that hold nothing by feature, where it was asked for, in [0, 1]. */
  missing_share?: Record<string, number>;
  /** Predictions against labels. */
  performance?: Performance;
  /** What the model answered, where it answers with levels. */
  prediction?: PredictionMix;
  /** The lower end of its interval, by column whose distribution could be decided. */
  psi_lower?: Record<string, number>;
  /** PSI by column that decides. */
  psi_scores: Record<string, number>;
  /** How many rows. */
  rows: number;
  /** The worst decided column's. */
  severity: Severity;
  /** Base name of the file whose rows they are, where windows are files. */
  source?: string;
  /** Where it begins, of a window of time; of a file its first instant, where the files follow each other in time. */
  start?: Timestamp;
  /** Rules by name and triggers by id; one that was `inactive` or `off` is left out. */
  states?: Record<string, string>;
  /**
   * Columns that are not among these and whose distribution could not be decided all the same: their severity stands on
   * their missing share alone.
   */
  undecided?: string[];
  /** Rows that hold a value, by column of `psi_scores` of which some hold none. */
  valued?: Record<string, number>;
}

/** How a column's values are counted. */
export type Kind = "numeric" | "categorical" | "timestamp";

/** Which side is described by the other's shares. */
export type KlDirection = "current_from_reference" | "reference_from_current";

/** What Kl found. */
export interface KlOutcome {
  /** Its direction. */
  direction: KlDirection;
  /** Whether it is above the threshold. */
  drift: boolean;
  /** The divergence in nats. */
  value: number;
}

/** By which law a p-value was computed. */
export type KsLaw = "exact" | "approximate";

/** What Ks found. */
export interface KsOutcome {
  /** The value at which the gap is. */
  at: number;
  /** Whether the gap is large enough and not chance. */
  drift: boolean;
  /** How much larger the gap can be, where it comes from the grid. */
  error?: number;
  /** Whether it comes from the values one by one. */
  exact: boolean;
  /** By which law the p-value is. */
  law: KsLaw;
  /** The same corrected over all columns (Benjamini–Hochberg). */
  p_adjusted?: number;
  /** Probability of one so large without drift. */
  p_value: number;
  /** The largest gap. */
  statistic: number;
}

/** Where one severity ends and the next begins. */
export interface Ladder {
  /** Critical above this. */
  critical: number;
  /** Moderate from here on. */
  moderate: number;
  /** Significant from here on. */
  significant: number;
}

/**
 * Percentiles of latencies, in milliseconds: the smallest latency that so many hundredths of the requests do not exceed,
 * never understated and at most 0.8 % too large; each with the interval in which it lies at 95 % confidence.
 *
 * **Lower ends.** The lower end of p95 is the longest latency for which it is certain that more than 5 % of requests take at
 * least as long: so p95 is certainly above a threshold exactly where the lower end, by [Wilson](crate::num::wilson), of the
 * share of requests slower than it exceeds 5 %. At thresholds that latencies are counted at that is exact, elsewhere it is
 * read from a bucket's lower end and at most 0.8 % too small. Of 300 requests, at least 168 (56 %) must be slower for the
 * median, 23 (7.7 %) for p95 and 7 (2.3 %) for p99: as if p44, p92.3 and p97.7 were asked about. Absent where not even all of the
 * requests are enough.
 *
 * **Upper ends** are the same from the other side; absent where the requests are too few to say that p99 is anywhere below
 * the largest.
 */
export interface LatencyFigures {
  /** How many requests. */
  count: number;
  /** The largest. */
  max_ms: number;
  /** The lower end of the median. */
  p50_lower_ms?: number;
  /** The median. */
  p50_ms: number;
  /** The upper end of the median. */
  p50_upper_ms?: number;
  /** The lower end of the 95th percentile. */
  p95_lower_ms?: number;
  /** The 95th percentile. */
  p95_ms: number;
  /** The upper end of the 95th percentile. */
  p95_upper_ms?: number;
  /** The lower end of the 99th percentile. */
  p99_lower_ms?: number;
  /** The 99th percentile. */
  p99_ms: number;
  /** The upper end of the 99th percentile. */
  p99_upper_ms?: number;
}

/** How long requests took. */
export interface LatencyReport {
  /** The reference's; absent where it says nothing. */
  baseline?: LatencyFigures;
  /** How many requests. */
  count: number;
  /** Values that are no latency: negative ones, NaN, infinities. */
  invalid: number;
  /** The largest. */
  max_ms: number;
  /** Whether the current rows are as quick as was promised, each decided on exact counts. */
  objectives?: ObjectiveOutcome[];
  /** The lower end of the median. */
  p50_lower_ms?: number;
  /** The median. */
  p50_ms: number;
  /** The upper end of the median. */
  p50_upper_ms?: number;
  /** The lower end of the 95th percentile. */
  p95_lower_ms?: number;
  /** The 95th percentile. */
  p95_ms: number;
  /** The upper end of the 95th percentile. */
  p95_upper_ms?: number;
  /** The lower end of the 99th percentile. */
  p99_lower_ms?: number;
  /** The 99th percentile. */
  p99_ms: number;
  /** The upper end of the 99th percentile. */
  p99_upper_ms?: number;
}

/** A column that was not compared. */
export interface LeftOut {
  /** Its name. */
  name: string;
  /** Who decided that; absent where the files did. */
  role_from?: Origin;
  /** Why. */
  why: LeftOutWhy;
}

/** Why a column was not compared. */
export type LeftOutWhy = "id" | "timestamp" | "ignored" | "not_in_baseline";

/** What MeanShift found. */
export interface MeanShiftOutcome {
  /** The reference's mean. */
  baseline: number;
  /** The current rows' mean. */
  current: number;
  /** Whether the effect is large enough and not chance. */
  drift: boolean;
  /** The difference in standard deviations, current less reference. */
  effect: number;
  /** Whether it comes from the values one by one. */
  exact: boolean;
  /** The same corrected over all columns (Benjamini–Hochberg). */
  p_adjusted?: number;
  /** Probability of a difference so large without drift. */
  p_value: number;
}

/** What the measures found for one column; absent where the sides do not hold what a measure needs. */
export interface Measures {
  /** What `anderson_darling` found. */
  anderson_darling?: AndersonDarlingOutcome;
  /** What `chi_square` found. */
  chi_square?: ChiSquareOutcome;
  /** What `cramer_v` found. */
  cramer_v?: CramerVOutcome;
  /** What `cramer_von_mises` found. */
  cramer_von_mises?: CramerVonMisesOutcome;
  /** What `g_test` found. */
  g_test?: GTestOutcome;
  /** What `hellinger` found. */
  hellinger?: HellingerOutcome;
  /** What `js` found. */
  js?: JsOutcome;
  /** What `kl` found. */
  kl?: KlOutcome;
  /** What `ks` found. */
  ks?: KsOutcome;
  /** What `mean_shift` found. */
  mean_shift?: MeanShiftOutcome;
  /** What `missing_share` found. */
  missing_share?: MissingShareOutcome;
  /** What `new_levels` found. */
  new_levels?: NewLevelsOutcome;
  /** What `psi` found. */
  psi?: PsiOutcome;
  /** What `total_variation` found. */
  total_variation?: TotalVariationOutcome;
  /** What `variance_shift` found. */
  variance_shift?: VarianceShiftOutcome;
  /** What `wasserstein` found. */
  wasserstein?: WassersteinOutcome;
}

/** A number that a window of rows has: `psi_score`, `psi_score{feature="age"}`, `latency_p99`. */
export type Metric = string;

/** What MissingShare found. */
export interface MissingShareOutcome {
  /** The reference's share. */
  baseline: number;
  /** The current rows' share. */
  current: number;
  /** Whether the difference is large enough and not chance. */
  drift: boolean;
  /** Lower end of the PSI's interval over "missing" and "there". */
  lower: number;
  /** The same corrected over all columns (Benjamini–Hochberg). */
  p_adjusted?: number;
  /** Probability of a difference so large without drift. */
  p_value: number;
}

/** Who decides about actions. */
export type Mode = "off" | "dry-run" | "approve" | "auto";

/** An entry of the timeline. */
export interface Moment {
  /** When. */
  at: Timestamp;
  /** From which state. */
  from: string;
  /** To which. */
  to: string;
  /** The rule, the trigger, the target or the incident. */
  what: string;
  /** Why, for people. */
  why: string;
  /** After which window, counted from 1. */
  window: number;
}

/** A level that the reference has never seen. */
export interface NewLevel {
  /** Its text. */
  level: string;
  /** Current rows that hold it. */
  rows: number;
}

/** What NewLevels found. */
export interface NewLevelsOutcome {
  /** Whether they are many enough and not chance. */
  drift: boolean;
  /** The share to be expected without drift. */
  expected: number;
  /** The same corrected over all columns (Benjamini–Hochberg). */
  p_adjusted?: number;
  /** Probability of so many without drift. */
  p_value: number;
  /** Share of the current rows whose level is new. */
  share: number;
}

/** Something peculiar about a column. */
export type Note = {
  code: "constant";
  /** Which. */
  side: Side;
  /** The value. */
  value: string;
} | {
  code: "all_missing";
  /** Which. */
  side: Side;
} | {
  code: "mostly_missing";
  /** Share of the rows. */
  share: number;
  /** Which. */
  side: Side;
} | {
  code: "not_a_number";
  /** Rows of both sides. */
  rows: number;
} | {
  code: "infinite";
  /** Rows of both sides. */
  rows: number;
} | {
  code: "unreadable";
  /** Rows of both sides. */
  rows: number;
} | {
  code: "ties";
  /** The values, at most ten. */
  values: number[];
} | {
  code: "heavy_tail";
} | {
  /** The smallest and the largest of the baseline. */
  baseline: [number, number];
  code: "out_of_range";
  /** The smallest and the largest of the current rows. */
  current: [number, number];
} | {
  code: "new_levels";
  /** How many; at least so many where they are too many to be told apart. */
  levels: number;
  /** Current rows that hold one. */
  rows: number;
} | {
  code: "vanished_levels";
  /** The most frequent of them, at most five. */
  first: string[];
  /** How many. */
  levels: number;
  /** Share of the baseline's rows that hold one. */
  share: number;
} | {
  code: "many_levels";
  /** How many the baseline has. */
  levels: number;
} | {
  code: "boolean";
};

/** Whether an objective is met. */
export interface ObjectiveOutcome {
  /**
   * The requests that are too slow, by how many may be: above 1 the objective is missed. Over a window this is its burn
   * rate.
   */
  budget_spent?: number;
  /** Whether so many do not take longer; absent without latencies. */
  met?: boolean;
  /** Which share of the requests. */
  quantile: Quantile;
  /** Share that does not, in [0, 1]. */
  share_within?: number;
  /** How long they may take. */
  threshold_ms: number;
}

/**
 * An action, with all that whoever carries it out needs to refuse it: how long it is good for, and which version it takes
 * to be serving.
 */
export interface Order {
  /** What is to be done. */
  action: Action;
  /** Who asked. */
  asked_by: string[];
  /** The metrics' values. */
  evidence: Record<string, number>;
  /** Do nothing where another version serves. */
  expected_current_version: string | null;
  /**
   * SHA-256 of the action, who asked, target, versions and the incident's start: an engine that was restarted asks for
   * nothing twice, and two actions never share one.
   */
  idempotency_key: string;
  /** The incident. */
  incident: string;
  /** Do nothing from then on. */
  not_after: Timestamp;
  /** Why, for people. */
  reason: string;
  /** How much less, of a scale-down. */
  scale: ScaleStep | null;
  /** To what. */
  target: string;
  /** The version to go back to. */
  target_version: string | null;
}

/** Who decided. */
export type Origin = "given" | "name" | "values" | "default";

/**
 * How good predictions are, over rows that hold a label. What is absent is absent, and why_not says
 * why.
 *
 * TP, FP and FN are the rows rightly and wrongly predicted to be of a class, and those of it that were not predicted to
 * be. A ratio whose denominator is 0 is 0, as scikit-learn's with `zero_division=0`.
 */
export interface Performance {
  /** Share of rows whose prediction is the label, in [0, 1]. */
  accuracy?: number;
  /** Brier score: the mean of (probability − outcome)², in [0, 1], 0 is perfect. */
  brier?: number;
  /** Expected calibration error over ten equal bins, in [0, 1], 0 is perfect. */
  calibration_error?: number;
  /**
   * Rows by label and predicted class, in order of text, pairs without rows left out; at most
   * MAX_CLASSES_LISTED classes.
   */
  confusion?: Confused[];
  /** 2·TP / (2·TP + FP + FN) of the positive class. */
  f1?: number;
  /** The mean of F1 over all classes seen as label or prediction. */
  macro_f1?: number;
  /** Mean absolute error, in the label's unit. */
  mae?: number;
  /** Mean of prediction − label, in the label's unit. */
  mean_error?: number;
  /** The class that precision, recall, F1 and the probability figures are about. */
  positive_class?: string;
  /** TP / (TP + FP) of the positive class. */
  precision?: number;
  /** Rows that hold a probability in [0, 1]. */
  probability_rows?: number;
  /** TP / (TP + FN) of the positive class. */
  recall?: number;
  /** Root mean squared error, in the label's unit. */
  rmse?: number;
  /** The area under the ROC curve, ties counted half, in [0, 1]. */
  roc_auc?: number;
  /** How far the area may be off, where scores were too many to be told apart. */
  roc_auc_error?: number;
  /** Rows that hold a label, and a prediction or a probability. */
  rows: number;
  /** Why figures are absent, or to be taken with care. */
  why_not: WhyNot[];
}

/** Predictions against labels, on either side. */
export interface PerformanceReport {
  /** The reference's rows; absent where they hold no labels. */
  baseline?: Performance;
  /** The current rows. */
  current: Performance;
}

/** What the model answered. */
export interface Prediction {
  /** The column of the predicted class or number. */
  class?: string;
  /** How sure the model was: both sides' probabilities by tenth, where one column holds them. */
  confidence?: ConfidenceBin[];
  /** The columns of probabilities. */
  probabilities: string[];
  /** PSI of each. */
  psi_scores: Record<string, number>;
  /** The worst of them. */
  severity: Severity;
}

/** Rows of a window by what the model answered. Rows without an answer are in none of these. */
export interface PredictionMix {
  /** By level, of the MAX_MIXED_LEVELS that are most frequent in the reference; levels that no row holds are left out. */
  levels: Record<string, number>;
  /** In levels that it has never seen. */
  new?: number;
  /** In its other levels. */
  other?: number;
}

/** Something that went wrong, and where. */
export interface Problem {
  /** What was expected, and what was found. */
  message: string;
  /** A file with row and column, or a path in the spec. */
  where: string;
}

/** What Psi found. */
export interface PsiOutcome {
  /** Cells that the interval, the p-value and the noise are over: empty ones left out, rare ones put together. */
  cells: number;
  /** Smoothed, less what sampling alone adds. */
  corrected: number;
  /** The smallest drift that this many rows show in four cases of five. */
  detectable: number;
  /** Whether the lower end is at or above the threshold. */
  drift: boolean;
  /** Share of the value that cells with a floored share make up. */
  floored_share: number;
  /** Lower end of the interval, one-sided 95 %. */
  lower: number;
  /** What sampling alone stays below in 95 of 100 cases without drift. */
  noise: number;
  /** The same corrected over all columns (Benjamini–Hochberg). */
  p_adjusted?: number;
  /** Probability of a difference at least this large without drift. */
  p_value: number;
  /** Whether rare cells were put together. */
  pooled: boolean;
  /** The number with shares smoothed by half a row: what the interval is of. */
  smoothed: number;
  /** Upper end of the interval, one-sided 95 %; where rare cells were put together at least the value. */
  upper: number;
  /** Upper end by the cells that were compared, rare ones put together. */
  upper_of_cells: number;
  /** The textbook's number. */
  value: number;
}

/** A share in (0, 1), in whole millionths, so that it is decided in integers. */
export type Quantile = number;

/** What can stop an action. The rails are asked in this order; the first that blocks is the one that is told. */
export type Rail = "kill_switch" | "mode" | "one_action" | "evidence" | "flapping" | "freeze" | "settle" | "cooldown" | "not_expected_to_help" | "no_target" | "ping_pong" | "budget" | "approval";

/** Why a column could not be decided. */
export type Reason = {
  code: "too_few_rows";
  /** Rows that hold a value. */
  found: number;
  /**
   * Rows that would decide, if the drift stays as it looks; absent where no number would, because both samples
   * are too short.
   */
  needed?: number;
  /** Which sample is too short. */
  side: Side;
} | {
  /** Cells that were left when rare ones were put together. */
  cells: number;
  code: "rare_values";
} | {
  code: "no_rows";
  /** Which. */
  side: Side;
} | {
  code: "absent";
  /** Which. */
  side: Side;
} | {
  code: "no_values";
  /** Which. */
  side: Side;
} | {
  code: "kind_changed";
  /** The column's kind, by the baseline's first rows. */
  expected: Kind;
  /** Which. */
  side: Side;
  /** Rows that are not of it. */
  unreadable: number;
} | {
  code: "no_convention";
  /** Which convention. */
  convention: Convention;
} | {
  code: "identifier";
  /** Where they were found. */
  side: Side;
};

/** Names a reference by its content: the first 128 bits of its SHA-256, written in hexadecimal. */
export type ReferenceId = string;

/** What was replayed, and what was decided. */
export interface ReplayNote {
  /** What was decided and why, as a chain of hashes. */
  audit: AuditRow[];
  /** The end of that chain. */
  audit_head: AuditHead;
  /** Where the last ends; absent for windows of rows. */
  end?: Timestamp;
  /** Who decides about actions. */
  mode: Mode;
  /** Names the policy by its content. */
  policy_hash: string;
  /** Where the first begins; absent for windows of rows. */
  start?: Timestamp;
  /** What other thresholds would have done, where that was asked for. */
  sweep?: Sweep;
  /** How many windows there were. */
  windows: number;
  /** Of these, how many held fewer rows than the policy asks of a window that decides. */
  windows_too_small: number;
}

/**
 * What was found. Counts are whole numbers, times are RFC 3339 in UTC, and what is absent is absent: never NaN, never
 * null.
 */
export interface Report {
  /** Every rule of a policy and what became of it over the windows, by name, where a policy was asked. */
  alerts?: AlertHistory[];
  /** The reference's rows. */
  baseline: Sample;
  /** Every compared column, in the reference's order. */
  columns: ColumnReport[];
  /** The rows compared with it. */
  current: Sample;
  /** The features in brief. */
  drift: Drift;
  /** How many requests failed, where the current rows say so. */
  errors?: ErrorsReport;
  /** When the report was made, as its maker says. */
  generated_at: Timestamp;
  /** How long requests took, where the current rows say so. */
  latency?: LatencyReport;
  /** Columns that were not compared, and why. */
  left_out: LeftOut[];
  /** Predictions against labels, where the current rows hold both. */
  performance?: PerformanceReport;
  /** What the model answered, where the files have it. */
  prediction?: Prediction;
  /** What went wrong without stopping the comparison. */
  problems: Problem[];
  /** Which reference. */
  reference_id: ReferenceId;
  /** What the policy was asked about, and what was decided. */
  replay?: ReplayNote;
  /** Always REPORT_SCHEMA. */
  schema: string;
  /** The comparison repeated for levels of some columns, where that was asked for. */
  segments?: SegmentReport[];
  /** The worst decided column's, columns of models and versions left aside; inconclusive where none is decided. */
  severity: Severity;
  /** Which spec. */
  spec: SpecNote;
  /** What changed, in the order of time. */
  timeline?: Moment[];
  /** Every trigger of it, by id. */
  triggers?: TriggerHistory[];
  /** The current rows cut into windows, in their order, where that was asked for. */
  windows?: WindowReport[];
}

/** An HTTP request. The body is an Order as JSON, or what the rails' own body comes to. */
export interface Request {
  /** What is sent. */
  body: string;
  /** The rails' headers, `Content-Type: application/json` where they have none, and `Idempotency-Key`. */
  headers: Record<string, string>;
  /** `POST`, `PUT` or `PATCH`. */
  method: string;
  /** The order again, as data. */
  order: Order;
  /** Where to, filled in. */
  url: string;
}

/** What a column is for. */
export type Role = "feature" | "prediction" | "probability" | "latency" | "timestamp" | "error" | "label" | "model" | "version" | "id" | "ignore";

/** One of the two samples. */
export interface Sample {
  /** The earliest instant in it. */
  first?: Timestamp;
  /** The latest instant in it. */
  last?: Timestamp;
  /** How many rows. */
  rows: number;
  /** Base name of the file. */
  source: string;
}

/** How much one scale-down takes. */
export interface ScaleStep {
  /** And never below so many replicas. */
  min_replicas: number;
  /** At most so many of a hundred replicas, or parts of the traffic. */
  percent: number;
}

/** The rows of one level of a column, compared with the reference's rows of the same level. */
export interface SegmentReport {
  /** The column. */
  column: string;
  /** Features of moderate severity or worse. */
  drifted_features: string[];
  /** Features that could not be decided, mostly for want of rows. */
  inconclusive_features: string[];
  /** The level. */
  level: string;
  /** Their p-values, corrected over all columns of all segments (Benjamini–Hochberg). */
  p_adjusted: Record<string, number>;
  /** PSI by column that decides. */
  psi_scores: Record<string, number>;
  /** Rows of either side. */
  rows: SidePair;
  /**
   * The worst decided column's; a drift only where the p-value, corrected over all columns of all segments, finds it
   * too.
   */
  severity: Severity;
}

/** How bad a drift is. */
export type Severity = "inconclusive" | "none" | "moderate" | "significant" | "critical";

/** One of the two samples. */
export type Side = "baseline" | "current";

/** A number for each side. */
export interface SidePair {
  /** The reference's. */
  baseline: number;
  /** The current rows'. */
  current: number;
}

/** The spec in brief. */
export interface SpecNote {
  /** PSI cells of equal mass. */
  bins: number;
  /** Whose definitions the numbers follow. */
  convention: Convention;
  /** Share of false findings among the tests that the corrected p-values may find. */
  false_discovery_rate: number;
  /** Names it by its content. */
  hash: string;
  /** The ladder of severities. */
  thresholds: Ladder;
}

/** What every threshold would have done. */
export interface Sweep {
  /** The metric whose rules and triggers all took the threshold. */
  metric: Metric;
  /** A row for each threshold. */
  rows: SweepRow[];
}

/** What one threshold would have done. */
export interface SweepRow {
  /** How often rules on the metric fired. */
  alerts_fired: number;
  /** Rollbacks that rules and triggers on the metric asked for, on paper or not. */
  rollbacks: number;
  /** How often a rail stopped one. */
  rollbacks_blocked: number;
  /** The threshold. */
  threshold: number;
  /** How often triggers on the metric told people. */
  triggers_told: number;
  /** Windows after which any of them fired, each rule's counted. */
  windows_firing: number;
}

/** An instant: microseconds since the Unix epoch, UTC. */
export type Timestamp = string;

/** What TotalVariation found. */
export interface TotalVariationOutcome {
  /** Whether it is above the threshold. */
  drift: boolean;
  /** The distance. */
  value: number;
}

/** A change: an entry of a timeline. */
export interface Transition {
  /** When. */
  at: Timestamp;
  /** From which state. */
  from: string;
  /** To which. */
  to: string;
  /** The rule, the trigger, the target or the incident. */
  what: string;
  /** Why, for people. */
  why: string;
}

/** What became of a trigger. */
export interface TriggerHistory {
  /** What is to be done. */
  action: Action;
  /** What stops its action. */
  blocked_by?: Rail;
  /** Until when it asks for nothing. */
  cooldown_until?: Timestamp;
  /** What became of the action that it asked for. */
  decisions: Decided[];
  /** Its name. */
  id: string;
  /** When it last led to an action. */
  last_fired?: Timestamp;
  /** What is compared. */
  metric: Metric;
  /** `off`, `counting` (some windows, not enough), or `on`. */
  state: string;
  /** With what. */
  threshold: number;
  /** When people were told, of a trigger that only alerts. */
  told: Timestamp[];
  /** Windows in which the condition was true, of those it looks at. */
  windows: number;
}

/** What VarianceShift found. */
export interface VarianceShiftOutcome {
  /** The reference's standard deviation, `n − 1` in the denominator. */
  baseline_std: number;
  /** The current rows'. */
  current_std: number;
  /** Whether the ratio is far enough from 1 and not chance. */
  drift: boolean;
  /** Whether it comes from the values one by one. */
  exact: boolean;
  /** The same corrected over all columns (Benjamini–Hochberg). */
  p_adjusted?: number;
  /** Probability of a ratio so far from 1 without drift; absent without the values one by one. */
  p_value?: number;
  /** Current over reference. */
  ratio: number;
}

/** What Wasserstein found. */
export interface WassersteinOutcome {
  /** In standard deviations of the reference; absent where that is constant or was too long to keep. */
  by_std?: number;
  /** Whether `by_std` is above the threshold. */
  drift: boolean;
  /** Largest error of `value`, where it comes from the grid. */
  error?: number;
  /** Whether it comes from the values one by one. */
  exact: boolean;
  /** The distance in the column's unit. */
  value: number;
}

/** Why a figure is absent, or to be taken with care. */
export type WhyNot = {
  code: "no_labels";
} | {
  code: "too_many_classes";
} | {
  /** How many classes were seen. */
  classes: number;
  code: "positive_unknown";
} | {
  /** The class. */
  class: string;
  code: "positive_never_seen";
} | {
  code: "nothing_in_common";
} | {
  code: "one_class";
  /** Whether it is the positive one. */
  positive: boolean;
} | {
  code: "probabilities_out_of_range";
  /** How many rows hold one. */
  rows: number;
} | {
  code: "too_large";
  /** How many rows hold one. */
  rows: number;
};

/** Some of the current rows, compared with the reference. */
export interface WindowReport {
  /** Features of moderate severity or worse. */
  drifted_features: string[];
  /** Where the next one would begin; of a file its last instant. */
  end?: Timestamp;
  /** Share of requests that failed, in [0, 1]. */
  error_rate?: number;
  /** What it is the share of. */
  errors?: ErrorCount;
  /** Its first row, counted from 0, of a run of rows; of a file counted over all files. */
  first_row?: number;
  /** Features that could not be decided, mostly for want of rows. */
  inconclusive_features: string[];
  /** Jensen–Shannon divergence by feature, where it was asked for, in bits. */
  js?: Record<string, number>;
  /** Kullback–Leibler divergence by feature, where it was asked for, in nats. */
  kl?: Record<string, number>;
  /** How long requests took. */
  latency?: LatencyFigures;
  /** The lower end of that share, by [Wilson](crate::num::wilson). */
  missing_lower?: Record<string, number>;
  /** Share of rows that hold nothing by feature, where it was asked for, in [0, 1]. */
  missing_share?: Record<string, number>;
  /** Predictions against labels. */
  performance?: Performance;
  /** What the model answered, where it answers with levels. */
  prediction?: PredictionMix;
  /** The lower end of its interval, by column whose distribution could be decided. */
  psi_lower?: Record<string, number>;
  /** PSI by column that decides. */
  psi_scores: Record<string, number>;
  /** How many rows. */
  rows: number;
  /** The worst decided column's. */
  severity: Severity;
  /** Base name of the file whose rows they are, where windows are files. */
  source?: string;
  /** Where it begins, of a window of time; of a file its first instant, where the files follow each other in time. */
  start?: Timestamp;
  /**
   * Columns that are not among these and whose distribution could not be decided all the same: their severity stands on
   * their missing share alone.
   */
  undecided?: string[];
  /** Rows that hold a value, by column of `psi_scores` of which some hold none. */
  valued?: Record<string, number>;
}
