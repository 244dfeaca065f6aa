//! What `driftline serve` and `driftline token` take.

use std::{net::SocketAddr, path::PathBuf};

use clap::{ArgMatches, parser::ValueSource};
use serde::Deserialize;

/// Every setting is absent where nobody gave it, so that flags, environment and file can be laid over each other.
#[derive(Clone, Debug, Default, clap::Args, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ServeSettings {
    /// Where to listen (default 127.0.0.1:8000: this machine alone). Port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS:PORT", env = "DRIFTLINE_LISTEN")]
    pub(crate) listen: Option<SocketAddr>,
    /// The folder for all that is kept (default driftline-data); made where it is not there.
    #[arg(long, value_name = "DIR", env = "DRIFTLINE_DATA")]
    pub(crate) data: Option<PathBuf>,
    /// What is normal, for the model that events without a name belong to: CSV, TSV, NDJSON or JSON.
    #[arg(long, value_name = "FILE", env = "DRIFTLINE_BASELINE")]
    pub(crate) baseline: Option<PathBuf>,
    /// The same as a reference that `driftline profile` wrote: kilobytes, read at once.
    #[arg(long, value_name = "FILE", env = "DRIFTLINE_REFERENCE")]
    pub(crate) reference: Option<PathBuf>,
    /// Models without a baseline take their first N events for one.
    #[arg(long, value_name = "N", env = "DRIFTLINE_LEARN")]
    pub(crate) learn: Option<u64>,
    /// What is measured and decided, TOML or JSON, for models that were given no spec of their own.
    #[arg(long, value_name = "FILE", env = "DRIFTLINE_SPEC")]
    pub(crate) spec: Option<PathBuf>,
    /// Stream synthetic transactions that begin to drift after half a minute; with them as baseline where none is given.
    #[arg(long, env = "DRIFTLINE_DEMO", num_args = 0..=1, default_missing_value = "true", value_name = "true|false")]
    pub(crate) demo: Option<bool>,
    /// Who may ask: lines that `driftline token` writes. Without the file everybody may, and only this machine is
    /// listened to.
    #[arg(long, value_name = "FILE", env = "DRIFTLINE_TOKEN_FILE", help_heading = "Security")]
    pub(crate) token_file: Option<PathBuf>,
    /// Listen to other machines although no token is needed: where something in front asks for one.
    #[arg(long, env = "DRIFTLINE_INSECURE", num_args = 0..=1, default_missing_value = "true", value_name = "true|false")]
    #[arg(help_heading = "Security")]
    pub(crate) insecure: Option<bool>,
    /// The secret that orders are signed with (whsec_…), by Standard Webhooks; one a line, the current one first.
    #[arg(
        long,
        value_name = "FILE",
        env = "DRIFTLINE_WEBHOOK_SECRET_FILE",
        help_heading = "Security"
    )]
    pub(crate) webhook_secret_file: Option<PathBuf>,
    /// What {secret:NAME} stands for in rails.headers: the content of FILE, read at each attempt, sent to ORIGIN alone.
    ///
    /// NAME=ORIGIN,FILE, such as k8s=https://10.96.0.1,/var/run/secrets/kubernetes.io/serviceaccount/token: a spec, which is
    /// shown and kept, names secrets and holds none. May be repeated, or hold several with semicolons.
    #[arg(
        long = "header-secret",
        value_name = "NAME=ORIGIN,FILE",
        env = "DRIFTLINE_HEADER_SECRET",
        value_delimiter = ';',
        help_heading = "Security"
    )]
    pub(crate) header_secret: Vec<String>,
    /// A host, host:port or network inside that orders may go to, over plain HTTP too; others go to the outside by HTTPS
    /// alone. May be repeated, or hold several with commas.
    #[arg(
        long = "allow-to",
        value_name = "HOST",
        env = "DRIFTLINE_ALLOW_TO",
        value_delimiter = ',',
        help_heading = "Security"
    )]
    pub(crate) allow_to: Vec<String>,
    /// Certificates (PEM) that receivers' own may come from, in place of those that browsers know: for a private authority.
    #[arg(long, value_name = "FILE", env = "DRIFTLINE_WEBHOOK_CA_FILE", help_heading = "Security")]
    pub(crate) webhook_ca_file: Option<PathBuf>,
    /// Tell Alertmanager of alerts that fire and end, such as http://alertmanager:9093; it may be inside.
    #[arg(long, value_name = "URL", env = "DRIFTLINE_ALERTMANAGER", help_heading = "Actions")]
    pub(crate) alertmanager: Option<String>,
    /// A program that a spec may have orders carried out by, as rails.url = "command:NAME"; without it none is run.
    ///
    /// NAME=/path/of/program, or NAME=["/path/of/program", "argument", …]: no shell, and nothing of an order becomes an
    /// argument. The order comes on standard input and as DRIFTLINE_ID, DRIFTLINE_ACTION, DRIFTLINE_MODEL,
    /// DRIFTLINE_TARGET, DRIFTLINE_INCIDENT, DRIFTLINE_CURRENT_VERSION, DRIFTLINE_TARGET_VERSION and DRIFTLINE_NOT_AFTER.
    /// Exit code 0 is success, anything else is tried again under the same id. May be repeated.
    #[arg(
        long,
        value_name = "NAME=PROGRAM",
        env = "DRIFTLINE_COMMAND",
        value_delimiter = ';',
        help_heading = "Actions"
    )]
    pub(crate) command: Vec<String>,
    /// Seconds that such a program may take before it is killed (default 30).
    #[arg(
        long,
        value_name = "SECONDS",
        env = "DRIFTLINE_COMMAND_TIMEOUT",
        help_heading = "Actions"
    )]
    pub(crate) command_timeout: Option<u64>,
    /// Connections at the same time (default 1024).
    #[arg(long, value_name = "N", env = "DRIFTLINE_MAX_CONNECTIONS", help_heading = "Limits")]
    pub(crate) max_connections: Option<usize>,
    /// The largest the database may become, in bytes; past that events are refused (507) and all else goes on.
    #[arg(long, value_name = "BYTES", env = "DRIFTLINE_MAX_DATA_BYTES", help_heading = "Limits")]
    pub(crate) max_data_bytes: Option<u64>,
    /// Seconds that a request's headers may take (default 10).
    #[arg(long, value_name = "SECONDS", env = "DRIFTLINE_HEADER_TIMEOUT", help_heading = "Limits")]
    pub(crate) header_timeout: Option<u64>,
    /// Seconds that a request's body may take (default 30).
    #[arg(long, value_name = "SECONDS", env = "DRIFTLINE_BODY_TIMEOUT", help_heading = "Limits")]
    pub(crate) body_timeout: Option<u64>,
    /// Seconds that a connection may be silent between two requests (default 60).
    #[arg(long, value_name = "SECONDS", env = "DRIFTLINE_IDLE_TIMEOUT", help_heading = "Limits")]
    pub(crate) idle_timeout: Option<u64>,
    /// Names this server among several that count together (default the host's name).
    #[arg(long, value_name = "NAME", env = "DRIFTLINE_REPLICA")]
    pub(crate) replica: Option<String>,
    /// How the log on standard error is written (default text).
    #[arg(long, value_name = "FORMAT", env = "DRIFTLINE_LOG", help_heading = "Log")]
    pub(crate) log: Option<LogFormat>,
    /// Log every request, not only those that failed here or took more than a second.
    #[arg(long, env = "DRIFTLINE_LOG_REQUESTS", num_args = 0..=1, default_missing_value = "true", value_name = "true|false")]
    #[arg(help_heading = "Log")]
    pub(crate) log_requests: Option<bool>,
}

