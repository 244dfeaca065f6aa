// Made by scripts/declarations of the Rust types. Do not edit.

/**
 * All of it: what is watched, how it is judged, and what follows. Every field has a default: the empty spec is the shipped
 * policy.
 */
export interface MonitorSpec {
  /** PSI cells of equal mass: a divisor of 1000. */
  bins?: number;
  /** Bytes of baseline values kept to find exact quantiles. */
  budget_bytes?: number;
  /** Roles and kinds of columns, where they are not to be inferred. */
  columns?: Record<string, ColumnSpec>;
  /** Whose definitions the numbers follow. */
  convention?: Convention;
  /** Share of false findings among the tests that the corrected p-values may find. */
  false_discovery_rate?: number;
  /** How live rows become windows, and how rules read them. */
  live?: Live;
  /** Settings of the measures. */
  measures?: MeasureSettings;
  /** How quick and how reliable is enough. */
  objectives?: Objectives;
  /**
   * The class that precision, recall and the probability figures are about; absent to be told by its name (`1`,
   * `true`, `yes`, …).
   */
  positive_class?: string;
  /** What an action must pass. */
  rails?: Rails;
  /** When to alert. */
  rules?: Rule[];
  /** Whether the comparison is repeated for the levels of some columns. */
  segments?: SegmentSpec;
  /** The ladder of severities on PSI. */
  thresholds?: Ladder;
  /** When to act. */
  triggers?: Trigger[];
  /**
   * How the current rows are cut into windows. Where it is absent or `auto`, each of several files is a window; one file
   * has none where it is absent. Live windows have settings of their own.
   */
  window?: WindowSize;
  /** What windows are measured by beside PSI; what rules and triggers are about is added. */
  window_measures?: WindowMeasure[];
}

/** What is to be done. */
export type Action = "alert" | "scale_down" | "rollback";

/**
 * Anderson–Darling: the squared gap between the two cumulative curves, weighted so that the tails count.
 *
 * # What it measures
 * How far the curves lie apart, each point in units of what chance makes there, and how often chance alone makes it so
 * much.
 *
 * # Formula
 */
export type AndersonDarling = Record<string, never>;

/** How many requests may fail, and over how long. */
export interface Availability {
  /** The time over which the budget is counted. */
  period?: Duration;
  /** Share of requests that succeed. */
  success_rate?: Quantile;
}

/**
 * χ² test of homogeneity: are both sides' counts drawn from the same shares?
 *
 * # What it measures
 * How far the 2 × B table of counts lies from the one that equal shares would give, and how often chance alone takes it
 * that far.
 *
 * # Formula
 */
export type ChiSquare = Record<string, never>;

/** What one column is, where it is not to be inferred. */
export interface ColumnSpec {
  /** How it is counted; takes effect when the file is read. */
  kind?: Kind;
  /** What it is for. */
  role?: Role;
}

/** PromQL's six comparisons. */
export type Comparison = ">" | ">=" | "<" | "<=" | "==" | "!=";

/** Whose definitions decide. */
export type Convention = "driftline" | "textbook" | "credit-risk" | "evidently" | "nannyml";

/**
 * Cramér's V: how strongly a row's cell depends on its side, whatever the number of rows.
 *
 * # What it measures
 * The effect size that belongs to the χ² test.
 *
 * # Formula
 */
export interface CramerV {
  /** `drift` is true where `corrected` is above this. */
  threshold?: number;
}

/**
 * Cramér–von Mises: the mean squared gap between the two cumulative curves.
 *
 * # What it measures
 * How far the curves lie apart over all of their length, and how often chance alone makes it so much.
 *
 * # Formula
 */
export type CramerVonMises = Record<string, never>;

/** A length of time above zero, in whole microseconds: `1h`, `1d12h`, `500ms`. Days have 24 hours. */
export type Duration = string;

/** `Fri 16:00..Mon 08:00` every week, or `2024-12-20T00:00:00Z..2025-01-02T00:00:00Z` once; in UTC, the end excluded. */
export type FreezeWindow = string;

/**
 * G-test: are both sides' counts drawn from the same shares?
 *
 * # What it measures
 * Twice the logarithm of how much likelier the counts are with shares of their own than with equal ones, and how often
 * chance alone makes it so much.
 *
 * # Formula
 */
