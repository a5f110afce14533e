"""docker, skopeo and ctr as people with roles: what a condition opens and refuses, groups, custom roles; and
Debian's az, which gives the roles by `az rest`."""
import json
import uuid

import pytest

from azcli import Az
import berth
from conditions import CONTRIBUTOR, MCR, READER, WRITER, below
from conftest import Client, InsideClient, need, need_root, running_world
import daemons
from owner import ROLES
from registry import Registry

AUTHORIZATION = "Microsoft.Authorization"
REFUSED = ("unauthorized", "denied", "authentication required", "insufficient_scope", "401", "authorization failed")


@pytest.fixture(scope="module")
def teams(layout):
    """A server whose registry has repository permissions, with an image in team-a/app and in team-b/app."""
    running = berth.Server("permissions").start()
    running.path = running.owner.registry_id("default")
    running.owner.arm("PATCH", running.path, {"properties": {"roleAssignmentMode": "AbacRepositoryPermissions"}}).expect(
        200)
    for name in ("team-a/app", "team-b/app"):
        push(running, layout, name, "v1")
    yield running
    running.discard()


def push(server, layout, name, tag):
    """The layout's image, as the owner."""
    registry = Registry(server.host, server.basic())
    body = layout.blob(layout.image["digest"])
    manifest = json.loads(body)
    for blob in [manifest["config"], *manifest["layers"]]:
        registry.push_blob(name, layout.blob(blob["digest"]))
    assert registry.push_manifest(name, tag, body).status == 201


class People:
    """Service principals by what they hold: {word: (client id, secret)}."""

    def __init__(self, server):
        self.server, self.owner, self.path = server, server.owner, server.path
        self.custom = f"{self.owner.subscription()}/providers/{AUTHORIZATION}/roleDefinitions/{uuid.uuid4()}"
        self.owner.arm("PUT", self.custom, {"properties": {
            "roleName": "Puller of content", "type": "CustomRole", "assignableScopes": [self.owner.subscription()],
            "permissions": [{"actions": [], "dataActions": [f"{MCR}/repositories/content/read"]}]}}, "2022-04-01").expect(
                200, 201)
        self.known = {}
        for word, role, condition in (("reader", READER, below("team-a/")), ("writer", WRITER, below("team-a/")),
                                      ("contributor", CONTRIBUTOR, below("team-a/")), ("acrpull", "AcrPull", None),
                                      ("custom", self.custom.split("/")[-1], None)):
            self.known[word] = self.make(word)[:2]
            self.owner.assign(self.last, ROLES.get(role, role), self.path, condition=condition)

    def make(self, word):
        made = self.owner.create_principal(f"{word}-{uuid.uuid4().hex[:6]}")
        self.last = made[2]
        return made

    def __getitem__(self, word):
        return self.known[word]


@pytest.fixture(scope="module")
def people(teams):
    return People(teams)


# ---- the three clients, each as a pair of functions: (went well, what was said)

class Docker:
    def __init__(self, home, host, server, tmp):
        self.program, self.home, self.host, self.server, self.tmp = need("docker"), home, host, server, tmp

    def client(self, who):
        config = self.tmp / who[0]
        made = Client(self.program, self.home, environment={"DOCKER_HOST": self.host, "DOCKER_CONFIG": str(config)})
        if not config.exists():
            config.mkdir()
            self.login = made.try_run("login", "--username", who[0], "--password-stdin", self.server.host, stdin=who[1])
        return made

    def pull(self, who, name):
        client = self.client(who)
        client.try_run("rmi", "--force", f"{self.server.host}/{name}")
        return client.try_run("pull", f"{self.server.host}/{name}")

    def push(self, who, source, name):
        client = self.client(who)
        assert self.pull(who, source).returncode == 0
        client.run("tag", f"{self.server.host}/{source}", f"{self.server.host}/{name}")
        return client.try_run("push", f"{self.server.host}/{name}")


