"""The machine's own way in: HTTP over the Unix socket `berth.sock`, whose peer root is Owner of everything.

An Owner is for one data directory. Every call is a connection of its own, so it may be used from any thread and
outlives a restart of the server. Needs no package: the suites that have their own HTTP client use it too.
"""
import base64
import http.client
import json
import os
import socket
import urllib.parse
import uuid

NULL_GUID = "00000000-0000-0000-0000-000000000000"
ARM_VERSION = "2022-02-01-preview"


class SocketConnection(http.client.HTTPConnection):
    """http.client over a Unix socket whose path may be longer than the 108 bytes that connect() takes."""

    def __init__(self, path, timeout=60):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        folder, name = os.path.split(self.path)
        directory = os.open(folder, os.O_PATH | os.O_DIRECTORY)
        try:
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.settimeout(self.timeout)
            self.sock.connect(f"/proc/self/fd/{directory}/{name}")
        finally:
            os.close(directory)


class OwnerAnswer:
    """Status, headers and body of one answer; `json()`, and `expect(200, …)` that shows what came instead."""

    def __init__(self, request, status, headers, body):
        self.request, self.status, self.headers, self.body = request, status, headers, body

    def expect(self, *statuses):
        assert self.status in statuses, f"{self}, not {statuses}"
        return self

    def header(self, name):
        return self.headers.get(name)

    def json(self):
        return json.loads(self.body)

    def error(self):
        """The `error` of an ARM or Graph body."""
        return self.json()["error"]

    def __str__(self):
        return f"{self.request} -> {self.status} {self.body[:800]!r}"


class Owner:
    def __init__(self, data):
        self.socket = os.path.join(data, "berth.sock")
        self._info = None

    def call(self, method, target, body=None, headers=None):
        """`body`: bytes as they are, anything else but None as JSON."""
        sent = {"Host": "localhost", **(headers or {})}
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        connection = SocketConnection(self.socket)
        try:
            connection.request(method, target, body, sent)
            answer = connection.getresponse()
            return OwnerAnswer(f"{method} {target}", answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    # ---- what the machine itself is asked
    def info(self):
        if self._info is None:
            self._info = self.call("GET", "/berth/v1/info").expect(200).json()
        return self._info

    def ca(self):
        return self.call("GET", "/berth/v1/ca").expect(200).body.decode()

    def token(self, registry="default"):
        """A refresh token of the Owner for one registry."""
        answer = self.call("POST", "/berth/v1/registryToken", {"registry": registry}).expect(200)
        return answer.json()["refreshToken"]

    def basic(self, registry="default"):
        return basic(NULL_GUID, self.token(registry))

    # ---- ARM and Graph, as the owner
    def subscription(self):
        return f"/subscriptions/{self.info()['subscriptionId']}"

    def registry_id(self, name, group="default"):
        return f"{self.subscription()}/resourceGroups/{group}/providers/Microsoft.ContainerRegistry/registries/{name}"

    def arm(self, method, path, body=None, version=ARM_VERSION, **query):
        query = urllib.parse.urlencode({"api-version": version, **{k.replace("_", "$", 1): v for k, v in query.items()}})
        return self.call(method, f"{path}?{query}", body)

    def group(self, name="default"):
        path = f"{self.subscription()}/resourcegroups/{name}"
        return self.arm("PUT", path, {"location": self.info()["region"]}, "2021-04-01").expect(200, 201)

    def create_registry(self, name, group="default", **properties):
        """Creates or replaces a registry; returns its resource id."""
        path = self.registry_id(name, group)
        self.arm("PUT", path, {"location": self.info()["region"], "sku": {"name": "Premium"},
                               "properties": properties}).expect(200, 201)
        return path

    def create_token(self, registry, name, actions, group="default", **properties):
        """A scope map of these actions and a token with it; returns {password name: value}."""
        base = self.registry_id(registry, group)
        scope_map = f"{base}/scopeMaps/{name}-map"
        self.arm("PUT", scope_map, {"properties": {"actions": list(actions)}}).expect(200, 201)
        token = f"{base}/tokens/{name}"
        self.arm("PUT", token, {"properties": {"scopeMapId": scope_map, "status": "enabled", **properties}}).expect(
            200, 201)
        made = self.arm("POST", f"{base}/generateCredentials", {"tokenId": token}).expect(200).json()
        return {password["name"]: password["value"] for password in made["passwords"]}

    def create_principal(self, name, role=None, scope=None):
        """An application with a secret and its service principal; returns (client id, secret, object id)."""
        application = self.call("POST", "/v1.0/applications", {"displayName": name}).expect(201).json()
        secret = self.call("POST", f"/v1.0/applications/{application['id']}/addPassword",
                           {"passwordCredential": {"displayName": "test"}}).expect(200, 201).json()["secretText"]
        principal = self.call("POST", "/v1.0/servicePrincipals", {"appId": application["appId"]}).expect(201).json()
        if role:
            self.assign(principal["id"], role, scope or self.subscription())
        return application["appId"], secret, principal["id"]

    def create_user(self, name, password, role=None, scope=None):
        """A user; returns the object id."""
        made = self.call("POST", "/v1.0/users", {
            "displayName": name.split("@")[0], "userPrincipalName": name, "mailNickname": name.split("@")[0],
            "accountEnabled": True,
            "passwordProfile": {"password": password, "forceChangePasswordNextSignIn": False}}).expect(201).json()
        if role:
            self.assign(made["id"], role, scope or self.subscription(), "User")
        return made["id"]

    def assign(self, principal, role, scope, kind="ServicePrincipal", condition=None):
        """Assigns a role by its GUID; returns the assignment's id."""
        name = f"{scope}/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}"
        definition = f"{self.subscription()}/providers/Microsoft.Authorization/roleDefinitions/{role}"
        properties = {"roleDefinitionId": definition, "principalId": principal, "principalType": kind}
        if condition:
            properties |= {"condition": condition, "conditionVersion": "2.0"}
        self.arm("PUT", name, {"properties": properties}, "2022-04-01").expect(200, 201)
        return name


ROLES = {
    "Owner": "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", "Contributor": "b24988ac-6180-42a0-ab88-20f7382dd24c",
    "Reader": "acdd72a7-3385-48ef-bd42-f606fba81ae7", "AcrPull": "7f951dda-4ed3-4680-a7ca-43fe172d538d",
    "AcrPush": "8311e382-0749-4cb8-b61a-304f252e45ec", "AcrDelete": "c2f4ef07-c644-48eb-af81-4b1b4947fb11",
    "Container Registry Repository Reader": "b93aa761-3e63-49ed-ac28-beffa264f7ac",
    "Container Registry Repository Writer": "2a1e307c-b015-4ebd-883e-5b7698a07328",
    "Container Registry Repository Contributor": "2efddaa5-3f1f-4df3-97df-af3f13818f4c",
    "Container Registry Repository Catalog Lister": "bfdb9389-c9a5-478a-bb2f-ba9ca092c3c7",
    "Role Based Access Control Administrator": "f58310d9-a9f6-439a-9e8d-f62e7b41a168",
}


def basic(user, password):
    """The value of an Authorization header."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def claims(token):
    """What a JWT says, unverified: for looking at lifetimes and audiences."""
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
