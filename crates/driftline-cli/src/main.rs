//! The `driftline` command.
//!
//! Files come in through [`source`], which streams them; [`command`] says what is done with them; [`output`] says it to
//! people and programs. What the files mean is decided in `driftline-core`, how they are read in `driftline-data`, and
//! the words are `driftline-charts`': the same as on every other front.

#![expect(
    clippy::std_instead_of_core,
    clippy::std_instead_of_alloc,
    reason = "a program of its own, which never runs without std"
)]

mod args;
mod columns;
mod command;
mod console;
mod exit;
mod fit;
mod help;
mod interrupt;
mod output;
mod policy;
mod progress;
mod source;

fn main() -> std::process::ExitCode {
    let args = args::Args::read();
    if !args.command.keeps_its_signals() {
        interrupt::install();
    }
    let exit = command::run(args);
    exit.into()
}
