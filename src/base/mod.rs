//! What every district builds on and what knows nothing of hubs: the database, the clock, ids, amounts, days, text,
//! Markdown, settings, files, paper and workbooks.

pub mod auth;
pub mod braced;
pub mod clock;
pub mod colour;
pub mod config;
pub mod credits;
pub mod csv_file;
pub mod days;
pub mod db;
pub mod files;
pub mod hashing;
pub mod hours;
pub mod ids;
pub mod mail;
pub mod markdown;
pub mod month;
pub mod openid;
pub mod outbound;
pub mod pdf;
pub mod qr;
pub mod said;
pub mod seal;
pub mod secret;
pub mod sent;
pub mod settings;
pub mod text;
pub mod vault;
pub mod workdays;
pub mod xlsx;
pub mod year;
