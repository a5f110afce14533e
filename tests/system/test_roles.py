"""Roles and their assignments on the management face: definitions, conditions, delegation, what the
platform denies."""

import urllib.parse
import uuid

import pytest

from conditions import CONTRIBUTOR, LISTER, MCR, NAME, READER, WRITER, below, only
from faces import arm_refused
from owner import ROLES
from rights import (AUTHORIZATION, BY_REGISTRY, BY_REPOSITORY, DEPUTY, Person, define_role, error_of,
                    make_group, switch)

CONTENT_READ = f"{MCR}/repositories/content/read"
PROVIDER = "providers/Microsoft.Authorization"


@pytest.fixture
def registry(domain, name):
    """The resource id of a registry with repository permissions."""
    return domain.owner.create_registry(name, roleAssignmentMode=BY_REPOSITORY)


@pytest.fixture
def person(domain, name):
    return Person(domain, name)


@pytest.fixture
def identity():
    return str(uuid.uuid4())


def definition(domain, role):
    return f"{domain.owner.subscription()}/{PROVIDER}/roleDefinitions/{ROLES.get(role, role)}"


def assignment(domain, scope, principal, role, name=None, **more):
    """PUT of a role assignment by the owner, whatever comes of it."""
    return domain.owner.arm("PUT", f"{scope}/{PROVIDER}/roleAssignments/{name or uuid.uuid4()}", {
        "properties": {"roleDefinitionId": definition(domain, role), "principalId": principal, **more}},
        AUTHORIZATION)


def listed(domain, scope, what, text=""):
    """What a list has, with a $filter."""
    query = f"?api-version={AUTHORIZATION}" + (f"&$filter={urllib.parse.quote(text)}" if text else "")
    answer = domain.owner.call("GET", f"{scope}/{PROVIDER}/{what}{query}")
    return answer.expect(200).json()["value"]


# ---- definitions

def test_built_in_roles_are_listed(domain, registry):
    found = {each["properties"]["roleName"]: each for each in listed(domain, registry, "roleDefinitions")}
    for name, role in ROLES.items():
        assert found[name]["name"] == role and found[name]["properties"]["type"] == "BuiltInRole"
    permissions = found[READER]["properties"]["permissions"][0]
    assert permissions["actions"] == [] and sorted(permissions["dataActions"]) == [
        CONTENT_READ, f"{MCR}/repositories/metadata/read"]
    one = listed(domain, registry, "roleDefinitions", f"roleName eq '{WRITER}'")
    assert [each["name"] for each in one] == [ROLES[WRITER]]


def test_life_of_a_custom_role(domain, registry, person, identity, name):
    scope = domain.owner.subscription()
    path = define_role(domain, identity, name, scope, actions=[f"{MCR}/read"], dataActions=[CONTENT_READ])
    made = domain.owner.arm("GET", path, version=AUTHORIZATION).expect(200).json()
    assert made["properties"]["roleName"] == name and made["properties"]["type"] == "CustomRole"
    assert made["properties"]["assignableScopes"] == [scope]
    assert made["properties"]["permissions"][0]["dataActions"] == [CONTENT_READ]
    custom = listed(domain, registry, "roleDefinitions", "type eq 'CustomRole'")
    assert identity in [each["name"] for each in custom]
    assert not {*ROLES.values()} & {each["name"] for each in custom}
    role = assignment(domain, registry, person.id, identity).expect(201).json()["id"]
    refused = domain.owner.arm("DELETE", path, version=AUTHORIZATION).expect(400, 409)
    assert refused.error()["code"] == "RoleDefinitionHasAssignments", refused
    domain.owner.arm("DELETE", role, version=AUTHORIZATION).expect(200)
    domain.owner.arm("DELETE", path, version=AUTHORIZATION).expect(200)
    domain.owner.arm("GET", path, version=AUTHORIZATION).expect(404)


def test_two_roles_of_one_name(domain, identity, name):
    define_role(domain, identity, name, domain.owner.subscription(), actions=["*/read"])
    answer = domain.owner.arm("PUT", definition(domain, str(uuid.uuid4())), {"properties": {
        "roleName": name, "type": "CustomRole", "assignableScopes": [domain.owner.subscription()],
        "permissions": [{"actions": ["*/read"]}]}}, AUTHORIZATION)
    assert answer.expect(400, 409).error()["code"] == "RoleDefinitionWithSameNameExists", answer


