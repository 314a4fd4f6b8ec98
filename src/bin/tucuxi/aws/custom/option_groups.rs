//! `rds add-option-to-option-group` and `remove-option-from-option-group`, which are two halves of ModifyOptionGroup.

use super::Customization;
use crate::aws::options::OptionTable;

pub(super) struct HalfOfModify {
    /// The option that becomes `--options`.
    kept: &'static str,
    removed: &'static str,
}

pub(super) const ADD: HalfOfModify = HalfOfModify { kept: "options-to-include", removed: "options-to-remove" };
pub(super) const REMOVE: HalfOfModify = HalfOfModify { kept: "options-to-remove", removed: "options-to-include" };

impl Customization for HalfOfModify {
    fn options(&self, table: &mut OptionTable<'_>) {
        table.rename(self.kept, "options");
        table.remove(self.removed);
    }
}
