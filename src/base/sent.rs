//! How a model sends a field that it keeps in another form: for `#[serde(serialize_with)]`.

use serde::Serializer;

/// Whether there is a value, as true or false.
pub fn whether<T, S: Serializer>(value: &Option<T>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bool(value.is_some())
}

/// Bytes in hexadecimal.
pub fn hex<B: AsRef<[u8]>, S: Serializer>(bytes: &B, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&::hex::encode(bytes))
}
