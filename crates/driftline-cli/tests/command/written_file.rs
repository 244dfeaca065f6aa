//! `-o`: whole or not at all, and never over an input.

use std::fs;

use crate::Folder;

#[test]
fn a_file_that_is_written_is_whole_and_alone() {
    let folder = Folder::with_twins();
    folder.write("report.json", "something older");
    let ran = folder.run("compare baseline.csv current.csv --format json -o report.json");
    ran.ends_with(0).warns("No drift").warns("wrote report.json");
    assert_eq!(ran.out, "");
    assert!(folder.read("report.json").contains("driftline.report/v1"));
    assert_eq!(folder.names(), ["baseline.csv", "current.csv", "report.json"]);
}

#[test]
fn a_run_that_fails_leaves_the_file_that_was_there() {
    let folder = Folder::with_twins();
    folder.write("empty.csv", "");
    folder.write("report.json", "something older");
    folder.run("compare baseline.csv empty.csv --format json -o report.json").ends_with(2);
    folder.run("profile empty.csv -o report.json").ends_with(2);
    assert_eq!(folder.read("report.json"), "something older");
    assert_eq!(folder.names(), ["baseline.csv", "current.csv", "empty.csv", "report.json"]);
}

#[test]
fn an_input_is_never_written_over() {
    let folder = Folder::with_twins();
    let before = folder.read("baseline.csv");
    for arguments in [
        "compare baseline.csv current.csv -o baseline.csv",
        "compare baseline.csv current.csv -o ./current.csv",
        "profile baseline.csv -o ../TEST/baseline.csv",
    ] {
        let name = folder.0.file_name().unwrap().to_str().unwrap();
        folder.run(&arguments.replace("TEST", name)).ends_with(2).warns("this is an input");
    }
    assert_eq!(folder.read("baseline.csv"), before);
}

#[test]
fn a_place_that_cannot_be_written_is_told_before_anything_is_read() {
    let folder = Folder::with_twins();
    fs::create_dir(folder.0.join("folder")).unwrap();
    for (output, expected) in [
        ("nowhere/report.json", "-o nowhere/report.json: there is no folder nowhere"),
        ("baseline.csv/report.json", "-o baseline.csv/report.json: "),
        ("folder", "-o folder: expected a file to write, found a directory"),
    ] {
        let ran = folder.run(&format!("compare baseline.csv current.csv -o {output}"));
        ran.ends_with(2).warns(expected);
        assert_eq!(ran.out, "");
    }
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link_and_a_file_keeps_its_readers() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let folder = Folder::with_twins();
    folder.write("real.json", "");
    fs::set_permissions(folder.0.join("real.json"), fs::Permissions::from_mode(0o640)).unwrap();
    symlink("real.json", folder.0.join("link.json")).unwrap();
    folder.run("compare baseline.csv current.csv --format json -o link.json").ends_with(0);
    assert!(folder.read("real.json").contains("driftline.report/v1"));
    assert!(fs::symlink_metadata(folder.0.join("link.json")).unwrap().is_symlink());
    assert_eq!(
        fs::metadata(folder.0.join("real.json")).unwrap().permissions().mode() & 0o777,
        0o640
    );
    folder.run("compare baseline.csv current.csv -o /dev/null").ends_with(0);
    let full = folder.run("compare baseline.csv current.csv -o /dev/full");
    if std::path::Path::new("/dev/full").exists() {
        full.ends_with(2).warns("-o /dev/full: No space left");
    }
}
