//! Percentiles of the real sets that have latencies, beside the exact ones of their sorted values: every thousandth, and
//! 99.9 %, of all rows at once and of panes added up.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::{fs, io::Write};

use driftline_core::{
    column::{Batch, Values},
    latency::LatencyHistogram,
};
use driftline_data::{CsvReader, ReadOptions};
use driftline_tests::sets;

/// The sets, and where they come from: requests to one EC2 server (Numenta Anomaly Benchmark, MIT), to an OpenStack API
/// (LogHub), and to a model behind a server on one machine. The last two are not copied into the repository.
const FILES: [(&str, &str); 6] = [
    ("ec2_latency", "baseline.csv"),
    ("ec2_latency", "current.csv"),
    ("openstack_api", "baseline.csv"),
    ("openstack_api", "current.csv"),
    ("fraud_transactions", "baseline.csv"),
    ("fraud_transactions", "current.csv"),
];

fn latencies_ms(bytes: &[u8]) -> Vec<f64> {
    let mut reader = CsvReader::new("latencies.csv", ReadOptions::default());
    let mut found = Vec::new();
    let mut take = |schema: &driftline_core::schema::Schema, batch: Batch| {
        let column = &batch.columns()[schema.position("latency_ms").unwrap()];
        let Values::Number(values) = column.values() else { panic!("latencies are numbers") };
        let there = values.iter().enumerate().filter(|(row, _)| column.validity().get(*row));
        found.extend(there.map(|(_, ms)| *ms));
    };
    reader.push(bytes, &mut take).unwrap();
    reader.finish(&mut take).unwrap();
    found
}

#[test]
fn percentiles_of_real_latencies_are_within_the_stated_error() {
    let mut compared = 0;
    for (set, file) in FILES {
        let Some(path) = sets::data_file(set, file) else {
            writeln!(
                std::io::stderr(),
                "SKIPPED {set}/{file}: neither in tests/data nor in shared/data beside the checkout"
            )
            .unwrap();
            continue;
        };
        let ms = latencies_ms(&fs::read(path).unwrap());
        assert!(ms.len() > 400, "{set}/{file}: {} latencies", ms.len());
        let mut all = LatencyHistogram::new();
        ms.iter().for_each(|ms| all.record_ms(*ms));
        let mut sum = LatencyHistogram::new();
        for part in ms.chunks(97) {
            let mut pane = LatencyHistogram::new();
            part.iter().for_each(|ms| pane.record_ms(*ms));
            sum.merge(&pane).unwrap();
        }
        assert_eq!(sum, all, "{set}/{file}: added up");
        // Whole microseconds, as they are recorded.
        let mut exact: Vec<u64> = ms.iter().map(|ms| (ms * 1000.0).round() as u64).collect();
        exact.sort_unstable();
        for thousandth in 1..1000_u64 {
            // The nearest rank: the smallest value that so many do not exceed.
            let rank = (thousandth * exact.len() as u64).div_ceil(1000);
            let exact = exact[rank as usize - 1];
            let shown = all.quantile(thousandth, 1000).unwrap().0;
            let what = format!("{set}/{file}, {thousandth}/1000: {shown} µs beside {exact} µs");
            assert!(shown >= exact, "{what}");
            assert!((shown - exact) * 128 <= exact, "{what}");
            compared += 1;
        }
        assert_eq!(all.max().unwrap().0, *exact.last().unwrap());
        assert_eq!(all.min().unwrap().0, exact[0]);
    }
    writeln!(std::io::stderr(), "{compared} percentiles compared").unwrap();
    assert!(compared >= 999, "the set in tests/data is always there");
}
