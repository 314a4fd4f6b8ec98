//! customize
