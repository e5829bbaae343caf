//! The fields of schools and rolls, and the column names they are known by.

use thiserror::Error;

use crate::base::csv_file::Column;
use crate::base::csv_file::cells::clip;

/// A field that a column of a school or roll file can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// The school's URN.
    Urn,
    /// The school's name.
    Name,
    /// Primary, secondary and so on.
    Phase,
    /// Academy, voluntary aided school and so on.
    EstablishmentType,
    /// The name of the local authority.
    LocalAuthority,
    /// Full or participant.
    Membership,
    /// When the school joined the hub.
    JoinedOn,
    /// Pupils on roll.
    Pupils,
    /// The day the pupils were counted.
    CensusDate,
    /// Whether the school is open, according to GIAS.
    Status,
    /// The last day on which the school is open, according to GIAS.
    ClosedOn,
}

/// A word that is not one of our fields.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("expected a field ({fields}), found {found:?}", fields = Field::ALL.map(Column::as_str).join(", "))]
pub struct UnknownField {
    /// The word, shortened.
    pub found: String,
}

impl Field {
    /// All fields, in the order in which they are documented.
    pub const ALL: [Field; 11] = [
        Field::Urn,
        Field::Name,
        Field::Phase,
        Field::EstablishmentType,
        Field::LocalAuthority,
        Field::Membership,
        Field::JoinedOn,
        Field::Pupils,
        Field::CensusDate,
        Field::Status,
        Field::ClosedOn,
    ];

    /// Reads our own name of a field, such as `local_authority`.
    ///
    /// # Errors
    /// Any other word is refused with a list of the valid ones.
    pub fn parse(word: &str) -> Result<Field, UnknownField> {
        let named = Field::ALL.into_iter().find(|field| field.as_str() == word);
        named.ok_or_else(|| UnknownField { found: clip(word, 40) })
    }
}

impl Column for Field {
    fn as_str(self) -> &'static str {
        match self {
            Field::Urn => "urn",
            Field::Name => "name",
            Field::Phase => "phase",
            Field::EstablishmentType => "establishment_type",
            Field::LocalAuthority => "local_authority",
            Field::Membership => "membership",
            Field::JoinedOn => "joined_on",
            Field::Pupils => "pupils",
            Field::CensusDate => "census_date",
            Field::Status => "establishment_status",
            Field::ClosedOn => "closed_on",
        }
    }

    /// Our own name, then GIAS's, then what schools call it.
    fn known_as(self) -> &'static [&'static str] {
        match self {
            Field::Urn => &["urn", "unique_reference_number", "unique_number", "school_urn", "urn_number"],
            Field::Name => {
                &["name", "establishmentname", "establishment_name", "school_name", "school", "name_of_school"]
            }
            Field::Phase => &["phase", "phaseofeducation_name", "phase_of_education", "school_phase"],
            Field::EstablishmentType => {
                &["establishment_type", "typeofestablishment_name", "type_of_establishment", "school_type", "type"]
            }
            Field::LocalAuthority => &["local_authority", "la_name", "la", "local_authority_name"],
            Field::Membership => &["membership", "membership_type"],
            Field::JoinedOn => &["joined_on", "joined", "date_joined", "joining_date"],
            Field::Pupils => &[
                "pupils",
                "numberofpupils",
                "number_of_pupils",
                "pupils_on_roll",
                "number_on_roll",
                "number_of_pupils_on_roll",
                "nor",
                "roll",
            ],
            Field::CensusDate => &["census_date", "censusdate", "date_of_census", "census", "census_day"],
            Field::Status => &["establishment_status", "establishmentstatus_name", "establishmentstatus"],
            Field::ClosedOn => &["closed_on", "closedate", "close_date"],
        }
    }

    fn or_else(self) -> &'static str {
        match self {
            Field::CensusDate => ", unless one census date is given for the whole file",
            _ => "",
        }
    }
}
