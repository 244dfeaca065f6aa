//! What the command line can do: one file for each command.

mod compare;
pub(crate) mod inspect;
mod merge;
mod profile;
mod replay;
mod rules;
#[cfg(feature = "server")]
mod serve;
mod spec;
#[cfg(feature = "server")]
mod store;

use crate::{
    args::{Args, Command},
    console::Console,
    exit::Exit,
};

/// Does what was asked, and says on standard error why where it cannot.
pub(crate) fn run(args: Args) -> Exit {
    let color = args.console.color.into();
    let console = Console::new(color, args.console.quiet);
    let done = match args.command {
        Command::Compare(args) => compare::run(&args, color, console),
        Command::Profile(args) => profile::run(&args, console),
        Command::Inspect(args) => inspect::run(&args, color, console),
        Command::Merge(args) => merge::run(&args, console),
        Command::Replay(args) => replay::run(&args, color, console),
        Command::Spec(command) => spec::run(&command, console),
        Command::Rules(command) => rules::run(&command, console),
        #[cfg(feature = "server")]
        Command::Serve(args) => serve::run(*args, console),
        #[cfg(feature = "server")]
        Command::Token(args) => serve::token(&args, console),
        #[cfg(feature = "server")]
        Command::Store(command) => store::run(&command, console),
    };
    done.unwrap_or_else(|failure| {
        failure.lines().iter().for_each(|line| console.error(line));
        Exit::Failed
    })
}