export type GTest = Record<string, never>;

/**
 * Hellinger distance: how far apart the square roots of the shares lie.
 *
 * # What it measures
 * The Euclidean distance between the two sides' vectors of √share, scaled to at most 1.
 *
 * # Formula
 */
export interface Hellinger {
  /** `drift` is true above this. */
  threshold?: number;
}

/** `2m`, `3windows`, or `0s` for no hold at all. Windows are for rows without times, where no clock runs between them. */
export type Hold = string;

/**
 * Jensen–Shannon divergence: how well one row tells which side it came from.
 *
 * # What it measures
 * The information, in bits, that a row's cell carries about its side when both sides are equally likely.
 *
 * # Formula
 */
export interface Js {
  /** `drift` is true where the distance is above this. */
  threshold?: number;
}

/** How a column's values are counted. */
export type Kind = "numeric" | "categorical" | "timestamp";

/**
 * Kullback–Leibler divergence: what coding one distribution with the other's code costs.
 *
 * # What it measures
 * The excess of nats a row when rows of the first-named side are described by the other side's shares.
 *
 * # Formula
 */
export interface Kl {
  /** Which side is described by the other's shares. */
  direction?: KlDirection;
  /** `drift` is true above this. */
  threshold?: number;
}

/** Which side is described by the other's shares. */
export type KlDirection = "current_from_reference" | "reference_from_current";

/**
 * Kolmogorov–Smirnov: the largest gap between the two cumulative curves.
 *
 * # What it measures
 * The largest difference between the shares of the two sides that lie at or below one and the same value, and how
 * often chance alone makes one so large.
 *
 * # Formula
 */
export interface Ks {
  /** `drift` needs a statistic of at least this. */
  threshold?: number;
}

/** Where one severity ends and the next begins. */
export interface Ladder {
  /** Critical above this. */
  critical?: number;
  /** Moderate from here on. */
  moderate?: number;
  /** Significant from here on. */
  significant?: number;
}

/** How live rows become windows, and how rules read them. */
export interface Live {
  /** How often it is evaluated. */
  every?: Duration;
  /** How far back it is extended until it holds `min_samples`. */
  extend_to?: Duration;
  /** An alert that fires or resolves so often is flapping … */
  flap_count?: number;
  /** … within this time. */
  flap_within?: Duration;
  /** How old a window may grow before there is no data. */
  max_age?: Duration;
  /** Time between two looks, past which nobody saw what happened: it serves no hold. */
  max_gap?: Duration;
  /** How far ahead of the clock a row's own instant may be: rows from further in the future are counted apart. */
  max_skew?: Duration;
  /**
   * Rows below which a window decides nothing. PSI over ten cells without any drift exceeds 0.25 in one of 10,000
   * windows of 270 rows (both sides); p99 needs 100 rows to differ from the largest.
   */
  min_samples?: number;
  /** Whose state machine. */
  semantics?: Semantics;
  /** The shortest window. */
  window?: Duration;
}

/**
 * Mean shift: how far the mean moved, in standard deviations, and whether that is chance.
 *
 * # What it measures
 * The difference of the two means by the standard deviation of both samples together (Cohen's d), tested by Welch's t.
 *
 * # Formula
 */
export interface MeanShift {
  /** `drift` needs an effect of at least this, in either direction. */
  threshold?: number;
}

/** Settings of every measure, by its id. */
export interface MeasureSettings {
  /** Settings of `anderson_darling`. */
  anderson_darling?: AndersonDarling;
  /** Settings of `chi_square`. */
  chi_square?: ChiSquare;
  /** Settings of `cramer_v`. */
  cramer_v?: CramerV;
  /** Settings of `cramer_von_mises`. */
  cramer_von_mises?: CramerVonMises;
  /** Settings of `g_test`. */
  g_test?: GTest;
  /** Settings of `hellinger`. */
  hellinger?: Hellinger;
  /** Settings of `js`. */
  js?: Js;
  /** Settings of `kl`. */
  kl?: Kl;
  /** Settings of `ks`. */
  ks?: Ks;
  /** Settings of `mean_shift`. */
  mean_shift?: MeanShift;
  /** Settings of `missing_share`. */
  missing_share?: MissingShare;
  /** Settings of `new_levels`. */
  new_levels?: NewLevels;
  /** Settings of `psi`. */
  psi?: Psi;
  /** Settings of `total_variation`. */
  total_variation?: TotalVariation;
  /** Settings of `variance_shift`. */
  variance_shift?: VarianceShift;
  /** Settings of `wasserstein`. */
  wasserstein?: Wasserstein;
}

