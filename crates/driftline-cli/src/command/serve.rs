//! `driftline serve` and `driftline token`.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    time::Duration,
};

use driftline_core::{lint, spec::MonitorSpec};
use driftline_data::{ReadOptions, Selection};
use driftline_server::{
    demo::Demo,
    http::{self, Timeouts, Tokens, new_token},
    log::{Format, Log},
    outbox::{
        Commands, DeliverySettings, Guard, HeaderSecret, HttpSettings, NamedCommand, Permit,
        Secret, parse_authorities,
    },
    serve::{Config, serve},
    store,
};

use crate::{
    args::{LogFormat, ServeArgs, ServeSettings, TokenArgs},
    console::Console,
    exit::{Exit, Failure},
    policy,
    source::Source,
};

const PORT: u16 = 8000;
/// The folder for all that is kept, where nobody names another.
const DATA: &str = "driftline-data";
/// Files of people that are longer than this are others, given by mistake.
const MAX_FILE_BYTES: u64 = 1 << 20;
/// The sample that the page shows too.
const SAMPLE: [&str; 2] = [
    include_str!("../../../../web/samples/transactions/baseline.csv"),
    include_str!("../../../../web/samples/transactions/current.csv"),
];

pub(crate) fn run(args: ServeArgs, console: Console) -> Result<Exit, Failure> {
    let settings = match &args.config {
        Some(path) => args.settings.over(of_file(path)?),
        None => args.settings,
    };
    let format = match settings.log {
        Some(LogFormat::Json) => Format::Json,
        Some(LogFormat::Text) | None => Format::Text,
    };
    let log = Log::new(format, settings.log_requests.unwrap_or(false));
    let config = config(settings, console)?;
    serve(config, &log).map_err(|error| Failure::new(error.to_string()))?;
    Ok(Exit::Clear)
}

fn config(settings: ServeSettings, console: Console) -> Result<Config, Failure> {
    let (spec, place) = policy::base(settings.spec.as_deref())?;
    let checked = policy::check(&spec, &place)?;
    // Of a spec that somebody wrote; the shipped one does nothing by itself.
    let warnings =
        if settings.spec.is_some() { lint::lint(&spec.clone().parts().1) } else { Vec::new() };
    for warning in warnings {
        console.warn(&format!("{place}: {}: {}", warning.place, warning.message));
    }
    let is_demo = settings.demo.unwrap_or(false);
    let given = settings.baseline.as_deref().or(settings.reference.as_deref());
    let baseline = match given {
        Some(path) => {
            let mut source = if settings.reference.is_some() {
                Source::find(path)?
            } else {
                Source::find_data(path)?
            };
            let reference = if settings.reference.is_some() {
                source.read_reference(console)?
            } else {
                let options = ReadOptions::default();
                source
                    .read_baseline(options, Selection::all(), &checked.monitor, console)?
                    .reference
            };
            Some(reference.encode())
        }
        None if is_demo && settings.learn.is_none() => {
            let name = "transactions (sample)";
            let mut intake = driftline_data::BaselineIntake::new(
                name,
                ReadOptions::default(),
                checked.monitor.counting(),
            );
            let read = intake.push(SAMPLE[0].as_bytes()).and_then(|()| intake.finish());
            Some(read.map_err(|error| Failure::new(error.to_string()))?.reference.encode())
        }
        None => None,
    };
    if settings.learn == Some(0) {
        return Err(Failure::new("--learn: expected a number of events from 1 on, found 0"));
    }
    let tokens = match &settings.token_file {
        None => Tokens::default(),
        Some(path) => Tokens::parse(&text_of(path)?)
            .map_err(|error| Failure::new(format!("{}: {error}", path.display())))?,
    };
    let delivery = delivery(&settings)?;
    let seconds =
        |given: Option<u64>, shipped: Duration| given.map_or(shipped, Duration::from_secs);
    let shipped = Timeouts::default();
    let replica = settings.replica.or_else(host_name).unwrap_or_else(|| "driftline".into());
    Ok(Config {
        listen: settings.listen.unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, PORT))),
        allow_open: settings.insecure.unwrap_or(false),
        data: settings.data.unwrap_or_else(|| DATA.into()),
        store: store::Options { max_bytes: settings.max_data_bytes, ..store::Options::default() },
        http: http::Settings {
            max_connections: settings.max_connections.unwrap_or(1024).max(1),
            timeouts: Timeouts {
                header: seconds(settings.header_timeout, shipped.header),
                body: seconds(settings.body_timeout, shipped.body),
                idle: seconds(settings.idle_timeout, shipped.idle),
                write: shipped.write,
            },
            tokens,
            version: env!("CARGO_PKG_VERSION").into(),
            replica,
            ..http::Settings::default()
        },
        delivery,
        station: driftline_server::serve::Settings {
            learn: settings.learn,
            spec: settings.spec.is_some().then(|| as_json(&spec)).transpose()?,
        },
        baseline,
        demo: is_demo.then(|| Demo::new(SAMPLE[0], SAMPLE[1])),
    })
}

fn as_json(spec: &MonitorSpec) -> Result<String, Failure> {
    serde_json::to_string(spec).map_err(|error| Failure::new(error.to_string()))
}

