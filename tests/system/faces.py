"""A server with a domain, and a client for each of its faces: HTTPS by its own CA, the name in SNI and Host.

No name is resolved: every connection goes to 127.0.0.1 and says which face it means.
"""

import http.client
import json
import socket
import ssl
import urllib.parse

from registry import Client, Response, fresh_addresses
from server import Server, free_port

DOMAIN = "berth.test"
ACR = "https://containerregistry.azure.net"
READ, WRITE = "repositories/*/content/read", "repositories/*/content/write"
CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"  # the client id of az
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


class FaceConnection(http.client.HTTPSConnection):
    """TLS to 127.0.0.1 with a name of our choice in SNI."""

    def __init__(self, port, server_name, context, timeout=30):
        super().__init__("127.0.0.1", port, timeout=timeout, context=context)
        self.server_name, self.context = server_name, context
        self.source = next(fresh_addresses)

    def connect(self):
        plain = socket.create_connection(("127.0.0.1", self.port), self.timeout, (self.source, 0))
        self.sock = self.context.wrap_socket(plain, server_hostname=self.server_name)


class Face(Client):
    """One host name of the server. `host` may differ from the name in SNI."""

    def __init__(self, port, name, context, host=None, authorization=None):
        super().__init__(port, authorization=authorization)
        self.connection = FaceConnection(port, name, context)
        self.host_header = host or f"{name}:{port}"

    def form(self, target, authorization=None, **fields):
        """A POST as OAuth has it; a field may be a list. None leaves a field out."""
        given = {key: value for key, value in fields.items() if value is not None}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if authorization:
            headers["Authorization"] = authorization
        return self.request("POST", target, urllib.parse.urlencode(given, doseq=True).encode(),
                            headers)

    def ask(self, authorization=None, *scopes):
        """GET /oauth2/token as docker does it."""
        query = [("service", self.host_header), ("client_id", "docker"), ("account", "somebody"),
                 ("offline_token", "true"), *(("scope", scope) for scope in scopes)]
        headers = {"Authorization": authorization} if authorization else {}
        return self.get("/oauth2/token?" + urllib.parse.urlencode(query), **headers)

    def access(self, authorization, *scopes):
        return self.ask(authorization, *scopes).expect(200).json()["access_token"]

    def send_json(self, method, target, body=None, **headers):
        headers = {key.replace("_", "-"): value for key, value in headers.items()}
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
        return self.request(method, target, body, headers)


class DomainServer(Server):
    """`registry("name")`, `face("login")`; `owner` makes what a test needs. Its ports are chosen
    here: they are a part of its URLs."""

    def __init__(self, folder, config=None, arguments=(), environment=None):
        self.listen = f"localhost:{free_port()}"
        self.https = free_port()
        super().__init__(folder, config, ["--domain", DOMAIN, "--tls", "auto", "--tls-listen",
                                          f"127.0.0.1:{self.https}", *arguments], environment)

    def start(self):
        super().start()
        self.context = ssl.create_default_context(cadata=self.owner.ca())
        return self

    def face(self, label, host=None, authorization=None, domain=DOMAIN):
        name = f"{label}.{domain}"
        return Face(self.tls_port, name, self.context, host, authorization)

    def url(self, label):
        return f"https://{self.login_server(label)}"

    def login_server(self, label):
        return f"{label}.{DOMAIN}:{self.https}"

    def registry(self, name, authorization=None):
        return self.face(name, authorization=authorization)

    def tenant(self):
        return self.owner.info()["tenantId"]

    def sign_in(self, client_id, secret, audience=None):
        """A directory token of a service principal, for the management face unless said."""
        with self.face("login") as login:
            answer = login.form("/adfs/oauth2/token", grant_type="client_credentials",
                                client_id=client_id, client_secret=secret,
                                scope=f"{audience or self.url('management')}/.default"
                                ).expect(200)
        return answer.json()["access_token"]

    def arm(self, token=None):
        """The management face, signed in."""
        return self.face("management", authorization=f"Bearer {token}" if token else None)


def arm_refused(answer: Response, status, code, *words):
    """An ARM or Graph error with this status and code (None: any) that says all of `words`."""
    answer.expect(*status if isinstance(status, tuple) else (status,))
    assert answer.header("Content-Type").startswith("application/json"), answer
    error = answer.json()["error"]
    assert error["code"] == (code or error["code"]) and error["message"].strip(), answer
    text = json.dumps(error, ensure_ascii=False).lower()
    for word in words:
        assert word.lower() in text, f"{answer.request}: {word!r} is not said in {text}"
    return error