class Skopeo:
    def __init__(self, home, server, layout, tmp):
        self.client, self.server, self.layout, self.tmp = Client(need("skopeo"), home), server, layout, tmp

    def pull(self, who, name):
        return self.client.try_run("copy", "--src-tls-verify=false", "--src-creds", ":".join(who),
                                   f"docker://{self.server.host}/{name}", f"dir:{self.tmp}/{uuid.uuid4().hex}")

    def push(self, who, source, name):
        return self.client.try_run("copy", "--dest-tls-verify=false", "--dest-creds", ":".join(who),
                                   f"oci:{self.layout.path}:image", f"docker://{self.server.host}/{name}")


class Ctr:
    def __init__(self, client, hosts, server):
        self.client, self.hosts, self.server = client, hosts, server

    def pull(self, who, name):
        return self.client.try_run("images", "pull", "--hosts-dir", self.hosts, "--user", ":".join(who),
                                   f"{self.server.host}/{name}")

    def push(self, who, source, name):
        assert self.pull(who, source).returncode == 0
        self.client.run("images", "tag", "--force", f"{self.server.host}/{source}", f"{self.server.host}/{name}")
        return self.client.try_run("images", "push", "--hosts-dir", self.hosts, "--user", ":".join(who),
                                   f"{self.server.host}/{name}")


@pytest.fixture(scope="module")
def docker(teams, home, tmp_path_factory):
    need_root("dockerd mounts file systems")
    with daemons.dockerd(need("dockerd"), home, daemons.started, "--insecure-registry", "127.0.0.0/8") as host:
        yield Docker(home, host, teams, tmp_path_factory.mktemp("configs"))


@pytest.fixture(scope="module")
def skopeo(teams, home, layout, tmp_path_factory):
    return Skopeo(home, teams, layout, tmp_path_factory.mktemp("pulled"))


@pytest.fixture(scope="module")
def ctr(teams, home):
    need_root("containerd mounts file systems")
    hosts = home / "certs.d" / teams.host
    hosts.mkdir(parents=True)
    (hosts / "hosts.toml").write_text(f'server = "http://{teams.host}"\n[host."http://{teams.host}"]\n'
                                      '  capabilities = ["pull", "resolve", "push"]\n')
    client = Client(need("ctr"), home, ("--address", str(home / "c.sock"), "--namespace", "k8s.io"))
    with daemons.containerd(need("containerd"), home, daemons.started, lambda: client.try_run("version").returncode == 0):
        yield Ctr(client, home / "certs.d", teams)


@pytest.fixture(params=("docker", "skopeo", "ctr"))
def client(request):
    return request.getfixturevalue(request.param)


def works(done):
    assert done.returncode == 0, done
    return done


def refused(done):
    said = (done.stdout + done.stderr).lower()
    assert done.returncode != 0 and any(word in said for word in REFUSED), done


# ---- what each may

def test_reader_of_one_team(client, people):
    works(client.pull(people["reader"], "team-a/app:v1"))
    refused(client.pull(people["reader"], "team-b/app:v1"))
    refused(client.pull(people["reader"], "team-b/absent:v1"))
    refused(client.push(people["reader"], "team-a/app:v1", "team-a/new:v1"))


def test_writer_of_one_team(client, people, teams):
    name = f"team-a/{type(client).__name__.lower()}"
    works(client.push(people["writer"], "team-a/app:v1", f"{name}:v2"))
    assert Registry(teams.host, teams.basic()).tags(name) == ["v2"]
    refused(client.push(people["writer"], "team-a/app:v1", "team-b/new:v2"))


def test_acr_pull_does_not_count(client, people):
    refused(client.pull(people["acrpull"], "team-a/app:v1"))


def test_custom_role(client, people):
    works(client.pull(people["custom"], "team-b/app:v1"))
    refused(client.push(people["custom"], "team-b/app:v1", "team-b/new:v1"))


