"""Requests on sockets that a place made: which address is connected to, which name is meant and which certificate is
shown are each chosen on their own."""
import http.client
import ssl
import urllib.parse

from registry import Registry


class FaceConnection(http.client.HTTPSConnection):
    def __init__(self, place, host, address, context):
        super().__init__(host, 443, timeout=30, context=context)
        self.place, self.address, self.context = place, address, context

    def connect(self):
        self.sock = self.context.wrap_socket(self.place.socket(self.address, 443), server_hostname=self.host)


class FaceClient(Registry):
    """One kept connection from a place to a face. `call` answers as tests/lib/registry.py has it."""

    def __init__(self, place, host, address, authorization=None, certificate=None):
        super().__init__(host, authorization)
        context = ssl.create_default_context(cafile=str(place.ca))
        if certificate:
            context.load_cert_chain(certificate)
        self.connection = FaceConnection(place, host, address, context)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()


def split(location):
    """(host, path and query) of an absolute URL."""
    parts = urllib.parse.urlsplit(location)
    return parts.hostname, f"{parts.path}?{parts.query}"
