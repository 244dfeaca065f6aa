//! `driftline store`: what a server keeps on disk, whether it is sound, and a copy of it.

use driftline_server::store::{self, Inspection, StoreError};
use serde::Serialize;

use crate::{
    args::{InspectFormat, StoreCommand},
    console::Console,
    exit::{Exit, Failure},
    output::{Destination, text},
};

pub(crate) fn run(command: &StoreCommand, console: Console) -> Result<Exit, Failure> {
    match command {
        StoreCommand::Inspect(args) => {
            let inspection = store::inspect(&args.dir).map_err(failure)?;
            tell(args.format, &inspection, text::store::inspection)?;
            if let Some(acknowledged) = lost(&inspection) {
                console.warn(&format!(
                    "commands up to {acknowledged} were acknowledged, the last that is there is {}",
                    inspection.last_seq
                ));
            }
            Ok(Exit::Clear)
        }
        StoreCommand::Verify(args) => {
            let verification = store::verify(&args.dir).map_err(failure)?;
            tell(args.format, &verification, text::store::verification)?;
            let is_sound = verification.findings.is_empty();
            Ok(if is_sound { Exit::Clear } else { Exit::Finding })
        }
        StoreCommand::Backup { dir, file } => {
            let bytes = store::backup(dir, file).map_err(failure)?;
            console.note(&format!("{}: {bytes} bytes, checked", file.display()));
            Ok(Exit::Clear)
        }
    }
}

fn failure(error: StoreError) -> Failure {
    Failure::new(error.to_string())
}

/// What was acknowledged and is not there.
fn lost(inspection: &Inspection) -> Option<u64> {
    inspection.acknowledged.filter(|acknowledged| *acknowledged > inspection.last_seq)
}

fn tell<T: Serialize>(
    format: InspectFormat,
    told: &T,
    in_words: fn(&T) -> String,
) -> Result<(), Failure> {
    let text = match format {
        InspectFormat::Text => in_words(told),
        InspectFormat::Json => {
            let text = serde_json::to_string_pretty(told)
                .expect("plain data with text keys is written into memory");
            text + "\n"
        }
    };
    Destination::StandardOutput.write(text.as_bytes())
}
