pub(crate) fn snake_case(name: &str) -> String {
    name.to_owned()
}
pub(crate) fn lookup_key(name: &str) -> String {
    name.chars().filter(|c| *c != '_' && *c != '-').flat_map(char::to_lowercase).collect()
}
pub(crate) fn nearest<'a>(_name: &str, _c: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    Vec::new()
}
pub(crate) fn did_you_mean(_near: &[&str]) -> String {
    String::new()
}
