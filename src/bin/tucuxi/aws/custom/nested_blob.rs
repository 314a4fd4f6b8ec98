//! Bytes within a structure as an option of their own: `--image-bytes fileb://cat.png`.

use super::Customization;
use super::given::{add, change, make_optional, set, value};
use crate::aws::args::ArgArity;
use crate::aws::arguments::LineOptions;
use crate::aws::error::{AwsError, AwsResult};
use crate::aws::options::{OptionRole, OptionTable};
use crate::aws::request::CallRequest;
use tucuxi::shapes::ShapeType;

pub(super) struct NestedBlob {
    /// The option of the structure.
    source: &'static str,
    /// The structure.
    parent: &'static str,
    member: &'static str,
    /// The option of the bytes.
    option: &'static str,
    /// Whether the bytes and the structure are required.
    required: (bool, bool),
    /// The error if the structure has the bytes.
    refused: Option<&'static str>,
}

pub(super) const IMAGE: NestedBlob = NestedBlob::image("image", "Image", "image-bytes");
pub(super) const SOURCE_IMAGE: NestedBlob = NestedBlob::image("source-image", "SourceImage", "source-image-bytes");
pub(super) const TARGET_IMAGE: NestedBlob = NestedBlob::image("target-image", "TargetImage", "target-image-bytes");
pub(super) const ASSET_BUNDLE: NestedBlob = NestedBlob {
    member: "Body",
    ..NestedBlob::image("asset-bundle-import-source", "AssetBundleImportSource", "asset-bundle-import-source-bytes")
};
pub(super) const TERMINOLOGY: NestedBlob = NestedBlob {
    source: "terminology-data",
    parent: "TerminologyData",
    member: "File",
    option: "data-file",
    required: (true, false),
    refused: Some(
        "File cannot be provided as part of the '--terminology-data' argument. Please use the '--data-file' option instead to \
         specify a file.",
    ),
};
pub(super) const DOCUMENT: NestedBlob = NestedBlob {
    source: "document",
    parent: "Document",
    member: "Content",
    option: "document-content",
    required: (true, true),
    refused: Some(
        "Content cannot be provided as a part of the '--document' argument. Please use the '--document-content' option \
         instead to specify a file.",
    ),
};

impl NestedBlob {
    const fn image(source: &'static str, parent: &'static str, option: &'static str) -> Self {
        NestedBlob { source, parent, member: "Bytes", option, required: (false, false), refused: None }
    }
}

impl Customization for NestedBlob {
    fn options(&self, table: &mut OptionTable<'_>) {
        let has_blob = table.find(self.source).is_some_and(|option| match option.role {
            OptionRole::Member(parent) => {
                parent.shape().member(self.member).is_some_and(|member| member.shape().shape_type() == ShapeType::Blob)
            }
            _ => false,
        });
        if !has_blob {
            return;
        }
        let (bytes, structure) = self.required;
        if !structure {
            make_optional(table, self.source);
        }
        add(table, self.option, ArgArity::One);
        if let Some(option) = table.find_mut(self.option) {
            option.required = bytes;
        }
    }

    fn params(&self, arguments: &LineOptions<'_, '_>, request: &mut CallRequest) -> AwsResult<()> {
        let has_blob = request.params.get(self.parent).is_some_and(|parent| parent.get(self.member).is_some());
        if let Some(refused) = self.refused.filter(|_| has_blob) {
            return Err(AwsError::Validation(refused.to_owned()));
        }
        let parent = arguments.table.operation.input().and_then(|input| input.member(self.parent));
        let Some(member) = parent.and_then(|parent| parent.shape().member(self.member)) else { return Ok(()) };
        if let Some(content) = value(arguments, self.option, member)? {
            change(&mut request.params, self.parent, |parent| set(parent, self.member, content));
        }
        Ok(())
    }
}
