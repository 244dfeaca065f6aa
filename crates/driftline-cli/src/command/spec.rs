//! `driftline spec check`: everything that is wrong with a spec.

use crate::{
    args::SpecCommand,
    console::Console,
    exit::{Exit, Failure},
    policy,
};

pub(crate) fn run(command: &SpecCommand, console: Console) -> Result<Exit, Failure> {
    let SpecCommand::Check { file } = command;
    let problems = policy::problems_of(file)?;
    if problems.is_empty() {
        console.note(&format!("{}: nothing wrong", file.display()));
        return Ok(Exit::Clear);
    }
    problems.iter().for_each(|line| console.error(line));
    Ok(Exit::Finding)
}
