"""Writes the names of all parts of boto3's resources to names.json: python names.py > names.json

Needs boto3 1.44.5. `attributes` maps names to members, `aliases` attributes to the identifiers that they are."""

import json

import boto3
import botocore.loaders
from boto3.resources.model import ResourceModel

session = boto3.session.Session()
loader = session._loader
botocore_session = session._session


def dump(name, definition, definitions, service_model):
    model = ResourceModel(name, definition, definitions)
    shape = service_model.shape_for(model.shape) if model.shape else None
    model.load_rename_map(shape)
    attributes = model.get_attributes(shape) if shape else {}
    return {
        "identifiers": [identifier.name for identifier in model.identifiers],
        "aliases": {i.member_name: i.name for i in model.identifiers if i.member_name},
        "attributes": {key: member for key, (member, _) in attributes.items()},
        "actions": [action.name for action in model.actions],
        "children": [child.name for child in model.subresources],
        "references": [reference.name for reference in model.references],
        "collections": [collection.name for collection in model.collections],
        "batch_actions": [action.name for action in model.batch_actions],
        "waiters": [waiter.name for waiter in model.waiters],
        "load": model.load is not None,
    }


result = {}
for service in session.get_available_resources():
    version = loader.determine_latest_version(service, "resources-1")
    document = loader.load_service_model(service, "resources-1", version)
    service_model = botocore_session.get_service_model(service, version)
    definitions = document["resources"]
    types = {"": dump(service, document["service"], definitions, service_model)}
    for name, definition in definitions.items():
        types[name] = dump(name, definition, definitions, service_model)
    result[service] = types
print(json.dumps(result, separators=(",", ":"), sort_keys=True))
