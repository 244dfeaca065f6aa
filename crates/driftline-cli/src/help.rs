//! What `--help` teaches, beyond the list of flags.

use driftline_core::{convention::Convention, time::TimeForm};

pub(crate) const ABOUT: &str =
    "Has the data drifted? Compares two files column by column, and says how sure it is.";

pub(crate) const SHORT: &str = "\
Examples:
  driftline compare baseline.csv current.csv
  driftline profile baseline.csv -o baseline.driftline

`driftline --help` tells what the verdicts and exit codes mean, `driftline compare --help` more.";

macro_rules! severities {
    () => {
        "\
Severities, by the Population Stability Index (PSI):
  none            below 0.1
  moderate        0.1 to 0.2    worth a look
  significant     0.2 to 0.25   worth a person's time today
  critical        above 0.25    worth waking somebody
  inconclusive    too few rows, or nothing to compare: no data is never a pass
It is the lower end of the PSI's interval that is judged: many rows are judged as the textbook does,
and a large PSI that few rows give by chance is not called a drift. The report's severity is that of
its worst decided column."
    };
}

macro_rules! exit_codes {
    () => {
        "\
Exit codes:
  0    nothing found
  1    a finding: a column at or above --fail-on (significant, unless you say otherwise), or one
       that could not be decided and --inconclusive fail
       The comparison of all rows decides. A window or segment that is worse is warned of on
       standard error and does not change the code.
  2    could not run: a file cannot be read, the files share no column, a flag is wrong
  130  interrupted by Ctrl-C; no half-written file is left"
    };
}

pub(crate) const LONG: &str = concat!(
    "\
Examples:
  driftline compare baseline.csv current.csv
      A table of the columns, worst first. The exit code says whether anything drifted.
  driftline compare baseline.csv current.csv --format html -o drift.html
      The same with charts, as one file that opens without network or script.
  driftline profile baseline.csv -o baseline.driftline
  driftline compare baseline.driftline current.csv
      Keep a few kilobytes of the baseline instead of its rows; the verdicts are the same.
  driftline inspect baseline.driftline --against current.csv
      What the reference holds, and whether a file fits it.
  driftline compare baseline.csv current.csv --window 1d --by country
      When it drifted, and for whom.
  driftline replay baseline.csv current.csv
      Which alerts would have fired, and when.
  driftline rules export -o prometheus
      The same alerts for Prometheus.

",
    severities!(),
    "\n\n",
    exit_codes!()
);

pub(crate) const COMPARE_SHORT: &str =
    "Exit codes: 0 nothing found, 1 a finding, 2 could not run. `--help` has examples.";

pub(crate) const COMPARE: &str = concat!(
    "\
Examples:
  driftline compare baseline.csv current.csv
      A table of the columns, worst first.
  driftline compare baseline.csv current.csv --role churned=label --kind zip_code=categorical
      Say what a column is for and how it is counted, where name and values do not tell.
  driftline compare baseline.csv current.csv --fail-on critical --inconclusive fail --quiet
      A gate in a pipeline: only critical drift stops it, and too little data does.
  driftline compare baseline.csv current.csv --format json | jq '.drift.psi_scores'
      The report as data.
  driftline compare baseline.csv current.csv --window 1d
      Each day by itself as well: severity, largest PSI, latency, errors, accuracy.
  driftline compare baseline.csv monday.csv tuesday.csv wednesday.csv
      All three together, which decides, and each of them by itself.
  driftline compare 'old/*.csv.gz' new/
      All files of a pattern with all those of a folder, each side as if its rows were in one file.
  driftline compare baseline.csv current.csv --by country --by device --top 5
      Each of the five most frequent countries and devices with the baseline's rows of the same.
  driftline compare baseline.csv current.csv --column age --column country
      Everything about two columns: every measure, every cell.
  driftline compare log.csv --reference-rows 10000 --window 5000rows
  driftline compare log.csv --reference-from 2024-01-01 --reference-to 2024-02-01 --window 1d
      One file as both: the first rows, or those of January, are the baseline and the others are compared.
  driftline compare baseline.csv current.csv --format html -o drift.html
      One file with charts, to be kept or sent.
  zcat current.csv.gz | driftline compare baseline.driftline -
      From a pipe, against a reference written by `driftline profile`.

A spec holds the same settings and more, for instance drift.toml:
  bins = 20
  thresholds = { moderate = 0.05 }
  [columns.churned]
  role = \"label\"

",
    severities!(),
    "\n\n",
    exit_codes!()
);

