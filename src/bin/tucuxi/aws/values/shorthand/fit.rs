//! Gives the texts of a shorthand value the types of its model.

use tucuxi::shapes::{ShapeInfo, ShapeType};

use crate::aws::values::datum::Datum;
use crate::aws::values::error::{Conversion, NumberType};

#[derive(Debug, PartialEq)]
pub(crate) enum FitError {
    /// Any JSON is wanted, for which the syntax has no types. The member is the nearest one.
    Document {
        member: String,
    },
    Conversion(Conversion),
}

/// Converts the texts in `value`. What does not fit stays as it is, for the validation of the call; only texts that are no
/// numbers are errors.
pub(crate) fn fit(shape: ShapeInfo<'_>, value: &mut Datum) -> Result<(), FitError> {
    match shape.shape_type() {
        ShapeType::Document => return Err(FitError::Document { member: String::new() }),
        ShapeType::Structure => {
            let Datum::Map(members) = value else { return Ok(()) };
            for member in shape.members() {
                if let Some(value) = members.get_mut(member.name()) {
                    fit(member.shape(), value).map_err(|error| error.within(member.name()))?;
                }
            }
        }
        ShapeType::List => fit_list(shape, value)?,
        ShapeType::Map => {
            if let (Datum::Map(members), Some(shape)) = (value, shape.value()) {
                members.iter_mut().try_for_each(|value| fit(shape, value))?;
            }
        }
        ShapeType::Integer => *value = NumberType::Int.convert(value).map_err(FitError::Conversion)?,
        ShapeType::Float | ShapeType::Double => {
            *value = NumberType::Float.convert(value).map_err(FitError::Conversion)?;
        }
        ShapeType::Boolean => {
            let text = match value {
                Datum::List(_) | Datum::Map(_) => {
                    return Err(FitError::Conversion(Conversion::NoLower { found: value.type_name() }));
                }
                Datum::Text(text) => text.to_lowercase(),
                _ => return Ok(()),
            };
            if let "true" | "false" = &*text {
                *value = Datum::Bool(text == "true");
            }
        }
        _ => {}
    }
    Ok(())
}

/// A single value becomes a list with one element. The AWS CLI does not convert this element, so that one number is refused
/// where two are accepted; here it is converted if it can be.
fn fit_list(shape: ShapeInfo<'_>, value: &mut Datum) -> Result<(), FitError> {
    let Some(shape) = shape.element() else { return Ok(()) };
    if let Datum::List(items) = value {
        return items.iter_mut().try_for_each(|item| fit(shape, item));
    }
    let mut item = value.clone();
    if shape.shape_type() == ShapeType::List || fit(shape, &mut item).is_err() {
        item = value.clone();
    }
    *value = Datum::List(vec![item]);
    Ok(())
}

impl FitError {
    fn within(self, name: &str) -> Self {
        match self {
            FitError::Document { member } if member.is_empty() => FitError::Document { member: name.to_owned() },
            error => error,
        }
    }
}
