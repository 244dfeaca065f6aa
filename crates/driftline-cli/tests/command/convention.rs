//! Conventions of other tools, which read both files twice.

use crate::{Folder, people};

#[test]
fn other_tools_numbers_stand_in_the_report() {
    let folder = Folder::with_twins();
    folder.write("older.csv", people(1000, 2, 20.0));
    folder.write("same.csv", people(1000, 1, 0.0));
    for (convention, number) in
        [("evidently", "\"ks_p\""), ("nannyml", "\"jensen_shannon_upper_threshold\"")]
    {
        let arguments =
            format!("compare baseline.csv older.csv --format json --convention {convention}");
        folder.run(&arguments).ends_with(1).says(number);
        folder
            .run(&format!("compare baseline.csv same.csv --convention {convention}"))
            .ends_with(0)
            .says(&format!("({convention} convention"));
    }
}

#[test]
fn what_cannot_be_read_twice_is_refused() {
    let folder = Folder::with_twins();
    folder
        .run("compare baseline.csv - --convention nannyml")
        .ends_with(2)
        .warns("-: the nannyml convention reads all files twice: give it as a file");
    folder.run("profile baseline.csv -o baseline.ref").ends_with(0);
    folder
        .run("compare baseline.ref current.csv --convention evidently")
        .ends_with(2)
        .warns("baseline.ref: the evidently convention needs the baseline's rows, a stored reference has none");
}