pub(crate) const REPLAY_SHORT: &str =
    "Exit codes: 0 nothing fired, 1 something fired, 2 could not run. `--help` has examples.";

pub(crate) const REPLAY: &str = "\
Examples:
  driftline replay baseline.csv march.csv
      The shipped policy over March, an hour at a time: when each alert was pending, fired and ended, and
      what each trigger did, or which rail stopped it.
  driftline replay baseline.driftline march.csv --window 15m --policy rules.toml
      Your own policy, before anybody switches it on.
  driftline replay baseline.csv march.csv --sweep psi_score=0.1..0.4:0.05
      How many alerts and rollbacks each threshold would have given: choose one.
  driftline replay baseline.csv 2024-03-*.csv
      A file for each day: files are the windows, in the order given.
  driftline replay baseline.csv rows.csv --window 5000rows --policy rules.toml
      Rows without instants. Holds count windows then: for = \"3windows\".
  driftline replay baseline.csv march.csv --format json | jq '.timeline[]'
      The same as data.
  driftline replay baseline.csv march.csv --format html -o march.html
      The same as one page: timeline, alerts, triggers, thresholds. --format svg draws the timeline alone.

A policy holds rules, triggers, rails and objectives; what it leaves out is the shipped one. For instance rules.toml:
  [[rules]]
  name = \"AgeDrifts\"
  metric = 'psi_score{feature=\"age\"}'
  threshold = 0.2
  for = \"2h\"
  severity = \"critical\"

  [[triggers]]
  metric = \"error_rate\"
  threshold = 0.05
  action = \"rollback\"

  [rails]
  on_inputs_alone = true