/** How something is asked for over HTTP. */
export type Method = "POST" | "PUT" | "PATCH";

/** A number that a window of rows has: `psi_score`, `psi_score{feature="age"}`, `latency_p99`. */
export type Metric = string;

/**
 * Missing share: do more, or fewer, rows hold nothing than did?
 *
 * # What it measures
 * The difference between the two sides' shares of rows without a value, and how often chance alone makes it so large.
 * Missing are empty cells, NaN, and what is not of the column's kind.
 *
 * # Formula
 */
export interface MissingShare {
  /** `drift` needs a difference of at least this. */
  threshold?: number;
}

/** Who decides about actions. */
export type Mode = "off" | "dry-run" | "approve" | "auto";

/**
 * Never-seen share: are there more rows of levels that the reference never held than its own rare levels announce?
 *
 * # What it measures
 * The share of current rows whose level is new, against the share that is to be expected: about as many rows are new in
 * the next sample as are single in this one.
 *
 * # Formula
 */
export interface NewLevels {
  /** `drift` needs a share of at least this. */
  threshold?: number;
}

/** What a rule does when nothing can be said: no window, a stale one, too few rows, an interval too wide. */
export type NoDataPolicy = "hold" | "resolve" | "alert";

/** A quantile of latency that stays below a threshold: `{"quantile": 0.95, "threshold": "100ms"}`. */
export interface Objective {
  /** Which share of the requests. */
  quantile: Quantile;
  /** How long they may take. */
  threshold: Duration;
}

/** What the service promises. */
export interface Objectives {
  /** How many may fail. */
  availability?: Availability;
  /** How long answers may take. */
  latency?: Objective[];
}

/**
 * Population Stability Index: how far the current rows' shares of the cells lie from the reference's.
 *
 * # What it measures
 * The symmetrised Kullback–Leibler divergence of two distributions over the same cells, and how much of it sampling
 * alone explains.
 *
 * # Formula
 */
export interface Psi {
  /** `drift` is true from this lower end on. */
  threshold?: number;
}

/** A share in (0, 1), in whole millionths, so that it is decided in integers. */
export type Quantile = number;

/** What every action must pass. By default nothing is done for real. */
export interface Rails {
  /** How late an action may still be carried out. */
  act_within?: Duration;
  /** How long an approval is good. It is one of an action of an incident, and of the version to go back to. */
  approval_within?: Duration;
  /**
   * What is sent to roll back, for a receiver that takes no Order: JSON once its placeholders are filled
   * in, each as it stands inside a string.
   */
  body?: string;
  /** How long a trigger or rule asks for nothing after an action. */
  cooldown?: Duration;
  /** Times in which nothing is done. */
  freeze?: FreezeWindow[];
  /**
   * Headers sent along. `{secret:NAME}` is filled in by the host where it is sent to whom the secret is for, so that no
   * spec holds one.
   */
  headers?: Record<string, string>;
  /** Rollbacks … */
  max_rollbacks?: number;
  /** How an action is asked for over HTTP. */
  method?: Method;
  /** Who decides. */
  mode?: Mode;
  /** How long a version that was rolled back from is not gone back to. */
  no_return_for?: Duration;
  /** Whether to roll back where nothing but the inputs moved: the version before would see the same inputs. */
  on_inputs_alone?: boolean;
  /** … in so much time; after that none, until a person gives them back. An approval is not enough. */
  period?: Duration;
  /** How much one scale-down takes. */
  scale_down?: ScaleStep;
  /** How long nothing is done after a change of version; absent for the length of the window and the hold. */
  settle?: Duration;
  /** What is rolled back: one model behind one service. */
  target?: string;
  /**
   * Where an action is asked for: [placeholders](super::PLACEHOLDERS) such as `{target_version}` are filled in, encoded
   * for an address. Or `command:` and the name of a command that whoever runs the host has enabled.
   */
  url?: string;
}

