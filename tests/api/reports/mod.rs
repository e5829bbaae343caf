pub mod personal_data;
pub mod school_statement;
pub mod sheets;
pub mod wallet;
pub mod year_figures;