/// How long a program that carries out orders may take, in seconds.
const COMMAND_TIMEOUT: u64 = 30;

fn delivery(given: &ServeSettings) -> Result<DeliverySettings, Failure> {
    let mut settings = HttpSettings::default();
    let permits = given.allow_to.iter().map(|text| text.parse::<Permit>());
    let permits: Result<Vec<Permit>, _> = permits.collect();
    let mut permits = permits.map_err(|error| Failure::new(format!("--allow-to: {error}")))?;
    if let Some(url) = &given.alertmanager {
        // Whoever names it means it, inside or not.
        permits.push(permit_of(url)?);
    }
    settings.guard = Guard::new(permits);
    if let Some(path) = &given.webhook_ca_file {
        settings.authorities = parse_authorities(text_of(path)?.as_bytes())
            .map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
    }
    if let Some(path) = given.webhook_secret_file.as_deref() {
        let text = text_of(path)?;
        let lines =
            text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let secrets: Result<Vec<Secret>, _> = lines.map(Secret::parse).collect();
        let secrets =
            secrets.map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
        settings.secrets.insert(String::new(), secrets);
    }
    for text in &given.header_secret {
        let secret: HeaderSecret =
            text.parse().map_err(|why| Failure::new(format!("--header-secret: {why}")))?;
        settings.header_secrets.insert(secret.name.clone(), secret);
    }
    let commands = given.command.iter().map(|text| text.parse::<NamedCommand>());
    let commands: Result<Vec<NamedCommand>, _> = commands.collect();
    let commands = commands.map_err(|error| Failure::new(format!("--command: {error}")))?;
    let timeout = Duration::from_secs(given.command_timeout.unwrap_or(COMMAND_TIMEOUT).max(1));
    Ok(DeliverySettings {
        http: settings,
        commands: Commands::new(commands, timeout),
        alertmanager: given.alertmanager.clone(),
    })
}

/// The host and port of an address.
fn permit_of(url: &str) -> Result<Permit, Failure> {
    let wrong = || {
        let expected = "expected an address such as http://alertmanager:9093";
        Failure::new(format!("--alertmanager: {expected}, found {url:?}"))
    };
    let (scheme, rest) = url.split_once("://").ok_or_else(wrong)?;
    let default_port = match scheme {
        "http" => 80,
        "https" => 443,
        _ => return Err(wrong()),
    };
    let host = rest.split('/').next().unwrap_or_default();
    let has_port = host.rsplit_once(':').is_some_and(|(_, port)| {
        !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())
    });
    let with_port = if has_port { host.to_string() } else { format!("{host}:{default_port}") };
    with_port.parse().map_err(|_| wrong())
}

/// Settings of a file; its paths are relative to its folder.
fn of_file(path: &Path) -> Result<ServeSettings, Failure> {
    let text = text_of(path)?;
    let mut settings: ServeSettings = policy::parse(path, &text)?;
    settings
        .check_one_baseline()
        .map_err(|why| Failure::new(format!("{}: {why}", path.display())))?;
    let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
    let beside = |path: &mut Option<PathBuf>| {
        if let Some(path) = path {
            *path = folder.join(&*path);
        }
    };
    beside(&mut settings.data);
    beside(&mut settings.baseline);
    beside(&mut settings.reference);
    beside(&mut settings.spec);
    beside(&mut settings.token_file);
    beside(&mut settings.webhook_secret_file);
    beside(&mut settings.webhook_ca_file);
    Ok(settings)
}

fn text_of(path: &Path) -> Result<String, Failure> {
    let refuse = |why: &dyn std::fmt::Display| Failure::new(format!("{}: {why}", path.display()));
    let length = fs::metadata(path).map_err(|error| refuse(&error))?.len();
    if length > MAX_FILE_BYTES {
        return Err(refuse(&"expected a file of at most 1 MiB, found a larger one"));
    }
    fs::read_to_string(path).map_err(|error| refuse(&error))
}

fn host_name() -> Option<String> {
    let name = fs::read_to_string("/etc/hostname").ok()?;
    Some(name.trim().to_string()).filter(|name| !name.is_empty())
}

/// Makes a token: itself to standard output, once; its hash into the file.
pub(crate) fn token(args: &TokenArgs, console: Console) -> Result<Exit, Failure> {
    let (token, line) = new_token(&args.name, &args.scopes, &args.models).map_err(Failure::new)?;
    match &args.token_file {
        None => console.note(&format!("the line for the token file: {line}")),
        Some(path) => {
            let refuse = |error: io::Error| Failure::new(format!("{}: {error}", path.display()));
            let before = if path.exists() { text_of(path)? } else { String::new() };
            let after = format!("{before}{line}\n");
            Tokens::parse(&after)
                .map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
            let mut file =
                OpenOptions::new().append(true).create(true).open(path).map_err(refuse)?;
            let ended = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
            file.write_all(format!("{ended}{line}\n").as_bytes()).map_err(refuse)?;
        }
    }
    writeln!(io::stdout(), "{token}").map_err(|error| Failure::new(error.to_string()))?;
    Ok(Exit::Clear)
}
