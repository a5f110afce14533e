"""Real images for the client tests, made from Debian packages into an OCI layout.

One package is one layer, so a layer holds what a layer holds in life: directories, links, owners, times.
The packages come from `apt-get download` (cached in build/test-cache) or, without a network, from the
files that are installed here. Nothing is installed for it.
"""
import gzip
import hashlib
import io
import json
import pathlib
import subprocess
import tarfile

from berth import ROOT

CACHE = ROOT / "build" / "test-cache"
INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"

# amd64 is runnable; the second platform is made of packages that are the same on every architecture.
PLATFORMS = {
    "amd64": ["base-files", "busybox-static", "netbase", "media-types"],
    "arm64": ["netbase", "media-types", "tzdata"],
}
APPLETS = ["sh", "echo", "ls", "cat", "sha256sum", "true", "false"]
GREETING = "hello from a berth image"


def digest_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def package_tar(package):
    """The file tree of a package as an uncompressed tar."""
    CACHE.mkdir(parents=True, exist_ok=True)
    cached = CACHE / f"{package}.tar"
    if not cached.exists():
        cached.write_bytes(downloaded(package) or from_installed(package))
    return cached.read_bytes()


def downloaded(package):
    folder = CACHE / "debs"
    folder.mkdir(exist_ok=True)
    subprocess.run(["apt-get", "-qq", "-o", "APT::Sandbox::User=root", "download", package], cwd=folder,
                   capture_output=True, timeout=120, check=False)
    files = sorted(folder.glob(f"{package}_*.deb"))
    if not files:
        return None
    return subprocess.run(["dpkg-deb", "--fsys-tarfile", str(files[-1])], capture_output=True, check=True).stdout


def from_installed(package):
    listing = subprocess.run(["dpkg", "-L", package], capture_output=True, text=True, check=False)
    if listing.returncode != 0:
        raise RuntimeError(f"{package} can neither be downloaded nor is it installed: apt-get install {package}")
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for name in listing.stdout.splitlines():
            if name != "/." and pathlib.Path(name).exists():
                tar.add(name, arcname="." + name, recursive=False)
    return out.getvalue()


def links_tar():
    """A last layer of symbolic links, so that the image has a shell."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for applet in APPLETS:
            link = tarfile.TarInfo(f"./bin/{applet}")
            link.type, link.linkname, link.mode = tarfile.SYMTYPE, "busybox", 0o777
            tar.addfile(link)
    return out.getvalue()


class Layout:
    """An OCI image layout on disk (image-spec, image-layout.md)."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        (self.path / "blobs/sha256").mkdir(parents=True, exist_ok=True)
        (self.path / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
        self.named = []

    def add(self, data, media_type, **more):
        digest = digest_of(data)
        (self.path / "blobs/sha256" / digest[7:]).write_bytes(data)
        return {"mediaType": media_type, "digest": digest, "size": len(data), **more}

    def add_json(self, value, media_type, **more):
        return self.add(json.dumps(value, separators=(",", ":")).encode(), media_type, **more)

    def name(self, descriptor, tag):
        annotations = {"org.opencontainers.image.ref.name": tag}
        self.named.append({**descriptor, "annotations": annotations})
        index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": self.named}
        (self.path / "index.json").write_text(json.dumps(index))

    def blob(self, digest):
        return (self.path / "blobs/sha256" / digest[7:]).read_bytes()


def add_image(layout, architecture, tars):
    layers = [layout.add(gzip.compress(tar, 6, mtime=0), LAYER) for tar in tars]
    config = layout.add_json({
        "architecture": architecture, "os": "linux",
        "config": {"Env": ["PATH=/bin"], "Cmd": ["/bin/busybox", "echo", GREETING]},
        "rootfs": {"type": "layers", "diff_ids": [digest_of(tar) for tar in tars]},
        "history": [{"created_by": "berth tests", "created": "2024-01-01T00:00:00Z"} for _ in tars],
    }, CONFIG)
    return layout.add_json({"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": layers}, MANIFEST,
                           platform={"architecture": architecture, "os": "linux"})


def make(path):
    """Fills `path`; returns the layout with .image, .index (descriptors): tags `image` and `index`."""
    layout = Layout(path)
    images = {}
    for architecture, packages in PLATFORMS.items():
        tars = [package_tar(package) for package in packages]
        images[architecture] = add_image(layout, architecture, tars + ([links_tar()] if architecture == "amd64" else []))
    layout.image = {k: v for k, v in images["amd64"].items() if k != "platform"}
    layout.index = layout.add_json({"schemaVersion": 2, "mediaType": INDEX, "manifests": list(images.values())}, INDEX)
    layout.children = list(images.values())
    layout.name(layout.image, "image")
    layout.name(layout.index, "index")
    return layout
