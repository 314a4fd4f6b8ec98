mod errors;
mod fakes;
mod identity;
mod outputs;
