//! The migrations are read from their folder as the crate is built: a text that is added there is a reason to build it.

fn main() {
    println!("cargo::rerun-if-changed=migrations");
}