def test_built_in_roles_are_the_platforms(domain, registry):
    """An Owner of everything cannot change them; the deny assignment that says so is shown."""
    owner = Person(domain, f"root-{uuid.uuid4().hex[:8]}").given("Owner", domain.owner.subscription())
    with owner.arm() as arm:
        answer = arm.request("DELETE", f"{definition(domain, READER)}?api-version={AUTHORIZATION}")
        assert answer.status in (400, 403, 409), answer
        shown = arm.get(f"{registry}/{PROVIDER}/denyAssignments?api-version={AUTHORIZATION}").expect(200)
        assert "value" in shown.json()
        path = f"{registry}/{PROVIDER}/denyAssignments/{uuid.uuid4()}?api-version={AUTHORIZATION}"
        answer = arm.send_json("PUT", path, {"properties": {"denyAssignmentName": "mine"}})
        assert answer.status in (400, 403, 405), answer
    shown = listed(domain, domain.owner.subscription(), "denyAssignments")
    assert any(each["properties"]["denyAssignmentName"] == "Deny assignments" and
               each["properties"]["isSystemProtected"] is True for each in shown), shown


# ---- assignments

def test_same_assignment_twice(domain, registry, person):
    """Principal, role and scope are one assignment, with a condition or without."""
    first = assignment(domain, registry, person.id, READER).expect(201).json()
    for more in ({}, {"condition": below("team-a/"), "conditionVersion": "2.0"}):
        answer = assignment(domain, registry, person.id, READER, **more)
        error_of(answer, 409, "RoleAssignmentExists", "already exists", first["name"])
    again = assignment(domain, registry, person.id, READER, name=first["name"])
    again.expect(200, 201)
    group = registry.rsplit("/providers/", 1)[0]
    assignment(domain, group, person.id, READER).expect(201)  # another scope is another assignment


def test_condition_is_kept_and_changed(domain, registry, person):
    text = below("team-a/")
    made = assignment(domain, registry, person.id, READER, condition=text, conditionVersion="2.0",
                      description="team a").expect(201).json()
    assert made["properties"]["condition"] == text
    assert made["properties"]["conditionVersion"] == "2.0"
    assert made["properties"]["description"] == "team a"
    other = assignment(domain, registry, person.id, READER, name=made["name"],
                       condition=below("team-b/"), conditionVersion="2.0").expect(200, 201).json()
    assert other["properties"]["condition"] == below("team-b/")
    without = assignment(domain, registry, person.id, READER, name=made["name"]).expect(200, 201).json()
    assert without["properties"]["condition"] is None
    found = listed(domain, registry, "roleAssignments", f"principalId eq '{person.id}'")
    assert [each["name"] for each in found] == [made["name"]]


# The text, the role, and what the refusal says of it.
WRONG_CONDITIONS = (
    ("@Request[", READER, "line 1, column"),
    (f"{NAME} StringEqual 'a'", READER, "line 1, column 68: expected an operator", "StringEquals"),
    (f"{NAME} StringEquals 'a' AND {NAME} StringEquals 'b' OR {NAME} StringEquals 'c'", READER,
     "parentheses", "line 1, column"),
    (f"{NAME}\n  StringEquals", READER, "line 2, column"),
    ("@Request[Microsoft.Storage/x:name] StringEquals 'a'", READER, "line 1, column", "repositories:name"),
    ("@Resource[x] StringEquals 'a'", READER, "line 1, column"),
    (f"{NAME} NumericEquals 4", READER, "line 1, column"),
    (f"{NAME} StringEquals 'a", READER, "line 1, column"),
    (only(f"{NAME} StringEquals 'a'", "content/write"), READER, "content/write", READER),
    (f"((!(ActionMatches{{'{MCR}/catalog/read'}})) OR ({NAME} StringEquals 'a'))", READER, "catalog/read"),
    (below("team-a/"), LISTER, LISTER, "without a condition"),
    (below("team-a/"), "AcrPull", "AcrPull"),
    (below("team-a/"), "Owner", "Owner"),
    (below("a" * 4096), READER, "condition"),
)


@pytest.mark.parametrize("row", WRONG_CONDITIONS, ids=[f"{row[1]}: {row[0][:40]}" for row in WRONG_CONDITIONS])
def test_wrong_conditions(domain, registry, person, row):
    text, role, *words = row
    answer = assignment(domain, registry, person.id, role, condition=text, conditionVersion="2.0")
    error_of(answer, 400, None, *words)
    assert listed(domain, registry, "roleAssignments", f"principalId eq '{person.id}'") == []


@pytest.mark.parametrize("version", ("1.0", "2", "3.0", None))
def test_condition_versions(domain, registry, person, version):
    more = {"conditionVersion": version} if version else {}
    answer = assignment(domain, registry, person.id, READER, condition=below("team-a/"), **more)
    error_of(answer, 400, None, "The given role assignment condition is invalid.", "2.0")


