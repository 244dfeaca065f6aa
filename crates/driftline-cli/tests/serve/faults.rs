//! Killed, stopped and overrun: what was acknowledged is there, once.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64},
    },
};

use super::*;

/// What became of each key that was sent: how many events it stands for, and whether there was an answer of 2xx.
type Obligations = Arc<Mutex<BTreeMap<u64, (u64, bool)>>>;

fn body(events: u64) -> String {
    vec![EVENT; usize::try_from(events).unwrap()].join(",")
}

fn send_keyed(client: &mut Client, key: u64, events: u64) -> std::io::Result<Answer> {
    let key = format!("event-{key}");
    let body = format!("[{}]", body(events));
    client.try_send("POST", "/monitor", &[JSON, ("idempotency-key", &key)], body.as_bytes())
}

#[test]
fn killed_under_load_nothing_acknowledged_is_lost_or_counted_twice() {
    let cycles =
        std::env::var("DRIFTLINE_KILL_CYCLES").map_or(10, |cycles| cycles.parse().unwrap());
    let folder = Folder::new();
    let obligations = Obligations::default();
    let next = Arc::new(AtomicU64::new(0));
    // A run that ends at other moments each time, the same at each run of the test.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut slowest = Duration::ZERO;
    for cycle in 0..cycles {
        let mut server = Server::start(&folder, &[]);
        assert!(server.started_in < Duration::from_secs(5), "{:?}", server.started_in);
        slowest = slowest.max(server.started_in);
        check(&server, &obligations, cycle);
        let senders: Vec<_> = (0..8)
            .map(|_| {
                let (obligations, next) = (Arc::clone(&obligations), Arc::clone(&next));
                let address = server.address;
                thread::spawn(move || {
                    let Ok(mut client) = Client::try_new(address) else { return };
                    loop {
                        let key = next.fetch_add(1, Ordering::Relaxed);
                        let events = 1 + key % 3;
                        obligations.lock().unwrap().insert(key, (events, false));
                        match send_keyed(&mut client, key, events) {
                            Ok(answer) if answer.status == 200 => {
                                obligations.lock().unwrap().insert(key, (events, true));
                            }
                            Ok(answer) => assert!(matches!(answer.status, 429 | 503), "{answer:?}"),
                            Err(_) => return,
                        }
                    }
                })
            })
            .collect();
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        thread::sleep(Duration::from_millis(50 + state % 400));
        server.child.kill().unwrap();
        server.child.wait().unwrap();
        senders.into_iter().for_each(|sender| sender.join().unwrap());
    }
    let server = Server::start(&folder, &[]);
    let acknowledged = check(&server, &obligations, cycles);
    println!(
        "{cycles} kills: {acknowledged} events acknowledged, 0 lost, 0 counted twice; longest start {slowest:?}"
    );
    // A busy machine kills servers that have hardly begun: some load there has to be all the same.
    assert!(acknowledged > 20 * cycles, "too little load: {acknowledged}");
    server.stop();
}

/// Sends every key that got no answer again, and then holds the count against all keys: each counts once.
fn check(server: &Server, obligations: &Obligations, cycle: u64) -> u64 {
    let mut obligations = obligations.lock().unwrap();
    let acknowledged: u64 =
        obligations.values().filter(|(_, is)| *is).map(|(events, _)| events).sum();
    let all: u64 = obligations.values().map(|(events, _)| events).sum();
    let rows = server.rows();
    assert!(
        (acknowledged..=all).contains(&rows),
        "cycle {cycle}: {acknowledged} acknowledged of {all}, {rows} counted"
    );
    let mut client = server.client();
    for (key, (events, is_acknowledged)) in obligations.iter_mut().filter(|(_, (_, is))| !is) {
        let answer = send_keyed(&mut client, *key, *events).unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
        *is_acknowledged = true;
    }
    assert_eq!(server.rows(), all, "cycle {cycle}");
    // A key that was answered before is answered again, and counts no more.
    if let Some((key, (events, _))) = obligations.iter().next() {
        let answer = send_keyed(&mut client, *key, *events).unwrap();
        assert_eq!(answer.headers.get("idempotency-replayed").map(String::as_str), Some("true"));
        assert_eq!(server.rows(), all, "cycle {cycle}");
    }
    all
}

