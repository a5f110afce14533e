"""Asking who may do what: explainAccess, listAccess, previewPermissionsMode, and the verbs that call them."""

import json
import shlex

import pytest

from conditions import LISTER, READER, WRITER, below
from faces import arm_refused
from owner import ROLES
from rights import ASKS, BY_REGISTRY, BY_REPOSITORY, Person, make_group, make_teams, may, switch
from server import run_berth

VERSION = "2022-02-01-preview"
PARTS = {"allowed", "verdict", "rule", "reason", "principal", "registry", "mode", "action", "repository",
         "operations", "steps", "groups", "assignments", "denials", "changes"}


@pytest.fixture(scope="module")
def teams(domain):
    """The resource id of a registry with repository permissions; its name is explained."""
    return make_teams(domain, "explained")


@pytest.fixture
def person(domain, name):
    return Person(domain, name)


def ask(domain, path, verb, body):
    return domain.owner.arm("POST", f"{path}/{verb}", body)


def explain(domain, path, action, **more):
    return ask(domain, path, "explainAccess", {"action": action, **more}).expect(200).json()


# ---- explainAccess

def test_refused_by_a_condition(domain, teams, person):
    person.given(READER, teams, below("team-a/")).given("AcrPull", teams)
    told = explain(domain, teams, "pull", principal=person.id, repository="team-b/app")
    assert PARTS <= set(told), set(told) ^ PARTS
    assert told["allowed"] is False and told["reason"] and told["rule"] == "condition"
    assert told["principal"]["id"] == person.id and told["principal"]["kind"] == "ServicePrincipal"
    assert told["mode"] == BY_REPOSITORY and told["repository"] == "team-b/app"
    assert [step["rule"] for step in told["steps"] if not step["passed"]] == ["condition"]
    by_role = {each["role"]["name"]: each for each in told["assignments"]}
    assert by_role["AcrPull"]["outcome"] == "otherMode"
    narrowed = by_role[READER]
    assert narrowed["outcome"] == "condition" and narrowed["condition"] == below("team-a/")
    assert narrowed["scope"].lower() == teams.lower()
    assert narrowed["evaluation"]["truth"] == "false" and narrowed["evaluation"]["parts"]
    assert "team-b/app" in json.dumps(narrowed["evaluation"])
    assert told["changes"] and all(each["what"] and each["commands"] for each in told["changes"])


def test_allowed_by_a_condition(domain, teams, person):
    person.given(READER, teams, below("team-a/"))
    told = explain(domain, teams, "pull", principal=person.id, repository="team-a/app")
    assert told["allowed"] is True and told["changes"] == []
    assert [each["outcome"] for each in told["assignments"]] == ["allows"]
    assert told["assignments"][0]["evaluation"]["truth"] == "true"


def test_through_groups(domain, teams, person, name):
    group = make_group(domain, name, person.id)
    domain.owner.assign(group, ROLES[READER], teams, "Group")
    told = explain(domain, teams, "pull", principal=person.id, repository="team-a/app")
    assert told["allowed"] is True and group in [each["id"] for each in told["groups"]]
    assert told["assignments"][0]["principal"] == {"id": group, "name": name}


def test_scope_map_token(domain, teams, name):
    domain.owner.create_token("explained", name, ["repositories/team-a/*/content/read"])
    told = explain(domain, teams, "push", principal=name, repository="team-a/app")
    assert told["allowed"] is False and told["principal"]["kind"] == "Token"
    assert told["scopeMap"]["name"] == f"{name}-map"
    assert told["scopeMap"]["rules"] == [
        {"repository": "team-a/*", "action": "content/read", "allows": False}]
    assert explain(domain, teams, "pull", principal=name, repository="team-a/app")["allowed"] is True


def test_network_and_time(domain, teams, person):
    """What a condition says of the time is asked for the time that is given."""
    text = "@Environment[UtcNow] DateTimeLessThan '2030-01-01T00:00:00Z'"
    person.given(READER, teams, text)
    for at, allowed in (("2029-12-31T23:59:59Z", True), ("2030-01-01T00:00:01Z", False)):
        told = explain(domain, teams, "pull", principal=person.id, repository="team-a/app", at=at,
                       **{"from": "192.0.2.7"})
        assert told["allowed"] is allowed, at


