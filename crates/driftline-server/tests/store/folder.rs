//! The folder: private, for one server, and of a version that is known.

use std::{fs, os::unix::fs::PermissionsExt as _};

use counting::submission;
use rusqlite::Connection;

use super::*;

#[test]
fn two_servers_on_one_folder_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path(), options()).unwrap();
    let second = Store::open(dir.path(), options()).unwrap_err().to_string();
    let expected =
        format!("in use by process {}; one server works on one folder", std::process::id());
    assert!(second.ends_with(&expected), "{second}");
    let inspected = driftline_server::store::inspect(dir.path()).unwrap();
    assert_eq!(inspected.in_use_by, Some(std::process::id()));
    drop(store);
    assert_eq!(driftline_server::store::inspect(dir.path()).unwrap().in_use_by, None);
    open(dir.path(), options()).unwrap();
}

#[test]
fn nobody_else_can_read_it() {
    let parent = tempfile::tempdir().unwrap();
    let dir = parent.path().join("a/b");
    let store = open(&dir, options()).unwrap();
    store.submit(submission(1, true)).unwrap().wait().unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    let files: Vec<_> = fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(files.len() >= 5, "{files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
    let copy = parent.path().join("copy.db");
    driftline_server::store::backup(&dir, &copy).unwrap();
    assert_eq!(mode(&copy), 0o600);
}

#[test]
fn newer_and_foreign_databases_are_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    drop(open(dir.path(), options()).unwrap());
    let database = dir.path().join("driftline.db");
    Connection::open(&database).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let error = Store::open(dir.path(), options()).unwrap_err().to_string();
    assert!(error.contains("found version 99: a newer Driftline wrote it"), "{error}");

    let dir = tempfile::tempdir().unwrap();
    let content = b"just some text, long enough to be a header of sixteen bytes and more";
    fs::write(dir.path().join("driftline.db"), content).unwrap();
    let error = Store::open(dir.path(), options()).unwrap_err().to_string();
    assert!(error.contains("expected a store of Driftline"), "{error}");
    assert_eq!(fs::read(dir.path().join("driftline.db")).unwrap(), content);

    let dir = tempfile::tempdir().unwrap();
    let other = Connection::open(dir.path().join("driftline.db")).unwrap();
    other.execute_batch("CREATE TABLE cats (name TEXT)").unwrap();
    let error = Store::open(dir.path(), options()).unwrap_err().to_string();
    assert!(error.contains("expected a store of Driftline"), "{error}");
    let error = driftline_server::store::verify(Path::new("/nonexistent")).unwrap_err().to_string();
    assert_eq!(error, "/nonexistent: expected a store, found none");
}

#[test]
fn a_backup_is_a_store_and_is_made_while_it_is_written_to() {
    let dir = tempfile::tempdir().unwrap();
    let store = std::sync::Arc::new(open(dir.path(), options()).unwrap());
    let writing = {
        let store = std::sync::Arc::clone(&store);
        thread::spawn(move || {
            (0..2000).for_each(|n| drop(store.submit(submission(n, true)).unwrap().wait().unwrap()))
        })
    };
    let copies = tempfile::tempdir().unwrap();
    let mut lengths = Vec::new();
    for n in 0..5 {
        let copy = copies.path().join(format!("{n}/driftline.db"));
        fs::create_dir(copy.parent().unwrap()).unwrap();
        driftline_server::store::backup(dir.path(), &copy).unwrap();
        lengths.push(look(copy.parent().unwrap()).unwrap().last_seq);
    }
    writing.join().unwrap();
    assert!(lengths.is_sorted(), "{lengths:?}");
    let again = driftline_server::store::backup(dir.path(), &copies.path().join("0/driftline.db"));
    assert!(again.unwrap_err().to_string().contains("expected a new file, found one"));
    assert_eq!(store.status().last_seq, 2000);
}

#[test]
fn a_store_whose_orders_had_no_method_is_brought_up_to_date() {
    let dir = tempfile::tempdir().unwrap();
    drop(open(dir.path(), options()).unwrap());
    let db = Connection::open(dir.path().join("driftline.db")).unwrap();
    db.execute_batch("ALTER TABLE outbox DROP COLUMN method; PRAGMA user_version = 1;").unwrap();
    drop(open(dir.path(), options()).unwrap());
    let named = "SELECT count(*) FROM pragma_table_info('outbox') WHERE name = 'method'";
    let columns: i64 = db.query_row(named, [], |row| row.get(0)).unwrap();
    assert_eq!(columns, 1);
}