#[derive(Debug, clap::Parser)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    pub(crate) settings: ServeSettings,
    /// Settings as a TOML file, under the flags' names; flags and environment go before it.
    #[arg(long, value_name = "FILE", env = "DRIFTLINE_CONFIG")]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One object a line.
    Json,
}

#[derive(Debug, clap::Parser)]
pub(crate) struct TokenArgs {
    /// Whose it is: the audit trail names it.
    pub(crate) name: String,
    /// What it opens, with commas: ingest (send events and labels), read (look), admin (change and act).
    #[arg(long, value_name = "SCOPES", default_value = "ingest,read")]
    pub(crate) scopes: String,
    /// The models that it is for, with commas; all where none is named. What is about all models, such as /metrics, it does
    /// not open then.
    #[arg(long, value_name = "MODELS", value_delimiter = ',')]
    pub(crate) models: Vec<String>,
    /// Add the token's hash to this file, which is made where it is not there; else the line goes to standard error.
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
}

/// Where a baseline comes from: one of these.
const BASELINES: [&str; 3] = ["baseline", "reference", "learn"];

/// How many there are: none or one.
fn one_of(place: &str, names: impl Iterator<Item = String>) -> Result<usize, String> {
    let names: Vec<String> = names.collect();
    if names.len() < 2 {
        return Ok(names.len());
    }
    Err(format!("{place}: expected one of them, found {}", names.join(" and ")))
}