@pytest.mark.parametrize("word", sorted(ASKS))
def test_explains_what_is_so(domain, teams, person, word):
    """The answer is that of the request itself, for each action."""
    person.given(WRITER, teams, below("team-a/")).given(LISTER, teams)
    with domain.registry("explained") as face:
        for repository in ("team-a/app", "team-b/app"):
            more = {} if word in ("catalog", "sign-in") else {"repository": repository}
            told = explain(domain, teams, word, principal=person.id, **more)
            assert told["allowed"] is (word in may(face, person.header, repository))


def test_about_oneself_and_others(domain, teams, person, name):
    """Everybody may ask about themselves; about others with the right to see who has which role."""
    other = Person(domain, f"{name}-other")
    asking = f"{teams}/explainAccess?api-version={VERSION}"
    question = {"action": "pull", "repository": "team-a/app"}
    with person.arm() as arm:
        told = arm.send_json("POST", asking, question).expect(200).json()
        assert told["allowed"] is False and told["principal"]["id"] == person.id
        arm.send_json("POST", asking, {**question, "principal": person.id}).expect(200)
        others = {**question, "principal": other.id}
        arm_refused(arm.send_json("POST", asking, others), 403, "AuthorizationFailed",
                    "roleAssignments/read")
        for verb, body in (("listAccess", question),
                           ("previewPermissionsMode", {"roleAssignmentMode": BY_REGISTRY})):
            answer = arm.send_json("POST", f"{teams}/{verb}?api-version={VERSION}", body)
            if answer.status == 200:  # then of nobody else
                assert {each.get("id", person.id) for each in answer.json()["value"]} <= {person.id}
            else:
                arm_refused(answer, 403, "AuthorizationFailed", "roleAssignments/read")
        person.given("Reader", teams)
        assert arm.send_json("POST", asking, others).expect(200).json()["principal"]["id"] == other.id


WRONG_BODIES = (
    {}, {"action": 5}, {"action": "frobnicate"}, {"action": "pull"}, {"action": "pull", "repository": "Upper"},
    {"action": "pull", "repository": "a", "frm": "1.2.3.4"},
    {"action": "pull", "repository": "a", "from": "nowhere"},
    {"action": "pull", "repository": "a", "at": "tomorrow"},
    {"action": "pull", "repository": "a", "principal": "nobody-of-that-name"},
    {"action": "pull", "repository": ["a"]}, [], "pull")


@pytest.mark.parametrize("body", WRONG_BODIES, ids=json.dumps)
def test_strict_bodies(domain, teams, body):
    answer = ask(domain, teams, "explainAccess", body).expect(400, 404)
    assert answer.error()["message"].strip()


@pytest.mark.parametrize("verb,body", (
    ("listAccess", {}), ("listAccess", {"action": "pull", "principal": "x", "repository": "a"}),
    ("previewPermissionsMode", {}), ("previewPermissionsMode", {"roleAssignmentMode": "Both"}),
    ("previewPermissionsMode", {"roleAssignmentMode": BY_REGISTRY, "more": 1})))
def test_strict_bodies_of_the_others(domain, teams, verb, body):
    assert ask(domain, teams, verb, body).expect(400).error()["message"].strip()


def test_a_registry_that_is_not_there(domain, person):
    path = domain.owner.registry_id("absentregistry")
    ask(domain, path, "explainAccess", {"action": "sign-in"}).expect(404)
    with person.arm() as arm:  # and nobody without rights learns which names are there
        answer = arm.send_json("POST", f"{path}/explainAccess?api-version={VERSION}", {"action": "sign-in"})
        assert answer.status in (403, 404), answer


# ---- listAccess, previewPermissionsMode

def test_who_can(domain, name):
    path = make_teams(domain, name)
    person, member = Person(domain, f"{name}-p"), Person(domain, f"{name}-m")
    person.given(READER, path, below("team-a/"))
    group = make_group(domain, f"{name}-g", member.id)
    domain.owner.assign(group, ROLES[WRITER], path, "Group")
    token = f"{name}t"
    domain.owner.create_token(name, token, ["repositories/team-a/*/content/read"])

    def holders(repository):
        told = ask(domain, path, "listAccess", {"action": "pull", "repository": repository})
        told = told.expect(200).json()
        assert told["truncated"] is False
        return {each["id"]: each for each in told["value"]}

    found = holders("team-a/app")
    assert {person.id, member.id, group, token} <= set(found)
    assert found[group]["group"] is True and found[token]["scopeMap"] == f"{token}-map"
    assert found[person.id]["assignments"][0]["condition"] == below("team-a/")
    assert {person.id, token}.isdisjoint(holders("team-b/app"))
    assert {member.id, group} <= set(holders("team-b/app"))


