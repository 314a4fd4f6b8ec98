//! Parser of endpoint rules: URL, headers and properties.

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, IgnoredAny, MapAccess};
use serde_json::Value;

use super::RulesCompiler;
use super::expr::TextExpr;
use super::json::{List, ObjectPart, PartSeed, RulesPart, Text, value};
use crate::endpoint::rules::{AuthSchemeRule, EndpointRule, Expr, Property};
use crate::endpoint::template::Template;

#[derive(Default)]
struct EndpointFile {
    url: Option<Expr>,
    headers: EndpointHeaders,
    properties: Properties,
}

impl<'de> RulesPart<'de> for EndpointRule {
    fn read<D: Deserializer<'de>>(compiler: &mut RulesCompiler, json: D) -> Result<EndpointRule, D::Error> {
        let file = EndpointFile::read(compiler, json)?;
        Ok(EndpointRule {
            url: file.url.ok_or_else(|| D::Error::custom("the endpoint has no url"))?,
            headers: file.headers.0,
            auth_schemes: file.properties.auth_schemes,
            properties: file.properties.others,
        })
    }
}

impl<'de> ObjectPart<'de> for EndpointFile {
    const EXPECTED: &'static str = "an endpoint";

    fn member<A: MapAccess<'de>>(
        &mut self,
        compiler: &mut RulesCompiler,
        key: &str,
        map: &mut A,
    ) -> Result<(), A::Error> {
        match key {
            "url" => self.url = Some(value::<TextExpr, A>(compiler, "url", map)?.0),
            "headers" => self.headers = value(compiler, "headers", map)?,
            "properties" => self.properties = value(compiler, "properties", map)?,
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

#[derive(Default)]
struct EndpointHeaders(Vec<(Box<str>, Vec<Expr>)>);

impl<'de> ObjectPart<'de> for EndpointHeaders {
    const EXPECTED: &'static str = "an object of headers";

    fn member<A: MapAccess<'de>>(
        &mut self,
        compiler: &mut RulesCompiler,
        key: &str,
        map: &mut A,
    ) -> Result<(), A::Error> {
        let List(values) = map.next_value_seed(PartSeed::<List<TextExpr>>::new(compiler))?;
        self.0.push((key.into(), values.into_iter().map(|TextExpr(expr)| expr).collect()));
        Ok(())
    }
}

#[derive(Default)]
struct Properties {
    auth_schemes: Vec<AuthSchemeRule>,
    others: Vec<(Box<str>, Property)>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AuthSchemeFile<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    signing_name: Option<Text<'a>>,
    #[serde(borrow)]
    signing_region: Option<Text<'a>>,
    #[serde(borrow)]
    signing_region_set: Option<Vec<Text<'a>>>,
    disable_double_encoding: Option<bool>,
}

impl<'de> ObjectPart<'de> for Properties {
    const EXPECTED: &'static str = "an object of properties";

    fn member<A: MapAccess<'de>>(
        &mut self,
        compiler: &mut RulesCompiler,
        key: &str,
        map: &mut A,
    ) -> Result<(), A::Error> {
        if key == "authSchemes" {
            let files: Vec<AuthSchemeFile<'de>> = map.next_value()?;
            let schemes = files.into_iter().map(|file| compiler.auth_scheme(file)).collect::<Result<_, _>>();
            self.auth_schemes = schemes.map_err(|message| A::Error::custom(format!("authSchemes: {message}")))?;
        } else {
            let property = compiler.property(map.next_value()?);
            self.others.push((key.into(), property.map_err(|message| A::Error::custom(format!("{key}: {message}")))?));
        }
        Ok(())
    }
}

impl RulesCompiler {
    fn auth_scheme(&mut self, file: AuthSchemeFile<'_>) -> Result<AuthSchemeRule, String> {
        let mut template = |Text(text): Text<'_>| self.template(&text);
        let signing_region_set =
            file.signing_region_set.map(|regions| regions.into_iter().map(&mut template).collect::<Result<_, _>>());
        Ok(AuthSchemeRule {
            name: template(file.name)?,
            signing_name: file.signing_name.map(&mut template).transpose()?,
            signing_region: file.signing_region.map(&mut template).transpose()?,
            signing_region_set: signing_region_set.transpose()?,
            disable_double_encoding: file.disable_double_encoding,
        })
    }

    /// Compiles a property. The JSON parser limits the depth of this recursion.
    fn property(&mut self, value: Value) -> Result<Property, String> {
        Ok(match value {
            Value::String(text) => match self.template(&text)? {
                Template::Literal(text) => Property::Literal(Value::String(text.into())),
                template => Property::Template(template),
            },
            Value::Array(items) => {
                Property::List(items.into_iter().map(|item| self.property(item)).collect::<Result<_, _>>()?)
            }
            Value::Object(members) => {
                let member = |(name, value): (String, Value)| Ok((name.into_boxed_str(), self.property(value)?));
                Property::Object(members.into_iter().map(member).collect::<Result<_, String>>()?)
            }
            literal => Property::Literal(literal),
        })
    }
}
