"""Who may do what with images: both permissions modes, every role, conditions, groups, scope maps,
the catalog."""

import pytest

from conditions import CONTRIBUTOR, LISTER, MCR, READER, WRITER, below
from owner import ROLES, basic, claims
from registry import digest_of, make_image, next_page
from rights import (ABSENT, ASKS, BY_REGISTRY, BY_REPOSITORY, DEPUTY, Person, define_role, error_of,
                    leave, make_group, make_teams, may, switch)

READS, SEES = {"sign-in", "pull", "list"}, {"sign-in", "pull", "list", "catalog"}


@pytest.fixture(scope="module")
def registries(domain):
    """{mode: (label, resource id)}, two registries that differ in nothing else."""
    return {mode: (label, make_teams(domain, label, mode)) for mode, label in
            ((BY_REGISTRY, "byregistry"), (BY_REPOSITORY, "byrepository"))}


@pytest.fixture
def teams(domain, registries):
    """A client for the registry with repository permissions, and its resource id as `path`."""
    label, path = registries[BY_REPOSITORY]
    with domain.registry(label) as face:
        face.label, face.path = label, path
        yield face


@pytest.fixture
def person(domain, name):
    return Person(domain, name)


# ---- roles (acr-access-model C1, C2): what each opens at the registry, in each mode

ROLE_ROWS = (
    ("Owner", set(ASKS), {"sign-in"}),
    ("Contributor", set(ASKS), {"sign-in"}),
    ("Reader", SEES, {"sign-in"}),
    ("AcrPull", SEES, set()),
    ("AcrPush", SEES | {"push", "untag"}, set()),
    ("AcrDelete", {"sign-in", "delete", "untag"}, set()),
    (READER, set(), READS),
    (WRITER, set(), READS | {"push", "lock", "untag"}),
    (CONTRIBUTOR, set(), READS | {"push", "lock", "untag", "delete"}),
    (LISTER, set(), {"sign-in", "catalog"}),
    (DEPUTY, SEES, {"sign-in"}),  # it holds */read
)


@pytest.mark.parametrize("role,by_registry,by_repository", ROLE_ROWS,
                         ids=[row[0] for row in ROLE_ROWS])
def test_what_a_role_opens(domain, registries, person, role, by_registry, by_repository):
    for mode, words in ((BY_REGISTRY, by_registry), (BY_REPOSITORY, by_repository)):
        label, path = registries[mode]
        with domain.registry(label) as face:
            assert may(face, person.header) == set()
            person.given(role, path)
            assert may(face, person.header) == words, mode
            # Where the client keeps it is the same: a token for all of it holds what counts.
            if "pull" in words:
                token = face.access(person.header, "repository:team-a/app:pull")
                face.manifest("team-a/app", "v1", Authorization=f"Bearer {token}").expect(200)


def test_roles_from_above(domain, teams, person):
    """An assignment counts for everything below its scope."""
    person.given(READER, f"{domain.owner.subscription()}/resourceGroups/default")
    assert may(teams, person.header) == READS


def test_union_of_roles(teams, person):
    person.given(READER, teams.path, below("team-a/")).given(LISTER, teams.path)
    assert may(teams, person.header) == SEES
    assert may(teams, person.header, "team-b/app") == {"sign-in", "catalog"}
    named = teams.get("/v2/_catalog", Authorization=person.header).expect(200).json()
    assert named == {"repositories": ["team-a/app", "team-b/app"]}  # the Lister sees all names


# ---- conditions

def test_reader_of_one_team(teams, person):
    person.given(READER, teams.path, below("team-a/"))
    assert may(teams, person.header) == READS
    assert may(teams, person.header, "team-b/app") == {"sign-in"}
    teams.manifest("team-a/app", "v1", Authorization=person.header).expect(200)
    token = teams.access(person.header, "repository:team-a/app:pull", "repository:team-b/app:pull")
    assert claims(token)["access"] == [
        {"type": "repository", "name": "team-a/app", "actions": ["pull"]}]
    teams.ask(person.header, "repository:team-b/app:pull").refused(401, "UNAUTHORIZED")
    # Letters of either case name the same team; a prefix without '/' would be another one.
    assert teams.get("/v2/team-a-infra/app/tags/list",
                     Authorization=person.header).refused(401, "UNAUTHORIZED")


