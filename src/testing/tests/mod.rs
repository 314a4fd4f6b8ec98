mod identity;
mod outputs;
