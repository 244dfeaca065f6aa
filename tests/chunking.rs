//! However a file's bytes arrive, the Report is the same to the byte.

use std::{fs, sync::OnceLock};

use driftline_core::{monitor::Monitor, spec::CompareSpec, time::Timestamp};
use driftline_tests::{
    pair::{Pieces, read_pair},
    sets,
};
use proptest::prelude::*;

/// What CSV files get wrong and get away with: a byte-order mark, CRLF beside LF, quoted separators, newlines and
/// quotes, a blank line, rows too short and too long, every word for nothing, letters of several bytes, a NUL, a cell that
/// is not of its column's kind, and no newline at the end.
const NASTY: &str = "\u{feff}timestamp,\"transaction, amount\",city,note,error\r\n\
    2024-01-15T10:30:00Z,150.00,Oslo,\"he said \"\"no\"\", then\r\nleft\",0\r\n\
    2024-01-15T10:31:00Z,-1.5e2,\"Sidi Ifni\",plain,1\n\
    2024-01-15 10:32:00.25,,Ålesund,\"\",0\r\n\
    \r\n\
    2024-01-15T10:33:00+01:00,N/A,null,-,0\r\n\
    too,short\r\n\
    2024-01-15T10:34:00Z,7,Oslo,one,0,too many\r\n\
    2024-01-15T10:35:00Z,seven,東京,\"a\nb\nc\",0\r\n\
    2024-01-15T10:36:00Z,inf,Oslo,\"\"\"\",1\r\n\
    2024-01-15T10:37:00Z,NaN,\"O\0slo\",None,0\r\n\
    2024-01-15T10:38:00Z,0.1,Oslo,\"quoted\" and more,0\r\n\
    2024-01-15T11:00:00Z,3,Bergen,x,0\r\n\
    2024-01-15T11:01:00Z,4.25,Oslo,y,0\r\n\
    2024-01-15T11:02:00Z,1e3,Oslo,x,0\r\n\
    2024-01-15T11:03:00Z,.5,Bergen,na,0\r\n\
    2024-01-15T11:04:00Z,19,Oslo,x,0\r\n\
    2024-01-15T11:05:00Z,20,Oslo,y,0\r\n\
    2024-01-15T11:06:00Z,21,Oslo,x,0\r\n\
    2024-01-15T11:07:00Z,22,Oslo,y,0\r\n\
    2024-01-15T10:39:00Z,12,Oslo,last,1";

fn monitor() -> &'static Monitor {
    static MONITOR: OnceLock<Monitor> = OnceLock::new();
    MONITOR.get_or_init(|| CompareSpec::default().check().expect("the shipped policy"))
}

fn bike_sharing() -> &'static [Vec<u8>; 2] {
    static FILES: OnceLock<[Vec<u8>; 2]> = OnceLock::new();
    FILES.get_or_init(|| {
        ["baseline.csv", "current.csv"].map(|file| {
            let path = sets::data_file("bike_sharing", file).expect("a set of this repository");
            fs::read(path).expect("a file that can be read")
        })
    })
}

/// The report's bytes, or why there is none.
fn report(baseline: &Pieces<'_>, current: &Pieces<'_>) -> Result<String, String> {
    let intake = read_pair(baseline, current, monitor()).map_err(|error| error.to_string())?;
    Ok(intake.report(monitor(), Timestamp::from_micros(1_705_314_600_000_000)).to_json())
}

fn report_of_whole(baseline: &[u8], current: &[u8]) -> Result<String, String> {
    report(&Pieces::whole("baseline.csv", baseline), &Pieces::whole("current.csv", current))
}

fn report_of_bike_sharing() -> &'static Result<String, String> {
    static REPORT: OnceLock<Result<String, String>> = OnceLock::new();
    REPORT.get_or_init(|| {
        let [baseline, current] = bike_sharing();
        report_of_whole(baseline, current)
    })
}

fn cuts(most: usize) -> impl Strategy<Value = Vec<prop::sample::Index>> {
    prop::collection::vec(any::<prop::sample::Index>(), 0..most)
}

fn at(cuts: &[prop::sample::Index], length: usize) -> Vec<usize> {
    cuts.iter().map(|cut| cut.index(length + 1)).collect()
}

#[test]
fn the_nasty_file_is_read_and_its_mistakes_are_named() {
    let report = report_of_whole(NASTY.as_bytes(), NASTY.as_bytes()).expect("a report");
    for expected in
        ["found 2: row skipped", "found 6: row skipped", "seven", "transaction, amount", "東京"]
    {
        assert!(report.contains(expected), "{expected} in {report}");
    }
}

#[test]
fn every_single_cut_of_the_nasty_file_gives_the_same_report() {
    let nasty = NASTY.as_bytes();
    let expected = report_of_whole(nasty, nasty);
    for place in 0..=nasty.len() {
        let cut = |source| Pieces::cut(source, nasty, &[place]);
        assert_eq!(report(&cut("baseline.csv"), &cut("current.csv")), expected, "cut at {place}");
    }
}

#[test]
fn pieces_of_every_small_size_give_the_same_report() {
    let nasty = NASTY.as_bytes();
    let expected = report_of_whole(nasty, nasty);
    for size in 1..=64 {
        let pieces = |source| Pieces::of_size(source, nasty, size);
        let found = report(&pieces("baseline.csv"), &pieces("current.csv"));
        assert_eq!(found, expected, "pieces of {size} bytes");
    }
    let [baseline, current] = bike_sharing();
    for size in [1, 7, 4096, 65_536] {
        let pieces = |source, bytes| Pieces::of_size(source, bytes, size);
        let found = report(&pieces("baseline.csv", baseline), &pieces("current.csv", current));
        assert!(found == *report_of_bike_sharing(), "pieces of {size} bytes");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_cuts_of_bike_sharing_give_the_same_report(of_baseline in cuts(40), of_current in cuts(40)) {
        let [baseline, current] = bike_sharing();
        let found = report(
            &Pieces::cut("baseline.csv", baseline, &at(&of_baseline, baseline.len())),
            &Pieces::cut("current.csv", current, &at(&of_current, current.len())),
        );
        prop_assert!(found == *report_of_bike_sharing());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_cuts_of_the_nasty_file_give_the_same_report(of_baseline in cuts(40), of_current in cuts(40)) {
        let nasty = NASTY.as_bytes();
        let found = report(
            &Pieces::cut("baseline.csv", nasty, &at(&of_baseline, nasty.len())),
            &Pieces::cut("current.csv", nasty, &at(&of_current, nasty.len())),
        );
        prop_assert_eq!(found, report_of_whole(nasty, nasty));
    }

    #[test]
    fn any_cuts_of_any_text_give_the_same_report_or_the_same_refusal(
        baseline in r#"(a,b,c\n)?([0-9.a"é\n\r,;\t -]{0,6}[,;\n"]){0,40}"#,
        current in r#"(a,b,c\n)?([0-9.a"é\n\r,;\t -]{0,6}[,;\n"]){0,40}"#,
        of_baseline in cuts(12),
        of_current in cuts(12),
    ) {
        let (baseline, current) = (baseline.as_bytes(), current.as_bytes());
        let found = report(
            &Pieces::cut("baseline.csv", baseline, &at(&of_baseline, baseline.len())),
            &Pieces::cut("current.csv", current, &at(&of_current, current.len())),
        );
        prop_assert_eq!(found, report_of_whole(baseline, current));
    }
}
