//! The browser worker that counts: hands the page's messages to a [`Session`]. A panic is told to the page before it ends
//! the worker.

extern crate alloc;

use alloc::rc::Rc;

use driftline_wasm::{
    local_file::LocalFile,
    message::{Request, Response},
    port::{self, Beside, Port},
    session::{Host, Session},
};
use js_sys::{Array, Date, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::File;

fn main() {
    let page = Port::open();
    let session = Rc::new(Session::new(Browser { page: page.clone() }));
    page.listen(move |data: JsValue| {
        let session = session.clone();
        match parse(&data) {
            Ok((request, files)) => {
                spawn_local(async move { session.handle(request, files).await });
            }
            Err(response) => session.host().post(response),
        }
    });
    post(&page, &Response::Ready);
}

/// Sends a response; counts go beside it.
fn post(page: &Port, response: &Response) {
    let message = serde_json::to_string(response).expect("plain data is written into memory");
    let beside = match response {
        Response::Counted { counts, .. } if !counts.is_empty() => Beside::Bytes(counts),
        _ => Beside::Nothing,
    };
    page.post(&message, beside);
}

/// Takes a message of the page apart, or says why it is none.
fn parse(data: &JsValue) -> Result<(Request, Vec<LocalFile>), Response> {
    let text = port::text(data, "message").unwrap_or_default();
    let request = serde_json::from_str(&text).map_err(|error| Response::Failed {
        job: 0,
        place: "message".into(),
        message: format!("expected a request of the page, found another text: {error}"),
    })?;
    let files = Reflect::get(data, &"files".into()).unwrap_or_default();
    let files = files.dyn_ref::<Array>().map_or(Vec::new(), |files| {
        files.iter().filter_map(|file| file.dyn_into::<File>().ok()).map(LocalFile).collect()
    });
    Ok((request, files))
}

/// The page's end, as a host of the session.
struct Browser {
    page: Port,
}

impl Host for Browser {
    type File = LocalFile;

    fn post(&self, response: Response) {
        post(&self.page, &response);
    }

    fn millis(&self) -> f64 {
        Date::now()
    }
}
