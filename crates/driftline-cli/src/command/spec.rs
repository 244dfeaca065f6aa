//! `driftline spec check`: everything that is wrong with a spec. `driftline spec schema`: what one may hold.

use std::path::Path;

use driftline_core::spec::MonitorSpec;

use crate::{
    args::SpecCommand,
    console::Console,
    exit::{Exit, Failure},
    output::Destination,
    policy,
};

pub(crate) fn run(command: &SpecCommand, console: Console) -> Result<Exit, Failure> {
    match command {
        SpecCommand::Check { file } => check(file, console),
        SpecCommand::Schema => {
            let schema = MonitorSpec::schema();
            let text = serde_json::to_string_pretty(&schema).expect("a schema is plain data");
            Destination::find(None, &[])?.write((text + "\n").as_bytes())?;
            Ok(Exit::Clear)
        }
    }
}

fn check(file: &Path, console: Console) -> Result<Exit, Failure> {
    let (mistakes, warnings) = policy::said_of(file)?;
    if !mistakes.is_empty() {
        mistakes.iter().for_each(|line| console.error(line));
        return Ok(Exit::Finding);
    }
    warnings.iter().for_each(|line| console.warn(line));
    console.note(&match warnings.len() {
        0 => format!("{}: nothing wrong", file.display()),
        n => format!("{}: nothing wrong, {n} to look at", file.display()),
    });
    Ok(Exit::Clear)
}