/** What a column is for. */
export type Role = "feature" | "prediction" | "probability" | "latency" | "timestamp" | "error" | "label" | "model" | "version" | "id" | "ignore";

/** When to alert, as people write it. */
export interface Rule {
  /** What a firing alert asks for; nothing but the alert by default. */
  action?: Action;
  /** Texts for people. */
  annotations?: Record<string, string>;
  /** How; `>` by default. */
  comparison?: Comparison;
  /** Guarded mode: once firing, the condition stays true until the value passes this. */
  exit_threshold?: number;
  /** How long the condition must hold before the alert fires. */
  for?: Hold;
  /** How long the alert still fires once the condition is false. */
  keep_firing_for?: Hold;
  /** Labels of the alert. */
  labels?: Record<string, string>;
  /** What is compared. */
  metric: Metric;
  /** Guarded mode: rows below which a window decides nothing; absent for the one of all rules. */
  min_samples?: number;
  /**
   * Guarded mode: distinct windows in which the condition must have been true; 3 for rules with an action, otherwise 2
   * with a hold and 1 without.
   */
  min_windows?: number;
  /** Names the alert; no two rules share one. */
  name: string;
  /** Guarded mode: what no data does. */
  no_data?: NoDataPolicy;
  /** Guarded mode: how long there must be no data before `no_data = "alert"` alerts. */
  no_data_for?: Duration;
  /** How bad it is; the ladder's order. */
  severity?: Severity;
  /** With what. */
  threshold: number;
  /**
   * The other end of a band: from here on the condition is false again. Where a higher step of the same ladder begins
   * there, guarded mode counts the time above for this rule too.
   */
  until?: number;
}

/** How much one scale-down takes. */
export interface ScaleStep {
  /** And never below so many replicas. */
  min_replicas?: number;
  /** At most so many of a hundred replicas, or parts of the traffic. */
  percent?: number;
}

/** For which columns' levels the comparison is repeated. */
export interface SegmentSpec {
  /** The columns. */
  by?: string[];
  /** How many levels of each: the most frequent ones of the baseline. */
  top?: number;
}

/** Whose state machine rules follow. Actions need what is certain either way. */
export type Semantics = "guarded" | "compat";

/** How bad a drift is. */
export type Severity = "inconclusive" | "none" | "moderate" | "significant" | "critical";

/**
 * Total variation distance: the share of rows that would have to change cell for the sides to be alike.
 *
 * # What it measures
 * The largest difference between the two sides' probabilities of any set of cells.
 *
 * # Formula
 */
export interface TotalVariation {
  /** `drift` is true above this. */
  threshold?: number;
}

/**
 * When to act, as people write it. It acts on evidence, not on time: by default where the condition is certainly true in
 * three distinct windows in a row, so that one spike rolls nothing back.
 */
export interface Trigger {
  /** What is to be done. */
  action: Action;
  /** How; `>` by default. */
  comparison?: Comparison;
  /** How long it asks for nothing after an action; absent for the one of all triggers. */
  cooldown?: Duration;
  /** What is compared. */
  metric: Metric;
  /** Of how many, the latest among them; absent for all in a row. */
  of?: number;
  /** With what. */
  threshold: number;
  /** In how many windows the condition must be true. */
  windows?: number;
}

/**
 * Variance shift: how much wider or narrower the values spread, and whether that is chance.
 *
 * # What it measures
 * The logarithm of the ratio of the two standard deviations, tested with the kurtosis that the values have, not the
 * normal distribution's.
 *
 * # Formula
 */
export interface VarianceShift {
  /** `drift` needs a logarithm of the ratio of at least this, in either direction. */
  threshold?: number;
}

/**
 * Wasserstein-1 distance: how far values have to be moved, on average, to turn one side into the other.
 *
 * # What it measures
 * The area between the two cumulative curves (the earth mover's distance on the line), in the column's own unit and in
 * standard deviations of the reference.
 *
 * # Formula
 */
export interface Wasserstein {
  /** `drift` is true where `by_std` is above this. */
  threshold?: number;
}

/**
 * What a window of a report can be measured by beside PSI, which it always is: a number for each feature, so it is left
 * out where nobody asks.
 */
export type WindowMeasure = "kl" | "js" | "missing_share";

/** How current rows are cut into windows: `1h`, `1d`, `5000rows`, `auto`. */
export type WindowSize = string;
