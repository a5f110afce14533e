"""Which folder may include which: docs/architecture.md, "Dependency direction", as a table.

A new folder needs a row here; that is the moment to ask whether it is one.
"""
import pytest

import source

# A row names folders, or single headers of a folder that otherwise stays closed.
ALLOWED = {
    "base": set(),
    "oci": {"base"},
    "crypto": {"base", "oci"},
    "language": {"base"},
    "conditions": {"base", "language"},
    "policy": {"base", "oci", "conditions"},
    "explain": {"base", "oci", "conditions", "policy"},
    "net": {"base"},
    "http": {"base", "net"},
    "client": {"base"},
    "blobs": {"base", "oci", "crypto"},
    "meta": {"base", "oci", "blobs/location.h"},
    "access": {"base", "oci", "crypto", "policy", "meta/documents.h"},
    "json_read": set(),
    "identity": {"base", "json_read", "crypto", "policy", "access", "client", "meta/documents.h"},
    "control": {"base", "json_read", "oci", "crypto", "conditions", "policy", "explain", "access", "meta"},
    "registry": {"base", "oci", "crypto", "policy", "blobs", "meta"},
    "api": {"base", "oci", "crypto", "policy", "access", "identity", "control", "registry", "meta/records.h", "http"},
    "server": {"base", "oci", "crypto", "policy", "net", "http", "client", "blobs", "meta", "access", "identity", "control",
               "registry", "api"},
    "cli": {"base", "crypto", "client", "server"},
}

# A concrete backend is named by server/, where the parts are put together, and by nobody else.
BACKENDS = {"blobs/fs"}

# A third-party library is known to the modules named here. Longest prefix wins.
HOMES = {
    "boost/beast": {"http"},
    "boost/asio/ssl": set(),  # net/tls_session does it with fewer turns of the loop
    "boost/asio": {"base", "net", "http", "client", "blobs", "meta", "access", "identity", "control", "registry", "api", "server", "cli"},
    "boost/json": {"json_read", "oci", "crypto", "access", "identity", "control", "api", "server", "client", "cli"},
    "boost/url": {"http", "client", "api"},
    "soci": {"meta"},
    "sqlite3.h": {"meta"},
    "argon2.h": {"crypto"},
    "curl": {"client"},
    "ares.h": {"client"},
    "openssl": {"crypto", "net"},
    "CLI": {"cli"},
    "toml++": {"server"},
    "gtest": set(),
    "gmock": set(),
}


def may_include(folder, target):
    parts = target.split("/")
    return parts[0] == folder or parts[0] in ALLOWED[folder] or target in ALLOWED[folder]


def owner_of(target):
    """The row of HOMES that speaks of this header, or None for one that everybody may use."""
    matching = [prefix for prefix in HOMES if target == prefix or target.startswith(prefix + "/")
                or target.startswith(prefix + ".")]
    return max(matching, key=len) if matching else None


def folders():
    return sorted(path.name for path in source.SRC.iterdir() if path.is_dir() and any(path.rglob("*.h")))


def test_every_folder_has_a_row():
    assert set(folders()) <= set(ALLOWED), "give the new folder a row in ALLOWED"


def test_the_table_has_no_cycle():
    def reaches(start, folder, seen):
        for entry in ALLOWED[folder]:
            following = entry.split("/")[0]
            assert following != start, f"{start} reaches itself through {folder}"
            if following not in seen:
                seen.add(following)
                reaches(start, following, seen)
    for folder in ALLOWED:
        reaches(folder, folder, set())


@pytest.mark.parametrize("folder", folders())
def test_folder_includes_only_what_it_may(folder):
    wrong = []
    for path in source.files():
        if source.name(path).split("/")[0] != folder or source.is_test(path):
            continue
        for quoted, target in source.includes(path):
            if quoted and not may_include(folder, target):
                wrong.append(f"{source.name(path)} includes {target}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("folder", folders())
def test_third_party_headers_stay_home(folder):
    wrong = []
    for path in source.files():
        if source.name(path).split("/")[0] != folder or source.is_test(path):
            continue
        for quoted, target in source.includes(path):
            owner = None if quoted else owner_of(target)
            if owner is not None and folder not in HOMES[owner]:
                wrong.append(f"{source.name(path)} includes <{target}>, which belongs to {sorted(HOMES[owner])}")
    assert not wrong, "\n".join(wrong)


def test_only_the_server_names_a_backend():
    wrong = []
    for path in source.files():
        name = source.name(path)
        for quoted, target in source.includes(path):
            for backend in BACKENDS:
                inside = name.startswith((backend + "/", "server/"))
                if quoted and target.startswith(backend + "/") and not inside and not source.is_test(path):
                    wrong.append(f"{name} includes {target}")
    assert not wrong, "\n".join(wrong)


def test_headers_of_the_domain_know_no_io():
    """oci and policy are fuzzed and tested at full speed: no reactor, no stream, no clock."""
    forbidden = ("boost/asio", "boost/beast", "sys/socket.h", "fstream", "thread", "mutex", "chrono", "unistd.h")
    wrong = [f"{source.name(path)} includes <{target}>" for path in source.files() if not source.is_test(path)
             and source.name(path).startswith(("oci/", "policy/"))
             for quoted, target in source.includes(path) if not quoted and target.startswith(forbidden)]
    assert not wrong, "\n".join(wrong)


def test_no_product_file_includes_a_test_file():
    tests = {source.name(path) for path in source.files() if source.is_test(path)}
    wrong = [f"{source.name(path)} includes {target}" for path in source.files() if not source.is_test(path)
             for quoted, target in source.includes(path) if quoted and target in tests]
    assert not wrong, "\n".join(wrong)


def test_includes_name_files_that_exist():
    wrong = [f"{source.name(path)} includes {target}" for path in source.files()
             for quoted, target in source.includes(path) if quoted and not (source.SRC / target).exists()]
    assert not wrong, "a quoted include is a path below src/:\n" + "\n".join(wrong)