def test_writer_and_contributor_of_one_team(teams, person, name):
    person.given(WRITER, teams.path, below("team-a/"))
    image = make_image(name)
    teams.authorization = f"Bearer {teams.access(person.header, f'repository:team-a/{name}:pull,push')}"
    teams.push_image(f"team-a/{name}", "v1", image)
    teams.authorization = person.header
    answer = teams.request("POST", f"/v2/team-b/{name}/blobs/uploads/")
    answer.refused(401, "UNAUTHORIZED")
    teams.delete(f"/v2/team-a/{name}/manifests/{image.digest}").refused(401, "UNAUTHORIZED")
    person.given(CONTRIBUTOR, teams.path, below("team-a/"))
    teams.delete(f"/v2/team-a/{name}/manifests/{image.digest}").expect(202)
    teams.delete(f"/acr/v1/team-a/{name}").expect(202)
    teams.delete("/acr/v1/team-b/app").refused(401, "UNAUTHORIZED")


def test_an_action_that_is_not_named_is_not_narrowed(teams, person):
    person.given(READER, teams.path, below("team-a/", "content/read"))
    assert may(teams, person.header, "team-b/app") == {"sign-in", "list"}


def test_unconditional_beats_conditional(teams, person):
    person.given(READER, teams.path, below("team-a/"))
    person.given(WRITER, teams.path, below("team-a/"))
    assert "pull" not in may(teams, person.header, "team-b/app")
    person.given(READER, teams.path.rsplit("/", 4)[0])  # the resource group
    assert may(teams, person.header, "team-b/app") == READS


def test_mount_needs_both_repositories(domain, teams, person, name):
    """A source that one may not pull from is like one that is not there: an upload begins."""
    person.given(WRITER, teams.path, below("team-a/"))
    layer = make_image("team-b/app").layers[0]
    teams.authorization = person.header
    for source in ("team-b/app", "team-b/absent"):
        answer = teams.mount(f"team-a/{name}", digest_of(layer), source).expect(202)
        assert answer.header("Docker-Content-Digest") is None
    own = make_image("team-a/app").layers[0]
    teams.mount(f"team-a/{name}", digest_of(own), "team-a/app").expect(201)
    told = {teams.mount(target, digest_of(own), "team-a/app").refused(401, "UNAUTHORIZED").status
            for target in ("team-b/app", "team-b/absent")}
    assert told == {401}


# Each row is asked for a repository that is there and one that is not.
ROUTES = (
    ("GET", "/v2/{}/manifests/v1"), ("HEAD", "/v2/{}/manifests/v1"),
    ("PUT", "/v2/{}/manifests/v1"), ("DELETE", "/v2/{}/manifests/v1"),
    ("DELETE", "/v2/{}/manifests/DIGEST"), ("GET", "/v2/{}/blobs/LAYER"),
    ("HEAD", "/v2/{}/blobs/LAYER"), ("DELETE", "/v2/{}/blobs/LAYER"),
    ("POST", "/v2/{}/blobs/uploads/"), ("POST", "/v2/{}/blobs/uploads/?mount=LAYER&from=team-b/app"),
    ("POST", "/v2/{}/blobs/uploads/?digest=LAYER"), ("GET", "/v2/{}/blobs/uploads/UPLOAD"),
    ("PATCH", "/v2/{}/blobs/uploads/UPLOAD"), ("PUT", "/v2/{}/blobs/uploads/UPLOAD?digest=LAYER"),
    ("DELETE", "/v2/{}/blobs/uploads/UPLOAD"), ("GET", "/v2/{}/tags/list"),
    ("GET", "/v2/{}/referrers/DIGEST"), ("GET", "/acr/v1/{}"), ("PATCH", "/acr/v1/{}"),
    ("DELETE", "/acr/v1/{}"), ("GET", "/acr/v1/{}/_tags"), ("GET", "/acr/v1/{}/_tags/v1"),
    ("PATCH", "/acr/v1/{}/_tags/v1"), ("DELETE", "/acr/v1/{}/_tags/v1"),
    ("GET", "/acr/v1/{}/_manifests"), ("GET", "/acr/v1/{}/_manifests/DIGEST"),
    ("PATCH", "/acr/v1/{}/_manifests/DIGEST"),
)


