//! The names of regions.

use tucuxi::Session;

/// A service with fewer regions is not in all of them.
const MANY_REGIONS: usize = 20;

/// The regions of the service, or of a service that is everywhere.
pub(crate) fn names(session: &Session, service: Option<&str>) -> Vec<String> {
    if let Some(service) = service {
        let known = session.available_regions(service);
        if !known.is_empty() {
            return known;
        }
    }
    let mut services = session.available_services().into_iter();
    let regions = services
        .find_map(|service| Some(session.available_regions(&service)).filter(|regions| regions.len() >= MANY_REGIONS));
    regions.unwrap_or_default()
}
