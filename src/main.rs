//! `hub-credits`: one binary that serves, and does what an operator does beside it.

mod cli;

fn main() -> std::process::ExitCode {
    cli::run()
}
