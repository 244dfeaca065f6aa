//! The worker's session over real `File`s, in a real worker.
#![cfg(target_arch = "wasm32")]
#![expect(clippy::unwrap_used, reason = "a test that fails, fails")]

extern crate alloc;

use alloc::rc::Rc;
use core::cell::RefCell;

use driftline_core::{
    counting::Counting, monitor::StoredComparands, spec::CompareSpec, time::Timestamp,
};
use driftline_wasm::{
    local_file::LocalFile,
    message::{Request, Response},
    session::{Host, Session, SourceFile},
};
use js_sys::{Array, Date, Uint8Array};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::File;

wasm_bindgen_test_configure!(run_in_dedicated_worker);

#[derive(Default)]
struct Page(Rc<RefCell<Vec<Response>>>);

impl Host for Page {
    type File = LocalFile;

    fn post(&self, response: Response) {
        self.0.borrow_mut().push(response);
    }

    fn millis(&self) -> f64 {
        Date::now()
    }
}

fn file(name: &str, text: &str) -> LocalFile {
    let parts = Array::of1(&Uint8Array::from(text.as_bytes()));
    LocalFile(File::new_with_u8_array_sequence(&parts, name).unwrap())
}

/// About 9 MB: three chunks.
fn rows(shift: u64) -> String {
    let row = |i: u64| format!("{},{}\n", i * 7919 % 100_003 + shift, i % 7);
    format!("amount,weekday\n{}", (0..1_100_000).map(row).collect::<String>())
}

fn load(job: u32) -> Request {
    Request::Load { job, counting: Counting::default() }
}

#[wasm_bindgen_test]
async fn a_file_is_read_by_slices() {
    let file = file("a.csv", "0123456789");
    assert_eq!((file.name().as_str(), file.bytes()), ("a.csv", 10));
    assert_eq!(file.read(3, 6).await.unwrap(), b"345");
}

#[wasm_bindgen_test]
async fn two_files_become_counts() {
    let page = Page::default();
    let heard = page.0.clone();
    let files = vec![file("baseline.csv", &rows(0)), file("current.csv", &rows(50_000))];
    Session::new(page).handle(load(1), files).await;
    let heard = heard.borrow();
    assert!(matches!(heard.first(), Some(Response::Progress { job: 1, .. })));
    let Some(Response::Counted { job: 1, counts, fields, .. }) = heard.last() else {
        panic!("expected counts, found {:?}", heard.last())
    };
    let counted = StoredComparands::decode(counts).unwrap();
    let monitor = CompareSpec::default().check().unwrap();
    let report = monitor.report(&counted.comparands(), Timestamp::EPOCH);
    assert_eq!((report.baseline.rows, report.current.rows), (1_100_000, 1_100_000));
    assert_eq!(report.drift.drifted_features, ["amount"]);
    assert_eq!(fields.len(), 2);
}

#[wasm_bindgen_test]
async fn a_load_is_cancelled_between_two_chunks() {
    let page = Page::default();
    let heard = page.0.clone();
    let session = Rc::new(Session::new(page));
    let files = vec![file("baseline.csv", &rows(0)), file("current.csv", &rows(0))];
    let reading = session.clone();
    wasm_bindgen_futures::spawn_local(async move { reading.handle(load(1), files).await });
    // Until this is read, the load has asked for its first chunk at least.
    file("other.csv", "a").read(0, 1).await.unwrap();
    session.handle(Request::Cancel { job: 1 }, Vec::new()).await;
    session.handle(load(2), vec![file("b.csv", "a\n1\n"), file("c.csv", "a\n1\n")]).await;
    let answers = || {
        let mut answers: Vec<String> = heard
            .borrow()
            .iter()
            .filter_map(|response| match response {
                Response::Cancelled { job } => Some(format!("cancelled {job}")),
                Response::Counted { job, .. } => Some(format!("counted {job}")),
                _ => None,
            })
            .collect();
        answers.sort_unstable();
        answers
    };
    // The first load answers when the chunk it waits for has come, which may be after the second load is done.
    for _ in 0..1000 {
        if answers().len() >= 2 {
            break;
        }
        file("other.csv", "a").read(0, 1).await.unwrap();
    }
    assert_eq!(answers(), ["cancelled 1", "counted 2"]);
}
