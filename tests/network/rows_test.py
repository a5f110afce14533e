"""The table in conftest.py and the marks of the tests say the same, and no row is forgotten."""
import pathlib
import re

import conftest

FOLDER = pathlib.Path(__file__).parent
# What the network has to make true; the others of section G are the doctor's.
WANTED = {f"N{number}" for number in (5, 7, 9, 10, 11, *range(14, 18), 21, 22, *range(27, 35), *range(37, 43),
                                      *range(44, 50))}


def marked():
    """Row → files with a test that is marked with it."""
    found = {}
    for file in sorted(FOLDER.glob("*_test.py")):
        for rows in re.findall(r"mark\.rows\(([^)]*)\)", file.read_text()):
            for row in re.findall(r"N\d+", rows):
                found.setdefault(row, set()).add(file.name)
    return found


def table():
    found = {}
    for line in conftest.__doc__.splitlines():
        match = re.match(r"    ((?:N\d+(?:-N\d+)? +)+)((?:\w+_test\.py(?:, )?)+)", line)
        for first, last in re.findall(r"N(\d+)(?:-N(\d+))?", match.group(1)) if match else []:
            for number in range(int(first), int(last or first) + 1):
                found.setdefault(f"N{number}", set()).update(match.group(2).split(", "))
    return found


def test_every_row_has_a_test():
    assert WANTED <= set(marked()), sorted(WANTED - set(marked()))


def test_the_table_names_the_files():
    wrong = {row: files - marked().get(row, set()) for row, files in table().items()}
    assert not any(wrong.values()) and set(table()) == WANTED, wrong
