//! What may be written on the command line.

#[cfg(feature = "server")]
mod serve;
mod value;

use std::path::PathBuf;

#[cfg(feature = "server")]
use clap::error::ErrorKind;
use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};
use driftline_core::{
    bins::BinCount,
    convention::Convention,
    group::WindowSize,
    measure::KlDirection,
    schema::{Kind, Role},
    time::{TimeForm, Timestamp},
    verdict::Severity,
};

use crate::help;
#[cfg(feature = "server")]
pub(crate) use serve::{LogFormat, ServeArgs, ServeSettings, TokenArgs};
pub(crate) use value::SweepRange;

/// Tells whether a model's data has drifted.
#[derive(Debug, Parser)]
#[command(name = "driftline", version, arg_required_else_help = true, max_term_width = 100)]
#[command(about = help::ABOUT, after_help = help::SHORT, after_long_help = help::LONG)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) console: ConsoleArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Compare a current file with a baseline: which columns drifted, and how sure is that?
    #[command(after_help = help::COMPARE_SHORT, after_long_help = help::COMPARE)]
    Compare(CompareArgs),
    /// Write what a baseline looks like to a small file, to compare with in its place.
    #[command(after_long_help = help::PROFILE)]
    Profile(ProfileArgs),
    /// Say what a reference holds, and whether a file fits it.
    #[command(after_long_help = help::INSPECT)]
    Inspect(InspectArgs),
    /// Add up references that count on the same bins.
    #[command(after_long_help = help::MERGE)]
    Merge(MergeArgs),
    /// Say when each alert would have fired, and what each trigger would have done, had a policy watched a file.
    #[command(after_help = help::REPLAY_SHORT, after_long_help = help::REPLAY)]
    Replay(ReplayArgs),
    /// Check a spec, or print what one may hold: everything that is measured and decided, in TOML or JSON.
    #[command(subcommand, arg_required_else_help = true)]
    Spec(SpecCommand),
    /// Give the alerts to Prometheus and Alertmanager, or test a policy by scenarios.
    #[command(subcommand, arg_required_else_help = true)]
    Rules(RulesCommand),
    /// Watch models in production: predictions in by HTTP; drift, latency and alerts out; rollbacks carried out.
    #[cfg(feature = "server")]
    #[command(after_help = help::SERVE_SHORT, after_long_help = help::SERVE)]
    Serve(Box<ServeArgs>),
    /// Make a token for a server: it is printed once, and only its hash is kept.
    #[cfg(feature = "server")]
    #[command(after_long_help = help::TOKEN)]
    Token(TokenArgs),
    /// Look after what a server keeps on disk: what is in it, whether it is sound, a copy of it.
    #[cfg(feature = "server")]
    #[command(subcommand, arg_required_else_help = true, after_long_help = help::STORE)]
    Store(StoreCommand),
}

impl Args {
    /// What was asked for; ends the program where that is help, or wrong.
    pub(crate) fn read() -> Args {
        let matches = Args::command().get_matches();
        #[cfg_attr(
            not(feature = "server"),
            expect(unused_mut, reason = "serve settles its settings")
        )]
        let mut args = Args::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
        #[cfg(feature = "server")]
        if let (Command::Serve(serve), Some((_, given))) = (&mut args.command, matches.subcommand())
            && let Err(why) = serve.settings.keep_one_baseline(given)
        {
            Args::command().error(ErrorKind::ArgumentConflict, why).exit();
        }
        args
    }
}

impl Command {
    /// Whether Ctrl-C asks it to finish, instead of ending it at once.
    pub(crate) fn keeps_its_signals(&self) -> bool {
        #[cfg(feature = "server")]
        if matches!(self, Command::Serve(_)) {
            return true;
        }
        false
    }
}

