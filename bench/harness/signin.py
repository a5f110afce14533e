"""The cases of sign-in and permission: what a bearer token and a conditional role cost a pull, tokens issued, tokens
created."""

import json
import urllib.parse

from owner import ROLES
from measure import compare, load, wrk
from targets import FORM, SCOPES

CONNECTIONS = 16
PER_CORE = 5_000
CREATE_SECONDS = 60


def bearer(lab):
    """The same manifest with an access token and, anonymous pull switched on, with nothing."""
    berth = lab.server("berth")
    registry = berth.owner.registry_id("default")
    berth.owner.arm("PATCH", registry, {"properties": {"anonymousPullEnabled": True}}).expect(200)
    path = lab.content.manifest_path()
    # For one repository, as docker and containerd ask for it.
    token = berth.bearer("repository:bench/image:pull")

    def run(authorization):
        return lambda: wrk(berth, path, CONNECTIONS, lab.seconds, authorization)

    runs = {"berth, bearer": run(token), "berth, nobody": run(None)}
    try:
        result = compare(f"manifest GET with a bearer token, {CONNECTIONS} connections", runs,
                         "per_s", lab.repetitions)
    finally:
        berth.owner.arm("PATCH", registry,
                        {"properties": {"anonymousPullEnabled": False}}).expect(200)
    return result | {"wanted": "≥ 0.85", "met": result["ratio"] >= 0.85}


MCR = "Microsoft.ContainerRegistry/registries/repositories"
CONDITION = (f"((!(ActionMatches{{'{MCR}/content/read'}}) AND !(ActionMatches{{'{MCR}/metadata/read'}})) "
             f"OR (@Request[{MCR}:name] StringStartsWithIgnoreCase 'bench/'))")


def conditional(lab):
    """The same manifest for a service principal whose role has a condition, and for nobody."""
    berth = lab.server("berth")
    registry = berth.owner.registry_id("default")
    path = lab.content.manifest_path()

    def setting(**properties):
        berth.owner.arm("PATCH", registry, {"properties": properties},
                        "2025-11-01").expect(200)

    setting(roleAssignmentMode="AbacRepositoryPermissions")
    client, secret, who = berth.owner.create_principal("bench-reader")
    berth.owner.assign(who, ROLES["Container Registry Repository Reader"], registry, condition=CONDITION)
    token = berth.token_of(client, secret, "repository:bench/image:pull")

    def run(authorization):
        # Anonymous pull would answer before any role is looked at.
        setting(anonymousPullEnabled=authorization is None)
        return wrk(berth, path, CONNECTIONS, lab.seconds, authorization)

    runs = {"berth, condition": lambda: run(token), "berth, nobody": lambda: run(None)}
    try:
        result = compare(f"manifest GET with a conditional role, {CONNECTIONS} connections", runs,
                         "per_s", lab.repetitions)
    finally:
        setting(anonymousPullEnabled=False, roleAssignmentMode="LegacyRegistryPermissions")
        berth.authorization = berth.bearer(*SCOPES)
    return result | {"wanted": "≥ 0.8", "met": result["ratio"] >= 0.8}


def issue(lab):
    """POST /oauth2/token with a refresh token: access tokens for each second of the server's CPU."""
    berth = lab.server("berth")
    form = berth.token_form("repository:bench/image:pull")
    runs = [load(lab.load_binary, berth, "send", "--method", "POST", "--path", "/oauth2/token",
                 "--type", FORM["Content-Type"], "--body", form, "-c", CONNECTIONS, "-d",
                 lab.seconds) for _ in range(lab.repetitions)]
    rates = sorted(run["good"] / max(run["cpu_s"], 0.01) for run in runs)
    median = rates[len(rates) // 2]
    wall = sorted(run["per_s"] for run in runs)[len(runs) // 2]
    return {"title": f"registry tokens issued, {CONNECTIONS} connections",
            "wanted": f"≥ {PER_CORE:,}/s per core", "met": median >= PER_CORE,
            "figure": f"{median:,.0f}/s per core ({rates[0]:,.0f}–{rates[-1]:,.0f})",
            "note": f"{wall:,.0f}/s by the clock", "runs": runs}


def create(lab):
    """Scope-map tokens through ARM on the machine's own socket."""
    berth, count = lab.server("berth"), lab.many_tokens
    registry = berth.owner.registry_id("default")
    actions = ["repositories/bench/*/content/read"]
    scope_map = f"{registry}/scopeMaps/bench"
    berth.owner.arm("PUT", scope_map, {"properties": {"actions": actions}}).expect(200, 201)
    query = urllib.parse.urlencode({"api-version": "2022-02-01-preview"})
    body = json.dumps({"properties": {"scopeMapId": scope_map, "status": "enabled"}})
    result = load(lab.load_binary, berth, "send", "--url", f"unix:{berth.owner.socket}", "--method",
                  "PUT", "--path", f"{registry}/tokens/token{{n}}?{query}", "--type",
                  "application/json", "--body", body, "-c", CONNECTIONS, "-n", count)
    wanted = CREATE_SECONDS * count / 50_000
    return {"title": f"{count:,} tokens created through ARM", "wanted": f"≤ {wanted:g} s",
            "met": result["wall_s"] <= wanted, "figure": f"{result['wall_s']:.1f} s",
            "note": f"p99 {result['p99_ms']:.1f} ms, {CONNECTIONS} connections", "run": result}
