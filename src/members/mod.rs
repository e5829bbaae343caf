//! Who belongs to a hub: the hubs themselves, their years, their schools with pupils on roll, people, and partners.

pub mod hubs;
pub mod logins;
pub mod partners;
pub mod people;
pub mod schools;
pub mod successions;
pub mod years;
