"""Prints width_table.rs: python3 width.py > width_table.rs

Needs Python 3.14, or the package unicodedata2 in version 16.0.0: the Unicode version of the AWS CLI's Python.
"""

try:
    import unicodedata2 as unicodedata
except ImportError:
    import unicodedata

assert unicodedata.unidata_version == "16.0.0", unicodedata.unidata_version

ranges = []
for code in range(0x110000):
    if unicodedata.east_asian_width(chr(code)) in "WFA":
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])

print("//! Ranges of characters that take two columns, from Unicode 16.0.0. `width.py` makes this file.")
print()
print("#[rustfmt::skip]")
print("pub(super) const WIDE: &[(u32, u32)] = &[")
for start in range(0, len(ranges), 6):
    row = ", ".join(f"({first:#x}, {last:#x})" for first, last in ranges[start : start + 6])
    print(f"    {row},")
print("];")
