//! Signing keys: derived from a secret key for one day, region and service, and kept as long as the secret key.

use std::sync::{Arc, PoisonError, RwLock};

/// The number of keys kept: a process has few pairs of region and service with the same credentials.
const MAX_KEYS: usize = 32;

/// The signing keys of one secret key. They are secrets too, so nothing here has a `Debug` form.
#[derive(Default)]
pub(super) struct SigningKeys(RwLock<Vec<DerivedKey>>);

/// A signing key.
#[derive(Clone)]
pub(crate) struct SigningKey(Arc<[u8]>);

struct DerivedKey {
    day: i64,
    region: Box<str>,
    service: Box<str>,
    key: SigningKey,
}

impl SigningKeys {
    /// The key for a day (counted from the epoch), region and service; `derive` makes one that is not kept yet.
    pub(super) fn get_or_derive(
        &self,
        day: i64,
        region: &str,
        service: &str,
        derive: impl FnOnce() -> SigningKey,
    ) -> SigningKey {
        // A panic cannot leave a key half-written.
        let keys = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = keys.iter().find(|key| key.is_for(day, region, service)) {
            return found.key.clone();
        }
        drop(keys);
        let key = derive();
        let mut keys = self.0.write().unwrap_or_else(PoisonError::into_inner);
        // Keys of other days are hardly used again.
        keys.retain(|kept| kept.day == day && !kept.is_for(day, region, service));
        if keys.len() >= MAX_KEYS {
            keys.remove(0);
        }
        keys.push(DerivedKey { day, region: region.into(), service: service.into(), key: key.clone() });
        key
    }
}

impl SigningKey {
    pub(crate) fn new(bytes: &[u8]) -> Self {
        SigningKey(bytes.into())
    }
}

impl AsRef<[u8]> for SigningKey {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl DerivedKey {
    fn is_for(&self, day: i64, region: &str, service: &str) -> bool {
        self.day == day && *self.region == *region && *self.service == *service
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_derived_once_and_bounded() {
        let keys = SigningKeys::default();
        let get = |day: i64, region: &str, service: &str| {
            let mut derived = false;
            let made = keys.get_or_derive(day, region, service, || {
                derived = true;
                SigningKey::new(format!("{day}/{region}/{service}").as_bytes())
            });
            assert_eq!(made.as_ref(), format!("{day}/{region}/{service}").as_bytes());
            derived
        };
        for (day, region, service, is_derived) in [
            (1, "eu-west-1", "s3", true),
            (1, "eu-west-1", "s3", false),
            (1, "eu-west-1", "sqs", true),
            (1, "eu-west-2", "s3", true),
            (1, "eu-west-1", "s3", false),
            (2, "eu-west-1", "s3", true),
            // The next day has replaced it.
            (1, "eu-west-1", "s3", true),
            // Text that is the same if joined.
            (1, "a", "bc", true),
            (1, "ab", "c", true),
        ] {
            assert_eq!(get(day, region, service), is_derived, "{day} {region} {service}");
        }
        for index in 0..2 * MAX_KEYS {
            get(1, "eu-west-1", &index.to_string());
        }
        assert_eq!(keys.0.read().unwrap().len(), MAX_KEYS);
        assert!(!get(1, "eu-west-1", &(2 * MAX_KEYS - 1).to_string()));
        assert!(get(1, "eu-west-1", "0"));
    }
}