@pytest.fixture(scope="module")
def there(domain, registries):
    """What ROUTES speak of: digests of the image in team-b/app, and an upload that is open there."""
    label, _ = registries[BY_REPOSITORY]
    image = make_image("team-b/app")
    with domain.registry(label, domain.owner.basic(label)) as owner:
        upload = owner.start_upload("team-b/app").split("/")[-1].split("?")[0]
    return {"DIGEST": image.digest, "LAYER": digest_of(image.layers[0]), "UPLOAD": upload}


@pytest.fixture(scope="module")
def outsider(domain, registries):
    """Somebody with rights in the registry, but not on team-b."""
    return Person(domain, "outsider").given(CONTRIBUTOR, registries[BY_REPOSITORY][1],
                                            below("team-a/"))


@pytest.mark.parametrize("method,path", ROUTES, ids=[" ".join(row) for row in ROUTES])
@pytest.mark.parametrize("signed_in", (False, True), ids=("anonymous", "signed in"))
def test_a_refusal_does_not_tell_what_is_there(teams, outsider, there, method, path, signed_in):
    for word, value in there.items():
        path = path.replace(word, value)

    def told(repository):
        body = b"{}" if method in ("PUT", "PATCH") else None
        headers = {"Content-Type": "application/json"}
        if signed_in:
            headers["Authorization"] = outsider.header
        answer = teams.request(method, path.format(repository), body, headers).expect(401)
        text = answer.body.decode() + "".join(
            f"{key}: {value}\n" for key, value in answer.headers.items() if key != "Date")
        text = text.replace(answer.header("X-Ms-Correlation-Request-Id"), "ID")
        return text.replace("team-b/gon", "team-b/app")  # names of one length: lengths are compared

    assert told("team-b/app") == told("team-b/gon")


# ---- custom roles and groups

def test_custom_role(domain, teams, person, name):
    """Its operations count, what notDataActions take away does not, and a change counts at once."""
    identity = "7c3de7a0-0000-4000-8000-000000000001"
    content = f"{MCR}/repositories/content"
    define_role(domain, identity, name, domain.owner.subscription(),
                dataActions=[f"{content}/read", f"{content}/write"])
    person.given(identity, teams.path)
    assert may(teams, person.header) == {"sign-in", "pull", "push"}
    define_role(domain, identity, name, domain.owner.subscription(),
                dataActions=[f"{MCR}/repositories/*"], notDataActions=[f"{content}/*"])
    assert may(teams, person.header) == {"sign-in", "list", "lock", "untag"}


def test_group_member(domain, teams, person, name):
    """Through two groups; taken out of the inner one, refused on the next request."""
    inner = make_group(domain, f"{name}-inner", person.id)
    outer = make_group(domain, f"{name}-outer", inner)
    domain.owner.assign(outer, ROLES[READER], teams.path, "Group", below("team-a/"))
    token = f"Bearer {teams.access(person.header, 'repository:team-a/app:pull')}"
    for header in (person.header, token):
        teams.manifest("team-a/app", "v1", Authorization=header).expect(200)
        teams.manifest("team-b/app", "v1", Authorization=header).refused(401, "UNAUTHORIZED")
    leave(domain, inner, person.id)
    for header in (person.header, token):
        teams.manifest("team-a/app", "v1", Authorization=header).refused(401, "UNAUTHORIZED")


# ---- the mode is switched