def test_a_role_that_is_not_there(domain, registry, person, identity):
    error_of(assignment(domain, registry, person.id, identity), 400, "RoleDefinitionDoesNotExist")
    error_of(assignment(domain, registry, identity, READER), 400, "PrincipalNotFound")


def test_what_does_not_count_in_this_mode_is_shown_so(domain, registry, person):
    """Kept, listed, and marked; the mark follows the mode."""
    for role in ("AcrPull", READER, "Owner"):
        assignment(domain, registry, person.id, role).expect(201)

    def marked():
        return {each["properties"]["roleDefinitionId"].split("/")[-1]
                for each in listed(domain, registry, "roleAssignments", "atScope()")
                if each["properties"].get("notEffectiveInMode")}

    assert ROLES["AcrPull"] in marked() and ROLES[READER] not in marked()
    switch(domain, registry, BY_REGISTRY)
    assert ROLES[READER] in marked() and ROLES["AcrPull"] not in marked()


def test_lists_by_group(domain, registry, person, name):
    """assignedTo() finds what a group has; principalId does not."""
    group = make_group(domain, name, person.id)
    made = assignment(domain, registry, group, READER, principalType="Group").expect(201).json()
    through = listed(domain, registry, "roleAssignments", f"assignedTo('{person.id}')")
    assert made["id"] in [each["id"] for each in through]
    assert listed(domain, registry, "roleAssignments", f"principalId eq '{person.id}'") == []


# ---- who may give roles

def delegated(*roles, kinds=()):
    """May give and take these roles only."""
    guids = ", ".join(ROLES[role] for role in roles)
    blocks = []
    for verb, source in (("write", "Request"), ("delete", "Resource")):
        attribute = f"@{source}[Microsoft.Authorization/roleAssignments:"
        allowed = f"{attribute}RoleDefinitionId] ForAnyOfAnyValues:GuidEquals {{{guids}}}"
        if kinds:
            allowed += f" AND {attribute}PrincipalType] ForAnyOfAnyValues:StringEqualsIgnoreCase " \
                       f"{{{', '.join(repr(kind) for kind in kinds)}}}"
        blocks.append(f"((!(ActionMatches{{'Microsoft.Authorization/roleAssignments/{verb}'}})) OR ({allowed}))")
    return " AND ".join(blocks)


def test_delegation_with_a_condition(domain, registry, name):
    deputy, other = Person(domain, f"{name}-deputy"), Person(domain, f"{name}-other")
    deputy.given(DEPUTY, registry, delegated(READER, WRITER, kinds=["ServicePrincipal"]))
    user = domain.owner.create_user(f"{name}@berth.test", "Correct-horse-9")
    base = f"{registry}/{PROVIDER}/roleAssignments"

    def give(arm, role, principal=other.id, assigned=None):
        return arm.send_json("PUT", f"{base}/{assigned or uuid.uuid4()}?api-version={AUTHORIZATION}", {
            "properties": {"roleDefinitionId": definition(domain, role), "principalId": principal}})

    with deputy.arm() as arm:
        made = give(arm, READER).expect(201).json()
        for role in (CONTRIBUTOR, "Owner", DEPUTY):
            arm_refused(give(arm, role), 403, "AuthorizationFailed", "roleAssignments/write")
        arm_refused(give(arm, READER, user), 403, "AuthorizationFailed")
        # Neither widens what it has by changing what is there.
        arm_refused(give(arm, CONTRIBUTOR, assigned=made["name"]), 403, "AuthorizationFailed")
        arm_refused(give(arm, "Owner", deputy.id), 403, "AuthorizationFailed")
        owners = assignment(domain, registry, other.id, CONTRIBUTOR).expect(201).json()
        arm_refused(arm.request("DELETE", f"{owners['id']}?api-version={AUTHORIZATION}"), 403,
                    "AuthorizationFailed", "roleAssignments/delete")
        arm.request("DELETE", f"{made['id']}?api-version={AUTHORIZATION}").expect(200, 204)


def test_a_reader_of_images_gives_nothing(domain, registry, person):
    person.given(CONTRIBUTOR, registry)
    with person.arm() as arm:
        path = f"{registry}/{PROVIDER}/roleAssignments/{uuid.uuid4()}?api-version={AUTHORIZATION}"
        answer = arm.send_json("PUT", path, {"properties": {
            "roleDefinitionId": definition(domain, "Owner"), "principalId": person.id}})
        arm_refused(answer, 403, "AuthorizationFailed", "roleAssignments/write")
        arm_refused(arm.get(f"{registry}?api-version=2023-07-01"), 403, "AuthorizationFailed")
