//! Sample data, fetched from the page's own address.

use js_sys::Array;
use leptos::{prelude::*, task::spawn_local};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, File, Response, Url};

use super::state::{Page, page};
use crate::view::failure::Failure;

/// Folder below `samples/`, name, and where it is from.
pub(super) const SAMPLES: [(&str, &str, &str); 2] = [
    ("transactions", "Card transactions", "synthetic"),
    ("bike_sharing", "Bike sharing", "real, CC BY 4.0"),
];

#[component]
pub(super) fn Samples() -> impl IntoView {
    let page = page();
    view! {
        <div class="samples">
            <span id="samples-label">"No files at hand? Try it with sample data:"</span>
            <ul aria-labelledby="samples-label">
                {SAMPLES
                    .map(|(folder, name, origin)| {
                        view! {
                            <li>
                                <button
                                    type="button"
                                    data-sample=folder
                                    disabled=move || page.fetching.get().is_some()
                                    on:click=move |_| try_sample(page, folder, name)
                                >
                                    {name}
                                    <small>{origin}</small>
                                </button>
                            </li>
                        }
                    })
                    .collect_view()}
            </ul>
        </div>
    }
}

pub(super) fn try_sample(page: Page, folder: &'static str, name: &'static str) {
    page.fetching.set(Some(name));
    spawn_local(async move {
        let baseline = fetch(folder, "baseline").await;
        let current = fetch(folder, "current").await;
        if page.fetching.try_set(None).is_some() {
            return;
        }
        match (baseline, current) {
            (Ok(baseline), Ok(current)) => {
                page.choose(Some(baseline), vec![current]);
                page.sample.set(Some(folder));
            }
            (Err(why), _) | (_, Err(why)) => page.fail(Failure::here(
                "The sample could not be fetched",
                &format!("samples/{folder}"),
                why,
                "Check the connection and try again, or choose files of your own: they need none.",
            )),
        }
    });
}

async fn fetch(folder: &str, side: &str) -> Result<File, String> {
    let say = |error: JsValue| format!("{error:?}");
    let base = document().base_uri().ok().flatten().unwrap_or_default();
    let address =
        Url::new_with_base(&format!("samples/{folder}/{side}.csv"), &base).map_err(say)?;
    let answer: Response = JsFuture::from(window().fetch_with_str(&address.href()))
        .await
        .map_err(say)?
        .unchecked_into();
    if !answer.ok() {
        return Err(format!("the server answered {} {}", answer.status(), answer.status_text()));
    }
    let blob: Blob =
        JsFuture::from(answer.blob().map_err(say)?).await.map_err(say)?.unchecked_into();
    File::new_with_blob_sequence(&Array::of1(&blob), &format!("{side}.csv")).map_err(say)
}
