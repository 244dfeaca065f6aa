//! History, audit and outbox: kept as long as they are to be, and found again.

use counting::{NUMBER, submission};
use driftline_server::store::{
    Entry, HistoryPoint, Machine, NewEntry, OutboxRow, Output, Refusal, Rows, Submission,
};

use super::*;

/// Gives back the rows that a command holds.
struct Echo;

impl Machine for Echo {
    fn apply(&mut self, entry: &Entry) -> Output {
        let text = String::from_utf8(entry.bytes.clone()).unwrap();
        let mut rows = Rows::default();
        for word in text.split(' ') {
            let (kind, value) = word.split_once('=').unwrap();
            match kind {
                "out" => rows.outbox.push(OutboxRow {
                    event: value.into(),
                    endpoint: "a".into(),
                    subject: String::new(),
                    method: "POST".into(),
                    url: String::new(),
                    headers: Vec::new(),
                    body: vec![
                        b'x';
                        value.strip_prefix("large-").map_or(0, |n| n.parse().unwrap())
                    ],
                    created: entry.at,
                    not_after: None,
                    replaces: false,
                }),
                series => rows.history.push(HistoryPoint {
                    series: series.into(),
                    at: entry.at,
                    value: value.parse().unwrap(),
                }),
            }
        }
        Output { response: Vec::new(), rows }
    }

    fn checkpoint(&mut self) -> Vec<u8> {
        Vec::new()
    }
}

fn echo(dir: &Path, options: Options) -> Store {
    Store::open(dir, options).unwrap().start(Echo, |_| {}).unwrap()
}

fn tell(store: &Store, seconds: i64, text: &str) {
    let at = Timestamp::from_millis(seconds * 1000);
    let entry = NewEntry { at, kind: NUMBER, bytes: text.into() };
    store.submit(Submission { entry, key: None }).unwrap().wait().unwrap();
}

#[test]
fn history_is_put_together_without_losing_extremes() {
    let dir = tempfile::tempdir().unwrap();
    let store = echo(dir.path(), options());
    let begin = 1_700_006_400; // a midnight
    for n in 0..240 {
        tell(&store, begin + n * 15, &format!("psi={}", n % 60));
    }
    store.close().unwrap();
    let store = echo(dir.path(), options());
    let query = |from: i64, to: i64, points| {
        let at = |seconds: i64| Timestamp::from_millis((begin + seconds) * 1000);
        let query = HistoryQuery { series: "psi".into(), from: at(from), to: at(to), points };
        store.reader().history(&query).unwrap()
    };
    // Each point by itself.
    let fine = query(0, 3600, 1000);
    assert_eq!(fine.len(), 240);
    assert!(fine.iter().enumerate().all(|(n, bucket)| bucket.last as usize == n % 60));
    // A quarter of an hour each: 60 points, 0 to 59.
    let coarse = query(0, 3600, 4);
    let seen: Vec<_> = coarse.iter().map(|b| (b.count, b.mean, b.min, b.max, b.last)).collect();
    assert_eq!(seen, [(60, 29.5, 0.0, 59.0, 59.0); 4]);
    // Seven are asked for: no more come, and every point is in one of them.
    let seven = query(0, 3600, 7);
    assert!(seven.len() <= 7, "{}", seven.len());
    assert_eq!(seven.iter().map(|bucket| bucket.count).sum::<u64>(), 240);
    // Further back than 15-second buckets reach, minutes are given.
    let far = query(-30 * 3600, 3600, 10_000);
    assert_eq!((far.len(), far[0].count, far[0].max), (60, 4, 3.0));
    assert_eq!(store.reader().series("p", 10).unwrap(), ["psi"]);
    assert_eq!(query(3600, 7200, 10), []);
}