impl ServeSettings {
    /// Keeps of `--baseline`, `--reference` and `--learn` what the command line says, else what the environment says: one
    /// of the three says where a baseline comes from, so that a flag replaces whichever of them the environment names.
    ///
    /// # Errors
    /// One place names two of them.
    pub(crate) fn keep_one_baseline(&mut self, matches: &ArgMatches) -> Result<(), String> {
        let given = |source| {
            BASELINES.into_iter().filter(move |id| matches.value_source(id) == Some(source))
        };
        let flags = given(ValueSource::CommandLine).map(|id| format!("--{id}"));
        let flags = one_of("the command line", flags)?;
        let variables = given(ValueSource::EnvVariable)
            .map(|id| format!("DRIFTLINE_{}", id.to_ascii_uppercase()));
        if flags == 0 {
            one_of("the environment", variables)?;
            return Ok(());
        }
        for id in given(ValueSource::EnvVariable) {
            match id {
                "baseline" => self.baseline = None,
                "reference" => self.reference = None,
                _ => self.learn = None,
            }
        }
        Ok(())
    }

    /// The same of a file of settings.
    ///
    /// # Errors
    /// It names two of the three.
    pub(crate) fn check_one_baseline(&self) -> Result<(), String> {
        let given = [self.baseline.is_some(), self.reference.is_some(), self.learn.is_some()];
        let names = BASELINES.into_iter().zip(given).filter(|(_, is_given)| *is_given);
        one_of("the file", names.map(|(name, _)| name.to_string())).map(drop)
    }

    /// These over others: what is given here stands, what is not is taken from there.
    pub(crate) fn over(self, under: ServeSettings) -> ServeSettings {
        // One of the three says where a baseline comes from; from another place none of them is taken then.
        let has_baseline =
            self.baseline.is_some() || self.reference.is_some() || self.learn.is_some();
        let (baseline, reference, learn) = if has_baseline {
            (self.baseline, self.reference, self.learn)
        } else {
            (under.baseline, under.reference, under.learn)
        };
        ServeSettings {
            baseline,
            reference,
            learn,
            listen: self.listen.or(under.listen),
            data: self.data.or(under.data),
            spec: self.spec.or(under.spec),
            demo: self.demo.or(under.demo),
            token_file: self.token_file.or(under.token_file),
            insecure: self.insecure.or(under.insecure),
            webhook_secret_file: self.webhook_secret_file.or(under.webhook_secret_file),
            webhook_ca_file: self.webhook_ca_file.or(under.webhook_ca_file),
            header_secret: if self.header_secret.is_empty() {
                under.header_secret
            } else {
                self.header_secret
            },
            alertmanager: self.alertmanager.or(under.alertmanager),
            command: if self.command.is_empty() { under.command } else { self.command },
            command_timeout: self.command_timeout.or(under.command_timeout),
            allow_to: if self.allow_to.is_empty() { under.allow_to } else { self.allow_to },
            max_connections: self.max_connections.or(under.max_connections),
            max_data_bytes: self.max_data_bytes.or(under.max_data_bytes),
            header_timeout: self.header_timeout.or(under.header_timeout),
            body_timeout: self.body_timeout.or(under.body_timeout),
            idle_timeout: self.idle_timeout.or(under.idle_timeout),
            replica: self.replica.or(under.replica),
            log: self.log.or(under.log),
            log_requests: self.log_requests.or(under.log_requests),
        }
    }
}
