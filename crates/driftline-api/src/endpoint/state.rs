//! `/v1/state`: what this replica holds of a model, and what others do; `/metrics`.

use super::{Call, Handling, Reading};
use crate::{
    command::Command,
    exposition::{Exposition, Form},
    problem::{Kind, Problem},
    response::Response,
    station::Bundle,
};

pub(super) fn get(call: &Call<'_>) -> Result<Handling, Problem> {
    let model = call.model()?;
    let bundle = Bundle::of(&model, &call.host.replica);
    let name = call.endpoint.answers[call.answer].name;
    Ok(Handling::Respond(Response::new(200, name, bundle.encode())))
}

pub(super) fn merge(call: &Call<'_>) -> Result<Handling, Problem> {
    let model = call.known_model()?;
    let bundle = call.request.body.clone();
    let read = Bundle::decode(&bundle).map_err(|why| Problem::new(Kind::INVALID, why))?;
    if read.replica == call.host.replica {
        let detail = "expected the bundle of another replica, found this one's own";
        return Err(Problem::new(Kind::CONFLICT, detail));
    }
    call.commit(Command::MergeState { model, bundle })
}

pub(super) fn metrics(call: &Call<'_>) -> Result<Handling, Problem> {
    let form = if call.answer == 0 { Form::Text } else { Form::OpenMetrics };
    let exposition = Exposition::of(call.station, call.host, form, call.now);
    Ok(Handling::Read(Reading::metrics(exposition)))
}
