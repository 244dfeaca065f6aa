//! Megabytes of text read per second.
fn main() {
    divan::main();
}
