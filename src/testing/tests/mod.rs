mod fakes;
mod identity;
mod outputs;
