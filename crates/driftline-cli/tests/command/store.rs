//! `driftline store`: what a server keeps, told, checked and copied.

use std::path::PathBuf;

use driftline_core::time::Timestamp;
use driftline_server::store::{Entry, Machine, NewEntry, Options, Output, Store, Submission};

use super::*;

/// Remembers how many commands there were.
struct Count(u64);

impl Machine for Count {
    fn apply(&mut self, _: &Entry) -> Output {
        self.0 += 1;
        Output::default()
    }

    fn checkpoint(&mut self) -> Vec<u8> {
        self.0.to_le_bytes().to_vec()
    }
}

/// A store of 20 commands, with a checkpoint at the end.
fn store_in(folder: &Folder) -> PathBuf {
    let dir = folder.0.join("data");
    let recovered = Store::open(&dir, Options::default()).unwrap();
    let store = recovered.start(Count(0), |_| {}).unwrap();
    for n in 0..20 {
        let entry = NewEntry { at: Timestamp::from_millis(n), kind: 1, bytes: vec![7; 100] };
        store.submit(Submission { entry, key: None }).unwrap().wait().unwrap();
    }
    store.close().unwrap();
    dir
}

#[test]
fn a_store_is_told_checked_and_copied() {
    let folder = Folder::new();
    store_in(&folder);
    let told = folder.run("store inspect data");
    told.ends_with(0).is_silent().says("last command 20;").says("no; the last run ended in order");
    told.says("at command 20, 1970-01-01T00:00:00.019Z, 8 bytes");

    let told = folder.run("store inspect data --format json");
    let data: serde_json::Value = serde_json::from_str(&told.ends_with(0).out).unwrap();
    assert_eq!(data["schema"], "driftline.store/v1");
    assert_eq!((&data["last_seq"], &data["acknowledged"]), (&20.into(), &20.into()));
    assert_eq!(data["journal"]["bytes"], 2000);

    let checked = folder.run("store verify data");
    let expected = "sound: 20 journal entries, 1 checkpoints, 0 audit rows, 0 other rows\n";
    assert_eq!(checked.ends_with(0).out, expected);

    // There is no such folder.
    folder.run("store backup data copy/driftline.db").ends_with(2);
    fs::create_dir(folder.0.join("copy")).unwrap();
    folder.run("store backup data copy/driftline.db").ends_with(0).warns("bytes, checked");
    folder.run("store verify copy").ends_with(0).says("sound: 20 journal entries");
    let again = folder.run("store backup data copy/driftline.db");
    again.ends_with(2).warns("expected a new file, found one");
}

#[test]
fn what_was_altered_is_a_finding_and_what_is_missing_cannot_be_run() {
    let folder = Folder::new();
    let database = store_in(&folder).join("driftline.db");
    let mut bytes = fs::read(&database).unwrap();
    let at = bytes.windows(100).position(|part| part == [7; 100]).unwrap();
    bytes[at + 50] = 8;
    fs::write(&database, bytes).unwrap();
    let checked = folder.run("store verify data");
    checked.ends_with(1).says("journal entry").says("does not fit its checksum: it was altered");

    let checked = folder.run("store verify data --format json");
    let data: serde_json::Value = serde_json::from_str(&checked.ends_with(1).out).unwrap();
    assert_eq!(data["findings"].as_array().unwrap().len(), 1);

    let missing = folder.run("store inspect nowhere");
    missing.ends_with(2).warns("nowhere: expected a store, found none");
}
