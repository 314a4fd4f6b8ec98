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
    /// [`ClientBuilder::build_resource`](crate::ClientBuilder::build_resource) has all settings. Any service can have resources: add definitions with
    /// [`SessionBuilder::resources`](crate::SessionBuilder::resources), or drop `polly/resources-1.json` into a model folder.
    ///
    /// ```
    /// # use serde_json::json;
    /// let definitions = json!({"service": {}, "resources": {"Voice": {
    ///     "identifiers": [{"name": "Id"}],
    ///     "actions": {"Say": {"request": {"operation": "SynthesizeSpeech", "params": [
    ///         {"target": "VoiceId", "source": "identifier", "name": "Id"},
    ///     ]}}},
    /// }}});
    /// let session = tucuxi::Session::builder().region("eu-west-1").resources("polly", definitions).build()?;
    /// let voice = session.resource("polly")?.child("Voice", "Vicki")?;
    /// assert_eq!(voice.describe()["actions"], json!({"say": {"operation": "SynthesizeSpeech"}}));
    /// # Ok::<(), tucuxi::Error>(())
    /// ```
    ///
    /// # Errors
    /// As for [`client`](Self::client); [`ErrorKind::UnknownResource`] if no definitions are known for the service.
    pub fn resource(&self, service: &str) -> Result<Resource> {
        self.client_builder(service).build_resource()
    }

    /// The names of all services with definitions of resources, sorted.
    pub fn available_resources(&self) -> Vec<String> {
        super::or_empty(self.sources().map(|sources| sources.services_with(FileType::Resources)))
    }
}