Windows say psi_score, prediction_psi, latency_p50, latency_p95, latency_p99, error_rate and burn_rate;
burn_rate{long=\"1h\",short=\"5m\"} is the smaller one of two times, summed over the windows in them. Every window is
handled at the instant at which it ends; nothing is looked at in between, and nothing is done, whatever the mode; modes
auto and approve take it that an earlier version is there to go back to. A rule
needs windows of at least live.min_samples rows (300) and, with a hold, two of them; an action needs three in a row. Time
to detect counts from the beginning of the first window in which the condition was true.

Exit codes: 0 nothing fired, 1 an alert fired or a trigger acted, 2 could not run, 130 interrupted.";

pub(crate) const RULES_EXPORT: &str = "\
Examples:
  driftline rules export | promtool check rules /dev/stdin
      The shipped policy as Prometheus rules. (promtool 2 reads no standard input by itself.)
  driftline rules export --spec drift.toml -o prometheus
  cd prometheus && promtool test rules driftline_rules_test.yml
      Your own policy, and promtool's tests of every alert on both sides of its threshold, its hold and its guards.
  driftline rules export --format alertmanager --url https://drift.example/v1/alertmanager -o prometheus
  amtool check-config prometheus/alertmanager.yml
      The route of the alerts to a Driftline server; a higher step of a ladder inhibits the lower ones.

The rules add up the counters that every replica exposes on /metrics, and compute PSI, percentiles and shares of the
sums. What Prometheus does otherwise than Driftline stands in the file's first lines; what it cannot be given is warned
of, and stands there too. Triggers stay with Driftline.

Exit codes: 0 written, 2 could not run; a file is written whole or not at all.";

pub(crate) const RULES_TEST: &str = "\
Examples:
  driftline rules test scenarios.toml
      Does the shipped policy do what the scenarios expect?
  driftline rules test tests/*.toml --spec drift.toml

A scenario gives series in promtool's notation (0.6+0x4 is 0.6 five times, _ is missing), one window at each interval,
and says what must be when. For instance scenarios.toml:
  [[scenarios]]
  name = \"errors roll back, once\"
  interval = \"1m\"
  rows = 1000
  events = [{ at = \"0s\", version = \"1\" }, { at = \"0s\", version = \"2\" }]
  [scenarios.series]
  error_rate = \"0.2+0x9\"
  'psi_score{feature=\"age\"}' = \"0.05+0x9\"
  [[scenarios.expect]]
  at = \"2m\"
  triggers = { \"error_rate > 0.05: rollback\" = \"counting\" }
  effects = []
  [[scenarios.expect]]
  at = \"3m\"
  effects = [\"rollback of model from 2 to 1\"]
  [[scenarios.expect]]
  at = \"9m\"
  alerts = { CriticalDataDrift = \"inactive\" }
  effects = []
  blocked_by = \"one_action\"

Alerts are inactive, pending, firing or resolved; triggers off, counting or on. Effects are all since the expectation
before, each by a part of its words. blocked_by is none or a rail: kill_switch, mode, evidence, flapping, one_action,
freeze, settle, cooldown, not_expected_to_help, no_target, ping_pong, budget, approval. Events are a version that
serves, kill_switch = true, approved_by = \"somebody\". `lower` gives the lower ends of PSI.

Exit codes: 0 all as expected, 1 something was not, 2 could not run.";

pub(crate) const PROFILE: &str = "\
Examples:
  driftline profile baseline.csv -o baseline.driftline
  driftline compare baseline.driftline current.csv
  driftline profile baseline.driftline --format json -o baseline.json
      The same reference in the form for people.
  driftline profile february.csv --on january.driftline -o february.driftline
  driftline merge january.driftline february.driftline -o both.driftline
      February on January's bins, and the two added up.

A reference holds the baseline's columns, its quantiles or levels, and its counts: about 16 kB for a
numeric column, and no rows. Levels of categories and quantiles of numbers are values of your data.
Comparing with it gives the same verdicts as comparing with the baseline itself. Statistics of values one
by one, such as Kolmogorov-Smirnov, come from its grid then and say how far they may be off; segments
(--by) need the rows. Roles, bins and thresholds are chosen when comparing; but latencies, errors and
predictions against labels are counted here, by the roles and the positive class that are said here.

Exit codes: 0 written, 2 could not run, 130 interrupted; a file is written whole or not at all.";

pub(crate) const INSPECT: &str = "\
Examples:
  driftline inspect baseline.driftline
      Rows, span, columns with role, kind, cells or levels, what is missing, what is peculiar.
  driftline inspect baseline.driftline --against current.csv
      Does the file fit? One line for each column that is missing, extra, of another kind or hard to read.
  driftline inspect baseline.driftline --format json | jq '.columns[].name'

Exit codes: 0 the reference can be read, and the file fits; 1 the file does not fit; 2 could not run.";

pub(crate) const MERGE: &str = "\
Examples:
  driftline profile january.csv -o january.driftline
  driftline profile february.csv --on january.driftline -o february.driftline
  driftline merge january.driftline february.driftline -o both.driftline

Counts add up only where they are counted on the same bins: make the first reference as usual, the others with
`--on` the first. The bins stay those of the first; the rows are those of all.

Exit codes: 0 written, 2 could not run, 130 interrupted; a file is written whole or not at all.";

#[cfg(feature = "server")]
pub(crate) const SERVE_SHORT: &str = "\
Examples:
  driftline serve --demo
  driftline serve --baseline baseline.csv --spec drift.toml

`driftline serve --help` tells what to send, and how settings are laid over each other.";

#[cfg(feature = "server")]
pub(crate) const SERVE: &str = "\
Examples:
  driftline serve --demo
      Try it: synthetic transactions that begin to drift. Then open http://localhost:8000, or
  curl localhost:8000/drift
  driftline serve --baseline baseline.csv --data /var/lib/driftline
      Watch one model. Send what it answers, and ask:
  curl localhost:8000/monitor --json '{\"features\": {\"amount\": 150.0}, \"prediction\": \"legitimate\", \"latency_ms\": 12.5}'
  curl localhost:8000/drift
  driftline serve --learn 5000
      No baseline yet: the first 5000 events become one. Until then /drift is inconclusive and says why.
  driftline token checkout --scopes ingest --token-file tokens
  driftline serve --listen 0.0.0.0:8000 --token-file tokens --baseline baseline.driftline
      Listen to other machines: whoever asks needs a token, as Authorization: Bearer …

Addresses: POST /monitor; GET /drift /latency /alerts /metrics /health; /openapi.json lists all of them.

An answer of 200 to /monitor says: on disk (fsync), counted once for its Idempotency-Key, there after
kill -9 and power loss. 429: more is sent than can be written, try again after Retry-After. 503: not
ready. 507: the disk is full; reading goes on, and writing when there is room.

Actions are dry runs until the spec says otherwise (rails.mode = \"approve\" or \"auto\", rails.url):
orders go to an address, signed, or to a program that --command has enabled. Alerts go to --alertmanager.

Settings: a flag goes before the environment (DRIFTLINE_LISTEN for --listen, and so on), that before
the file of --config, that before what is shipped. --baseline, --reference and --learn are one
setting: whichever is given replaces all three of the places below. The file is TOML with the flags' names:
  listen = \"127.0.0.1:8000\"
  baseline = \"baseline.csv\"      # paths are relative to the file
  allow-to = [\"deploy.internal:8080\"]

Signals: SIGTERM and SIGINT (Ctrl-C) stop accepting, finish what has begun (10 s at most), write a
checkpoint and exit with 0; a second one stops at once, and nothing acknowledged is lost either way.

Exit codes: 0 stopped when asked to, 2 could not start or the disk failed.";

#[cfg(feature = "server")]
pub(crate) const TOKEN: &str = "\
Examples:
  driftline token checkout --scopes ingest --token-file tokens
      For whoever sends events. The token is printed; the file gets its name, scopes and SHA-256.
  driftline token prometheus --scopes read --token-file tokens
  driftline token operator --scopes ingest,read,admin --token-file tokens
      For people: uploads, specs, approvals, the kill switch. The audit trail says \"operator\".
  driftline token shop --scopes ingest,read --models checkout,returns --token-file tokens
      For two models and no others.

To withdraw a token, remove its line and restart the server.

Exit codes: 0 made, 2 could not run.";

#[cfg(feature = "server")]
pub(crate) const STORE: &str = "\
A server keeps everything in one folder, in one SQLite database: a journal of what it acknowledged, the last two states
(checkpoints), the audit trail, history, and what is still to be delivered (outbox).

Examples:
  driftline store inspect /var/lib/driftline
  driftline store verify /var/lib/driftline
  driftline store backup /var/lib/driftline monday.db

Exit codes: 0 done, and sound; 1 `verify` found something that is not as it was written; 2 could not run.";

#[cfg(feature = "server")]
pub(crate) const STORE_INSPECT: &str = "\
Examples:
  driftline store inspect /var/lib/driftline
      Last command, journal, checkpoints, keys, audit chains, outbox, history, and the process that is at work on it.
  driftline store inspect /var/lib/driftline --format json | jq .outbox
      What waits to be delivered, as data.

Exit codes: 0 it can be read, 2 could not run.";

#[cfg(feature = "server")]
pub(crate) const STORE_VERIFY: &str = "\
What is checked: SQLite's own pages and indexes; the checksum of every journal entry, and that no number is missing; the
hash of each checkpoint; every audit row's hash and the chain they form; the checksums of outbox rows and of answers under
an idempotency key; and that the last command that was acknowledged is there.

Examples:
  driftline store verify /var/lib/driftline && driftline store backup /var/lib/driftline monday.db
  driftline store verify /var/lib/driftline --format json | jq '.findings[]'

Where the newest checkpoint is damaged, the server starts from the one before and the journal. Where the journal is, it
refuses to start: put back a copy, or move the files away to begin anew; nothing is ever repaired by guessing.

Exit codes: 0 sound; 1 something is not as it was written; 2 could not run.";

#[cfg(feature = "server")]
pub(crate) const STORE_BACKUP: &str = "\
Examples:
  driftline store backup /var/lib/driftline monday.db
      A consistent copy while the server runs; checked, readable by you alone.
  mkdir -m 700 restored && cp monday.db restored/driftline.db && driftline store verify restored
      To restore: a folder with the copy in it as driftline.db is a store.

Exit codes: 0 written, 2 could not run; a file is written whole or not at all.";

/// Every convention, with what decides by it.
pub(crate) fn conventions() -> String {
    let lines = Convention::ALL.map(|c| format!("\n{}: {}.", c.name(), c.summary()));
    format!(
        "Whose definitions decide (default {}).\n{}",
        Convention::default().name(),
        lines.concat()
    )
}

/// Every form of instants, with an example.
pub(crate) fn time_forms() -> String {
    let lines = TimeForm::ALL.map(|form| format!("\n  {:<15} {}", form.name(), form.example()));
    format!(
        "How the instants of a column are written, where its values do not tell (03/04/2024); may be repeated.\n\n\
         FORM is one of, for half past ten on 15 January 2024:{}",
        lines.concat()
    )
}
