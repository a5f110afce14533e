"""The servers that are compared: Berth, Debian's docker-registry, nginx with the same files."""

import os
import pathlib
import re
import shutil
import subprocess

from machine import Process, free_port
from registry import MANIFEST, Client
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

NGINX = """daemon off; worker_processes {cores}; pid {folder}/pid; error_log {folder}/error crit;
{user}
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; tcp_nodelay on; server_tokens off; etag off;
  keepalive_requests 100000000; keepalive_timeout 300;
  open_file_cache max=1000 inactive=600s; open_file_cache_valid 600s;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port} backlog=1024; root {root}; default_type application/octet-stream;
    location ~ /manifests/ {{ default_type {manifest}; }}
  }}
}}
"""


class Target:
    """A running server: `name`, `url`, `pid`."""

    def __init__(self, name, folder):
        self.name, self.folder = name, pathlib.Path(folder)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.process = self.port = None

    @property
    def pid(self):
        return self.process.pid

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def client(self):
        return Client(self.port, timeout=300)

    def stop(self):
        if self.process:
            self.process.stop()


class Berth(Target):
    def __init__(self, folder, binary):
        super().__init__("berth", folder)
        self.data = self.folder / "data"
        self.process = Process([binary, "serve", "--data", str(self.data), "--listen",
                                "localhost:0", "--operations", "localhost:0"],
                               self.folder / "log", clean_environment(), subprocess.PIPE)
        for line in self.process.popen.stdout:
            match = re.match(rb"berth: http://localhost:(\d+)$", line.rstrip())
            if match:
                self.port = int(match.group(1))
            if line.rstrip() == b"berth: ready":
                return
        raise RuntimeError(f"berth does not start: {self.process.said()}")


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
        config.write_text(NGINX.format(cores=os.cpu_count(), folder=self.folder, user=user,
                                       port=self.port, root=self.folder / "root",
                                       manifest=MANIFEST))
        self.process = Process(["nginx", "-c", str(config), "-p", str(self.folder)],
                               self.folder / "log")
        self.process.await_port(self.port)
