//! What visitors of JSON have in common: whatever is of the wrong type is one fault, and reading goes on.

/// Visits of what is neither an array nor an object: one fault each.
macro_rules! scalars_are_faults {
    ($expected:literal) => {
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str($expected)
        }

        fn visit_unit<E: Error>(self) -> Result<(), E> {
            self.refuse(&Scalar::Null)
        }

        fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
            self.refuse(&Scalar::Truth(value))
        }

        fn visit_u64<E: Error>(self, value: u64) -> Result<(), E> {
            self.refuse(&Scalar::Number(value as f64))
        }

        fn visit_i64<E: Error>(self, value: i64) -> Result<(), E> {
            self.refuse(&Scalar::Number(value as f64))
        }

        fn visit_f64<E: Error>(self, value: f64) -> Result<(), E> {
            self.refuse(&Scalar::Number(value))
        }

        fn visit_str<E: Error>(self, value: &str) -> Result<(), E> {
            self.refuse(&Scalar::Text(Cow::Borrowed(value)))
        }
    };
}

macro_rules! any_seed {
    ($seed:ident, $($life:lifetime),*) => {
        impl<'de, $($life),*> DeserializeSeed<'de> for $seed<$($life),*> {
            type Value = ();

            fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
                deserializer.deserialize_any(self)
            }
        }
    };
}
