//! How pages say days, times and amounts: as everything else that people read.

pub(crate) use crate::base::said::*;