#[test]
fn series_beyond_the_limit_are_dropped_and_counted() {
    let dir = tempfile::tempdir().unwrap();
    let store = echo(dir.path(), Options { series: 3, linger: Duration::ZERO, ..options() });
    tell(&store, 0, "a=1 b=1 c=1 d=1 e=1");
    tell(&store, 15, "a=2 d=2 bad=NaN");
    while store.status().dropped_points < 3 {
        thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(store.reader().series("", 10).unwrap(), ["a", "b", "c"]);
}

#[test]
fn an_outbox_that_is_full_gives_up_its_oldest_and_no_event_is_there_twice() {
    let dir = tempfile::tempdir().unwrap();
    let store = echo(dir.path(), Options { outbox_rows: 10, ..options() });
    for n in 0..25 {
        tell(&store, n, &format!("out=event-{n} out=event-{}", n / 2));
    }
    store.close().unwrap();
    let store = echo(dir.path(), Options { outbox_rows: 10, ..options() });
    let (waiting, delivered, dead) = store.reader().outbox_counts().unwrap();
    assert_eq!((waiting, delivered, dead), (10, 0, 15));
    let dead = store.reader().outbox(Some(OutboxState::Dead), 1).unwrap();
    assert_eq!(dead[0].row.event, "event-14");
    assert_eq!(dead[0].last_error.as_deref(), Some("given up: too many rows wait"));
}

#[test]
fn a_body_that_is_too_large_is_told_and_stops_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let store = echo(dir.path(), options());
    tell(&store, 1, "out=large-65537 out=large-65536");
    store.close().unwrap();
    let store = echo(dir.path(), options());
    let rows = store.reader().outbox(None, 10).unwrap();
    let told: Vec<_> =
        rows.iter().map(|row| (&*row.row.event, row.state, row.row.body.len())).collect();
    let expected =
        [("large-65536", OutboxState::Waiting, 65536), ("large-65537", OutboxState::Dead, 0)];
    assert_eq!(told, expected);
    let error = rows[1].last_error.as_deref();
    assert_eq!(error, Some("not sent: expected a body of at most 65536 bytes, found 65537"));
}

/// Fails at its third command.
struct Fragile;

impl Machine for Fragile {
    fn apply(&mut self, entry: &Entry) -> Output {
        assert!(entry.seq != 3, "three is too many");
        Output::default()
    }

    fn checkpoint(&mut self) -> Vec<u8> {
        Vec::new()
    }
}

#[test]
fn a_command_that_cannot_be_applied_is_named_now_and_at_the_next_start() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), options()).unwrap().start(Fragile, |_| {}).unwrap();
    for number in 0..2 {
        store.submit(submission(number, true)).unwrap().wait().unwrap();
    }
    let why = "command 3 of kind 1 cannot be applied: panic: three is too many";
    let refusal = store.submit(submission(3, true)).unwrap().wait().unwrap_err();
    assert_eq!(refusal, Refusal::Broken(why.into()));
    assert!(matches!(store.submit(submission(4, true)), Err(Refusal::Broken(_))));
    assert!(store.reader().series("", 1).is_ok(), "reading goes on");
    drop(store);
    let again = Store::open(dir.path(), options()).unwrap().start(Fragile, |_| {}).unwrap_err();
    assert_eq!(again.to_string(), format!("journal entry 3: {why}"));
}

#[test]
fn the_journal_and_the_log_stay_small() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path(), Options { checkpoint_bytes: 64 << 10, ..options() }).unwrap();
    for round in 0..40 {
        let tickets: Vec<_> =
            (0..500).map(|n| store.submit(submission(round * 500 + n, false)).unwrap()).collect();
        tickets.into_iter().for_each(|ticket| drop(ticket.wait().unwrap()));
    }
    thread::sleep(Duration::from_secs(1));
    let inspection = driftline_server::store::inspect(dir.path()).unwrap();
    assert_eq!(inspection.checkpoints.len(), 2);
    assert!(inspection.journal.bytes < 4 << 20, "{:?}", inspection.journal);
    assert!(inspection.log_bytes < 64 << 20, "{}", inspection.log_bytes);
    assert_eq!(inspection.last_seq, 20_000);
    store.close().unwrap();
    assert_eq!(driftline_server::store::inspect(dir.path()).unwrap().log_bytes, 0);
}