def test_group_member_and_no_more(client, people, teams):
    """Out of the group, refused on the next request."""
    user, secret, member = people.make("member")
    owner = teams.owner
    group = owner.call("POST", "/v1.0/groups", {"displayName": user, "mailNickname": user, "mailEnabled": False,
                                                "securityEnabled": True}).expect(201).json()["id"]
    owner.call("POST", f"/v1.0/groups/{group}/members/$ref", {
        "@odata.id": f"https://graph.berth.test/v1.0/directoryObjects/{member}"}).expect(204)
    owner.assign(group, ROLES[READER], teams.path, "Group", below("team-a/"))
    works(client.pull((user, secret), "team-a/app:v1"))
    owner.call("DELETE", f"/v1.0/groups/{group}/members/{member}/$ref").expect(204)
    refused(client.pull((user, secret), "team-a/app:v1"))


def test_contributor_deletes(skopeo, people, teams, layout):
    push(teams, layout, "team-a/old", "v1")
    target = f"docker://{teams.host}/team-a/old:v1"
    refused(skopeo.client.try_run("delete", "--tls-verify=false", "--creds", ":".join(people["writer"]), target))
    works(skopeo.client.try_run("delete", "--tls-verify=false", "--creds", ":".join(people["contributor"]), target))
    assert Registry(teams.host, teams.basic()).digest("team-a/old", "v1") is None


def test_tags_are_metadata(skopeo, people, teams):
    """Reader lists the tags of its team; who holds content/read alone lists none."""
    def tags(who, name):
        return skopeo.client.try_run("list-tags", "--tls-verify=false", "--creds", ":".join(people[who]),
                                     f"docker://{teams.host}/{name}")

    assert json.loads(works(tags("reader", "team-a/app")).stdout)["Tags"] == ["v1"]
    refused(tags("reader", "team-b/app"))
    refused(tags("custom", "team-a/app"))


# ---- Debian's az, whose own role commands are broken: `az rest` on the same URLs

@pytest.fixture(scope="module")
def inside():
    with running_world("azrest") as made:
        made.create_registry("azrest", roleAssignmentMode="AbacRepositoryPermissions")
        yield made


def test_az_rest(inside, home, layout):
    client, secret, _ = inside.owner.create_principal("robot", ROLES["Owner"])
    az = Az(inside, need("az"), home)
    az.login(client, secret)
    user, password, reader = inside.owner.create_principal("reader")
    scope = inside.owner.registry_id("azrest")
    path = f"{scope}/providers/{AUTHORIZATION}/roleAssignments/{uuid.uuid4()}"
    definition = f"{inside.owner.subscription()}/providers/{AUTHORIZATION}/roleDefinitions/{ROLES[READER]}"
    body = {"properties": {"roleDefinitionId": definition, "principalId": reader,
                           "condition": below("team-a/"), "conditionVersion": "2.0"}}
    assert az.rest("put", path, body)["properties"]["condition"] == below("team-a/")
    listed = az.rest("get", f"{scope}/providers/{AUTHORIZATION}/roleAssignments", **{"$filter": "atScope()"})
    assert path.split("/")[-1] in [each["name"] for each in listed["value"]]
    skopeo = InsideClient(inside, need("skopeo"), home)
    owner = ["--dest-creds", ":".join(("00000000-0000-0000-0000-000000000000", inside.owner.token("azrest")))]
    for name in ("team-a/app", "team-b/app"):
        skopeo.run("copy", *owner, f"oci:{layout.path}:image", f"docker://azrest.berth.test/{name}:v1")

    def pull(name):
        return skopeo.try_run("inspect", "--creds", f"{user}:{password}", f"docker://azrest.berth.test/{name}:v1")

    works(pull("team-a/app"))
    refused(pull("team-b/app"))
    az.rest("delete", path)
    refused(pull("team-a/app"))