#[derive(Debug, Parser)]
pub(crate) struct CompareArgs {
    /// What is normal: CSV, TSV, NDJSON or JSON, or a reference written by `driftline profile`; - reads standard input.
    ///
    /// Files may be compressed by gzip or zstd. A folder, or a pattern in quotes such as 'data/*.csv', is all of its files
    /// as one; folders called day=2024-01-01 give their rows a column day.
    pub(crate) baseline: PathBuf,
    /// What is compared with it: CSV, TSV, NDJSON or JSON, a folder or a pattern in quotes; - reads standard input. Several
    /// of them are compared together and one by one, in the order given. Left out, --reference-rows or --reference-from and --reference-to part BASELINE in two.
    pub(crate) current: Vec<PathBuf>,
    /// What a column is for, where its name and values do not tell; may be repeated.
    ///
    /// ROLE is one of feature, prediction, probability, latency, timestamp, error, label, model, version, id, ignore.
    /// Columns of the roles timestamp, id and ignore are not compared.
    #[arg(long = "role", value_name = "COL=ROLE", value_parser = value::column_role)]
    pub(crate) roles: Vec<(String, Role)>,
    /// How the report is written: a table, the report as data, or one HTML file with charts.
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    pub(crate) format: ReportFormat,
    /// Write the report to FILE, whole or not at all; - is standard output.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// List every column, window, segment, problem and reason, however many there are (text only).
    #[arg(long)]
    pub(crate) all: bool,
    /// Show everything about one column instead of the table: its measures, cells and notes (text only); may be repeated.
    #[arg(long = "column", value_name = "NAME")]
    pub(crate) columns: Vec<String>,
    /// Exit with code 1 from this severity of the whole comparison on; windows and segments are warned of instead.
    #[arg(long, value_name = "SEVERITY", default_value = "significant", value_parser = value::severity())]
    pub(crate) fail_on: Severity,
    /// Whether a column that could not be decided passes (with a warning) or makes the exit code 1.
    #[arg(long, value_enum, value_name = "pass|fail", default_value_t = Inconclusive::Pass)]
    #[arg(hide_possible_values = true)]
    pub(crate) inconclusive: Inconclusive,
    /// The time written into the report, for output that is the same every time; else the clock's.
    #[arg(long, value_name = "RFC3339", value_parser = value::timestamp)]
    pub(crate) now: Option<Timestamp>,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
    #[command(flatten)]
    pub(crate) selection: SelectionArgs,
    #[command(flatten)]
    pub(crate) apart: ApartArgs,
    #[command(flatten)]
    pub(crate) policy: PolicyArgs,
}

#[derive(Debug, Parser)]
pub(crate) struct ReplayArgs {
    /// What is normal: CSV, TSV, NDJSON or JSON, or a reference written by `driftline profile`; - reads standard input. A
    /// folder, or a pattern in quotes such as 'data/*.csv', is all of its files as one.
    #[arg(value_name = "BASELINE|REFERENCE")]
    pub(crate) baseline: PathBuf,
    /// What came after it, window by window: CSV, TSV, NDJSON or JSON, a folder or a pattern in quotes; - reads standard
    /// input. Several of them are the windows, in the order given, unless --window says otherwise. Left out, one file is parted in two: see --reference-rows.
    pub(crate) data: Vec<PathBuf>,
    /// How long a window is: 15m, 1h, 1d, or 5000rows.
    ///
    /// Left out, it is the spec's, be it window or a live.window other than the shipped minute; else of several files each
    /// is a window; else, where the rows have instants, as long as leaves at most 100 windows, of 300 rows
    /// on average if there are so many (auto); else a fiftieth of the rows, and no fewer than live.min_samples. Rows
    /// without instants are laid one live.window apart.
    #[arg(long, value_name = "SIZE", value_parser = value::window)]
    pub(crate) window: Option<WindowSize>,
    /// Follow Prometheus' own state machine, without the guards against small samples, gaps and flapping.
    #[arg(long)]
    pub(crate) compat: bool,
    /// Tabulate what other thresholds would have done, by default in ten steps: psi_score=0.1..0.4:0.05.
    ///
    /// Every rule and trigger about METRIC takes each threshold in turn; bands and exit thresholds keep their distance.
    #[arg(long, value_name = "METRIC=FROM..TO[:STEP]", value_parser = value::sweep)]
    pub(crate) sweep: Option<SweepRange>,
    /// What a column is for, where its name and values do not tell; may be repeated.
    ///
    /// ROLE is one of feature, prediction, probability, latency, timestamp, error, label, model, version, id, ignore.
    #[arg(long = "role", value_name = "COL=ROLE", value_parser = value::column_role)]
    pub(crate) roles: Vec<(String, Role)>,
    /// How the replay is written: for people, as data, as one HTML file, or the timeline alone as a picture.
    #[arg(long, value_enum, default_value_t = ReplayFormat::Text)]
    pub(crate) format: ReplayFormat,
    /// Write the timeline to FILE, whole or not at all; - is standard output.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// List every entry of the timeline, however many there are (text only).
    #[arg(long)]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) selection: SelectionArgs,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
    #[command(flatten)]
    pub(crate) policy: PolicyArgs,
}

