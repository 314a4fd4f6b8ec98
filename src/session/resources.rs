//! [`Session::resource`].

use super::Session;
#[cfg(doc)]
use crate::error::ErrorKind;
use crate::error::Result;
use crate::model::loader::FileType;
use crate::resource::Resource;

impl Session {
    /// Creates the [resource](Resource) of a service, with a client of its own. [`Resource::new`] makes one of another client.
    ///
    /// The client has the API version of the newest definitions.
    ///
    /// # Errors
    /// As for [`client`](Self::client); [`ErrorKind::UnknownResource`] if no definitions are known for the service.
    pub fn resource(&self, service: &str) -> Result<Resource> {
        let mut builder = self.client_builder(service);
        let name = self.0.service_name(service)?;
        let sources = self.sources()?;
        if let Some(definitions) = sources.find(&name, None, FileType::Resources)?
            && sources.find(&name, Some(&definitions.version), FileType::Service)?.is_some()
        {
            builder = builder.api_version(definitions.version);
        }
        if self.0.config.user_agent_extra()?.is_none() {
            builder = builder.user_agent_extra("Resource");
        }
        Resource::new(&builder.build()?)
    }

    /// The names of all services with definitions of resources, sorted.
    pub fn available_resources(&self) -> Vec<String> {
        super::or_empty(self.sources().map(|sources| sources.services_with(FileType::Resources)))
    }
}
