//! Everything about one column: why it was judged so, its histogram, its measures, and the data behind them.

use driftline_charts::{
    Chart, histogram,
    html::findings::{self, Explained},
    wording::{count, printable, share},
};
use driftline_core::report::ColumnReport;
use leptos::prelude::*;
use web_sys::KeyboardEvent;

use super::{
    download,
    row::detail_id,
    severity::SeverityBadge,
    state::{focus_now, page},
};
use crate::view::{
    column::{self, Fact},
    session::ShownColumn,
};

#[component]
pub(super) fn Detail(name: String) -> impl IntoView {
    let page = page();
    let id = detail_id(page, &name);
    let title_id = format!("{id}-title");
    let heading_id = title_id.clone();
    let shown_name = printable(&name).into_owned();
    let column = Memo::new(move |_| page.column(&name));
    let chart = Memo::new(move |_| {
        let width = chart_width(page.width.get());
        column.with(|column| column.as_ref().map(|column| histogram::draw(column, width)))
    });
    let of = move |say: fn(&ColumnReport) -> String| {
        column.with(|column| column.as_ref().map(|column| say(column)).unwrap_or_default())
    };
    let severity = Signal::derive(move || {
        column
            .with(|c| c.as_ref().map(|c| c.severity))
            .unwrap_or(driftline_core::verdict::Severity::Inconclusive)
    });
    let close = move || {
        let opener = "button[data-row][aria-expanded=true]";
        let opener = document().query_selector(opener).ok().flatten();
        page.open.set(None);
        if let Some(opener) = opener {
            use wasm_bindgen::JsCast;
            let _ = opener.unchecked_into::<web_sys::HtmlElement>().focus();
        } else {
            focus_now("columns-title");
        }
    };
    view! {
        <section
            class="detail"
            id=id
            aria-labelledby=title_id
            on:keydown=move |event: KeyboardEvent| {
                if event.key() == "Escape" {
                    close();
                }
            }
        >
            <div class="detail-head">
                <h3 id=heading_id><bdi>{shown_name}</bdi></h3>
                <SeverityBadge severity />
                <p class="explanation"><bdi>{move || of(|c| printable(&c.explanation).into_owned())}</bdi></p>
                <button type="button" class="quiet close" on:click=move |_| close()>"Close"</button>
            </div>
            <div
                class="by-convention markup"
                inner_html=move || {
                    page.shown.with(|shown| {
                        column.with(|column| {
                            let both = column.as_ref().zip(shown.as_ref());
                            both.map(|(c, shown)| findings::convention(c, &shown.report.spec)).unwrap_or_default()
                        })
                    })
                }
            ></div>
            <div class="detail-body">
                <div class="detail-chart">
                    <figure
                        class="histogram"
                        inner_html=move || chart.with(|c| c.as_ref().map(Chart::to_svg).unwrap_or_default())
                    ></figure>
                    <ChartData chart />
                    <NewLevels column />
                </div>
                <div>
                    <h4>"Measures "<small>"a name unfolds what it means"</small></h4>
                    <div
                        class="markup scroll"
                        role="region"
                        aria-label="Measures"
                        tabindex="0"
                        inner_html=move || of(|column| findings::measures(column, Explained::InPlace))
                    ></div>
                    <div
                        class="markup"
                        inner_html=move || {
                            of(|column| match findings::notes(column) {
                                notes if notes.is_empty() => notes,
                                notes => format!("<h4>Worth knowing</h4>{notes}"),
                            })
                        }
                    ></div>
                </div>
            </div>
            <div class="detail-sample">
                <h4>"What this PSI means with this many rows"</h4>
                {move || {
                    page.shown.with(|shown| {
                        column.with(|column| {
                            let column = column.as_ref()?;
                            let mut facts: Vec<Fact> =
                                column.measures.psi.iter().flat_map(column::psi_facts).collect();
                            facts.extend(column::row_facts(column, &shown.as_ref()?.report));
                            Some(fact_list(facts))
                        })
                    })
                }}
            </div>
        </section>
    }
}

/// Wide windows have the numbers beside the chart, narrow ones under it.
fn chart_width(window: u32) -> u32 {
    match window {
        w if w >= 1000 => (w.min(1320) - 120) * 56 / 100,
        w => w.saturating_sub(64).max(histogram::LEAST_WIDTH),
    }
}

fn fact_list(facts: Vec<Fact>) -> impl IntoView {
    let rows = facts.into_iter().map(|fact| {
        view! {
            <div class="fact">
                <dt>{fact.term}</dt>
                <dd>
                    <span class="value">{fact.value}</span>
                    <span class="fact-note">{fact.note}</span>
                </dd>
            </div>
        }
    });
    view! { <dl class="facts">{rows.collect_view()}</dl> }
}

/// The picture's data as a table, and both as files.
#[component]
fn ChartData(chart: Memo<Option<Chart>>) -> impl IntoView {
    let page = page();
    let save =
        move |extension: &'static str, media_type: &'static str, write: fn(&Chart) -> String| {
            move |_| {
                let text = chart.with_untracked(|chart| chart.as_ref().map(write));
                let name = page.open.get_untracked().unwrap_or_default();
                if let Some(text) = text {
                    download::offer(&column::file_name(&name, extension), media_type, &text);
                }
            }
        };
    view! {
        <div class="chart-acts" role="group" aria-label="Save this chart">
            <span>"Save chart as"</span>
            <button
                type="button"
                data-save="svg"
                on:click=save("svg", "image/svg+xml", Chart::to_svg_file)
            >
                "SVG"
            </button>
            <button
                type="button"
                data-save="csv"
                on:click=save("csv", "text/csv", |chart| chart.table.to_csv())
            >
                "CSV"
            </button>
        </div>
        <details class="chart-data">
            <summary>"Data as a table"</summary>
            <div
                class="chart-table"
                inner_html=move || chart.with(|c| c.as_ref().map(|c| c.table.to_html()).unwrap_or_default())
            ></div>
        </details>
    }
}

#[component]
fn NewLevels(column: Memo<Option<ShownColumn>>) -> impl IntoView {
    let page = page();
    let levels = move || {
        let rows = page.shown.with(|shown| shown.as_ref().map_or(1, |s| s.report.current.rows));
        column.with(|column| {
            let levels = &column.as_ref()?.new_levels;
            (!levels.is_empty()).then(|| {
                let items: Vec<_> = levels
                    .iter()
                    .map(|new| {
                        let part = share(new.rows as f64 / rows.max(1) as f64);
                        let level = printable(&new.level).into_owned();
                        view! {
                            <li><bdi>{level}</bdi>" "<span class="dim">{count(new.rows)}" rows, "{part}</span></li>
                        }
                    })
                    .collect();
                view! {
                    <h4>"Levels the baseline has never seen"</h4>
                    <ul class="levels">{items}</ul>
                }
            })
        })
    };
    view! { <div>{levels}</div> }
}