#[derive(Debug, Parser)]
pub(crate) struct ProfileArgs {
    /// CSV, TSV, NDJSON or JSON, a folder or a pattern in quotes such as 'data/*.csv', or a reference to be written in its
    /// other form; - reads standard input.
    pub(crate) baseline: PathBuf,
    /// Write the reference to FILE, whole or not at all; - is standard output.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// Compact, or JSON for people; `compare` reads both.
    #[arg(long, value_enum, default_value_t = ReferenceFormat::Binary)]
    pub(crate) format: ReferenceFormat,
    /// Count the data on the bins of this reference, so that the two can be merged.
    #[arg(long, value_name = "REFERENCE")]
    pub(crate) on: Option<PathBuf>,
    /// Which column says how long a request took, whether it failed, what the model answered and what turned out to be
    /// true, where its name does not tell; may be repeated.
    ///
    /// Latencies, errors and predictions against labels are counted when the data is read: what is not said here cannot
    /// be known when comparing. Every other role can be.
    #[arg(long = "role", value_name = "COL=ROLE", value_parser = value::column_role)]
    pub(crate) roles: Vec<(String, Role)>,
    /// The class that precision, recall and the probability figures are about; else told by its name (1, true, yes).
    #[arg(long, value_name = "CLASS")]
    pub(crate) positive: Option<String>,
    /// Settings as a file: roles and kinds of columns, positive class and memory budget are used here.
    #[arg(long, value_name = "FILE")]
    pub(crate) spec: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
}

#[derive(Debug, Parser)]
pub(crate) struct InspectArgs {
    /// A reference written by `driftline profile`.
    pub(crate) reference: PathBuf,
    /// Check whether this file fits the reference; exit code 1 where it does not.
    #[arg(long, value_name = "DATA")]
    pub(crate) against: Option<PathBuf>,
    /// For people, or as data.
    #[arg(long, value_enum, default_value_t = InspectFormat::Text)]
    pub(crate) format: InspectFormat,
    #[command(flatten)]
    pub(crate) reading: ReadingArgs,
}

