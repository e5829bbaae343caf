//! The pages: what people do in a browser, a file for each room.

mod year;
