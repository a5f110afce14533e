"""The C++ sources of this tree, as the architecture tests see them."""
import functools
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
SRC = ROOT / "src"
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)
# Tests, contract suites and their fixtures may use any module: they stand above all layers.
TEST_FILE = re.compile(r"(_test|_fuzz|_contract|_testing|_fixture|_test_support|_bench)\.(cpp|h)$")


def files():
    return sorted(path for path in SRC.rglob("*") if path.suffix in (".cpp", ".h"))


def name(path):
    return path.relative_to(SRC).as_posix()


@functools.lru_cache(None)
def test_sources(folder):
    """The files that the folder's CMakeLists.txt names under TESTS."""
    lists = folder / "CMakeLists.txt"
    blocks = re.findall(r"\bTESTS\b([^)]*?)(?=\b[A-Z_]{4,}\b|\))", lists.read_text()) if lists.exists() else []
    return {name for block in blocks for name in block.split()}


def is_test(path):
    return (bool(TEST_FILE.search(path.name)) or path.name in test_sources(path.parent)
            or (path.suffix == ".h" and "<gtest/" in path.read_text()))


def includes(path):
    """(quoted?, text) of every #include."""
    return [(mark == '"', target) for mark, target in INCLUDE.findall(path.read_text())]