#[test]
fn sigterm_answers_what_has_begun_and_leaves_nothing_to_replay() {
    let folder = Folder::new();
    let mut server = Server::start(&folder, &[]);
    let acknowledged = Arc::new(AtomicU64::new(0));
    let senders: Vec<_> = (0..8)
        .map(|_| {
            let (acknowledged, address) = (Arc::clone(&acknowledged), server.address);
            thread::spawn(move || {
                let mut client = Client::new(address);
                loop {
                    match client.try_send("POST", "/monitor", &[JSON], EVENT.as_bytes()) {
                        Ok(answer) if answer.status == 200 => {
                            acknowledged.fetch_add(1, Ordering::Relaxed);
                        }
                        Ok(answer) => assert_eq!(answer.status, 503),
                        Err(_) => return,
                    }
                }
            })
        })
        .collect();
    // One that has begun and takes its time.
    let mut slow = server.client();
    let head = format!(
        "POST /monitor HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        EVENT.len()
    );
    slow.0.get_mut().write_all(head.as_bytes()).unwrap();
    // Under load, however busy the machine is.
    eventually(Duration::from_secs(30), || {
        (acknowledged.load(Ordering::Relaxed) > 200).then_some(())
    });
    server.signal("-TERM");
    thread::sleep(Duration::from_millis(200));
    slow.0.get_mut().write_all(EVENT.as_bytes()).unwrap();
    // No new events are taken, and it is answered all the same.
    assert_eq!(slow.read(false).unwrap().status, 503);
    let status = server.ended(Duration::from_secs(12));
    assert_eq!(status.code(), Some(0));
    senders.into_iter().for_each(|sender| sender.join().unwrap());
    let acknowledged = acknowledged.load(Ordering::Relaxed);
    assert!(acknowledged > 100, "{acknowledged}");
    let output = Command::new(env!("CARGO_BIN_EXE_driftline"))
        .args(["store", "inspect", &folder.path("data"), "--format", "json"])
        .output()
        .unwrap();
    let inspected: Value = serde_json::from_slice(&output.stdout).unwrap();
    let checkpoint = inspected["checkpoints"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c["seq"].as_u64().unwrap())
        .max();
    assert_eq!(checkpoint, inspected["last_seq"].as_u64(), "{inspected}");
    assert_eq!(Server::start(&folder, &[]).rows(), acknowledged);
}

#[test]
fn overrun_it_answers_with_success_or_asks_to_wait() {
    let folder = Folder::new();
    let server = Server::start(&folder, &[]);
    let events = format!("[{}]", body(2000));
    let is_over = Arc::new(AtomicBool::new(false));
    let senders: Vec<_> = (0..64)
        .map(|_| {
            let (address, events, is_over) = (server.address, events.clone(), Arc::clone(&is_over));
            thread::spawn(move || {
                let mut answers: BTreeMap<u16, u64> = BTreeMap::new();
                while !is_over.load(Ordering::Relaxed) {
                    let mut client = Client::new(address);
                    // Refused before all of it was read, the connection may be closed under the sender.
                    if let Ok(answer) =
                        client.try_send("POST", "/monitor", &[JSON], events.as_bytes())
                    {
                        if answer.status == 429 {
                            assert!(answer.headers.contains_key("retry-after"));
                        }
                        *answers.entry(answer.status).or_default() += 1;
                    }
                }
                answers
            })
        })
        .collect();
    let mut slowest = Duration::ZERO;
    for _ in 0..20 {
        thread::sleep(Duration::from_millis(100));
        let began = Instant::now();
        assert_eq!(server.get("/health").status, 200);
        slowest = slowest.max(began.elapsed());
    }
    is_over.store(true, Ordering::Relaxed);
    let mut answers: BTreeMap<u16, u64> = BTreeMap::new();
    for sender in senders {
        for (status, count) in sender.join().unwrap() {
            *answers.entry(status).or_default() += count;
        }
    }
    assert!(answers.keys().all(|status| matches!(status, 200 | 429 | 503)), "{answers:?}");
    assert!(slowest < Duration::from_secs(5), "/health took {slowest:?}");
    assert_eq!(server.rows(), answers[&200] * 2000, "{answers:?}");
    // Bodies that are read and commands that wait may take 64 MiB each, beside what the service needs.
    let most = server.memory("VmHWM");
    println!("{answers:?}, /health in {slowest:?} at most, {} MiB at most", most >> 20);
    assert!(most < 512 << 20, "{most} bytes");
}
