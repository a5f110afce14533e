"""The servers that are compared: Berth, Debian's docker-registry, nginx with the same files."""

import os
import pathlib
import re
import shutil
import subprocess
import urllib.parse

from machine import Process, free_port
from registry import MANIFEST, Client
from owner import Owner
from server import clean_environment

DISTRIBUTION = """version: 0.1
log: {{level: error, accesslog: {{disabled: true}}}}
storage:
  cache: {{blobdescriptor: inmemory}}
  filesystem: {{rootdirectory: {root}, maxthreads: 100}}
  delete: {{enabled: true}}
http:
  addr: 127.0.0.1:{port}
"""

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
# Every repository that a case reads or writes.
SCOPES = [f"repository:{name}:pull,push,delete,metadata_read" for name in (
    "bench/image", "bench/push", "bench/tags100", "bench/tags10000", "bench/tags100000", "back",
    "other")]

NGINX_BASE = """daemon off; worker_processes {cores}; pid {folder}/pid; error_log {folder}/error crit;
{user}
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; tcp_nodelay on; server_tokens off; etag off;
  keepalive_requests 100000000; keepalive_timeout 300;
  open_file_cache max=1000 inactive=600s; open_file_cache_valid 600s;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
{servers}}}
"""

NGINX_FILES = """  server {{
    listen 127.0.0.1:{port} backlog=1024; root {root}; default_type application/octet-stream;
    location ~ /manifests/ {{ default_type {manifest}; }}
  }}
"""


class Target:
    """A running server: `name`, `url`, `pid`."""

    def __init__(self, name, folder):
        self.name, self.folder = name, pathlib.Path(folder)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.process = self.port = None
        self.authorization = None  # of a server that asks who comes

    @property
    def pid(self):
        return self.process.pid

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def client(self):
        return Client(self.port, timeout=300, authorization=self.authorization)

    def stop(self):
        if self.process:
            self.process.stop()


class Berth(Target):
    def __init__(self, folder, binary, *arguments):
        super().__init__("berth", folder)
        self.data = self.folder / "data"
        self.process = Process([binary, "serve", "--data", str(self.data), "--listen",
                                "localhost:0", "--operations", "localhost:0", *arguments],
                               self.folder / "log", clean_environment(), subprocess.PIPE)
        for line in self.process.popen.stdout:
            match = re.match(rb"berth: http://localhost:(\d+)$", line.rstrip())
            if match:
                self.port = int(match.group(1))
            if line.rstrip() == b"berth: ready":
                self.owner = Owner(self.data)
                self.authorization = self.bearer(*SCOPES)
                return
        raise RuntimeError(f"berth does not start: {self.process.said()}")

    def bearer(self, *scopes):
        """An access token, as every client's pulls and pushes carry one."""
        form = self.token_form(*scopes)
        answer = Client(self.port).request("POST", "/oauth2/token", form.encode(), FORM).expect(200)
        return "Bearer " + answer.json()["access_token"]

    def token_of(self, user, password, scope):
        """An access token for a client id and its secret."""
        form = urllib.parse.urlencode({"grant_type": "password", "service": f"localhost:{self.port}",
                                       "scope": scope, "username": user, "password": password})
        answer = Client(self.port).request("POST", "/oauth2/token", form.encode(), FORM).expect(200)
        return "Bearer " + answer.json()["access_token"]

    def token_form(self, *scopes):
        """The body that asks for an access token with the owner's refresh token."""
        return urllib.parse.urlencode({
            "grant_type": "refresh_token", "service": f"localhost:{self.port}",
            "scope": " ".join(scopes), "refresh_token": self.owner.token()})


class Distribution(Target):
    def __init__(self, folder):
        super().__init__("docker-registry", folder)
        self.port = free_port()
        config = self.folder / "config.yml"
        config.write_text(DISTRIBUTION.format(root=self.folder / "root", port=self.port))
        self.process = Process(["docker-registry", "serve", str(config)], self.folder / "log",
                               dict(os.environ, OTEL_TRACES_EXPORTER="none"))
        self.process.await_port(self.port)


class Nginx(Target):
    """Static files under the paths of a registry: what the machine can do at best."""

    def __init__(self, folder, content):
        super().__init__("nginx", folder)
        self.port = free_port()
        content.link_into(self.folder / "root")
        user = "user root;" if os.geteuid() == 0 else ""
        config = self.folder / "nginx.conf"
        files = NGINX_FILES.format(port=self.port, root=self.folder / "root", manifest=MANIFEST)
        config.write_text(NGINX_BASE.format(cores=os.cpu_count(), folder=self.folder, user=user,
                                            servers=files))
        self.process = Process(["nginx", "-c", str(config), "-p", str(self.folder)],
                               self.folder / "log")
        self.process.await_port(self.port)
