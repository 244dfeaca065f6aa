//! Starts the page.

fn main() {
    driftline_web::page::mount();
}
