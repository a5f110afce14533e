"""Who may do what, for tests: people with roles, and what can be asked of a registry."""

import json

from owner import ROLES, basic
from registry import make_image

BY_REGISTRY, BY_REPOSITORY = "LegacyRegistryPermissions", "AbacRepositoryPermissions"
AUTHORIZATION = "2022-04-01"  # the version of its API
ABSENT = "sha256:" + "0" * 64
DEPUTY = "Role Based Access Control Administrator"

# What can be asked, in the words of docs/permissions.md: method, path, and the status that somebody
# gets who may. Nothing of it changes what is there.
ASKS = {
    "sign-in": ("GET", "/v2/", 200),
    "pull": ("GET", "/v2/{}/manifests/none", 404),
    "push": ("POST", "/v2/{}/blobs/uploads/", 202),
    "delete": ("DELETE", "/v2/{}/manifests/" + ABSENT, 404),
    "list": ("GET", "/v2/{}/tags/list", 200),
    "lock": ("PATCH", "/acr/v1/{}/_tags/none", 404),
    "untag": ("DELETE", "/v2/{}/manifests/none", 404),
    "catalog": ("GET", "/v2/_catalog", 200),
}


def may(face, header, repository="team-a/app"):
    """The words of all that this caller may."""
    words = set()
    for word, (method, path, status) in ASKS.items():
        answer = face.request(method, path.format(repository), b"{}" if method == "PATCH" else None,
                              {"Authorization": header, "Content-Type": "application/json"})
        if answer.status == 401:
            answer.refused(401, "UNAUTHORIZED", "authentication required")
        else:
            answer.expect(status)
            words.add(word)
    return words


def make_teams(domain, label, mode=BY_REPOSITORY):
    """A registry with an image in team-a/app and in team-b/app; returns its resource id."""
    path = domain.owner.create_registry(label, roleAssignmentMode=mode)
    with domain.registry(label, domain.owner.basic(label)) as face:
        for repository in ("team-a/app", "team-b/app"):
            face.push_image(repository, "v1", make_image(repository))
    return path


def switch(domain, path, mode):
    shown = domain.owner.arm("PATCH", path, {"properties": {"roleAssignmentMode": mode}})
    assert shown.expect(200).json()["properties"]["roleAssignmentMode"] == mode


class Person:
    """A service principal: its Basic header, its object id, and the roles that it is given."""

    def __init__(self, domain, name):
        self.domain = domain
        self.client, self.secret, self.id = domain.owner.create_principal(name)
        self.header = basic(self.client, self.secret)

    def given(self, role, scope, condition=None):
        self.domain.owner.assign(self.id, ROLES.get(role, role), scope, condition=condition)
        return self

    def arm(self):
        return self.domain.arm(self.domain.sign_in(self.client, self.secret))


def make_group(domain, name, *members):
    made = domain.owner.call("POST", "/v1.0/groups", {
        "displayName": name, "mailNickname": name, "mailEnabled": False, "securityEnabled": True})
    group = made.expect(201).json()["id"]
    for member in members:
        domain.owner.call("POST", f"/v1.0/groups/{group}/members/$ref", {
            "@odata.id": f"{domain.url('graph')}/v1.0/directoryObjects/{member}"}).expect(204)
    return group


def leave(domain, group, member):
    domain.owner.call("DELETE", f"/v1.0/groups/{group}/members/{member}/$ref").expect(204)


def define_role(domain, identity, name, scope, **parts):
    """Makes or changes a custom role; `parts` are actions, dataActions, and so on."""
    path = f"{domain.owner.subscription()}/providers/Microsoft.Authorization/roleDefinitions/{identity}"
    answer = domain.owner.arm("PUT", path, {"properties": {
        "roleName": name, "type": "CustomRole", "assignableScopes": [scope],
        "permissions": [{"actions": [], "notActions": [], "dataActions": [], "notDataActions": [],
                         **parts}]}}, AUTHORIZATION)
    answer.expect(200, 201)
    return path


def error_of(answer, status, code, *words):
    """An ARM error of the machine's socket that says all of `words`."""
    error = answer.expect(status).error()
    assert code is None or error["code"] == code, answer
    text = json.dumps(error, ensure_ascii=False).lower()
    for word in words:
        assert word.lower() in text, f"{word!r} is not said in {text}"
    return error