def test_switch_takes_tokens_back(domain, name, person):
    """Tokens of the other mode are 401 until the client signs in again; and the same on the way back."""
    path = make_teams(domain, name, BY_REGISTRY)
    person.given("AcrPull", path).given(READER, path, below("team-a/"))
    image = "/v2/team-a/app/manifests/v1"

    def tokens(face):
        access = face.access(person.header, "repository:team-a/app:pull")
        told = face.form("/oauth2/exchange", grant_type="access_token", service=face.host_header,
                         access_token=domain.sign_in(person.client, person.secret))
        return access, told.expect(200).json()["refresh_token"]

    def refreshed(face, refresh):
        return face.form("/oauth2/token", grant_type="refresh_token", refresh_token=refresh,
                         service=face.host_header, scope="repository:team-a/app:pull")

    with domain.registry(name) as face:
        made = {}
        for mode, other in ((BY_REGISTRY, BY_REPOSITORY), (BY_REPOSITORY, BY_REGISTRY)):
            switch(domain, path, mode)
            made[mode] = tokens(face)
            if other in made:
                access, refresh = made[other]
                answer = face.get(image, Authorization=f"Bearer {access}")
                answer.refused(401, "UNAUTHORIZED")
                assert 'error="invalid_token"' in answer.header("WWW-Authenticate")
                refreshed(face, refresh).refused(401, "UNAUTHORIZED")
            access, refresh = made[mode]
            face.get(image, Authorization=f"Bearer {access}").expect(200)
            refreshed(face, refresh).expect(200)
        switch(domain, path, BY_REGISTRY)
        face.get(image, Authorization=f"Bearer {made[BY_REPOSITORY][0]}").expect(401)
        face.get(image, Authorization=f"Bearer {tokens(face)[0]}").expect(200)


def test_switch_changes_what_counts(domain, name, person):
    path = make_teams(domain, name, BY_REGISTRY)
    person.given("AcrPush", path).given(READER, path, below("team-a/"))
    with domain.registry(name) as face:
        assert may(face, person.header, "team-b/app") == SEES | {"push", "untag"}
        switch(domain, path, BY_REPOSITORY)
        assert may(face, person.header, "team-b/app") == {"sign-in"}
        assert may(face, person.header) == READS
        switch(domain, path, BY_REGISTRY)
        assert may(face, person.header, "team-b/app") == SEES | {"push", "untag"}


def test_what_does_not_depend_on_the_mode(domain, name):
    """Admin user, scope-map tokens, anonymous pull. Registry tokens are made anew for them, too."""
    path = make_teams(domain, name, BY_REGISTRY)
    domain.owner.arm("PATCH", path, {"properties": {"adminUserEnabled": True}}).expect(200)
    told = domain.owner.arm("POST", f"{path}/listCredentials").expect(200).json()
    token = domain.owner.create_token(name, "reader", ["repositories/team-a/*/content/read"])
    headers = [basic(name, told["passwords"][0]["value"]), basic("reader", token["password1"])]
    with domain.registry(name) as face:
        before = [face.access(header, "repository:team-a/app:pull") for header in headers]
        switch(domain, path, BY_REPOSITORY)
        after = [face.access(header, "repository:team-a/app:pull") for header in headers]
        for header in (*headers, *(f"Bearer {token}" for token in after)):
            face.manifest("team-a/app", "v1", Authorization=header).expect(200)
        for token in before:
            face.manifest("team-a/app", "v1", Authorization=f"Bearer {token}").expect(401)
        domain.owner.arm("PATCH", path, {"properties": {"anonymousPullEnabled": True}}).expect(200)
        face.manifest("team-b/app", "v1").expect(200)


def test_mode_is_one_of_two(domain, name):
    path = domain.owner.create_registry(name)
    shown = domain.owner.arm("GET", path).expect(200).json()
    assert shown["properties"]["roleAssignmentMode"] == BY_REGISTRY
    answer = domain.owner.arm("PATCH", path, {"properties": {"roleAssignmentMode": "Both"}})
    error_of(answer, 400, None, "roleAssignmentMode", BY_REGISTRY, BY_REPOSITORY)


