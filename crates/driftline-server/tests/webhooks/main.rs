//! Webhooks on real sockets: receivers that are well, slow, dead, lying, moved and gone, and nobody who sends data notices.

#![expect(clippy::std_instead_of_core, reason = "tests with sockets and threads")]
#![expect(clippy::std_instead_of_alloc, reason = "tests with sockets and threads")]
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

mod receiver;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::Command,
    sync::Arc,
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use driftline_core::time::Timestamp;
use driftline_server::{
    outbox::{Backoff, Dispatcher, Guard, HttpDelivery, HttpSettings, Secret, Settings},
    store::{
        Entry, Machine, NewEntry, Options, OutboxRow, OutboxState, Output, Rows, Store,
        StoredOutboxRow, Submission,
    },
};
use receiver::{Behaviour, Receiver};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const EVENT: u16 = 1;
const TOLD: u16 = 2;

/// Sends what a command says: `ENDPOINT URL [until=MILLIS]`. Keeps what it is told of deliveries.
#[derive(Default)]
struct Sender {
    told: Vec<String>,
}

impl Machine for Sender {
    fn apply(&mut self, entry: &Entry) -> Output {
        let text = String::from_utf8(entry.bytes.clone()).unwrap();
        let mut rows = Rows::default();
        if entry.kind == TOLD {
            self.told.push(text);
            return Output::default();
        }
        for line in text.lines() {
            let mut words = line.split(' ');
            let endpoint = words.next().unwrap();
            let url = words.next().unwrap();
            let until =
                words.next().map(|until| until.strip_prefix("until=").unwrap().parse().unwrap());
            rows.outbox.push(OutboxRow {
                event: format!("msg-{}-{endpoint}", entry.seq),
                endpoint: endpoint.into(),
                subject: "incident-1".into(),
                method: "POST".into(),
                url: url.into(),
                headers: vec![("X-Driftline".into(), "yes".into()), ("Host".into(), "evil".into())],
                body: format!("{{\"seq\": {}}}", entry.seq).into_bytes(),
                created: entry.at,
                not_after: until.map(Timestamp::from_millis),
                replaces: false,
            });
        }
        Output { response: self.told.join(",").into_bytes(), rows }
    }

    fn checkpoint(&mut self) -> Vec<u8> {
        self.told.join(",").into_bytes()
    }
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp::from_micros(since.as_micros() as i64)
}

fn open(dir: &Path) -> Store {
    let options = Options { min_free_bytes: 0, ..Options::default() };
    Store::open(dir, options).unwrap().start(Sender::default(), |_| {}).unwrap()
}

fn send(store: &Store, lines: &str) -> Vec<u8> {
    let entry = NewEntry { at: now(), kind: EVENT, bytes: lines.into() };
    store.submit(Submission { entry, key: None }).unwrap().wait().unwrap().response
}

fn deliver(store: &Store, permits: &[&str], give_up_after: Duration) -> Dispatcher {
    let permits = permits.iter().map(|permit| permit.parse().unwrap()).collect();
    let delivery = HttpDelivery::new(HttpSettings {
        header_secrets: BTreeMap::new(),
        guard: Guard::new(permits),
        secrets: BTreeMap::from([("well".into(), vec![Secret::parse(SECRET).unwrap()])]),
        authorities: Vec::new(),
        timeout: Duration::from_millis(1500),
        connect_timeout: Duration::from_millis(500),
    });
    let settings = Settings {
        backoff: Backoff {
            first: Duration::from_millis(50),
            factor: 2,
            longest: Duration::from_secs(2),
            give_up_after,
            seed: 1,
        },
        workers: 4,
        clock: Box::new(now),
        observe: Box::new(|stored, attempt| {
            let bytes = format!("{}:{:?}", stored.row.event, attempt.state).into_bytes();
            Some(NewEntry { at: attempt.at, kind: TOLD, bytes })
        }),
    };
    Dispatcher::start(store, delivery, settings).unwrap()
}

fn wait_for(what: &str, mut condition: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < Duration::from_secs(30), "{what}");
        thread::sleep(Duration::from_millis(10));
    }
}

fn rows(store: &Store, endpoint: &str) -> Vec<StoredOutboxRow> {
    let rows = store.reader().outbox(None, 10_000).unwrap();
    rows.into_iter().filter(|row| row.row.endpoint == endpoint).collect()
}

fn all_are(store: &Store, endpoint: &str, state: OutboxState) -> bool {
    let rows = rows(store, endpoint);
    !rows.is_empty() && rows.iter().all(|row| row.state == state)
}

