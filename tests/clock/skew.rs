//! What a client believes of a service's clock.
