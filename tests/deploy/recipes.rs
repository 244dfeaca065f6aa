//! The recipes of `deploy/recipes`: what each asks for once its trigger fires, tried on what receives it where that is here.

use driftline_core::{
    engine::{Engine, Input},
    evidence::{Evidence, Observed},
    metric::Metric,
    policy::{Policy, PolicySpec},
    spec::MonitorSpec,
    time::Timestamp,
    trigger::{Effect, Mode, Request},
};
use serde_json::{Value, json};

use super::{Folder, shipped, skipped, try_run};

const MINUTE: u64 = 60_000_000;

/// What a recipe asks for, decided by itself: version 7 was told, then 8, whose requests fail.
fn request(recipe: &str) -> Request {
    let spec: MonitorSpec = toml::from_str(&shipped(&format!("recipes/{recipe}.toml"))).unwrap();
    assert_eq!(spec.rails.mode, Mode::Approve, "a recipe asks a person first");
    spec.check().unwrap();
    let MonitorSpec { objectives, rules, triggers, mut rails, live, .. } = spec;
    rails.mode = Mode::Auto;
    let policy = PolicySpec { objectives, rules, triggers, rails, live };
    let mut engine = Engine::new(Policy::of(&policy).unwrap());
    let mut now = Timestamp::EPOCH.later(60 * 24 * 365 * 50 * MINUTE);
    for version in ["7", "8"] {
        engine.handle(Input::TargetChanged { version: version.into() }, now);
        now = now.later(24 * 60 * MINUTE);
    }
    for id in 1..30 {
        let start = now;
        now = now.later(MINUTE);
        let mut window = Evidence::new(id, start, now, 1000);
        window.values.insert(Metric::ErrorRate, Observed::new(0.5, 1000));
        for effect in engine.handle(Input::Window(window), now).effects {
            if let Effect::Request(request) = effect {
                return *request;
            }
        }
    }
    panic!("expected {recipe} to ask for a rollback")
}

fn body(request: &Request) -> Value {
    serde_json::from_str(&request.body).unwrap()
}

/// A workload of a kind whose container runs an image of this tag.
fn manifest(api: &str, kind: &str, tag: &str) -> String {
    json!({
        "apiVersion": api,
        "kind": kind,
        "metadata": {"name": "fraud", "annotations": {"deployment.kubernetes.io/revision": "2"}},
        "spec": {
            "selector": {"matchLabels": {"app": "fraud"}},
            "template": {
                "metadata": {"labels": {"app": "fraud"}},
                "spec": {"containers": [{"name": "fraud", "image": format!("registry.example/fraud:{tag}")}]},
            },
        },
    })
    .to_string()
}

/// The image after kubectl applied the request's patch to a workload that runs this tag, or what it says against it.
fn patched(request: &Request, api: &str, kind: &str, tag: &str) -> Option<Result<String, String>> {
    let folder = Folder::new(&format!("{kind}-{tag}"));
    folder.write("workload.json", &manifest(api, kind, tag));
    let image = "jsonpath={.spec.template.spec.containers[0].image}";
    let arguments = [
        "patch",
        "--local",
        "-f",
        "workload.json",
        "--type=json",
        "-p",
        &request.body,
        "-o",
        image,
    ];
    try_run("kubectl", &arguments, &folder.0)
}

fn check_patch(recipe: &str, path: &str, api: &str, kind: &str) {
    let request = request(recipe);
    assert_eq!((request.method.as_str(), request.url.as_str()), ("PATCH", path));
    assert_eq!(request.headers["Content-Type"], "application/json-patch+json");
    assert_eq!(request.headers["Authorization"], "Bearer {secret:k8s}");
    let image = |at: usize| body(&request)[at]["value"].clone();
    assert_eq!(
        (image(0), image(1)),
        (json!("registry.example/fraud:8"), json!("registry.example/fraud:7"))
    );
    match patched(&request, api, kind, "8") {
        None => skipped(&format!("the patch of {recipe}"), "kubectl is not installed"),
        Some(found) => {
            assert_eq!(found.as_deref(), Ok("registry.example/fraud:7"));
            let another = patched(&request, api, kind, "9").unwrap();
            assert!(another.is_err(), "another image is left alone, found {another:?}");
        }
    }
}

#[test]
fn a_deployment_gets_the_image_before_and_only_where_the_judged_one_runs() {
    let path = "https://10.96.0.1/apis/apps/v1/namespaces/models/deployments/fraud";
    check_patch("kubernetes", path, "apps/v1", "Deployment");
    let cause = body(&request("kubernetes"))[2]["value"].as_str().unwrap().to_string();
    assert!(cause.starts_with("Driftline ") && cause.contains("error_rate"), "{cause}");
}

#[test]
fn a_rollout_gets_the_image_before_and_only_where_the_judged_one_runs() {
    let path = "https://10.96.0.1/apis/argoproj.io/v1alpha1/namespaces/models/rollouts/fraud";
    check_patch("argo-rollouts", path, "argoproj.io/v1alpha1", "Rollout");
}

#[test]
fn an_alias_points_to_the_version_before() {
    let request = request("mlflow");
    assert_eq!(request.method, "POST");
    assert_eq!(request.url, "https://mlflow.example/api/2.0/mlflow/registered-models/alias");
    assert_eq!(body(&request), json!({"name": "fraud", "alias": "champion", "version": "7"}));
}