#[test]
fn receivers_in_trouble_hold_up_neither_those_who_send_nor_each_other() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let well = Receiver::start(Behaviour::Status(204));
    let others = [
        ("slow", Receiver::start(Behaviour::Silent)),
        ("endless", Receiver::start(Behaviour::EndlessBody)),
        ("failing", Receiver::start(Behaviour::Status(500))),
        ("headers", Receiver::start(Behaviour::EndlessHeaders)),
    ];
    let dead = Receiver::start(Behaviour::Status(200)).into_closed();
    let time_of = |n: u64, lines: &str| {
        let mut times: Vec<Duration> = (0..n)
            .map(|_| {
                let begun = Instant::now();
                send(&store, lines);
                begun.elapsed()
            })
            .collect();
        times.sort();
        times[times.len() / 2]
    };
    let alone = time_of(100, "");
    let dispatcher = deliver(&store, &["127.0.0.0/8"], Duration::from_secs(3600));
    let mut lines = format!("well {}\ndead {dead}", well.url());
    for (name, receiver) in &others {
        lines += &format!("\n{name} {}", receiver.url());
    }
    let beside = time_of(100, &lines);
    println!(
        "median reply {alone:?} without receivers, {beside:?} with six of them, five in trouble"
    );
    assert!(beside < alone * 5 + Duration::from_millis(50), "{beside:?}, alone {alone:?}");

    wait_for("the well one has all", || all_are(&store, "well", OutboxState::Delivered));
    // Lying about its body, but 200 is 200, and the body is not read.
    wait_for("the endless one has all", || all_are(&store, "endless", OutboxState::Delivered));
    wait_for("the others were tried again", || {
        ["failing", "slow", "dead", "headers"]
            .iter()
            .all(|name| rows(&store, name).iter().any(|row| row.attempts >= 2))
    });
    for name in ["failing", "slow", "dead", "headers"] {
        let tried = rows(&store, name).into_iter().find(|row| row.attempts >= 2).unwrap();
        assert_eq!(tried.state, OutboxState::Waiting);
        if name == "failing" {
            assert_eq!(tried.last_status, Some(500));
        }
        println!("{name}: {} attempts, {:?}", tried.attempts, tried.last_error);
    }
    // Each event once, or more often under the same id; each to its own.
    let ids: BTreeSet<String> = well.requests().iter().map(|r| r.header("webhook-id")).collect();
    assert_eq!(ids.len(), 100);
    drop(dispatcher);
}

#[test]
fn a_restart_sends_again_under_the_same_id_and_what_is_told_is_told_once() {
    let dir = tempfile::tempdir().unwrap();
    let receiver = Receiver::start(Behaviour::Statuses(vec![503, 500, 200]));
    {
        let store = open(dir.path());
        send(&store, &format!("well {}", receiver.url()));
        // Dropped without a delivery: it is on disk.
    }
    let store = open(dir.path());
    let dispatcher = deliver(&store, &["127.0.0.1"], Duration::from_secs(3600));
    wait_for("it is delivered", || all_are(&store, "well", OutboxState::Delivered));
    drop(dispatcher);
    let requests = receiver.requests();
    assert_eq!(requests.len(), 3);
    assert!(requests.iter().all(|request| request.header("webhook-id") == "msg-1-well"));
    assert!(requests.iter().all(|request| request.body == b"{\"seq\": 1}"));
    assert!(requests.iter().all(|request| request.header("x-driftline") == "yes"));
    assert!(requests.iter().all(|request| request.header("host").starts_with("127.0.0.1:")));
    let told = String::from_utf8(send(&store, "")).unwrap();
    assert_eq!(told, "msg-1-well:Waiting,msg-1-well:Waiting,msg-1-well:Delivered");
}

