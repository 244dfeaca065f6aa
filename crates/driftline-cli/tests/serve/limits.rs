//! What is refused, and that it costs nobody else anything.

use std::process::Command;

use super::*;

fn driftline(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_driftline")).args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_token_opens_what_its_scopes_say() {
    let folder = Folder::new();
    let tokens = folder.path("tokens");
    let new = |name: &str, scopes: &str| {
        let (code, token, _) =
            driftline(&["token", name, "--scopes", scopes, "--token-file", &tokens]);
        assert_eq!(code, Some(0));
        format!("Bearer {}", token.trim())
    };
    let (ingest, read, admin) =
        (new("app", "ingest"), new("prom", "read"), new("me", "ingest,read,admin"));
    assert!(!fs::read_to_string(&tokens).unwrap().contains(&ingest[7..]));
    let server = Server::start(&folder, &["--token-file", &tokens]);
    let ask = |method: &str, target: &str, token: Option<&str>, body: &str| {
        let mut headers = vec![JSON];
        headers.extend(token.map(|token| ("authorization", token)));
        server.client().send(method, target, &headers, body.as_bytes()).status
    };
    assert_eq!(ask("POST", "/monitor", None, EVENT), 401);
    assert_eq!(ask("POST", "/monitor", Some("Bearer driftline_wrong"), EVENT), 401);
    assert_eq!(ask("POST", "/monitor", Some(&read), EVENT), 403);
    assert_eq!(ask("POST", "/monitor", Some(&ingest), EVENT), 200);
    // Every endpoint of the document that is not public asks for a token, and admin's is not opened by others.
    let document = server.get("/openapi.json").json();
    let mut asked = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        let target = path.replace("{id}", &"0".repeat(32)).replace("{key}", "k");
        for method in methods.as_object().unwrap().keys() {
            let method = method.to_ascii_uppercase();
            let open = ask(&method, &target, None, "");
            if matches!(
                path.as_str(),
                "/health" | "/health/live" | "/health/ready" | "/openapi.json"
            ) {
                assert_eq!(open, 200, "{method} {path}");
                continue;
            }
            assert_eq!(open, 401, "{method} {path}");
            let by_ingest = ask(&method, &target, Some(&ingest), "");
            let takes_ingest =
                matches!((method.as_str(), path.as_str()), ("POST", "/monitor" | "/v1/labels"));
            assert_eq!(by_ingest != 403, takes_ingest, "{method} {path}: {by_ingest}");
            asked += 1;
        }
    }
    assert!(asked > 25, "{asked}");
    let switched = ask(
        "POST",
        "/v1/triggers/kill-switch?model=default",
        Some(&admin),
        r#"{"on": true, "by": "somebody"}"#,
    );
    assert_eq!(switched, 200);
    // The row is on disk with the next transaction. A token says who it is, not the body.
    let row = eventually(Duration::from_secs(5), || {
        let headers = [("authorization", read.as_str())];
        let audit = server.client().send("GET", "/v1/audit", &headers, b"").json();
        audit["rows"].get(0).cloned()
    });
    assert_eq!((&row["decision"], &row["why"]), (&"switched_off".into(), &"by me".into()));
}

#[test]
fn another_address_needs_a_token() {
    let folder = Folder::new();
    let (code, _, said) =
        driftline(&["serve", "--listen", "0.0.0.0:0", "--data", &folder.path("data")]);
    assert_eq!(code, Some(2));
    assert!(
        said.contains("0.0.0.0:0: expected a token file or an address of this machine alone"),
        "{said}"
    );
}

#[test]
fn browsers_led_here_by_another_site_are_turned_away() {
    let folder = Folder::new();
    let server = Server::start(&folder, &[]);
    let mut client = server.client();
    client.0.get_mut().write_all(b"GET /drift HTTP/1.1\r\nhost: rebound.example\r\n\r\n").unwrap();
    assert_eq!(client.read(false).unwrap().status, 403);
    let mut client = server.client();
    let headers = [JSON, ("sec-fetch-site", "cross-site")];
    assert_eq!(client.send("POST", "/monitor", &headers, EVENT.as_bytes()).status, 403);
    assert_eq!(
        client.send("POST", "/monitor", &[("content-type", "text/plain")], EVENT.as_bytes()).status,
        415
    );
    assert_eq!(server.rows(), 0);
}

