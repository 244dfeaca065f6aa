//! `driftline rules export`: a policy for Prometheus and Alertmanager. `driftline rules test`: scenarios of a policy.

use driftline_core::export::{self, ALERTMANAGER_FILE, RULES_FILE, TESTS_FILE};

use crate::{
    args::{RulesCommand, RulesExportArgs, RulesFormat, RulesTestArgs},
    console::Console,
    exit::{Exit, Failure},
    output::Destination,
    policy,
};

pub(crate) fn run(command: &RulesCommand, console: Console) -> Result<Exit, Failure> {
    match command {
        RulesCommand::Export(args) => export(args, console),
        RulesCommand::Test(args) => test(args, console),
    }
}

fn export(args: &RulesExportArgs, console: Console) -> Result<Exit, Failure> {
    let policy = policy::of_rules(args.spec.as_deref())?;
    let (files, problems) = match args.format {
        RulesFormat::Prometheus => {
            let files = export::prometheus(&policy);
            (vec![(RULES_FILE, files.rules), (TESTS_FILE, files.tests)], files.problems)
        }
        RulesFormat::Alertmanager => (
            vec![(
                ALERTMANAGER_FILE,
                export::alertmanager(&policy, &args.url, args.token_file.as_deref()),
            )],
            Vec::new(),
        ),
    };
    if let Some(folder) = &args.output {
        let inputs: Vec<_> = args.spec.as_deref().into_iter().collect();
        // Every place is looked at before anything is written.
        let mut written = Vec::new();
        for (name, text) in files {
            let path = folder.join(name);
            written.push((Destination::find(Some(&path), &inputs)?, path, text));
        }
        for (destination, path, text) in written {
            destination.write(text.as_bytes())?;
            console.note(&format!("written to {}", path.display()));
        }
    } else if let Some((_, text)) = files.first() {
        Destination::find(None, &[])?.write(text.as_bytes())?;
    }
    let name = args.spec.as_deref().map_or("policy".into(), |path| path.to_string_lossy());
    for line in Failure::of_problems(&name, &problems).lines() {
        console.warn(line);
    }
    Ok(Exit::Clear)
}

fn test(args: &RulesTestArgs, console: Console) -> Result<Exit, Failure> {
    let policy = policy::of_rules(args.spec.as_deref())?;
    let mut exit = Exit::Clear;
    for path in &args.files {
        let file = policy::scenarios(path)?;
        let failures = file.run(&policy);
        if failures.is_empty() {
            let n = file.scenarios.len();
            let noun = if n == 1 { "scenario" } else { "scenarios" };
            console.note(&format!("{}: {n} {noun}, all as expected", path.display()));
            continue;
        }
        exit = Exit::Finding;
        for line in Failure::of_problems(&path.to_string_lossy(), &failures).lines() {
            console.error(line);
        }
    }
    Ok(exit)
}
