//! Colours by what they stand for, legible on light and dark grounds and to people with any kind of colour vision.

use plotters::style::RGBColor;

/// A colour by what it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// The ground a picture lies on.
    Ground,
    /// Text.
    Text,
    /// Text that can wait: axis labels, units.
    Muted,
    /// Gridlines and axes.
    Grid,
    /// The baseline's rows.
    Baseline,
    /// The current rows.
    Current,
    /// No drift.
    None,
    /// Moderate drift.
    Moderate,
    /// Significant drift.
    Significant,
    /// Critical drift.
    Critical,
    /// Undecided.
    Inconclusive,
}

/// One row an ink: its name, its light and its dark colour. The light ones are all different, since plotters hands
/// a backend nothing but a colour. Baseline and current are Okabe and Ito's blue and vermillion; every text colour
/// has at least 4.5 : 1 on its ground.
const INKS: [(Ink, &str, [u8; 3], [u8; 3]); 11] = [
    (Ink::Ground, "ground", [0xff, 0xff, 0xff], [0x14, 0x18, 0x1d]),
    (Ink::Text, "text", [0x1c, 0x23, 0x2b], [0xe7, 0xea, 0xee]),
    (Ink::Muted, "muted", [0x55, 0x60, 0x6d], [0xa3, 0xad, 0xb8]),
    (Ink::Grid, "grid", [0xdf, 0xe3, 0xe8], [0x30, 0x38, 0x41]),
    (Ink::Baseline, "baseline", [0x00, 0x72, 0xb2], [0x3f, 0xa2, 0xdc]),
    (Ink::Current, "current", [0xd5, 0x5e, 0x00], [0xf0, 0x8a, 0x3c]),
    (Ink::None, "none", [0x00, 0x6b, 0x4f], [0x3d, 0xc2, 0x98]),
    (Ink::Moderate, "moderate", [0x7a, 0x5b, 0x00], [0xe0, 0xb4, 0x3c]),
    (Ink::Significant, "significant", [0xa8, 0x47, 0x00], [0xff, 0x9d, 0x5c]),
    (Ink::Critical, "critical", [0xb0, 0x15, 0x32], [0xff, 0x85, 0x8f]),
    (Ink::Inconclusive, "inconclusive", [0x56, 0x4f, 0x7d], [0xb7, 0xae, 0xe6]),
];

impl Ink {
    /// Every ink.
    pub fn all() -> impl Iterator<Item = Ink> {
        INKS.iter().map(|row| row.0)
    }

    fn row(self) -> &'static (Ink, &'static str, [u8; 3], [u8; 3]) {
        &INKS[self as usize]
    }

    /// Its name; `--drift-` and this is its custom property.
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// Its colour on a light ground, as `#rrggbb`.
    pub fn light(self) -> String {
        hex(self.row().2)
    }

    /// Its colour on a dark ground, as `#rrggbb`.
    pub fn dark(self) -> String {
        hex(self.row().3)
    }

    /// The colour that stands for it inside plotters.
    pub(crate) fn rgb(self) -> RGBColor {
        let [red, green, blue] = self.row().2;
        RGBColor(red, green, blue)
    }

    /// The ink that this colour stands for; text where none does.
    pub(crate) fn from_rgb((red, green, blue): (u8, u8, u8)) -> Ink {
        INKS.iter().find(|row| row.2 == [red, green, blue]).map_or(Ink::Text, |row| row.0)
    }
}

impl From<driftline_core::verdict::Severity> for Ink {
    fn from(severity: driftline_core::verdict::Severity) -> Ink {
        use driftline_core::verdict::Severity;
        match severity {
            Severity::Inconclusive => Ink::Inconclusive,
            Severity::None => Ink::None,
            Severity::Moderate => Ink::Moderate,
            Severity::Significant => Ink::Significant,
            Severity::Critical => Ink::Critical,
        }
    }
}

fn hex([red, green, blue]: [u8; 3]) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ink_is_found_again_by_its_colour() {
        for ink in Ink::all() {
            let RGBColor(red, green, blue) = ink.rgb();
            assert_eq!((Ink::from_rgb((red, green, blue)), ink.row().0), (ink, ink));
        }
    }

    /// Contrast as WCAG 2.2 defines it.
    fn contrast(a: [u8; 3], b: [u8; 3]) -> f64 {
        let luminance = |rgb: [u8; 3]| {
            let linear = rgb.map(|c| {
                let c = f64::from(c) / 255.0;
                if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
            });
            0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
        };
        let (a, b) = (luminance(a) + 0.05, luminance(b) + 0.05);
        a.max(b) / a.min(b)
    }

    #[test]
    fn text_has_contrast_on_its_ground_and_shapes_are_told_from_it() {
        for ink in Ink::all() {
            let least = match ink {
                Ink::Ground | Ink::Grid => continue,
                Ink::Baseline | Ink::Current => 3.0,
                _ => 4.5,
            };
            let (_, name, light, dark) = *ink.row();
            let (_, _, light_ground, dark_ground) = *Ink::Ground.row();
            assert!(contrast(light, light_ground) >= least, "{name} on light");
            assert!(contrast(dark, dark_ground) >= least, "{name} on dark");
        }
    }
}
