//! `hub-credits`: one binary that serves, and has the operator's commands.

mod cli;

fn main() -> std::process::ExitCode {
    cli::run()
}
