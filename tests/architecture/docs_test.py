"""The documents speak of what exists."""
import re

import pytest

import source

LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def documents():
    return sorted([*source.ROOT.glob("*.md"), *(source.ROOT / "docs").rglob("*.md"), *(source.ROOT / "tests").rglob("*.md")])


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.relative_to(source.ROOT).as_posix())
def test_links_lead_somewhere(path):
    broken = [target for target in LINK.findall(path.read_text())
              if not re.match(r"[a-z]+:", target) and not (path.parent / target).exists()]
    assert not broken


def test_architecture_names_every_folder():
    path = source.ROOT / "docs" / "architecture.md"
    assert path.exists(), "docs/architecture.md is the map of this tree"
    text = path.read_text()
    folders = {name.name for name in source.SRC.iterdir() if name.is_dir()}
    assert not {folder for folder in folders if f"{folder}/" not in text}, "docs/architecture.md does not name them"
