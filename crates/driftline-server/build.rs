//! Takes the built page into the program where `DRIFTLINE_PAGE` names its folder, and none otherwise: the program builds
//! without the page and its tools.

#![expect(clippy::std_instead_of_core, reason = "a build script")]

use std::{
    collections::hash_map::DefaultHasher,
    env,
    fmt::Write as _,
    fs,
    hash::{Hash as _, Hasher as _},
    io,
    path::{Path, PathBuf},
};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-env-changed=DRIFTLINE_PAGE");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    let mut table = String::from("static PAGE: &[File] = &[\n");
    if let Some(dir) = env::var_os("DRIFTLINE_PAGE").filter(|dir| !dir.is_empty()) {
        let dir = fs::canonicalize(&dir)?;
        println!("cargo::rerun-if-changed={}", dir.display());
        let mut files = Vec::new();
        list(&dir, &mut files)?;
        files.sort();
        for file in files {
            let path = file.strip_prefix(&dir).map_err(io::Error::other)?;
            let path = path.to_string_lossy().replace('\\', "/");
            let mut hash = DefaultHasher::new();
            fs::read(&file)?.hash(&mut hash);
            // The page asks the server that serves it where this tells it that there is one.
            let file = if path == "index.html" { with_server(&file, &out)? } else { file };
            let tag = format!("\"{:016x}\"", hash.finish());
            let media_type = media_type(&path);
            writeln!(
                table,
                "    File {{ path: {path:?}, media_type: {media_type:?}, tag: {tag:?}, bytes: include_bytes!({file:?}) }},"
            )
            .map_err(io::Error::other)?;
        }
    }
    table.push_str("];\n");
    fs::write(out.join("page.rs"), table)
}

/// The page's document with its place for the server filled in.
fn with_server(document: &Path, out: &Path) -> io::Result<PathBuf> {
    const PLACE: &str = "<meta name=\"driftline-server\" content=\"\">";
    let text = fs::read_to_string(document)?;
    if !text.contains(PLACE) {
        return Err(io::Error::other(format!("{} has no {PLACE}", document.display())));
    }
    let file = out.join("index.html");
    fs::write(&file, text.replace(PLACE, "<meta name=\"driftline-server\" content=\"./\">"))?;
    Ok(file)
}

fn list(dir: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let is_hidden =
            path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if is_hidden {
            continue;
        }
        if path.is_dir() {
            list(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "css" => "text/css; charset=utf-8",
        "csv" => "text/csv; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "ico" => "image/x-icon",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "md" => "text/markdown; charset=utf-8",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        "webmanifest" => "application/manifest+json",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}