# ---- the catalog of scope-map tokens

NAMES = ["a", "team", "team-x/a", "team/a", "team/b", "team/b/c", "team0", "tool", "tool/x", "z"]
SEEN = ["team/a", "team/b", "team/b/c", "tool"]


@pytest.fixture(scope="module")
def catalog(domain):
    label = "catalogs"
    domain.owner.create_registry(label)
    with domain.registry(label, domain.owner.basic(label)) as face:
        image = make_image("in all of them")
        for each in NAMES:
            face.push_image(each, "v1", image)
    return label


def map_header(domain, label, name, *rules):
    made = domain.owner.create_token(label, name, [f"repositories/{rule}" for rule in rules])
    return basic(name, made["password1"])


@pytest.mark.parametrize("target", ("/v2/_catalog", "/acr/v1/_catalog"))
@pytest.mark.parametrize("n", (1, 2, 3, 4, 100))
def test_catalog_of_a_token(domain, catalog, name, target, n):
    """The names that the map names, whatever the page; by Basic and by a token for the catalog."""
    header = map_header(domain, catalog, name, "team/*/metadata/read", "nothing/*/metadata/read",
                        "tool/catalog/read", "z/content/read")
    with domain.registry(catalog) as face:
        for way in (header, f"Bearer {face.access(header, 'registry:catalog:*')}"):
            seen, follow = [], f"{target}?n={n}"
            while follow:
                answer = face.get(follow, Authorization=way).expect(200)
                part = answer.json()["repositories"]
                assert 0 < len(part) <= n
                seen += part
                follow = next_page(answer)
            assert seen == SEEN
        after = face.get(f"{target}?last=team/b", Authorization=header).expect(200).json()
        assert after == {"repositories": ["team/b/c", "tool"]}


def test_catalog_of_everything(domain, catalog, name):
    header = map_header(domain, catalog, name, "*/metadata/read")
    with domain.registry(catalog) as face:
        shown = face.get("/v2/_catalog", Authorization=header).expect(200).json()["repositories"]
        assert shown == NAMES


def test_catalog_read_shows_names_and_nothing_else(domain, catalog, name):
    header = map_header(domain, catalog, name, "team/*/catalog/read")
    with domain.registry(catalog) as face:
        shown = face.get("/v2/_catalog", Authorization=header).expect(200).json()["repositories"]
        assert shown == ["team/a", "team/b", "team/b/c"]
        assert may(face, header, "team/a") == {"sign-in", "catalog"}


@pytest.mark.parametrize("action", ("content/read", "content/write", "content/delete",
                                    "metadata/write"))
def test_no_catalog_for_other_actions(domain, catalog, name, action):
    header = map_header(domain, catalog, name, f"team/*/{action}")
    with domain.registry(catalog) as face:
        answer = face.get("/v2/_catalog", Authorization=header).refused(401, "UNAUTHORIZED")
        assert 'scope="registry:catalog:*"' in answer.header("WWW-Authenticate")
        token = face.access(header, "registry:catalog:*")  # an empty one: docker says it best then
        assert claims(token)["access"] == []
        face.get("/v2/_catalog", Authorization=f"Bearer {token}").refused(401, "UNAUTHORIZED")


@pytest.mark.parametrize("action", ("config/read", "config/write", "message/read", "message/write"))
def test_gateway_actions_are_refused(domain, catalog, name, action):
    path = f"{domain.owner.registry_id(catalog)}/scopeMaps/{name}"
    answer = domain.owner.arm("PUT", path, {"properties": {"actions": [f"gateway/edge/{action}"]}})
    error_of(answer, 400, None, "gateway", "connected regist")


def test_digest_of_another_team_is_nothing(teams, outsider):
    """Content is stored once for all; what one may not pull stays unseen by its digest, too."""
    layer = digest_of(make_image("team-b/app").layers[0])
    teams.blob("team-a/app", layer, Authorization=outsider.header).expect(404)
    teams.blob("team-a/app", ABSENT, Authorization=outsider.header).expect(404)