#[test]
fn bodies_past_the_limit_are_refused_before_and_after_decompression() {
    let folder = Folder::new();
    let server = Server::start(&folder, &[]);
    // Told by its length: not a byte of it is read.
    let mut client = server.client();
    let head = "POST /monitor HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 17179869184\r\n\r\n";
    client.0.get_mut().write_all(head.as_bytes()).unwrap();
    assert_eq!(client.read(false).unwrap().status, 413);

    // A gigabyte of blanks in a megabyte.
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    let blanks = vec![b' '; 1 << 20];
    (0..1024).for_each(|_| gzip.write_all(&blanks).unwrap());
    let bomb = gzip.finish().unwrap();
    assert!(bomb.len() < 2 << 20);
    let before = server.memory("VmRSS");
    let headers = [JSON, ("content-encoding", "gzip")];
    let answer = server.client().try_send("POST", "/monitor", &headers, &bomb);
    // Answered before all of it was read, the connection may be closed under the sender.
    assert!(answer.is_err() || answer.unwrap().status == 413);
    let grown = server.memory("VmRSS").saturating_sub(before);
    assert!(grown < 64 << 20, "grown by {grown} bytes");

    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(EVENT.as_bytes()).unwrap();
    let zipped = gzip.finish().unwrap();
    assert_eq!(server.client().send("POST", "/monitor", &headers, &zipped).status, 200);
    assert_eq!(server.client().send("POST", "/monitor", &headers, b"no gzip").status, 400);
    let headers = [JSON, ("content-encoding", "br")];
    let answer = server.client().send("POST", "/monitor", &headers, b"");
    assert_eq!((answer.status, answer.headers["accept-encoding"].as_str()), (415, "gzip, zstd"));
    assert_eq!(server.rows(), 1);
}

#[test]
fn slow_headers_slow_bodies_and_silence_are_cut_off() {
    let folder = Folder::new();
    let flags = ["--header-timeout", "1", "--body-timeout", "1", "--idle-timeout", "2"];
    let server = Server::start(&folder, &flags);
    let began = Instant::now();
    let address = server.address;
    // One byte at a time: each is in time, all together are not.
    let trickling = thread::spawn(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        for byte in b"GET /health HTTP/1.1\r\nhost: localhost\r\nx-slow: ".iter().cycle() {
            if stream.write_all(&[*byte]).is_err() {
                return began.elapsed();
            }
            thread::sleep(Duration::from_millis(50));
        }
        Duration::MAX
    });
    let silent = thread::spawn(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let read = stream.read(&mut [0; 16]);
        (began.elapsed(), matches!(read, Ok(0) | Err(_)))
    });
    let mut client = server.client();
    let head = "POST /monitor HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{";
    client.0.get_mut().write_all(head.as_bytes()).unwrap();
    let answer = client.read(false).unwrap();
    assert_eq!(answer.status, 400);
    assert!(answer.body.contains("within 1 s"), "{answer:?}");
    assert!(began.elapsed() < Duration::from_secs(3));
    assert!(trickling.join().unwrap() < Duration::from_secs(5));
    let (after, is_closed) = silent.join().unwrap();
    assert!(
        is_closed && after >= Duration::from_millis(1900) && after < Duration::from_secs(6),
        "{after:?}"
    );
    assert_eq!(server.get("/health").status, 200);
}

#[test]
fn what_is_wrong_is_told_with_its_place_and_without_ours() {
    let folder = Folder::new();
    let server = Server::start(&folder, &[]);
    for (target, body, status) in [
        ("/monitor", "{\"features\": {\"a\": }}", 400),
        ("/monitor", "{\"features\": {\"a\": [1]}}", 422),
        ("/v1/nothing", "{}", 404),
        ("/drift", "{}", 405),
    ] {
        let answer = server.post(target, body);
        assert_eq!(answer.status, status, "{answer:?}");
        assert_eq!(answer.headers["content-type"], "application/problem+json");
        assert_eq!(answer.json()["status"], status);
        for ours in ["src/", "panicked", "SELECT", "sqlite", &folder.path("")] {
            assert!(!answer.body.contains(ours), "{answer:?}");
        }
    }
    let place = &server.post("/monitor", "{\"features\": {\"a\": }}").json()["errors"][0];
    assert_eq!((place["line"].clone(), place["column"].clone()), (1.into(), 20.into()));
}

#[test]
fn a_full_disk_is_told_as_such_and_reading_goes_on() {
    let folder = Folder::new();
    let server = Server::start(&folder, &["--max-data-bytes", "4000000"]);
    let batch = format!("[{}]", vec![EVENT; 2000].join(","));
    let mut acknowledged = 0;
    let refused = loop {
        let answer = server.post("/monitor", &batch);
        if answer.status != 200 {
            break answer;
        }
        acknowledged += 2000;
        assert!(acknowledged < 2_000_000, "it is never full");
    };
    assert_eq!(refused.status, 507, "{refused:?}");
    assert!(refused.headers.contains_key("retry-after"));
    assert_eq!(server.get("/latency").json()["count"], acknowledged);
    let health = server.get("/health");
    assert_eq!(health.status, 503);
    assert!(health.json()["reasons"].to_string().contains("no room"), "{health:?}");
    assert_eq!(server.get("/health/live").status, 200);
    assert_eq!(server.rows(), acknowledged);
}

