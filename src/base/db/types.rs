//! Types that are stored the same way on both engines: ids and words.

use std::fmt::{self, Formatter};

use serde::de::{Unexpected, Visitor};
use uuid::Uuid;
use uuid::fmt::Hyphenated;

/// Makes a newtype over [`uuid::Uuid`] for the id of one kind of thing, stored as each engine's own uuid.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, sqlx::Type)]
        #[serde(transparent)]
        #[sqlx(transparent)]
        pub struct $name(pub uuid::Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl From<uuid::Uuid> for $name {
            fn from(id: uuid::Uuid) -> Self {
                Self(id)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str($crate::base::db::types::OfAnId).map($name)
            }
        }

        impl From<$name> for uuid::Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        $crate::base::db::types::reports_errors!($name);
    };
}

/// Reads the one form of an id that is written: a text of hexadecimal digits and hyphens.
pub(crate) struct OfAnId;

impl Visitor<'_> for OfAnId {
    type Value = Uuid;

    fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("an id such as 0190f3a8-5b1e-7c3d-9f60-2a4b6c8d0e1f")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Uuid, E> {
        let hyphenated = text.len() == Hyphenated::LENGTH;
        let id = hyphenated.then(|| Uuid::try_parse(text).ok()).flatten();
        id.ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }
}

/// Makes a closed set of words: an enum written as `snake_case` text in the database and in JSON. The docs of the
/// set and of each word serve the code and the specification alike.
macro_rules! words {
    ($(#[doc = $doc:literal])+ $name:ident { $($(#[doc = $vdoc:literal])+ $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[doc = $vdoc])+ $variant),+ }

        impl $name {
            /// Every word of the set, in order.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// What the set is about.
            #[allow(dead_code, reason = "not every set is in the specification")]
            pub const MEANING: &'static str = concat!($($doc),+);

            /// What the word means.
            #[allow(dead_code, reason = "not every set is in the specification")]
            pub const fn meaning(self) -> &'static str {
                match self { $($name::$variant => concat!($($vdoc),+)),+ }
            }

            /// The word, as it is stored and sent.
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text),+ }
            }

            /// Reads a word; the error lists the valid ones.
            pub fn parse(text: &str) -> Result<Self, String> {
                match text {
                    $($text => Ok($name::$variant),)+
                    _ => Err(format!("must be one of: {}", [$($text),+].join(", "))),
                }
            }
        }

        $crate::base::db::types::text!($name);
    };
}

/// Gives a type with `parse(&str) -> Result<Self, impl Display>` and `as_str` its text form in the
/// database (both engines) and in `Display`.
macro_rules! stored_text {
    ($name:ident) => {
        $crate::base::db::types::stored_text!($name, |text: String| Ok($name::parse(&text)?));
    };
    ($name:ident, $read:expr) => {
        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&self.as_str())
            }
        }

        impl<DB: sqlx::Database> sqlx::Type<DB> for $name
        where
            String: sqlx::Type<DB>,
        {
            fn type_info() -> DB::TypeInfo {
                <String as sqlx::Type<DB>>::type_info()
            }

            fn compatible(ty: &DB::TypeInfo) -> bool {
                <String as sqlx::Type<DB>>::compatible(ty)
            }
        }

        impl<'q, DB: sqlx::Database> sqlx::Encode<'q, DB> for $name
        where
            String: sqlx::Encode<'q, DB>,
        {
            fn encode_by_ref(
                &self,
                buf: &mut <DB as sqlx::Database>::ArgumentBuffer,
            ) -> Result<sqlx::encode::IsNull, sqlx::error::BoxDynError> {
                <String as sqlx::Encode<'q, DB>>::encode(self.to_string(), buf)
            }
        }

        impl<'r, DB: sqlx::Database> sqlx::Decode<'r, DB> for $name
        where
            String: sqlx::Decode<'r, DB>,
        {
            fn decode(value: <DB as sqlx::Database>::ValueRef<'r>) -> Result<Self, sqlx::error::BoxDynError> {
                let read: fn(String) -> Result<Self, sqlx::error::BoxDynError> = $read;
                read(<String as sqlx::Decode<'r, DB>>::decode(value)?)
            }
        }
    };
}

/// Does what [`stored_text`] does, and gives the type the same text in JSON.
macro_rules! text {
    ($name:ident) => {
        $crate::base::db::types::stored_text!($name);
        $crate::base::db::types::json_text!($name);
    };
}

/// Does what [`text`] does, for a type whose `stored(String) -> Self` reads the database without the rule that callers
/// meet: what was stored before the rule became stricter can still be read.
macro_rules! kept_text {
    ($name:ident) => {
        $crate::base::db::types::stored_text!($name, |text: String| Ok($name::stored(text)));
        $crate::base::db::types::json_text!($name);
    };
}

/// Gives a type with `parse` and `Display` its text form in JSON.
macro_rules! json_text {
    ($name:ident) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(deserializer)?;
                $name::parse(&text).map_err(serde::de::Error::custom)
            }
        }

        $crate::base::db::types::reports_errors!($name);
    };
}

/// Lets a type stand in a request body: its one error is reported together with those of the other fields.
macro_rules! reports_errors {
    ($name:ident) => {
        impl<'de> eserde::EDeserialize<'de> for $name {
            fn deserialize_for_errors<D: serde::Deserializer<'de>>(deserializer: D) -> Result<(), ()> {
                <Self as serde::Deserialize>::deserialize(deserializer)
                    .map(|_| ())
                    .map_err(eserde::reporter::ErrorReporter::report)
            }
        }
    };
}

pub(crate) use {id, json_text, kept_text, reports_errors, stored_text, text, words};
