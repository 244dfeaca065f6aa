//! `GET /v1/live`: the latest state of a model after each look, as server-sent events.

use std::sync::Arc;

use axum::{
    body::{Body, Bytes},
    http::{Response, header},
};
use driftline_api::{Kind, Problem, endpoint::LiveEvent};
use futures_util::stream;
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::{Shared, server::asked};
use crate::host::{Host, now};

struct Following {
    shared: Arc<Shared>,
    host: Arc<Host>,
    model: String,
    looks: watch::Receiver<u64>,
    stopping: watch::Receiver<bool>,
    number: u64,
    _place: OwnedSemaphorePermit,
}

/// Keeps the connection and sends what there is: at once, after each look, and a comment where nothing happens.
///
/// # Errors
/// Too many follow already.
pub(super) fn follow(
    shared: &Arc<Shared>,
    host: Arc<Host>,
    model: String,
) -> Result<Response<Body>, Problem> {
    let place = Arc::clone(&shared.subscribers).try_acquire_owned().map_err(|_| {
        let most = shared.settings.subscribers;
        Problem::new(
            Kind::TOO_MANY,
            format!("expected at most {most} clients that follow, found one more"),
        )
        .with_header("retry-after", 10)
    })?;
    let following = Following {
        looks: host.looks(),
        stopping: shared.stopping.subscribe(),
        shared: Arc::clone(shared),
        host,
        model,
        number: 0,
        _place: place,
    };
    let events = stream::unfold(following, async |mut following| {
        let text = following.next().await?;
        Some((Ok::<_, std::convert::Infallible>(Bytes::from(text)), following))
    });
    let mut response = Response::new(Body::from_stream(events));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static("text/event-stream"));
    headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    Ok(response)
}

impl Following {
    /// The next event or comment; nothing at the end.
    async fn next(&mut self) -> Option<String> {
        if self.number > 0 {
            // Often enough that the connection is not taken for a silent one.
            let settings = &self.shared.settings;
            let every = settings.heartbeat.min(settings.timeouts.idle / 2);
            let heartbeat = tokio::time::sleep(every);
            tokio::select! {
                looked = self.looks.changed() => looked.ok()?,
                () = heartbeat => return Some(": still here\n\n".into()),
                () = asked(&mut self.stopping) => return None,
            }
        } else {
            self.looks.mark_unchanged();
        }
        self.number += 1;
        let (host, model) = (Arc::clone(&self.host), self.model.clone());
        let event = tokio::task::spawn_blocking(move || {
            // The station is let go of before the rows are judged.
            let event = LiveEvent::of(&host.station(), &model, now());
            event.map(|event| event.text())
        });
        Some(match event.await.ok()? {
            Some(data) => format!("id: {}\nevent: look\ndata: {data}\n\n", self.number),
            None => ": nothing yet\n\n".into(),
        })
    }
}
