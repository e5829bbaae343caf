pub mod callers;
pub mod codes;
pub mod conventions;
pub mod secrets;
pub mod service;
pub mod sight;
pub mod specification;
pub mod wrong_fields;
