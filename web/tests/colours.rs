//! The page's colours are those of the charts.

use driftline_charts::Ink;

#[test]
fn every_ink_has_its_colours_in_the_stylesheet() {
    let tokens = include_str!("../style/tokens.css");
    for ink in Ink::all() {
        let line = format!("--drift-{}: light-dark({}, {});", ink.name(), ink.light(), ink.dark());
        assert!(tokens.contains(&line), "expected {line} in tokens.css");
    }
}