#[test]
fn signatures_are_what_the_standard_library_of_receivers_verifies() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let receiver = Receiver::start(Behaviour::Status(200));
    let dispatcher = deliver(&store, &["127.0.0.1"], Duration::from_secs(3600));
    send(&store, &format!("well {}", receiver.url()));
    wait_for("it is delivered", || all_are(&store, "well", OutboxState::Delivered));
    drop(dispatcher);
    let request = &receiver.requests()[0];
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    assert!(
        root.join("node_modules/standardwebhooks").is_dir(),
        "the npm package standardwebhooks is missing. Install it: scripts/setup test"
    );
    let script = "
        const { Webhook } = require('standardwebhooks');
        const [secret, id, timestamp, signature, body] = process.argv.slice(1);
        const headers = { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signature };
        console.log(JSON.stringify(new Webhook(secret).verify(body, headers)));
        for (const [name, changed] of [['webhook-id', 'x'], ['webhook-timestamp', String(timestamp - 1)]]) {
            try { new Webhook(secret).verify(body, { ...headers, [name]: changed }); console.log('passed'); } catch { console.log('refused'); }
        }
        try { new Webhook(secret).verify(body + ' ', headers); console.log('passed'); } catch { console.log('refused'); }
    ";
    let headers =
        ["webhook-id", "webhook-timestamp", "webhook-signature"].map(|name| request.header(name));
    let verified = Command::new("node")
        .current_dir(root)
        .args(["-e", script, SECRET])
        .args(headers)
        .arg(String::from_utf8(request.body.clone()).unwrap())
        .output()
        .unwrap();
    let said = String::from_utf8(verified.stdout).unwrap();
    let errors = String::from_utf8_lossy(&verified.stderr);
    assert_eq!(said, "{\"seq\":1}\nrefused\nrefused\nrefused\n", "{errors}");
}

#[test]
fn nothing_is_sent_inside_and_redirects_are_not_followed() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let inside = Receiver::start(Behaviour::Status(200));
    let to = inside.url();
    let moved = Receiver::start(Behaviour::Redirect(to.clone()));
    let gone = Receiver::start(Behaviour::Status(410));
    let secure = to.replace("http:", "https:");
    let named = secure.replace("127.0.0.1", "localhost");
    let dispatcher =
        deliver(&store, &[&moved.authority(), &gone.authority()], Duration::from_secs(3600));
    send(
        &store,
        &format!(
            "plain {to}\ninside {secure}\nnamed {named}\nmoved {}\ngone {}",
            moved.url(),
            gone.url()
        ),
    );
    for (endpoint, why) in [
        ("plain", "expected https, found http"),
        ("inside", "127.0.0.1 is 127.0.0.1, an address of the inside"),
        ("named", ", an address of the inside"),
        ("gone", "status 410"),
    ] {
        wait_for(endpoint, || all_are(&store, endpoint, OutboxState::Dead));
        let error = rows(&store, endpoint)[0].last_error.clone().unwrap();
        assert!(error.contains(why), "{endpoint}: {error}");
    }
    wait_for("moved was tried again", || rows(&store, "moved")[0].attempts >= 2);
    assert!(
        rows(&store, "moved")[0]
            .last_error
            .as_ref()
            .unwrap()
            .contains("redirects are not followed")
    );
    assert_eq!(inside.connections(), 0, "nobody so much as connected");
    assert_eq!(gone.requests().len(), 1);

    // What was given up can be sent again.
    let id = rows(&store, "gone")[0].id;
    store.deliver_again(id);
    wait_for("it was sent again", || gone.requests().len() == 2);
    drop(dispatcher);
}

#[test]
fn rows_are_given_up_when_they_are_too_old_and_orders_when_it_is_too_late() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let failing = Arc::new(Receiver::start(Behaviour::Status(500)));
    let busy = Receiver::start(Behaviour::RetryAfter(1));
    let dispatcher = deliver(&store, &["127.0.0.1"], Duration::from_secs(3));
    let soon = now().micros() / 1000 + 400;
    let past = now().micros() / 1000 - 1;
    send(&store, &format!("old {}\nbusy {}", failing.url(), busy.url()));
    send(
        &store,
        &format!("late {} until={soon}\ntoo-late {} until={past}", failing.url(), failing.url()),
    );
    wait_for("too late", || all_are(&store, "too-late", OutboxState::Dead));
    assert_eq!(
        rows(&store, "too-late")[0].last_error.as_deref(),
        Some("not sent: too late, it was good until then only")
    );
    wait_for("late", || all_are(&store, "late", OutboxState::Dead));
    assert!(rows(&store, "late")[0].attempts >= 2, "{:?}", rows(&store, "late"));
    assert!(now().micros() / 1000 < soon + 2000);
    wait_for("old", || all_are(&store, "old", OutboxState::Dead));
    assert!(rows(&store, "old")[0].last_error.as_ref().unwrap().contains("given up after"));
    let sent = failing.requests();
    assert!(sent.iter().all(|request| request.header("webhook-id") != "msg-2-too-late"));
    // Retry-After is kept to, where the schedule alone would have come back at once.
    wait_for("busy", || busy.requests().len() >= 2);
    let times: Vec<Instant> = busy.requests().iter().map(|request| request.at).collect();
    assert!(times[1] - times[0] >= Duration::from_millis(990), "{:?}", times[1] - times[0]);
    drop(dispatcher);
}