#[test]
fn zstd_is_taken_within_the_same_limits() {
    let folder = Folder::new();
    let server = Server::start(&folder, &[]);
    let headers = [JSON, ("content-encoding", "zstd")];
    let send = |body: &[u8]| server.client().send("POST", "/monitor", &headers, body).status;
    let zipped = zstd::encode_all(EVENT.as_bytes(), 3).unwrap();
    assert_eq!(send(&zipped), 200);
    // Two frames are one body, and a frame that was cut is none.
    let (first, second) = EVENT.split_at(100);
    let frames = [first, second].map(|part| zstd::encode_all(part.as_bytes(), 3).unwrap()).concat();
    assert_eq!(send(&frames), 200);
    assert_eq!(send(&zipped[..zipped.len() - 3]), 400);
    assert_eq!(send(b"no zstd"), 400);
    assert_eq!(send(b""), 400);
    // A gigabyte of blanks, and a window of a gigabyte.
    let blanks = vec![b' '; 1 << 20];
    let mut bomb = zstd::Encoder::new(Vec::new(), 19).unwrap();
    (0..1024).for_each(|_| bomb.write_all(&blanks).unwrap());
    let bomb = bomb.finish().unwrap();
    assert!(bomb.len() < 1 << 20);
    let before = server.memory("VmRSS");
    let answer = server.client().try_send("POST", "/monitor", &headers, &bomb);
    assert!(answer.is_err() || answer.unwrap().status == 413);
    let grown = server.memory("VmRSS").saturating_sub(before);
    assert!(grown < 64 << 20, "grown by {grown} bytes");
    let mut wide = zstd::Encoder::new(Vec::new(), 1).unwrap();
    wide.set_parameter(zstd::zstd_safe::CParameter::WindowLog(27)).unwrap();
    wide.write_all(EVENT.as_bytes()).unwrap();
    assert_eq!(send(&wide.finish().unwrap()), 400);
    assert_eq!(server.rows(), 2);
}

#[test]
fn a_token_for_some_models_opens_no_other() {
    let folder = Folder::new();
    let tokens = folder.path("tokens");
    let make = [
        "token",
        "shop",
        "--scopes",
        "ingest,read,admin",
        "--models",
        "checkout,re turns",
        "--token-file",
        &tokens,
    ];
    let (code, token, said) = driftline(&make);
    assert_eq!(code, Some(0), "{said}");
    let token = format!("Bearer {}", token.trim());
    let server = Server::start(&folder, &["--token-file", &tokens]);
    let ask = |method: &str, target: &str, headers: &[(&str, &str)], body: &str| {
        let mut all = vec![JSON, ("authorization", token.as_str())];
        all.extend(headers);
        server.client().send(method, target, &all, body.as_bytes()).status
    };
    let event = |model: &str| format!(r#"{{"latency_ms": 1, "model": "{model}"}}"#);
    assert_eq!(ask("POST", "/monitor", &[], &event("checkout")), 200);
    assert_eq!(ask("POST", "/monitor", &[], &event("re turns")), 200);
    assert_eq!(ask("POST", "/monitor", &[], &event("search")), 403);
    assert_eq!(ask("GET", "/drift?model=re%20turns", &[], ""), 200);
    // What a client says of itself counts for nothing.
    assert_eq!(ask("GET", "/drift", &[("driftline-models", "default")], ""), 403);
    // Every endpoint but the public ones, without the name of a model or with another's.
    let document = server.get("/openapi.json").json();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            if operation["x-scope"] == "public" {
                continue;
            }
            let path = path.replace("{id}", &"0".repeat(32)).replace("{key}", "k");
            let takes_model = operation["parameters"].to_string().contains("\"model\"");
            let target = if takes_model { format!("{path}?model=search") } else { path };
            let body = match operation["operationId"].as_str().unwrap() {
                "postEvents" => event("search"),
                "postAlertmanager" => {
                    r#"{"alerts": [{"status": "resolved", "labels": {"alertname": "x"}}]}"#.into()
                }
                _ => String::new(),
            };
            assert_eq!(ask(&method.to_uppercase(), &target, &[], &body), 403, "{method} {target}");
        }
    }
}

#[test]
fn a_hundred_thousand_feature_names_cost_little_memory() {
    let folder = Folder::new();
    // Learning keeps values by name: the worst there is to send names to.
    let server = Server::start(&folder, &["--learn", "1000000"]);
    let named = |range: std::ops::Range<u32>| {
        let features: Vec<String> = range.map(|i| format!("\"feature_{i}\": {i}")).collect();
        format!("{{\"features\": {{{}}}}}", features.join(", "))
    };
    // Once round before, so that what every request needs is there.
    assert_eq!(server.post("/monitor", &named(0..1000)).status, 200);
    let before = server.memory("VmRSS");
    let answer = server.post("/monitor", &named(0..100_000));
    assert_eq!(answer.json()["dropped_feature_values"], 90_000);
    for thousand in 0..100 {
        let range = thousand * 1000..(thousand + 1) * 1000;
        assert_eq!(server.post("/monitor", &named(range)).status, 200);
    }
    let grown = server.memory("VmRSS").saturating_sub(before);
    assert!(grown <= 64 << 20, "grown by {grown} bytes");
    let metrics = server.get("/metrics");
    assert!(metrics.body.len() < 1 << 20, "{} bytes of metrics", metrics.body.len());
}