def test_preview_is_what_a_switch_does(domain, name):
    """Those of the preview lose and gain exactly that."""
    path = make_teams(domain, name, BY_REGISTRY)
    puller = Person(domain, f"{name}-p").given("AcrPull", path)
    reader = Person(domain, f"{name}-r").given(READER, path)
    both = Person(domain, f"{name}-b").given("AcrPull", path).given(READER, path)
    people = {each.id: each for each in (puller, reader, both)}
    with domain.registry(name) as face:
        before = {each.id: may(face, each.header) for each in people.values()}
        told = ask(domain, path, "previewPermissionsMode", {"roleAssignmentMode": BY_REPOSITORY})
        told = told.expect(200).json()
        assert (told["from"], told["to"]) == (BY_REGISTRY, BY_REPOSITORY)
        assert domain.owner.arm("GET", path).json()["properties"]["roleAssignmentMode"] == BY_REGISTRY
        switch(domain, path, BY_REPOSITORY)
        for each in people.values():
            after = may(face, each.header)
            mine = [row for row in told["value"] if row["principal"]["id"] == each.id]
            lost = {row["action"] for row in mine if row["effect"] == "loses"}
            gained = {row["action"] for row in mine if row["effect"] == "gains"}
            if lost:  # sign-in is a row of its own only where nothing else is lost
                lost |= {"sign-in"} & (before[each.id] - after)
            assert (lost, gained) == (before[each.id] - after, after - before[each.id])
            assert all(row["changes"] for row in mine if row["effect"] == "loses" and
                       row["action"] in ("pull", "list", "catalog"))


# ---- the verbs

def verb(domain, *words):
    return run_berth(*words, "--data", domain.data)


def test_can_i(domain, teams, person):
    """Exit codes: 0 allowed, 1 refused, 2 a question that is none."""
    person.given(READER, teams, below("team-a/"))
    who = ("--registry", "explained", "--as", person.client)
    yes = verb(domain, "can-i", "pull", "team-a/app:v1", *who)
    assert yes.returncode == 0 and READER in yes.stdout, yes
    no = verb(domain, "can-i", "pull", "team-b/app:v1", *who)
    assert no.returncode == 1 and "team-a/" in no.stdout and "berth role assignment update" in no.stdout, no
    told = verb(domain, "can-i", "push", "team-a/app", *who, "--output", "json")
    assert told.returncode == 1 and PARTS <= set(json.loads(told.stdout)), told
    for words in (("frobnicate", "team-a/app", *who), ("pull", "Upper/Case", *who),
                  ("pull", "team-a/app", *who, "--at", "tomorrow")):
        wrong = verb(domain, "can-i", *words)
        assert wrong.returncode == 2 and wrong.stderr.strip(), wrong
    named = f"{domain.login_server('explained')}/team-a/app:v1"
    assert verb(domain, "can-i", "pull", named, "--as", person.id).returncode == 0


def test_who_can_and_preview_verbs(domain, teams, person, name):
    person.given(READER, teams, below("team-a/"))
    shown = verb(domain, "who-can", "pull", "team-a/app", "--registry", "explained")
    assert shown.returncode == 0 and READER in shown.stdout, shown
    preview = verb(domain, "registry", "permissions-mode", "preview", "explained")
    assert preview.returncode == 0 and "loses" in preview.stdout, preview
    said = preview.stdout
    assert name in said, said
    assert any(f"--assignee {each} --role AcrPull" in said for each in (person.id, person.client)), said
    mode = verb(domain, "registry", "permissions-mode", "show", "explained")
    assert mode.returncode == 0 and "rbac-abac" in mode.stdout, mode


def test_a_proposed_change_helps(domain, teams, person):
    """A command of `changes`, pasted, makes it allowed."""
    question = {"principal": person.id, "repository": "team-a/app"}
    told = explain(domain, teams, "pull", **question)
    line = next(each for each in told["changes"][0]["commands"] if each.startswith("berth "))
    words = shlex.split(line)[1:]
    done = verb(domain, *words)
    assert done.returncode == 0, (line, done)
    assert explain(domain, teams, "pull", **question)["allowed"] is True