#[derive(Debug, Parser)]
pub(crate) struct MergeArgs {
    /// References on the same bins: one, and others that `driftline profile --on` made with it.
    #[arg(required = true, num_args = 2.., value_name = "REFERENCE")]
    pub(crate) references: Vec<PathBuf>,
    /// Write the reference to FILE, whole or not at all; - is standard output.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// Compact, or JSON for people; `compare` reads both.
    #[arg(long, value_enum, default_value_t = ReferenceFormat::Binary)]
    pub(crate) format: ReferenceFormat,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SpecCommand {
    /// Say everything that is wrong with a spec; exit code 1 where anything is.
    ///
    /// Where nothing is wrong, it says what is allowed but hardly meant: thresholds that cannot be reached, bands between
    /// which nothing alerts, windows longer than holds. These are warnings and leave the exit code at 0.
    Check {
        /// TOML or JSON.
        file: PathBuf,
    },
    /// Print the JSON Schema of a spec, for editors and other checkers.
    Schema,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RulesCommand {
    /// Write the alerts as Prometheus rules with tests, or their route through Alertmanager.
    #[command(after_long_help = help::RULES_EXPORT)]
    Export(RulesExportArgs),
    /// Say whether a policy does what scenario files expect; exit code 1 where it does not.
    #[command(after_long_help = help::RULES_TEST)]
    Test(RulesTestArgs),
}

#[derive(Debug, Parser)]
pub(crate) struct RulesExportArgs {
    /// Settings as a file, TOML or JSON; left out, the shipped policy.
    #[arg(long, value_name = "FILE")]
    pub(crate) spec: Option<PathBuf>,
    /// For whom.
    #[arg(long, value_enum, default_value_t = RulesFormat::Prometheus)]
    pub(crate) format: RulesFormat,
    /// Write the files into this folder, which is there: driftline_rules.yml and driftline_rules_test.yml, or
    /// alertmanager.yml. Left out, the rules or the route go to standard output.
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: Option<PathBuf>,
    /// Where Alertmanager finds the Driftline server (Alertmanager only).
    #[arg(long, value_name = "URL", default_value = driftline_core::export::WEBHOOK_URL)]
    pub(crate) url: String,
    /// Where Alertmanager finds the token for that server, if it asks for one (Alertmanager only).
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<String>,
}

#[derive(Debug, Parser)]
pub(crate) struct RulesTestArgs {
    /// Scenario files, TOML or JSON.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// The policy under test, TOML or JSON; left out, the shipped one.
    #[arg(long, value_name = "FILE")]
    pub(crate) spec: Option<PathBuf>,
}

#[cfg(feature = "server")]
#[derive(Debug, Subcommand)]
pub(crate) enum StoreCommand {
    /// Say what a store holds. Changes nothing; a server may be at work on it.
    #[command(after_long_help = help::STORE_INSPECT)]
    Inspect(StoreArgs),
    /// Check every page, sum, hash and chain; exit code 1 where anything is not as it was written.
    #[command(after_long_help = help::STORE_VERIFY)]
    Verify(StoreArgs),
    /// Copy a store into one new file, whole or not at all; a server may be at work on it.
    #[command(after_long_help = help::STORE_BACKUP)]
    Backup {
        /// The server's data folder.
        dir: PathBuf,
        /// Where the copy goes; the file must not exist.
        file: PathBuf,
    },
}

#[cfg(feature = "server")]
#[derive(Debug, clap::Args)]
pub(crate) struct StoreArgs {
    /// The server's data folder.
    pub(crate) dir: PathBuf,
    /// For people, or as data.
    #[arg(long, value_enum, default_value_t = InspectFormat::Text)]
    pub(crate) format: InspectFormat,
}

/// How files are read.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Reading")]
pub(crate) struct ReadingArgs {
    /// How a column is counted, where its values do not tell; may be repeated.
    #[arg(long = "kind", value_name = "COL=numeric|categorical", value_parser = value::column_kind)]
    pub(crate) kinds: Vec<(String, Kind)>,
    /// How the instants of a column are written, where its values do not tell; may be repeated.
    #[arg(long = "time-form", value_name = "COL=FORM", value_parser = value::column_time_form)]
    #[arg(long_help = help::time_forms())]
    pub(crate) time_forms: Vec<(String, TimeForm)>,
    /// Stop at the first row or cell that cannot be read, instead of counting and skipping it.
    #[arg(long)]
    pub(crate) strict: bool,
    /// The character between fields: one, or `tab`; else worked out.
    #[arg(long, value_name = "C", value_parser = value::delimiter)]
    pub(crate) delimiter: Option<u8>,
    /// The first row holds values, not names.
    #[arg(long)]
    pub(crate) no_header: bool,
}

/// Which rows are the baseline.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Rows of the baseline")]
pub(crate) struct SelectionArgs {
    /// The first N rows are the baseline; without a second file the others are compared with them.
    #[arg(long, value_name = "N", value_parser = value::rows)]
    #[arg(conflicts_with_all = ["reference_from", "reference_to"])]
    pub(crate) reference_rows: Option<u64>,
    /// Rows from this instant on are the baseline; without a second file the others are compared with them.
    #[arg(long, value_name = "TIME", value_parser = value::instant)]
    pub(crate) reference_from: Option<Timestamp>,
    /// Rows before this instant are the baseline; without a second file the others are compared with them.
    #[arg(long, value_name = "TIME", value_parser = value::instant)]
    pub(crate) reference_to: Option<Timestamp>,
}

/// Which rows are compared apart, besides all of them together.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Windows and segments")]
pub(crate) struct ApartArgs {
    /// Compare each window of the current rows too: 1h, 1d, 1h30m, 5000rows, or auto.
    ///
    /// The spec's policy is asked about the windows: its alerts and triggers are in the JSON and the HTML report. Of several
    /// files each is a window, unless a length is given here: then their rows are cut as if they were one file's. auto takes
    /// several files one by one, of one file windows of time as long as leaves at most 100, of 300 rows on average if there are so many, and none where rows have
    /// no instants; it is what the HTML report does by itself.
    ///
    /// Windows of time need a column of instants and begin at multiples of their length since 1970 (UTC), so that days
    /// begin at midnight. They do not change the exit code; a window worse than the whole is warned of.
    #[arg(long, value_name = "SIZE", value_parser = value::window)]
    pub(crate) window: Option<WindowSize>,
    /// Compare the rows of each level of this column with the baseline's rows of that level; may be repeated.
    ///
    /// The column is one of categories, and the baseline is data, not a reference: its rows are read twice. The p-values
    /// are corrected over all segments. Segments do not change the exit code; one worse than the whole is warned of.
    #[arg(long = "by", value_name = "COLUMN")]
    pub(crate) by: Vec<String>,
    /// Levels of each --by column, the most frequent ones of the baseline (default 10).
    #[arg(long, value_name = "K", value_parser = value::top)]
    pub(crate) top: Option<u16>,
}

/// How the numbers are made and judged.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Policy")]
pub(crate) struct PolicyArgs {
    /// Settings as a file, TOML or JSON; flags go before it.
    #[arg(long, value_name = "FILE")]
    pub(crate) spec: Option<PathBuf>,
    /// Cells that PSI, KL and JS compare, of equal mass in the baseline: a divisor of 1000 (default 10).
    #[arg(long, value_name = "N", value_parser = value::bins)]
    pub(crate) bins: Option<BinCount>,
    /// Whose definitions decide (default driftline).
    #[arg(long, value_parser = value::convention(), long_help = help::conventions())]
    pub(crate) convention: Option<Convention>,
    /// Which side the Kullback-Leibler divergence describes by the other's shares (default current-from-reference).
    #[arg(long, value_name = "DIRECTION", value_parser = value::kl_direction())]
    pub(crate) kl_direction: Option<KlDirection>,
    /// Share of false findings among the tests that the corrected p-values may find (default 0.05).
    #[arg(long, value_name = "R", value_parser = value::rate)]
    pub(crate) false_discovery_rate: Option<f64>,
    /// The class that precision, recall and the probability figures are about; else told by its name (1, true, yes).
    #[arg(long, value_name = "CLASS")]
    pub(crate) positive: Option<String>,
}

/// What the terminal is told.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Terminal")]
pub(crate) struct ConsoleArgs {
    /// Colour: where the output is a terminal (and NO_COLOR is not set), always, or never.
    #[arg(long, value_enum, global = true, value_name = "WHEN", default_value_t = Color::Auto)]
    pub(crate) color: Color,
    /// No progress, notes or warnings on standard error; errors are still told.
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    Text,
    Json,
    Html,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum InspectFormat {
    Text,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReplayFormat {
    Text,
    Json,
    Html,
    Svg,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RulesFormat {
    /// Recording rules and alerts, and promtool's tests of them.
    Prometheus,
    /// A route to Driftline, and the inhibition of lower steps by higher ones.
    Alertmanager,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReferenceFormat {
    Binary,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Inconclusive {
    Pass,
    Fail,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    Auto,
    Always,
    Never,
}

impl From<Color> for anstream::ColorChoice {
    fn from(color: Color) -> anstream::ColorChoice {
        match color {
            Color::Auto => anstream::ColorChoice::Auto,
            Color::Always => anstream::ColorChoice::Always,
            Color::Never => anstream::ColorChoice::Never,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_definitions_hold_together() {
        Args::command().debug_assert();
    }
}
