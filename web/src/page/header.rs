//! The page's head and foot: what this is, and that nothing leaves it.

use leptos::prelude::*;

use super::{
    live::ModeSwitch,
    state::{Mode, page},
    theme::ThemeToggle,
};
use crate::server;

#[component]
pub(super) fn Header() -> impl IntoView {
    let page = page();
    let purpose = move || match page.mode.get() {
        Mode::Files => "Has your data drifted? Two files in, a verdict out.",
        Mode::Live => "Has your model’s data drifted? What its server sees now.",
        Mode::Replay => "What would a policy have done? Tried on what has been.",
    };
    view! {
        <header class="head">
            <div class="head-bar">
                <div class="brand">
                    <Mark />
                    <div>
                        <h1>"Driftline"</h1>
                        <p class="purpose">{purpose}</p>
                    </div>
                </div>
                <div class="head-choices">
                    <ModeSwitch />
                    <ThemeToggle />
                </div>
            </div>
            <details class="privacy">
                <summary>
                    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
                        <path d="M8 1.2 2.5 3.3v4.2c0 3.4 2.3 6 5.5 7.3 3.2-1.3 5.5-3.9 5.5-7.3V3.3z" fill="none" stroke="currentColor" stroke-width="1.4" stroke-linejoin="round" />
                        <path d="m5.4 7.9 1.9 1.9 3.4-3.6" fill="none" stroke="currentColor" stroke-width="1.4" stroke-linecap="round" stroke-linejoin="round" />
                    </svg>
                    <span>
    "No file leaves this page, and no request goes to any other address: files are read here, by your browser. "
                    <span class="more">"How that is enforced"</span></span>
                </summary>
                <div class="privacy-body">
                    <p>
                        "The page carries a Content-Security-Policy ("
                        <code>"connect-src 'self'"</code>
                        "): the browser refuses every connection to another address. It fetches its own parts and \
                         samples"
                        {server::is_there().then_some(", and asks the server that serves it what it sees,")}
                        " and sends none of your files even there. The worker that reads them gives up its network \
                         functions before the first file arrives. No cookies, no analytics, no fonts from elsewhere."
                    </p>
                    <p>
                        "See for yourself: open the browser’s network panel (F12) and compare two files: every line in it \
                         has the address of this page. Or go offline once the page has loaded: it keeps working, and \
                         opens again without a network too, since the browser keeps the page’s own parts."
                    </p>
                </div>
            </details>
        </header>
    }
}

#[component]
fn Mark() -> impl IntoView {
    view! {
        <svg class="mark" viewBox="0 0 40 40" aria-hidden="true">
            <path class="mark-baseline" d="M3 30c5 0 6-18 12-18s7 18 12 18" fill="none" stroke-width="3.2" stroke-linecap="round" />
            <path class="mark-current" d="M13 30c5 0 6-18 12-18s7 18 12 18" fill="none" stroke-width="3.2" stroke-linecap="round" />
        </svg>
    }
}

#[component]
pub(super) fn Footer() -> impl IntoView {
    view! {
        <footer class="foot">
            <p>
                "The same core, with the same numbers to the last digit, runs on the command line: "
                <code>"driftline compare baseline.csv current.csv"</code>
            </p>
            <p>"MIT licence. Sample “Bike sharing”: H. Fanaee-T and J. Gama, UCI Machine Learning Repository, CC BY 4.0."</p>
        </footer>
    }
}
